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
