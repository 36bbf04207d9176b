//! One part of a message, an attachment say.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Api;
use super::access::{By, Export};
use super::input::Named;
use super::problem::{Problem, Problems};
use super::shapes;
use crate::cli::attachment;
use crate::parts::{self, PartFault};

/// One part of a message, which may be hostile: scope `export`
///
/// As it came, after its transfer encoding and its encryption were undone. The message lists its parts, each with its `sha256`.
#[utoipa::path(get, path = "/tickets/{number}/messages/{message}/parts/{part}", operation_id = "download_part", tag = "export",
    params(shapes::Number, shapes::Nth, shapes::PartId),
    responses((status = 200, description = "Its octets", body = shapes::Octets, content_type = "application/octet-stream"), Problems,
        (status = 409, description = "None of the team's present keys opens it (`closed`), or it is not what was filed (`differs`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "It is too much for the reader", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn part(
    State(api): State<Api>,
    by: By<Export>,
    Named((number, message, id)): Named<(i64, usize, String)>,
) -> Result<Response, Problem> {
    let ticket = by.ticket(number).await?;
    let entries = by.desk.store.entries(ticket.id).await?;
    let entry = message.checked_sub(1).and_then(|index| entries.get(index));
    let entry = entry.ok_or_else(Problem::nowhere)?;
    let octets = parts::take(&by.desk, &api.settings, entry, &id).await;
    let octets = octets.map_err(|fault| match fault {
        PartFault::Nowhere => Problem::nowhere(),
        PartFault::Sealed => Problem::sealed(),
        PartFault::Closed => Problem::new(StatusCode::CONFLICT, "closed", fault.to_string()),
        PartFault::Differs => Problem::new(StatusCode::CONFLICT, "differs", fault.to_string()),
        PartFault::Reader(_) => Problem::refused(fault.to_string()),
        PartFault::Busy => Problem::unavailable(),
        PartFault::Fault(error) => error.into(),
    })?;
    let noted = by
        .desk
        .note(ticket.id, "read", attachment::read(message, &id));
    noted.await?;
    let name = parts::file_name(ticket.serial, message, &id);
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((fields, octets.to_vec()).into_response())
}
