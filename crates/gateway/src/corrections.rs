//! What analysts say of values that were read from messages: kept in a ticket's history, beside what was read and never over it, and the
//! view that follows from both.

use std::io::Write;

use extract::{Correction, Extraction, Says, Spoken, corrected};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::desk::Desk;
use crate::ticket::History;
use crate::{concern, screen};

/// What was said of one value of one message, as it is kept in [`History`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Names it: who corrects the same value again says which one he saw.
    pub id: Uuid,
    /// The message.
    pub entry: Uuid,
    /// What was said.
    pub correction: Correction,
}

/// What is said of a value now: the last that was said.
pub(crate) struct Standing<'a> {
    pub(crate) corrected: &'a Corrected,
    /// Who, when and why.
    pub(crate) history: &'a History,
}

impl Standing<'_> {
    pub(crate) fn is_of(&self, kind: Spoken, value: &str) -> bool {
        let one = &self.corrected.correction;
        one.kind == kind && one.value == value
    }

    /// Whether it no longer stands once that is said. Of one value it is the last that counts, but for an incident that began and ended at
    /// the same moment; and there is one start, one end and one kind.
    pub(crate) fn gives_way(&self, said: &Correction) -> bool {
        let one = &self.corrected.correction;
        if one.says == said.says && said.says.is_of_one() {
            return true;
        }
        let is_end = |says: Says| matches!(says, Says::Start | Says::End);
        self.is_of(said.kind, &said.value) && !(is_end(one.says) && is_end(said.says))
    }

    fn json(&self) -> Value {
        let (one, history) = (&self.corrected.correction, self.history);
        let reason = (!history.reason.is_empty()).then_some(&history.reason);
        json!({"id": self.corrected.id, "kind": one.kind, "value": one.value, "says": one.says,
            "by": history.by, "at": history.at, "reason": reason})
    }
}

/// What stands of a message's values, in the order in which they were first spoken of; what was taken back, too. Of two starts, ends or
/// kinds the last that was said stands.
pub(crate) fn of_entry<'a>(
    history: impl IntoIterator<Item = &'a History>,
    entry: Uuid,
) -> Vec<Standing<'a>> {
    let mut standing: Vec<Standing<'a>> = Vec::new();
    for history in history {
        let Some(corrected) = history.correction.as_ref().filter(|one| one.entry == entry) else {
            continue;
        };
        let one = &corrected.correction;
        // The first of the same value keeps its place.
        let mut is_first = true;
        standing.retain(|known| {
            let is_same = known.is_of(one.kind, &one.value);
            !known.gives_way(one) || (is_same && std::mem::take(&mut is_first))
        });
        let next = Standing { corrected, history };
        match standing.iter_mut().find(|known| known.gives_way(one)) {
            Some(known) => *known = next,
            None => standing.push(next),
        }
    }
    standing
}

/// The ids that a form carries, with blanks between: of what stands of this value, and of each start, end and kind that what it says may
/// put an end to. `None`: of a value that is yet to be named.
pub(crate) fn shown(standing: &[Standing<'_>], value: Option<(Spoken, &str)>) -> String {
    let is_shown = |one: &&Standing<'_>| {
        let known = &one.corrected.correction;
        let is_same = value.is_some_and(|(kind, value)| one.is_of(kind, value));
        let is_other = value.is_some_and(|(kind, _)| kind != known.kind);
        is_same || (known.says.is_of_one() && !is_other)
    };
    let ids = standing.iter().filter(is_shown);
    let ids: Vec<String> = ids.map(|one| one.corrected.id.to_string()).collect();
    ids.join(" ")
}

/// The first that what is said would put an end to, and that who says it did not see: `seen` has the ids that he saw, with blanks between.
pub(crate) fn unseen<'s, 'h>(
    standing: &'s [Standing<'h>],
    said: &Correction,
    seen: &str,
) -> Option<&'s Standing<'h>> {
    let is_seen = |one: &Standing<'_>| {
        seen.split_whitespace()
            .any(|id| id == one.corrected.id.to_string())
    };
    let stand = standing.iter().filter(|one| is_seen(one)).count();
    // What was taken back is as if nothing had been said, also for who did not see it: unless he saw what was taken back.
    let is_late = seen.split_whitespace().count() > stand;
    let is_back = |one: &Standing<'_>| one.corrected.correction.says == Says::AsRead;
    let mut gone = standing.iter().filter(|one| one.gives_way(said));
    gone.find(|one| !is_seen(one) && (is_late || !is_back(one)))
}

/// What was read, as it is when all that stands is true; and how many values that changes.
pub(crate) fn view(read: &Extraction, standing: &[Standing<'_>]) -> (Extraction, usize) {
    let said = standing.iter().map(|one| one.corrected.correction.clone());
    let said: Vec<Correction> = said.filter(|one| one.says != Says::AsRead).collect();
    (corrected(read, &said), said.len())
}

/// What a message says once what analysts said of it counts.
pub(crate) fn seen(read: &Extraction, history: &[(String, History)], entry: Uuid) -> Extraction {
    view(read, &of_entry(events(history), entry)).0
}

/// What stands in a ticket's history, as [`crate::ticket::history`] gives it.
pub(crate) fn events(history: &[(String, History)]) -> impl Iterator<Item = &History> {
    history.iter().map(|(_, one)| one)
}

/// For programs: `corrections` beside what was read, and `corrected`, the view, where it is another.
pub(crate) fn add_json(
    desk: &Desk,
    read: &Extraction,
    standing: &[Standing<'_>],
    message: &mut Value,
) {
    let Some(object) = message.as_object_mut() else {
        return;
    };
    let all: Vec<Value> = standing.iter().map(Standing::json).collect();
    object.insert("corrections".into(), all.into());
    let (view, changed) = view(read, standing);
    if changed == 0 {
        return;
    }
    let mut corrected = json!({});
    concern::add_json(&desk.constituency, &view, &mut corrected);
    let indicators = corrected.get_mut("indicators");
    for one in indicators
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        mark(standing, one);
    }
    object.insert("corrected".into(), corrected);
}

/// Says at an indicator of the view who spoke of it; null where nobody did.
fn mark(standing: &[Standing<'_>], indicator: &mut Value) {
    let (kind, value) = (indicator.get("kind"), indicator.get("value"));
    let mut known = standing
        .iter()
        .filter(|one| one.corrected.correction.says != Says::AsRead);
    let by = known.find(|one| {
        let one = &one.corrected.correction;
        kind == Some(&json!(one.kind)) && value == Some(&json!(one.value))
    });
    let by = by.map(|one| one.history.by.clone());
    if let Some(object) = indicator.as_object_mut() {
        object.insert("corrected_by".into(), json!(by));
    }
}

/// For programs, in a ticket's history.
pub(crate) fn json(corrected: &Corrected) -> Value {
    let one = &corrected.correction;
    json!({"id": corrected.id, "entry": corrected.entry, "kind": one.kind, "value": one.value, "says": one.says})
}

/// What a word says; `None` for one that says nothing.
pub(crate) fn says(word: &str) -> Option<Says> {
    Says::ALL.into_iter().find(|says| says.word() == word)
}

/// The kind with this name.
pub(crate) fn kind(word: &str) -> Option<Spoken> {
    serde_json::from_value(word.into()).ok()
}

/// What kind of value it is, for people and forms.
pub(crate) fn kind_word(kind: Spoken) -> String {
    let kind = serde_json::to_value(kind).unwrap_or_default();
    kind.as_str().unwrap_or_default().to_owned()
}

/// For people: `ipv4 192.0.2.7: destination`.
pub(crate) fn line(corrected: &Corrected) -> String {
    let one = &corrected.correction;
    let (kind, value) = (kind_word(one.kind), screen::one_line(&one.value, 200));
    format!("{kind} {value}: {}", one.says.word())
}

/// For people, a line each.
pub(crate) fn write(standing: &[Standing<'_>], out: &mut impl Write) -> std::io::Result<()> {
    for one in standing {
        let (by, at) = (screen::one_line(&one.history.by, 64), &one.history.at);
        let reason = screen::one_line(&one.history.reason, 200);
        let colon = if reason.is_empty() { "" } else { ": " };
        let said = line(one.corrected);
        writeln!(out, "    corrected  {said}, by {by} at {at}{colon}{reason}")?;
    }
    Ok(())
}
