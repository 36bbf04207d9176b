//! A letter that an analyst wrote: his words, under our tag and the marking. Nothing of the report is in it but what he says.

use extract::Tlp;
use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::HeaderName;

use super::{ComposeError, Draft, Letterhead, address, from, is_message_id, one_line, subject};

/// A letter to one of its recipients. All of them read the same; each copy has an id of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Vec<String>,
    /// Who else reads it, and is seen to.
    pub cc: Vec<String>,
    /// `Team#000123`
    pub reference: String,
    /// Without our tag; `None`: it says nothing but the references.
    pub subject: Option<String>,
    /// Other teams' references on the ticket, as written (T4).
    pub foreign: Vec<String>,
    /// The Message-ID of this recipient's own mail, without brackets.
    pub in_reply_to: Option<String>,
    /// The marking (C9).
    pub marking: Option<Tlp>,
    /// The analyst's words.
    pub text: String,
    /// Message-ID without brackets; carries the reply token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// Composes a letter.
///
/// # Errors
/// [`ComposeError::Address`] for a recipient that can't be written into a header.
pub fn compose_letter(letterhead: &Letterhead, letter: &Letter) -> Result<Draft, ComposeError> {
    let mut headers = vec![(
        HeaderName::new_from_ascii_str("X-Pillarbox-Loop"),
        letter.loop_token.clone(),
    )];
    let answered = letter.in_reply_to.as_deref();
    if let Some(id) = answered.filter(|id| is_message_id(id)) {
        for name in ["In-Reply-To", "References"] {
            headers.push((HeaderName::new_from_ascii_str(name), format!("<{id}>")));
        }
    }
    Ok(Draft {
        from: from(letterhead)?,
        to: mailboxes(&letter.to)?,
        cc: mailboxes(&letter.cc)?,
        subject: subject::of_letter(letter),
        tag: format!("[{}]", letter.reference),
        now: letter.now,
        message_id: letter.message_id.clone(),
        headers,
        autocrypt: letterhead.autocrypt.clone(),
        text: text(letterhead, letter),
        key: None,
        fault: None,
    })
}

fn mailboxes(addresses: &[String]) -> Result<Vec<Mailbox>, ComposeError> {
    let each = addresses.iter();
    each.map(|one| Ok(Mailbox::new(None, address(one)?)))
        .collect()
}

/// Tag (T2), marking, words, name.
fn text(letterhead: &Letterhead, letter: &Letter) -> String {
    let mut text = format!("[{}]\n\n", letter.reference);
    if let Some(marking) = letter.marking {
        text.push_str(&format!("TLP:{}\n\n", marking.as_str()));
    }
    for line in letter.text.trim_end().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let name = one_line(&letterhead.display_name, 100);
    text + &format!("\n-- \n{name}\n")
}
