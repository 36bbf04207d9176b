//! A letter of an analyst, to the reporter or to others (T11): made ready, shown, sent, and taken back while it is held.
//!
//! Each recipient gets a copy of his own, with a Message-ID and a reply token of its own, encrypted to him alone where a certificate
//! is his by the rules of [`crate::correspondents`]. It is kept on the ticket as an entry, sealed like any other.

mod once;
mod send;
mod undo;

use intake::answer::{self, ComposeError, Letter as Words};
use intake::thread::{Purpose, message_id_for, parse_message_id};
use jiff::Timestamp;
use uuid::Uuid;

use super::post::Post;
use super::refusal::{Close, LetterRefusal};
use super::thread::Thread;
use super::{Acting, ActionFault};
use crate::correspondents::BookFault;
use crate::reader::{Done, Job};
use crate::sender::Letter;
use crate::settings::domain_of;
use crate::store::TicketRow;
use crate::worker::{addressed, token};
use extract::Tlp;

pub use send::{HOLD, send};
pub use undo::{authors, take_back};

/// Recipients of one letter.
pub const MOST_RECIPIENTS: usize = 20;
/// Octets of its text.
pub const MOST_TEXT: usize = 256 << 10;

/// What an analyst wants to be sent.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// To whom; empty for the reporter.
    pub to: Vec<String>,
    /// Who else reads it.
    pub cc: Vec<String>,
    /// Instead of the report's Subject.
    pub subject: Option<String>,
    /// His words.
    pub text: String,
    /// A marking, when that of the ticket is not strict enough.
    pub marking: Option<Tlp>,
    /// An answer of each recipient in `to` is expected until then.
    pub until: Option<Timestamp>,
    /// To those without a certificate in clear, whatever the ticket says.
    pub allow_clear: bool,
    /// The form that it comes from: what the same form says again is not sent again. `None`: whoever calls sees to that.
    pub once: Option<Uuid>,
}

/// A letter that is ready to be sent.
pub struct Ready {
    ticket: Uuid,
    reporter: Option<String>,
    was_encrypted: bool,
    /// Why nothing of the ticket may leave in clear.
    close: Option<Close>,
    allow_clear: bool,
    until: Option<Timestamp>,
    /// See [`Wish::once`], as the trail has it.
    once: Option<String>,
    /// Without protection, as it is filed.
    plain: Vec<u8>,
    /// The Subject with all that stands in it.
    pub subject: String,
    /// The marking on it.
    pub marking: Option<Tlp>,
    /// One for each recipient, `to` before `cc`.
    pub copies: Vec<Copy>,
}

/// The copy of one recipient.
pub struct Copy {
    /// To whom.
    pub recipient: String,
    /// `encrypted`, `signed`, or `clear` of a team without a key.
    pub form: &'static str,
    /// Fingerprint of the certificate to which it is encrypted; empty when it is not.
    pub certificate: String,
    /// An answer is expected of him.
    pub awaited: bool,
    letter: Letter,
    /// Keyed digest of its Message-ID and recipient: what a notice about it is known by.
    addressed: Vec<u8>,
}

impl Ready {
    /// Those who would get it in clear, although the ticket forbids that.
    pub fn barred(&self) -> Vec<&str> {
        let clear = self.copies.iter().filter(|copy| copy.form != "encrypted");
        let clear = clear.filter(|_| self.close.is_some());
        clear.map(|copy| copy.recipient.as_str()).collect()
    }

    /// To whom it goes, and how: what was looked at is told by it from what is sent.
    pub fn seen(&self) -> String {
        let copies = self.copies.iter();
        let copies =
            copies.map(|copy| format!("{} {} {}", copy.recipient, copy.form, copy.certificate));
        copies.collect::<Vec<String>>().join("; ")
    }

    /// Nothing goes in clear that must not.
    fn check(&self) -> Result<(), ActionFault> {
        let (Some(why), [_, ..], false) = (&self.close, &*self.barred(), self.allow_clear) else {
            return Ok(());
        };
        let (why, to) = (why.clone(), self.barred().join(", "));
        Err(LetterRefusal::InClear { why, to }.into())
    }
}

/// Composes, signs and encrypts a letter, and writes nothing.
///
/// # Errors
/// [`ActionFault::Refused`] says what can't be sent and why; to whom only in clear, when the ticket forbids that.
pub async fn prepare(
    acting: &Acting<'_>,
    post: &Post,
    ticket: Uuid,
    wish: &Wish,
) -> Result<Ready, ActionFault> {
    let ready = draft(acting, post, ticket, wish).await?;
    ready.check()?;
    Ok(ready)
}

/// As [`prepare`], also where it can't be sent so: to be shown.
///
/// # Errors
/// [`ActionFault::Refused`] says what can't be written and why.
pub async fn draft(
    acting: &Acting<'_>,
    post: &Post,
    ticket: Uuid,
    wish: &Wish,
) -> Result<Ready, ActionFault> {
    let row = acting.open_ticket(ticket).await?;
    let mut thread = Thread::of(acting, ticket).await?;
    thread.marking = thread.marking.max(wish.marking);
    let (to, cc) = recipients(post, &thread, wish)?;
    let words = Words {
        to,
        cc,
        reference: intake::thread::TicketRef {
            team: acting.team.to_owned(),
            serial: row.serial.unsigned_abs(),
        }
        .to_string(),
        subject: wish.subject.clone().or_else(|| thread.subject.clone()),
        foreign: thread.foreign.clone(),
        in_reply_to: None,
        marking: thread.marking,
        text: wish.text.clone(),
        message_id: String::new(),
        loop_token: post.loop_token.clone(),
        now: Timestamp::now(),
    };
    let each = words.to.iter().chain(&words.cc).cloned();
    let mut writing = Writing {
        acting,
        post,
        row: &row,
        thread: &thread,
        secret_subject: thread.subject_is_secret && wish.subject.is_none(),
        words: words.clone(),
    };
    let mut copies = Vec::new();
    for recipient in each {
        let awaited = wish.until.is_some() && words.to.contains(&recipient);
        copies.push(writing.copy(recipient, awaited).await?);
    }
    let all_encrypted = copies.iter().all(|copy| copy.form == "encrypted");
    let draft = answer::compose_letter(&post.letterhead, &writing.words)
        .map_err(|error| composing(&error))?;
    Ok(Ready {
        ticket,
        reporter: thread.reporter.clone(),
        was_encrypted: thread.encrypted || all_encrypted,
        close: thread.is_close().then(|| why_close(&thread)),
        allow_clear: wish.allow_clear,
        until: wish.until,
        once: once::digest(acting, ticket, wish),
        plain: draft.unsigned().map_err(|error| composing(&error))?,
        subject: draft.subject().to_owned(),
        marking: thread.marking,
        copies,
    })
}

fn composing(error: &ComposeError) -> ActionFault {
    LetterRefusal::Composing(error.to_string()).into()
}

fn why_close(thread: &Thread) -> Close {
    match (thread.encrypted, thread.sealed, thread.marking) {
        (true, _, _) => Close::Encrypted,
        (false, true, _) => Close::Sealed,
        (false, false, marking) => Close::Marked(marking.map_or("", Tlp::as_str)),
    }
}

/// Whom it goes to; each once.
fn recipients(
    post: &Post,
    thread: &Thread,
    wish: &Wish,
) -> Result<(Vec<String>, Vec<String>), ActionFault> {
    if wish.text.trim().is_empty() || wish.text.len() > MOST_TEXT {
        return Err(LetterRefusal::Length.into());
    }
    let red = thread.marking == Some(Tlp::Red);
    let to = match (&thread.reporter, wish.to.is_empty()) {
        (_, false) => wish.to.clone(),
        (_, true) if red => {
            return Err(LetterRefusal::Red.into());
        }
        (Some(reporter), true) => vec![reporter.clone()],
        (None, true) if thread.sealed => {
            return Err(LetterRefusal::ReporterSealed.into());
        }
        (None, true) => return Err(LetterRefusal::NoReporter.into()),
    };
    let mut seen = vec![post.letterhead.address.to_lowercase()];
    let mut once = |addresses: &[String]| -> Vec<String> {
        let mut kept = addresses.to_vec();
        kept.retain(|address| {
            let address = address.to_lowercase();
            let is_new = !seen.contains(&address);
            seen.push(address);
            is_new
        });
        kept
    };
    let (to, cc) = (once(&to), once(&wish.cc));
    match to.len().saturating_add(cc.len()) {
        0 => Err(LetterRefusal::OwnAddress.into()),
        _ if to.is_empty() => Err(LetterRefusal::NobodyInTo.into()),
        1..=MOST_RECIPIENTS => Ok((to, cc)),
        _ => Err(LetterRefusal::Recipients.into()),
    }
}

/// A letter while its copies are made.
struct Writing<'a> {
    acting: &'a Acting<'a>,
    post: &'a Post,
    row: &'a TicketRow,
    thread: &'a Thread,
    /// The Subject stood inside an encryption, and is told in none but another.
    secret_subject: bool,
    words: Words,
}

impl Writing<'_> {
    async fn copy(&mut self, recipient: String, awaited: bool) -> Result<Copy, ActionFault> {
        let (ticket, serial) = (self.row.id, self.row.serial.unsigned_abs());
        let letterhead = &self.post.letterhead;
        let domain = domain_of(&letterhead.address).to_lowercase();
        let token = token::of_letter(self.acting.ring, ticket);
        let id = message_id_for(serial, Purpose::Letter, &token, &domain);
        let last = self.thread.last.get(&recipient.to_lowercase());
        self.words.in_reply_to = last.and_then(|last| last.message_id.clone());
        self.words.message_id = id.trim_matches(['<', '>']).to_owned();
        let (press, now) = (self.post.press(), self.words.now);
        let certificate = self.certificate(&recipient).await?;
        let mut used = String::new();
        let draft =
            answer::compose_letter(letterhead, &self.words).map_err(|error| composing(&error))?;
        let encrypted = match certificate {
            Some(certificate) => {
                used = self.fingerprint(&certificate).await?;
                press.encrypted(&draft, vec![certificate], now).await?
            }
            None => None,
        };
        let (message, form) = match encrypted {
            Some(message) => (Some(message), "encrypted"),
            None => {
                let mut open = self.words.clone();
                open.subject.take_if(|_| self.secret_subject);
                let draft =
                    answer::compose_letter(letterhead, &open).map_err(|error| composing(&error))?;
                let signed = press.signed(&draft, letterhead, &open.reference, now);
                let form = if letterhead.keyless {
                    "clear"
                } else {
                    "signed"
                };
                (signed.await?, form)
            }
        };
        let reference = &self.words.reference;
        let letter = message.and_then(|one| press.letter_to(&recipient, reference, one));
        let letter = letter.ok_or(LetterRefusal::Unsigned)?;
        let own = parse_message_id(&id, &[domain]);
        Ok(Copy {
            addressed: own.map_or_else(Vec::new, |own| {
                addressed(self.acting.ring, &own, &recipient)
            }),
            letter: Letter {
                reverse_path: letterhead.address.clone(),
                ..letter
            },
            certificate: match form {
                "encrypted" => used,
                _ => String::new(),
            },
            recipient,
            form,
            awaited,
        })
    }

    /// A reader looks at it: others wrote it.
    async fn fingerprint(&self, certificate: &[u8]) -> Result<String, ActionFault> {
        let job = Job::Vet {
            octets: certificate.to_vec(),
            held: None,
            now: self.words.now,
        };
        let done = self.post.press().run(&job).await?;
        Ok(match done {
            Some(Done::Vetted(vetted)) => vetted
                .into_iter()
                .next()
                .map_or_else(String::new, |one| one.info.fingerprint),
            Some(_) | None => String::new(),
        })
    }

    /// The one that speaks for an address by more than its own word; else the one that it has, when that signed its mail here.
    async fn certificate(&self, recipient: &str) -> Result<Option<Vec<u8>>, ActionFault> {
        let book = &self.post.book;
        let fault = |error: BookFault| LetterRefusal::Certificates(error.to_string());
        if let Some(bound) = book.bound_to(recipient).await.map_err(fault)? {
            return Ok(Some(bound));
        }
        let last = self.thread.last.get(&recipient.to_lowercase());
        let signers = last.map_or(&[][..], |last| last.signers.as_slice());
        let known = book.named(signers).await.map_err(fault)?;
        let mut his = known
            .into_iter()
            .filter(|known| known.holds(recipient).is_some());
        Ok(his.next().map(|known| known.certificate))
    }
}
