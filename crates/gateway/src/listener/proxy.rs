//! The PROXY protocol, versions 1 and 2 (the HAProxy project's `proxy-protocol.txt`): a proxy of ours names the client
//! before the first octet of it. Read only from addresses that the configuration names; exactly the header is consumed,
//! so TLS may follow.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a version 2 header begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Octets of the longest version 1 line, CRLF included.
const LONGEST_LINE: usize = 107;
/// Octets of addresses and extensions (TLVs, which are ignored) that are taken.
const LONGEST_BODY: usize = 2048;

/// Whom a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The proxy speaks for itself, as for a health check, or doesn't know.
    Proxy,
    /// The client at this address.
    Client(IpAddr),
}

/// Reads one header.
///
/// # Errors
/// `InvalidData` when it is none; as the stream says.
pub(super) async fn read<T: AsyncRead + Unpin>(stream: &mut T) -> io::Result<Named> {
    // No header of either version is shorter.
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    let named = if start == SIGNATURE {
        let mut fixed = [0; 4];
        stream.read_exact(&mut fixed).await?;
        let [command, family, high, low] = fixed;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > LONGEST_BODY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        version_2(command, family, &body)
    } else {
        let mut line = start.to_vec();
        while !line.ends_with(b"\n") {
            if line.len() == LONGEST_LINE || !line.starts_with(b"PROXY ") {
                return Err(io::ErrorKind::InvalidData.into());
            }
            line.push(stream.read_u8().await?);
        }
        version_1(&line)
    };
    named.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// `PROXY TCP4 source destination port port CRLF`.
fn version_1(line: &[u8]) -> Option<Named> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let fields: Vec<&str> = text.split(' ').collect();
    let port = |text: &str| {
        text.bytes().all(|octet| octet.is_ascii_digit()) && text.parse::<u16>().is_ok()
    };
    match fields.as_slice() {
        // Whatever follows must be ignored.
        ["PROXY", "UNKNOWN", ..] => Some(Named::Proxy),
        ["PROXY", family, source, destination, from, to] if port(from) && port(to) => {
            let source: IpAddr = source.parse().ok()?;
            let destination: IpAddr = destination.parse().ok()?;
            let fits = match *family {
                "TCP4" => source.is_ipv4() && destination.is_ipv4(),
                "TCP6" => source.is_ipv6() && destination.is_ipv6(),
                _ => false,
            };
            fits.then(|| Named::Client(source.to_canonical()))
        }
        _ => None,
    }
}

fn version_2(command: u8, family: u8, body: &[u8]) -> Option<Named> {
    match (command, family) {
        // LOCAL: the addresses, if any, mean nothing.
        (0x20, _) => Some(Named::Proxy),
        // PROXY over TCP and IPv4: two addresses and two ports.
        (0x21, 0x11) => {
            let (source, rest) = body.split_first_chunk::<4>()?;
            (rest.len() >= 8).then(|| Named::Client(Ipv4Addr::from(*source).into()))
        }
        (0x21, 0x21) => {
            let (source, rest) = body.split_first_chunk::<16>()?;
            let source = IpAddr::from(Ipv6Addr::from(*source));
            (rest.len() >= 20).then(|| Named::Client(source.to_canonical()))
        }
        // Unspecified, and Unix sockets, which have no address.
        (0x21, 0x00 | 0x31) => Some(Named::Proxy),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the octets mean, and how many of them were consumed.
    fn parse(octets: &[u8]) -> (io::Result<Named>, usize) {
        let mut rest = octets;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let named = runtime.block_on(read(&mut rest));
        (named, octets.len() - rest.len())
    }

    fn header_2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, body].concat()
    }

    #[test]
    fn both_versions_name_the_client() {
        let client = |text: &str| Named::Client(text.parse().unwrap());
        let v6 = [Ipv6Addr::LOCALHOST.octets(), [7; 16]].concat();
        let cases = [
            (
                b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\r\n".to_vec(),
                client("192.0.2.7"),
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 40000 25\r\n".to_vec(),
                client("2001:db8::7"),
            ),
            (
                b"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n".to_vec(),
                client("192.0.2.7"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), Named::Proxy),
            (
                b"PROXY UNKNOWN ffff::1 any thing\r\n".to_vec(),
                Named::Proxy,
            ),
            (
                header_2(0x21, 0x11, &[192, 0, 2, 7, 1, 2, 3, 4, 0, 1, 0, 25]),
                client("192.0.2.7"),
            ),
            (
                header_2(0x21, 0x21, &[&v6[..], &[0; 4], b"extensions"].concat()),
                client("::1"),
            ),
            (header_2(0x20, 0x11, &[]), Named::Proxy),
            (header_2(0x21, 0x00, b"whatever"), Named::Proxy),
        ];
        for (header, expected) in cases {
            let all = [&header[..], b"EHLO c.example\r\n"].concat();
            let (named, consumed) = parse(&all);
            assert_eq!(named.unwrap(), expected, "{header:?}");
            assert_eq!(
                consumed,
                header.len(),
                "nothing after the header is touched"
            );
            for cut in 0..header.len() {
                assert!(parse(&header[..cut]).0.is_err(), "cut at {cut}: {header:?}");
            }
        }
    }

    #[test]
    fn anything_else_is_no_header() {
        for wrong in [
            &b"EHLO c.example\r\n"[..],
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\n EHLO",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 +25\r\n",
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 65536\r\n",
            b"PROXY TCP4 192.0.2.07 198.51.100.1 40000 25\r\n",
            b"PROXY TCP4 2001:db8::7 ::1 40000 25\r\n",
            b"PROXY TCP4 192.0.2.7  198.51.100.1 40000 25\r\n",
            b"proxy TCP4 192.0.2.7 198.51.100.1 40000 25\r\n",
            b"PROXY UDP4 192.0.2.7 198.51.100.1 40000 25\r\n",
            &[&b"PROXY UNKNOWN "[..], &[b'x'; 200], b"\r\n"].concat(),
            &header_2(0x21, 0x11, &[1; 11]),
            &header_2(0x21, 0x21, &[1; 35]),
            &header_2(0x21, 0x12, &[1; 12]),
            &header_2(0x22, 0x11, &[1; 12]),
            &header_2(0x11, 0x11, &[1; 12]),
            &header_2(0x20, 0x11, &[1; 2049]),
        ] {
            assert!(parse(wrong).0.is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_are_too_much(start in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 ", &SIGNATURE]), rest: Vec<u8>) {
            let all = [start, &rest].concat();
            let (_, consumed) = parse(&all);
            prop_assert!(consumed <= SIGNATURE.len() + 4 + LONGEST_BODY);
        }
    }
}
