//! The register of contacts (P1): who the constituents are, and one of them with all that is known of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::bound::{Address, address};
use super::register::Written;
use crate::actions::contact;
use crate::console::App;
use crate::console::access::Right;
use crate::console::accounts::url;
use crate::console::guard::{Wrong, render};
use crate::console::session::{Analyst, Frame};
use crate::console::shown;
use crate::console::told::checked;
use crate::console::words::Words;
use crate::contacts::{Kept, Organisation};
use crate::correspondents::Book;
use crate::query::{Query as Tickets, Term};

/// The list.
pub(super) const HERE: &str = "/contacts";
/// Organisations of a page.
const PAGE: usize = 100;
/// Networks, and domains, of a line of the list.
const NAMED: usize = 3;

/// An organisation in the list.
struct Line {
    id: Uuid,
    name: String,
    telephone: String,
    out_of_hours: String,
    address: String,
    persons: usize,
    gaps: Vec<&'static str>,
    /// One of its addresses refuses mail for good.
    is_refused: bool,
    networks: String,
    domains: String,
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct ListView {
    f: Frame,
    w: &'static Words,
    q: String,
    with_gaps: bool,
    lines: Vec<Line>,
    count: usize,
    before: Option<String>,
    more: Option<String>,
    may: bool,
}

/// What the query string says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    q: String,
    gaps: String,
    page: usize,
    did: String,
    code: String,
}

/// Something that was not done.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) why: String,
    /// The form as it was written; `None` where another one was sent.
    pub(super) written: Option<Written>,
    /// Reason that was written for a certificate of this fingerprint.
    pub(super) reason: (String, String),
}

#[derive(Template)]
#[template(path = "contact.html")]
struct OneView {
    f: Frame,
    w: &'static Words,
    id: String,
    version: i32,
    name: String,
    one: Option<Organisation>,
    note: String,
    gaps: Vec<&'static str>,
    addresses: Vec<Address>,
    tickets: String,
    form: Written,
    is_open: bool,
    may: bool,
    may_act: bool,
    did: &'static str,
    refused: String,
}

/// The list.
pub(in crate::console) async fn page(
    analyst: Analyst,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let (desk, w) = (&analyst.desk, analyst.w);
    let mut all = contact::all(desk)
        .await
        .map_err(|fault| analyst.fault(fault))?;
    let with_gaps = asked.gaps == "1";
    all.retain(|one| {
        contact::answers(&one.organisation, &asked.q)
            && (!with_gaps || !one.organisation.gaps().is_empty())
    });
    let count = all.len();
    let number = asked.page.min(count / PAGE);
    let shown: Vec<Kept> = all.into_iter().skip(number * PAGE).take(PAGE).collect();
    let noted = contact::note_list(desk, shown.len()).await;
    noted.map_err(|error| analyst.fault(error))?;
    let addresses = shown.iter().flat_map(|one| one.organisation.addresses());
    let refusing = contact::refusing(desk, addresses).await;
    let refusing = refusing.map_err(|fault| analyst.fault(fault))?;
    let lines = shown.iter().map(|one| line(one, &refusing, w));
    let link = |number: usize| {
        let gaps = if with_gaps { "&gaps=1" } else { "" };
        format!("{HERE}?q={}{gaps}&page={number}", url(&asked.q))
    };
    Ok(render(&ListView {
        lines: lines.collect(),
        before: number.checked_sub(1).map(link),
        more: (count > (number + 1) * PAGE).then(|| link(number + 1)),
        f: analyst.frame(),
        w,
        with_gaps,
        count,
        may: analyst.may(Right::Register),
        q: asked.q.clone(),
    }))
}

fn line(one: &Kept, refusing: &[&str], w: &Words) -> Line {
    let organisation = &one.organisation;
    let gaps = organisation.gaps().into_iter().map(|gap| w.gap(gap));
    let networks: Vec<String> = organisation
        .networks
        .iter()
        .map(ToString::to_string)
        .collect();
    Line {
        id: one.id(),
        name: shown::line(&organisation.name, 80),
        telephone: organisation.telephone.clone(),
        out_of_hours: organisation.out_of_hours.clone(),
        address: organisation.address.clone(),
        persons: organisation.people.len(),
        gaps: gaps.collect(),
        is_refused: organisation
            .addresses()
            .any(|address| refusing.contains(&address)),
        networks: few(&networks),
        domains: few(&organisation.domains),
    }
}

fn few(all: &[String]) -> String {
    let named: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} (+{more})", named.join(", ")),
    }
}

/// A form for one more.
pub(in crate::console) async fn new(analyst: Analyst) -> Result<Response, Wrong> {
    if !analyst.may(Right::Register) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    Ok(blank(&analyst, Refused::default()))
}

/// The form for one more, and why it was not added.
pub(super) fn blank(analyst: &Analyst, refused: Refused) -> Response {
    render(&OneView {
        f: Frame {
            here: format!("{HERE}/new"),
            ..analyst.frame()
        },
        w: analyst.w,
        id: String::new(),
        version: 0,
        name: analyst.w.contact_add().to_owned(),
        one: None,
        note: String::new(),
        gaps: Vec::new(),
        addresses: Vec::new(),
        tickets: String::new(),
        form: refused.written.unwrap_or_default(),
        is_open: true,
        may: true,
        may_act: true,
        did: "",
        refused: refused.why,
    })
}

/// One of them.
pub(in crate::console) async fn one(
    State(app): State<App>,
    analyst: Analyst,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let id = Uuid::try_parse(&id).map_err(|_| Wrong::nowhere(analyst.w))?;
    let here = format!("{HERE}/{id}");
    let did = checked(&analyst, &here, &asked.did, &asked.code);
    show(
        &app,
        &analyst,
        id,
        (analyst.w.contact_did(did), Refused::default()),
    )
    .await
}

/// One of them, and what was done with it or was not.
pub(super) async fn show(
    app: &App,
    analyst: &Analyst,
    id: Uuid,
    (did, refused): (&'static str, Refused),
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let kept = contact::read(desk, id).await;
    let kept = kept.map_err(|error| analyst.fault(error))?;
    let kept = kept.ok_or_else(|| Wrong::nowhere(w))?;
    let one = kept.organisation.clone();
    let addresses = contact::addresses(desk, &book(app), &one).await;
    let addresses = addresses.map_err(|fault| analyst.fault(fault))?;
    let addresses = addresses
        .into_iter()
        .map(|one| address(app, w, one, &refused.reason));
    let name = one.name.to_lowercase();
    let tickets = Tickets::any([
        Tickets::Term(Term::Organisation(name.clone())),
        Tickets::Term(Term::Concerns(name)),
    ]);
    Ok(render(&OneView {
        f: Frame {
            here: format!("{HERE}/{id}"),
            ..analyst.frame()
        },
        w,
        id: id.to_string(),
        version: kept.version(),
        name: shown::line(&one.name, 200),
        note: shown::text(&one.note),
        gaps: one.gaps().into_iter().map(|gap| w.gap(gap)).collect(),
        addresses: addresses.collect(),
        tickets: format!("/q/{}?q={}", url(&desk.team), url(&tickets.to_string())),
        is_open: refused.written.is_some(),
        form: refused.written.unwrap_or_else(|| Written::of(&one)),
        may: analyst.may(Right::Register),
        may_act: analyst.may(Right::Act),
        did,
        refused: refused.why,
        one: Some(one),
    }))
}

/// Its readers are started only by what needs them: nothing here does.
pub(super) fn book(app: &App) -> Book {
    let (store, ring) = (app.desk.store.clone(), Arc::clone(&app.desk.ring));
    Book::with(&app.settings, store, ring)
}
