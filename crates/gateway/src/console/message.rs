//! A message of a ticket: what it proved, what was found in it, and its text, with the place of a value that was chosen.

use extract::{Extraction, Says, Span};
use intake::message::SegmentKind;
use intake::reading::{ReadPart, Reading};

use super::App;
use super::access::Right;
use super::found::{self, Chosen, Correcting, Found, Typed};
use super::parts::{self, Attached};
use super::session::Analyst;
use super::shown::{self, Badge, Moment};
use super::words::Words;
use crate::actions::thread::LETTER;
use crate::cli::shown::Shown;
use crate::corrections::{self, Standing};
use crate::protection::{self, Protected};
use crate::sealing::{Summary, Understood};
use crate::store::EntryRow;

/// Octets of texts that a page shows, and values that it lists: so its weight stays below 150 kB. The rest is on a page of the message
/// alone, or in the message as it came.
const MOST_TEXT: usize = 80 << 10;
const MOST_VALUES: usize = 200;

/// What a message may have of that.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Octets.
    pub(super) text: usize,
    pub(super) values: usize,
    /// No other message is on the page.
    pub(super) is_alone: bool,
}

impl Room {
    /// On a page with so many messages.
    pub(super) fn among(messages: usize) -> Room {
        let messages = messages.max(1);
        Room {
            text: MOST_TEXT / messages,
            values: MOST_VALUES / messages,
            is_alone: messages == 1,
        }
    }
}

/// A message, as the page shows it.
pub(super) struct Message {
    pub(super) number: usize,
    pub(super) subject: String,
    pub(super) from: String,
    pub(super) kind: &'static str,
    pub(super) tlp: String,
    pub(super) received: Moment,
    pub(super) badges: Vec<Badge>,
    /// Sealed to analysts: nothing below is known.
    pub(super) is_closed: bool,
    /// It could not be read.
    pub(super) is_unread: bool,
    /// It could not be decrypted.
    pub(super) stays_closed: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) values: Vec<Found>,
    /// Values that are not listed.
    pub(super) more_values: usize,
    /// What the query of this page's address begins with.
    pub(super) here: String,
    /// The page shows less of it than a page of its own would.
    pub(super) is_brief: bool,
    pub(super) files: Vec<Attached>,
    /// Parts that are not listed.
    pub(super) more_files: usize,
    /// He may say something of its values.
    pub(super) may_correct: bool,
    /// Of this one he wants to.
    pub(super) correcting: Option<Correcting>,
    /// What can be said of one that was not read, or is not listed.
    pub(super) choices: Vec<(&'static str, &'static str)>,
    /// What was written of one, if that was refused and no value of the message is meant.
    pub(super) adding: Typed,
    /// The start, end and kind that were said, for that form; empty for none.
    pub(super) seen: String,
    pub(super) texts: Vec<Text>,
}

/// A line of what is known.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) is_warning: bool,
    /// What follows it: where one goes on, and what that is called.
    pub(super) onward: Option<(&'static str, &'static str)>,
}

/// The text of a part.
pub(super) struct Text {
    /// The file's name, for attachments.
    pub(super) name: String,
    pub(super) is_attachment: bool,
    pub(super) is_open: bool,
    pub(super) signed: bool,
    pub(super) pieces: Vec<Piece>,
    pub(super) is_cut: bool,
}

/// A piece of text by one hand.
pub(super) struct Piece {
    /// `own`, `quoted`, `signature` or `forwarded`.
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    pub(super) before: String,
    /// What was chosen, if it is here.
    pub(super) marked: Option<String>,
    pub(super) after: String,
}

/// What a page shows of a message.
pub(super) fn of(
    analyst: &Analyst,
    app: &App,
    (number, entry): (usize, &EntryRow),
    shown: &Shown,
    (chosen, room): (Chosen<'_>, Room),
) -> anyhow::Result<Message> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let summary = desk.summary(entry);
    let is_closed = desk.is_closed(entry);
    let understood = (!is_closed).then(|| desk.understood(entry)).transpose()?;
    let reading = understood.as_ref().and_then(|known| known.reading.as_ref());
    let is_unread = understood.is_some() && reading.is_none();
    let stays_closed = reading.is_some_and(protection::stays_closed);
    let needs_human = match (is_unread, stays_closed) {
        (true, _) => "unread",
        (false, true) => "undecryptable",
        (false, false) => "",
    };
    let unopened = reading.map(protection::unopened).unwrap_or_default();
    let protected = Protected::read(entry, reading, (needs_human, &unopened));
    let mut message = Message {
        number,
        subject: subject(analyst, entry),
        from: shown::line(&summary.from, 200),
        kind: w.kind(&entry.kind),
        tlp: shown::line(&summary.tlp, 20),
        received: shown::moment(&summary.received_at, &app.zone),
        badges: shown::badges(protected, w),
        is_closed,
        is_unread,
        stays_closed,
        facts: Vec::new(),
        values: Vec::new(),
        more_values: 0,
        here: String::new(),
        is_brief: false,
        files: Vec::new(),
        more_files: 0,
        may_correct: false,
        correcting: None,
        choices: Vec::new(),
        adding: Typed::default(),
        seen: String::new(),
        texts: Vec::new(),
    };
    let Some(understood) = &understood else {
        return Ok(message);
    };
    message.facts = facts(analyst, entry, &summary, understood, shown);
    let standing = corrections::of_entry(corrections::events(&shown.history), entry.id);
    let read = &understood.extraction;
    let ask = (number, chosen.place);
    let seen = found::values(read, reading, ask, (&standing, &app.zone), room, w);
    message.values = seen.values;
    message.more_values = seen.more;
    message.may_correct =
        chosen.may_correct && analyst.may(Right::Act) && entry.wrapped.message().is_none();
    forms(&mut message, (read, &standing), chosen, w);
    if let Some(reading) = reading {
        (message.files, message.more_files) = parts::of(understood);
        message.texts = texts(reading, seen.place.as_ref(), room, w);
    }
    let is_cut = message.more_values > 0 || message.texts.iter().any(|text| text.is_cut);
    message.is_brief = is_cut && !room.is_alone;
    Ok(message)
}

/// The forms in which something is said of its values.
fn forms(
    message: &mut Message,
    (read, standing): (&Extraction, &[Standing<'_>]),
    chosen: Chosen<'_>,
    w: &'static Words,
) {
    // Values that are not listed are spoken of where others are added.
    let says: &[Says] = match message.more_values {
        0 => &[
            Says::Source,
            Says::Destination,
            Says::NoRole,
            Says::Start,
            Says::End,
            Says::Type,
        ],
        _ => &Says::ALL,
    };
    message.choices = found::choices(says, w);
    message.seen = corrections::shown(standing, None);
    if !message.may_correct {
        return;
    }
    let Some((typed, refused)) = chosen.typed else {
        let correct = chosen.correct;
        message.correcting = correct.and_then(|one| found::correcting(read, standing, one, w));
        return;
    };
    message.correcting = found::typed(read, standing, (typed, refused), w);
    if message.correcting.is_none() {
        message.adding = Typed {
            refused: refused.to_owned(),
            ..typed.clone()
        };
    }
}

/// As pages show it, or what stands in its place.
pub(super) fn subject(analyst: &Analyst, entry: &EntryRow) -> String {
    let (desk, w) = (&analyst.desk, analyst.w);
    let subject = shown::line(&desk.summary(entry).subject, 300);
    match (desk.is_closed(entry), subject.is_empty()) {
        (true, _) => w.sealed_to_analysts.to_owned(),
        (false, true) => w.no_subject.to_owned(),
        (false, false) => subject,
    }
}

/// What it proved, and what else is known of it.
fn facts(
    analyst: &Analyst,
    entry: &EntryRow,
    summary: &Summary,
    understood: &Understood,
    shown: &Shown,
) -> Vec<Fact> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let mut facts = Facts::default();
    if entry.kind != LETTER {
        proofs(&mut facts, understood, w);
    }
    let mut mail = shown
        .mail
        .iter()
        .filter(|mail| mail.letter == Some(entry.id));
    if mail.any(|mail| mail.status == "taken-back") {
        facts.add(w.letter, w.never_left);
    }
    for (mark, words) in shown.notes.lines(desk, entry, Some(understood), w.notes()) {
        let is_conflict = words == w.notes().key_conflict;
        facts.add(
            w.note(mark),
            if is_conflict { w.in_conflict() } else { &words },
        );
        if mark == "Beware" {
            facts.warn();
        }
        if is_conflict {
            facts.onward(("/certificates", w.certificates_head()));
        }
    }
    let joined = shown.proofs.joined(entry.id);
    let joined = joined.map_or_else(String::new, |joined| w.joined_by(joined));
    facts.add(w.joined, &joined);
    facts.add(w.rule, &w.rule_name(&entry.rule));
    facts.add(w.foreign, &summary.foreign.join(", "));
    for alert in alerts(shown, Some(entry.id), w) {
        facts.add(w.transport, &alert);
        facts.warn();
    }
    facts.add(w.answer, &w.answered(entry, summary));
    facts.0
}

/// Transport alerts about one message, or about none.
pub(super) fn alerts(shown: &Shown, entry: Option<uuid::Uuid>, w: &Words) -> Vec<String> {
    let alerts = shown
        .alerts
        .iter()
        .filter(|(alert, _)| alert.entry == entry);
    let alerts = alerts.map(|(alert, _)| w.alert(alert));
    alerts.collect()
}

#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            self.0.push(Fact {
                name,
                value: shown::line(value, 600),
                is_warning: false,
                onward: None,
            });
        }
    }

    /// The last one leads on.
    fn onward(&mut self, onward: (&'static str, &'static str)) {
        if let Some(last) = self.0.last_mut() {
            last.onward = Some(onward);
        }
    }

    /// The last one is a warning.
    fn warn(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.is_warning = true;
        }
    }
}

/// Encryption, signatures, sender, connection.
fn proofs(facts: &mut Facts, understood: &Understood, w: &'static Words) {
    if let Some(reading) = &understood.reading {
        for phrase in w.layers(&reading.openpgp) {
            facts.add(w.openpgp, &phrase);
        }
    }
    let checked = match w.checked(&understood.authentication) {
        nobody if nobody.is_empty() => w.not_checked.to_owned(),
        checked => checked,
    };
    facts.add(w.sender_check, &checked);
    let envelope = &understood.envelope;
    facts.add(w.tls, envelope.tls.as_deref().unwrap_or(w.no_tls));
    let client = envelope.client.map(|client| client.to_string());
    let name = envelope.client_name.as_deref().unwrap_or("");
    let client = format!("{} {name}", client.unwrap_or_default());
    facts.add(w.client, client.trim());
    facts.add(w.account, envelope.account.as_deref().unwrap_or(""));
}

/// The parts that have a text, with it and how many octets of it are shown.
pub(super) fn shown_texts(
    reading: &Reading,
    room: Room,
) -> impl Iterator<Item = (&ReadPart, &str, usize)> {
    let mut left = room.text;
    let texts = reading.parts.iter();
    let texts = texts.filter_map(|part| Some((part, part.text.as_deref()?)));
    let texts = texts.filter(|(_, text)| !text.trim().is_empty());
    texts.map(move |(part, text)| {
        let end = text.floor_char_boundary(left);
        left -= end;
        (part, text, end)
    })
}

fn texts(reading: &Reading, place: Option<&Span>, room: Room, w: &'static Words) -> Vec<Text> {
    let segments = intake::texts::segments(reading);
    let mut texts = Vec::new();
    for (part, text, end) in shown_texts(reading, room) {
        let place = place.filter(|span| *span.part == *part.id);
        let found = segments.iter().find(|(id, _)| *id == part.id);
        let whole = [(SegmentKind::Own, 0, end)];
        let hands: Vec<_> = match found {
            Some((_, segments)) => {
                let segments = segments.iter().filter(|one| one.start < end);
                segments
                    .map(|one| (one.kind, one.start, one.end.min(end)))
                    .collect()
            }
            None => whole.to_vec(),
        };
        let pieces = hands
            .into_iter()
            .map(|(kind, start, end)| piece(text, kind, (start, end), place, w));
        texts.push(Text {
            name: shown::line(part.filename.as_deref().unwrap_or(""), 120),
            is_attachment: part.attachment,
            is_open: !part.attachment || place.is_some(),
            signed: part.signed,
            pieces: pieces.collect(),
            is_cut: end < text.len(),
        });
    }
    texts
}

fn piece(
    text: &str,
    kind: SegmentKind,
    (start, end): (usize, usize),
    place: Option<&Span>,
    w: &'static Words,
) -> Piece {
    let (class, label) = match kind {
        SegmentKind::Own => ("own", ""),
        SegmentKind::Quoted => ("quoted", w.quoted),
        SegmentKind::Signature => ("signature", w.signature),
        SegmentKind::ForwardedHeader | SegmentKind::Forwarded => ("forwarded", w.forwarded),
    };
    let place = place.and_then(|span| {
        let (from, to) = (span.start.max(start), span.end.min(end));
        (from < to).then_some((from, to))
    });
    let (from, to) = place.unwrap_or((end, end));
    let slice = |from: usize, to: usize| shown::text(text.get(from..to).unwrap_or(""));
    Piece {
        class,
        label,
        before: slice(start, from),
        marked: place.map(|(from, to)| slice(from, to)),
        after: slice(to, end),
    }
}
