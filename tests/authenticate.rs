//! SPF, DKIM, DMARC and ARC against a DNS server of the test's own, with keys made at run time.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failed step is a failed test"
)]

#[path = "support/dns.rs"]
mod server;
#[path = "support/dkim.rs"]
mod signer;

#[path = "authenticate/arc.rs"]
mod arc;
#[path = "authenticate/dkim.rs"]
mod dkim;
#[path = "authenticate/dmarc.rs"]
mod dmarc;
#[path = "authenticate/faults.rs"]
mod faults;
#[path = "authenticate/spf.rs"]
mod spf;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use intake::authentication::{AuthResult, AuthResults};
use intake::envelope::{Envelope, ReversePath};
use pillarbox::authenticate::Authenticator;
use pillarbox::config;
use pillarbox::dns::Resolver;
use server::{TestDns, Zone};
use signer::TestKey;

/// The keys of the whole test program.
struct Keys {
    rsa: TestKey,
    ed: TestKey,
    list: TestKey,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        rsa: TestKey::rsa(),
        ed: TestKey::ed25519(),
        list: TestKey::ed25519(),
    })
}

/// A DNS server, and a check that asks it.
struct World {
    dns: TestDns,
    settings: config::Authentication,
    resolver: Resolver,
}

impl World {
    fn new() -> World {
        let own_keys = format!(
            "rsa._domainkey TXT {}\ned._domainkey TXT {}\n",
            keys().rsa.record(),
            keys().ed.record()
        );
        let spf = "@ TXT \"v=spf1 ip4:192.0.2.10 -all\"\n";
        let author = format!(
            "{own_keys}{spf}_dmarc TXT \"v=DMARC1; p=reject; sp=quarantine\"\n@ TXT \"site=1\"\nsub A 192.0.2.9\nbounce TXT \"v=spf1 ip4:192.0.2.10 -all\"\n"
        );
        let strict = format!("{own_keys}{spf}_dmarc TXT \"v=DMARC1; p=none; aspf=s; adkim=s\"\n");
        let twice = format!(
            "{own_keys}{spf}@ TXT \"v=spf1 +all\"\n_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n"
        );
        let bare = format!("{own_keys}{spf}");
        let list = format!("seal._domainkey TXT {}\n", keys().list.record());
        // Public suffixes that say nothing of being one.
        let suffix = format!(
            "_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc.victim TXT \"v=DMARC1; p=reject\"\nevil TXT \"v=spf1 ip4:192.0.2.10 -all\"\n\
             ed._domainkey.evil TXT {0}\ned._domainkey.victim TXT {0}\n",
            keys().ed.record()
        );
        let dns = TestDns::start(&[
            ("author.example", Zone::Signed, &author),
            ("plain.example", Zone::Unsigned, &author),
            ("strict.example", Zone::Unsigned, &strict),
            ("twice.example", Zone::Unsigned, &twice),
            ("bare.example", Zone::Unsigned, &bare),
            ("broken.example", Zone::Broken, &author),
            ("failing.example", Zone::Servfail, ""),
            ("silent.example", Zone::Silent, ""),
            ("list.example", Zone::Signed, &list),
            ("spf.example", Zone::Unsigned, spf::RECORDS),
            ("co.uk", Zone::Unsigned, &suffix),
            ("xn--55qx5d.cn", Zone::Unsigned, &suffix),
        ]);
        let settings = config::Authentication {
            own: config::OwnCheck::Always,
            timeout: config::Span(Duration::from_secs(10)),
            ..config::Authentication::default()
        };
        let resolver = Resolver::new(&config::Dns {
            servers: vec![dns.address],
            trust_anchor_file: Some(dns.trust_anchor()),
            ..config::Dns::default()
        })
        .unwrap();
        World {
            dns,
            settings,
            resolver,
        }
    }

    async fn check(&self, envelope: &Envelope, message: &str) -> AuthResults {
        let authenticator = Authenticator::new(
            self.resolver.clone(),
            self.settings.clone(),
            "team.example".into(),
        );
        let raw = Arc::new(message.as_bytes().to_vec().into());
        authenticator.check(envelope, raw).await
    }
}

/// From a client that the records of the zones name, or from another.
fn envelope(client: &str, sender: &str) -> Envelope {
    Envelope {
        reverse_path: if sender.is_empty() {
            ReversePath::Null
        } else {
            ReversePath::Mailbox(sender.into())
        },
        forward_paths: vec!["csirt@team.example".into()],
        helo: "mx.author.example".into(),
        client: Some(client.parse().unwrap()),
        listener: "smtp".into(),
        ..Envelope::default()
    }
}

/// A client whose address no record names, and a reverse-path in a domain without records.
fn stranger() -> Envelope {
    envelope("203.0.113.9", "someone@nowhere.example")
}

fn message(from: &str) -> String {
    format!(
        "From: A. Author <{from}>\r\nTo: csirt@team.example\r\nSubject: Scan\r\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@author.example>\r\n\r\n\
         Source: 192.0.2.1\r\n"
    )
}

fn dkim_results(results: &AuthResults) -> Vec<AuthResult> {
    results.dkim.iter().map(|one| one.result).collect()
}
