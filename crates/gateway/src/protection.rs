//! How a message was protected, in the words that are stored: never more than its signatures are over.

use intake::openpgp::{Covers, Layer, SignedLayer, Verdict};
use intake::reading::Reading;

use crate::sealing::Summary;
use crate::store::{EntryRow, QueueRow};

/// Signatures check by a verified key, and are over a part of what is shown.
pub(crate) const PART_GOOD: &str = "part_good";
/// The same by a key that nobody here has verified.
pub(crate) const PART_UNKNOWN: &str = "part_good_unknown_key";
/// Signatures check, and are over nothing that is shown: a ciphertext, as a rule.
pub(crate) const NOTHING_SHOWN: &str = "nothing_shown";

/// They check, over all that is shown, by a verified key that is of another address than From.
pub(crate) const OTHER_ADDRESS: &str = "good_other_address";

/// The verdict on its signatures that an analyst must not miss, in one word; `none` without a signature. Where all check, what they
/// are over counts: unless one is over all that is shown, anybody may have written the rest (T20).
pub(crate) fn signature(reading: Option<&Reading>) -> &'static str {
    let rank = |signed: &SignedLayer| match signed.verdict {
        Verdict::Bad => (7, "bad"),
        Verdict::Malformed => (6, "malformed"),
        Verdict::RevokedKey => (5, "revoked_key"),
        Verdict::ExpiredKey => (4, "expired_key"),
        Verdict::MissingKey => (3, "missing_key"),
        Verdict::GoodUnknownKey if signed.other_address => (1, OTHER_ADDRESS),
        Verdict::GoodUnknownKey => (2, "good_unknown_key"),
        Verdict::Good => (0, "good"),
    };
    let signed: Vec<&SignedLayer> = reading.map_or_else(Vec::new, signatures);
    let worst = signed.iter().map(|signed| rank(signed)).max();
    let is_whole = signed.iter().any(|signed| signed.covers == Covers::Whole);
    let is_shown = signed.iter().any(|signed| !signed.parts.is_empty());
    match worst {
        None => "none",
        Some((3.., word)) => word,
        Some((_, word)) if is_whole => word,
        Some(_) if !is_shown => NOTHING_SHOWN,
        Some((1.., _)) => PART_UNKNOWN,
        Some(_) => PART_GOOD,
    }
}

fn signatures(reading: &Reading) -> Vec<&SignedLayer> {
    let layers = reading.openpgp.layers.iter();
    let signed = layers.filter_map(|layer| match layer {
        Layer::Signed(signed) => Some(signed),
        Layer::Encrypted(_) => None,
    });
    signed.collect()
}

/// Whether an encrypted message stayed closed.
pub(crate) fn stays_closed(reading: &Reading) -> bool {
    reading.openpgp.encrypted && !reading.openpgp.decrypted
}

/// Why it stayed closed, a word of [`intake::openpgp::OpenPgp::error`]; empty when it did not.
pub(crate) fn unopened(reading: &Reading) -> String {
    if !stays_closed(reading) {
        return String::new();
    }
    let layers = reading.openpgp.layers.iter();
    let mut errors = layers.filter_map(|layer| match layer {
        Layer::Encrypted(layer) => layer.error.clone(),
        Layer::Signed(_) => None,
    });
    let first = errors.next().or_else(|| reading.openpgp.error.clone());
    first.unwrap_or_default()
}

/// What one place shows of it.
#[derive(Clone, Copy)]
pub(crate) struct Protected<'a> {
    pub(crate) was_encrypted: bool,
    /// `unread`, `undecryptable`, or empty.
    pub(crate) needs_human: &'a str,
    /// As [`unopened`]; empty when it is not known.
    pub(crate) unopened: &'a str,
    /// As [`signature`].
    pub(crate) signature: &'a str,
}

/// What a message that stayed closed lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// It is for none of our keys.
    Key,
    /// It is not as it was made, or never was well made.
    Damaged,
    /// Something else, or nobody knows.
    Other,
}

impl<'a> Protected<'a> {
    /// As it was read, if that can be told: what lists keep may be of before parts counted. `unopened` is that of the reading.
    pub(crate) fn read(
        entry: &'a EntryRow,
        reading: Option<&Reading>,
        (needs_human, unopened): (&'a str, &'a str),
    ) -> Protected<'a> {
        Protected {
            was_encrypted: entry.was_encrypted,
            needs_human,
            unopened,
            signature: match reading {
                Some(reading) => signature(Some(reading)),
                None => &entry.signature,
            },
        }
    }

    /// As lists keep it, of a ticket's first message.
    pub(crate) fn listed(row: &'a QueueRow, summary: &'a Summary) -> Protected<'a> {
        Protected {
            was_encrypted: row.first.was_encrypted,
            needs_human: &row.needs_human,
            unopened: &summary.unopened,
            signature: &row.first.signature,
        }
    }

    pub(crate) fn lack(self) -> Lack {
        match self.unopened {
            "no_key" => Lack::Key,
            "damaged" | "malformed" => Lack::Damaged,
            _ => Lack::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use intake::openpgp::{EncryptedLayer, Form};

    use super::*;

    fn signed(verdict: Verdict, covers: Covers, parts: &[&str]) -> Layer {
        Layer::Signed(SignedLayer {
            form: Form::Mime,
            verdict,
            signer: None,
            covers,
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            from_matches: verdict == Verdict::Good,
            claims_from: false,
            other_address: false,
            key: None,
            digest: None,
            made: None,
            error: None,
        })
    }

    fn word(layers: Vec<Layer>) -> &'static str {
        let mut reading = Reading::default();
        reading.openpgp.layers = layers;
        signature(Some(&reading))
    }

    #[test]
    fn signature_over_a_part_is_never_called_good() {
        use Covers::{Part, Whole};
        use Verdict::{Bad, Good, GoodUnknownKey, MissingKey};
        assert_eq!(signature(None), "none");
        assert_eq!(word(Vec::new()), "none");
        assert_eq!(word(vec![signed(Good, Whole, &["1"])]), "good");
        assert_eq!(word(vec![signed(Good, Part, &["2"])]), PART_GOOD);
        assert_eq!(word(vec![signed(Good, Part, &[])]), NOTHING_SHOWN);
        assert_eq!(
            word(vec![signed(GoodUnknownKey, Part, &["2"])]),
            PART_UNKNOWN
        );
        // One over all, and one more of a report that it passes on.
        let both = vec![signed(Good, Whole, &["1", "2"]), signed(Good, Part, &["2"])];
        assert_eq!(word(both), "good");
        // A part signed by a key of somebody else.
        let both = vec![
            signed(Good, Part, &["1"]),
            signed(GoodUnknownKey, Part, &["2"]),
        ];
        assert_eq!(word(both), PART_UNKNOWN);
        let worse = vec![signed(Good, Part, &["1"]), signed(Bad, Part, &["2"])];
        assert_eq!(word(worse), "bad");
        assert_eq!(word(vec![signed(MissingKey, Part, &["2"])]), "missing_key");
    }

    #[test]
    fn verified_key_of_another_address_is_neither_good_nor_unknown() {
        use Covers::{Part, Whole};
        let other = |covers| match signed(Verdict::GoodUnknownKey, covers, &["1"]) {
            Layer::Signed(layer) => Layer::Signed(SignedLayer {
                other_address: true,
                ..layer
            }),
            Layer::Encrypted(layer) => Layer::Encrypted(layer),
        };
        assert_eq!(word(vec![other(Whole)]), OTHER_ADDRESS);
        assert_eq!(word(vec![other(Part)]), PART_UNKNOWN);
        let and_good = vec![other(Whole), signed(Verdict::Good, Whole, &["1"])];
        assert_eq!(word(and_good), OTHER_ADDRESS);
        let nobody = signed(Verdict::GoodUnknownKey, Whole, &["1"]);
        assert_eq!(word(vec![other(Whole), nobody]), "good_unknown_key");
        let bad = signed(Verdict::Bad, Part, &["1"]);
        assert_eq!(word(vec![other(Whole), bad]), "bad");
    }

    #[test]
    fn why_it_stayed_closed_is_that_of_the_outermost_that_did() {
        let mut reading = Reading::default();
        reading.openpgp.encrypted = true;
        reading.openpgp.error = Some("no_key".into());
        assert_eq!(unopened(&reading), "no_key");
        reading.openpgp.layers = vec![Layer::Encrypted(EncryptedLayer {
            form: Form::Mime,
            key: None,
            integrity: None,
            error: Some("damaged".into()),
            ciphertext: None,
        })];
        assert_eq!(unopened(&reading), "damaged");
        reading.openpgp.decrypted = true;
        assert_eq!(unopened(&reading), "");
    }
}
