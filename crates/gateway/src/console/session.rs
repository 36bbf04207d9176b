//! Who asks: the session's cookie, and the language.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use vault::AccessToken;

use super::access::{Right, Role};
use super::accounts::url;
use super::guard::Wrong;
use super::words::{ENGLISH, FRENCH, Words};
use super::{App, ended};
use crate::cli::desk::Desk;
use crate::store::SignedIn;

/// Holds the token of a session. `__Host-` makes browsers insist on `Secure`, on `/`, and on this host alone (RFC 6265bis).
const SESSION: &str = "__Host-pillarbox";
/// Holds a token for the form of the first page, before there is a session.
const BEFORE: &str = "__Host-pillarbox-form";

/// An analyst who is signed in.
pub(super) struct Analyst {
    /// Who.
    pub(super) who: SignedIn,
    role: Role,
    /// His token: its word stands in every form.
    pub(super) token: AccessToken,
    /// In his language.
    pub(super) w: &'static Words,
    /// A desk with his name on it.
    pub(super) desk: Desk,
    /// The page that he asks for, to come back to.
    here: String,
    /// Seconds before the end of the session at which he is warned.
    warn: i64,
}

/// What stands on every page of somebody who is signed in.
pub(super) struct Frame {
    pub(super) team: String,
    pub(super) team_url: String,
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) form: String,
    pub(super) here: String,
    /// Seconds until the session ends if nothing is done, and how long before that it is said.
    pub(super) left: i64,
    pub(super) warn: i64,
    /// Whether single letters are keys.
    pub(super) keys: bool,
    /// Whether he may act.
    pub(super) acts: bool,
    /// Whether the menu has the audit trail.
    pub(super) audits: bool,
}

impl Analyst {
    /// For the templates.
    pub(super) fn frame(&self) -> Frame {
        Frame {
            team: self.desk.team.clone(),
            team_url: url(&self.desk.team),
            name: self.who.name.clone(),
            role: self.w.role(self.role),
            form: self.token.form().to_string(),
            here: self.here.clone(),
            left: self.who.left,
            warn: self.warn,
            keys: self.who.keys,
            acts: self.may(Right::Act),
            audits: self.may(Right::Audit),
        }
    }

    /// Whether he may do this.
    pub(super) fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// Whether a form is one of his.
    pub(super) fn check(&self, word: &str) -> Result<(), Wrong> {
        if self.token.is_form(word) {
            return Ok(());
        }
        Err(Wrong::refused(self.w))
    }

    /// Takes the register of contacts to his desk, as it is now.
    pub(super) async fn inform(&mut self, app: &App) -> Result<(), Wrong> {
        let seen = app.contacts.seen().await;
        let seen = seen.map_err(|fault| self.fault(fault))?;
        self.desk.directory = seen.directory;
        self.desk.constituency = seen.constituency;
        Ok(())
    }

    /// A fault, in his language.
    pub(super) fn fault(&self, error: impl Into<anyhow::Error>) -> Wrong {
        Wrong::fault(self.w, &error.into())
    }

    /// Writes one of several things down that failed, for the page that says so.
    pub(super) fn note_fault(&self, error: impl Into<anyhow::Error>) {
        let error = format!("{:#}", error.into());
        tracing::error!(error, "one of several tickets was left");
    }
}

impl FromRequestParts<App> for Analyst {
    type Rejection = Response;

    /// Nobody without a session gets further than to the first page.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let w = preferred(&parts.headers);
        let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
        // A page that asks by itself whether something is new keeps nobody signed in.
        let path = parts.uri.path();
        let used = !path.ends_with("/arrivals") && path != "/session";
        let found = signed_in(&parts.headers, app, used).await;
        let found = found.map_err(|error| Wrong::fault(w, &error.into()).into_response())?;
        let Some((token, who, role)) = found else {
            return Err(ended::turned_away(parts, w));
        };
        let w = language(&who.language, &parts.headers);
        // Five minutes; of a short session half of it.
        let warn = i64::try_from(app.life.idle.as_secs() / 2).unwrap_or(i64::MAX);
        let desk = app.desk.with(actor(&who.name));
        let here = here.to_owned();
        Ok(Analyst {
            who,
            role,
            token,
            w,
            desk,
            here,
            warn: warn.min(300),
        })
    }
}

/// Who stands in the audit trail: told apart from users of the machine, who work with the commands.
pub(super) fn actor(name: &str) -> String {
    format!("{name}{}", crate::audit::CONSOLE)
}

/// The session that a request belongs to.
pub(super) async fn signed_in(
    fields: &HeaderMap,
    app: &App,
    used: bool,
) -> Result<Option<(AccessToken, SignedIn, Role)>, crate::store::StoreFault> {
    let Some(token) = cookie(fields, SESSION) else {
        return Ok(None);
    };
    let (team, digest) = (&app.desk.team, token.digest());
    let who = app
        .desk
        .store
        .session(team, &digest, app.life, used)
        .await?;
    Ok(who.and_then(|who| {
        let role = Role::of(&who.role)?;
        Some((token, who, role))
    }))
}

/// The token that a browser holds for the form of the first page.
pub(super) fn before(fields: &HeaderMap) -> Option<AccessToken> {
    cookie(fields, BEFORE)
}

/// The token of a session, whether it still is one or not.
pub(super) fn held(fields: &HeaderMap) -> Option<AccessToken> {
    cookie(fields, SESSION)
}

fn cookie(fields: &HeaderMap, name: &str) -> Option<AccessToken> {
    AccessToken::from_text(cookie_text(fields, name)?)
}

/// The value of a cookie; of several of this name the first.
pub(super) fn cookie_text<'f>(fields: &'f HeaderMap, name: &str) -> Option<&'f str> {
    let cookies = fields.get_all(header::COOKIE).into_iter();
    let cookies = cookies.filter_map(|field| field.to_str().ok());
    let mut pairs = cookies.flat_map(|field| field.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Puts a token into the browser, for as long as it runs; `None` takes it out.
fn set(name: &str, token: Option<&AccessToken>) -> Option<HeaderValue> {
    let (value, age) = match token {
        Some(token) => (token.to_text(), ""),
        None => (String::new().into(), "; Max-Age=0"),
    };
    let text = format!(
        "{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict{age}",
        *value
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Puts the cookies of session and first form on an answer.
pub(super) fn put(
    response: &mut Response,
    session: Option<Option<&AccessToken>>,
    before: Option<Option<&AccessToken>>,
) {
    let both = [(SESSION, session), (BEFORE, before)];
    for (name, token) in both {
        if let Some(value) = token.and_then(|token| set(name, token)) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// The language that somebody chose, else the one that his browser asks for.
pub(super) fn language(chosen: &str, fields: &HeaderMap) -> &'static Words {
    match chosen {
        "en" => &ENGLISH,
        "fr" => &FRENCH,
        _ => preferred(fields),
    }
}

/// The language that a browser asks for (RFC 9110 section 12.5.4): of ours, the one with the greatest weight.
pub(super) fn preferred(fields: &HeaderMap) -> &'static Words {
    let asked = fields.get(header::ACCEPT_LANGUAGE);
    let asked = asked.and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (&ENGLISH, 0.0_f32);
    for one in asked.split(',').take(20) {
        let (tag, weight) = one.split_once(";q=").unwrap_or((one, "1"));
        let weight = weight.trim().parse().unwrap_or(0.0);
        let words = match tag.trim().split('-').next() {
            Some("fr") => &FRENCH,
            Some("en") => &ENGLISH,
            Some(_) | None => continue,
        };
        if weight > best.1 {
            best = (words, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_the_one_that_the_browser_wants_most() {
        for (asked, wanted) in [
            ("", "en"),
            ("de", "en"),
            ("fr", "fr"),
            ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
            ("en-GB,fr;q=0.9", "en"),
            ("en;q=0.2,fr;q=0.9", "fr"),
            ("de,fr;q=x", "en"),
        ] {
            let value = HeaderValue::from_static(asked);
            let fields = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(preferred(&fields).lang, wanted, "{asked}");
        }
    }
}
