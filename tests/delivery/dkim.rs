//! DKIM: what the real daemon signs with two keys verifies against what `keys generate dkim` said to publish.

use std::fs;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use crate::dns::{TestDns, Zone};
use crate::support::{Installation, send, wait_for};

const REPORT: &str = "From: noc@partner.example\r\nTo: csirt@team.example\r\nSubject: Scan\r\nMessage-ID: <d.1@partner.example>\r\n\
                      Date: Tue, 05 Mar 2024 09:00:00 +0100\r\n\r\nHello,\r\n\r\nour server 198.51.100.7 is attacked from 192.0.2.10.\r\n";

/// Makes a key; its TXT record as a line of the zone.
fn generate(installation: &Installation, selector: &str, algorithm: &str) -> String {
    let file = installation.path(&format!("{selector}.pem"));
    let said = installation.run(&[
        "keys",
        "generate",
        "dkim",
        "--selector",
        selector,
        "--algorithm",
        algorithm,
        &file.display().to_string(),
    ]);
    let record = said
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{selector}._domainkey.team.example. IN TXT ")))
        .unwrap();
    format!("{selector}._domainkey TXT {record}")
}

fn entry(installation: &Installation, selector: &str) -> String {
    let file = installation.path(&format!("{selector}.pem"));
    format!(
        "[[dkim]]\nselector = \"{selector}\"\ndomain = \"team.example\"\nkey_file = \"{}\"\n",
        file.display()
    )
}

fn verifier(dns: &TestDns) -> MessageAuthenticator {
    let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
        way.port = dns.address.port();
        way
    });
    let server = NameServerConfig::new(dns.address.ip(), true, ways.into());
    let config = ResolverConfig::from_name_servers(vec![server]);
    let provider = TokioRuntimeProvider::default();
    MessageAuthenticator(
        TokioResolver::builder_with_config(config, provider)
            .build()
            .unwrap(),
    )
}

/// What nobody may put on top of a signed message.
const ADDED: [&str; 14] = [
    "From: boss@team.example",
    "Sender: boss@team.example",
    "Reply-To: thief@elsewhere.example",
    "To: everybody@elsewhere.example",
    "Cc: everybody@elsewhere.example",
    "Subject: another",
    "Date: Tue, 05 Mar 2024 09:00:00 +0100",
    "Message-ID: <another@team.example>",
    "In-Reply-To: <another@team.example>",
    "References: <another@team.example>",
    "Auto-Submitted: no",
    "MIME-Version: 1.0",
    "Content-Type: text/html",
    "Content-Transfer-Encoding: base64",
];

#[test]
fn what_leaves_is_signed_by_every_key_and_verifies_with_what_is_published() {
    let installation = Installation::new("");
    let records = [
        generate(&installation, "old", "rsa2048"),
        generate(&installation, "new", "ed25519"),
    ];
    let entries = entry(&installation, "old") + &entry(&installation, "new");
    fs::write(installation.path("conf.d/dkim.toml"), entries).unwrap();
    let daemon = installation.serve();
    let reply = send(
        installation.ports.smtp,
        "noc@partner.example",
        "csirt@team.example",
        REPORT,
    );
    assert!(reply.starts_with("250"), "{reply}");
    wait_for("the answer", std::time::Duration::from_secs(30), || {
        installation.outbox().len() == 1
    });
    assert!(daemon.terminate());
    let message = installation.outbox().remove(0);
    assert_eq!(message.matches("DKIM-Signature:").count(), 2, "{message}");
    assert!(!message.contains("; l="), "{message}");
    let dns = TestDns::start(&[("team.example", Zone::Unsigned, &records.join("\n"))]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let results = |message: &str| {
        runtime.block_on(async {
            let parsed = AuthenticatedMessage::parse(message.as_bytes()).unwrap();
            let outputs = verifier(&dns).verify_dkim(&parsed).await;
            let passed = outputs
                .iter()
                .map(|output| *output.result() == DkimResult::Pass);
            passed.collect::<Vec<bool>>()
        })
    };
    assert_eq!(results(&message), [true, true], "{message}");
    // Nobody can change or add what a reader sees.
    for (from, to) in [
        ("Subject: ", "Subject: changed "),
        ("Thank you", "No thanks"),
        ("\r\nSubject:", "\r\nSubject: another\r\nSubject:"),
        ("\r\nFrom:", "\r\nFrom: boss@team.example\r\nFrom:"),
    ] {
        let forged = message.replacen(from, to, 1);
        assert_ne!(forged, message);
        assert_eq!(results(&forged), [false, false], "{from}");
    }
    for added in ADDED {
        let forged = format!("{added}\r\n{message}");
        assert_eq!(results(&forged), [false, false], "{added}");
    }
}

#[test]
fn a_key_that_cannot_be_used_stops_the_start() {
    let installation = Installation::new("");
    let file = installation.path("bad.pem");
    let configure = |domain: &str| {
        let text = entry(&installation, "bad").replace("team.example", domain);
        fs::write(installation.path("conf.d/dkim.toml"), text).unwrap();
        let daemon = installation.start(&[], &[], "daemon.log");
        (daemon.wait(), installation.log())
    };
    let (code, log) = configure("team.example");
    assert_eq!(code, Some(78), "{log}");
    fs::write(&file, "no key").unwrap();
    assert_eq!(configure("team.example").0, Some(78));
    fs::remove_file(&file).unwrap();
    generate(&installation, "bad", "ed25519");
    assert_eq!(configure("elsewhere.example").0, Some(78));
}
