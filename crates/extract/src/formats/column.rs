//! Two ends in the columns of a line without a header: flow records, firewalls' comma-separated lines, packet filters.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::formats::logs::End;
use crate::formats::port::protocol;
use crate::gather::Record;
use crate::text::{before, cut, regex, window};

/// `,4455,` between two addresses.
static PORT_BETWEEN: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^["']?[\s,;|]{1,8}["']?(\d{1,5})["']?[\s,;|]{1,8}["']?$"#));
/// `,22,` behind an address.
static PORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^["']?[\s,;|]{1,8}["']?(\d{1,5})["']?(?:[\s,;|]|$)"#));
/// `,4455,22,` behind two addresses.
static PORTS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"^["']?[\s,;|]{1,8}(?:[\w-]{1,16}/(?:tcp|udp|icmp)[\s,;|])?["']?(\d{1,5})["']?[\s,;|]{1,8}["']?(\d{1,5})["']?(?:[\s,;|]|$)"#,
    )
});
/// `,4455,22,T,` behind two addresses: Azure's letter of the protocol.
static TRANSPORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^["']?,["']?\d{1,5}["']?,["']?\d{1,5}["']?,["']?([TU])["']?,"#));
/// Nothing but the mark between two cells, or blanks.
static NEIGHBOURS: LazyLock<Regex> = LazyLock::new(|| regex(r#"^["']?[\s,;|]{1,8}["']?$"#));

/// What IIS writes between its own address and the visitor's.
static REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PROPFIND|CONNECT|TRACE|PATCH|DEBUG)\s\S+\s\S+\s(\d{1,5})\s\S+\s$",
    )
});

/// How two neighbouring addresses stand in their line.
enum Shape {
    /// `A p B p`
    Each(u16, u16),
    /// `A B p p`
    Behind(u16, u16),
    /// Cells beside each other, without ports.
    Cells,
    /// A web server's own address and port, its visitor behind the request.
    Visit(u16),
}

fn shape(text: &str, first: &Address, second: &Address) -> Option<Shape> {
    let gap = cut(text, first.end, second.start);
    let request = matches!(gap.as_bytes(), [b' ' | b'\t', b'A'..=b'Z', b'A'..=b'Z', ..]);
    if let Some(found) = request.then(|| REQUEST.captures(gap)).flatten() {
        let port = found.get(1)?.as_str().parse().ok()?;
        return Some(Shape::Visit(port));
    }
    if gap.is_empty() || gap.len() > 26 || first.value == second.value {
        return None;
    }
    let behind = window(text, second.end, 48);
    let port = |pattern: &Regex, text: &str, group: usize| -> Option<u16> {
        pattern.captures(text)?.get(group)?.as_str().parse().ok()
    };
    if let Some(one) = port(&PORT_BETWEEN, gap, 1) {
        return port(&PORT, behind, 1).map(|other| Shape::Each(one, other));
    }
    if !NEIGHBOURS.is_match(gap) {
        return None;
    }
    if let (Some(one), Some(other)) = (port(&PORTS, behind, 1), port(&PORTS, behind, 2)) {
        return Some(Shape::Behind(one, other));
    }
    // `[A, B]`: a client and the proxies that it came through.
    let chain = gap == ", "
        && before(text, first.start, 1).ends_with(['[', '(', ' ', '"'])
        && window(text, second.full, 1).starts_with([']', ')', '"']);
    (!chain && gap.contains([',', ';', '\t', '|'])).then_some(Shape::Cells)
}

/// The indexes of source and destination, and how sure that is.
pub(crate) fn ends(text: &str, open: &[&Address]) -> Option<(usize, usize, f64)> {
    let pairs = open.windows(2).enumerate().take(16);
    let shapes = pairs.filter_map(|(index, pair)| match pair {
        [first, second] => Some((index, shape(text, first, second)?)),
        _ => None,
    });
    shapes.into_iter().find_map(|(index, shape)| match shape {
        Shape::Each(..) | Shape::Behind(..) => Some((index, index + 1, 0.93)),
        Shape::Visit(_) => Some((index + 1, index, 0.9)),
        Shape::Cells => (open.len() == 2).then_some((index, index + 1, 0.8)),
    })
}

/// Whether a line without a time or a program's name has such columns.
pub(crate) fn flow(text: &str) -> bool {
    static FLOW: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?x)(?:[0-9]{1,3}\.){3}[0-9]{1,3}["']?[\s,;|](?:["']?[0-9]{1,5}["']?[\s,;|])?\s?["']?(?:[0-9]{1,3}\.){3}[0-9]{1,3}["']?[\s,;|]\s?["']?[0-9]{1,5}["']?(?:[\s,;|]|$)"#,
        )
    });
    FLOW.is_match(text)
}

/// Gives both ends the ports that stand in their columns.
pub(crate) fn ports(text: &str, first: &Address, second: &Address, record: &mut Record) {
    let (one, other) = match shape(text, first, second) {
        Some(Shape::Each(one, other) | Shape::Behind(one, other)) => (one, other),
        Some(Shape::Visit(port)) => {
            if let Some(server) = &mut record.destination {
                server.port = server.port.or(Some(port).filter(|port| *port > 0));
            }
            return;
        }
        Some(Shape::Cells) | None => return,
    };
    let behind = TRANSPORT.captures(window(text, second.end, 40));
    let transport = behind.and_then(|found| protocol(found.get(1)?.as_str()));
    for (end, port) in [(&mut record.source, one), (&mut record.destination, other)] {
        if let Some(end) = end {
            end.port = end.port.or(Some(port).filter(|port| *port > 0));
            end.protocol = end.protocol.take().or_else(|| transport.clone());
        }
    }
}

/// The ports of both ends, where nothing stands between these.
pub(super) fn side_by_side(text: &str, open: &[&Address], ends: (End, End), record: &mut Record) {
    if let (Some((from, _)), Some((to, _))) = ends
        && let (Some(first), Some(second)) = (open.get(from.min(to)), open.get(to.max(from)))
        && from.abs_diff(to) == 1
    {
        ports(text, first, second, record);
    }
}

/// The port of the only address in cells, before the name of the other end and its port: `|192.0.2.1|50544|proxy|1080|`. And that of a
/// destination that the line names again with its port.
pub(super) fn lone(text: &str, open: &[&Address], record: &mut Record) {
    static LONE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:\|([0-9]{1,5})\|[a-z][^|\s]{1,64}\|[0-9]{1,5}|;([0-9]{1,5});[a-z][^;\s]{1,64};[0-9]{1,5}|,([0-9]{1,5}),[a-z][^,\s]{1,64},[0-9]{1,5})(?:[|;,]|$)",
        )
    });
    if let Some(end) = record.destination.as_mut().filter(|end| end.port.is_none()) {
        let mut again = open
            .iter()
            .filter(|one| Some(&one.value) == end.ip.as_ref());
        end.port = again.find_map(|one| one.port);
    }
    let ([only], Some(source)) = (open, &mut record.source) else {
        return;
    };
    let behind = window(text, only.end, 96);
    if source.port.is_some() || !behind.starts_with(['|', ';', ',']) {
        return;
    }
    let Some(found) = LONE.captures(behind) else {
        return;
    };
    let port = (1..=3).find_map(|group| found.get(group)?.as_str().parse().ok());
    source.port = port.filter(|port| *port > 0);
    let lead = before(text, only.start, 6).to_ascii_lowercase();
    let names = ["tcp", "udp"];
    let named = names.iter().find(|name| {
        let cell = lead.trim_end_matches(['|', ';', ',']);
        cell.len() < lead.len() && cell.ends_with(**name)
    });
    source.protocol = source
        .protocol
        .take()
        .or(named.map(|name| (*name).to_owned()));
}
