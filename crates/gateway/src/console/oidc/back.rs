//! What comes back from the provider: an authorization response (OpenID Connect Core 1.0 section 3.1.2.5).
//!
//! Nothing is asked of anybody before the state has proved that this browser began it, and each sign-in comes back once, whatever the
//! provider thinks of a code that is shown twice.

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use vault::AccessToken;

use super::admit::{self, Newcomer};
use super::flow::Flow;
use super::provider::{Provider, ProviderFault, Tokens};
use super::refusal::{self, Refusal};
use super::token::{Claims, Expected, TokenFault, subject, verify};
use super::{Onward, claims, errors};
use crate::console::guard::render;
use crate::console::session::{held, preferred, put};
use crate::console::throttle::{self, Lane};
use crate::console::{App, Peer, signin};
use crate::store::{Identity, StoreFault};

/// Octets of a code.
const LONGEST_CODE: usize = 8 << 10;

/// Everything may be missing, and more may be there.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    iss: Option<String>,
}

/// Lets somebody in whom the provider vouches for.
pub(super) async fn come(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    Query(answer): Query<Answer>,
    fields: HeaderMap,
) -> Response {
    let w = preferred(&fields);
    let flow = Flow::of(&fields).filter(|flow| flow.is_state(&answer.state));
    let (Some(flow), Some(provider)) = (flow, app.oidc.clone()) else {
        // The cookie stays: what somebody else sends ends nothing that was begun here.
        app.metrics.authentication("console-refused");
        return Refusal::Failed.page(w, &app, None);
    };
    let mut response = match enter(&app, &provider, peer.ip(), &flow, &answer).await {
        Ok(token) => {
            signin::end_left(&app, held(&fields)).await;
            app.metrics.authentication("console-ok");
            let head = refusal::in_words(w, "You are signed in", "Vous êtes connecté");
            let to = flow.next().to_owned();
            let mut response = render(&Onward { w, head, to });
            put(&mut response, Some(Some(&token)), Some(None));
            response
        }
        Err(refusal) => {
            app.metrics.authentication("console-refused");
            let leave = match refusal.is_of_somebody_known() {
                true => super::leave(&provider).await,
                false => None,
            };
            refusal.page(w, &app, leave)
        }
    };
    Flow::end(&mut response);
    response
}

async fn enter(
    app: &App,
    provider: &Provider,
    peer: std::net::IpAddr,
    flow: &Flow,
    answer: &Answer,
) -> Result<AccessToken, Refusal> {
    let network = throttle::Network::of(app, peer, Lane::Provider);
    if !network.may_try(app).await? {
        return Err(Refusal::Wait);
    }
    if !app.desk.store.use_flow(&flow.digest()).await? {
        return Err(failed(app, "replayed").await?);
    }
    if !answer.error.is_empty() {
        return Err(sent_away(app, &answer.error).await?);
    }
    let newcomer = match newcomer(app, provider, flow, answer).await {
        Ok(newcomer) => newcomer,
        Err(Unproved::Store(fault)) => return Err(fault.into()),
        Err(Unproved::Provider(fault)) => {
            tracing::warn!(%fault, "somebody could not sign in with OpenID Connect");
            failed(app, "provider").await?;
            return Err(refusal::of_provider(&fault));
        }
        Err(Unproved::Why(why)) => return Err(failed(app, why).await?),
        Err(Unproved::Token(fault)) => {
            tracing::warn!(%fault, "an ID token was refused");
            return Err(failed(app, &format!("token-{fault}")).await?);
        }
    };
    let account = admit::admit(app, &newcomer).await?;
    let begun = signin::begin(
        app,
        (account.id, &account.name),
        &network.digests(),
        " by=oidc",
    )
    .await;
    let token = begun.map_err(|fault| match fault {
        signin::Refused::Store(fault) => Refusal::Store(fault),
        signin::Refused::Wrong | signin::Refused::Busy => Refusal::Broken,
    })?;
    network.succeeded(app).await?;
    Ok(token)
}

/// The provider sends somebody back without a code, and says why.
async fn sent_away(app: &App, error: &str) -> Result<Refusal, Refusal> {
    let word = errors::word(error).unwrap_or("unknown");
    tracing::warn!(
        word,
        "the OpenID Connect provider sends somebody back without having let him in"
    );
    let refusal = errors::of_person(word);
    let why = match matches!(refusal, Refusal::Denied) {
        true => "denied",
        false => "provider",
    };
    failed(app, why).await?;
    Ok(refusal)
}

/// Why it is not known who came.
enum Unproved {
    Provider(ProviderFault),
    Token(TokenFault),
    Why(&'static str),
    Store(StoreFault),
}

impl From<StoreFault> for Unproved {
    fn from(fault: StoreFault) -> Self {
        Unproved::Store(fault)
    }
}

impl From<ProviderFault> for Unproved {
    fn from(fault: ProviderFault) -> Self {
        Unproved::Provider(fault)
    }
}

/// Who came, proved by the provider.
async fn newcomer(
    app: &App,
    provider: &Provider,
    flow: &Flow,
    answer: &Answer,
) -> Result<Newcomer, Unproved> {
    let settings = &provider.settings;
    let metadata = provider.metadata().await?;
    // RFC 9207: another provider's answer is none.
    let said = answer.iss.as_deref();
    let is_missing = said.is_none() && metadata.authorization_response_iss_parameter_supported;
    if is_missing || said.is_some_and(|said| said != settings.issuer) {
        return Err(Unproved::Why("issuer"));
    }
    if answer.code.is_empty() || answer.code.len() > LONGEST_CODE {
        return Err(Unproved::Why("code"));
    }
    let tokens = provider.exchange(&answer.code, flow).await?;
    let claims = proved(provider, flow, &tokens).await?;
    let subject = subject(&claims).unwrap_or_default().to_owned();
    let identity = Identity {
        issuer: settings.issuer.clone(),
        subject: subject.clone(),
    };
    let mut groups = claims::groups(&claims, &settings.groups_claim);
    if groups.is_none() && claims::are_elsewhere(&claims, &settings.groups_claim) {
        tracing::warn!(
            "the provider says that somebody has too many groups for a token: let it send roles, or only groups of this application"
        );
    }
    let mut name = claims::name(&claims, &settings.name_claim).map(str::to_owned);
    // A name is needed once, for the account that is made.
    let (store, team) = (&app.desk.store, &app.desk.team);
    let is_incomplete =
        groups.is_none() || name.is_none() && store.vouched(team, &identity).await?.is_none();
    let more = match is_incomplete {
        true => provider.userinfo(&tokens.access_token).await,
        false => Ok(None),
    };
    let more = match more {
        // Who lacks nothing but a name is told that, whatever is wrong there.
        Err(fault) if groups.is_some() => {
            tracing::warn!(%fault, "the provider could not be asked for a name");
            None
        }
        more => more?,
    };
    if let Some(more) = more {
        // OpenID Connect Core 1.0 section 5.3.2.
        if super::token::subject(&more) != Some(subject.as_str()) {
            return Err(Unproved::Why("userinfo"));
        }
        groups = groups.or_else(|| claims::groups(&more, &settings.groups_claim));
        name = name.or_else(|| claims::name(&more, &settings.name_claim).map(str::to_owned));
    }
    Ok(Newcomer {
        identity,
        name,
        role: claims::role(&groups.unwrap_or_default(), &settings.groups),
    })
}

/// The claims of the ID token. Keys that were kept may be those of yesterday: then those of now are asked for, once.
async fn proved(provider: &Provider, flow: &Flow, tokens: &Tokens) -> Result<Claims, Unproved> {
    let (settings, nonce) = (&provider.settings, flow.nonce());
    let expected = Expected {
        issuer: &settings.issuer,
        client_id: &settings.client_id,
        nonce: &nonce,
        now: Timestamp::now().as_second(),
        skew: i64::try_from(settings.clock_skew.0.as_secs()).unwrap_or(0),
    };
    let (keys, are_new) = provider.keys(false).await?;
    let proved = match verify(&tokens.id_token, &keys, &expected) {
        Err(TokenFault::Key | TokenFault::Signature) if !are_new => {
            let (keys, _) = provider.keys(true).await?;
            verify(&tokens.id_token, &keys, &expected)
        }
        first => first,
    };
    proved.map_err(Unproved::Token)
}

/// Writes a refusal down, of somebody of whom nothing is proved.
async fn failed(app: &App, why: &str) -> Result<Refusal, Refusal> {
    let detail = format!("account=unknown by=oidc why={why}");
    signin::note(app, "console", "sign-in-failed", detail).await?;
    Ok(Refusal::Failed)
}
