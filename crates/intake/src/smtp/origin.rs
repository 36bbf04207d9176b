//! What a relay or proxy of ours says about the client behind it: the arguments of `XCLIENT` and `XFORWARD`, as Postfix'
//! XCLIENT_README and XFORWARD_README define them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::replies::Refusal;

/// What `EHLO` announces.
pub(super) const XCLIENT: &str = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
/// What `EHLO` announces.
pub(super) const XFORWARD: &str = "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE";

/// The longest value, decoded.
const LONGEST: usize = 255;

/// One thing that a relay may say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Named<T> {
    /// It says nothing of it.
    #[default]
    Unsaid,
    /// It says that it doesn't know (`[UNAVAILABLE]`, `[TEMPUNAVAIL]`).
    Unknown,
    /// It says so.
    Is(T),
}

impl<T> Named<T> {
    /// What was said, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Named::Is(value) => Some(value),
            Named::Unsaid | Named::Unknown => None,
        }
    }

    fn update(&mut self, newer: Self) {
        match newer {
            Named::Unsaid => {}
            Named::Unknown | Named::Is(_) => *self = newer,
        }
    }
}

/// What a relay says of a client. Names are printable ASCII. `Debug` shows none of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// `ADDR`
    pub address: Named<IpAddr>,
    /// `NAME`, as the relay looked it up.
    pub name: Named<String>,
    /// `HELO`, as the client said it to the relay. After `XCLIENT` the client says it itself, and that counts.
    pub helo: Named<String>,
    /// `LOGIN`, of `XCLIENT` only.
    pub login: Named<String>,
    /// `IDENT`, of `XFORWARD` only: the relay's id of the message.
    pub ident: Named<String>,
}

impl Origin {
    /// What was said later counts, what was not said again stays: attributes may come one by one.
    pub(super) fn update(&mut self, newer: Self) {
        self.address.update(newer.address);
        self.name.update(newer.name);
        self.helo.update(newer.helo);
        self.login.update(newer.login);
        self.ident.update(newer.ident);
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(…)")
    }
}

pub(super) fn xclient(arguments: &str) -> Result<Origin, Refusal> {
    read(arguments, |origin, name, value| {
        match name {
            // A login is an identity: what can't be told exactly is not taken for another.
            "LOGIN" if !value.bytes().all(|octet| octet.is_ascii_graphic()) => return None,
            "LOGIN" => origin.login = text(value),
            "DESTADDR" => address(value).map(drop)?,
            "DESTPORT" => port(value)?,
            "PROTO" => one_of(value, &["SMTP", "ESMTP"])?,
            _ => common(origin, name, value)?,
        }
        Some(())
    })
}

pub(super) fn xforward(arguments: &str) -> Result<Origin, Refusal> {
    read(arguments, |origin, name, value| {
        match name {
            "IDENT" => origin.ident = text(value),
            "SOURCE" => one_of(value, &["LOCAL", "REMOTE"])?,
            // Whatever the message came by: `SMTP`, `ESMTP`, `QMQP` …
            "PROTO" => {}
            _ => common(origin, name, value)?,
        }
        Some(())
    })
}

fn common(origin: &mut Origin, name: &str, value: &str) -> Option<()> {
    match name {
        "ADDR" => origin.address = address(value)?,
        "NAME" => origin.name = text(value),
        "HELO" => origin.helo = text(value),
        "PORT" => port(value)?,
        _ => return None,
    }
    Some(())
}

/// Reads `NAME=value …`, at least one, names in upper or lower case, values in xtext (RFC 3461 section 4).
fn read(
    arguments: &str,
    take: impl Fn(&mut Origin, &str, &str) -> Option<()>,
) -> Result<Origin, Refusal> {
    let mut origin = Origin::default();
    if arguments.trim_ascii().is_empty() {
        return Err(Refusal::BadArguments);
    }
    for word in arguments.split_ascii_whitespace() {
        let attribute = word.split_once('=').and_then(|(name, value)| {
            let value = decode(value)?;
            take(&mut origin, &name.to_ascii_uppercase(), &value)
        });
        attribute.ok_or(Refusal::BadArguments)?;
    }
    Ok(origin)
}

fn decode(xtext: &str) -> Option<String> {
    let mut octets = Vec::new();
    let mut rest = xtext.as_bytes();
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        if *octet != b'+' {
            octets.push(*octet);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        octets.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    let text = String::from_utf8(octets).ok()?;
    (text.len() <= LONGEST).then_some(text)
}

/// Two words for "no idea"; an empty value says no more.
fn is_unknown(value: &str) -> bool {
    value.is_empty()
        || value.eq_ignore_ascii_case("[UNAVAILABLE]")
        || value.eq_ignore_ascii_case("[TEMPUNAVAIL]")
}

/// A name that strangers chose: what is not printable ASCII becomes a question mark.
fn text(value: &str) -> Named<String> {
    match is_unknown(value) {
        true => Named::Unknown,
        false => Named::Is(
            value
                .chars()
                .map(|character| match character.is_ascii_graphic() {
                    true => character,
                    false => '?',
                })
                .collect(),
        ),
    }
}

/// An IPv4 address, or an IPv6 address after `IPV6:`.
fn address(value: &str) -> Option<Named<IpAddr>> {
    if is_unknown(value) {
        return Some(Named::Unknown);
    }
    let address = match value.split_at_checked(5) {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPV6:") => {
            IpAddr::V6(address.parse::<Ipv6Addr>().ok()?)
        }
        Some(_) | None => IpAddr::V4(value.parse::<Ipv4Addr>().ok()?),
    };
    Some(Named::Is(address.to_canonical()))
}

fn port(value: &str) -> Option<()> {
    let digits = value.bytes().all(|octet| octet.is_ascii_digit());
    (is_unknown(value) || digits && value.parse::<u16>().is_ok()).then_some(())
}

fn one_of(value: &str, words: &[&str]) -> Option<()> {
    let fits = words.iter().any(|word| word.eq_ignore_ascii_case(value));
    (fits || is_unknown(value)).then_some(())
}
