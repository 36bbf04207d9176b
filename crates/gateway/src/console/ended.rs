//! Sessions that are over: what is said instead of a page, and that nothing typed is lost with them.
//!
//! A form that comes without a session, or from a page of an earlier one, is not carried out. Where somebody wrote something into it,
//! the answer is a page with what was written, to be sent again. It is kept nowhere but in that page.

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::accounts::url;
use super::guard::{Wrong, render};
use super::session::{Analyst, held, language, preferred, signed_in};
use super::words::Words;
use super::{App, act, shown, signin};

/// A poll of a page whose session is over.
#[derive(Template)]
#[template(path = "ended.html")]
struct EndedView {
    w: &'static Words,
    sign_in: String,
}

/// What was written into a form.
#[derive(Template)]
#[template(path = "kept.html")]
struct KeptView {
    w: &'static Words,
    /// Where the form was meant to go.
    place: String,
    /// Of the session that there is; empty without one.
    word: String,
    /// Where to sign in.
    sign_in: String,
    is_letter: bool,
    /// What was written: name, label, value, and whether it may have lines.
    written: Vec<(String, &'static str, String, bool)>,
    /// What else the form said.
    rest: Vec<(String, String)>,
}

/// Nobody without a session gets further than to the first page, which says why, and leads back.
pub(super) fn turned_away(parts: &Parts, w: &'static Words) -> Response {
    let asked = parts
        .uri
        .path_and_query()
        .map_or("/", |asked| asked.as_str());
    let had = held(&parts.headers).is_some();
    let path = parts.uri.path();
    if let Some(page) = path.strip_suffix("/arrivals") {
        // With 200, since the script shows nothing else; as soon as there is a session again it goes on.
        let query = parts.uri.query().unwrap_or("").split('&');
        let query: Vec<&str> = query.filter(|pair| !pair.starts_with("since=")).collect();
        let sign_in = sign_in(true, &format!("{page}?{}", query.join("&")));
        return render(&EndedView { w, sign_in });
    }
    let next = match parts.method == Method::GET {
        true => asked.to_owned(),
        // A form can't be sent again by going back to it.
        false => page_of(path),
    };
    Redirect::to(&sign_in(had, &next)).into_response()
}

/// Where to sign in, why, and where to go on.
fn sign_in(ended: bool, next: &str) -> String {
    let why = ended.then(|| "why=ended".to_owned());
    let next = signin::back(next);
    let next = next.map(|next| format!("next={}", url(next)));
    let pairs: Vec<String> = why.into_iter().chain(next).collect();
    match pairs.is_empty() {
        true => "/sign-in".to_owned(),
        false => format!("/sign-in?{}", pairs.join("&")),
    }
}

/// The page on which a form stands.
fn page_of(path: &str) -> String {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("t"), Some(_), Some("reply")) => path.to_owned(),
        (Some(first @ ("t" | "q")), Some(second), _) => format!("/{first}/{second}"),
        (Some(first @ ("quarantine" | "certificates")), _, _) => format!("/{first}"),
        _ => "/".to_owned(),
    }
}

/// Lets a form through that belongs to a session, or that nobody wrote anything into.
pub(super) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || page_of(request.uri().path()) == "/" {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(octets) = to_bytes(body, act::MOST_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let pairs = pairs(&parts.headers, octets.clone()).await;
    if written(&pairs, preferred(&parts.headers)).is_none() {
        return next.run(Request::from_parts(parts, octets.into())).await;
    }
    let found = match signed_in(&parts.headers, &app, true).await {
        Ok(found) => found,
        Err(fault) => {
            return Wrong::fault(preferred(&parts.headers), &fault.into()).into_response();
        }
    };
    let own = pairs.iter().find(|(name, _)| name == "word");
    let own = own.map_or("", |(_, word)| word.as_str());
    let (w, word) = match found {
        Some((token, _, _)) if token.is_form(own) => {
            return next.run(Request::from_parts(parts, octets.into())).await;
        }
        Some((token, who, _)) => (
            language(&who.language, &parts.headers),
            token.form().to_string(),
        ),
        None => (preferred(&parts.headers), String::new()),
    };
    // With the answer of a form that was refused, since nothing was done.
    (
        StatusCode::FORBIDDEN,
        render(&kept(&parts, &pairs, w, word)),
    )
        .into_response()
}

fn kept(parts: &Parts, pairs: &[(String, String)], w: &'static Words, word: String) -> KeptView {
    let path = parts.uri.path();
    let is_letter = path.ends_with("/reply");
    let (written, rest) = written(pairs, w).unwrap_or_default();
    let place = parts.uri.path_and_query();
    let place = place.and_then(|place| signin::back(place.as_str()));
    KeptView {
        w,
        place: place.unwrap_or("/").to_owned(),
        word,
        sign_in: sign_in(true, &page_of(path)),
        is_letter,
        written,
        // A letter is looked at before it is sent: the recipients' keys may have changed.
        rest: rest
            .into_iter()
            .filter(|(name, _)| !(is_letter && matches!(name.as_str(), "act" | "seen")))
            .collect(),
    }
}

/// What a form says; nothing for what is no form.
async fn pairs(fields: &HeaderMap, octets: axum::body::Bytes) -> Vec<(String, String)> {
    let mut form = Request::new(Body::from(octets));
    *form.method_mut() = Method::POST;
    if let Some(kind) = fields.get(header::CONTENT_TYPE) {
        form.headers_mut()
            .insert(header::CONTENT_TYPE, kind.clone());
    }
    let read = Form::<Vec<(String, String)>>::from_request(form, &()).await;
    read.map_or_else(|_| Vec::new(), |Form(pairs)| pairs)
}

type Written = (
    Vec<(String, &'static str, String, bool)>,
    Vec<(String, String)>,
);

/// What somebody wrote, and what else the form says but for its word; `None` when there are no words of his.
fn written(pairs: &[(String, String)], w: &'static Words) -> Option<Written> {
    let label = |name: &str| match name {
        "text" => Some((w.text, true)),
        "reason" => Some((w.reason, false)),
        "subject" => Some((w.subject, false)),
        "tags" => Some((w.tags, false)),
        "to" => Some((w.to, false)),
        "cc" => Some((w.cc, false)),
        _ => None,
    };
    let own = ["text", "reason", "subject", "tags"];
    let own =
        |(name, value): &(String, String)| own.contains(&name.as_str()) && !value.trim().is_empty();
    if !pairs.iter().any(own) {
        return None;
    }
    let (mut written, mut rest) = Written::default();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "word") {
        match label(name).filter(|_| !value.is_empty()) {
            Some((label, lines)) => written.push((name.clone(), label, value.clone(), lines)),
            None => rest.push((name.clone(), value.clone())),
        }
    }
    Some((written, rest))
}

/// How many seconds the session lasts if nothing is done; to ask keeps nobody signed in.
pub(super) async fn left(analyst: Analyst) -> String {
    analyst.who.left.to_string()
}

/// The same, after it was made to last as long as it may.
pub(super) async fn stay(analyst: Analyst) -> String {
    left(analyst).await
}

impl Words {
    /// On the first page, for who was signed in until now.
    pub(super) fn session_over(&self, app: &App) -> String {
        let seconds = |life: std::time::Duration| i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        let idle = shown::span(seconds(app.life.idle), self);
        let most = shown::span(seconds(app.life.most), self);
        match self.lang {
            "fr" => format!(
                "Vous n’êtes plus connecté : une session prend fin après {idle} sans usage, au plus tard après {most}, ou quand on y met fin. Connectez-vous, et vous reviendrez où vous étiez."
            ),
            _ => format!(
                "You are signed out: a session ends after {idle} without use, after {most} at the latest, or when somebody ends it. Sign in, and you are back where you were."
            ),
        }
    }

    /// Where a page asks whether something is new.
    pub(super) fn signed_out(&self) -> &'static str {
        self.one(
            "You are signed out: nothing new is shown here.",
            "Vous n’êtes plus connecté : rien de nouveau ne s’affiche ici.",
        )
    }

    /// The link behind it.
    pub(super) fn sign_in_again(&self) -> &'static str {
        self.one("Sign in again", "Se reconnecter")
    }

    /// Over what was written.
    pub(super) fn kept_head(&self) -> &'static str {
        self.one("Nothing was sent yet", "Rien n’a encore été envoyé")
    }

    /// What to do with it, signed in or not.
    pub(super) fn kept_why(&self, signed_in: bool) -> &'static str {
        match signed_in {
            true => self.one(
                "This came from a page of an earlier session. What you wrote stands here: look at it, then send it again.",
                "Ceci vient d’une page d’une session précédente. Ce que vous avez écrit est ici : vérifiez-le, puis envoyez-le de nouveau.",
            ),
            false => self.one(
                "You were signed out before this came. What you wrote stands here and nowhere else: sign in in another tab, then come back to this page and send it again. Or copy it.",
                "Vous n’étiez plus connecté quand ceci est arrivé. Ce que vous avez écrit est ici et nulle part ailleurs : connectez-vous dans un autre onglet, puis revenez à cette page et envoyez-le de nouveau. Ou copiez-le.",
            ),
        }
    }

    /// The link for that.
    pub(super) fn sign_in_beside(&self) -> &'static str {
        self.one(
            "Sign in in another tab",
            "Se connecter dans un autre onglet",
        )
    }

    /// On the button.
    pub(super) fn send_again(&self) -> &'static str {
        self.one("Send again", "Envoyer de nouveau")
    }

    /// Before the moment when a session ends.
    pub(super) fn ends_at(&self) -> &'static str {
        self.one("You will be signed out at", "Vous serez déconnecté à")
    }

    /// Behind the moment at which a letter's page ends it.
    pub(super) fn ends_hint(&self) -> &'static str {
        self.one(
            "unless you do something on the console before: checking the recipients is enough. If it happens, what you wrote is not lost: it is shown to you again.",
            "sauf si vous faites quelque chose sur la console avant : vérifier les destinataires suffit. Si cela arrive, ce que vous avez écrit n’est pas perdu : il vous est montré de nouveau.",
        )
    }

    /// On the button that makes a session last.
    pub(super) fn stay(&self) -> &'static str {
        self.one("Stay signed in", "Rester connecté")
    }

    /// Once it has happened.
    pub(super) fn out_by_now(&self) -> &'static str {
        self.one(
            "You are signed out. What you write here is still here: sign in in another tab before you send it.",
            "Vous n’êtes plus connecté. Ce que vous écrivez ici y est toujours : connectez-vous dans un autre onglet avant de l’envoyer.",
        )
    }

    /// When nothing makes it last any longer.
    pub(super) fn no_longer(&self) -> &'static str {
        self.one(
            "It can’t be made longer: send what you write before, or sign in again.",
            "Elle ne peut pas être prolongée : envoyez avant ce que vous écrivez, ou reconnectez-vous.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_turned_away_comes_back_to_a_page_of_ours() {
        for (path, page) in [
            ("/t/000123/reply", "/t/000123/reply"),
            ("/t/000123/note", "/t/000123"),
            ("/q/CSIRT/do", "/q/CSIRT"),
            ("/quarantine/1/promote", "/quarantine"),
            ("/sign-in", "/"),
            ("/language", "/"),
            ("//evil.example/t", "/"),
        ] {
            assert_eq!(page_of(path), page);
        }
        assert_eq!(sign_in(false, "//evil.example"), "/sign-in");
        assert_eq!(
            sign_in(true, "/t/1?v=2"),
            "/sign-in?why=ended&next=%2Ft%2F1%3Fv%3D2"
        );
    }
}
