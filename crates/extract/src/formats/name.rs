//! The names that programs give to the two ends of a connection, their ports and the protocol: `rport`, `srcIPAddr`, `VserverServiceIP`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Role;
use crate::formats::pieces;
use crate::label::{self, Field, What};
use crate::text::cut;

/// Names of one word that say whose value it is, small and without marks between their parts.
const NAMES: [(Role, What, &str); 5] = [
    (
        Role::Source,
        What::Address,
        "csip userip useripaddress ipclient clientip clientaddr clientipaddress clienthost callingstationid callingstation \
         tunnelclientendpoint src4 src6 srcipv4 srcipv6 srcipaddr srcipaddress sourceipaddr sourceipaddress sourceaddr sourceaddress \
         ipsource ipsrc origip actorip actoripaddress peerip peeraddr peeraddress attackip attackerip attackeraddress hackerip visitorip \
         remoteaddr remotehost remoteip remoteipaddress fromip fromaddr accessip cip callerip calleripaddress requesterip \
         originatorip srchostip threatip offenderip intruderip publicsourceip trueclientip \
         ipstring c6a2 srcnodeip initiatorip initiatoraddress regip registrationip signupip joinip postip posterip commentip authorip loginip \
         lastip lastloginip submitip voterip ordererip connectingip",
    ),
    (
        Role::Destination,
        What::Address,
        "cdip localip localaddr localaddress locip dst4 dst6 dstipv4 dstipv6 dstipaddr dstipaddress destipaddr destip destaddr destaddress \
         destinationaddr destinationaddress destinationip destinationipaddress ipdst ipdest ipdestination vserverip vserverserviceip \
         vserveripaddress vip virtualip virtualserverip targetip targetaddr targetaddress tgtip victimip respip toip toaddr c6a3 \
         responderip responderaddress attackedip dstnodeip upstreamhost",
    ),
    (
        Role::Source,
        What::Port,
        "csport rport remport remoteport cport clientport clientsrcport srcpt srcprt srcportno peerport fromport l4srcport sourceportnumber \
         attackerport initiatorport srcl4port srcp qport",
    ),
    (
        Role::Destination,
        What::Port,
        "cdport lport locport localport svcport serverport dstpt dstprt destpt dstportno l4dstport toport vport vserverport vserverserviceport \
         serviceport tgtport targetport victimport destinationportnumber responderport dstl4port dstp zport",
    ),
    (
        Role::Unknown,
        What::Protocol,
        "ipproto ipprotocol l4 l4proto l4protocol layer4 layer4protocol transproto tproto protonum protonumber protoid protocolid \
         protocolnumber protocolname networkprotocol transportprotocol iptransport",
    ),
];

static KNOWN: LazyLock<HashMap<&str, (Role, What)>> = LazyLock::new(|| {
    let lists = NAMES.iter();
    let names = lists
        .flat_map(|(role, what, list)| list.split_whitespace().map(|name| (name, (*role, *what))));
    names.collect()
});

/// What a key of a line or of JSON, or a column's title names.
pub(crate) fn read(key: &str) -> Option<Field> {
    let key = match key.strip_suffix(')').and_then(|key| key.rsplit_once('(')) {
        // H3C and Huawei number theirs: `SrcIPAddr(1003)`.
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => key,
    };
    let named = label::read(key);
    match named {
        Some(field) if field.role != Role::Unknown => named,
        Some(_) | None => known(key).or_else(|| pieces::read(key)).or(named),
    }
}

fn known(key: &str) -> Option<Field> {
    if !(2..=32).contains(&key.len()) {
        return None;
    }
    let mut small = [0_u8; 32];
    let mut length = 0;
    for byte in key
        .bytes()
        .filter(|b| !matches!(b, b'_' | b'-' | b'.' | b' '))
    {
        *small.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let small = std::str::from_utf8(small.get(..length)?).ok()?;
    let (role, what) = KNOWN.get(small).copied()?;
    Some(Field {
        role,
        what,
        affected: false,
    })
}

/// Whether a key says by its shape that it is one, without a mark behind it: `ClientIP 192.0.2.1`, `Client_ip 192.0.2.1`.
pub(crate) fn shaped(key: &str) -> bool {
    let small = key.to_ascii_lowercase();
    let parts =
        key.contains('_') || cut(key, 1, key.len()).contains(|c: char| c.is_ascii_uppercase());
    parts
        && ["ip", "addr", "address", "port"]
            .iter()
            .any(|end| small.ends_with(end))
}
