//! Who may write into which ticket: every tag, proof, sender and place, against the ladder of `threats.md` A8 as it is written
//! there. Real mail, real signatures; the store is a table of this file.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

use std::sync::LazyLock;

use intake::envelope::{Envelope, ReversePath};
use intake::openpgp::{
    Bound, Correspondent, GeneratedKey, Keys, Profile, encrypt, generate_team_key, sign_detached,
};
use intake::pipeline::{
    Answer, AnswerPolicy, Answered, Examination, Facts, Filing, Link, LinkKind, Policy, Standing,
    TicketFact, decide, examine, read, relayed,
};
use intake::thread::ReferenceFinder;
use intake::triage::TriagePolicy;

/// What the tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Live,
    ClosedLately,
    ClosedBefore,
    Unknown,
    OtherTeam,
    Malformed,
    /// That of a ticket of other people stands first.
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Dmarc,
    /// By the sender's own key, which is bound to him here.
    Signature,
    /// In-Reply-To names our last mail.
    Token,
    /// References names an older one, among others.
    Reference,
    /// In-Reply-To looks like our mail, and its token is made up.
    ForgedToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Reporter,
    /// Another contact of the same tickets, elsewhere.
    OtherParty,
    Stranger,
    /// Somebody else at the reporter's domain.
    SameDomain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Subject,
    Encoded,
    Folded,
    Mangled,
    Protected,
    FirstLine,
    /// No tag: the ticket is named by what the message answers.
    ReferencesOnly,
}

const PROOFS: [Proof; 6] = [
    Proof::Nothing,
    Proof::Dmarc,
    Proof::Signature,
    Proof::Token,
    Proof::Reference,
    Proof::ForgedToken,
];
const SENDERS: [Sender; 4] = [
    Sender::Reporter,
    Sender::OtherParty,
    Sender::Stranger,
    Sender::SameDomain,
];

/// Level of A8 of a message that names a ticket, by proof in the order of [`PROOFS`]. A signature counts for what it covers
/// (T26): not for an outer Subject. What is named in no tag is named by our mail, so that a right token comes along.
#[rustfmt::skip]
const LADDER: [(&str, &str, [u8; 6]); 6] = [
    // sender   tag                       nothing dmarc signature token reference forged
    ("contact", "outside the signature",   [1,     2,    1,        3,    3,        1]),
    ("contact", "inside the signature",    [1,     2,    4,        3,    3,        1]),
    ("contact", "none, our mail is named", [3,     3,    4,        3,    3,        0]),
    ("nobody",  "outside the signature",   [0,     0,    0,        1,    1,        0]),
    ("nobody",  "inside the signature",    [0,     0,    0,        1,    1,        0]),
    ("nobody",  "none, our mail is named", [1,     1,    1,        1,    1,        0]),
];

const LIVE: u64 = 100_001;
const LATELY: u64 = 100_002;
const BEFORE: u64 = 100_003;
const OTHERS: u64 = 100_005;
const UNKNOWN: u64 = 999_999;

/// Number, standing, and whether reporter and other party are its contacts; newer ones last.
const TICKETS: [(u64, Standing, bool); 4] = [
    (LIVE, Standing::Open, true),
    (LATELY, Standing::ClosedLately, true),
    (BEFORE, Standing::ClosedBefore, true),
    (OTHERS, Standing::Open, false),
];

impl Tag {
    /// As it is written, and the ticket whose mail is answered.
    fn written(self) -> (String, u64) {
        match self {
            Tag::Live => (own(LIVE), LIVE),
            Tag::ClosedLately => (own(LATELY), LATELY),
            Tag::ClosedBefore => (own(BEFORE), BEFORE),
            Tag::Unknown => (own(UNKNOWN), UNKNOWN),
            Tag::OtherTeam => (format!("[CERT-X#{LIVE}]"), LIVE),
            Tag::Malformed => (format!("[CSIRT#{}]", LIVE / 10), LIVE),
            Tag::Two => (format!("{} {}", own(OTHERS), own(LIVE)), LIVE),
        }
    }
}

fn own(serial: u64) -> String {
    format!("[CSIRT#{serial:06}]")
}

impl Sender {
    fn address(self) -> &'static str {
        match self {
            Sender::Reporter => "noc@partner.example",
            Sender::OtherParty => "cert@provider.example",
            Sender::Stranger => "somebody@elsewhere.example",
            Sender::SameDomain => "intern@partner.example",
        }
    }

    fn is_contact(self) -> bool {
        matches!(self, Sender::Reporter | Sender::OtherParty)
    }

    fn key(self) -> &'static GeneratedKey {
        static KEYS: LazyLock<Vec<GeneratedKey>> = LazyLock::new(|| {
            let key = |sender: &Sender| {
                generate_team_key(sender.address(), Profile::Curve25519, None, now()).unwrap()
            };
            SENDERS.iter().map(key).collect()
        });
        let place = SENDERS.iter().position(|sender| *sender == self).unwrap();
        &KEYS[place]
    }
}

fn now() -> jiff::Timestamp {
    "2026-03-05T12:00:00Z".parse().unwrap()
}

fn team() -> &'static GeneratedKey {
    static KEY: LazyLock<GeneratedKey> = LazyLock::new(|| {
        generate_team_key("csirt@team.example", Profile::Curve25519, None, now()).unwrap()
    });
    &KEY
}

fn keys_of(key: &GeneratedKey) -> Keys {
    let mut keys = Keys::new();
    keys.add_team_secret(key.secret.as_bytes(), None).unwrap();
    keys
}

fn token(serial: u64) -> String {
    format!("tokenofticket{serial:07}")
}

fn our_id(serial: u64, token: &str) -> String {
    format!("<ack.{serial:06}.{token}@team.example>")
}

/// A cell's message.
fn message(tag: Tag, proof: Proof, sender: Sender, place: Place) -> Vec<u8> {
    let (written, answered) = tag.written();
    let from = sender.address();
    let mut header = String::new();
    let right = our_id(answered, &token(answered));
    let forged = our_id(answered, "madeupmadeupmadeup");
    match proof {
        Proof::Dmarc => {
            let domain = from.rsplit_once('@').unwrap().1;
            header.push_str(&format!(
                "Authentication-Results: mx.team.example; dmarc=pass header.from={domain}\r\n"
            ));
        }
        Proof::Token => header.push_str(&format!("In-Reply-To: {right}\r\n")),
        Proof::Reference => header.push_str(&format!(
            "References: <a@partner.example> {right}\r\n <b@partner.example>\r\nIn-Reply-To: <b@partner.example>\r\n"
        )),
        Proof::ForgedToken => header.push_str(&format!("In-Reply-To: {forged}\r\n")),
        Proof::Nothing | Proof::Signature => {}
    }
    let named_by_mail = matches!(proof, Proof::Nothing | Proof::Dmarc | Proof::Signature);
    if place == Place::ReferencesOnly && named_by_mail {
        header.push_str(&format!("In-Reply-To: {right}\r\n"));
    }
    let subject = subject(&written, place);
    let inner = if place == Place::Protected {
        format!(
            "Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: Re: {written} Scan\r\n"
        )
    } else {
        "Content-Type: text/plain\r\n".to_owned()
    };
    let first = if place == Place::FirstLine {
        written.as_str()
    } else {
        "Hello,"
    };
    let entity = format!("{inner}\r\n{first}\r\n\r\nit goes on.\r\n");
    let signs = proof == Proof::Signature;
    let body = if signs && place == Place::Protected {
        encrypted(&to_team(&keys_of(sender.key()), &entity, true))
    } else if signs {
        signed(
            &entity,
            &sign_detached(&keys_of(sender.key()), entity.as_bytes(), now())
                .unwrap()
                .armored,
        )
    } else if place == Place::Protected {
        encrypted(&to_team(&Keys::new(), &entity, false))
    } else {
        entity
    };
    format!(
        "{header}From: {from}\r\nTo: csirt@team.example\r\nSubject: {subject}\r\nMessage-ID: <x@{from}>\r\nMIME-Version: 1.0\r\n{body}"
    )
    .into_bytes()
}

fn subject(written: &str, place: Place) -> String {
    match place {
        Place::Subject => format!("Re: {written} Scan"),
        Place::Encoded => format!("=?utf-8?Q?{}?=", quoted(&format!("Re: {written} Überfall"))),
        Place::Folded => format!("Re:\r\n {}\r\n\tScan", written.replace(' ', "\r\n ")),
        Place::Mangled => format!(
            "RE[2]: AW: [noc-list] {}\u{a0}(was: Scan)",
            written.replace('#', " #\u{a0}").to_lowercase()
        ),
        Place::Protected | Place::FirstLine | Place::ReferencesOnly => "...".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b' ' => "_".to_owned(),
        _ if octet.is_ascii_alphanumeric() => char::from(octet).to_string(),
        _ => format!("={octet:02X}"),
    };
    text.bytes().map(octet).collect()
}

fn signed(entity: &str, signature: &str) -> String {
    format!(
        "Content-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=sig\r\n\r\n\
         --sig\r\n{entity}\r\n--sig\r\nContent-Type: application/pgp-signature\r\n\r\n{signature}\r\n--sig--\r\n"
    )
}

fn encrypted(armored: &str) -> String {
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=enc\r\n\r\n\
         --enc\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --enc\r\nContent-Type: application/octet-stream\r\n\r\n{armored}\r\n--enc--\r\n"
    )
}

fn to_team(keys: &Keys, entity: &str, sign: bool) -> String {
    let team = [team().public.as_bytes()];
    encrypt(keys, entity.as_bytes(), &team, sign, now()).unwrap()
}

fn policy() -> Policy {
    Policy {
        triage: TriagePolicy::default(),
        references: ReferenceFinder::new(&["CSIRT".into()], Vec::new()),
        id_domains: vec!["team.example".into()],
        context: extract::Context::default(),
        authserv_ids: vec!["mx.team.example".into()],
        loop_token: "ourtoken".into(),
        answers: AnswerPolicy {
            enabled: true,
            unauthenticated: false,
            follow_ups: false,
            own_addresses: vec!["csirt@team.example".into()],
            most: Answered {
                address_hour: 3,
                address_day: 10,
                domain_day: 30,
                hour: 60,
            },
        },
    }
}

/// What a store would say: tickets that are named in any way, whose parties are known by address and by key.
fn facts(examination: &Examination) -> Facts {
    let tags = examination.references.own.iter().map(|own| own.serial);
    let mails = examination.answers_to.iter().map(|own| own.serial);
    let named: Vec<u64> = tags.chain(mails).collect();
    let contacts: Vec<Sender> = SENDERS.into_iter().filter(|s| s.is_contact()).collect();
    let is_contact = |name: &str| contacts.iter().any(|contact| contact.address() == name);
    let has_key = |print: &String| {
        contacts
            .iter()
            .any(|contact| contact.key().fingerprint == *print)
    };
    let tickets = TICKETS.iter().filter(|(serial, ..)| named.contains(serial));
    let fact = |(serial, standing, ours): &(u64, Standing, bool)| TicketFact {
        id: [u8::try_from(*serial % 100).unwrap(); 16],
        serial: *serial,
        named: *serial,
        standing: *standing,
        sender_is_party: *ours && examination.sender.as_deref().is_some_and(is_contact),
        signer_is_party: *ours && examination.signers.iter().any(has_key),
        token: examination
            .answers_to
            .iter()
            .any(|own| own.serial == *serial && own.token == token(*serial)),
        notice_about_ours: false,
        foreign: false,
        thread: false,
    };
    Facts {
        tickets: tickets.map(fact).collect(),
        ..Facts::default()
    }
}

fn outcome(raw: &[u8], from: &str) -> (Filing, bool) {
    let envelope = Envelope {
        reverse_path: ReversePath::Mailbox(from.into()),
        forward_paths: vec!["csirt@team.example".into()],
        listener: "lmtp".into(),
        trusted_relay: true,
        received_at: now(),
        ..Envelope::default()
    };
    let addresses = SENDERS.map(|sender| [sender.address().to_owned()]);
    let known: Vec<Correspondent<'_>> = SENDERS
        .iter()
        .zip(&addresses)
        .map(|(sender, addresses)| Correspondent {
            cert: sender.key().public.as_bytes(),
            authenticated: true,
            bound: Bound::Addresses(addresses),
        })
        .collect();
    static OURS: LazyLock<Keys> = LazyLock::new(|| keys_of(team()));
    let reading = read(raw, &OURS, &known, now());
    let policy = policy();
    let results = relayed(&envelope, &reading, &policy).unwrap_or_default();
    let examination = examine(&envelope, &reading, results, &policy);
    let facts = facts(&examination);
    let outcome = decide(&envelope, &reading, &examination, &facts, &policy);
    (
        outcome.filing,
        matches!(outcome.answer, Answer::Send { .. }),
    )
}

/// The level of A8; `None` when the message names no ticket of ours.
fn level(tag: Tag, proof: Proof, sender: Sender, place: Place) -> Option<u8> {
    let who = if sender.is_contact() {
        "contact"
    } else {
        "nobody"
    };
    let tagged = !matches!(tag, Tag::OtherTeam | Tag::Malformed) && place != Place::ReferencesOnly;
    let mail_named = place == Place::ReferencesOnly
        || matches!(proof, Proof::Token | Proof::Reference | Proof::ForgedToken);
    let row = match place {
        _ if !tagged && !mail_named => return None,
        _ if !tagged => "none, our mail is named",
        Place::Protected | Place::FirstLine => "inside the signature",
        Place::Subject
        | Place::Encoded
        | Place::Folded
        | Place::Mangled
        | Place::ReferencesOnly => "outside the signature",
    };
    let row = LADDER
        .iter()
        .find(|(w, t, _)| (*w, *t) == (who, row))
        .unwrap();
    let column = PROOFS.iter().position(|one| *one == proof).unwrap();
    Some(row.2[column])
}

/// What the document says of a cell.
fn expected(tag: Tag, level: Option<u8>) -> Filing {
    let link = |serial, kind| Filing::Open {
        link: Some(Link { serial, kind }),
    };
    let (serial, standing) = match tag {
        Tag::ClosedLately => (LATELY, Standing::ClosedLately),
        Tag::ClosedBefore => (BEFORE, Standing::ClosedBefore),
        Tag::Live | Tag::OtherTeam | Tag::Malformed | Tag::Two => (LIVE, Standing::Open),
        Tag::Unknown => {
            let named = level.map(|_| Link {
                serial: UNKNOWN,
                kind: LinkKind::Unknown,
            });
            return Filing::Open { link: named };
        }
    };
    match (level, standing) {
        (None, _) => Filing::Open { link: None },
        (Some(0), _) => link(serial, LinkKind::Claims),
        (Some(1), _) => link(serial, LinkKind::Proposed),
        (Some(_), Standing::ClosedBefore) => link(serial, LinkKind::Follows),
        (Some(number), _) => Filing::Join {
            ticket: [u8::try_from(serial % 100).unwrap(); 16],
            serial,
            level: [
                intake::thread::Level::Authenticated,
                intake::thread::Level::Token,
                intake::thread::Level::Signature,
            ][usize::from(number) - 2],
            reopens: standing == Standing::ClosedLately,
        },
    }
}

/// One cell: where its message goes, and whether it is answered.
fn cell(tag: Tag, proof: Proof, sender: Sender, place: Place) {
    let raw = message(tag, proof, sender, place);
    let (filing, answered) = outcome(&raw, sender.address());
    let level = level(tag, proof, sender, place);
    let mut expected = expected(tag, level);
    // Of two tags that prove nothing either may be named.
    if let (Tag::Two, Some(0), Filing::Open { link: Some(link) }) = (tag, level, &mut expected)
        && place != Place::ReferencesOnly
    {
        link.serial = OTHERS;
    }
    let cell = format!("{tag:?} × {proof:?} × {sender:?} × {place:?}, level {level:?}");
    assert_eq!(filing, expected, "{cell}");
    // T54: whether a new ticket is acknowledged depends on its sender, never on what it names.
    let opens = matches!(filing, Filing::Open { .. });
    assert_eq!(answered, opens && proof == Proof::Dmarc, "{cell}: answered");
}

/// A test for each place of a tag: `live_ticket::dmarc::stranger::folded`.
macro_rules! places {
    ($tag:ident $proof:ident $sender:ident: $($name:ident $place:ident)*) => {
        $(
            #[test]
            fn $name() {
                use crate::{Place, Proof, Sender, Tag};
                crate::cell(Tag::$tag, Proof::$proof, Sender::$sender, Place::$place);
            }
        )*
    };
}

macro_rules! senders {
    ($tag:ident $proof:ident: $($name:ident $sender:ident)*) => {
        $(mod $name {
            places! {
                $tag $proof $sender: subject Subject encoded Encoded folded Folded mangled Mangled
                protected Protected first_line FirstLine
                references_only ReferencesOnly
            }
        })*
    };
}

macro_rules! proofs {
    ($tag:ident: $($name:ident $proof:ident)*) => {
        $(mod $name {
            senders! {
                $tag $proof: reporter Reporter other_party OtherParty stranger Stranger same_domain SameDomain
            }
        })*
    };
}

macro_rules! tags {
    ($($name:ident $tag:ident)*) => {
        $(mod $name {
            proofs! {
                $tag: nothing Nothing dmarc Dmarc signature Signature token Token reference Reference forged_token ForgedToken
            }
        })*
    };
}

tags! {
    live_ticket Live
    ticket_closed_lately ClosedLately
    ticket_closed_long_ago ClosedBefore
    unknown_number Unknown
    tag_of_another_team OtherTeam
    malformed_tag Malformed
    two_tags Two
}
