//! Who there is: to whom tickets can be given, and whose they are.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{By, Read};
use super::problem::{Problem, Problems};
use crate::audit::{CONSOLE, DEPLOYMENT};

/// Analysts of the console
#[derive(Serialize, ToSchema)]
pub(super) struct Analysts {
    analysts: Vec<Analyst>,
}

/// An analyst of the console
#[derive(Serialize, ToSchema)]
struct Analyst {
    /// As `to` of an assignment takes it
    name: String,
    /// As `owner` of a ticket has it
    owner: String,
    /// `reader`, `analyst`, `lead` or `admin`
    role: String,
    /// Tickets can be given to him: he may act, and can sign in
    acts: bool,
}

/// List the analysts
#[utoipa::path(get, path = "/analysts", operation_id = "list_analysts", tag = "tickets",
    responses((status = 200, description = "They", body = Analysts), Problems))]
pub(super) async fn list(by: By<Read>) -> Result<Json<Analysts>, Problem> {
    let desk = &by.desk;
    let accounts = desk.store.console_accounts(&desk.team).await?;
    let detail = format!("what=analysts count={}", accounts.len());
    desk.note(DEPLOYMENT, "listed", detail).await?;
    let analysts = accounts.into_iter().map(|account| Analyst {
        owner: format!("{}{CONSOLE}", account.name),
        acts: !account.disabled && account.role != "reader",
        name: account.name,
        role: account.role,
    });
    Ok(Json(Analysts {
        analysts: analysts.collect(),
    }))
}
