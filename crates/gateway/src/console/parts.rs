//! The parts of a message on its page, attachments among them, and one of them to be saved. Never shown, never opened (T46).

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use intake::reading::is_program;

use super::App;
use super::access::Right;
use super::guard::{SANDBOX, Wrong};
use super::session::Analyst;
use super::shown;
use super::ticket::find;
use crate::cli::attachment;
use crate::parts::{self, Listed, PartFault};
use crate::sealing::Understood;

/// Parts that are listed of a message; the rest is in the message as it came.
const MOST: usize = 200;

/// A part: its name and declared type are the sender's.
pub(super) struct Attached {
    /// Ours.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    /// What its octets begin like; empty when that is what is declared, or not known.
    pub(super) looks_like: String,
    pub(super) is_program: bool,
    pub(super) size: u64,
    /// SHA-256, hexadecimal; empty when not known.
    pub(super) digest: String,
    pub(super) signed: bool,
    pub(super) encrypted: bool,
}

/// The parts of a message, and how many are not listed.
pub(super) fn of(understood: &Understood) -> (Vec<Attached>, usize) {
    let listed: Vec<Listed<'_>> = parts::listed(understood).collect();
    let shown = listed.iter().take(MOST).map(attached).collect();
    (shown, listed.len().saturating_sub(MOST))
}

fn attached(one: &Listed<'_>) -> Attached {
    let (part, detected) = (one.part, one.detected());
    let differs = detected != part.content_type && !detected.is_empty();
    Attached {
        id: part.id.clone(),
        name: shown::line(part.filename.as_deref().unwrap_or(""), 120),
        kind: shown::line(&part.content_type, 80),
        looks_like: if differs { detected } else { "" }.to_owned(),
        is_program: is_program(detected),
        size: one.size(),
        digest: one.digest(),
        signed: part.signed,
        encrypted: part.encrypted,
    }
}

/// One part, to be saved and nothing else.
pub(super) async fn save(
    State(app): State<App>,
    analyst: Analyst,
    Path((serial, number, id)): Path<(String, usize, String)>,
) -> Result<Response, Wrong> {
    let w = analyst.w;
    if !analyst.may(Right::TakeOut) {
        return Err(Wrong::not_allowed(w));
    }
    let ticket = find(&analyst, &serial).await?;
    let desk = &analyst.desk;
    let entries = desk.store.entries(ticket.id).await;
    let entries = entries.map_err(|fault| analyst.fault(fault))?;
    let entry = number.checked_sub(1).and_then(|index| entries.get(index));
    let entry = entry.ok_or_else(|| Wrong::nowhere(w))?;
    let octets = parts::take(desk, &app.settings, entry, &id).await;
    let octets = octets.map_err(|fault| match fault {
        PartFault::Nowhere | PartFault::Sealed => Wrong::nowhere(w),
        PartFault::Closed => Wrong::conflict(w, w.part_closed),
        PartFault::Reader(_) => Wrong::unavailable(w),
        PartFault::Differs => Wrong::conflict(w, w.part_differs),
        PartFault::Busy => Wrong::unavailable(w),
        PartFault::Fault(error) => analyst.fault(error),
    })?;
    let noted = desk.note(ticket.id, "read", attachment::read(number, &id));
    noted.await.map_err(|error| analyst.fault(error))?;
    let name = parts::file_name(ticket.serial, number, &id);
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    Ok((fields, octets.to_vec()).into_response())
}
