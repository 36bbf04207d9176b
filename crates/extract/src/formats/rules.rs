//! Further rules of programs, written as those in `program`.

pub(super) const MORE: &[(&str, &str)] = &[
    // OpenVPN's server: whom it speaks with, then what it says of him.
    (
        " TLS",
        r"(?:^|\s)(?:\S+/)?(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}):(?<sp>{P}) TLS[ :]",
    ),
    (
        "SENT CONTROL",
        r"\s(?:\S+/)?(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}):(?<sp>{P}) SENT CONTROL",
    ),
    (
        "Connection reset, restarting",
        r"\s(?:\S+/)?(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}):(?<sp>{P}) Connection reset, restarting",
    ),
    (
        "...",
        r"\b(?<d>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{2,40})(?:\[[^\]]{0,64}\])?\.\.\.(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{2,40})(?:[\s,;\[(]|$)",
    ),
    (
        " half open IKE_SA with ",
        r" half open IKE_SA with (?<s>{A}) after timeout(?:, local (?<d>{A}))?",
    ),
    (
        ",SYSTEM,",
        r#",SYSTEM,.*\b(?:[Ff]rom|IP):? (?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{2,40})[.,"]"#,
    ),
    (
        ",GLOBALPROTECT,",
        r",GLOBALPROTECT,(?:[^,]*,){8,14}?(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{2,40}),",
    ),
    // ucspi-tcp: the server's own end first.
    (
        "tcpserver: ok ",
        r"tcpserver: ok \d+ [^:\s]*:(?<d>(?:[0-9]{1,3}\.){3}[0-9]{1,3}):(?<dp>{P}) [^:\s]*:(?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3}):[^:\s]*:(?<sp>{P})",
    ),
    (
        "Sampled servers:",
        r"\s(?<s>{A}) appears to be .*\sSampled servers:\s+(?<d>{A})",
    ),
    (
        "accept/",
        r"\baccept/(?<t>tcp|udp|tls)/\w+ \[(?<d>{A}):(?<dp>{P})->(?<s>{A}):(?<sp>{P})\]",
    ),
    (
        "Client_ip ",
        r#": ".*\bClient_ip (?<s>{A}) - Nat_ip .* - Vserver (?<d>{A}):(?<dp>{P})\b"#,
    ),
    // NetScaler: before any translation.
    (
        " - Vserver ",
        r"Source (?<s>{A}):(?<sp>{P}) - Vserver (?<d>{A}):(?<dp>{P})",
    ),
    (
        " - Destination ",
        r"Source (?<s>{A}):(?<sp>{P}) - Destination (?<d>{A}):(?<dp>{P})",
    ),
    (
        "remote host [ipv",
        r"remote host \[ipv[46]:(?<s>{A}):(?<sp>{P})\].*local host \[ipv[46]:(?<d>{A}):(?<dp>{P})\]",
    ),
    (
        " performed '",
        r"\b[Ii]p (?<s>{A}) performed '[\w.-]+/[\w.-]+'",
    ),
    (
        "annot login ",
        r"[Cc]annot login (?:user )?\S+@(?<s>{A})(?::|\s|$)",
    ),
    (" logged in as ", r"\bUser \S+@(?<s>{A}) logged in as "),
    (
        "login failure: ",
        r"login failure: \S+ {A} \({A}\) (?<s>{A})\s",
    ),
    (")(PORT=", r"\(HOST=(?<s>{A})\)\(PORT=(?<sp>{P})\)\)"),
    // A server that refuses our mail names our address in its reply.
    (
        " said: ",
        r"/smtp\[\d+\]: .*\brelay=[^\[,]*\[(?<d>{A})\](?::(?<dp>{P}))?, .*\bstatus=(?:bounced|deferred) \(host \S+ said: .*[\[( ](?<s>(?:[0-9]{1,3}\.){3}[0-9]{1,3})[\]), ;:]",
    ),
];
