//! The path of one message: `read` ► `examine` ► (the caller looks up facts) ► `decide`. The only module that calls the stages.
//!
//! None of these returns a `Result`: a message that can't be parsed or decrypted is still a report, and suppression
//! stops the answer, never the record.

mod filing;
mod repeat;
mod withheld;

use extract::{Context, Extraction};

use crate::answer::Occasion;
use crate::authentication::{self, AuthResults};
use crate::envelope::{Envelope, ReversePath};
use crate::openpgp::{Layer, OpenPgp, SignedLayer, Verdict};
use crate::reading::Reading;
use crate::texts;
use crate::thread::{self, OwnMessageId, ReferenceFinder, References};
use crate::triage::{self, Disposition, DispositionKind, TriagePolicy};

pub use self::filing::{Filing, Link, LinkKind, Standing, TicketFact};
pub use self::repeat::{Earlier, may_repeat, says_for_itself};
pub use self::withheld::Withheld;
pub use crate::reading::read;

/// What the configuration says, read once.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How mail is classified.
    pub triage: TriagePolicy,
    /// How references are found.
    pub references: ReferenceFinder,
    /// Domains of the Message-IDs that we make, lower case.
    pub id_domains: Vec<String>,
    /// What extraction knows from outside the text; `date` and `language` are filled in for each message.
    pub context: Context,
    /// Names under which our own MTA writes `Authentication-Results`.
    pub authserv_ids: Vec<String>,
    /// What stands in `X-Pillarbox-Loop` of everything that we send.
    pub loop_token: String,
    /// When to answer.
    pub answers: AnswerPolicy,
}

/// When to answer.
#[derive(Clone, Debug)]
pub struct AnswerPolicy {
    /// Answer at all.
    pub enabled: bool,
    /// Answer senders that nothing authenticates.
    pub unauthenticated: bool,
    /// Answer what joins a ticket, too.
    pub follow_ups: bool,
    /// Our own addresses, lower case: never answered.
    pub own_addresses: Vec<String>,
    /// Most answers to one address in an hour and in a day, to one domain in a day, to everybody in an hour.
    pub most: Answered,
}

impl AnswerPolicy {
    /// The most answers. Whoever forges senders must not use up what proved ones are answered from: others get half of it.
    pub fn most_for(&self, proved: bool) -> Answered {
        let hour = self.most.hour;
        Answered {
            hour: if proved { hour } else { hour.div_ceil(2) },
            ..self.most
        }
    }
}

/// Numbers of answers; in [`Facts`] those given, in [`AnswerPolicy`] the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// To this address in the last hour.
    pub address_hour: u32,
    /// To this address in the last day.
    pub address_day: u32,
    /// To this domain in the last day.
    pub domain_day: u32,
    /// To everybody in the last hour.
    pub hour: u32,
}

/// What can be said before any fact is known.
#[derive(Clone, Debug)]
pub struct Examination {
    /// What it is, and whether it may be answered; decided before any content was looked at.
    pub disposition: Disposition,
    /// Ticket references of ours and of others.
    pub references: References,
    /// Message-IDs of mail that we sent, from In-Reply-To and References, or from a returned original.
    pub answers_to: Vec<OwnMessageId>,
    /// The one From address; `None` when there is none or several.
    pub sender: Option<String>,
    /// What SPF, DKIM, DMARC and ARC say.
    pub results: AuthResults,
    /// They prove that the one From address wrote it.
    pub authenticated: bool,
    /// Our references inside what those signatures cover: an outer Subject is anybody's (T26).
    pub signed_references: References,
    /// Fingerprints of certificates that are bound to the From address and whose signature checks over the whole message.
    pub signers: Vec<String>,
    /// Fingerprints of certificates that are not, but say that they are of the From address: each may be the first of its
    /// owner, or anybody's (T11).
    pub newcomers: Vec<String>,
}

/// What the store knows.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Tickets that the message names, in any way.
    pub tickets: Vec<TicketFact>,
    /// A certificate in [`Examination::signers`] was authenticated for the From address by somebody here.
    pub signer_known: bool,
    /// Answers given lately.
    pub answered: Answered,
    /// Whether mail reached the sender.
    pub reach: Reach,
    /// The same report came before; `None` when it did not, or not lately.
    pub earlier: Option<Earlier>,
}

/// What is known of mail to an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Nothing that speaks against it.
    #[default]
    Fine,
    /// It was refused for good less than a day ago.
    FailedLately,
    /// It was refused for good earlier.
    FailedBefore,
}

/// What becomes of a message.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it is; `reply` when it joins a ticket.
    pub disposition: Disposition,
    /// Where it goes.
    pub filing: Filing,
    /// What was extracted.
    pub extraction: Extraction,
    /// Whether and how it is acknowledged.
    pub answer: Answer,
    /// It is encrypted and could not be opened.
    pub undecryptable: bool,
    /// It joins a ticket because it says what its sender reported there before.
    pub repeated: bool,
}

/// Whether and how a message is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is.
    Send {
        /// To whom.
        recipient: String,
        /// With which text.
        occasion: Occasion,
    },
    /// It is not, for this reason.
    Withheld(Withheld),
}

/// What our own MTA found out about the sender; `None` when it did not say so.
pub fn relayed(envelope: &Envelope, reading: &Reading, policy: &Policy) -> Option<AuthResults> {
    authentication::relayed(envelope, reading, &policy.authserv_ids)
}

/// Classifies, and finds what the facts are needed for.
pub fn examine(
    envelope: &Envelope,
    reading: &Reading,
    results: AuthResults,
    policy: &Policy,
) -> Examination {
    let triage = TriagePolicy {
        own_loop_token: is_our_own(reading, policy),
        ..policy.triage.clone()
    };
    let disposition = triage::classify(envelope, reading, &triage);
    let subjects: Vec<&str> = [&reading.subject, &reading.outer_subject]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let opening = texts::opening(reading);
    let mut references = policy.references.find(&subjects, opening);
    policy
        .references
        .told(opening, texts::reports(reading), &mut references);
    let signed_subject = reading
        .subject
        .as_deref()
        .filter(|_| reading.openpgp.protected_subject);
    let signed_subjects: Vec<&str> = signed_subject.into_iter().collect();
    let signed_references = policy
        .references
        .find(&signed_subjects, texts::signed_opening(reading));
    let sender = match reading.from.as_slice() {
        [one] => Some(one.address.clone()),
        _ => None,
    };
    Examination {
        references,
        answers_to: answers_to(reading, disposition.kind, &policy.id_domains),
        authenticated: sender.as_deref().is_some_and(|from| results.proves(from)),
        results,
        sender,
        signers: signers(reading, |signed| signed.from_matches),
        newcomers: signers(reading, |signed| signed.claims_from && !signed.from_matches),
        signed_references,
        disposition,
    }
}

/// Mail of ours that this one answers, or that a notice is about: then its id stands in what was returned.
fn answers_to(reading: &Reading, kind: DispositionKind, domains: &[String]) -> Vec<OwnMessageId> {
    let notice = matches!(
        kind,
        DispositionKind::DeliveryStatus | DispositionKind::DispositionNotification
    );
    let returned = reading.returned_ids.iter().filter(|_| notice);
    let ids = reading
        .in_reply_to
        .iter()
        .chain(reading.references.iter().rev())
        .chain(returned);
    let mut found: Vec<OwnMessageId> = Vec::new();
    for own in ids
        .filter_map(|id| thread::parse_message_id(id, domains))
        .take(20)
    {
        if !found.contains(&own) {
            found.push(own);
        }
    }
    found
}

/// Whether our own mail has come back (T50).
fn is_our_own(reading: &Reading, policy: &Policy) -> bool {
    let mut loops = reading
        .headers
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("X-Pillarbox-Loop"));
    !policy.loop_token.is_empty() && loops.any(|field| field.raw == policy.loop_token)
}

impl Examination {
    /// The domain of the From address, when the sender is proved by it.
    pub fn proved_domain(&self) -> Option<&str> {
        let sender = self.sender.as_deref().filter(|_| self.authenticated)?;
        sender.rsplit_once('@').map(|(_, domain)| domain)
    }

    /// Whether something proves who sent it: DMARC and its kin, or a certificate that was authenticated here.
    pub fn sender_is_proved(&self, facts: &Facts) -> bool {
        self.authenticated || facts.signer_known
    }
}

/// Decides, from what was read and what is known.
pub fn decide(
    envelope: &Envelope,
    reading: &Reading,
    examination: &Examination,
    facts: &Facts,
    policy: &Policy,
) -> Outcome {
    let extraction = extraction(reading, &policy.context);
    let examination = &reconsidered(examination, &extraction);
    let mut disposition = examination.disposition.clone();
    let filing = filing::filing(examination, facts);
    let (filing, repeated) = repeat::settle(filing, facts);
    // Who sends his report again answers nothing.
    let joins = matches!(filing, Filing::Join { .. }) && !repeated;
    if joins && disposition.kind == DispositionKind::Report {
        disposition.kind = DispositionKind::Reply;
    }
    let undecryptable = reading.openpgp.encrypted && !reading.openpgp.decrypted;
    let answer = answer(
        envelope,
        examination,
        facts,
        (&filing, repeated),
        &reading.openpgp,
        &policy.answers,
    );
    Outcome {
        disposition,
        filing,
        extraction,
        answer,
        undecryptable,
        repeated,
    }
}

/// A request for the key that also tells of an incident is a report: its answer names the key, too.
fn reconsidered(examination: &Examination, extraction: &Extraction) -> Examination {
    let mut examination = examination.clone();
    let incident = &extraction.incident;
    let reports = !(incident.types.is_empty()
        && incident.sources.is_empty()
        && incident.destinations.is_empty());
    let disposition = &mut examination.disposition;
    if disposition.kind == DispositionKind::KeyRequest && reports {
        disposition.kind = DispositionKind::Report;
        if disposition.acknowledge {
            (disposition.rule, disposition.evidence) = (None, None);
        }
    }
    examination
}

/// What `inspect` shows of extraction, and what is stored.
pub fn extraction(reading: &Reading, context: &Context) -> Extraction {
    let mut context = context.clone();
    context.date.clone_from(&reading.date);
    context.language.clone_from(&reading.language);
    extract::extract(&texts::parts(reading), &context)
}

/// Whose signatures check, cover the whole message, and are such.
fn signers(reading: &Reading, such: impl Fn(&SignedLayer) -> bool) -> Vec<String> {
    let mut signers: Vec<String> = reading
        .openpgp
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Signed(signed)
                if matches!(signed.verdict, Verdict::Good | Verdict::GoodUnknownKey)
                    && such(signed)
                    && signed.covers == crate::openpgp::Covers::Whole =>
            {
                signed.signer.clone()
            }
            Layer::Signed(_) | Layer::Encrypted(_) => None,
        })
        .collect();
    signers.sort();
    signers.dedup();
    signers
}

/// An address that refused our mail for good is left alone, until a proved sender writes from it, a day later at the earliest:
/// it may have been made anew, but a machine that takes no mail is not written to for each of its reports.
fn is_undeliverable(examination: &Examination, facts: &Facts) -> bool {
    match facts.reach {
        Reach::Fine => false,
        Reach::FailedLately => true,
        Reach::FailedBefore => !examination.sender_is_proved(facts),
    }
}

fn answer(
    envelope: &Envelope,
    examination: &Examination,
    facts: &Facts,
    (filing, repeated): (&Filing, bool),
    openpgp: &OpenPgp,
    policy: &AnswerPolicy,
) -> Answer {
    let given = facts.answered;
    let most = policy.most_for(examination.sender_is_proved(facts));
    let Some(recipient) = examination
        .sender
        .clone()
        .filter(|_| envelope.reverse_path != ReversePath::Null)
    else {
        let reason = if examination.disposition.acknowledge {
            Withheld::NoAddress
        } else {
            Withheld::ByRule
        };
        return Answer::Withheld(reason);
    };
    let proved = examination.sender_is_proved(facts) || policy.unauthenticated;
    let asks_for_key = examination.disposition.kind == DispositionKind::KeyRequest;
    let reasons = [
        (!examination.disposition.acknowledge, Withheld::ByRule),
        (
            !is_answered_there(filing, policy) && !asks_for_key && !repeated,
            Withheld::Joined,
        ),
        (!policy.enabled, Withheld::Disabled),
        (
            policy.own_addresses.contains(&recipient.to_lowercase()),
            Withheld::OwnAddress,
        ),
        (!proved, Withheld::Unauthenticated),
        (
            is_undeliverable(examination, facts),
            Withheld::Undeliverable,
        ),
        (
            given.address_hour >= most.address_hour || given.address_day >= most.address_day,
            Withheld::AddressRate,
        ),
        (given.domain_day >= most.domain_day, Withheld::DomainRate),
        (given.hour >= most.hour, Withheld::GatewayRate),
    ];
    if let Some((_, reason)) = reasons.into_iter().find(|(applies, _)| *applies) {
        return Answer::Withheld(reason);
    }
    let occasion = if asks_for_key {
        Occasion::KeyRequest
    } else if repeated {
        Occasion::Repeated
    } else {
        occasion(examination, filing, openpgp)
    };
    Answer::Send {
        recipient,
        occasion,
    }
}

/// A new ticket is acknowledged once; what joins one, only where the team wants it, or when it is the same report again.
fn is_answered_there(filing: &Filing, policy: &AnswerPolicy) -> bool {
    match filing {
        Filing::Open { .. } => true,
        Filing::Join { .. } => policy.follow_ups,
        Filing::Suppress => false,
    }
}

/// Whether there is a ticket of the number that a message names is not told (T54), nor what stands in an encrypted one.
fn occasion(examination: &Examination, filing: &Filing, openpgp: &OpenPgp) -> Occasion {
    let unreadable = openpgp.encrypted && !openpgp.decrypted;
    let names_one = !examination.references.own.is_empty() && !openpgp.encrypted;
    match filing {
        Filing::Join { .. } => Occasion::FollowUp,
        Filing::Open { .. } | Filing::Suppress if unreadable => Occasion::Unreadable,
        Filing::Open { .. } | Filing::Suppress if names_one => Occasion::UnknownTag,
        Filing::Open { .. } | Filing::Suppress => Occasion::Received,
    }
}
