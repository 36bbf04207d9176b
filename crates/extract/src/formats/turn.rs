//! Ends of a log line that are the other way round: the local end began, or the far one is all that the line names.

use crate::Endpoint;
use crate::address::Address;
use crate::formats::logs::End;
use crate::formats::{begin, direction};
use crate::gather::Record;
use crate::layout::Line;
use crate::text::cut;

/// Turns the ends of a line round where it says that a connection went out, or the ports of both sides do.
pub(super) fn turn(
    text: &str,
    line: &Line,
    open: &[&Address],
    (source, destination): (End, End),
    record: &mut Record,
) {
    let whole = cut(text, line.start, line.end);
    let of = |end: End| end.and_then(|(index, _)| open.get(index));
    let lead = |address: &Address| cut(text, line.start, address.start);
    let side = |end, remote| of(end).is_some_and(|one| direction::side(lead(one), remote));
    let sided = side(source, true) && side(destination, false);
    if sided && (direction::outbound(whole) || called(record) && !direction::enters(whole)) {
        std::mem::swap(&mut record.source, &mut record.destination);
    }
    let far = |one: &&&Address| direction::remote(lead(one)) && !begin::local(&one.value);
    if record.destination.is_none() && direction::leaves(whole) && of(source).filter(far).is_some()
    {
        record.destination = record.source.take();
    }
}

/// Whether the local end, which is the destination so far, began by its ports.
pub(super) fn called(record: &Record) -> bool {
    let port = |end: &Option<Endpoint>| end.as_ref().and_then(|end| end.port);
    direction::called(port(&record.destination), port(&record.source))
}
