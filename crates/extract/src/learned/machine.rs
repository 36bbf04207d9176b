//! What is noticed about an address in a line that a machine wrote: its key, arrows, its port and range beside those of its neighbours.

use std::net::IpAddr;

use super::Site;
use super::token::hash;
use crate::text::{before, cut, fold};

/// Octets of a key.
const KEY: usize = 40;
/// Octets between two addresses of which one points to the other.
const GAP: usize = 80;
/// Pieces of a key that count.
const PIECES: usize = 5;

/// The clues, each with its sort.
pub(super) fn clues(
    text: &str,
    sites: &[Site<'_>],
    index: usize,
    kind: u32,
) -> Vec<(u32, Vec<u32>)> {
    let Some(site) = sites.get(index) else {
        return Vec::new();
    };
    let mut found = Vec::with_capacity(24);
    let logged = u32::from(site.logged);
    let last = index.checked_sub(1).and_then(|at| sites.get(at));
    let next = sites.get(index + 1);
    let between = |from: usize, to: usize| match to.saturating_sub(from) {
        0..=GAP => cut(text, from, to),
        _ => "",
    };
    let left = last.map_or("", |last| between(last.full, site.start));
    let right = next.map_or("", |next| between(site.full, next.start));
    let arrows = [arrow(left), arrow(right)];
    found.push((240, arrows.to_vec()));
    let pieces = pieces(text, site.start);
    for (at, piece) in (0_u32..).zip(&pieces) {
        found.push((241, vec![*piece]));
        found.push((242, vec![at, *piece]));
    }
    found.push((243, pieces));
    if !site.logged {
        return found;
    }
    let side = |other: Option<&Site<'_>>| other.map_or(9, |other| u32::from(private(other)));
    let door = |other: Option<&Site<'_>>| other.map_or(9, port);
    let same = |other: &&Site<'_>| {
        !text
            .get(other.start.min(site.start)..other.start.max(site.start))
            .is_none_or(|gap| gap.contains('\n'))
    };
    let (last, next) = (last.filter(same), next.filter(same));
    let own = [side(Some(site)), side(last), side(next)];
    let ports = [door(Some(site)), door(last), door(next)];
    let place = [u32::from(last.is_some()), u32::from(next.is_some())];
    found.push((250, vec![logged]));
    found.push((251, own.to_vec()));
    found.push((252, ports.to_vec()));
    found.push((253, place.to_vec()));
    found.push((254, [own, ports].concat()));
    found.push((255, vec![kind, own[0], place[0], place[1]]));
    found.push((256, vec![kind, ports[0]]));
    found.push((257, [&own[..], &place[..]].concat()));
    found
}

/// Whether it is of a network that nobody routes.
pub(super) fn private(site: &Site<'_>) -> bool {
    let first = site.value.split(['/', '-']).next().unwrap_or_default();
    match first.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_unique_local(),
        Err(_) => false,
    }
}

/// What sort of port it has: none, a service's, a low one, a high one, one that a client opens.
pub(super) fn port(site: &Site<'_>) -> u32 {
    match site.port {
        None => 0,
        Some(port) if SERVICES.contains(&port) || port < 1024 => 1,
        Some(..10_000) => 2,
        Some(..32_768) => 3,
        Some(_) => 4,
    }
}

/// Ports that servers listen on, above 1023.
const SERVICES: [u16; 16] = [
    1433, 1900, 3306, 3389, 5060, 5432, 5900, 6379, 8000, 8080, 8081, 8443, 9200, 11_211, 25_565,
    27_017,
];

/// Which way an arrow between two addresses points: 1 onwards, 2 back, 3 both ways.
fn arrow(gap: &str) -> u32 {
    let onwards = ["->", "=>", "→", "⇒", " > ", ">>", "»"];
    let back = ["<-", "<=", "←", " < ", "<<", "«"];
    let has = |marks: &[&str]| marks.iter().any(|mark| gap.contains(mark));
    u32::from(has(&onwards)) + 2 * u32::from(has(&back))
}

/// The pieces of the key right before an address, the nearest first: of `clientAddr="` these are `addr` and `client`.
fn pieces(text: &str, start: usize) -> Vec<u32> {
    let lead = before(text, start, KEY);
    let lead = lead.trim_end_matches(['=', ':', '"', '\'', ' ', '[', '(', '>', '\\', '/', '\t']);
    let from = lead.rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'));
    let key = cut(
        lead,
        from.map_or(0, |at| {
            at + lead
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        }),
        lead.len(),
    );
    let mut all: Vec<u32> = Vec::new();
    let mut piece = String::new();
    let mut lower = false;
    for c in key.chars() {
        let turns = c.is_uppercase() && lower;
        if !c.is_alphanumeric() || turns {
            all.extend((!piece.is_empty()).then(|| named(&piece)));
            piece.clear();
        }
        lower = c.is_lowercase();
        if c.is_alphabetic() {
            piece.push(c);
        }
    }
    all.extend((!piece.is_empty()).then(|| named(&piece)));
    all.reverse();
    all.truncate(PIECES);
    all
}

fn named(piece: &str) -> u32 {
    hash(fold(piece).bytes(), 3)
}
