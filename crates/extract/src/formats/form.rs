//! Labelled lines: `Source IP: …`, `Heure : …`, `| Ziel | … |`.

pub(crate) use super::port::{ports, protocol};
use crate::address::Address;
use crate::field::{Labelled, fields};
use crate::formats::posted::header;
use crate::gather::Record;
use crate::kind;
use crate::label::{Field, What};
use crate::layout::Line;
use crate::reader::{Reading, endpoint};
use crate::text::cut;
use crate::when::moment::bare;
use crate::{Endpoint, Format, Kind, Role, Span};

/// One group of labelled lines.
#[derive(Default)]
struct Block {
    sources: Vec<Endpoint>,
    destinations: Vec<Endpoint>,
    bare: Vec<Endpoint>,
    affected: Vec<Endpoint>,
    /// Of sources, of destinations, of either; and where the first of each stand.
    ports: [Vec<u16>; 3],
    places: [Option<Span>; 3],
    protocol: Option<String>,
    record: Record,
    /// Where the line of the last address began, and its role.
    line: usize,
    last: Role,
}

/// Reads forms line by line; a label that comes again begins the next report.
pub(crate) struct Form {
    blocks: Vec<Block>,
    /// A label whose value stands on the next line.
    open: Option<Field>,
    /// A label of times or addresses that stand on the lines that follow, one a line.
    list: Option<Field>,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self {
            blocks: Vec::new(),
            open: None,
            list: None,
        }
    }

    /// Reads a line; whether it was one of a form.
    pub(crate) fn line(
        &mut self,
        reading: &mut Reading<'_>,
        line: &Line,
        addresses: &[Address],
    ) -> bool {
        let mut fields = fields(reading.page, line);
        if spoken(reading.page.text(), line, addresses, &fields) {
            fields.clear();
        }
        let text = reading.page.line(line);
        let timed = |field: &Field| field.what == What::Time;
        if text.trim().is_empty() {
            self.list = self.list.take().filter(timed);
            return false;
        }
        let whole = |field| Labelled {
            field,
            start: line.start,
            end: line.end,
        };
        let row = fields.is_empty() && row(text);
        let mut listed = self.list.take();
        if let Some(field) = listed.filter(|field| row && !timed(field))
            && self.addresses(reading, line, &whole(field), addresses, true)
        {
            self.list = Some(field);
            return true;
        }
        listed = listed.filter(|field| {
            let first = reading.stamps_in(line.start, line.end).next();
            timed(field) && first.is_some_and(|(_, stamp)| stamp.start < line.start + 4)
        });
        if let (Some(field), true) = (self.open.take().or(listed), fields.is_empty()) {
            fields.push(whole(field));
            self.list = Some(field).filter(|field| row || timed(field));
        }
        let mut used = false;
        for labelled in &fields {
            let value = cut(reading.page.text(), labelled.start, labelled.end).trim();
            if value.is_empty() && fields.len() == 1 {
                self.open = Some(labelled.field);
            }
            used |= !value.is_empty() && self.value(reading, line, labelled, addresses);
        }
        used
    }

    /// The running group; another standing begins another.
    fn block(&mut self, line: &Line) -> &mut Block {
        let runs = self
            .blocks
            .last()
            .is_some_and(|block| block.record.standing == line.standing);
        let last = self.blocks.pop().filter(|_| runs).unwrap_or_else(|| {
            let record = Record {
                standing: line.standing,
                format: Format::Form,
                ..Record::default()
            };
            Block {
                record,
                ..Block::default()
            }
        });
        self.blocks.push_mut(last)
    }

    fn value(
        &mut self,
        reading: &mut Reading<'_>,
        line: &Line,
        labelled: &Labelled,
        addresses: &[Address],
    ) -> bool {
        let value = cut(reading.page.text(), labelled.start, labelled.end).trim();
        match labelled.field.what {
            What::Address => self.addresses(reading, line, labelled, addresses, false),
            // `Source IP:port` has both.
            What::Port if self.addresses(reading, line, labelled, addresses, false) => true,
            What::Port => {
                let (start, end) = trimmed(reading.page.text(), labelled);
                let span = reading.page.span(start, end);
                self.ports(line, labelled.field.role, value, span)
            }
            What::Protocol => {
                let protocol = protocol(value);
                let known = protocol.is_some();
                if known {
                    self.block(line).protocol = protocol;
                }
                known
            }
            What::Time if header(reading.page.text(), line) => {
                reading.claim(line.start, line.end);
                true
            }
            What::Time | What::ReportTime => reading.labelled_time(labelled).is_some_and(|time| {
                if labelled.field.what == What::Time {
                    let block = self.block(line);
                    match &block.record.time {
                        None => block.record.time = Some(time),
                        // `Date: …`, then `Time: …`.
                        Some(day) if bare(day) && !bare(&time) => block.record.time = Some(time),
                        Some(_) if block.record.until.is_none() => block.record.until = Some(time),
                        Some(_) => reading.label_time(&time),
                    }
                }
                true
            }),
            What::Zone => true,
            What::Kind => {
                let Some(kind) = (value.len() < 120).then(|| kind::named(value)).flatten() else {
                    return false;
                };
                let (start, end) = trimmed(reading.page.text(), labelled);
                let span = reading.page.span(start, end);
                reading
                    .gathering
                    .kinds
                    .push((line.standing, kind, 4.0, span.clone()));
                let kind = Kind {
                    classification: kind.classification.to_owned(),
                    kind: kind.kind.to_owned(),
                    confidence: 0.95,
                    span,
                };
                self.block(line).record.kind = Some(kind);
                true
            }
        }
    }

    fn ports(&mut self, line: &Line, role: Role, value: &str, span: Span) -> bool {
        let ports = ports(value);
        let block = self.block(line);
        // `Destination: … Port: …` on one line.
        let role = match role {
            Role::Unknown if block.line == line.start => block.last,
            Role::Source | Role::Destination | Role::Unknown => role,
        };
        let which = match role {
            Role::Source => 0,
            Role::Destination => 1,
            Role::Unknown => 2,
        };
        let known = block.ports.get_mut(which).zip(block.places.get_mut(which));
        if let Some((known, place)) = known.filter(|_| !ports.is_empty()) {
            known.extend(&ports);
            place.get_or_insert(span);
        }
        if let Some(protocol) = protocol(value) {
            block.protocol.get_or_insert(protocol);
        }
        !ports.is_empty()
    }

    fn addresses(
        &mut self,
        reading: &Reading<'_>,
        line: &Line,
        labelled: &Labelled,
        addresses: &[Address],
        continues: bool,
    ) -> bool {
        let from = addresses.partition_point(|address| address.start < labelled.start);
        let inside: Vec<Endpoint> = addresses
            .iter()
            .skip(from)
            .take_while(|address| address.start < labelled.end)
            .map(|address| endpoint(reading.page, address, 0.97))
            .collect();
        if inside.is_empty() {
            return false;
        }
        let block = self.block(line);
        // The label comes again after others: the next incident.
        if !block.list(labelled.field).is_empty() && !continues {
            let standing = block.record.standing;
            let record = Record {
                standing,
                format: Format::Form,
                ..Record::default()
            };
            self.blocks.push(Block {
                record,
                ..Block::default()
            });
        }
        let block = self.block(line);
        (block.line, block.last) = (line.start, labelled.field.role);
        block.list(labelled.field).extend(inside);
        true
    }

    /// Hands over what was read: one group speaks for the report, several are an event each.
    pub(crate) fn finish(self, reading: &mut Reading<'_>) {
        let several = self
            .blocks
            .iter()
            .filter(|block| !block.sources.is_empty() || !block.destinations.is_empty())
            .count()
            > 1;
        for block in self.blocks {
            let block = block.completed();
            if let Some(time) = block.record.time.clone().filter(|_| !several) {
                reading.label_time(&time);
            }
            if let Some(until) = block.record.until.clone().filter(|_| !several) {
                reading.label_time(&until);
            }
            let pairs = block.sources.len().max(block.destinations.len());
            if several && pairs > 0 {
                for index in 0..pairs {
                    let one = |list: &[Endpoint]| {
                        list.get(index)
                            .or(if list.len() == 1 { list.first() } else { None })
                            .cloned()
                    };
                    reading.gathering.records.push(Record {
                        source: one(&block.sources),
                        destination: one(&block.destinations),
                        ..block.record.clone()
                    });
                }
                continue;
            }
            let standing = block.record.standing;
            let parties = block.sources.into_iter().map(|one| (Role::Source, one));
            let parties = parties.chain(
                block
                    .destinations
                    .into_iter()
                    .map(|one| (Role::Destination, one)),
            );
            reading
                .gathering
                .parties
                .extend(parties.map(|(role, one)| (standing, Format::Form, role, one)));
        }
    }
}

/// Whether a sentence that names an address ends before the line's first label: it is one of prose.
fn spoken(text: &str, line: &Line, addresses: &[Address], fields: &[Labelled]) -> bool {
    let Some(first) = fields.first() else {
        return false;
    };
    let at = addresses.partition_point(|address| address.start < line.start);
    addresses
        .get(at)
        .filter(|address| address.full < first.start)
        .is_some_and(|address| cut(text, address.full, first.start).contains(". "))
}

impl Block {
    /// The addresses that a label's go to.
    fn list(&mut self, field: Field) -> &mut Vec<Endpoint> {
        match field.role {
            Role::Source => &mut self.sources,
            Role::Destination => &mut self.destinations,
            Role::Unknown if field.affected => &mut self.affected,
            Role::Unknown => &mut self.bare,
        }
    }

    /// Ports and the protocol go to their addresses; an address without a role is the one that the form is about.
    fn completed(mut self) -> Self {
        let told = |list: &mut Vec<Endpoint>| -> Vec<Endpoint> {
            let sure = |one| Endpoint {
                confidence: 0.75,
                ..one
            };
            list.drain(..).map(sure).collect()
        };
        if self.sources.is_empty() {
            self.sources = told(&mut self.bare);
        }
        let [source, destination, either] = &mut self.ports;
        let [from, to, place] = &mut self.places;
        let hit = &mut self.affected;
        if self.sources.is_empty() {
            self.sources = told(hit);
        } else if self.destinations.is_empty() {
            self.destinations = told(hit);
            // The ports of the local and the remote end, seen from the one that called.
            let given = |ports: &[u16]| ports.iter().all(|port| *port >= 32_768);
            if !destination.is_empty() && given(destination) && !self.destinations.is_empty() {
                let other = if source.is_empty() {
                    &mut *either
                } else {
                    &mut *source
                };
                if !other.is_empty() && !given(other) {
                    std::mem::swap(destination, other);
                    if source.is_empty() {
                        source.append(either);
                    }
                }
            }
        }
        // Services listen on low ports: one that is nobody's belongs to the target, or to the host that is told of.
        either.retain(|port| *port < 32_768);
        let told = !self.sources.is_empty() || !self.destinations.is_empty();
        let (list, at) = if self.destinations.is_empty() {
            (&mut *source, &mut *from)
        } else {
            (&mut *destination, &mut *to)
        };
        if told && list.is_empty() && !either.is_empty() {
            list.append(either);
            *at = place.take();
        }
        let protocol = self.protocol.as_deref();
        assign(&mut self.sources, source, from.take(), protocol);
        assign(&mut self.destinations, destination, to.take(), protocol);
        self
    }
}

/// A line of a list: an address, with few letters beside it.
fn row(text: &str) -> bool {
    let letters = text
        .chars()
        .filter(|c| c.is_alphabetic() && !c.is_ascii_hexdigit());
    text.len() <= 80 && letters.count() <= 8
}

fn assign(
    endpoints: &mut Vec<Endpoint>,
    ports: &[u16],
    place: Option<Span>,
    protocol: Option<&str>,
) {
    if let Some(span) = place.filter(|_| endpoints.is_empty()) {
        endpoints.push(Endpoint {
            confidence: 0.9,
            span,
            ..Endpoint::default()
        });
    }
    let one = match endpoints.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    if let (Some(one), true) = (one, ports.len() > 1) {
        *endpoints = ports
            .iter()
            .map(|port| Endpoint {
                port: Some(*port),
                ..one.clone()
            })
            .collect();
    }
    for endpoint in endpoints {
        endpoint.port = endpoint.port.or(ports.first().copied());
        if endpoint.protocol.is_none() {
            endpoint.protocol = protocol.map(str::to_owned);
        }
    }
}

/// The octets of a value without the blanks around it.
pub(crate) fn trimmed(text: &str, labelled: &Labelled) -> (usize, usize) {
    let value = cut(text, labelled.start, labelled.end);
    let start = labelled.start + (value.len() - value.trim_start().len());
    (start, start + value.trim().len())
}
