//! Under which paths of the index a value stands, and under which a condition's answers do.
//!
//! Addresses stand under their /16 and /24 (/32 and /48 for IPv6). A network or range stands under the smallest of these that
//! holds it, on a leaf of its own, so that those around an asked address are found with one more question a level.

use extract::url_host;
use vault::Family;

use super::blocks::Block;
use super::condition::Condition;
use super::value::{Kind, Value, domain_of};

/// Levels from coarse to fine.
pub type Path = Vec<String>;

/// Networks of one level that are asked for one by one: an IPv4 /8 or IPv6 /24 is the widest that can be searched.
pub const MOST_NETWORKS: u128 = 256;
/// Networks of the middle level that are asked for one by one; where there are more, all below the coarse one is.
const MOST_MIDDLE: u128 = 16;
/// The leaf of networks and ranges. No address and no network is written so.
const NETS: &str = "nets";

/// Where a value stands: a path with all its levels for each row of the index.
pub fn of_value(value: &Value) -> Vec<(Family, Path)> {
    match value.kind {
        Kind::Address | Kind::Network => of_block(&value.text),
        Kind::Port => Vec::new(),
        Kind::Domain => vec![(Family::Name, name_path(&value.text))],
        Kind::Url => {
            let host = url_host(&value.text);
            match Block::parse(&host) {
                Some(_) => of_block(&host),
                None => vec![(Family::Name, name_path(&host))],
            }
        }
        Kind::Mail => vec![(Family::Mailbox, mailbox_path(&value.text))],
        Kind::Hash => vec![(Family::Hash, vec![value.text.clone()])],
        Kind::Cve => vec![(Family::Cve, vec![value.text.clone()])],
        Kind::Asn => vec![(Family::Asn, vec![value.text.clone()])],
        Kind::Sender => vec![(Family::Sender, mailbox_path(&value.text))],
        Kind::Reference => vec![(Family::Reference, vec![value.text.clone()])],
    }
}

fn of_block(text: &str) -> Vec<(Family, Path)> {
    let Some(block) = Block::parse(text) else {
        return Vec::new();
    };
    let (coarse, middle) = block.levels();
    let mut path: Path = Vec::new();
    let length = block.common_length();
    for level in [coarse, middle] {
        path.extend(block.networks(level).next().filter(|_| length >= level));
    }
    if block.is_address() {
        path.push(block.to_string());
    } else {
        pad(&mut path, block);
    }
    vec![(Family::Address, path)]
}

/// The leaf of networks that stand right under this path.
fn pad(path: &mut Path, block: Block) {
    while path.len() < 3 {
        path.push(format!("{NETS}{}", block.version()));
    }
}

fn name_path(name: &str) -> Path {
    vec![last_labels(name, 2), last_labels(name, 3)]
}

fn mailbox_path(address: &str) -> Path {
    vec![last_labels(domain_of(address), 2), address.to_owned()]
}

/// The last labels of a name; fewer when it has fewer.
fn last_labels(name: &str, count: usize) -> String {
    let labels: Vec<&str> = name.rsplit('.').take(count).collect();
    labels.into_iter().rev().collect::<Vec<_>>().join(".")
}

/// Where the answers to a condition are: paths that may lack fine levels. `None` when there would be too many.
pub fn of_condition(condition: &Condition) -> Option<Vec<(Family, Path)>> {
    Some(match condition {
        Condition::Network(block) => return around(*block),
        // Only ever a filter.
        Condition::Port(_) => Vec::new(),
        Condition::Name(name) => {
            let mut path = name_path(name);
            if name.split('.').count() < 3 {
                path.truncate(1);
            }
            let domain = last_labels(name, 2);
            vec![
                (Family::Name, path),
                (Family::Mailbox, vec![domain.clone()]),
                (Family::Sender, vec![domain]),
            ]
        }
        Condition::Url(url) => {
            let host = url_host(url);
            match Block::parse(&host) {
                Some(block) => return around(block),
                None => vec![(Family::Name, name_path(&host))],
            }
        }
        Condition::Mail(address) => vec![
            (Family::Mailbox, mailbox_path(address)),
            (Family::Sender, mailbox_path(address)),
        ],
        Condition::Sender(sender) if sender.contains('@') => {
            vec![(Family::Sender, mailbox_path(sender))]
        }
        Condition::Sender(domain) => vec![(Family::Sender, vec![last_labels(domain, 2)])],
        Condition::Hash(hash) => vec![(Family::Hash, vec![hash.clone()])],
        Condition::Cve(id) => vec![(Family::Cve, vec![id.clone()])],
        Condition::Asn(number) => vec![(Family::Asn, vec![number.clone()])],
        Condition::Reference(reference) => vec![(Family::Reference, vec![reference.clone()])],
    })
}

/// Addresses in a block, and networks and ranges that meet it.
fn around(block: Block) -> Option<Vec<(Family, Path)>> {
    let (coarse, middle) = block.levels();
    let mut paths: Vec<Path> = vec![Vec::new()];
    let mut under = |path: Path| paths.push(path);
    if block.count(coarse) > MOST_NETWORKS {
        return None;
    }
    for network in block.networks(coarse) {
        if block.count(middle) > MOST_MIDDLE {
            // Everything below.
            under(vec![network]);
        } else {
            let mut nets = vec![network];
            pad(&mut nets, block);
            under(nets);
        }
    }
    if block.count(middle) <= MOST_MIDDLE {
        let parents = block.networks(middle);
        for network in parents {
            let parent = Block::parse(&network)?.networks(coarse).next()?;
            if block.is_address() {
                under(vec![parent.clone(), network.clone(), block.to_string()]);
                let mut nets = vec![parent, network];
                pad(&mut nets, block);
                under(nets);
            } else {
                under(vec![parent, network]);
            }
        }
    }
    // Those wider than the coarse level.
    if let Some(widest) = paths.first_mut() {
        pad(widest, block);
    }
    Some(
        paths
            .into_iter()
            .map(|path| (Family::Address, path))
            .collect(),
    )
}
