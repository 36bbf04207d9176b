//! The message that is answered, beside the letter: its lines can be put into the text as a quotation, by who writes and never by itself
//! (T8). What must not leave in clear is not quoted: whoever sends in a captured cipher must not read it in our answer (T02).

use super::reply::{Writing, thread};
use super::{No, Work};
use crate::actions::thread::{LETTER, Thread};
use crate::console::guard::Wrong;
use crate::console::shown::{self, Moment};
use crate::console::words::Words;
use crate::console::{App, session::Analyst};
use crate::screen;
use crate::store::EntryRow;

/// Lines that are shown.
const MOST: usize = 300;
/// Characters of one.
const LONGEST: usize = 998;

/// The message.
#[derive(Default)]
pub(super) struct Answered {
    /// Its number on the ticket.
    pub(super) number: usize,
    /// Those of all messages that can be answered, the newest first.
    pub(super) others: Vec<usize>,
    pub(super) from: String,
    pub(super) at: Moment,
    pub(super) lines: Vec<String>,
    pub(super) is_cut: bool,
    /// Why nothing of it may be quoted; empty: it may.
    pub(super) barred: &'static str,
}

impl Answered {
    /// The message of this number, else the newest that came; `None` when there is none that can be read.
    pub(super) fn of(
        app: &App,
        analyst: &Analyst,
        (entries, thread): (&[EntryRow], &Thread),
        wanted: &str,
    ) -> Option<Answered> {
        let (desk, w) = (&analyst.desk, analyst.w);
        let legible = (1..).zip(entries);
        let legible = legible.filter(|(_, one)| one.kind != LETTER && !desk.is_closed(one));
        let mut legible: Vec<(usize, &EntryRow)> = legible.collect();
        legible.reverse();
        let wanted: Option<usize> = wanted.parse().ok();
        let named = legible.iter().find(|(number, _)| Some(*number) == wanted);
        let (number, entry) = *named.or(legible.first())?;
        let reading = desk.understood(entry).ok()?.reading?;
        let mut texts = reading.parts.iter().filter(|part| !part.attachment);
        let text =
            texts.find_map(|part| part.text.as_deref().filter(|text| !text.trim().is_empty()))?;
        let mut lines = text.trim_end().lines().map(line);
        let summary = desk.summary(entry);
        Some(Answered {
            number,
            others: legible.iter().map(|(number, _)| *number).collect(),
            from: shown::line(&summary.from, 200),
            at: shown::moment(&summary.received_at, &app.zone),
            lines: lines.by_ref().take(MOST).collect(),
            is_cut: lines.next().is_some(),
            barred: if thread.is_close() { w.no_quote() } else { "" },
        })
    }

    /// These lines, or all, as a quotation (RFC 3676 section 4.5).
    pub(super) fn quoted(&self, is_chosen: impl Fn(usize) -> bool) -> String {
        let chosen = (1..)
            .zip(&self.lines)
            .filter(|(number, _)| is_chosen(*number));
        let quoted = chosen.map(|(_, line)| match line.starts_with('>') || line.is_empty() {
            true => format!(">{line}"),
            false => format!("> {line}"),
        });
        quoted.collect::<Vec<String>>().join("\n")
    }
}

/// A line as it is shown and quoted: nothing in it turns the reading order.
fn line(text: &str) -> String {
    let text: String = text.trim_end().chars().take(LONGEST).collect();
    screen::printable(&text)
}

/// Puts lines of the message that is answered below what is written; those that were ticked are ticked no more.
pub(super) async fn quote(
    app: &App,
    work: &Work,
    writing: &mut Writing,
) -> Result<Result<(), No>, Wrong> {
    let analyst = &work.analyst;
    let thread = match thread(app, work).await {
        Ok(thread) => thread,
        Err(no) => return Ok(Err(no)),
    };
    let answered = answered(app, work, &thread, writing).await?;
    let no = |words: &str| Ok(Err(No::Words(words.to_owned())));
    let Some(answered) = answered else {
        return no(analyst.w.quote_nothing());
    };
    if !answered.barred.is_empty() {
        return no(answered.barred);
    }
    let all = writing.act == "quote-all";
    let quoted = answered.quoted(|number| all || writing.ticks.contains_key(&format!("q{number}")));
    if quoted.is_empty() {
        return no(analyst.w.quote_nothing());
    }
    writing.ticks.clear();
    let written = writing.text.trim_end();
    let gap = if written.is_empty() { "" } else { "\n\n" };
    writing.text = format!("{written}{gap}{quoted}\n");
    Ok(Ok(()))
}

/// The message that is answered.
pub(super) async fn answered(
    app: &App,
    work: &Work,
    thread: &Thread,
    writing: &Writing,
) -> Result<Option<Answered>, Wrong> {
    let analyst = &work.analyst;
    let entries = analyst.desk.store.entries(work.ticket.id).await;
    let entries = entries.map_err(|fault| analyst.fault(fault))?;
    Ok(Answered::of(
        app,
        analyst,
        (&entries, thread),
        &writing.answered,
    ))
}

impl Words {
    /// Over the message.
    pub(super) fn answered_head(&self) -> &'static str {
        self.one(
            "The message that you answer",
            "Le message auquel vous répondez",
        )
    }

    /// Before its number.
    pub(super) fn answered_number(&self) -> &'static str {
        self.one("Message", "Message")
    }

    /// What the ticks are for.
    pub(super) fn quote_hint(&self) -> &'static str {
        self.one(
            "Tick lines to quote them below your text. Nothing is quoted by itself.",
            "Cochez des lignes pour les citer sous votre texte. Rien n’est cité de soi-même.",
        )
    }

    /// A button.
    pub(super) fn quote_chosen(&self) -> &'static str {
        self.one("Quote the ticked lines", "Citer les lignes cochées")
    }

    /// A button.
    pub(super) fn quote_all(&self) -> &'static str {
        self.one("Quote all of it", "Tout citer")
    }

    /// Before the number of a line.
    pub(super) fn quote_line(&self) -> &'static str {
        self.one("Line", "Ligne")
    }

    /// There is more of it.
    pub(super) fn quote_cut(&self) -> &'static str {
        self.one(
            "There is more of it on the ticket’s page.",
            "La suite est sur la page du ticket.",
        )
    }

    /// Nothing is ticked.
    pub(super) fn quote_nothing(&self) -> &'static str {
        self.one(
            "Tick the lines to quote first.",
            "Cochez d’abord les lignes à citer.",
        )
    }

    /// Nothing of it may leave in clear.
    pub(super) fn no_quote(&self) -> &'static str {
        self.one(
            "Nothing of this is quoted: it came encrypted, or its marking does not let it leave in clear. Say in your own words what must be said.",
            "Rien de ceci n’est cité : il est venu chiffré, ou sa marque ne le laisse pas partir en clair. Dites avec vos mots ce qui doit l’être.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_quoted_as_mail_does_and_nothing_hides_in_them() {
        let lines = ["Hello", "", "> before", "a\u{202e}b"].map(line);
        let answered = Answered {
            lines: lines.to_vec(),
            ..Answered::default()
        };
        assert_eq!(answered.quoted(|_| true), "> Hello\n>\n>> before\n> a␦b");
        assert_eq!(answered.quoted(|number| number == 3), ">> before");
        assert_eq!(answered.quoted(|_| false), "");
    }
}
