//! What was done, as an address tells the page that is shown next: with a code of the session, so that a link from elsewhere tells
//! nothing (T62). And how a ticket stood on a page, for a form that changes it only if it stands so still.

use super::bulk::Told;
use super::session::Analyst;
use crate::store::QueueRow;

/// Hexadecimal digits of a [`version`]: it is to notice a change, and protects against nobody.
const VERSION: usize = 16;

/// The end of an address that says that this was done at that place.
pub(super) fn told(analyst: &Analyst, place: &str, did: &str) -> String {
    let code = analyst.token.code(&parts(place, did));
    format!("{place}?did={did}&code={}", *code)
}

/// What was done, if a page of ours says so; else nothing.
pub(super) fn checked<'d>(analyst: &Analyst, place: &str, did: &'d str, code: &str) -> &'d str {
    match analyst.token.is_code(&parts(place, did), code) {
        true => did,
        false => "",
    }
}

fn parts<'p>(place: &'p str, did: &'p str) -> [&'p [u8]; 3] {
    [b"did", place.as_bytes(), did.as_bytes()]
}

/// Of what was done with many tickets, which it was done with and which not: see [`super::bulk`].
pub(super) fn code(analyst: &Analyst, told: &Told<'_>) -> String {
    analyst.token.code(&bulk(told)).to_string()
}

/// Whether [`code`] made this code of these.
pub(super) fn is_code(analyst: &Analyst, told: &Told<'_>) -> bool {
    analyst.token.is_code(&bulk(told), told.code)
}

fn bulk<'p>(told: &Told<'p>) -> [&'p [u8]; 5] {
    let Told {
        did, ok, no, with, ..
    } = *told;
    let texts = ["bulk", did, ok, no, with];
    texts.map(str::as_bytes)
}

/// A ticket as the queue shows it: another when its state, its owner or its number of messages is another.
pub(super) fn version(analyst: &Analyst, row: &QueueRow) -> String {
    stands(analyst, row, &row.state, &row.owner)
}

/// The same ticket with this state and owner.
pub(super) fn stands(analyst: &Analyst, row: &QueueRow, state: &str, owner: &str) -> String {
    let messages = row.messages.to_be_bytes();
    let parts = [
        b"seen",
        &row.id.into_bytes()[..],
        state.as_bytes(),
        owner.as_bytes(),
        &messages,
    ];
    let mut version = analyst.token.code(&parts).to_string();
    version.truncate(VERSION);
    version
}
