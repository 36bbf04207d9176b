//! Pages for analysts: HTTPS, HTML made here; scripts of ours make keys of forms and links, and are never needed (T60–T67).
//!
//! | module | what it does |
//! | --- | --- |
//! | `server`, `crowd` | TLS, HTTP/1.1, limits of connections and time |
//! | `rest` | what is still sent of a request that was answered |
//! | `guard` | what every answer carries, and where a form may come from |
//! | `session` | who asks; the session's cookie |
//! | [`access`] | who may do what |
//! | `signin` | password, code; signing out |
//! | [`oidc`] | signing in with a provider |
//! | `throttle` | how often somebody may try |
//! | `queue`, `ticket`, `message`, `search` | the pages |
//! | `filters`, `lines`, `bulk`, `deeds`, `why` | of the queue: views and what narrows them, its lines, one thing done with many tickets, or why not |
//! | `saved`, `charts` | searches that analysts keep; figures as pictures |
//! | `leaf`, `records` | which messages of a ticket a page shows; what was done and sent |
//! | `audited` | what everybody did and read, for admins |
//! | `export` | what a query finds, as a file for other teams and tools |
//! | `found` | the values of a message, beside its text |
//! | `parts` | the parts of a message, attachments among them |
//! | `beside` | what stands beside a ticket's messages: whom to call, what was seen before, what is awaited |
//! | `concerned` | whose problem a report is |
//! | `told` | what was done, in an address that nobody else can write |
//! | `act` | what analysts do: forms, and what came of them |
//! | `shown` | hostile text, badges, times, as pages show them |
//! | `words`, `sentences`, `phrases`, `spoken`, `refusals`, `certified`, `walked`, `proved`, `checked`, `noted`, `ruled`, `trailed`, `registered`, `counted` | every word in every language |
//! | [`accounts`] | accounts, made from the command line |
//!
//! Programs have [`crate::api`] on the same address: no cookie is good there, and no token here.
//!
//! Handlers read through the same functions as the commands of [`crate::cli`], with the analyst's name in the audit trail.
//! Templates are in `pages/`; askama escapes what they show.

pub(crate) mod access;
pub(crate) mod accounts;
mod act;
mod audited;
mod beside;
mod bulk;
mod certified;
mod charts;
mod checked;
mod concerned;
mod counted;
mod crowd;
mod deeds;
mod ended;
mod export;
mod filters;
mod found;
pub(crate) mod guard;
mod keyed;
mod leaf;
mod lines;
mod marked;
mod message;
mod noted;
pub(crate) mod oidc;
mod parts;
mod phrases;
mod proved;
mod queue;
mod records;
mod refusals;
mod registered;
mod rest;
mod ruled;
mod saved;
mod search;
mod sentences;
mod server;
mod session;
mod shown;
pub(crate) mod signin;
mod spoken;
mod throttle;
mod ticket;
mod told;
mod trailed;
mod walked;
mod why;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::api;
use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::contacts::known::Known;
use crate::settings;
use crate::store::SessionLife;
use crate::telemetry::Metrics;
use crate::tls::Tls;

use self::crowd::Crowd;
use self::oidc::provider::Provider;
pub(crate) use self::server::Bound;

/// Octets of a form: the longest has a name, a password and a code.
const FORM: usize = 8 << 10;

/// What the pages need.
#[derive(Clone)]
struct App {
    desk: Desk,
    settings: Arc<Settings>,
    /// The register of contacts.
    contacts: Arc<Known>,
    zone: TimeZone,
    life: SessionLife,
    metrics: Arc<Metrics>,
    /// Places for those whose password is checked: half of the processors are left for everything else.
    places: Arc<Semaphore>,
    /// Who lets people in beside us.
    oidc: Option<Arc<Provider>>,
}

/// Who made the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Binds the address; nobody is served before [`Bound::run`].
///
/// # Errors
/// When it can't be bound.
pub(crate) async fn bind(
    settings: &Settings,
    address: SocketAddr,
    desk: Desk,
    tls: Arc<Tls>,
    metrics: Arc<Metrics>,
) -> anyhow::Result<Bound> {
    let socket = TcpListener::bind(address).await;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let console = &settings.console;
    let api = api::router(settings, desk.clone(), Arc::clone(&metrics));
    // What it says of mail is asked by nobody here.
    let policy = settings::policy(settings, String::new()).map_err(anyhow::Error::msg)?;
    let oidc = Provider::load(&console.oidc)?.map(Arc::new);
    if let Some(provider) = oidc.clone() {
        tokio::spawn(async move { provider.tell().await });
    }
    let app = App {
        contacts: Arc::new(Known::new(desk.register(), Arc::new(policy))),
        desk,
        settings: Arc::new(settings.clone()),
        zone: TimeZone::get(&settings.team.timezone)?,
        life: SessionLife {
            idle: console.idle.0,
            most: console.session.0,
        },
        metrics: Arc::clone(&metrics),
        places: Arc::new(Semaphore::new((cores / 2).max(1))),
        oidc,
    };
    Ok(Bound {
        socket: socket.with_context(|| format!("console.address {address}"))?,
        router: router(app).nest(api::ROOT, api),
        tls,
        crowd: Crowd::new(
            console.connections.try_into()?,
            console.connections_per_address,
        ),
        metrics,
    })
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(queue::home))
        .route("/q/{team}", get(queue::page))
        .route("/q/{team}/do", post(bulk::act))
        .route("/q/{team}/arrivals", get(queue::arrivals))
        .route("/q/{team}/export", get(export::found))
        .route("/q/{team}/searches", post(saved::keep))
        .route("/q/{team}/searches/remove", post(saved::remove))
        .route("/charts/{team}", get(charts::page))
        .route("/audit/{team}", get(audited::page))
        .route("/t/{serial}", get(ticket::page))
        .route("/t/{serial}/raw/{number}", get(ticket::raw))
        .route("/t/{serial}/part/{number}/{id}", get(parts::save))
        .merge(act::routes())
        .merge(oidc::routes())
        .route("/search", get(search::page))
        .route("/session", get(ended::left))
        .route("/session/stay", get(ended::stay))
        .route("/sign-in", get(signin::page).post(signin::enter))
        .route("/keys", get(keyed::page).post(keyed::switch))
        .route("/sign-out", post(signin::leave))
        .route("/language", post(signin::language))
        .route("/console.css", get(style))
        .route("/icon.svg", get(icon))
        .route("/console.js", get(script))
        .route("/walk.js", get(walk))
        .route("/stay.js", get(stay))
        .route("/htmx.min.js", get(htmx))
        .fallback(guard::nowhere)
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            ended::keep,
        ))
        .layer(axum::middleware::from_fn(guard::protect))
        .layer(DefaultBodyLimit::max(FORM))
        .with_state(app)
}

async fn style() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("console.css"))
}

/// Kept by browsers for a day; it is the same for everybody.
type Script = ([(header::HeaderName, &'static str); 2], &'static str);

const SCRIPT: [(header::HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
    (header::CACHE_CONTROL, "private, max-age=86400"),
];

async fn script() -> Script {
    (SCRIPT, include_str!("console.js"))
}

async fn walk() -> Script {
    (SCRIPT, include_str!("walk.js"))
}

async fn stay() -> Script {
    (SCRIPT, include_str!("stay.js"))
}

async fn htmx() -> Script {
    (SCRIPT, include_str!("htmx.min.js"))
}

async fn icon() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    (kind, include_str!("icon.svg"))
}
