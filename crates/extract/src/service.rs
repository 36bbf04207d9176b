//! Ports by the names of their services, as programs that look them up write them.

/// The usual services (IANA), with the names that tcpdump, argus and their like print.
const NAMES: [(&str, u16); 36] = [
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("tftp", 69),
    ("http", 80),
    ("pop3", 110),
    ("sunrpc", 111),
    ("ntp", 123),
    ("netbios-ns", 137),
    ("netbios-ssn", 139),
    ("imap", 143),
    ("imap2", 143),
    ("snmp", 161),
    ("ldap", 389),
    ("https", 443),
    ("microsoft-ds", 445),
    ("submissions", 465),
    ("smtps", 465),
    ("submission", 587),
    ("ldaps", 636),
    ("rsync", 873),
    ("imaps", 993),
    ("pop3s", 995),
    ("socks", 1080),
    ("ms-sql-s", 1433),
    ("ssdp", 1900),
    ("mysql", 3306),
    ("ms-wbt-server", 3389),
    ("sip", 5060),
    ("postgresql", 5432),
    ("vnc", 5900),
    ("irc", 6667),
    ("http-alt", 8080),
    ("webcache", 8080),
];

/// A port's number, or the number of the service that is named; never 0.
pub(crate) fn port(word: &str) -> Option<u16> {
    let named = || NAMES.iter().find(|(name, _)| *name == word);
    let number = word.parse().ok().filter(|port: &u16| *port > 0);
    number.or_else(|| named().map(|(_, port)| *port))
}
