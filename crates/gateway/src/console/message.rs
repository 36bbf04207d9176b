//! A message of a ticket: what it proved, what was found in it, and its text, with the place of a value that was chosen.

use extract::{Endpoint, Extraction, Indicator, IndicatorKind, Role as Part, Span, ZoneBasis};
use intake::message::SegmentKind;
use intake::reading::Reading;

use super::App;
use super::session::Analyst;
use super::shown::{self, Badge, Moment};
use super::words::Words;
use crate::cli::entries::acknowledgement;
use crate::cli::layers;
use crate::cli::shown::Shown;
use crate::sealing::Understood;
use crate::store::EntryRow;

/// Octets of a part's text that are shown; the rest is in the message as it came.
const MOST_TEXT: usize = 128 << 10;
/// Values that are listed of a message.
const MOST_VALUES: usize = 500;

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
    pub(super) facts: Vec<Fact>,
    pub(super) values: Vec<Found>,
    pub(super) files: Vec<Attached>,
    pub(super) texts: Vec<Text>,
}

/// A line of what is known.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Words of ours that are English whatever the page's language.
    pub(super) is_english: bool,
    pub(super) is_warning: bool,
}

/// A value that was found.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) role: &'static str,
    pub(super) value: String,
    pub(super) is_chosen: bool,
    /// Its place is in a text that the page shows.
    pub(super) has_place: bool,
}

/// An attachment: its name is the sender's.
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) size: u64,
    pub(super) signed: bool,
    pub(super) encrypted: bool,
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

/// What a page shows of a message; `chosen` is the number of the value whose place is wanted.
pub(super) fn of(
    analyst: &Analyst,
    app: &App,
    (number, entry): (usize, &EntryRow),
    shown: &Shown,
    chosen: Option<usize>,
) -> anyhow::Result<Message> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let summary = desk.summary(entry);
    let is_closed = desk.is_closed(entry);
    let understood = (!is_closed).then(|| desk.understood(entry)).transpose()?;
    let reading = understood.as_ref().and_then(|known| known.reading.as_ref());
    let is_unread = understood.is_some() && reading.is_none();
    let stays_closed =
        reading.is_some_and(|reading| reading.openpgp.encrypted && !reading.openpgp.decrypted);
    let needs_human = match (is_unread, stays_closed) {
        (true, _) => "unread",
        (false, true) => "undecryptable",
        (false, false) => "",
    };
    let subject = shown::line(&summary.subject, 300);
    let mut message = Message {
        number,
        subject: match (is_closed, subject.is_empty()) {
            (true, _) => w.sealed_to_analysts.to_owned(),
            (false, true) => w.no_subject.to_owned(),
            (false, false) => subject,
        },
        from: shown::line(&summary.from, 200),
        kind: w.kind(&entry.kind),
        tlp: shown::line(&summary.tlp, 20),
        received: shown::moment(&summary.received_at, &app.zone),
        badges: shown::badges(entry, needs_human, w),
        is_closed,
        is_unread,
        facts: Vec::new(),
        values: Vec::new(),
        files: Vec::new(),
        texts: Vec::new(),
    };
    let Some(understood) = &understood else {
        return Ok(message);
    };
    let mut facts = Facts::default();
    proofs(&mut facts, understood, w);
    for (mark, words) in shown.notes.lines(desk, entry, Some(understood)) {
        facts.warn(w.note(mark), &words, mark == "Beware");
    }
    facts.add(w.joined, shown.proofs.words(entry.id).unwrap_or(""), true);
    facts.add(w.rule, &entry.rule, true);
    facts.add(w.foreign, &summary.foreign.join(", "), false);
    for alert in alerts(shown, Some(entry.id)) {
        facts.warn(w.transport, &alert, true);
    }
    facts.add(w.answer, &acknowledgement(entry, &summary), true);
    message.facts = facts.0;
    let (values, place) = values(&understood.extraction, reading, number, chosen, w);
    message.values = values;
    if let Some(reading) = reading {
        message.files = files(reading);
        message.texts = texts(reading, place.as_ref(), w);
    }
    Ok(message)
}

/// Transport alerts about one message, or about none.
pub(super) fn alerts(shown: &Shown, entry: Option<uuid::Uuid>) -> Vec<String> {
    let alerts = shown
        .alerts
        .iter()
        .filter(|(alert, _)| alert.entry == entry);
    let alerts = alerts.map(|(alert, _)| crate::cli::transport::alert_line(alert));
    alerts.collect()
}

#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, name: &'static str, value: &str, is_english: bool) {
        if !value.is_empty() {
            self.0.push(Fact {
                name,
                value: shown::line(value, 600),
                is_english,
                is_warning: false,
            });
        }
    }

    fn warn(&mut self, name: &'static str, value: &str, is_warning: bool) {
        self.add(name, value, true);
        if let Some(last) = self.0.last_mut() {
            last.is_warning = is_warning;
        }
    }
}

/// Encryption, signatures, sender, connection.
fn proofs(facts: &mut Facts, understood: &Understood, w: &'static Words) {
    if let Some(reading) = &understood.reading {
        for phrase in layers::phrases(&reading.openpgp) {
            facts.add(w.openpgp, &phrase, true);
        }
    }
    let checked = understood.authentication.line();
    let nobody = if checked.is_empty() {
        w.not_checked
    } else {
        ""
    };
    facts.add(w.sender_check, nobody, false);
    facts.add(w.sender_check, &checked, true);
    let envelope = &understood.envelope;
    facts.add(w.tls, envelope.tls.as_deref().unwrap_or(w.no_tls), false);
    let client = envelope.client.map(|client| client.to_string());
    let name = envelope.client_name.as_deref().unwrap_or("");
    let client = format!("{} {name}", client.unwrap_or_default());
    facts.add(w.client, client.trim(), false);
    facts.add(w.account, envelope.account.as_deref().unwrap_or(""), false);
}

/// A value before it is numbered: kind, role, text, place.
type Seen<'a> = (String, &'static str, String, &'a Span);

/// The values of a message, and the place of the one that was chosen.
fn values(
    extraction: &Extraction,
    reading: Option<&Reading>,
    number: usize,
    chosen: Option<usize>,
    w: &'static Words,
) -> (Vec<Found>, Option<Span>) {
    let mut all = of_incident(extraction, w);
    all.extend(extraction.indicators.iter().map(|one| indicator(one, w)));
    let place = chosen.and_then(|chosen| all.get(chosen.checked_sub(1)?));
    let place = place.map(|(_, _, _, span)| (*span).clone());
    let has_place = |span: &Span| {
        let parts = reading.into_iter().flat_map(|reading| &reading.parts);
        let mut texts = parts.filter_map(|part| Some((&part.id, part.text.as_ref()?)));
        texts.any(|(id, text)| *id == span.part && span.end <= text.len().min(MOST_TEXT))
    };
    let values = (1..).zip(all).take(MOST_VALUES);
    let values = values.map(|(value, (kind, role, text, span))| Found {
        id: format!("{number}.{value}"),
        kind,
        role,
        value: text,
        is_chosen: chosen == Some(value),
        has_place: has_place(span),
    });
    (values.collect(), place)
}

fn of_incident<'a>(extraction: &'a Extraction, w: &'static Words) -> Vec<Seen<'a>> {
    let incident = &extraction.incident;
    let times = incident.times.iter().map(|time| {
        let zone = match time.zone {
            ZoneBasis::Stated => "",
            ZoneBasis::Assumed => w.zone_assumed,
        };
        (
            w.time.to_owned(),
            zone,
            shown::line(&time.value, 60),
            &time.span,
        )
    });
    let kinds = incident.types.iter().map(|kind| {
        let value = format!("{} / {}", kind.classification, kind.kind);
        (w.incident_kind.to_owned(), "", value, &kind.span)
    });
    let parties = [
        (w.source, &incident.sources),
        (w.destination, &incident.destinations),
    ];
    let parties = parties.into_iter().flat_map(|(role, list)| {
        let list = list.iter();
        list.map(move |one| (w.party.to_owned(), role, endpoint(one), &one.span))
    });
    times.chain(kinds).chain(parties).collect()
}

fn indicator<'a>(indicator: &'a Indicator, w: &'static Words) -> Seen<'a> {
    let is_name = matches!(
        indicator.kind,
        IndicatorKind::Domain | IndicatorKind::Url | IndicatorKind::Email
    );
    let value = match is_name {
        true => shown::defanged(&indicator.value),
        false => shown::line(&indicator.value, 200),
    };
    let role = match indicator.role {
        Part::Source => w.source,
        Part::Destination => w.destination,
        Part::Unknown => "",
    };
    let kind = serde_json::to_value(indicator.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    (kind, role, value, &indicator.span)
}

fn endpoint(endpoint: &Endpoint) -> String {
    let port = endpoint
        .port
        .map_or_else(String::new, |port| format!(" port {port}"));
    let protocol = endpoint.protocol.as_deref().unwrap_or("");
    let slash = if protocol.is_empty() { "" } else { "/" };
    let ip = endpoint.ip.as_deref().unwrap_or("?");
    shown::line(&format!("{ip}{port}{slash}{protocol}"), 200)
}

fn files(reading: &Reading) -> Vec<Attached> {
    let attached = reading.parts.iter().filter(|part| part.attachment);
    let attached = attached.map(|part| Attached {
        name: shown::line(part.filename.as_deref().unwrap_or(""), 120),
        kind: shown::line(&part.content_type, 80),
        size: part.size,
        signed: part.signed,
        encrypted: part.encrypted,
    });
    attached.collect()
}

fn texts(reading: &Reading, place: Option<&Span>, w: &'static Words) -> Vec<Text> {
    let segments = intake::texts::segments(reading);
    let mut texts = Vec::new();
    for part in &reading.parts {
        let Some(text) = part.text.as_deref().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let end = text.floor_char_boundary(MOST_TEXT);
        let place = place.filter(|span| span.part == part.id);
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
