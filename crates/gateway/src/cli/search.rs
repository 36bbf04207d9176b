//! `ticket search`: exact search over sealed values.

use std::io::Write;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use crate::store::Hit;
use crate::worker::observables::{INDEX_BITS, field_by_number};
use crate::{screen, sealing};

/// One keyed index a field and month is asked for; the hits are opened, and those that only share the index are dropped.
pub(super) async fn search(
    desk: &Desk,
    value: &str,
    months: u32,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let value = value.trim().trim_start_matches('[').trim_end_matches(']');
    let (fields, dates, indexes) = questions(desk, value, months)?;
    let hits = desk.store.observables(&fields, &dates, &indexes).await?;
    let found = open(desk, value, hits)?;
    if found.is_empty() {
        return Err(Finding("nothing found".into()).into());
    }
    let ids: Vec<Uuid> = found.iter().map(|(case, _)| *case).collect();
    let tickets = desk.store.tickets(&desk.team, &[], &ids).await?;
    for (case, value) in found {
        let ticket = tickets.iter().find(|ticket| ticket.id == case);
        let reference = ticket.map(|ticket| desk.reference(ticket.serial));
        if as_json {
            let line = json!({"ticket": reference, "case": case, "value": value});
            writeln!(out, "{line}")?;
        } else {
            let place = reference.unwrap_or_else(|| "(quarantine)".into());
            writeln!(out, "{place}  {}", screen::one_line(&value, 200))?;
        }
    }
    Ok(())
}

/// Field, first day of the month, and index, for every field and month and the cases in which a value may be written.
type Questions = (Vec<i16>, Vec<String>, Vec<i32>);

fn questions(desk: &Desk, value: &str, months: u32) -> anyhow::Result<Questions> {
    let mut forms = vec![value.to_owned(), value.to_lowercase(), value.to_uppercase()];
    forms.extend([format!("[{value}]"), format!("[{value}]").to_lowercase()]);
    forms.sort();
    forms.dedup();
    let (mut fields, mut dates, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut month = today.first_of_month();
    for _ in 0..months.max(1) {
        let key = (month.year(), u8::try_from(month.month()).unwrap_or(1));
        for number in 0..12_i16 {
            let Some(field) = field_by_number(number) else {
                continue;
            };
            for form in &forms {
                let index = desk
                    .ring
                    .blind_index(field, &desk.team, key, form, INDEX_BITS);
                fields.push(number);
                dates.push(month.to_string());
                indexes.push(index.value());
            }
        }
        month = month.yesterday()?.first_of_month();
    }
    Ok((fields, dates, indexes))
}

/// Opens the hits; each case once, with the value as it was stored.
fn open(desk: &Desk, value: &str, hits: Vec<Hit>) -> anyhow::Result<Vec<(Uuid, String)>> {
    let mut found: Vec<(Uuid, String)> = Vec::new();
    for hit in hits {
        let case = hit.case;
        let key = sealing::case_key(&desk.ring, &desk.team, case, &hit.wrapped)?;
        let aad = sealing::observable_aad(&desk.team, case, hit.entry, hit.number);
        let opened = key.open(&aad, &hit.value)?;
        let opened = String::from_utf8_lossy(&opened).into_owned();
        let bare = opened.trim_start_matches('[').trim_end_matches(']');
        if bare.eq_ignore_ascii_case(value) && !found.iter().any(|(known, _)| *known == case) {
            found.push((case, opened));
        }
    }
    Ok(found)
}
