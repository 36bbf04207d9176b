//! A peer that always came with TLS comes without: one alert, everywhere it must be seen; closed when TLS is back.

use std::time::Duration;

use intake::authentication::AuthResult::{Fail, Pass};
use intake::authentication::{AuthResults, Dkim, Dmarc, Scope, Source, Spf};
use intake::envelope::Envelope;
use pillarbox::transport::{Proved, Shown, Sign, of_message, peer_domain, proved};
use serde_json::Value;

use crate::hook::Hook;
use crate::support::{Installation, http_get, send, wait_for};
use crate::{Hop, TEAM, relayed, report, shown};

const PARTNER: &str = "partner.example";
const SECRET: &str = "test-only secret, not for any use";

fn with_hook(hook: &Hook) -> Installation {
    let folder = hook.folder.path();
    std::fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
    set_mode(&folder.join("secret"), 0o600);
    let folder = folder.display();
    Installation::new(&format!(
        "[alerts]\nwebhook = \"{}\"\nwebhook_secret_file = \"{folder}/secret\"\nwebhook_ca_file = \"{folder}/ca.pem\"\n",
        hook.url
    ))
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The value of one line of `/metrics`.
fn metric(installation: &Installation, line: &str) -> f64 {
    let text = http_get(installation.ports.admin, "/metrics").unwrap();
    let found = text
        .lines()
        .find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or(0.0)
}

const RAISED: &str = "pillarbox_transport_alerts_total{kind=\"tls_lost\",event=\"raised\"}";
const CLOSED: &str = "pillarbox_transport_alerts_total{kind=\"tls_lost\",event=\"closed\"}";

fn lines(installation: &Installation, message: &str) -> Vec<Value> {
    installation
        .log()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == message)
        .collect()
}

/// The counters of a peer once they are written.
fn wait_for_messages(installation: &Installation, peer: &str, messages: u64) {
    let what = format!("{messages} messages of {peer}");
    wait_for(&what, Duration::from_secs(20), || {
        shown(installation, peer)
            .is_some_and(|shown| shown["directions"]["inbound"]["messages"] == messages)
    });
}

#[test]
fn a_secret_that_others_may_read_stops_the_start() {
    let hook = Hook::start(&[]);
    let installation = with_hook(&hook);
    set_mode(&hook.folder.path().join("secret"), 0o644);
    let daemon = installation.start(&[], &[], "daemon.log");
    assert_eq!(daemon.wait(), Some(78));
    let log = installation.log();
    assert!(log.contains("alerts.webhook_secret_file"), "{log}");
}

#[test]
fn lost_tls_is_told_once_in_log_metric_ticket_and_webhook_and_closed_once() {
    // The first time the receiver is out of order.
    let hook = Hook::start(&[503]);
    let installation = with_hook(&hook);
    // A proxy in the environment would learn who lost TLS, and this one takes nothing.
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1".to_owned());
    let mut daemon = installation.start(&[], &[proxy], "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    for number in 1..=3 {
        report(&installation, PARTNER, Hop::Tls, true, number);
    }
    assert_eq!(metric(&installation, RAISED), 0.0);
    report(&installation, PARTNER, Hop::Clear, true, 4);
    let told = assert_posted(&hook);
    assert_logged(&installation, &told);

    // The fact is on the message that showed it, and on no other.
    let facts = tickets_with(
        &installation,
        "ALERT peer came without TLS, after 3 messages",
    );
    let [fact] = facts.as_slice() else {
        panic!("{facts:?}")
    };
    assert!(fact.contains("Scan 4") && fact.contains("still open"));
    let audited = installation.sql("SELECT count(*) FROM audit WHERE action = 'alerted'");
    assert_eq!(audited.trim(), "1");

    // Again in clear, and after a crash: the same alert.
    report(&installation, PARTNER, Hop::Clear, true, 5);
    wait_for_messages(&installation, PARTNER, 5);
    daemon.kill();
    let _daemon = installation.serve();
    report(&installation, PARTNER, Hop::Clear, true, 6);
    wait_for_messages(&installation, PARTNER, 6);
    assert_eq!(lines(&installation, "transport alert raised").len(), 1);
    assert_eq!(open_alerts(&installation), 1);

    // TLS is back.
    report(&installation, PARTNER, Hop::Tls, true, 7);
    let told = hook.next().json();
    assert_eq!(told["event"], "transport_alert_closed");
    assert!(told["closed_at"].is_string());
    report(&installation, PARTNER, Hop::Tls, true, 8);
    // One in clear among few with TLS is no news: the habit begins anew.
    report(&installation, PARTNER, Hop::Clear, true, 9);
    wait_for_messages(&installation, PARTNER, 9);
    assert_eq!(metric(&installation, CLOSED), 1.0);
    assert_eq!(lines(&installation, "transport alert closed").len(), 1);
    assert_eq!(open_alerts(&installation), 0);
    let all = installation.json(&["transport", "list", "--all", "--json"]);
    assert_eq!((all.len(), &all[0]["peer"]), (1, &Value::from(PARTNER)));
    assert!(tickets_with(&installation, "still open").is_empty());
    assert!(hook.is_quiet());
    assert_indicators(&installation);
}

/// The webhook was told twice, since it did not listen at first: signed, and without a word of a report.
fn assert_posted(hook: &Hook) -> Value {
    let refused = hook.next();
    let post = hook.next();
    assert_eq!(post.body, refused.body, "told again, word for word");
    let secret = zeroize::Zeroizing::new(SECRET.as_bytes().to_vec());
    let expected = vault::WebhookSecret::new(secret).unwrap().sign(&post.body);
    assert_eq!(post.signature, format!("sha256={expected}"));
    assert_eq!(post.path, "/alerts");
    let told = post.json();
    for (name, value) in [
        ("event", "transport_alert_raised"),
        ("kind", "tls_lost"),
        ("direction", "inbound"),
        ("team", "CSIRT"),
    ] {
        assert_eq!(told[name], value);
    }
    assert_eq!(
        (&told["domain"], &told["messages_before"]),
        (&Value::Null, &3.into())
    );
    let text = String::from_utf8(post.body).unwrap();
    for word in [PARTNER, "noc@", "Scan"] {
        assert!(!text.contains(word), "{text}");
    }
    told
}

/// Metric and log, by pseudonym only; the pseudonym leads to the name.
fn assert_logged(installation: &Installation, told: &Value) {
    assert_eq!(metric(installation, RAISED), 1.0);
    let logged = lines(installation, "transport alert raised");
    assert_eq!(logged.len(), 1);
    assert_eq!(
        (&logged[0]["level"], &logged[0]["peer"]),
        (&Value::from("WARN"), &told["peer"])
    );
    assert!(!installation.log().contains(PARTNER));
    let pseudonym = told["peer"].as_str().unwrap();
    assert_eq!(shown(installation, pseudonym).unwrap()["peer"], PARTNER);
}

/// `ticket show` of every ticket that says this.
fn tickets_with(installation: &Installation, what: &str) -> Vec<String> {
    let tickets = installation.tickets();
    let references = tickets
        .iter()
        .map(|ticket| ticket["reference"].as_str().unwrap());
    let shown = references.map(|reference| installation.run(&["ticket", "show", reference]));
    shown.filter(|text| text.contains(what)).collect()
}

fn open_alerts(installation: &Installation) -> usize {
    installation.json(&["transport", "list", "--json"]).len()
}

/// Nine messages, five of them with TLS; nothing in the database says whose.
fn assert_indicators(installation: &Installation) {
    let shown = shown(installation, PARTNER).unwrap();
    let inbound = &shown["directions"]["inbound"];
    assert_eq!(
        (&inbound["tls"], &inbound["tls_share"]),
        (&5.into(), &0.555.into())
    );
    assert_eq!(inbound["versions"]["TLSv1.3"], 5);
    assert_eq!(inbound["suites"]["TLS_AES_256_GCM_SHA384"], 5);
    assert_eq!(shown["last_alert"]["kind"], "tls_lost");
    let dump = installation.cluster.dump().unwrap();
    let found = dump
        .windows(PARTNER.len())
        .any(|seen| seen == PARTNER.as_bytes());
    assert!(!found, "a database thief learns who talks to us");
}

#[test]
fn nobody_can_raise_an_alarm_about_others_or_wear_a_habit_out() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    for number in 1..=3 {
        report(&installation, PARTNER, Hop::Tls, true, number);
    }
    // Forged in clear, forged with TLS, and genuine by a way that tells nothing.
    for number in 4..=8 {
        report(&installation, PARTNER, Hop::Clear, false, number);
    }
    report(&installation, PARTNER, Hop::Unknown, true, 9);
    // Signed by the partner and sent again by anybody: the relay says that DMARC passes, and nothing good of the connection.
    for (number, spf) in [(20, ""), (21, "spf=fail"), (22, "spf=none")] {
        let genuine = relayed(PARTNER, Hop::Clear, true, number, "");
        let replayed = genuine.replace("spf=pass", spf);
        assert_ne!(replayed, genuine);
        let reply = send(installation.ports.smtp, "x@evil.example", TEAM, &replayed);
        assert!(reply.starts_with("250"), "{reply}");
    }
    installation.settle();
    // A sender of his own who proves who he is has habits of his own.
    report(&installation, "other.example", Hop::Clear, true, 10);
    wait_for_messages(&installation, PARTNER, 6);
    wait_for_messages(&installation, "other.example", 1);
    assert!(
        installation
            .json(&["transport", "list", "--all", "--json"])
            .is_empty()
    );
    // The habit is as it was: the first genuine one in clear raises the alert.
    report(&installation, PARTNER, Hop::Clear, true, 11);
    wait_for("the alert", Duration::from_secs(20), || {
        installation.json(&["transport", "list", "--json"]).len() == 1
    });
}

#[test]
fn strangers_are_counted_by_network_and_relays_not_at_all() {
    let shown_by = Shown {
        case: uuid::Uuid::nil(),
        entry: None,
    };
    let stranger = Envelope {
        client: Some("2001:db8:1:2::25".parse().unwrap()),
        tls: Some("TLSv1_2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".into()),
        ..Envelope::default()
    };
    let message = intake::message::parse(relayed(PARTNER, Hop::Clear, true, 1, "").as_bytes());
    let headers = &message.root().headers;
    let seen = of_message(&stranger, headers, None, shown_by);
    assert_eq!((seen.len(), seen[0].peer.as_str()), (1, "2001:db8:1::/48"));
    assert!(seen[0].signs.is_empty(), "a network has no habits");
    // What a stranger's Received says of himself counts for nothing.
    assert!(seen[0].counts.contains(&("version:TLSv1.2".into(), 1)));
    let hop = Some(Proved {
        domain: PARTNER.into(),
        of_this_hop: true,
    });
    let seen = of_message(&stranger, headers, hop.clone(), shown_by);
    assert_eq!((seen.len(), seen[0].peer.as_str()), (2, PARTNER));
    assert_eq!(seen[0].signs, [Sign::Tls]);

    // Who stands behind a proxy that ends TLS came in clear to us, and perhaps not to the proxy.
    let behind = Envelope {
        relay: Some("198.51.100.1".parse().unwrap()),
        ..stranger.clone()
    };
    let seen = of_message(&behind, headers, hop.clone(), shown_by);
    assert_eq!(seen[0].signs, [Sign::Tls], "TLS reached us");
    let behind = Envelope {
        tls: None,
        ..behind
    };
    assert!(of_message(&behind, headers, hop.clone(), shown_by).is_empty());

    let relay = Envelope {
        client: Some("192.0.2.25".parse().unwrap()),
        trusted_relay: true,
        ..stranger
    };
    let named = Envelope {
        relay: Some("198.51.100.1".parse().unwrap()),
        ..relay.clone()
    };
    // The relay's own address is no peer; the client that it names is. TLS is what its Received says.
    assert!(of_message(&relay, headers, None, shown_by).is_empty());
    let seen = of_message(&named, headers, hop.clone(), shown_by);
    assert_eq!((seen.len(), seen[1].peer.as_str()), (2, "192.0.2.0/24"));
    assert_eq!(seen[0].signs, [Sign::Clear]);
    // Without a word about TLS nothing is counted.
    assert!(of_message(&named, &[], hop, shown_by).is_empty());
    for nobody in ["", "localhost", "192.0.2.0/24", &"a.".repeat(200)] {
        assert_eq!(peer_domain(nobody), None, "{nobody}");
    }
}

#[test]
fn a_habit_needs_proof_of_the_very_connection() {
    let results = |spf, dkim, dmarc| AuthResults {
        source: Source::Own,
        spf: Spf {
            result: spf,
            domain: "Bounce.Partner.Example".into(),
            ..Spf::default()
        },
        dkim: vec![Dkim {
            result: dkim,
            domain: PARTNER.into(),
            ..Dkim::default()
        }],
        dmarc: Dmarc {
            result: dmarc,
            domain: PARTNER.into(),
            by_dkim: dkim == Pass,
            ..Dmarc::default()
        },
        ..AuthResults::default()
    };
    let from = Some("noc@partner.example");
    let domain = |results: &AuthResults| {
        proved(results, from).map(|proved| (proved.domain, proved.of_this_hop))
    };
    let hop = |domain: &str| Some((domain.to_owned(), true));
    assert_eq!(
        domain(&results(Pass, Fail, Fail)),
        hop("bounce.partner.example")
    );
    // The same servers, by the name that people know.
    assert_eq!(domain(&results(Pass, Fail, Pass)), hop(PARTNER));
    // Forwarded by servers that may: their TLS is theirs.
    let mut forwarded = results(Pass, Pass, Pass);
    forwarded.spf.domain = "forwarder.example".into();
    assert_eq!(domain(&forwarded), hop("forwarder.example"));
    // Sent again by anybody, the signature is as good as before.
    let signed = results(Fail, Pass, Pass);
    assert_eq!(domain(&signed), Some((PARTNER.to_owned(), false)));
    assert_eq!(domain(&results(Fail, Fail, Fail)), None);
    assert_eq!(domain(&AuthResults::default()), None);
    let mut greeting = results(Pass, Fail, Fail);
    greeting.spf.scope = Scope::Helo;
    assert_eq!(domain(&greeting), None);
    let verdict = AuthResults {
        source: Source::Relay,
        dkim: Vec::new(),
        spf: Spf::default(),
        ..results(Fail, Pass, Pass)
    };
    // It may rest on a signature alone.
    assert_eq!(domain(&verdict), Some((PARTNER.to_owned(), false)));
}

#[test]
fn counts_survive_an_orderly_stop() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let message = relayed(PARTNER, Hop::Tls, true, 1, "");
    assert!(
        send(
            installation.ports.smtp,
            "noc@partner.example",
            TEAM,
            &message
        )
        .starts_with("250")
    );
    installation.settle();
    assert!(daemon.terminate());
    let shown = shown(&installation, PARTNER).unwrap();
    assert_eq!(shown["directions"]["inbound"]["messages"], 1);
}
