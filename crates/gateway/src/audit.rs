//! The audit trail: who did and who read what. The one place where a line is added to a chain.
//!
//! Every ticket, suppressed message, certificate and organisation has a chain of its own, and the deployment has one ([`DEPLOYMENT`]): each line
//! carries a keyed code over itself and the line before. A chain's head says how long it is, under a keyed code too, and every
//! minute the deployment's chain says how long all the others are ([`anchor`]): whoever writes to the database can neither change
//! a line nor leave lines out, at the end or altogether, without `pillarbox verify` naming it. How long the deployment's chain
//! is, the daemon writes every few seconds to a file outside the database ([`outside`]): neither an older head nor a whole older
//! database can be put in place of this one unseen. What happened since that file was written last can be undone.

pub mod outside;

use jiff::Timestamp;
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use crate::store::{AuditLine, AuditRow, Head, NewEntry, NewTicket, Store, StoreFault};

/// The deployment's own chain: searches, lists, anchors.
pub const DEPLOYMENT: Uuid = Uuid::nil();
/// Who writes when nobody asked.
pub const GATEWAY: &str = "gateway";
/// A chain grows under somebody else's hands so often before we give up.
const TRIES: usize = 100;
/// Chains that one line says something about.
const ANCHORED: i64 = 2_000;

/// A line that is ready to be added.
pub struct Link {
    number: i32,
    at: Timestamp,
    actor: String,
    action: &'static str,
    detail: String,
    mac: [u8; 32],
    seal: [u8; 32],
}

impl Link {
    /// As the store takes it.
    pub fn line(&self) -> AuditLine<'_> {
        AuditLine {
            number: self.number,
            at: self.at,
            actor: &self.actor,
            action: self.action,
            detail: &self.detail,
            mac: &self.mac,
            seal: &self.seal,
        }
    }
}

/// What happened.
pub struct Event {
    /// A word of ours.
    pub action: &'static str,
    /// Ids, digests and words only.
    pub detail: String,
}

/// The link after `last`, which is [`Store::last_audit`]'s answer.
pub fn next(
    ring: &KeyRing,
    case: Uuid,
    last: Option<(i32, Vec<u8>)>,
    actor: &str,
    event: Event,
) -> Link {
    let (number, previous) = last.unwrap_or((0, Vec::new()));
    let previous: [u8; 32] = previous.try_into().unwrap_or([0; 32]);
    let number = number.saturating_add(1);
    let now = Timestamp::now();
    let at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let text = text(
        case,
        number,
        at.as_second(),
        actor,
        event.action,
        &event.detail,
    );
    let mac = ring.chain_mac(&previous, text.as_bytes());
    Link {
        number,
        at,
        actor: actor.to_owned(),
        action: event.action,
        detail: event.detail,
        mac,
        seal: ring.head_mac(case.into_bytes(), number, &mac),
    }
}

/// Adds a line to a chain.
pub async fn append(
    store: &Store,
    ring: &KeyRing,
    case: Uuid,
    actor: &str,
    event: Event,
) -> Result<(), StoreFault> {
    let Event { action, detail } = event;
    for _ in 0..TRIES {
        let event = Event {
            action,
            detail: detail.clone(),
        };
        let link = next(ring, case, store.last_audit(case).await?, actor, event);
        match store.add_audit(case, &link.line()).await {
            Err(StoreFault::Conflict) => continue,
            other => return other,
        }
    }
    Err(StoreFault::Conflict)
}

/// Says in the deployment's chain how long the chains are that have grown since. Returns how many these were.
pub async fn anchor(store: &Store, ring: &KeyRing) -> Result<usize, StoreFault> {
    let heads = store.loose_heads(DEPLOYMENT, ANCHORED).await?;
    if heads.is_empty() {
        return Ok(0);
    }
    for _ in 0..TRIES {
        let event = Event {
            action: "anchored",
            detail: format!(
                "chains={} digest={}",
                heads.len(),
                heads_digest(ring, &heads)
            ),
        };
        let last = store.last_audit(DEPLOYMENT).await?;
        let link = next(ring, DEPLOYMENT, last, GATEWAY, event);
        match store.add_anchor(DEPLOYMENT, &link.line(), &heads).await {
            Err(StoreFault::Conflict) => continue,
            other => return other.map(|()| heads.len()),
        }
    }
    Err(StoreFault::Conflict)
}

/// What an anchor says of these chains.
pub fn heads_digest(ring: &KeyRing, heads: &[Head]) -> String {
    let mut digester = ring.digester(Purpose::Row);
    digester.part(b"audit_anchor");
    for head in heads {
        digester.part(head.case.as_bytes());
        digester.part(&head.number.to_be_bytes());
        digester.part(&head.mac);
    }
    hex(&digester.finish())
}

/// Whether a line's code is that of a line after `previous`.
pub fn is_next(ring: &KeyRing, previous: &[u8; 32], row: &AuditRow) -> bool {
    let text = text(
        row.case,
        row.number,
        row.at,
        &row.actor,
        &row.action,
        &row.detail,
    );
    row.mac == ring.chain_mac(previous, text.as_bytes())
}

/// What a link covers, in one unambiguous text: only the detail, which is ours, stands last.
fn text(case: Uuid, number: i32, at: i64, actor: &str, action: &str, detail: &str) -> String {
    format!("{case}\n{number}\n{at}\n{actor}\n{action}\n{detail}")
}

/// Behind the name of an account of the console.
pub const CONSOLE: &str = " (console)";

/// Whether two names of the trail are those of one person: an account of the console, and the user of the machine of the same name.
pub fn is_same(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The names under which somebody's tickets stand; nobody's is empty.
pub fn spellings(name: &str) -> Vec<String> {
    match plain(name) {
        "" => vec![String::new()],
        plain => vec![plain.to_owned(), format!("{plain}{CONSOLE}")],
    }
}

/// The name of an account.
pub fn plain(name: &str) -> &str {
    name.strip_suffix(CONSOLE).unwrap_or(name)
}

/// Who is at the keyboard: `PILLARBOX_ACTOR`, or the Unix user. Printable, at most 64 octets.
pub fn actor() -> String {
    let named = std::env::var("PILLARBOX_ACTOR").ok();
    let name = named
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(unix_user);
    let plain = name.trim().chars().filter(|c| !c.is_control());
    let mut out = String::new();
    for c in plain {
        if out.len() + c.len_utf8() > 64 {
            break;
        }
        out.push(c);
    }
    out
}

/// The name of the real user, `uid 1000` when it has none.
fn unix_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}

/// The columns of an entry that are in clear, under a key: the line that files it carries this.
pub fn entry_digest(
    ring: &KeyRing,
    case: Uuid,
    ticket: Option<Uuid>,
    entry: &NewEntry<'_>,
) -> String {
    let ticket = ticket.map_or([0; 16], Uuid::into_bytes);
    hex(&ring.digest(
        Purpose::Row,
        &[
            b"entry",
            entry.id.as_bytes(),
            case.as_bytes(),
            &ticket,
            entry.kind.as_bytes(),
            entry.rule.as_bytes(),
            entry.answer.as_bytes(),
            entry.signature.as_bytes(),
            &[u8::from(entry.was_encrypted)],
            &entry.received_hour.as_second().to_be_bytes(),
            &entry.size_bucket.to_be_bytes(),
        ],
    ))
}

/// The columns of a ticket that never change, as [`entry_digest`].
pub fn ticket_digest(ring: &KeyRing, id: Uuid, ticket: &NewTicket<'_>) -> String {
    hex(&ring.digest(
        Purpose::Row,
        &[
            b"ticket",
            id.as_bytes(),
            ticket.team.as_bytes(),
            &ticket.serial.to_be_bytes(),
            &ticket.claims.to_be_bytes(),
            ticket.link.as_bytes(),
        ],
    ))
}

/// A certificate, under a key: the lines of its chain carry this, so that no older one can be put back.
pub fn certificate_digest(ring: &KeyRing, id: Uuid, certificate: &[u8]) -> String {
    hex(&ring.digest(Purpose::Row, &[b"certificate", id.as_bytes(), certificate]))
}

/// An organisation of the register, as [`certificate_digest`].
pub fn organisation_digest(ring: &KeyRing, id: Uuid, content: &[u8]) -> String {
    hex(&ring.digest(Purpose::Row, &[b"organisation", id.as_bytes(), content]))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
