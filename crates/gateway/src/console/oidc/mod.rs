//! Signing in with OpenID Connect: the authorization code flow (OpenID Connect Core 1.0 section 3.1) with PKCE (RFC 7636).
//!
//! | module | what it does |
//! | --- | --- |
//! | [`provider`] | asks the provider: discovery, keys, tokens, userinfo; limits of time and size |
//! | `metadata` | what a provider says of itself, and whether it can be used |
//! | `token` | whether an ID token is one, and for us (pure) |
//! | `claims` | name and groups of a token, and the role of groups (pure) |
//! | `errors` | the words that a provider refuses with, and what they mean (pure) |
//! | `flow` | the cookie that a sign-in begins with, and what is derived from it |
//! | `back` | what comes back from the provider |
//! | `admit` | the account of an identity, made on its first sign-in |
//! | `refusal` | why nobody was let in, in words |
//!
//! What is sealed is opened with the storage keys of the console's machine, for every analyst with a session: no key depends on a
//! password, so whoever the provider lets in reads what others of the same role read, and nothing that is sealed to analysts alone.

mod admit;
mod back;
mod claims;
mod errors;
mod flow;
mod metadata;
pub(crate) mod provider;
mod refusal;
mod token;

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use reqwest::Url;
use uuid::Uuid;

use self::flow::Flow;
use self::provider::Provider;
use self::refusal::Refusal;
use super::App;
use super::accounts::url;
use super::guard::{Wrong, render};
use super::session::{preferred, signed_in};
use super::signin::{Next, back as place_of_ours};
use super::words::Words;

/// Where a sign-in begins.
pub(super) const BEGIN: &str = "/sign-in/oidc";
/// Where the provider sends browsers back to.
const BACK: &str = "/sign-in/oidc/callback";

/// Nobody waits longer to be told that he is signed out.
const FAREWELL: Duration = Duration::from_secs(3);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(BEGIN, get(begin))
        .route(BACK, get(back::come))
}

/// A page of ours that leads on by itself. A redirect would not do: what begins at another site comes without the session's cookie
/// (`SameSite=Strict`), and a form may lead to no other site (`form-action`).
#[derive(Template)]
#[template(path = "onward.html")]
struct Onward {
    w: &'static Words,
    head: &'static str,
    to: String,
}

/// Sends the browser to the provider.
async fn begin(State(app): State<App>, Query(next): Query<Next>, fields: HeaderMap) -> Response {
    let w = preferred(&fields);
    let Some(provider) = app.oidc.clone() else {
        return Wrong::nowhere(w).into_response();
    };
    let next = place_of_ours(next.place()).unwrap_or("/");
    let to_first = || Redirect::to(&format!("/sign-in?next={}", url(next))).into_response();
    // No other site makes our visitors sign in (T62); a cookie of another name for us would not come back.
    if site(&fields) == Some("cross-site") {
        return to_first();
    }
    if !is_here(&fields, provider.settings.place("").as_str()) {
        return Redirect::to(&provider.settings.place("/sign-in")).into_response();
    }
    if let Ok(Some(_)) = signed_in(&fields, &app, true).await {
        return Redirect::to(next).into_response();
    }
    let Ok(flow) = Flow::begin(next) else {
        return Wrong::unavailable(w).into_response();
    };
    match question(&provider, &flow).await {
        Ok(question) => {
            let mut response = Redirect::to(question.as_str()).into_response();
            flow.put(&mut response);
            response
        }
        Err(refusal) => refusal.page(w, &app, None),
    }
}

/// The authentication request (OpenID Connect Core 1.0 section 3.1.2.1).
async fn question(provider: &Provider, flow: &Flow) -> Result<Url, Refusal> {
    let metadata = provider
        .metadata()
        .await
        .map_err(|fault| refusal::of_provider(&fault))?;
    let mut question = metadata.authorization_endpoint.0.clone();
    let settings = &provider.settings;
    question.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &settings.client_id),
        ("redirect_uri", &settings.place(BACK)),
        ("scope", &settings.scopes.join(" ")),
        ("state", &flow.state()),
        ("nonce", &flow.nonce()),
        ("code_challenge", &flow.challenge()),
        ("code_challenge_method", "S256"),
    ]);
    Ok(question)
}

/// What somebody sees who signed out, and whom the provider had let in: he is led on, to sign out there as well (OpenID Connect
/// RP-Initiated Logout 1.0 section 2). `None` for other accounts, and for providers that don't offer it.
pub(super) async fn farewell(app: &App, account: Uuid, w: &'static Words) -> Option<Response> {
    let provider = app.oidc.as_ref()?;
    if !app.desk.store.is_vouched(account).await.ok()? {
        return None;
    }
    let to = leave(provider).await?;
    let head = refusal::in_words(w, "You are signed out here", "Vous êtes déconnecté d’ici");
    Some(render(&Onward { w, head, to }))
}

/// Where somebody signs out at the provider, and comes back from; `None` when it does not offer that, or does not answer.
async fn leave(provider: &Provider) -> Option<String> {
    let metadata = tokio::time::timeout(FAREWELL, provider.metadata()).await;
    let mut to = metadata.ok()?.ok()?.end_session_endpoint.clone()?.0;
    let settings = &provider.settings;
    to.query_pairs_mut().extend_pairs([
        ("client_id", settings.client_id.as_str()),
        ("post_logout_redirect_uri", &settings.place("/sign-in")),
    ]);
    Some(to.into())
}

/// The text of the button.
pub(super) fn button(app: &App, w: &'static Words) -> Option<String> {
    let provider = app.oidc.as_ref()?;
    let with = refusal::in_words(w, "Sign in with", "Se connecter avec");
    Some(format!("{with} {}", provider.settings.label))
}

fn site(fields: &HeaderMap) -> Option<&str> {
    let field = fields.get(HeaderName::from_static("sec-fetch-site"));
    field.and_then(|value| value.to_str().ok())
}

/// Whether the browser reached us where the provider will send it back to.
fn is_here(fields: &HeaderMap, console: &str) -> bool {
    let host = fields
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let origin = |text: &str| Url::parse(text).map(|url| url.origin()).ok();
    let here = host.and_then(|host| origin(&format!("https://{host}")));
    here.is_some() && here == origin(console)
}
