//! A form that is sent twice, by a double click or by a reload, is one letter: the line of the trail that files a letter carries a digest
//! of the form and of what was written into it. Since the line's number is taken once, of two that are sent at the same moment one
//! finds the other's.

use uuid::Uuid;
use vault::Purpose;

use super::{Ready, Wish};
use crate::actions::refusal::LetterRefusal;
use crate::actions::{Acting, ActionFault};
use crate::audit::hex;

/// Of a letter that comes from this form; `None` when it comes from none. The same form with other words is another letter.
pub(super) fn digest(acting: &Acting<'_>, ticket: Uuid, wish: &Wish) -> Option<String> {
    let form = wish.once?;
    let mut digester = acting.ring.digester(Purpose::Request);
    digester.part(b"letter");
    digester.part(form.as_bytes());
    digester.part(ticket.as_bytes());
    digester.part(acting.by.as_bytes());
    for list in [&wish.to, &wish.cc] {
        digester.part(&list.len().to_be_bytes());
        list.iter().for_each(|one| digester.part(one.as_bytes()));
    }
    digester.part(wish.subject.as_deref().unwrap_or_default().as_bytes());
    digester.part(wish.text.as_bytes());
    let marking = wish.marking.map_or("", extract::Tlp::as_str);
    digester.part(marking.as_bytes());
    let until = wish.until.map(|until| until.to_string());
    digester.part(until.unwrap_or_default().as_bytes());
    Some(hex(&digester.finish()))
}

/// The letter that the same form sent before; to be asked once the number of the next line is known.
pub(super) async fn before(
    acting: &Acting<'_>,
    ready: &Ready,
) -> Result<Option<Uuid>, ActionFault> {
    let Some(once) = &ready.once else {
        return Ok(None);
    };
    let word = format!("once={once}");
    let rows = acting.store.audit_rows(&[ready.ticket]).await?;
    let sent = rows.iter().filter(|row| row.action == "sent");
    let letters = sent.filter(|row| row.detail.split(' ').any(|one| one == word));
    let Some(letter) = letters
        .filter_map(|row| super::undo::letter(&row.detail))
        .next()
    else {
        return Ok(None);
    };
    match rows.iter().any(|row| super::undo::takes_back(row, letter)) {
        true => Err(LetterRefusal::SentBefore.into()),
        false => Ok(Some(letter)),
    }
}
