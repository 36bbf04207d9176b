//! How peers protect their mail: indicators, alerts and reports, with the real binary, a real Postgres and real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "support/dns.rs"]
mod dns;
#[path = "support/mod.rs"]
mod support;

#[path = "transport/alerts.rs"]
mod alerts;
#[path = "transport/hook.rs"]
mod hook;
#[path = "transport/outgoing.rs"]
mod outgoing;
#[path = "transport/received.rs"]
mod received;

use support::{Installation, send};

/// The team's address.
pub const TEAM: &str = "csirt@team.example";

/// How the front MTA took a message from its peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// By STARTTLS.
    Tls,
    /// Without.
    Clear,
    /// A content filter handed it back: nothing is known.
    Unknown,
}

/// A mail as our own front MTA hands it over: its Received on top, a field of each of its filters, then the sender's.
pub fn relayed(domain: &str, hop: Hop, proved: bool, number: usize, more: &str) -> String {
    let from = "from mail.partner.example (mail.partner.example [192.0.2.25])";
    let received = match hop {
        Hop::Tls => format!(
            "{from}\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\tby mx.team.example (Postfix) with ESMTPS id A{number}"
        ),
        Hop::Clear => format!("{from}\n\tby mx.team.example (Postfix) with ESMTP id A{number}"),
        Hop::Unknown => "from localhost (localhost [127.0.0.1])\n\tby mx.team.example (Postfix) with ESMTP id A1".into(),
    };
    let verdict = if proved { "pass" } else { "fail" };
    let body = if more.is_empty() {
        "\n192.0.2.10 scans 198.51.100.7.\n"
    } else {
        more
    };
    format!(
        "Received: {received};\n\tTue, 05 Mar 2024 09:00:00 +0100\nAuthentication-Results: mx.team.example; dmarc={verdict} header.from={domain}\n\
         Authentication-Results: mx.team.example; spf={verdict} smtp.mailfrom=noc@{domain}\n\
         From: noc@{domain}\nTo: {TEAM}\nSubject: Scan {number}\nMessage-ID: <{number}.{proved}@{domain}>\n\
         Date: Tue, 05 Mar 2024 09:00:00 +0100\n{body}"
    )
}

/// Sends a report and waits until it is filed.
pub fn report(installation: &Installation, domain: &str, hop: Hop, proved: bool, number: usize) {
    let message = relayed(domain, hop, proved, number, "");
    let reply = send(
        installation.ports.smtp,
        &format!("noc@{domain}"),
        TEAM,
        &message,
    );
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// `transport show --json` of a peer; `None` when nothing is known of it.
pub fn shown(installation: &Installation, peer: &str) -> Option<serde_json::Value> {
    let output = installation.output(&["transport", "show", peer, "--json"]);
    match output.status.code() {
        Some(0) => Some(serde_json::from_slice(&output.stdout).unwrap()),
        Some(1) => None,
        other => panic!("{other:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
