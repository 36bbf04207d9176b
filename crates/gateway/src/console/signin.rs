//! Signing in with password and code, and out again; with a provider: [`super::oidc`].
//!
//! A name that nobody has costs the same as a wrong password, and every refusal reads the same. Wrong attempts are counted for the
//! network, and for the name from that network: nobody is kept out by what others try elsewhere. Only wrong codes after the right
//! password count for the account itself, since who knows the password may try codes from many networks.

use std::net::IpAddr;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use vault::{AccessToken, PasswordHash, Purpose, TotpSecret};

use super::accounts::url;
use super::guard::{Wrong, render};
use super::session::{Analyst, actor, before, held, preferred, put, signed_in};
pub(crate) use super::throttle::network;
use super::throttle::{Lane, Network};
use super::words::Words;
use super::{App, Peer, oidc};
use crate::accounts::prepared;
use crate::audit::{self, DEPLOYMENT, Event};
use crate::sealing;
use crate::store::{ConsoleAccount, StoreFault};

/// Attempts before the first wait: at a name from a network.
const PER_NAME: i32 = 5;
/// With the right password of an account.
const PER_ACCOUNT: i32 = 10;
/// How long a password may wait to be checked.
const PATIENCE: Duration = Duration::from_secs(10);

/// The form. What is freed is overwritten, as everywhere in this program.
#[derive(Deserialize)]
pub(super) struct Entering {
    word: String,
    name: String,
    password: String,
    code: String,
    #[serde(default)]
    next: String,
}

/// Where somebody wanted to go.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
    /// `ended`: somebody was signed in until now.
    #[serde(default)]
    why: String,
}

impl Next {
    /// As it was asked for; [`back`] says whether it is a place of ours.
    pub(super) fn place(&self) -> &str {
        &self.next
    }
}

#[derive(Template)]
#[template(path = "signin.html")]
struct SignInPage {
    w: &'static Words,
    team: String,
    word: String,
    next: String,
    failed: bool,
    /// Why somebody is here who was signed in until now; empty for others.
    over: String,
    /// Whether passwords are asked for.
    local: bool,
    /// Where a sign-in with the provider begins, and what its button says.
    provider: Option<(String, String)>,
}

/// Why nobody was let in.
pub(super) enum Refused {
    /// Name, password or code, or too many attempts.
    Wrong,
    Store(StoreFault),
    /// Too many passwords are being checked, or what is sealed can't be opened.
    Busy,
}

impl From<StoreFault> for Refused {
    fn from(fault: StoreFault) -> Self {
        Refused::Store(fault)
    }
}

/// The first page.
pub(super) async fn page(
    State(app): State<App>,
    Query(next): Query<Next>,
    fields: HeaderMap,
) -> Response {
    let is_over = next.why == "ended";
    let next = back(&next.next).unwrap_or("/");
    // A link from elsewhere comes without the cookie; the first click on our own page has it.
    if let Ok(Some(_)) = signed_in(&fields, &app, true).await {
        return Redirect::to(next).into_response();
    }
    form(&app, &fields, next, (false, is_over))
}

fn form(app: &App, fields: &HeaderMap, next: &str, (failed, is_over): (bool, bool)) -> Response {
    let w = preferred(fields);
    // The one that the browser has: the page may be open twice.
    let Ok(token) = before(fields).map_or_else(AccessToken::generate, Ok) else {
        return Wrong::unavailable(w).into_response();
    };
    let page = SignInPage {
        w,
        team: app.desk.team.clone(),
        word: token.form().to_string(),
        next: next.to_owned(),
        failed,
        over: match is_over {
            true => w.session_over(app),
            false => String::new(),
        },
        local: app.settings.console.local_sign_in,
        provider: oidc::button(app, w)
            .map(|text| (format!("{}?next={}", oidc::BEGIN, url(next)), text)),
    };
    let mut response = render(&page);
    if failed {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    put(&mut response, None, Some(Some(&token)));
    response
}

/// Lets somebody in.
pub(super) async fn enter(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    fields: HeaderMap,
    Form(entering): Form<Entering>,
) -> Response {
    let w = preferred(&fields);
    let next = back(&entering.next).unwrap_or("/");
    let is_ours = before(&fields).is_some_and(|token| token.is_form(&entering.word));
    if !is_ours || !app.settings.console.local_sign_in {
        return Wrong::refused(w).into_response();
    }
    let let_in = enter_as(&app, peer.ip(), &entering).await;
    match let_in {
        Ok(token) => {
            end_left(&app, held(&fields)).await;
            app.metrics.authentication("console-ok");
            let mut response = Redirect::to(next).into_response();
            put(&mut response, Some(Some(&token)), Some(None));
            response
        }
        Err(Refused::Wrong) => {
            app.metrics.authentication("console-refused");
            form(&app, &fields, next, (true, false))
        }
        Err(Refused::Busy) => Wrong::unavailable(w).into_response(),
        Err(Refused::Store(fault)) => Wrong::fault(w, &fault.into()).into_response(),
    }
}

/// Ends the session that a browser came with: none is carried across (fixation).
pub(super) async fn end_left(app: &App, left: Option<AccessToken>) {
    if let Some(left) = left
        && let Err(fault) = app.desk.store.end_session(&left.digest()).await
    {
        tracing::warn!(%fault, "a session that was left goes on until it is idle");
    }
}

async fn enter_as(app: &App, peer: IpAddr, entering: &Entering) -> Result<AccessToken, Refused> {
    let desk = &app.desk;
    let digest = |parts: &[&[u8]]| desk.ring.digest(Purpose::Rate, parts).to_vec();
    let pair = digest(&[b"console-name", entering.name.as_bytes(), &network(peer)]);
    let network = Network::of(app, peer, Lane::Local);
    if !network.may_try(app).await? || !desk.store.attempt(&pair, PER_NAME).await? {
        return Err(Refused::Wrong);
    }
    let account = desk
        .store
        .console_account(&desk.team, &entering.name)
        .await?;
    // Whom a provider lets in has no password here.
    let known = account.as_ref().filter(|known| known.identity.is_none());
    let hash = known.map_or_else(PasswordHash::of_nobody, |known| known.password.clone());
    let is_password = check(app, hash, &entering.password).await?;
    let let_in = known.filter(|known| is_password && !known.disabled);
    let mut why = "password";
    if let Some(account) = let_in {
        let of_account = digest(&[b"console-account", account.id.as_bytes()]);
        if desk.store.attempt(&of_account, PER_ACCOUNT).await?
            && is_code(app, account, &entering.code).await?
        {
            let mut forgiven = network.digests();
            forgiven.extend([pair, of_account]);
            let token = begin(app, (account.id, &account.name), &forgiven, "").await?;
            network.succeeded(app).await?;
            return Ok(token);
        }
        why = "code";
    }
    let who = known.map_or_else(|| "unknown".to_owned(), |known| known.id.to_string());
    let detail = format!("account={who} why={why}");
    note(app, "console", "sign-in-failed", detail).await?;
    Err(Refused::Wrong)
}

/// Whether this is the code of the moment, and is used for the first time.
async fn is_code(app: &App, account: &ConsoleAccount, code: &str) -> Result<bool, Refused> {
    let (store, team) = (&app.desk.store, &app.desk.team);
    let opened = sealing::case_key(&app.desk.ring, team, account.id, &account.wrapped)
        .and_then(|key| key.open(&sealing::totp_aad(team, account.id), &account.totp))
        .and_then(|secret| TotpSecret::from_bytes(&secret));
    let secret = opened.map_err(|error| {
        tracing::error!(account = %account.id, %error, "the secret of an analyst's codes can't be opened");
        Refused::Busy
    })?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    match secret.step(&code, Timestamp::now().as_second()) {
        Some(step) => Ok(store.use_totp(account.id, step).await?),
        None => Ok(false),
    }
}

/// Away from the threads on which others wait, and not too many at a time.
async fn check(app: &App, hash: PasswordHash, password: &str) -> Result<bool, Refused> {
    // What can't be prepared is nobody's password; it is checked all the same, for the time that it takes.
    let password = prepared(password).unwrap_or_default();
    let place = tokio::time::timeout(PATIENCE, app.places.clone().acquire_owned()).await;
    let Ok(Ok(place)) = place else {
        return Err(Refused::Busy);
    };
    let checked = tokio::task::spawn_blocking(move || {
        let matches = hash.matches(password.as_bytes());
        drop(place);
        matches
    });
    checked.await.map_err(|_| Refused::Busy)
}

/// A new session of this account, written down, with what proved it, before it is given.
pub(super) async fn begin(
    app: &App,
    (account, name): (Uuid, &str),
    forgiven: &[Vec<u8>],
    how: &str,
) -> Result<AccessToken, Refused> {
    let token = AccessToken::generate().map_err(|_| Refused::Busy)?;
    let detail = format!("account={account}{how}");
    note(app, &actor(name), "signed-in", detail).await?;
    let store = &app.desk.store;
    store.forget_attempts(forgiven).await?;
    store
        .begin_session(&token.digest(), account, app.life)
        .await?;
    Ok(token)
}

pub(super) async fn note(
    app: &App,
    actor: &str,
    action: &'static str,
    detail: String,
) -> Result<(), StoreFault> {
    let desk = &app.desk;
    let event = Event { action, detail };
    audit::append(&desk.store, &desk.ring, DEPLOYMENT, actor, event).await
}

/// A form with nothing but its word, and where to go on.
#[derive(Deserialize)]
pub(super) struct Leaving {
    word: String,
}

/// Ends the session.
pub(super) async fn leave(
    State(app): State<App>,
    analyst: Analyst,
    Form(leaving): Form<Leaving>,
) -> Result<Response, Wrong> {
    analyst.check(&leaving.word)?;
    let desk = &analyst.desk;
    let ended = desk.store.end_session(&analyst.token.digest()).await;
    ended.map_err(|fault| analyst.fault(fault))?;
    let detail = format!("account={}", analyst.who.account);
    let noted = note(&app, &desk.actor, "signed-out", detail).await;
    noted.map_err(|fault| analyst.fault(fault))?;
    let farewell = oidc::farewell(&app, analyst.who.account, analyst.w).await;
    let mut response = farewell.unwrap_or_else(|| Redirect::to("/sign-in").into_response());
    put(&mut response, Some(None), None);
    Ok(response)
}

/// The language that somebody wants.
#[derive(Deserialize)]
pub(super) struct Choosing {
    word: String,
    language: String,
    #[serde(default)]
    here: String,
}

/// Keeps the language with the account.
pub(super) async fn language(
    analyst: Analyst,
    Form(choosing): Form<Choosing>,
) -> Result<Redirect, Wrong> {
    analyst.check(&choosing.word)?;
    if !matches!(choosing.language.as_str(), "en" | "fr") {
        return Err(Wrong::refused(analyst.w));
    }
    let (store, account) = (&analyst.desk.store, analyst.who.account);
    let chosen = store.choose_language(account, &choosing.language).await;
    chosen.map_err(|fault| analyst.fault(fault))?;
    Ok(Redirect::to(back(&choosing.here).unwrap_or("/")))
}

/// A place on this console, and nothing else: no other host is reached by it (T62).
pub(super) fn back(place: &str) -> Option<&str> {
    let is_ours = place.starts_with('/')
        && !place.starts_with("//")
        && place
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    (is_ours && place.len() <= 1024).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_of_the_console_are_gone_back_to() {
        assert_eq!(back("/t/000123?v=1.2"), Some("/t/000123?v=1.2"));
        for other in [
            "",
            "t/1",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a b",
            "/\n",
            "/é",
        ] {
            assert_eq!(back(other), None, "{other}");
        }
    }
}
