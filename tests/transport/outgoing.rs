//! Reports (RFC 8460) that we make: from what attempts showed, once a day and domain, to those who ask.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use intake::message::{self, Content};
use jiff::{Timestamp, ToSpan};
use pillarbox::config::{self, Database, Storage};
use pillarbox::keyfiles;
use pillarbox::sender::attempt::{Attempt, AttemptOutcome, AttemptTls, PolicyKind, TlsFailure};
use pillarbox::store::Store;
use pillarbox::transport::day_of;
use pillarbox::transport::destination::is_public;
use pillarbox::transport::indicators::{Indicators, Observer};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use crate::dns::{TestDns, Zone};
use crate::support::{Installation, free_port, wait_for};
use crate::{Hop, report, shown};

/// One attempt to deliver to `domain`, at that time.
fn attempt(domain: &str, at: Timestamp, policy: PolicyKind, outcome: AttemptOutcome) -> Attempt {
    let tls = AttemptTls {
        version: "TLSv1.3".into(),
        suite: "TLS_AES_128_GCM_SHA256".into(),
        verified: true,
    };
    let failed = matches!(outcome, AttemptOutcome::TlsFailure(_));
    Attempt {
        domain: domain.into(),
        mx: format!("mx.{domain}"),
        address: None,
        at,
        policy,
        policy_detail: Vec::new(),
        tls: (!failed).then_some(tls),
        new_session: true,
        outcome,
        failure_reason: String::new(),
        case: None,
    }
}

/// Lets the indicators of this very installation see attempts.
fn observe(installation: &Installation, attempts: Vec<Attempt>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let storage = Storage {
            epoch_dir: None,
            ring_file: installation.path("keys/storage.ring"),
            inbox_key_file: installation.path("keys/inbox.pub"),
            ..Storage::default()
        };
        let database = Database {
            url: installation.cluster.url(),
            ..Database::default()
        };
        let indicators = Indicators {
            store: Store::new(&database).unwrap(),
            ring: Arc::new(keyfiles::ring(&storage).unwrap()),
            team: "CSIRT".into(),
            transport: config::Transport::default(),
            alerts: config::Alerts::default(),
            metrics: Arc::default(),
            notices: Arc::new(Notify::new()),
        };
        let (observer, observed) = Observer::new(Arc::default());
        let (tell, told) = mpsc::channel(100);
        for attempt in attempts {
            tell.send(attempt).await.unwrap();
        }
        drop((observer, tell));
        indicators.run(observed, told).await;
    });
}

/// The day before yesterday: reports about it are due at any hour.
fn two_days_ago() -> Timestamp {
    Timestamp::now().checked_sub(48.hours()).unwrap()
}

const ASKING: &str = "asking.example";

fn three_domains() -> Vec<Attempt> {
    let at = two_days_ago();
    let delivered = || attempt(ASKING, at, PolicyKind::Sts, AttemptOutcome::Delivered);
    let expired = AttemptOutcome::TlsFailure(TlsFailure::CertificateExpired);
    vec![
        delivered(),
        delivered(),
        delivered(),
        attempt(ASKING, at, PolicyKind::Sts, expired),
        attempt(ASKING, at, PolicyKind::None, AttemptOutcome::Delivered),
        attempt(
            "silent.example",
            at,
            PolicyKind::None,
            AttemptOutcome::Delivered,
        ),
        attempt("192.0.2.1", at, PolicyKind::Peer, AttemptOutcome::Delivered),
    ]
}

#[test]
fn report_leaves_once_to_who_asks_and_opens() {
    let dns = TestDns::start(&[
        (
            ASKING,
            Zone::Unsigned,
            "_smtp._tls TXT \"v=TLSRPTv1; rua=https://192.0.2.1/x,mailto:tls@asking.example\"",
        ),
        ("silent.example", Zone::Unsigned, "@ TXT \"x\""),
    ]);
    let installation = Installation::new(&format!(
        "{}[transport]\nreport = true\ncontact_info = \"soc@team.example\"\n",
        dns.configuration()
    ));
    observe(&installation, three_domains());
    let day = day_of(two_days_ago()).to_string();
    let ask = [
        "transport",
        "report",
        "--day",
        &day,
        "--json",
        "--domain",
        ASKING,
    ];
    let printed = installation.json(&ask);
    assert_eq!(printed.len(), 1);
    let of_all = ask.get(..5).unwrap();
    assert_eq!(installation.json(of_all).len(), 2);

    // Two processes that may both report.
    let admin = format!("127.0.0.1:{}", free_port());
    let admin = [("PILLARBOX__ADMIN__ADDRESS", admin)];
    let _second = installation.start(&["--role", "worker"], &admin, "second.log");
    let _daemon = installation.serve();
    wait_for(
        "both domains to be decided",
        Duration::from_secs(30),
        || {
            let decided =
                "SELECT count(*) FROM transport_report WHERE state IN ('sent', 'unwanted')";
            installation.sql(decided).trim() == "2"
        },
    );
    installation.settle();
    let sent = installation.outbox();
    let [mail] = sent.as_slice() else {
        panic!("{} mails left", sent.len())
    };
    let text = attached(mail);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report, printed[0], "what is printed is what leaves");
    assert_report(&report, &day);
    assert!(!installation.log().contains(ASKING));
}

/// The JSON of the report in a mail whose marks are those of RFC 8460 section 5.3.
fn attached(raw: &str) -> String {
    let mail = message::parse(raw.as_bytes());
    for (name, expected) in [
        ("To", "tls@asking.example"),
        ("TLS-Report-Domain", ASKING),
        ("TLS-Report-Submitter", "team.example"),
        ("TLS-Required", "No"),
        ("Auto-Submitted", "auto-generated"),
    ] {
        let field = message::header(&mail.root().headers, name).unwrap();
        assert_eq!(field.raw, expected, "{name}");
    }
    assert_eq!(mail.root().content_type, "multipart/report");
    assert_eq!(mail.root().params["report-type"], "tlsrpt");
    let part = mail
        .parts
        .iter()
        .find(|part| part.content_type == "application/tlsrpt+gzip")
        .unwrap();
    let Content::Bytes(packed) = &part.content else {
        panic!("the attachment is not binary")
    };
    let mut text = String::new();
    GzDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// RFC 8460 section 4.4, and the counts of [`three_domains`].
fn assert_report(report: &Value, day: &str) {
    assert_eq!(report["organization-name"], "Test CSIRT");
    assert_eq!(report["contact-info"], "soc@team.example");
    let range = &report["date-range"];
    assert_eq!(range["start-datetime"], format!("{day}T00:00:00Z"));
    assert_eq!(range["end-datetime"], format!("{day}T23:59:59Z"));
    let policies = report["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 2);
    let sts = policies
        .iter()
        .find(|one| one["policy"]["policy-type"] == "sts")
        .unwrap();
    assert_eq!(sts["policy"]["policy-domain"], ASKING);
    assert_eq!(sts["summary"]["total-successful-session-count"], 3);
    assert_eq!(sts["summary"]["total-failure-session-count"], 1);
    let failure = &sts["failure-details"][0];
    assert_eq!(failure["result-type"], "certificate-expired");
    assert_eq!(failure["failed-session-count"], 1);
}

#[test]
fn certificate_that_stops_verifying_and_vanished_starttls_raise_one_alert_each() {
    let installation = Installation::new("");
    let now = Timestamp::now();
    let case = a_ticket(&installation);
    let of = |outcome| Attempt {
        case: Some(case),
        ..attempt(ASKING, now, PolicyKind::None, outcome)
    };
    let good = || of(AttemptOutcome::Delivered);
    let failed = |failure| of(AttemptOutcome::TlsFailure(failure));
    let mut unverified = good();
    unverified.tls.as_mut().unwrap().verified = false;
    let unreached = Attempt {
        tls: None,
        outcome: AttemptOutcome::Temporary,
        failure_reason: "no-connection".into(),
        ..good()
    };
    let clear = Attempt {
        tls: None,
        ..good()
    };
    let policy_away = failed(TlsFailure::StsPolicyFetchError);
    let alerts = || installation.json(&["transport", "list", "--json"]);
    let habit = vec![good(), good(), good(), unreached, policy_away];
    observe(&installation, habit);
    assert!(alerts().is_empty());
    let expired = failed(TlsFailure::CertificateExpired);
    observe(&installation, vec![unverified, expired]);
    let [alert] = alerts().try_into().unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(
        (&alert["kind"], &alert["direction"]),
        (&"certificate_lost".into(), &"outbound".into())
    );
    let vanished = failed(TlsFailure::StarttlsNotSupported);
    observe(&installation, vec![vanished, clear]);
    assert_eq!(alerts().len(), 2);
    observe(&installation, vec![good()]);
    assert!(alerts().is_empty(), "both are well again");
    let shown = shown(&installation, ASKING).unwrap();
    let outbound = &shown["directions"]["outbound"];
    assert_eq!(
        (&outbound["messages"], &outbound["tls"]),
        (&6.into(), &5.into())
    );
    assert_eq!(outbound["failures"]["starttls-not-supported"], 1);
    assert!(shown["last_alert"]["closed_at"].is_string());
    // Both are facts on the ticket that the mail was about.
    let tickets = installation.tickets();
    let reference = &tickets[0]["reference"];
    let ticket = installation.run(&["ticket", "show", reference.as_str().unwrap()]);
    for fact in [
        "ALERT peer's certificate stopped verifying",
        "ALERT peer no longer offers TLS",
    ] {
        assert_eq!(ticket.matches(fact).count(), 1, "{ticket}");
    }
}

/// Files one report; the id of its ticket.
fn a_ticket(installation: &Installation) -> Uuid {
    let daemon = installation.serve();
    report(installation, "partner.example", Hop::Unknown, false, 1);
    assert!(daemon.terminate());
    let id = installation.sql("SELECT id FROM ticket");
    id.trim().parse().unwrap()
}

#[test]
fn report_urls_of_strangers_lead_to_the_internet_only() {
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.31.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:0.0.0.0",
        "::127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ] {
        assert!(!is_public(private.parse().unwrap()), "{private}");
    }
    for public in ["9.9.9.9", "2620:fe::fe"] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
}
