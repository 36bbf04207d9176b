//! Makes the mail that a message causes: composed here, signed or encrypted in a reader, which alone holds the secret key.

use intake::answer::language::{self, Hints};
use intake::answer::{self, ComposeError, Draft, Letterhead, Occasion, Request};
use intake::message;
use intake::reading::Reading;
use intake::thread::Purpose as OwnPurpose;
use jiff::Timestamp;
use uuid::Uuid;
use vault::Purpose;

use super::certificates::Signers;
use super::notice::addressed;
use super::place::Place;
use super::{Fault, Worker, repeats};
use crate::press::Press;
use crate::sender::Letter;
use crate::settings::domain_of;

/// A finished letter, and how it is protected: `signed`, `encrypted` or `clear`.
pub(super) struct Finished {
    pub letter: Letter,
    pub form: &'static str,
    /// Keyed digest of its Message-ID and recipient: what a notice about it is known by.
    pub addressed: Vec<u8>,
    /// ISO 639-1; empty for two languages in one.
    pub language: String,
}

/// What became of an answer.
pub(super) enum Written {
    /// It is ready.
    Finished(Box<Finished>),
    /// Nothing proves the sender, and it would be larger than his mail: who forges him could have him sent more than he
    /// sends himself (T51).
    Larger,
    /// It can't be composed, signed or built: the reason is logged, the ticket is made all the same.
    Failed,
}

impl Written {
    /// The letter, when there is one.
    pub(super) fn finished(&self) -> Option<&Finished> {
        match self {
            Written::Finished(finished) => Some(finished),
            Written::Larger | Written::Failed => None,
        }
    }
}

/// What the letter is about.
pub(super) struct About<'a> {
    pub place: &'a Place<'a>,
    pub recipient: &'a str,
    pub occasion: Occasion,
    pub reading: &'a Reading,
    pub signers: &'a Signers,
}

/// What a Message-ID of ours is for.
const PURPOSE: OwnPurpose = OwnPurpose::Acknowledgement;

impl Worker {
    /// Encrypted where that can be, else signed.
    pub(super) async fn letter(&self, about: &About<'_>) -> Result<Written, Fault> {
        let now = Timestamp::now();
        let letterhead = self.letterhead.borrow().clone();
        // Our key is no secret.
        let recipients = match about.occasion {
            Occasion::KeyRequest => Vec::new(),
            Occasion::Received
            | Occasion::Unreadable
            | Occasion::UnknownTag
            | Occasion::FollowUp
            | Occasion::Reopened
            | Occasion::Repeated => self.certificates_for(about).await?,
        };
        let mut request = self.request(about, &letterhead, now);
        let most = self.most_octets(about);
        let reference = &about.place.reference;
        // An answer in clear may have to say less than one that is encrypted, so each is composed by itself.
        if !recipients.is_empty() {
            request.encrypted = true;
            request.language = self.language(about, &letterhead, true);
            let draft = self.composed(answer::compose(&letterhead, &request), reference);
            if let Some(mut draft) = draft {
                if !fits(&mut draft, most) {
                    return Ok(Written::Larger);
                }
                let message = self.press().encrypted(&draft, recipients, now).await?;
                match self.finish(about, message, "encrypted", &request) {
                    Written::Failed => {}
                    written @ (Written::Finished(_) | Written::Larger) => return Ok(written),
                }
            }
        }
        request.encrypted = false;
        request.occasion = told_in_clear(about);
        request.language = self.language(about, &letterhead, false);
        let draft = self.composed(answer::compose(&letterhead, &request), reference);
        let Some(mut draft) = draft else {
            return Ok(Written::Failed);
        };
        if !fits(&mut draft, most) {
            return Ok(Written::Larger);
        }
        let form = if letterhead.keyless {
            "clear"
        } else {
            "signed"
        };
        let press = self.press();
        let message = press.signed(&draft, &letterhead, reference, now).await?;
        Ok(self.finish(about, message, form, &request))
    }

    fn finish(
        &self,
        about: &About<'_>,
        message: Option<Vec<u8>>,
        form: &'static str,
        request: &Request,
    ) -> Written {
        let reference = &about.place.reference;
        let press = self.press();
        let letter = message.and_then(|one| press.letter_to(about.recipient, reference, one));
        let Some(letter) = letter else {
            return Written::Failed;
        };
        let most = self.most_octets(about);
        if most.is_some_and(|most| letter.message.len() > most) {
            return Written::Larger;
        }
        Written::Finished(Box::new(Finished {
            letter,
            form,
            addressed: self.addressed_digest(request),
            language: request.language.clone().unwrap_or_default(),
        }))
    }

    /// The octets that an answer may have at most; `None` where the sender is proved, or nobody can forge one. What relays, our
    /// own among them, wrote into the header is not counted as the sender's.
    fn most_octets(&self, about: &About<'_>) -> Option<usize> {
        let decided = about.place.decided;
        let proved = decided.examination.sender_is_proved(&decided.known.facts);
        if proved || self.acknowledge.unauthenticated_larger {
            return None;
        }
        let mut octets: usize = 0;
        message::content_identity(&decided.mail.raw, &mut |piece| {
            octets = octets.saturating_add(piece.len());
        });
        Some(octets)
    }

    /// What was composed; a template that failed is an alert, and lost nothing.
    pub(super) fn composed(
        &self,
        draft: Result<Draft, ComposeError>,
        reference: &str,
    ) -> Option<Draft> {
        match draft {
            Ok(draft) => {
                if let Some(fault) = draft.template_fault() {
                    tracing::error!(
                        ticket = reference, %fault,
                        "a text of an answer failed: the built-in one was sent; see `pillarbox config check`"
                    );
                    self.metrics.template_fault(1);
                }
                Some(draft)
            }
            Err(error) => {
                tracing::warn!(ticket = reference, %error, "no acknowledgement");
                None
            }
        }
    }

    /// What finished mail is made with.
    pub(super) fn press(&self) -> Press<'_> {
        Press {
            readers: &self.readers,
            signers: &self.signers,
            hidden: self.acknowledge.hide_recipients,
        }
    }

    fn request(&self, about: &About<'_>, letterhead: &Letterhead, now: Timestamp) -> Request {
        let (place, reading) = (about.place, about.reading);
        let decided = place.decided;
        let token = self
            .ring
            .reply_token(place.case.into_bytes(), "", PURPOSE.as_str());
        let domain = domain_of(&letterhead.address);
        let came_encrypted = reading.openpgp.encrypted;
        // What was encrypted shapes no answer, opened or not: not its Subject, and in clear not its language (T06).
        let subject = reading
            .outer_subject
            .clone()
            .filter(|_| !reading.openpgp.protected_subject && !came_encrypted);
        let foreign = decided.examination.references.foreign.iter();
        let in_subject = |raw: &&String| subject.as_deref().is_some_and(|s| s.contains(*raw));
        Request {
            recipient: about.recipient.into(),
            reference: place.reference.clone(),
            foreign: foreign
                .map(|known| &known.raw)
                .filter(in_subject)
                .cloned()
                .collect(),
            subject,
            in_reply_to: reading.message_id.clone(),
            language: None,
            occasion: about.occasion,
            encrypted: false,
            came_encrypted,
            marking: decided.outcome.extraction.tlp.filter(|_| !came_encrypted),
            due: place.due.clone(),
            since: repeats::since(decided),
            message_id: intake::thread::message_id_for(place.serial, PURPOSE, &token, domain)
                .trim_matches(['<', '>'])
                .to_owned(),
            loop_token: self.policy.loop_token.clone(),
            now,
        }
    }

    /// What was recognised in a decrypted text is not told in clear.
    fn language(
        &self,
        about: &About<'_>,
        letterhead: &Letterhead,
        encrypted: bool,
    ) -> Option<String> {
        let decided = about.place.decided;
        let mut forward_paths = decided.mail.envelope.forward_paths.iter();
        let may_tell = encrypted || !about.reading.openpgp.encrypted;
        let detected = about.reading.language.as_deref().filter(|_| may_tell);
        let hints = Hints {
            preferred: decided.known.language.as_deref(),
            addressed: forward_paths.find_map(|path| self.language_of(path)),
            header: &about.reading.headers,
            detected,
        };
        language::choose(&hints, &letterhead.languages)
    }

    /// The language of an address of ours, or of its local part; `+detail` does not count.
    fn language_of(&self, path: &str) -> Option<&str> {
        let path = path.to_lowercase();
        let (local, domain) = path.rsplit_once('@')?;
        let local = local.split('+').next().unwrap_or(local);
        let whole = format!("{local}@{domain}");
        let languages = &self.acknowledge.address_languages;
        let mut named = languages.iter();
        let named = named.find(|(name, _)| {
            let name = name.to_lowercase();
            name == whole || name == local
        });
        named.map(|(_, language)| language.as_str())
    }

    /// The certificate that signed this very mail, if it is the sender's; else the one that is known to be his by more than
    /// its own word; else, from one of whom none is known yet, the one that signed. Never another one beside a known one (T11).
    async fn certificates_for(&self, about: &About<'_>) -> Result<Vec<Vec<u8>>, Fault> {
        let signers = about.signers;
        for known in self.book.named(&signers.bound).await? {
            if known.holds(about.recipient).is_some() {
                return Ok(vec![known.certificate]);
            }
        }
        if let Some(bound) = self.book.bound_to(about.recipient).await? {
            return Ok(vec![bound]);
        }
        for brought in &about.reading.certificates {
            let vetted = self.book.vet(&brought.certificate, None).await?;
            let signed = |fingerprint: &String| signers.first.contains(fingerprint);
            if vetted.iter().any(|one| signed(&one.info.fingerprint)) {
                return Ok(vec![brought.certificate.clone()]);
            }
        }
        Ok(Vec::new())
    }

    fn addressed_digest(&self, request: &Request) -> Vec<u8> {
        let domain = request
            .message_id
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        let own = intake::thread::parse_message_id(&request.message_id, &[domain.to_lowercase()]);
        own.map_or_else(Vec::new, |own| {
            addressed(&self.ring, &own, &request.recipient)
        })
    }
}

/// What an answer in clear says: not that what came encrypted says the same as another message (T06).
fn told_in_clear(about: &About<'_>) -> Occasion {
    let tells = about.occasion == Occasion::Repeated && about.reading.openpgp.encrypted;
    if tells {
        Occasion::FollowUp
    } else {
        about.occasion
    }
}

/// Whether a draft, which a signature can only make larger, has room in so many octets: then our key, the largest of its fields,
/// is left out.
fn fits(draft: &mut Draft, most: Option<usize>) -> bool {
    let Some(most) = most else {
        return true;
    };
    draft.leave_key_out();
    draft.unsigned().is_ok_and(|least| least.len() <= most)
}

/// The same on everything that we send: a mail that comes back with it is our own.
pub(crate) fn loop_token(ring: &vault::KeyRing, team: &str) -> String {
    let digest = ring.digest(Purpose::OwnMessageId, &[b"loop", team.as_bytes()]);
    Uuid::from_bytes(digest).simple().to_string()
}
