//! What is asked.

use super::filled::{Chance, values};

/// A kind of question.
pub struct Kind {
    pub name: &'static str,
    /// The conditions of one question, with blanks between.
    pub ask: fn(&mut Chance) -> String,
}

macro_rules! kind {
    ($name:literal, $chance:ident, $ask:expr) => {
        Kind {
            name: $name,
            ask: |$chance| $ask,
        }
    };
}

/// "Absent" is in no message, "most common" in more than any other of its kind; the others are drawn as messages draw them.
pub const KINDS: [Kind; 29] = [
    kind!("address, attacker", c, values::attacker(c)),
    kind!("address, constituency", c, values::target(c)),
    kind!("address, absent", c, format!("100.{}", values::tail(c, 3))),
    kind!("address, most common", _c, "10.200.0.1".into()),
    kind!("/28", c, format!("{}/28", values::attacker(c))),
    kind!("/24", c, format!("{}/24", values::attacker(c))),
    kind!("/24, constituency", c, format!("{}/24", values::target(c))),
    kind!("/24, absent", c, format!("100.{}/24", values::tail(c, 3))),
    kind!("/20", c, format!("{}/20", values::attacker(c))),
    kind!("/16", c, format!("{}/16", values::attacker(c))),
    kind!("/16, absent", c, format!("100.{}/16", values::tail(c, 3))),
    kind!("/16, most common", _c, "10.200.0.0/16".into()),
    kind!("IPv6 /48", c, format!("{}/48", values::attacker6(c))),
    kind!("IPv6 /32", c, format!("{}/32", values::attacker6(c))),
    kind!("domain", c, format!("www.{}", values::domain(c))),
    kind!("parent domain", c, values::domain(c)),
    kind!(
        "parent domain, absent",
        c,
        format!("x{}", values::domain(c))
    ),
    kind!("URL", c, format!("http://www.{}/x", values::domain(c))),
    kind!("hash", c, values::hash(c)),
    kind!("hash, absent", c, values::unheard_of(c)),
    kind!("CVE", c, values::cve(c)),
    kind!("CVE, most common", _c, "CVE-2026-1000".into()),
    kind!("reference", c, format!("ref:{}", values::reference(c))),
    kind!("mail address", c, values::contact(c)),
    kind!("sender", c, format!("sender:{}", values::sender(c))),
    kind!(
        "sender, absent",
        c,
        format!("sender:x{}", values::sender(c))
    ),
    kind!("sender's domain", c, {
        let sender = values::sender(c);
        format!("sender:{}", sender.split('@').nth(1).unwrap())
    }),
    kind!(
        "address and port",
        c,
        format!("{} port:22", values::attacker(c))
    ),
    kind!(
        "/16 and sender",
        c,
        format!("{}/16 sender:{}", values::target(c), values::sender(c))
    ),
];
