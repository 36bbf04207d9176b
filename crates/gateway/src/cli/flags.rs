//! What an analyst must see on an entry: when its signatures were made and what became of their certificates since, replays,
//! key conflicts.

use std::io::Write;

use intake::openpgp::{Layer, SignedLayer, Verdict};
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Desk;
use crate::correspondents::{LaterVerdict, later_verdicts};
use crate::screen;
use crate::sealing::Understood;
use crate::store::{EntryRow, Flag};
use crate::worker::alike::SAME_ID;
use crate::worker::repeats::{REPEATED, came_at};

/// What is said of a message that came twice, or much of it.
pub(crate) struct Twice {
    /// Of the later one.
    pub(crate) before: &'static str,
    /// Of the earlier one.
    pub(crate) again: &'static str,
}

/// What notes are made of, in a language.
pub(crate) struct Phrases {
    pub(crate) same_id: Twice,
    pub(crate) ciphertext: Twice,
    pub(crate) signature: Twice,
    pub(crate) proved_copy: Twice,
    pub(crate) repeated: Twice,
    pub(crate) key_conflict: &'static str,
    /// Before a time, and before a place.
    pub(crate) at: &'static str,
    pub(crate) within: &'static str,
    pub(crate) quarantine: &'static str,
    /// Of a signature: before the time, instead of both, before who made it, instead of him.
    pub(crate) made: &'static str,
    pub(crate) made_sometime: &'static str,
    pub(crate) by: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) colon: &'static str,
    /// What became of a verdict.
    pub(crate) later: fn(&LaterVerdict, Verdict) -> String,
}

/// In the terminal.
pub(crate) static ENGLISH: Phrases = Phrases {
    same_id: Twice {
        before: "the same Message-ID with other content came before",
        again: "its Message-ID, with other content, came again",
    },
    ciphertext: Twice {
        before: "ciphertext-replayed: the same ciphertext came before",
        again: "its ciphertext came again",
    },
    signature: Twice {
        before: "signature-replayed: the same signature came before",
        again: "its signature came again",
    },
    proved_copy: Twice {
        before: "proved-copy: it came before without proof of its sender",
        again: "it came again with proof of its sender",
    },
    repeated: Twice {
        before: "repeated: the same report came first",
        again: "the same report came again",
    },
    key_conflict: "key-conflict: it came with a certificate that is not the one known for its sender; see `pillarbox keys conflicts list`",
    at: "at",
    within: "in",
    quarantine: "the quarantine",
    made: "made",
    made_sometime: "made nobody knows when",
    by: "by",
    nobody: "nobody named",
    colon: ":",
    later: LaterVerdict::words,
};

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
        for (mark, words) in self.lines(desk, entry, understood.transpose()?.as_ref(), &ENGLISH) {
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
        phrases: &Phrases,
    ) -> Vec<(&'static str, String)> {
        let signed = understood.into_iter().flat_map(signatures);
        let mut lines: Vec<_> = signed
            .map(|signed| ("Signature", self.signed(entry.id, signed, phrases)))
            .collect();
        let flags = self.flags.iter().filter_map(|flag| {
            let mark = if [SAME_ID, REPEATED].contains(&flag.flag.as_str()) {
                "Alike"
            } else {
                "Beware"
            };
            Some((mark, words(desk, flag, entry.id, phrases)?))
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
    fn signed(&self, entry: Uuid, signed: &SignedLayer, phrases: &Phrases) -> String {
        let made = match signed.made {
            Some(time) => format!("{} {time}", phrases.made),
            None => phrases.made_sometime.to_owned(),
        };
        let signer = signed.signer.as_deref().unwrap_or(phrases.nobody);
        let signer = screen::one_line(signer, 80);
        let said = format!("{made} {} {signer}", phrases.by);
        match self.later(entry, signed).last() {
            Some(later) => {
                let later = (phrases.later)(later, signed.verdict);
                format!("{said}{} {later}", phrases.colon)
            }
            None => said,
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

/// The phrases for a flag; `None` for one that is about a certificate. And whether it matters when the other came.
fn twice<'p>(flag: &str, words: &'p Phrases) -> Option<(&'p Twice, bool)> {
    let twice = match flag {
        SAME_ID => &words.same_id,
        "ciphertext-replayed" => &words.ciphertext,
        "signature-replayed" => &words.signature,
        "proved-copy" => &words.proved_copy,
        REPEATED => return Some((&words.repeated, true)),
        _ => return None,
    };
    Some((twice, false))
}

/// `None` when the flag is about another entry of the case.
fn words(desk: &Desk, flag: &Flag, entry: Uuid, words: &Phrases) -> Option<String> {
    let Some((twice, is_timed)) = twice(&flag.flag, words) else {
        return (flag.entry == entry).then(|| words.key_conflict.to_owned());
    };
    let (said, serial, other) = match (flag.entry == entry, flag.other == entry) {
        (true, _) => (twice.before, flag.other_serial, flag.other),
        (false, true) => (twice.again, flag.serial, flag.entry),
        (false, false) => return None,
    };
    let at = came_at(other).filter(|_| is_timed);
    let at = at.map_or_else(String::new, |at| format!(" {} {at:.0}", words.at));
    let place = match serial {
        Some(serial) => desk.reference(serial),
        None => words.quarantine.to_owned(),
    };
    Some(format!("{said}{at}, {} {place} ({other})", words.within))
}
