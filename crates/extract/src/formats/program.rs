//! Lines of programs that fix where each end stands: the rule decides, and what a user or a visitor wrote cannot.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::formats::port::protocol;
use crate::formats::rules;
use crate::text::{cut, regex};

/// What only such lines have, and the rule for the whole line. `{A}` is an address, `{P}` a port. The groups `s` and `sp` are the
/// source, `d` and `dp` the destination, `t` the protocol.
/// A rule without groups is for a line in which everything behind the mark is another's word.
pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| [rules::MORE, FIRST].concat());

/// A mark and its rule.
type Rule = (&'static str, &'static str);

const FIRST: &[Rule] = &[
    (
        "Connection from ",
        r"sshd(?:-session)?(?:\[\d+\])?:\s(?:\w+: )?Connection from (?<s>{A}) port (?<sp>{P}) on (?<d>{A}) port (?<dp>{P})",
    ),
    (
        "drop connection #",
        r"\bdrop connection #\d+ from \[(?<s>{A})\]:(?<sp>{P}) on \[(?<d>{A})\]:(?<dp>{P})",
    ),
    (
        "Received disconnect from ",
        r"sshd(?:-session)?(?:\[\d+\])?:\s(?:\w+: )?Received disconnect from (?<s>{A}) port (?<sp>{P}):\d",
    ),
    ("pure-ftpd: (", r"pure-ftpd: \([^)\s]*@(?<s>{A})\) "),
    ("loginname=", r"^[^(]* - \[\d+\] \((?<s>{A})\) "),
    ("Transport,", r"\[[\w.#]*Transport,\d+,(?<s>{A})\] "),
    ("xrdp_wm_log_msg: login failed", r"login failed for user"),
    // Apache with its own address for the name of the virtual host; Apache and nginx behind a proxy.
    ("] \"", r"^(?<d>{A}):(?<dp>{P}) (?<s>{A}) \S+ \S+ \["),
    ("] \"", r"^(?<s>{A}),(?: {A},?)+ \S+ \S+ \["),
    (
        "] [",
        r"^(?<s>{A}) - .* \[[\w-]*\] \[[\w-]*\] (?<d>{A}):(?<dp>{P}) \d+ [\d.]+ \d{3} \w+$",
    ),
    (
        "upstream: \"",
        r#", client: (?<s>{A}), server: [^,]*, request: ".*", upstream: "\w+://(?<d>{A}):(?<dp>{P})[/"]"#,
    ),
    (
        "ICMP connection for faddr",
        r"Built inbound (?<t>ICMP) connection for faddr (?<s>{A})/.* laddr (?<d>{A})/",
    ),
    (
        "ICMP connection for faddr",
        r"Built outbound (?<t>ICMP) connection for faddr (?<d>{A})/.* laddr (?<s>{A})/",
    ),
    // Who asked has the number of his echo behind his address.
    (
        "ICMP connection for faddr",
        r"(?<t>ICMP) connection for faddr (?<s>{A})/[1-9].* laddr (?<d>{A})/0",
    ),
    (
        "ICMP connection for faddr",
        r"(?<t>ICMP) connection for faddr (?<d>{A})/0.* laddr (?<s>{A})/[1-9]",
    ),
    (
        "Accessed URL",
        r"(?:@|\s|^)(?<s>{A})(?:\s?\([^)]*\))? Accessed URL (?<d>{A}):",
    ),
    (
        "translation from ",
        r"(?<t>TCP|UDP|ICMP) translation from [^:\s]+:(?<s>{A})/(?<sp>{P})",
    ),
    ("> IP <", r"%ASA-\d-\d+: Group <.*> IP <(?<s>{A})>"),
    (
        ": session c",
        r"RT_FLOW_SESSION_C\w+: session c\w+ (?:[^:]+: )?(?<s>{A})/(?<sp>{P})->(?<d>{A})/(?<dp>{P}) ",
    ),
    ("Login from: ", r"GlobalProtect .* Login from: (?<s>{A}),"),
    (
        ", NAT ",
        r"proto (?<t>TCP|UDP)[^,]*, (?<s>{A}):(?<sp>{P})->(?<d>{A}):(?<dp>{P}), NAT ",
    ),
    (
        " eni-",
        r"^\d+ \d{12} eni-\w+ (?<s>{A}) (?<d>{A}) (?<sp>{P}) (?<dp>{P}) (?<t>\d+) ",
    ),
    (
        " app/",
        r"^\w+ \S+Z app/\S+ (?<s>{A}):(?<sp>{P}) (?:(?<d>{A}):(?<dp>{P})|-) ",
    ),
    (
        "LAN-to-LAN SA",
        r"An outbound LAN-to-LAN SA .* between (?<s>{A}) and (?<d>{A}) ",
    ),
    (
        ",TRAFFIC,",
        r",TRAFFIC,[^,]*,[^,]*,[^,]*,(?<s>{A}),(?<d>{A})(?:,[^,]*){15},(?<sp>{P}),(?<dp>{P})(?:,[^,]*){3},(?<t>\w+),",
    ),
    (
        ",THREAT,",
        r",THREAT,[^,]*,[^,]*,[^,]*,(?<s>{A}),(?<d>{A})(?:,[^,]*){15},(?<sp>{P}),(?<dp>{P})(?:,[^,]*){3},(?<t>\w+),",
    ),
    // Mail that the server itself sent on.
    (
        "tp[",
        r"/[sl]mtp\[\d+\]: .*\brelay=[^\[,]*\[(?<d>{A})\](?::(?<dp>{P}))?, .*\bstatus=",
    ),
    (
        " stat=",
        r"\bmailer=.*\brelay=[^\[,]*\[(?<d>{A})\],.* stat=",
    ),
    (
        " H=",
        r"^\S+ \S+ (?:\[\d+\] )?\w{6}-\w{6,11}-\w{2,4} (?:=>|->|==|\*\*|>>) .* H=\S+ \[(?<d>{A})\](?::(?<dp>{P}))?",
    ),
    (
        "client @0x",
        r"client @0x[0-9a-f]+ (?<s>{A})#(?<sp>{P}) \([^)]*\):.* query: .* \((?<d>{A})\)$",
    ),
    (
        "query: ",
        r"client (?<s>{A})#(?<sp>{P})(?: \([^)]*\))?:.* query: .* \((?<d>{A})\)$",
    ),
    (
        "client @0x",
        r"client @0x[0-9a-f]+ (?<s>{A})#(?<sp>{P}) \([^)]*\):",
    ),
    (
        "RCPT from [",
        r"/\w+\[\d+\]: NOQUEUE: reject: RCPT from \[(?<s>{A})\]:(?<sp>{P}): \d{3} ",
    ),
    // OpenVPN names its peer before what he did; IPsec's servers put themselves first.
    (
        " VERIFY ",
        r"\s(?<s>{A}):(?<sp>{P}) VERIFY (?:ERROR|OK|KU|EKU|X509NAME)",
    ),
    (
        "no IKE config found for ",
        r"no IKE config found for (?<d>{A})\.\.\.(?<s>{A}),",
    ),
    (
        "]<=>",
        r"\s(?<d>{A})\[(?<dp>{P})\]<=>(?<s>{A})\[(?<sp>{P})\]",
    ),
    (
        "received packet: from ",
        r"received packet: from (?<s>{A})\[(?<sp>{P})\] to (?<d>{A})\[(?<dp>{P})\]",
    ),
    (
        "New connection: ",
        r"\] New connection: (?<s>{A}):(?<sp>{P}) \((?<d>{A}):(?<dp>{P})\) \[",
    ),
    (
        "ACCEPT from IP=",
        r"conn=\d+ fd=\d+ ACCEPT from IP=\[?(?<s>{A})\]?:(?<sp>{P}) \(IP=\[?(?<d>{A})\]?:(?<dp>{P})\)$",
    ),
    (
        "|http",
        r":\s(?:\S+\s)?https?://[^|\s]*\|\d{9,10}\|[^|]*\|(?<s>{A})\|",
    ),
    (
        "=\"TCP|",
        r#"\btr="TCP\|(?<d>{A})\|(?<dp>{P})\|(?<s>{A})\|(?<sp>{P})""#,
    ),
    (
        " TCP ",
        r"\s(?<s>{A})\s+(?:→|->)\s+(?<d>{A})\s+(?<t>TCP)\s\d+\s(?<sp>{P})\s(?:→|->|>)\s(?<dp>{P})\s",
    ),
    (
        " UDP ",
        r"\s(?<s>{A})\s+(?:→|->)\s+(?<d>{A})\s+(?<t>UDP)\s\d+\s(?<sp>{P})\s(?:→|->|>)\s(?<dp>{P})\s",
    ),
    // Exchange's receiving connector: its own end first.
    (
        "Z,",
        r"^\d{4}-\S+Z,[^,]*,[0-9A-F]+,\d+,(?<d>{A}):(?<dp>25|465|475|587|717|2525),(?<s>{A}):(?<sp>{P}),[-+*<>],",
    ),
];

fn compiled(rule: &str) -> Regex {
    let rule = rule.replace("{A}", r"[0-9A-Fa-f:.]{3,45}");
    regex(&rule.replace("{P}", r"\d{1,5}"))
}

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| RULES.iter().map(|rule| compiled(rule.1)).collect());

/// Apache and nginx behind a proxy: the whole chain stands last on the line.
static FORWARDED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r#"^(?<via>{A}) \S+ \S+ \[[^\]]{10,40}\] ".*" "(?<s>{A})(?:, {A})*"$"#)
});

/// One end: where its address stands in the line, and its port.
pub(crate) struct End {
    pub(crate) place: Range<usize>,
    pub(crate) port: Option<u16>,
}

/// What a rule says of a line.
pub(crate) struct Told {
    pub(crate) source: Option<End>,
    pub(crate) destination: Option<End>,
    pub(crate) protocol: Option<String>,
}

/// Reads a line by the rules of its program, of which `rules` may fit; `None` when no rule knows it.
pub(crate) fn read(text: &str, rules: &[usize]) -> Option<Told> {
    let patterns = rules.iter().filter_map(|index| PATTERNS.get(*index));
    let told = patterns.filter_map(|pattern| pattern.captures(text)).next();
    told.map(|told| told_by(&told)).or_else(|| forwarded(text))
}

fn told_by(told: &Captures<'_>) -> Told {
    Told {
        source: end(told, "s", "sp"),
        destination: end(told, "d", "dp"),
        protocol: told.name("t").and_then(|t| protocol(t.as_str())),
    }
}

/// The client that a proxy names; believed only when the proxy has a private address.
fn forwarded(text: &str) -> Option<Told> {
    let address = text
        .strip_suffix('"')?
        .ends_with(|c: char| c.is_ascii_hexdigit());
    let told = address.then(|| FORWARDED.captures(text)).flatten()?;
    let via = told.name("via")?.as_str().parse().ok();
    via.is_some_and(private).then(|| told_by(&told))
}

fn end(told: &Captures<'_>, address: &str, port: &str) -> Option<End> {
    let port = told.name(port).and_then(|port| port.as_str().parse().ok());
    Some(End {
        place: told.name(address)?.range(),
        port: port.filter(|port| *port > 0),
    })
}

/// An address that only a proxy of the server's own network has.
fn private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// Without the packet that an ICMP error quotes: its ends are those of another connection.
pub(crate) fn outer(text: &str) -> &str {
    memchr::memmem::find(text.as_bytes(), b" [SRC=").map_or(text, |end| cut(text, 0, end))
}
