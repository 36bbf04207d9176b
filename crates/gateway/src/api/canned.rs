//! Canned texts for letters: which there are, and one with its words filled in.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::access::{Act, By, Read};
use super::input::{Asked, Named};
use super::problem::{Problem, Problems};
use super::shapes::Number;
use crate::actions::canned;

/// Texts for letters
#[derive(Serialize, ToSchema)]
pub(super) struct Texts {
    texts: Vec<Text>,
}

/// A text for letters
#[derive(Serialize, ToSchema)]
struct Text {
    name: String,
    /// `en`, `fr` …
    language: String,
}

/// A text with its words filled in: to be read, changed and sent as a letter
#[derive(Serialize, ToSchema)]
pub(super) struct Filled {
    text: String,
}

/// Which text
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Name {
    /// Its `name`
    #[param(min_length = 1, max_length = 200)]
    name: String,
}

/// In which language
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Language {
    /// Its `language`; without one, the team's first in which the text is there
    #[param(max_length = 35)]
    language: Option<String>,
}

/// List the texts that the team has for letters, as they are now
#[utoipa::path(get, path = "/canned-texts", operation_id = "list_canned_texts", tag = "tickets",
    responses((status = 200, description = "Their names", body = Texts), Problems))]
pub(super) async fn texts(State(api): State<Api>, _: By<Read>) -> Json<Texts> {
    let texts = canned::texts(&api.settings.team);
    let texts = texts.names().map(|(name, language)| Text {
        name: name.to_owned(),
        language: language.to_owned(),
    });
    Json(Texts {
        texts: texts.collect(),
    })
}

/// A text for a letter on a ticket, with its words filled in: nothing of the report is in it. Scope `act`
#[utoipa::path(get, path = "/tickets/{number}/canned-texts/{name}", operation_id = "fill_canned_text", tag = "actions", params(Number, Name, Language),
    responses((status = 200, description = "The text", body = Filled), Problems))]
pub(super) async fn filled(
    State(api): State<Api>,
    by: By<Act>,
    Named((number, name)): Named<(i64, String)>,
    Asked(asked): Asked<Language>,
) -> Result<Json<Filled>, Problem> {
    by.ticket(number).await?;
    let desk = &by.desk;
    let named = (name.as_str(), asked.language.as_deref());
    // The letter bears the name alone, as one from the console does.
    let name = desk.actor.trim_end_matches(" (api)");
    let with = (desk.reference(number), name);
    let text = canned::text(&api.settings.team, named, (&with.0, with.1));
    // One that is not there is refused in words for people; here its address names nothing.
    let text = text.map_err(|_| Problem::nowhere())?;
    Ok(Json(Filled { text }))
}
