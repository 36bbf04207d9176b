//! Log lines, read by the grammar of the programs that write them. What an attacker can put into a line, such as a user's
//! name, an address line or a `User-Agent`, never names the source.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::formats::column;
use crate::formats::keyed::keyed;
use crate::formats::keys::pairs;
use crate::formats::marks::Marks;
use crate::formats::open::{left, open, own_ports};
use crate::formats::turn::turn;
use crate::formats::{arrow, begin, inner, program, socket, spoken, stamp, transport};
use crate::gather::Record;
use crate::layout::Line;
use crate::line::{masks, port_after_slash};
use crate::pattern::Tiered;
use crate::reader::{Reading, endpoint};
use crate::role;
use crate::taxonomy::rsit;
use crate::text::{before, cut, regex, window};
use crate::{Endpoint, Format, Kind, Role, Span};

/// Longer lines are data, not log lines.
const LINE_LIMIT: usize = 8192;

/// What only log lines have, wherever the time stands.
static GRAMMAR: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r#"(?x)(?:\b(?:SRC|src|src_ip|srcip|rhost|rip|saddr|remip|RemoteAddress|raddr)=["\[]?[0-9A-Fa-fI:]
        | \b[a-zA-Z][\w./-]{1,30}\[\d{1,7}\](?:\([a-z]{2,8}\))?:\s
        | ^(?:\S{1,64}\s{1,2}){1,5}\[\d{1,2}/\pL{3,5}\.?/\d{4}
        | ^\[?1\d{9}(?:\.\d{1,9})?[\s\],|]
        | ^"(?:SMTPD|IMAPD|POP3D|TCPIP)"\s
        | ^@4[0-9a-f]{23}\s
        | msg=audit\(
        | Access\sdenied\sfor\suser
        | \bIP6?\s[0-9a-f.:]{7,45}\s>\s
        | %?\b(?:ASA|PIX|FWSM|SEC|SYS)-\d
        | \bRT_(?:FLOW|SCREEN|IDS)
        | ^rule\s[0-9a-z./]{1,24}\(match\):
        | :\sFlags\s\[
        | \{(?:TCP|UDP|ICMP)\}\s
        | <Data\sName=["']
        | ^<\d{1,3}>
        | \[client\s
        | ^\s?(?:Deny|Built|Teardown)\s\w
        | \]\s?\[\*\*\]|\[\*\*\]\s?\[)"#,
    )
});

static SSH_END: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?: ssh\d?)?(?::\s|\s?\[preauth\]|\s*$)"));

/// Whether a line is one of a log: a stamp to the second at its start, or a grammar that only logs have; `several`
/// addresses may stand in columns.
pub(crate) fn is_log(text: &str, stamp_at: Option<usize>, several: bool) -> bool {
    text.len() <= LINE_LIMIT
        && (stamp_at.is_some_and(|at| stamped(text, at))
            || GRAMMAR.is_match(text)
            || clocked(text)
            || inner::begins(text)
            || begin::paired(text)
            || several && text.contains(":\"") && text.matches("\"; ").count() > 1
            || several
                && (text.contains("; dst: ")
                    || program::read(text, &Marks::of(text).rules).is_some())
            || several && (column::flow(text) || socket::is(text) || arrow::is(text) || keys(text)))
}

/// Octets from the key of one end to that of the other.
const APART: usize = 480;

/// Whether a line has the keys of both ends with their addresses. No boundary of Unicode: such a search would be slow.
fn keys(text: &str) -> bool {
    static FROM: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i-u)\b(?:src|source|client|remote|attacker|peer)[A-Za-z0-9_.-]{0,16}["'\]]?[=:]["'\[(]{0,2}[0-9]{1,3}\.[0-9]"#,
        )
    });
    static TO: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i-u)\b(?:dst|dest|destination|server|local|target|victim)[A-Za-z0-9_.-]{0,16}["'\]]?[=:]["'\[(]{0,2}[0-9]{1,3}\.[0-9]"#,
        )
    });
    let keyed = memchr::memchr2(b'=', b':', text.as_bytes()).is_some();
    let from = keyed.then(|| FROM.find(text)).flatten();
    from.is_some_and(|from| TO.is_match(window(text, from.end(), APART)))
}

/// Whether a line begins with a clock to the fraction of a second, as captures of packets do.
fn clocked(text: &str) -> bool {
    let mut word = text.trim_start().bytes();
    let mut shape = b"00:00:00.000".iter();
    shape.all(|expected| {
        word.next().is_some_and(|b| match expected {
            b'0' => b.is_ascii_digit(),
            mark => b == *mark,
        })
    })
}

/// Whether a line begins with its time.
pub(crate) fn stamped(text: &str, at: usize) -> bool {
    text.len() <= LINE_LIMIT && begin::leads(text, at)
}

/// Whether the line behind a log line without ends is the rest of it, broken by a mail program or by its own program.
pub(crate) fn continues(first: &str, next: &str) -> bool {
    static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^\s*(?:\[?(?:WARN(?:ING)?|ERROR|SEVERE|FATAL|INFO|NOTICE|DEBUG)\]?\s?:|[A-Za-z_]{2,20}=|\s[A-Za-z]{3,20}:\s)",
        )
    });
    GRAMMAR.is_match(first) || LEVEL.is_match(next)
}

/// What a log line tells by its grammar.
pub(crate) struct Told {
    /// None where it tells no end.
    pub(crate) record: Option<Record>,
    /// Where addresses begin that may be ends, and that no rule took.
    pub(crate) left: Vec<usize>,
}

/// Reads a log line. `addresses` are the line's own.
pub(crate) fn line(reading: &Reading<'_>, line: &Line, addresses: &[Address]) -> Told {
    let page = reading.page;
    let text = program::outer(page.line(line));
    let addresses: Vec<Cow<'_, Address>> = addresses
        .iter()
        .filter(|address| address.start < line.start + text.len())
        .map(|address| port_after_slash(page.text(), address))
        .collect();
    if inner::begins(text)
        && let Some(record) = inner::record(reading, line, &addresses)
    {
        return Told {
            record: Some(record),
            left: Vec::new(),
        };
    }
    let marks = Marks::of(text);
    let ruled = program::read(text, &marks.rules);
    let masks = masks(text, &addresses, line.start);
    let mut open = open(page.text(), line, &addresses, &masks);
    if begin::hands_out(text) {
        open.clear();
    }
    let (source, destination) = match ruled {
        Some(_) => (None, None),
        None => ends(page.text(), line, &open),
    };
    let make = |found: Option<(usize, f64)>| {
        found.and_then(|(index, sure)| open.get(index).map(|address| endpoint(page, address, sure)))
    };
    let mut record = Record {
        standing: line.standing,
        format: Format::Log,
        time: stamp::time(reading, line),
        source: make(source),
        destination: make(destination),
        ..Record::default()
    };
    column::side_by_side(page.text(), &open, (source, destination), &mut record);
    arrow::ports(page.text(), &open, &mut record);
    column::lone(page.text(), &open, &mut record);
    own_ports(page.text(), &open, &mut record);
    match &ruled {
        Some(told) => obey(reading, line, &addresses, told, &mut record),
        None => {
            let below = window(page.text(), line.end, 24);
            pairs(text, below, &mut record);
        }
    }
    transports(page.text(), &open, &mut record);
    if ruled.is_none() {
        turn(page.text(), line, &open, (source, destination), &mut record);
    }
    record.kind = shown(&marks, page.span(line.start, line.end));
    let left = ruled.is_none().then(|| left(&open, &record));
    Told {
        record: record.holds().then_some(record),
        left: left.unwrap_or_default(),
    }
}

/// The type that the words of a line show.
fn shown(marks: &Marks, span: Span) -> Option<Kind> {
    let (kind, confidence) = marks.kind?;
    let kind = rsit(kind)?;
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence,
        span,
    })
}

/// The protocol that stands right before an end's address; an echo has a type and a code where others have ports.
fn transports(text: &str, open: &[&Address], record: &mut Record) {
    let ends = [&mut record.source, &mut record.destination];
    for end in ends.into_iter().flatten() {
        if end.protocol.is_none() {
            let placed = open.iter().find(|one| Some(&one.value) == end.ip.as_ref());
            end.protocol = placed.and_then(|one| transport::before_address(text, one.start));
        }
        let echo = end.protocol.as_deref();
        if echo.is_some_and(|name| name.starts_with("icmp")) {
            end.port = None;
        }
    }
}

/// Both ends as the rule of the line's program has them.
fn obey(
    reading: &Reading<'_>,
    line: &Line,
    addresses: &[Cow<'_, Address>],
    told: &program::Told,
    record: &mut Record,
) {
    let end = |told: &Option<program::End>| {
        let told = told.as_ref()?;
        let mut found = addresses.iter().filter(|address| {
            told.place
                .contains(&(address.start.saturating_sub(line.start)))
        });
        Some(Endpoint {
            port: told.port,
            ..endpoint(reading.page, found.next()?, 0.97)
        })
    };
    record.source = end(&told.source);
    record.destination = end(&told.destination);
    let below = window(reading.page.text(), line.end, 24);
    let protocol = told.protocol.clone().or_else(|| {
        let both = record.source.is_some() && record.destination.is_some();
        let text = reading.page.line(line);
        match both {
            true => transport::of_line(text, below),
            false => transport::of_one(text),
        }
    });
    let ends = [&mut record.source, &mut record.destination];
    for end in ends.into_iter().flatten() {
        end.protocol.clone_from(&protocol);
    }
}

/// An address, by its place among the open ones, with how sure it is.
pub(super) type End = Option<(usize, f64)>;

/// Which address is the source and which the destination.
fn ends(text: &str, line: &Line, open: &[&Address]) -> (End, End) {
    if let Some(told) = socket::ends(text, cut(text, line.start, line.end), open) {
        return told.map_or((None, None), |(one, other)| {
            (Some((one, 0.88)), Some((other, 0.88)))
        });
    }
    if let Some((one, other, sure)) = column::ends(text, open) {
        return (Some((one, sure)), Some((other, sure)));
    }
    let (mut source, mut destination) = keyed(text, line, open);
    if source.is_none() {
        source = sshd(text, line, open).or_else(|| bracketed(text, line, open));
    }
    if source.is_none() && destination.is_none() {
        (source, destination) = spoken::ends(text, line.start, open);
    }
    // Of one address alone, words tell nothing more once it is the source.
    if source.is_none() || destination.is_none() && open.len() > 1 {
        let (one, other) = worded(cut(text, line.start, line.end), line.start, open);
        let same = |a: End, b: End| a.is_some() && a.map(|a| a.0) == b.map(|b| b.0);
        if source.is_none() && !same(one, destination) {
            source = one;
        }
        if destination.is_none() && !same(other, source) {
            destination = other;
        }
    }
    if source.is_none() {
        source = leading(text, line, open, destination);
    }
    if destination.is_none() {
        destination =
            following(text, open, source).or_else(|| arrow::last(text, line.start, open, source));
    }
    (source, destination)
}

/// `from ADDRESS port N ssh2` at the end of sshd's sentence: what stands earlier may be a user's name.
fn sshd(text: &str, line: &Line, open: &[&Address]) -> End {
    if !cut(text, line.start, line.end).contains("ssh") {
        return None;
    }
    open.iter()
        .position(|address| {
            let lead = before(text, address.start, 40.min(address.start - line.start));
            let end = text.len().min(line.end);
            (lead.ends_with("from ")
                || lead.ends_with("by ")
                || address.port.is_some() && !lead.ends_with("to "))
                && SSH_END.is_match(cut(text, address.full, end))
        })
        .map(|index| (index, 0.95))
}

/// `host[ADDRESS]`, `host [ADDRESS]`, `(host [ADDRESS])`: how mail and file servers name the peer.
fn bracketed(text: &str, line: &Line, open: &[&Address]) -> End {
    let peer = |address: &&&Address| {
        let lead = before(text, address.start, 64.min(address.start - line.start));
        let name = lead.strip_suffix("IPv6:").unwrap_or(lead);
        let Some(name) = name.strip_suffix('[') else {
            return false;
        };
        // What stands behind an arrow was spoken to.
        if name.trim_end().ends_with(['>', '→']) {
            return false;
        }
        let greeting = name.ends_with('(') && window(text, address.end, 3).starts_with("])");
        let named = name
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, ' ' | ')' | '(' | '-' | '.'));
        !greeting && named
    };
    // Exim puts what the peer calls itself before the peer, so the last one is the peer.
    let last = cut(text, line.start, line.end).contains(" H=");
    let found = if last {
        open.iter().rev().find(peer)
    } else {
        open.iter().find(peer)
    }?;
    open.iter()
        .position(|address| address.start == found.start)
        .map(|index| (index, 0.9))
}

/// `from A to B`, arrows: by the words, as in prose.
fn worded(text: &str, start: usize, open: &[&Address]) -> (End, End) {
    let own: Vec<role::Place> = open
        .iter()
        .map(|address| role::Place::new(address, start))
        .collect();
    let verdicts = role::roles(text, &own);
    // Nobody reports his own machine's loopback when the line names somebody else.
    let local = |index: usize| {
        let ip = open.get(index).map(|address| address.value.as_str());
        ip.is_some_and(|ip| ip == "::1" || ip.starts_with("127."))
    };
    let find = |role| {
        let of_role = |&(_, verdict): &(usize, &role::Verdict)| verdict.role == role;
        let remote = verdicts.iter().enumerate().filter(of_role);
        let only_local = remote.map(|(index, _)| index).all(local);
        let all = verdicts.iter().enumerate().filter(of_role);
        let mut all = all.filter(|(index, _)| only_local || !local(*index));
        let first = all.next()?;
        // Two that differ are no answer, but a chain of proxies begins with the client.
        let one = open.get(first.0)?;
        let differs = |(index, _): (usize, &role::Verdict)| {
            let other = open.get(index);
            let chain = other.is_some_and(|other| {
                matches!(cut(text, one.end - start, other.start - start), ", " | ",")
            });
            other.map(|a| &a.value) != Some(&one.value) && !chain
        };
        if all.any(differs) {
            None
        } else {
            Some((first.0, first.1.confidence))
        }
    };
    (find(Role::Source), find(Role::Destination))
}

/// The line's first or only address.
fn leading(text: &str, line: &Line, open: &[&Address], destination: End) -> End {
    let taken = destination
        .and_then(|(index, _)| open.get(index))
        .map(|address| &address.value);
    let mut rest = open
        .iter()
        .enumerate()
        .filter(|(_, address)| Some(&address.value) != taken);
    let (index, first) = rest.next()?;
    let lead = cut(text, line.start, first.start);
    let alone = rest.all(|(_, address)| address.value == first.value) && !begin::met(lead);
    let balanced = begin::local(&first.value) && rest_visited(text, open);
    let starts = lead.chars().filter(|c| c.is_alphanumeric()).count() == 0
        || lead.ends_with("]: ")
        || visited(text, first)
        || balanced
        || following(text, open, Some((index, 0.9))).is_some();
    if balanced {
        let public = open.iter().position(|one| !begin::local(&one.value));
        Some((public.unwrap_or(index), 0.85))
    } else if starts {
        Some((index, 0.9))
    } else {
        alone.then_some((index, 0.7))
    }
}

/// `10.0.0.4 203.0.113.9, 198.51.100.2 - bob [`: a balancer of the server's own network before the chain of addresses that it got.
fn rest_visited(text: &str, open: &[&Address]) -> bool {
    let chain = open.windows(2).take_while(|pair| match pair {
        [one, other] => matches!(cut(text, one.end, other.start), " " | ", " | ","),
        _ => false,
    });
    let last = chain.count();
    last > 0 && open.get(last).is_some_and(|address| visited(text, address))
}

/// `ADDRESS - bob "POST …`: how web servers write, whatever stands before it.
fn visited(text: &str, address: &Address) -> bool {
    let mut behind = window(text, address.end, 64).split(' ');
    let blank = behind.next() == Some("") && behind.next() == Some("-");
    let user = behind.next().is_some_and(|word| !word.is_empty());
    blank
        && user
        && behind
            .next()
            .is_some_and(|word| word.starts_with(['"', '[']))
}

/// `A:1 B:2` side by side, both with ports, and the columns of flow tables.
fn following(text: &str, open: &[&Address], source: End) -> End {
    let (index, _) = source?;
    let (first, second) = (open.get(index)?, open.get(index + 1)?);
    let gap = cut(text, first.full, second.start);
    let ports =
        first.port.is_some() && second.port.is_some() && !gap.is_empty() && gap.trim().is_empty();
    (ports && first.value != second.value).then_some((index + 1, 0.85))
}
