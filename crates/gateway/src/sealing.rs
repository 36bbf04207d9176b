//! Where each sealed value belongs, and what it holds. One table of places, so that nothing can be moved to another.

use extract::Extraction;
use intake::authentication::AuthResults;
use intake::envelope::Envelope;
use intake::openpgp::Recipients;
use intake::reading::{PartFacts, Reading};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use vault::{Aad, CaseKey, Epoch, KeyRing, Sealed, VaultError, WrappedKey};
use zeroize::Zeroizing;

use crate::sender::Letter;
use crate::store::{SealedColumn, SealedPlace};

/// The place of a case's key.
pub fn case_aad(team: &str, case: Uuid) -> Aad<'_> {
    let id = case.into_bytes();
    Aad {
        team,
        table: "case_key",
        column: "wrapped",
        case: id,
        row: id,
    }
}

/// The place of a column of an entry.
pub fn entry_aad<'a>(team: &'a str, column: &'a str, case: Uuid, entry: Uuid) -> Aad<'a> {
    Aad {
        team,
        table: "entry",
        column,
        case: case.into_bytes(),
        row: entry.into_bytes(),
    }
}

/// The place of the searchable values of an entry.
pub fn observable_aad(team: &str, case: Uuid, entry: Uuid) -> Aad<'_> {
    Aad {
        team,
        table: "observable",
        column: "value",
        case: case.into_bytes(),
        row: entry.into_bytes(),
    }
}

/// The place of a correspondent's certificate.
pub fn certificate_aad(team: &str, id: Uuid) -> Aad<'_> {
    let id = id.into_bytes();
    Aad {
        team,
        table: "certificate",
        column: "sealed",
        case: id,
        row: id,
    }
}

/// The place of what is known about whose a certificate is.
pub fn binding_aad(team: &str, certificate: Uuid, binding: Uuid) -> Aad<'_> {
    Aad {
        team,
        table: "certificate_binding",
        column: "sealed",
        case: certificate.into_bytes(),
        row: binding.into_bytes(),
    }
}

/// The place of what was done with a certificate.
pub fn event_aad(team: &str, certificate: Uuid, event: Uuid) -> Aad<'_> {
    Aad {
        team,
        table: "certificate_event",
        column: "detail",
        case: certificate.into_bytes(),
        row: event.into_bytes(),
    }
}

/// The place of what was done with a ticket.
pub fn ticket_event_aad(team: &str, ticket: Uuid, event: Uuid) -> Aad<'_> {
    Aad {
        team,
        table: "ticket_event",
        column: "detail",
        case: ticket.into_bytes(),
        row: event.into_bytes(),
    }
}

/// The place of a later verdict on an entry's signatures.
pub fn verdict_aad(team: &str, case: Uuid, verdict: Uuid) -> Aad<'_> {
    Aad {
        team,
        table: "verdict",
        column: "detail",
        case: case.into_bytes(),
        row: verdict.into_bytes(),
    }
}

/// The id of an entry's verdict by its number.
pub fn verdict_id(entry: Uuid, number: i32) -> Uuid {
    Uuid::from_u128(entry.as_u128() ^ u128::from(number.unsigned_abs()))
}

/// The place of an organisation of the register.
pub fn organisation_aad(team: &str, id: Uuid) -> Aad<'_> {
    let id = id.into_bytes();
    Aad {
        team,
        table: "organisation",
        column: "sealed",
        case: id,
        row: id,
    }
}

/// The place of a peer's name.
pub fn peer_aad(team: &str, id: Uuid) -> Aad<'_> {
    let id = id.into_bytes();
    Aad {
        team,
        table: "transport_peer",
        column: "sealed",
        case: id,
        row: id,
    }
}

/// The place of the secret of an analyst's codes.
pub fn totp_aad(team: &str, account: Uuid) -> Aad<'_> {
    let id = account.into_bytes();
    Aad {
        team,
        table: "console_account",
        column: "totp",
        case: id,
        row: id,
    }
}

/// The place of a search that an analyst keeps.
pub fn search_aad(team: &str, id: Uuid) -> Aad<'_> {
    let id = id.into_bytes();
    Aad {
        team,
        table: "console_search",
        column: "sealed",
        case: id,
        row: id,
    }
}

/// The place of any value that is sealed under a case's key.
pub fn place_aad<'a>(team: &'a str, case: Uuid, place: &SealedPlace) -> Aad<'a> {
    match place.column {
        SealedColumn::Raw => entry_aad(team, "raw", case, place.row),
        SealedColumn::Summary => entry_aad(team, "summary", case, place.row),
        SealedColumn::Reading => entry_aad(team, "reading", case, place.row),
        SealedColumn::Observable => observable_aad(team, case, place.row),
        SealedColumn::Letter => Letter::aad(team, case, place.row),
        SealedColumn::Certificate => certificate_aad(team, case),
        SealedColumn::Peer => peer_aad(team, case),
        SealedColumn::Organisation => organisation_aad(team, case),
        SealedColumn::Binding => binding_aad(team, case, place.row),
        SealedColumn::CertificateEvent => event_aad(team, case, place.row),
        SealedColumn::Verdict => verdict_aad(team, case, place.row),
        SealedColumn::TicketEvent => ticket_event_aad(team, case, place.row),
        SealedColumn::Totp => totp_aad(team, case),
        SealedColumn::Search => search_aad(team, case),
    }
}

/// The month in which a case began: its id (`UUIDv7`) tells. An id without a time belongs to no month.
pub fn epoch_of(case: Uuid) -> Epoch {
    let began = case
        .get_timestamp()
        .and_then(|time| i64::try_from(time.to_unix().0).ok())
        .and_then(|second| Timestamp::from_second(second).ok());
    let day = began.map(|began| TimeZone::UTC.to_datetime(began).date());
    day.and_then(|day| Epoch::of_month(day.year(), day.month()))
        .unwrap_or(Epoch::STANDING)
}

/// What a list shows of an entry without opening all of it.
#[derive(Clone, Debug, Default, Serialize, serde::Deserialize)]
pub struct Summary {
    /// The sender's address; empty when there is not exactly one.
    pub from: String,
    /// The Subject that counts; empty when there is none.
    pub subject: String,
    /// TLP label; empty when there is none.
    pub tlp: String,
    /// Exactly when it was received, RFC 3339.
    pub received_at: String,
    /// One line of what was extracted.
    pub gist: String,
    /// The kinds of incident that it tells of (RSIT), as many as it does.
    pub kinds: Vec<String>,
    /// Language of the text; empty when not known.
    pub language: String,
    /// What triage saw, for suppressed mail: header and excerpt.
    pub evidence: String,
    /// Other teams' references.
    pub foreign: Vec<String>,
    /// To whom the acknowledgement goes; empty when there is none.
    pub answered_to: String,
    /// In which language it is acknowledged; empty for two in one.
    pub answer_language: String,
    /// Whether the acknowledgement is signed, encrypted or in clear; empty when there is none.
    pub answer_form: String,
    /// What else lists show; `None` for what was filed before it was kept.
    #[serde(deserialize_with = "or_nothing")]
    pub glance: Option<Glance>,
    /// Why it stayed encrypted, a word of [`intake::openpgp::OpenPgp::error`]; empty when it did not, and for what was filed before
    /// this was kept.
    #[serde(deserialize_with = "or_nothing")]
    pub unopened: String,
}

/// What lists show of a message beside what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Glance {
    /// How many attachments it has.
    pub attachments: u32,
    /// Its sender's domain stands behind it: DMARC, or as a trusted relay says.
    pub is_proved: bool,
}

/// Everything that was understood of an entry.
#[derive(Serialize, serde::Deserialize)]
pub struct Understood {
    /// The SMTP envelope.
    pub envelope: Envelope,
    /// What was read; `None` when the message could not be read at all.
    pub reading: Option<Reading>,
    /// What was extracted.
    pub extraction: Extraction,
    /// What SPF, DKIM, DMARC and ARC said.
    pub authentication: AuthResults,
    /// What the octets of the parts are; empty for what was filed before they were kept.
    #[serde(deserialize_with = "or_nothing")]
    pub octets: Vec<PartFacts>,
}

/// Reads the last field of a stored struct: nothing where it was written before there was one. What is sealed can't be cut, so that
/// only what is older ends here.
pub(crate) fn or_nothing<'de, D, T>(rest: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(T::deserialize(rest).unwrap_or_default())
}

/// The form in which values are written: the first octet of each, since a stored row outlives an upgrade of the software.
///
/// Postcard names no fields: when a stored struct changes (also one inside another), this number must, and [`decode`] must go on
/// reading what was written before.
const FORM: u8 = 1;

/// A value as it is stored when sealed: the form's number, then postcard.
///
/// # Errors
/// [`VaultError::Sealing`] when the value can't be written.
pub fn encode<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let bytes = postcard::to_extend(value, vec![FORM]).map_err(|_| VaultError::Sealing)?;
    Ok(Zeroizing::new(bytes))
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`VaultError::Newer`], and [`VaultError::Malformed`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, VaultError> {
    match bytes.split_first() {
        Some((&FORM, encoded)) => postcard::from_bytes(encoded).map_err(|_| VaultError::Malformed),
        Some((&newer, _)) if newer > FORM => Err(VaultError::Newer(newer)),
        Some(_) | None => Err(VaultError::Malformed),
    }
}

/// Seals a value.
pub fn seal<T: Serialize>(key: &CaseKey, aad: &Aad<'_>, value: &T) -> Result<Sealed, VaultError> {
    key.seal(aad, &encode(value)?)
}

/// Opens a value.
pub fn open<T: DeserializeOwned>(
    key: &CaseKey,
    aad: &Aad<'_>,
    sealed: &Sealed,
) -> Result<T, VaultError> {
    decode(&key.open(aad, sealed)?)
}

/// A case of one message: the gateway forgets its key when the message is filed (`threats.md` B4).
pub struct OwnCase {
    /// Its id.
    pub id: Uuid,
    /// Its key.
    pub key: CaseKey,
    /// The key, sealed to the analysts.
    pub wrapped: WrappedKey,
}

impl OwnCase {
    /// Of a message, in the month of its ticket, whose key must be there.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn new(
        ring: &KeyRing,
        team: &str,
        (id, ticket): (Uuid, Uuid),
        analysts: &Recipients,
    ) -> Result<OwnCase, VaultError> {
        let key = ring.new_case_key(epoch_of(ticket))?;
        let wrapped = ring.wrap(&key, &case_aad(team, id))?;
        let wrapped = to_analysts(&wrapped, analysts)?;
        Ok(OwnCase { id, key, wrapped })
    }
}

/// Seals a wrapped key to the analysts as well.
///
/// # Errors
/// [`VaultError::Sealing`] when it can't be encrypted to any of them.
pub fn to_analysts(wrapped: &WrappedKey, analysts: &Recipients) -> Result<WrappedKey, VaultError> {
    let message = analysts.encrypt(wrapped.as_bytes());
    Ok(wrapped.to_analysts(&message.map_err(|_| VaultError::Sealing)?))
}

/// Opens a case's key.
pub fn case_key(
    ring: &KeyRing,
    team: &str,
    case: Uuid,
    wrapped: &WrappedKey,
) -> Result<CaseKey, VaultError> {
    ring.unwrap(wrapped, &case_aad(team, case))
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed step is a failed test"
    )]

    use super::*;
    use crate::listener::read_envelope;

    #[test]
    fn what_a_newer_version_wrote_is_refused_by_name() {
        let mut written = encode(&Summary::default()).unwrap();
        assert_eq!(decode::<Summary>(&written).unwrap().from, "");
        written[0] = 2;
        let said = |fault: VaultError| fault.to_string();
        let newer = "written by a newer pillarbox (form 2)";
        assert_eq!(
            decode::<Summary>(&written).map_err(said).err().unwrap(),
            newer
        );
        assert_eq!(
            decode::<Understood>(&written).map_err(said).err().unwrap(),
            newer
        );
        assert_eq!(
            decode::<Letter>(&written).map_err(said).err().unwrap(),
            newer
        );
        assert_eq!(read_envelope(&written).map_err(said).err().unwrap(), newer);
        for damaged in [&[][..], &[0, 0], &[1]] {
            assert_eq!(
                decode::<Summary>(damaged).err(),
                Some(VaultError::Malformed)
            );
        }
    }

    /// A field that is left out when it is empty shifts all that stands behind it: the message could never be read again.
    #[test]
    fn what_was_extracted_reads_back_as_it_was() {
        let text = "Source: 192.0.2.10:22/tcp\nOn 2024-03-05 02:11 UTC and on 05/03/2024 at 02:12 it scanned 198.51.100.7.\n\
            See https://login.partner.example/a, CVE-2024-3094. TLP:AMBER";
        let part = extract::TextPart {
            id: "1",
            kind: extract::TextKind::Plain,
            text,
            attachment: false,
            forwarded: false,
        };
        let found = extract::extract(&[part], &extract::Context::default());
        assert_eq!(found.incident.times.len(), 2, "{found:?}");
        let written = encode(&found).unwrap();
        assert_eq!(decode::<Extraction>(&written).unwrap(), found);
    }

    #[test]
    fn what_was_filed_before_octets_were_kept_is_read_without_them() {
        #[derive(Serialize)]
        struct Before(Envelope, Option<Reading>, Extraction, AuthResults);
        let before = Before(
            Envelope::default(),
            None,
            Extraction::default(),
            AuthResults::default(),
        );
        let read: Understood = decode(&encode(&before).unwrap()).unwrap();
        assert!(read.octets.is_empty() && read.reading.is_none());
        let facts = PartFacts {
            part: "1.2".into(),
            size: 3,
            detected: "application/pdf".into(),
            sha256: [7; 32],
        };
        let now = Understood {
            octets: vec![facts.clone()],
            ..read
        };
        let read: Understood = decode(&encode(&now).unwrap()).unwrap();
        assert_eq!(read.octets, [facts]);
    }

    #[test]
    fn what_lists_kept_before_they_said_why_something_is_closed_is_read() {
        type Text = String;
        type Before = (
            (Text, Text, Text, Text, Text, Vec<Text>),
            (Text, Text, Vec<Text>, Text, Text, Text),
        );
        let mut before = Before::default();
        before.0.1 = "Scan".into();
        let read: Summary = decode(&encode(&before).unwrap()).unwrap();
        assert_eq!(
            (read.subject.as_str(), read.unopened.as_str()),
            ("Scan", "")
        );
        let now = Summary {
            unopened: "damaged".into(),
            ..read
        };
        let read: Summary = decode(&encode(&now).unwrap()).unwrap();
        assert_eq!(read.unopened, "damaged");
    }

    #[test]
    fn sealed_values_carry_their_form() {
        let ring = KeyRing::generate().unwrap();
        let key = ring.new_case_key(Epoch::STANDING).unwrap();
        let aad = entry_aad("team", "summary", Uuid::nil(), Uuid::nil());
        let sealed = seal(&key, &aad, &Summary::default()).unwrap();
        assert!(open::<Summary>(&key, &aad, &sealed).is_ok());
        let mut inside = key.open(&aad, &sealed).unwrap();
        inside[0] = 2;
        let newer = key.seal(&aad, &inside).unwrap();
        let opened = open::<Summary>(&key, &aad, &newer);
        assert_eq!(opened.err(), Some(VaultError::Newer(2)));
    }
}
