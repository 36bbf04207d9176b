//! Answers, as the document describes them. They are written by the functions that `--json` of the commands has; a test reads real
//! answers by this. Fields may be added at any time, so that nothing here says that there are no others.

#![expect(dead_code, reason = "for the document alone")]

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How a ticket stands
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    New,
    Open,
    Waiting,
    Resolved,
    Rejected,
}

impl State {
    /// As it is stored.
    pub(super) fn word(self) -> &'static str {
        match self {
            State::New => "new",
            State::Open => "open",
            State::Waiting => "waiting",
            State::Resolved => "resolved",
            State::Rejected => "rejected",
        }
    }
}

/// Which ticket
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Number {
    /// The ticket's number: `123` of `CSIRT#000123`
    #[param(minimum = 1)]
    number: i64,
}

/// Which message
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Nth {
    /// The message's number on the ticket, from 1
    #[param(minimum = 1, maximum = 1_000_000)]
    message: u32,
}

/// Which part
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PartId {
    /// The part's `id`, as the message lists it: `2`, `1.2`, `outer1.3`
    #[param(min_length = 1, max_length = 64)]
    part: String,
}

/// A page of tickets
#[derive(ToSchema)]
pub(super) struct Page {
    tickets: Vec<Listed>,
    /// Ask with this as `cursor` for what follows; null at the end
    #[schema(required)]
    next: Option<String>,
    /// Ask with this the next time for what happens from now on
    #[schema(format = DateTime)]
    updated_since: String,
}

/// A ticket in a list
#[derive(ToSchema)]
pub(super) struct Listed {
    /// `CSIRT#000123`
    reference: String,
    /// What the other questions name it by
    number: i64,
    state: State,
    /// Until when an answer is meant to be given
    #[schema(required, format = DateTime)]
    answer_due: Option<String>,
    /// That time, or the earliest one for an answer to mail of ours, whichever ends sooner
    #[schema(required, format = DateTime)]
    due: Option<String>,
    overdue: bool,
    /// Who has it; null when nobody has
    #[schema(required)]
    owner: Option<String>,
    /// `undecryptable`, `unread`, or null
    #[schema(required)]
    needs_human: Option<String>,
    /// The ticket that its first message names
    #[schema(required)]
    claims: Option<String>,
    /// How it stands to that one
    #[schema(required)]
    link: Option<String>,
    messages: i64,
    /// Deliveries beyond the first of the same message
    copies: i64,
    /// What of the constituency its first message names
    constituency: Vec<Object>,
    /// How many other tickets share a value with it; null when it was not looked up
    #[schema(required)]
    seen_before: Option<i64>,
    /// How many values of its first message can be searched for
    values: i64,
    /// When mail came last; null where there is one message alone
    #[schema(required)]
    last_in: Option<String>,
    /// When a letter was written last
    #[schema(required)]
    last_out: Option<String>,
    /// Words of the team, sorted
    tags: Vec<String>,
    /// The strictest of its first message and the newest hundred, and of what analysts said of it
    #[schema(required)]
    tlp: Option<String>,
    first: Head,
}

/// What is known of a message without reading it
#[derive(ToSchema)]
pub(super) struct Head {
    id: Uuid,
    kind: String,
    /// The rule of triage
    #[schema(required)]
    rule: Option<String>,
    /// When; to the hour for what is sealed to analysts
    received_at: String,
    octets_less_than: u64,
    /// No token opens it: what is below is known in clear, or says so
    sealed_to_analysts: bool,
    copies: i64,
    /// Whether it came encrypted
    encrypted: bool,
    /// The worst verdict on its signatures, or `none`. `good`, `good_unknown_key` and `good_other_address` (a verified key,
    /// but not the sender's) are over all that is shown; `part_good` and `part_good_unknown_key` over a part of it, `nothing_shown` over nothing of it
    signature: String,
    /// Why it stayed encrypted: `no_key`, `damaged`, …; null when it did not, and where that is not known
    #[schema(required)]
    not_opened: Option<String>,
    from: String,
    subject: String,
    #[schema(required)]
    tlp: Option<String>,
    #[schema(required)]
    language: Option<String>,
    gist: String,
    /// Other teams' references
    foreign_references: Vec<String>,
    /// How many it has; null where that is not known
    #[schema(required)]
    attachments: Option<u32>,
    /// Whether the sender's domain stands behind it; null where that is not known
    #[schema(required)]
    sender_proved: Option<bool>,
    /// What became of the acknowledgement
    answer: String,
    /// To whom it, or a letter of ours, went
    #[schema(required)]
    answered_to: Option<String>,
}

/// A message. Fields about its content are absent when it is sealed to analysts
#[derive(ToSchema)]
pub(super) struct Message {
    #[serde(flatten)]
    head: Head,
    /// By which proof it joined the ticket (1 to 4); null for the one that opened it
    #[schema(required)]
    proof_level: Option<u8>,
    /// Times, kinds, sources and destinations
    incident: Option<Object>,
    indicators: Option<Vec<Observable>>,
    /// What analysts say of these values: `id`, `kind`, `value`, `says`, `by`, `at`, `reason`; the last of each value
    corrections: Option<Vec<Object>>,
    /// `incident`, `indicators` and `constituency` as they are when that is true; absent where nothing is corrected
    corrected: Option<Object>,
    constituency: Option<Vec<Object>>,
    /// SPF, DKIM, DMARC, ARC; null when nobody checked
    authentication: Option<Object>,
    /// What each layer of encryption and signature proved
    openpgp: Option<Object>,
    /// Parts: `id`, name and type as their sender says, type as their octets begin, size, SHA-256; their text if it was asked for
    parts: Option<Vec<Object>>,
    signatures: Option<Vec<Object>>,
    flags: Option<Vec<Object>>,
    came_again: Option<Vec<Object>>,
}

/// Messages, the oldest first
#[derive(ToSchema)]
pub(super) struct Messages {
    messages: Vec<Message>,
}

/// A ticket with its messages
#[derive(ToSchema)]
pub(super) struct Ticket {
    /// `CSIRT#000123`
    reference: String,
    number: i64,
    state: State,
    /// Who has it; null when nobody has
    #[schema(required)]
    owner: Option<String>,
    #[schema(required, format = DateTime)]
    answer_due: Option<String>,
    /// That time, or the earliest one for an answer to mail of ours, whichever ends sooner
    #[schema(required, format = DateTime)]
    due: Option<String>,
    overdue: bool,
    /// The ticket that its first message names
    #[schema(required)]
    claims: Option<String>,
    /// That ticket, if an analyst refused that it belongs there: then `claims` is null
    #[schema(required)]
    claim_refused: Option<String>,
    #[schema(required)]
    link: Option<String>,
    #[schema(required)]
    merged_into: Option<String>,
    merged_here: Vec<String>,
    split_off: Vec<String>,
    /// The messages, the oldest first: the first has the number 1
    entries: Vec<Message>,
    history: Vec<Event>,
    /// Words of the team, sorted
    tags: Vec<String>,
    /// The strictest of its messages and of what analysts said of it
    #[schema(required)]
    tlp: Option<String>,
    /// Links that analysts made to other tickets
    links: Vec<Object>,
    /// Answers that our letters expect
    awaited: Vec<Object>,
    /// Mail of ours
    sent: Vec<Object>,
    transport_alerts: Vec<Object>,
    /// Whom to call
    contacts: Object,
    /// Which other tickets have its values; null when it was not looked up
    #[schema(required)]
    seen_before: Option<Vec<Object>>,
}

/// Something that was done
#[derive(ToSchema)]
pub(super) struct Event {
    action: String,
    /// The state from then on
    state: String,
    by: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(required)]
    reason: Option<String>,
}

/// A value
#[derive(ToSchema)]
pub(super) struct Observable {
    /// The number of the message; absent within a message
    message: Option<u32>,
    /// `ipv4`, `domain`, `url`, `sha256` …
    kind: String,
    /// Normalised
    value: String,
    /// The letters that it was read from
    raw: String,
    /// `source`, `destination`, or another word for neither
    role: String,
    /// How it stands to the constituency
    #[schema(required)]
    constituency: Option<Object>,
}

/// Values of a ticket
#[derive(ToSchema)]
pub(super) struct Observables {
    observables: Vec<Observable>,
    /// Numbers of messages that are sealed to analysts: what they hold is not among the values
    sealed_messages: Vec<u32>,
}

/// Lines of the audit trail
#[derive(ToSchema)]
pub(super) struct Trail {
    lines: Vec<Line>,
}

/// A line of the audit trail
#[derive(ToSchema)]
pub(super) struct Line {
    number: i32,
    #[schema(required, format = DateTime)]
    at: Option<String>,
    by: String,
    action: String,
    /// Ids, digests and words
    detail: String,
}

/// Mail without a ticket
#[derive(ToSchema)]
pub(super) struct Suppressed {
    messages: Vec<Head>,
    /// What to ask for as `before` to get older messages; null when there are none
    #[schema(required)]
    next: Option<Uuid>,
    /// Mail that could not be taken in, and waits for somebody to have it tried again
    unreadable: Vec<Unreadable>,
}

/// Mail that could not be taken in
#[derive(ToSchema)]
pub(super) struct Unreadable {
    id: Uuid,
    /// Why, in words of ours
    reason: String,
}

/// What a search found
#[derive(ToSchema)]
pub(super) struct Found {
    found: Vec<Hit>,
    /// Ask with this as `before` for older messages; null when there are none
    #[schema(required)]
    more: Option<Uuid>,
    /// Messages that may have it and can't be opened: most are sealed to analysts
    unreadable: u64,
    /// Months whose index is sealed to analysts: they were not searched
    #[schema(required)]
    sealed_months: Option<Months>,
}

/// The first and the last month, `2026-11`
#[derive(ToSchema)]
pub(super) struct Months {
    from: String,
    to: String,
}

/// A value that was found
#[derive(ToSchema)]
pub(super) struct Hit {
    /// Its ticket; null for mail without one
    #[schema(required)]
    ticket: Option<String>,
    case: Uuid,
    /// The `id` of the message
    message: Uuid,
    kind: String,
    value: String,
    #[schema(required)]
    role: Option<String>,
    #[schema(required)]
    port: Option<u16>,
    #[schema(required)]
    protocol: Option<String>,
    #[schema(required)]
    constituency: Option<Object>,
}

/// How a letter would go out
#[derive(ToSchema)]
pub(super) struct Preview {
    subject: String,
    #[schema(required)]
    tlp: Option<String>,
    copies: Vec<LetterCopy>,
    /// Say it back when it is sent
    seen: String,
}

/// The copy of one recipient
#[derive(ToSchema)]
pub(super) struct LetterCopy {
    recipient: String,
    /// `encrypted` (and signed), `signed` (in clear), or `clear` of a team without a key
    form: String,
    /// Fingerprint of the certificate to which it is encrypted
    #[schema(required)]
    certificate: Option<String>,
}

/// As they are
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(super) struct Octets(Vec<u8>);

type Object = serde_json::Map<String, serde_json::Value>;
