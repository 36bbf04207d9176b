//! A small OpenID Connect provider: it holds a client to what the standards say, and says wrong things when a test wants it to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::jwt::{Signer, unsigned, with_secret};
use crate::support::Installation;

pub const SECRET: &str = "a secret: of/the+client";

/// What is wrong with a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    AlgorithmNone,
    /// Signed with what everybody can read, as if it were a shared secret.
    PublicSecret,
    /// By a key that only says that it is the provider's.
    ForeignKey,
}

/// What the provider does, and did.
pub struct House {
    pub signer: Signer,
    /// Claims of whoever comes; `null` leaves one out.
    pub claims: Value,
    /// What userinfo says; nothing without it.
    pub userinfo: Option<Value>,
    pub wrong: Wrong,
    /// The issuer in the address that it sends browsers back to.
    pub said_issuer: Option<String>,
    /// Whether a person has to click before he is sent back.
    pub asks: bool,
    /// Whether a code is good again and again.
    pub forgetful: bool,
    /// Whether everything is answered with 500.
    pub broken: bool,
    pub tokens_asked: usize,
    pub keys_asked: usize,
    codes: HashMap<String, Grant>,
    issuer: String,
    callback: String,
}

struct Grant {
    nonce: String,
    challenge: String,
    used: bool,
}

type Shared = Arc<Mutex<House>>;
type Pairs = HashMap<String, String>;

pub struct Provider {
    house: Shared,
    pub issuer: String,
    pub port: u16,
    /// Taken down when dropped.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Provider {
    /// With the certificate of the installation, at `https://127.0.0.1`: another site than `https://localhost`.
    pub fn start(installation: &Installation, port: u16, console: u16) -> Provider {
        let issuer = format!("https://127.0.0.1:{port}");
        let house = Arc::new(Mutex::new(House {
            signer: Signer::new("RS256", "first"),
            claims: json!({"sub": "subject-of-alice", "preferred_username": "alice", "groups": ["soc"]}),
            userinfo: None,
            wrong: Wrong::Nothing,
            said_issuer: Some(issuer.clone()),
            asks: false,
            forgetful: false,
            broken: false,
            tokens_asked: 0,
            keys_asked: 0,
            codes: HashMap::new(),
            issuer: issuer.clone(),
            callback: format!("https://localhost:{console}/sign-in/oidc/callback"),
        }));
        let mut provider = Provider {
            house,
            issuer,
            port,
            runtime: None,
        };
        provider.up(installation);
        provider
    }

    pub fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap()
    }

    /// Changes what is said of whoever comes next.
    pub fn says(&self, name: &str, value: Value) {
        self.house().claims[name] = value;
    }

    /// Nobody answers at its address.
    pub fn down(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    pub fn up(&mut self, installation: &Installation) {
        let certificates = CertificateDer::pem_file_iter(installation.path("tls.crt")).unwrap();
        let certificates = certificates.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(installation.path("tls.key")).unwrap();
        let ring = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        runtime.spawn(serve(
            listener,
            Arc::new(tls),
            router(Arc::clone(&self.house)),
        ));
        self.runtime = Some(runtime);
    }

    /// The configuration of a console that trusts it.
    pub fn configuration(&self, installation: &Installation, console: u16) -> String {
        let secret = installation.path("oidc.secret");
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&secret, private).unwrap();
        let (secret, authority) = (secret.display(), installation.path("ca.crt"));
        format!(
            "[console]\naddress = \"127.0.0.1:{console}\"\n[console.oidc]\nissuer = \"{}\"\nclient_id = \"pillarbox\"\n\
             client_secret_file = \"{secret}\"\nconsole_url = \"https://localhost:{console}\"\nlabel = \"Our SSO\"\n\
             ca_file = \"{}\"\n[console.oidc.groups]\nreader = [\"all\"]\nanalyst = [\"soc\"]\nlead = [\"leads\"]\n",
            self.issuer,
            authority.display(),
        )
    }
}

fn router(house: Shared) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .route("/userinfo", get(userinfo))
        .route("/logout", get(logout))
        .with_state(house)
}

async fn serve(listener: TcpListener, tls: Arc<rustls::ServerConfig>, router: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, router) = (TlsAcceptor::from(Arc::clone(&tls)), router.clone());
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = TowerToHyperService::new(router);
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn discovery(State(house): State<Shared>) -> Response {
    let house = house.lock().unwrap();
    if house.broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let issuer = &house.issuer;
    let at = |path: &str| format!("{issuer}{path}");
    Json(json!({"issuer": issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "userinfo_endpoint": at("/userinfo"), "end_session_endpoint": at("/logout"),
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"], "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": true}))
    .into_response()
}

async fn keys(State(house): State<Shared>) -> Json<Value> {
    let mut house = house.lock().unwrap();
    house.keys_asked += 1;
    let encrypts = json!({"kty": "RSA", "use": "enc", "kid": "first", "n": "AQAB", "e": "AQAB"});
    Json(json!({"keys": [{"kty": "XX", "kid": "first"}, encrypts, house.signer.jwk()]}))
}

async fn authorize(State(house): State<Shared>, Query(asked): Query<Pairs>) -> Response {
    let mut house = house.lock().unwrap();
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|said| said == value);
    assert!(is("response_type", "code") && is("client_id", "pillarbox"));
    assert!(is("redirect_uri", &house.callback) && is("scope", "openid profile"));
    assert!(is("code_challenge_method", "S256"));
    let code = format!("code+/{}", house.codes.len());
    let grant = Grant {
        nonce: asked["nonce"].clone(),
        challenge: asked["code_challenge"].clone(),
        used: false,
    };
    assert!(grant.nonce.len() >= 43 && grant.challenge.len() == 43 && asked["state"].len() >= 43);
    house.codes.insert(code.clone(), grant);
    let mut back = reqwest::Url::parse(&house.callback).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &asked["state"]);
    if let Some(issuer) = &house.said_issuer {
        back.query_pairs_mut().append_pair("iss", issuer);
    }
    match house.asks {
        true => {
            let back = back.as_str().replace('&', "&amp;");
            Html(format!(
                "<!doctype html><title>SSO</title><a id=in href=\"{back}\">I am Alice</a>"
            ))
            .into_response()
        }
        false => Redirect::to(back.as_str()).into_response(),
    }
}

async fn token(
    State(house): State<Shared>,
    fields: HeaderMap,
    Form(asked): Form<Pairs>,
) -> Response {
    let mut house = house.lock().unwrap();
    house.tokens_asked += 1;
    if house.broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    // RFC 6749 section 2.3.1: `:`, `/`, `+` and blanks of the secret are encoded before.
    let basic = format!(
        "Basic {}",
        STANDARD.encode("pillarbox:a%20secret%3A%20of%2Fthe%2Bclient")
    );
    let known = fields
        .get("authorization")
        .is_some_and(|said| said == basic.as_str());
    assert!(known && !asked.contains_key("client_secret"));
    assert_eq!(asked["grant_type"], "authorization_code");
    assert_eq!(asked["redirect_uri"], house.callback);
    let forgetful = house.forgetful;
    let verifier = URL_SAFE_NO_PAD.encode(digest(&SHA256, asked["code_verifier"].as_bytes()));
    let grant = house.codes.get_mut(&asked["code"]);
    let Some(grant) =
        grant.filter(|grant| grant.challenge == verifier && (forgetful || !grant.used))
    else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "invalid_grant"})),
        )
            .into_response();
    };
    grant.used = true;
    let nonce = grant.nonce.clone();
    let id_token = id_token(&house, &nonce);
    Json(json!({"access_token": "for-userinfo", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
        .into_response()
}

fn id_token(house: &House, nonce: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut claims = json!({"iss": house.issuer, "aud": "pillarbox", "exp": now + 60, "iat": now, "nonce": nonce});
    for (name, value) in house.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let named = house.signer.kid.as_str();
    match house.wrong {
        Wrong::Nothing => house.signer.sign(&claims),
        Wrong::AlgorithmNone => format!("{}.", unsigned(&json!({"alg": "none"}), &claims)),
        Wrong::PublicSecret => with_secret(house.signer.jwk().to_string().as_bytes(), &claims),
        Wrong::ForeignKey => Signer::new(house.signer.algorithm, named).sign(&claims),
    }
}

async fn userinfo(State(house): State<Shared>, fields: HeaderMap) -> Response {
    let house = house.lock().unwrap();
    let bearer = fields
        .get("authorization")
        .is_some_and(|said| said == "Bearer for-userinfo");
    match house.userinfo.clone().filter(|_| bearer) {
        Some(said) => Json(said).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn logout(Query(asked): Query<Pairs>) -> Html<String> {
    assert_eq!(asked["client_id"], "pillarbox");
    let back = &asked["post_logout_redirect_uri"];
    Html(format!(
        "<!doctype html><title>SSO: signed out</title><a id=back href=\"{back}\">Back</a>"
    ))
}
