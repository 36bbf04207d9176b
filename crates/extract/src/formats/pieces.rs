//! Keys by their pieces, however they are put together: `CClientAddr`, `RemoteAddressIP4`, `peer_ip_addr`, `addr.remote`.

use crate::Role;
use crate::label::{Field, What};
use crate::text::cut;

/// Pieces of a key that are looked at, at most.
const PIECES: usize = 6;

const CAME: &str = "src source client remote peer attacker attacking initiator visitor caller offender intruder requester requestor \
     foreign hacker abuser scanner orig originator sender real bad evil hostile rogue offending culprit abusive malicious blamed";
const MET: &str =
    "dst dest destination local target tgt victim responder resp listener vserver sinkhole our";
const SERVERS: &str = "server srv backend upstream";
const ADDRESS: &str = "ip ips ipv4 ipv6 ip4 ip6 addr addr4 addr6 address addresses ipaddr ipaddress inet sockaddr endpoint";
/// What may stand between the others.
const FILLER: &str = "c s v4 v6 x a true original public tcp udp http net network socket sock conn connection session event \
     request req host node instance details detail info str string";

/// The pieces of a key, small: cut at marks, before a capital behind a small letter, and before the last capital of several.
fn pieces(key: &str) -> Option<Vec<String>> {
    let letters: Vec<char> = key.chars().take(48).collect();
    let mut pieces: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, c) in letters.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|at| letters.get(at));
        let small = |c: Option<&char>| c.is_some_and(char::is_ascii_lowercase);
        let begins = c.is_ascii_uppercase()
            && (small(previous)
                || small(letters.get(at + 1)) && previous.is_some_and(char::is_ascii_uppercase));
        let mark = !c.is_ascii_alphanumeric();
        if (begins || mark) && !word.is_empty() {
            pieces.push(std::mem::take(&mut word));
        }
        if !mark {
            word.push(c.to_ascii_lowercase());
        }
    }
    if !word.is_empty() {
        pieces.push(word);
    }
    (pieces.len() <= PIECES).then_some(pieces)
}

fn holds(list: &str, piece: &str) -> bool {
    list.split(' ').any(|word| word == piece)
}

/// Whose address or port a key names; nothing where one of its pieces says something else, or two say both.
pub(super) fn read(key: &str) -> Option<Field> {
    told(key, &[CAME], &[MET])
}

/// What a key names of a server, which says something only beside its client.
pub(super) fn server(key: &str) -> Option<Field> {
    told(key, &[], &[SERVERS])
}

fn told(key: &str, came: &[&str], met: &[&str]) -> Option<Field> {
    if !(5..=40).contains(&key.len()) || !key.is_ascii() {
        return None;
    }
    let (mut role, mut what) = (None, None);
    for piece in pieces(key)? {
        let of = |lists: &[&str]| lists.iter().any(|list| holds(list, &piece));
        let named = match (of(came), of(met)) {
            (true, _) => Some(Role::Source),
            (_, true) => Some(Role::Destination),
            (false, false) => None,
        };
        match named {
            Some(other) if role.is_none_or(|role| role == other) => role = Some(other),
            Some(_) => return None,
            None if piece == "port" => what = Some(What::Port),
            None if holds(ADDRESS, &piece) => what = what.or(Some(What::Address)),
            None if holds(FILLER, &piece) => {}
            None => return None,
        }
    }
    Some(Field {
        role: role?,
        what: what?,
        affected: false,
    })
}

/// Whether a line has the key of a client: beside it, `server_ip` was spoken to.
pub(super) fn asked(line: &str) -> bool {
    ["lient", "cli=", "emote", "ttacker", "src"]
        .iter()
        .any(|word| memchr::memmem::find(line.as_bytes(), word.as_bytes()).is_some())
}

/// What two or three words before an address name: `remote host [`, `Dst IP: `, `Local Host IP: `.
pub(super) fn words(lead: &str, key: &str) -> Option<Role> {
    let things = ["ip", "addr", "address", "host", "endpoint", "socket"];
    things
        .iter()
        .any(|thing| key.eq_ignore_ascii_case(thing))
        .then_some(())?;
    let bare = lead.strip_suffix(' ')?;
    let word = crate::text::last_word(bare);
    let role = |name: &str| {
        let field = super::name::read(name).filter(|field| field.what == What::Address);
        field
            .map(|field| field.role)
            .filter(|role| *role != Role::Unknown)
    };
    if !(3..=11).contains(&word.len()) {
        return None;
    }
    role(&format!("{word} {key}")).or_else(|| {
        things
            .iter()
            .any(|thing| word.eq_ignore_ascii_case(thing))
            .then_some(())?;
        let outer = cut(bare, 0, bare.len() - word.len()).strip_suffix(' ')?;
        let first = crate::text::last_word(outer);
        ((3..=11).contains(&first.len())).then_some(())?;
        role(&format!("{first} {key}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{read, server};
    use crate::Role;
    use crate::label::What;

    #[test]
    fn keys_are_read_by_their_pieces() {
        for key in [
            "CClientAddr",
            "RemoteAddressIP4",
            "peer_ip_addr",
            "addr.remote",
            "tcp.remote.ip",
            "HttpClientIp",
            "remote-ip4",
            "Attacker_Addr",
            "x-real-client-ip",
            "initiator.ip",
            "peerSockaddr",
        ] {
            let field = read(key);
            assert_eq!(
                field.map(|field| (field.role, field.what)),
                Some((Role::Source, What::Address)),
                "{key}"
            );
        }
        for key in [
            "LocalAddressIP4",
            "conn.local.addr",
            "victim_ip_address",
            "responderIp4",
            "TargetSockAddr",
        ] {
            let field = read(key);
            assert_eq!(
                field.map(|field| field.role),
                Some(Role::Destination),
                "{key}"
            );
        }
        assert_eq!(
            read("RemoteHostPort").map(|field| field.what),
            Some(What::Port)
        );
        for key in [
            "client_version_ip",
            "srcdst_ip",
            "remote_user",
            "source",
            "peer_to_local_ip",
            "ip_address",
        ] {
            assert_eq!(read(key), None, "{key}");
        }
        assert!(
            server("SServerAddr").is_some()
                && server("server_ip").is_some()
                && server("server_name").is_none()
        );
    }
}
