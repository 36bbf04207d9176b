//! Whose token it is, and what it may do. No cookie is looked at, so that no browser can be made to ask (T62).

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use uuid::Uuid;
use vault::{AccessToken, Purpose};

use super::Api;
use super::problem::Problem;
use crate::audit::DEPLOYMENT;
use crate::cli::desk::Desk;
use crate::console::Peer;
use crate::console::signin::network;

/// Wrong tokens from a network before the first wait.
const PER_NETWORK: i32 = 30;
/// From everywhere: whoever has an IPv6 /32 has four thousand million networks.
const EVERYWHERE: i32 = 600;

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Scope {
    /// Read queue, tickets, search
    Read,
    /// Change tickets, and write to people
    Act,
    /// Change the register of contacts
    Register,
    /// Take messages and extracted values out
    Export,
    /// Read the audit trail of all that everybody did
    Audit,
}

impl Scope {
    /// As it is stored.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Act => "act",
            Scope::Register => "register",
            Scope::Export => "export",
            Scope::Audit => "audit",
        }
    }
}

/// A scope, as a type: a function can't forget to ask for it.
pub(super) trait Needs {
    const SCOPE: Scope;
}

/// [`Scope::Read`].
pub(super) struct Read;
/// [`Scope::Act`].
pub(super) struct Act;
/// [`Scope::Register`].
pub(super) struct Register;
/// [`Scope::Export`].
pub(super) struct Export;
/// [`Scope::Audit`].
pub(super) struct Audit;

impl Needs for Read {
    const SCOPE: Scope = Scope::Read;
}

impl Needs for Act {
    const SCOPE: Scope = Scope::Act;
}

impl Needs for Register {
    const SCOPE: Scope = Scope::Register;
}

impl Needs for Export {
    const SCOPE: Scope = Scope::Export;
}

impl Needs for Audit {
    const SCOPE: Scope = Scope::Audit;
}

/// A scope that changes something.
pub(super) trait Changes: Needs {}

impl Changes for Act {}
impl Changes for Register {}

/// A program whose token covers what it asks for.
pub(super) struct By<N>(Caller, PhantomData<N>);

/// A program.
#[derive(Clone)]
pub(super) struct Caller {
    /// Its token.
    pub(super) token: Uuid,
    /// A desk with its name on it.
    pub(super) desk: Desk,
}

impl<N> Deref for By<N> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<N: Needs> FromRequestParts<Api> for By<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let (store, team) = (&api.desk.store, &api.desk.team);
        let found = match presented(&parts.headers) {
            Some(token) => store.api_token(team, &token.digest()).await?,
            None => None,
        };
        let found = found.filter(|found| !found.is_over);
        let Some(found) = found else {
            return Err(unknown(parts, api).await?);
        };
        if !found.scopes.iter().any(|scope| scope == N::SCOPE.word()) {
            let detail = format!("the token lacks the scope {}", N::SCOPE.word());
            return Err(Problem::new(StatusCode::FORBIDDEN, "scope", detail));
        }
        let caller = Caller {
            token: found.id,
            desk: api.desk.with(actor(&found.name)),
        };
        Ok(By(caller, PhantomData))
    }
}

/// Who stands in the audit trail, and as the owner of tickets.
fn actor(name: &str) -> String {
    format!("{name} (api)")
}

/// The token in `Authorization: Bearer` (RFC 6750 section 2.1).
fn presented(fields: &HeaderMap) -> Option<AccessToken> {
    let field = fields.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = field.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    AccessToken::from_text(token.trim()).filter(|_| is_bearer)
}

/// What is said to somebody without a good token. Who guesses waits; a good token is taken from that network all the same, since
/// guessing 256 bits comes to nothing and the counts, of the network and of all together, only keep the load and the trail small.
async fn unknown(parts: &Parts, api: &Api) -> Result<Problem, Problem> {
    let detail =
        "no token, or one that is unknown, expired or revoked: send `Authorization: Bearer TOKEN`";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "token", detail);
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        return Ok(problem);
    }
    let desk = &api.desk;
    let Some(Peer(peer)) = parts.extensions.get() else {
        return Ok(problem);
    };
    let place = network(peer.ip());
    let digest = |parts: &[&[u8]]| desk.ring.digest(Purpose::Rate, parts);
    let everywhere = digest(&[b"api-everywhere"]);
    let network = digest(&[b"api-network", &place]);
    // Nothing is written for who waits with all others, so that many networks don't fill the table.
    if desk.store.waits(&everywhere).await? || !desk.store.attempt(&network, PER_NETWORK).await? {
        let detail = "too many wrong tokens came from this network, or from everywhere: wait";
        return Ok(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "slower",
            detail,
        ));
    }
    // Counted once it counts for its network: one that waits slows nobody else down.
    desk.store.attempt(&everywhere, EVERYWHERE).await?;
    api.metrics.authentication("api-refused");
    let noted = api.desk.with("api".to_owned());
    noted
        .note(DEPLOYMENT, "token-refused", String::new())
        .await?;
    Ok(problem)
}

/// What the document says beside the questions.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pillarbox",
        version = "1",
        description = "What analysts do with tickets, for programs. Tokens are made with `pillarbox analyst token add`. \
            Errors are `application/problem+json` (RFC 9457) with a word in `code` and a sentence in `detail`; ids of other teams and ids that \
            there are not get the same 404. Every POST or PUT that changes something carries an `Idempotency-Key`: the same key with the same body \
            gives the same answer for a day, and the change is made once. No token opens what is sealed to analysts: such messages have \
            `sealed_to_analysts: true`, their summary says no more than what is known in clear, and fields about their content are absent.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    tags(
        (name = "tickets", description = "What is read of tickets: scope `read`"),
        (name = "contacts", description = "The register of contacts: scope `read`, and `register` for what changes it"),
        (name = "search", description = "Search over sealed values: scope `read`"),
        (name = "export", description = "What leaves: scope `export`"),
        (name = "actions", description = "What is changed: scope `act`, and `register` for contacts"),
        (name = "audit", description = "What everybody did and read: scope `audit`"),
        (name = "document", description = "This document"),
    ),
    security(("token" = [])),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "64 hexadecimal digits, from `pillarbox analyst token add`",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
