//! Ends of a log line by the keys before its addresses.

use std::sync::LazyLock;

use crate::Role;
use crate::address::Address;
use crate::formats::keys::translated;
use crate::formats::logs::End;
use crate::formats::{name, pieces};
use crate::label::What;
use crate::layout::Line;
use crate::pattern::Pattern;
use crate::text::{before, cut};

/// A key with its mark right before an address.
static KEY: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)[a-z][a-z0-9_.-]{0,30}(?:\(\d{1,5}\))?["'\])]?\s?(?:=|:\s?|\s|["']?>)["'\[(<]{0,2}(?:IPV[46]/(?:UDP|TCP|TLS|WSS?)/|(?:tcp|udp|ip4?)[:|]|[a-z][\w-]{0,20}[:/])?$"#,
    )
});

/// `SRC=`, `rhost=`, `client:`, `lip=` and their like. The last of several wins after `=`, the first after `client:`.
pub(super) fn keyed(text: &str, line: &Line, open: &[&Address]) -> (End, End) {
    let (mut source, mut destination): (End, End) = (None, None);
    let (mut client, mut asked) = (false, false);
    for (index, address) in open.iter().enumerate() {
        let lead = before(text, address.start, 48.min(address.start - line.start));
        if lead.ends_with("DIRECT/") {
            destination = destination.or(Some((index, 0.9)));
        }
        let Some((from, _)) = KEY.last(lead) else {
            continue;
        };
        let (key, mark) = parted(cut(lead, from, lead.len()));
        let written = key.to_ascii_lowercase();
        if translated(&written) {
            continue;
        }
        if let Some(role) = pieces::words(cut(lead, 0, from), key) {
            let first = role == Role::Source;
            take(&mut source, &mut destination, first, (index, 0.95));
            continue;
        }
        let explicit = name::shaped(key)
            || mark
                .trim_start()
                .starts_with(['=', ':', '>', '"', '\'', ']']);
        // Cisco's `for outside:A to inside:B`: who opened an outbound connection stands behind it.
        let interface = mark.ends_with([':', '/']) && mark.len() > 2;
        let line_text = || cut(text, line.start, line.end);
        match written.as_str() {
            // Apache's comes before anything that a visitor wrote, nginx's last one behind it.
            "client" if !client || explicit => (source, client) = (Some((index, 0.97)), true),
            "client" => {}
            // What a user calls himself stands before it in `ruser=`, and behind it in `user=`.
            "rhost"
                if source.is_some() && cut(text, line.start, address.start).contains(" user=") => {}
            "for" | "to" if interface && line_text().contains("connection") => {
                let first = (written == "for") != line_text().contains("outbound");
                take(&mut source, &mut destination, first, (index, 0.93));
            }
            // The tracker of connections writes the answer's ends behind those of the question; who wrote a line is its `origin`.
            "src" if asked && destination.is_some() => {}
            "src" => (source, asked) = (Some((index, 0.97)), true),
            "da" | "sa" if !explicit => {}
            "origin" if source.is_some() => {}
            // Who did it, and where a visitor says that he came from.
            "by" if explicit => source = source.or(Some((index, 0.9))),
            "ref" | "referer" | "referrer" => {}
            word if served(word, key, line_text()) => {
                destination = destination.or(Some((index, 0.9)))
            }
            "relay" | "cli" | "addr" | "ip" | "host" | "hostname" | "remote" | "peer" | "oip"
            | "from_ip" | "clientip" | "remoteaddress" | "remote_addr" | "remote_ip" | "ban"
            | "found"
                if !client && (explicit || written == "ban" || written == "found") =>
            {
                source = Some((index, 0.9));
            }
            _ if explicit || written.len() <= 4 => match role_of(key) {
                Role::Source if !client => source = Some((index, 0.97)),
                Role::Destination => destination = destination.or(Some((index, 0.97))),
                Role::Source | Role::Unknown => {}
            },
            _ => {}
        }
    }
    (source, destination)
}

/// Whether a key is of the one who was asked; a server's own only where its client has such a key, too.
fn served(small: &str, key: &str, line: &str) -> bool {
    match small {
        "i" | "upstream" | "gaddr" | "direct" | "server" | "srv" | "localaddress" | "vserver" => {
            true
        }
        _ => {
            pieces::server(key).is_some_and(|field| field.what == What::Address)
                && pieces::asked(line)
        }
    }
}

/// Whose address a key names.
fn role_of(key: &str) -> Role {
    let field = name::read(key).filter(|field| field.what == What::Address);
    field.map_or(Role::Unknown, |field| field.role)
}

/// Gives one of the ends its address, unless it has one.
fn take(source: &mut End, destination: &mut End, first: bool, found: (usize, f64)) {
    let end = if first { source } else { destination };
    *end = end.or(Some(found));
}

/// A key and the mark behind it, without the number that H3C's keys have: `SrcIPAddr(1003)=`.
fn parted(found: &str) -> (&str, &str) {
    let mark = found.trim_start_matches(|c: char| c.is_alphanumeric() || "_.-".contains(c));
    let key = cut(found, 0, found.len() - mark.len());
    match mark.strip_prefix('(').and_then(|mark| mark.split_once(')')) {
        Some((number, behind)) if number.bytes().all(|b| b.is_ascii_digit()) => (key, behind),
        Some(_) | None => (key, mark),
    }
}
