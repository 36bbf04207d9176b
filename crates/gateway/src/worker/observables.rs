//! Searchable values: a truncated keyed index in clear, the value sealed.

use extract::IndicatorKind;
use vault::{Field, VaultError};

use super::Worker;
use super::place::Place;
use super::record::Decided;
use crate::sealing;
use crate::store::NewObservable;

/// Bits of a blind index (`threats.md` B6): enough to search, too few to tell equal values by.
pub(crate) const INDEX_BITS: u8 = 12;
/// Searchable values of one message; more are found in its text only.
const MOST_OBSERVABLES: usize = 500;

impl Worker {
    pub(super) fn observables(&self, place: &Place<'_>) -> Result<Vec<NewObservable>, VaultError> {
        let received = place
            .decided
            .mail
            .envelope
            .received_at
            .to_zoned(jiff::tz::TimeZone::UTC);
        let month = (received.year(), u8::try_from(received.month()).unwrap_or(0));
        let values = searchable(place.decided);
        let mut observables = Vec::with_capacity(values.len());
        for (number, (field, value)) in (1i16..).zip(values) {
            let index_field = field_by_number(field).ok_or(VaultError::Malformed)?;
            let index = self
                .ring
                .blind_index(index_field, &self.team, month, &value, INDEX_BITS);
            let aad =
                sealing::observable_aad(&self.team, place.case, place.decided.mail.id, number);
            observables.push(NewObservable {
                field,
                month: received.strftime("%Y-%m-01").to_string(),
                index: index.value(),
                value: place.key.seal(&aad, value.as_bytes())?,
            });
        }
        Ok(observables)
    }
}

/// What can be searched for later: number of the field, normalised value.
fn searchable(decided: &Decided<'_>) -> Vec<(i16, String)> {
    let mut values = Vec::new();
    if let Some(sender) = &decided.examination.sender {
        values.push((9, sender.to_lowercase()));
        if let Some((_, domain)) = sender.rsplit_once('@') {
            values.push((10, domain.to_lowercase()));
        }
    }
    values.extend(
        decided
            .examination
            .references
            .foreign
            .iter()
            .map(|known| (11, known.raw.to_lowercase())),
    );
    let mut indicators: Vec<(i16, String)> = Vec::new();
    for indicator in &decided.outcome.extraction.indicators {
        let is_url = indicator.kind == IndicatorKind::Url;
        let value = if is_url {
            url_host(&indicator.value)
        } else {
            indicator.value.clone()
        };
        indicators.extend(field_of(indicator.kind).map(|field| (field, value)));
    }
    indicators.sort();
    indicators.dedup();
    indicators.truncate(MOST_OBSERVABLES);
    values.extend(indicators);
    values.sort();
    values.dedup();
    values
}

/// The host of a URL, lower case; the URL itself when it has none.
fn url_host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let bare = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => host.split(':').next().unwrap_or(host),
    };
    if bare.is_empty() {
        url.to_owned()
    } else {
        bare.to_lowercase()
    }
}

fn field_of(kind: IndicatorKind) -> Option<i16> {
    match kind {
        IndicatorKind::Ipv4 | IndicatorKind::Ipv6 => Some(0),
        IndicatorKind::Cidr => Some(1),
        IndicatorKind::IpRange => None,
        IndicatorKind::Domain => Some(3),
        IndicatorKind::Url => Some(4),
        IndicatorKind::Email => Some(5),
        IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::Sha512 => Some(6),
        IndicatorKind::Cve => Some(7),
        IndicatorKind::Asn => Some(8),
    }
}

/// The index field behind a number in the database: never change one.
pub(crate) fn field_by_number(number: i16) -> Option<Field> {
    Some(match number {
        0 => Field::Ip,
        1 => Field::Network,
        2 => Field::Port,
        3 => Field::Domain,
        4 => Field::UrlHost,
        5 => Field::MailAddress,
        6 => Field::FileHash,
        7 => Field::Cve,
        8 => Field::Asn,
        9 => Field::SenderAddress,
        10 => Field::SenderDomain,
        11 => Field::ForeignReference,
        _ => return None,
    })
}
