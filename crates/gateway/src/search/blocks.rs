//! Networks and ranges of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The addresses from one to another, both included, of one IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    first: u128,
    last: u128,
    is_v6: bool,
}

impl Block {
    /// Reads an address, `address/length`, or `first-last`. IPv4 in IPv6 (`::ffff:192.0.2.1`) is IPv4.
    pub fn parse(text: &str) -> Option<Block> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (one(first.trim())?, one(last.trim())?);
            let fits = first.is_v6 == last.is_v6 && first.first <= last.last;
            return fits.then_some(Block {
                last: last.last,
                ..first
            });
        }
        if text.contains('/') {
            let net: IpNet = text.parse().ok()?;
            let (first, last) = (number(net.network()), number(net.broadcast()));
            let is_v6 = net.addr().is_ipv6();
            return Some(Block { first, last, is_v6 });
        }
        one(text)
    }

    /// Whether it is one address.
    pub fn is_address(self) -> bool {
        self.first == self.last
    }

    /// Whether they have an address in common.
    pub fn meets(self, other: Block) -> bool {
        self.is_v6 == other.is_v6 && self.first <= other.last && other.first <= self.last
    }

    /// Of the two levels of networks in the index, the coarse and the middle one: prefix lengths.
    pub fn levels(self) -> (u32, u32) {
        if self.is_v6 { (32, 48) } else { (16, 24) }
    }

    fn width(self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// How many networks of this length it touches.
    pub fn count(self, length: u32) -> u128 {
        let shift = self.width() - length;
        (self.last >> shift) - (self.first >> shift) + 1
    }

    /// The networks of this length that it touches, each as `address/length`.
    pub fn networks(self, length: u32) -> impl Iterator<Item = String> {
        let shift = self.width() - length;
        (self.first >> shift..=self.last >> shift)
            .map(move |number| format!("{}/{length}", self.address(number << shift)))
    }

    /// The length of the shortest prefix that all its addresses share.
    pub fn common_length(self) -> u32 {
        let same = (self.first ^ self.last).leading_zeros();
        same - (128 - self.width())
    }

    /// 4 or 6.
    pub fn version(self) -> u8 {
        if self.is_v6 { 6 } else { 4 }
    }

    fn address(self, number: u128) -> IpAddr {
        if self.is_v6 {
            Ipv6Addr::from_bits(number).into()
        } else {
            Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)).into()
        }
    }
}

impl fmt::Display for Block {
    /// An address, a network, or `first-last`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.address(self.first), self.address(self.last));
        let length = self.common_length();
        let rest = u128::MAX
            .checked_shr(128 - (self.width() - length))
            .unwrap_or(0);
        if self.is_address() {
            write!(f, "{first}")
        } else if self.first & rest == 0 && self.last & rest == rest {
            write!(f, "{first}/{length}")
        } else {
            write!(f, "{first}-{last}")
        }
    }
}

fn one(text: &str) -> Option<Block> {
    let address: IpAddr = text.parse().ok()?;
    let address = address.to_canonical();
    Some(Block {
        first: number(address),
        last: number(address),
        is_v6: address.is_ipv6(),
    })
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::Block;

    #[test]
    fn blocks_are_read_written_and_compared() {
        for text in [
            "192.0.2.7",
            "192.0.2.0/24",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:db8::7",
            "192.0.2.255-192.0.3.1",
            "2001:db8::1-2001:db8::3",
        ] {
            assert_eq!(Block::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Block::parse("192.0.2.0 - 192.0.2.255").unwrap().to_string(),
            "192.0.2.0/24"
        );
        assert_eq!(
            Block::parse("::ffff:192.0.2.7").unwrap().to_string(),
            "192.0.2.7"
        );
        for text in [
            "",
            "x",
            "192.0.2.9-192.0.2.1",
            "192.0.2.1-::1",
            "1.2.3.4/33",
        ] {
            assert_eq!(Block::parse(text), None, "{text}");
        }
        let block = |text| Block::parse(text).unwrap();
        assert!(block("192.0.2.0/25").meets(block("192.0.2.127")));
        assert!(!block("192.0.2.0/25").meets(block("192.0.2.128")));
        assert!(!block("::/0").meets(block("192.0.2.128")));
        assert_eq!(block("192.0.2.255-192.0.3.1").common_length(), 23);
        assert_eq!(block("10.0.0.0/8").count(16), 256);
        assert_eq!(
            block("192.0.2.255-192.0.3.1")
                .networks(24)
                .collect::<Vec<_>>(),
            ["192.0.2.0/24", "192.0.3.0/24"]
        );
    }
}
