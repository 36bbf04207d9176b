//! What reports name: many attackers, a few of them again and again; a constituency of four networks.

use extract::Role;
use pillarbox::search::{Kind, Value};

use super::Chance;

const ATTACKERS: usize = 300_000;
const DOMAINS: usize = 100_000;
const HASHES: usize = 100_000;
const CVES: usize = 2_000;
const SENDERS: usize = 5_000;
const REFERENCES: usize = 1_000;
const CONTACTS: usize = 20_000;

/// Octets of an address, told by numbers.
pub fn tail(chance: &mut Chance, octets: usize) -> String {
    let octets: Vec<String> = (0..octets).map(|_| chance.below(256).to_string()).collect();
    octets.join(".")
}

/// The same number gives the same text, and neighbours have nothing in common.
fn scattered(number: usize, salt: u64) -> Chance {
    let mut chance = Chance((number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d) ^ salt);
    chance.below(2);
    chance
}

pub fn attacker(chance: &mut Chance) -> String {
    let mut own = scattered(chance.rank(ATTACKERS), 4);
    format!("{}.{}", 11 + own.below(80), tail(&mut own, 3))
}

pub fn attacker6(chance: &mut Chance) -> String {
    let mut own = scattered(chance.rank(ATTACKERS / 10), 6);
    let group = |own: &mut Chance| format!("{:x}", 1 + own.below(0xfffe));
    format!(
        "2001:{}:{}:{}::{}",
        group(&mut own),
        group(&mut own),
        group(&mut own),
        group(&mut own)
    )
}

pub fn target(chance: &mut Chance) -> String {
    let network = chance.rank(4);
    let house = chance.rank(256);
    format!("10.{}.{house}.{}", 200 + network, 1 + chance.rank(250))
}

pub fn domain(chance: &mut Chance) -> String {
    format!("d{}.example", chance.rank(DOMAINS))
}

pub fn hash(chance: &mut Chance) -> String {
    let mut own = scattered(chance.rank(HASHES), 7);
    (0..8)
        .map(|_| format!("{:08x}", own.below(1 << 32)))
        .collect()
}

pub fn cve(chance: &mut Chance) -> String {
    format!("CVE-2026-{}", 1_000 + chance.rank(CVES))
}

pub fn sender(chance: &mut Chance) -> String {
    let number = chance.rank(SENDERS);
    format!("noc{number}@team{}.example", number / 3)
}

/// Of no report.
pub fn unheard_of(chance: &mut Chance) -> String {
    (0..8)
        .map(|_| format!("{:08x}", chance.below(1 << 32)))
        .collect()
}

pub fn reference(chance: &mut Chance) -> String {
    format!("CERT-{}#{}", chance.rank(50), chance.below(REFERENCES))
}

pub fn contact(chance: &mut Chance) -> String {
    format!("abuse@net{}.example", chance.rank(CONTACTS))
}

/// The values of one report.
pub fn message(chance: &mut Chance) -> Vec<Value> {
    let mut values = vec![Value::new(Kind::Sender, &sender(chance))];
    for _ in 0..=chance.below(2) {
        let text = if chance.below(20) == 0 {
            attacker6(chance)
        } else {
            attacker(chance)
        };
        values.push(address(&text, Role::Source, chance));
    }
    let text = target(chance);
    values.push(address(&text, Role::Destination, chance));
    if chance.below(3) == 0 {
        values.push(Value::new(Kind::Domain, &domain(chance)));
    }
    if chance.below(3) == 0 {
        values.push(Value::new(
            Kind::Url,
            &format!("http://www.{}/x", domain(chance)),
        ));
    }
    if chance.below(4) == 0 {
        values.push(Value::new(Kind::Hash, &hash(chance)));
    }
    if chance.below(8) == 0 {
        values.push(Value::new(Kind::Cve, &cve(chance)));
    }
    if chance.below(4) == 0 {
        let reference = reference(chance).to_lowercase();
        values.push(Value::new(Kind::Reference, &reference));
    }
    if chance.below(5) == 0 {
        values.push(Value::new(Kind::Mail, &contact(chance)));
    }
    values.sort();
    values.dedup();
    values
}

fn address(text: &str, role: Role, chance: &mut Chance) -> Value {
    let mut value = Value::new(Kind::Address, text);
    value.role = role;
    value.port = (chance.below(2) == 0).then_some(22);
    value
}
