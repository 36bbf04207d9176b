//! What an analyst must see on an entry: when its signatures were made and what became of their certificates since, replays,
//! key conflicts.

use std::io::Write;

use intake::openpgp::{Layer, SignedLayer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Desk;
use crate::correspondents::{LaterVerdict, later_verdicts};
use crate::screen;
use crate::sealing::Understood;
use crate::store::{EntryRow, Flag};
use crate::worker::alike::SAME_ID;
use crate::worker::repeats::{REPEATED, came_at};

/// The flags of a case's entries, and the later verdicts on their signatures.
pub(crate) struct Notes {
    flags: Vec<Flag>,
    later: Vec<(Uuid, LaterVerdict)>,
}

impl Notes {
    /// Of the entries of a ticket, or a suppressed message. There are no later verdicts on what is sealed to analysts.
    pub(crate) async fn of(desk: &Desk, case: Uuid, entries: &[EntryRow]) -> anyhow::Result<Notes> {
        let flags = desk.store.flags(case).await?;
        let open = entries
            .iter()
            .filter(|entry| entry.wrapped.message().is_none());
        let ids: Vec<Uuid> = open.clone().map(|entry| entry.id).collect();
        let later = match open.clone().next() {
            None => Vec::new(),
            Some(first) => {
                let key = desk.key(first)?;
                later_verdicts(&desk.store, &desk.team, &key, first.case, &ids).await?
            }
        };
        Ok(Notes { flags, later })
    }

    /// For people.
    pub(super) fn write(
        &self,
        desk: &Desk,
        entry: &EntryRow,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let understood = (!desk.is_closed(entry)).then(|| desk.understood(entry));
        for (mark, words) in self.lines(desk, entry, understood.transpose()?.as_ref()) {
            writeln!(out, "  {mark:<14}{words}")?;
        }
        Ok(())
    }

    /// The same, each line with the word before it; `understood` is what was understood of the entry, `None` when it is closed.
    pub(crate) fn lines(
        &self,
        desk: &Desk,
        entry: &EntryRow,
        understood: Option<&Understood>,
    ) -> Vec<(&'static str, String)> {
        let signed = understood.into_iter().flat_map(signatures);
        let mut lines: Vec<_> = signed
            .map(|signed| ("Signature", self.signature(entry.id, signed)))
            .collect();
        let flags = self.flags.iter().filter_map(|flag| {
            let mark = if [SAME_ID, REPEATED].contains(&flag.flag.as_str()) {
                "Alike"
            } else {
                "Beware"
            };
            Some((mark, words(desk, flag, entry.id)?))
        });
        lines.extend(flags);
        lines
    }

    /// Adds `signatures` and `flags` to what is shown of an entry.
    pub(super) fn add_json(
        &self,
        desk: &Desk,
        entry: &EntryRow,
        value: &mut Value,
    ) -> anyhow::Result<()> {
        if desk.is_closed(entry) {
            return Ok(());
        }
        let understood = desk.understood(entry)?;
        let Some(object) = value.as_object_mut() else {
            return Ok(());
        };
        let signed = signatures(&understood).map(|signed| {
            let later = self.later(entry.id, signed);
            json!({"signer": signed.signer, "key": signed.key, "verdict": signed.verdict, "from_matches": signed.from_matches,
                "covers": signed.covers, "made_at": signed.made.map(|time| time.to_string()),
                "later": later.map(|later| json!({"verdict": later.verdict, "at": later.at,
                    "revoked_since": later.revocation.as_ref().map(|revocation| revocation.since.to_string()),
                    "reason": later.revocation.as_ref().map(|revocation| &revocation.reason)})).collect::<Vec<_>>()})
        });
        object.insert("signatures".into(), signed.collect());
        let reference = |serial: Option<i64>| serial.map(|serial| desk.reference(serial));
        let own = self.flags.iter().filter(|flag| flag.entry == entry.id);
        let flags = own.map(|flag| json!({"flag": flag.flag, "other": flag.other, "ticket": reference(flag.other_serial)}));
        object.insert("flags".into(), flags.collect());
        let others = self.flags.iter().filter(|flag| flag.other == entry.id);
        let again = others.map(|flag| json!({"flag": flag.flag, "entry": flag.entry, "ticket": reference(flag.serial)}));
        object.insert("came_again".into(), again.collect());
        Ok(())
    }

    fn later<'n>(
        &'n self,
        entry: Uuid,
        signed: &'n SignedLayer,
    ) -> impl Iterator<Item = &'n LaterVerdict> {
        self.later
            .iter()
            .filter(move |(id, later)| {
                *id == entry
                    && Some(later.signer.as_str()) == signed.signer.as_deref()
                    && Some(later.key.as_str()) == signed.key.as_deref()
            })
            .map(|(_, later)| later)
    }

    /// What the list of layers doesn't say: when it was made, and what became of the verdict.
    fn signature(&self, entry: Uuid, signed: &SignedLayer) -> String {
        let made = match signed.made {
            Some(time) => format!("made {time}"),
            None => "made nobody knows when".to_owned(),
        };
        let signer = signed.signer.as_deref().unwrap_or("nobody named");
        let signer = screen::one_line(signer, 80);
        match self.later(entry, signed).last() {
            Some(later) => format!("{made} by {signer}: {}", later.words(signed.verdict)),
            None => format!("{made} by {signer}"),
        }
    }
}

fn signatures(understood: &Understood) -> impl Iterator<Item = &SignedLayer> {
    let layers = understood
        .reading
        .iter()
        .flat_map(|reading| &reading.openpgp.layers);
    layers.filter_map(|layer| match layer {
        Layer::Signed(signed) => Some(signed),
        Layer::Encrypted(_) => None,
    })
}

/// The same message, once without and once with proof of its sender.
fn copy(place: &impl Fn(Option<i64>, Uuid) -> String, flag: &Flag, entry: Uuid) -> Option<String> {
    if flag.entry == entry {
        let first = place(flag.other_serial, flag.other);
        Some(format!(
            "{}: it came before without proof of its sender, in {first}",
            flag.flag
        ))
    } else if flag.other == entry {
        let again = place(flag.serial, flag.entry);
        Some(format!(
            "it came again with proof of its sender, in {again}"
        ))
    } else {
        None
    }
}

/// A report, and the same once more.
fn repeated(
    place: &impl Fn(Option<i64>, Uuid) -> String,
    flag: &Flag,
    entry: Uuid,
) -> Option<String> {
    let when = |id| came_at(id).map_or_else(String::new, |at| format!(" at {at:.0}"));
    if flag.entry == entry {
        let first = place(flag.other_serial, flag.other);
        let at = when(flag.other);
        Some(format!(
            "{REPEATED}: the same report came first{at}, in {first}"
        ))
    } else if flag.other == entry {
        let again = place(flag.serial, flag.entry);
        let at = when(flag.entry);
        Some(format!("the same report came again{at}, in {again}"))
    } else {
        None
    }
}

/// `None` when the flag is about another entry of the case.
fn words(desk: &Desk, flag: &Flag, entry: Uuid) -> Option<String> {
    let place = |serial: Option<i64>, id: Uuid| match serial {
        Some(serial) => format!("{} ({id})", desk.reference(serial)),
        None => format!("the quarantine ({id})"),
    };
    let what = match flag.flag.as_str() {
        SAME_ID if flag.entry == entry => {
            let first = place(flag.other_serial, flag.other);
            return Some(format!(
                "the same Message-ID with other content came before, in {first}"
            ));
        }
        SAME_ID => "Message-ID, with other content,",
        "ciphertext-replayed" => "ciphertext",
        "signature-replayed" => "signature",
        "proved-copy" => return copy(&place, flag, entry),
        REPEATED => return repeated(&place, flag, entry),
        _ if flag.entry == entry => {
            return Some(
                "key-conflict: it came with a certificate that is not the one known for its sender; see `pillarbox keys conflicts list`".into(),
            );
        }
        _ => return None,
    };
    if flag.entry == entry {
        let first = place(flag.other_serial, flag.other);
        Some(format!(
            "{}: the same {what} came before, in {first}",
            flag.flag
        ))
    } else if flag.other == entry {
        let again = place(flag.serial, flag.entry);
        Some(format!("its {what} came again, in {again}"))
    } else {
        None
    }
}
