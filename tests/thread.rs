//! Tags through everything that clients do to a Subject, look-alikes, foreign forms, and the ladder of entitlement.
#![expect(clippy::unwrap_used, reason = "tests")]

use intake::message::{header, parse};
use intake::thread::{
    Entitlement, ForeignPattern, Level, OwnMessageId, Proof, Purpose, ReferenceFinder, References,
    TicketRef, entitlement, level, message_id_for, parse_message_id,
};

const TOKEN: &str = "abcdefghij234567";

fn finder() -> ReferenceFinder {
    let teams = ["CSIRT", "CSIRT North", "A.B-C_D team"].map(str::to_owned);
    ReferenceFinder::new(
        &teams,
        vec![ForeignPattern::new("Partner", r"PX-(?P<id>\d+)").unwrap()],
    )
}

fn subject(text: &str) -> References {
    finder().find(&[text], "")
}

fn own(text: &str) -> Vec<String> {
    subject(text).own.iter().map(TicketRef::to_string).collect()
}

/// The Subject as it is understood after a trip through a header.
fn received(line: &str) -> String {
    header(
        &parse(format!("{line}\r\n\r\n").as_bytes())
            .parts
            .first()
            .unwrap()
            .headers,
        "Subject",
    )
    .unwrap()
    .value
    .clone()
}

#[test]
fn tags_in_subjects() {
    assert_eq!(own("[CSIRT#000123] Scan"), ["CSIRT#000123"]);
    assert_eq!(
        own("RE : TR: [noc-list] [csirt#000123] Scan"),
        ["CSIRT#000123"]
    );
    assert_eq!(own("AW: WG: Scan[CsIrT#1234567]"), ["CSIRT#1234567"]);
    assert_eq!(
        own("[CSIRT North#000001] [CSIRT#000002]"),
        ["CSIRT North#000001", "CSIRT#000002"]
    );
    assert_eq!(own("[csirt  north#000001]"), ["CSIRT North#000001"]);
    assert_eq!(own("[a.b-c_d TEAM#000009]"), ["A.B-C_D team#000009"]);
    assert_eq!(own("[[CSIRT#000123]]"), ["CSIRT#000123"]);
    assert_eq!(
        TicketRef {
            team: "CSIRT".into(),
            serial: 7
        }
        .tag(),
        "[CSIRT#000007]"
    );
}

#[test]
fn blanks_that_bad_folding_leaves_in_the_brackets_don_t_hide_a_tag() {
    for text in [
        "[CSIRT#000123 ]",
        "[ CSIRT # 000123]",
        "[CSIRT\u{a0}#000123]",
        "[CSI RT#000123]",
        "[CSIRT#000 123]",
        "[CSIRT#0 0\t0123]",
    ] {
        assert_eq!(own(text), ["CSIRT#000123"], "{text}");
        assert_eq!(subject(text).foreign, [], "{text}");
    }
    assert_eq!(own("[CSIRT  Nor th#000001]"), ["CSIRT North#000001"]);
}

#[test]
fn look_alikes_are_no_tags() {
    for text in [
        "CSIRT#000123",
        "(CSIRT#000123)",
        "[CSIRT 000123]",
        "[CSIRT#12345]",
        "[CSIRT#0000123]",
        "[CSIRT#000000]",
        "[CSIRT#+00123]",
        "[CSIRT#000123 4]",
        "[CSIRT#123456 7]",
        "[CSIRTNorth#000001]",
        "[CSIRT North 000001]",
        "[CSIRT#000\u{ad}123]",
        "[CSIRT#000123",
        "[CSIRT#000\u{200B}123]",
        "[CSIRT#００１２３４]",
        "［CSIRT#000123］",
        "[\u{421}SIRT#000123]",
        "[C\u{405}IRT#000123]",
        "[CSIRT\u{202E}#000123]",
        "[XCSIRT#000123]",
        "[CSIRT X#000123]",
        "[CSIRT#99999999999999999999999]",
        "[CSIRT#٠٠٠١٢٣]",
    ] {
        assert_eq!(own(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn addressing_is_no_reference() {
    for text in ["[CSIRT] : Phishing", "[csirt north]: x", "Re: [CSIRT ] : y"] {
        let found = subject(text);
        assert!(
            found.addressed_team && found.own.is_empty() && found.foreign.is_empty(),
            "{text}"
        );
    }
    assert!(!subject("[CSIRT#000123] x").addressed_team);
}

#[test]
fn encodings_don_t_hide_a_tag() {
    for line in [
        "Subject: =?utf-8?B?W0NTSVJUIzAwMDEyM10gw4lxdWlwZQ==?=",
        "Subject: =?iso-8859-1?Q?Re:_=5BCSIRT#000123=5D_=E9?=",
        "Subject: =?utf-8?Q?Re=3A_=5BCSIRT=23000?= =?utf-8?Q?123=5D_caf=C3=A9?=",
        "Subject: Re:\r\n [CSIRT#000123]\r\n\tmore",
    ] {
        assert_eq!(own(&received(line)), ["CSIRT#000123"], "{line}");
    }
}

#[test]
fn tags_at_the_start_of_the_text() {
    let found = finder().find(&["...", "Re: real"], "\n[CSIRT#000123]\n\nHello [RT #77]");
    assert_eq!(
        found.own,
        [TicketRef {
            team: "CSIRT".into(),
            serial: 123
        }]
    );
    assert_eq!(found.foreign, []);
    let late = format!("{}[CSIRT#000123]", "line\n".repeat(10));
    assert_eq!(finder().find(&[], &late).own, []);
}

#[test]
fn foreign_references() {
    for (text, system, id) in [
        ("[Other_Team#012345] x", "Other_Team", "012345"),
        ("Re: [RT #123] x", "RT", "123"),
        ("[rt.example.org #123] x", "rt.example.org", "123"),
        ("[Ticket#2026030110000012] x", "Ticket", "2026030110000012"),
        ("[GLPI #0001234] x", "GLPI", "0001234"),
        (
            "[CB-Report#20190101-10000123] x",
            "CB-Report",
            "20190101-10000123",
        ),
        ("[#1234] x", "#", "1234"),
        ("[JIRA-12] x", "Jira", "JIRA-12"),
        ("(ABC-123) x", "Jira", "ABC-123"),
        ("Incident INC0012345 opened", "ServiceNow", "INC0012345"),
        ("##RE-1234## x", "ManageEngine", "1234"),
        ("Ticket ID: 98765 received", "Ticket", "98765"),
        ("PX-5 x", "Partner", "5"),
    ] {
        let found = subject(text);
        assert_eq!(found.foreign.len(), 1, "{text}: {found:?}");
        let first = found.foreign.first().unwrap();
        assert_eq!(
            (first.system.as_str(), first.id.as_str()),
            (system, id),
            "{text}"
        );
        assert!(text.contains(&first.raw), "{text}");
        assert_eq!(found.own, []);
    }
    for text in [
        "[CSIRT #000123]",
        "[CVE-2024-1234]",
        "(SHA-256)",
        "[UTF-8]",
        "[urgent] x",
        "[TLP:AMBER]",
        "call 0123456",
        "10:20:30 #1",
    ] {
        assert_eq!(subject(text).foreign, [], "{text}");
    }
    assert!(ForeignPattern::new("x", "(").is_err() && ForeignPattern::new("x", r"\d+").is_err());
}

fn fact_sets() -> impl Iterator<Item = Proof> {
    (0_u8..64).map(|bits| {
        let bit = |position: u8| bits & (1 << position) != 0;
        Proof {
            tag_present: bit(0),
            reply_token_valid: bit(1),
            from_is_token_contact: bit(2),
            from_is_party: bit(3),
            authenticated: bit(4),
            signature_by_known_certificate: bit(5),
        }
    })
}

#[test]
fn the_ladder() {
    let tag = Proof {
        tag_present: true,
        ..Proof::default()
    };
    assert_eq!(entitlement(&tag), Entitlement::Claim);
    assert_eq!(
        entitlement(&Proof {
            authenticated: true,
            ..tag
        }),
        Entitlement::Claim
    );
    let party = Proof {
        from_is_party: true,
        ..tag
    };
    assert_eq!(
        entitlement(&party),
        Entitlement::Propose { level: Level::Hint }
    );
    assert_eq!(
        entitlement(&Proof {
            authenticated: true,
            ..party
        }),
        Entitlement::Join {
            level: Level::Authenticated
        }
    );
    let token = Proof {
        reply_token_valid: true,
        ..Proof::default()
    };
    assert_eq!(
        entitlement(&token),
        Entitlement::Propose { level: Level::Hint }
    );
    assert_eq!(
        entitlement(&Proof {
            from_is_token_contact: true,
            ..token
        }),
        Entitlement::Join {
            level: Level::Token
        }
    );
    let signed = Proof {
        signature_by_known_certificate: true,
        ..tag
    };
    assert_eq!(
        entitlement(&signed),
        Entitlement::Join {
            level: Level::Signature
        }
    );
    assert_eq!(level(&signed).number(), 4);
}

#[test]
fn nothing_joins_without_a_reference_and_a_proof() {
    for proof in fact_sets() {
        let refers = proof.tag_present || proof.reply_token_valid;
        let proven = proof.signature_by_known_certificate
            || (proof.reply_token_valid && proof.from_is_token_contact)
            || (proof.from_is_party && proof.authenticated);
        assert_eq!(
            matches!(entitlement(&proof), Entitlement::Join { .. }),
            refers && proven,
            "{proof:?}"
        );
    }
}

#[test]
fn one_more_fact_never_lowers_the_level() {
    for a in fact_sets() {
        for b in fact_sets() {
            let both = Proof {
                tag_present: a.tag_present || b.tag_present,
                reply_token_valid: a.reply_token_valid || b.reply_token_valid,
                from_is_token_contact: a.from_is_token_contact || b.from_is_token_contact,
                from_is_party: a.from_is_party || b.from_is_party,
                authenticated: a.authenticated || b.authenticated,
                signature_by_known_certificate: a.signature_by_known_certificate
                    || b.signature_by_known_certificate,
            };
            assert!(level(&both) >= level(&a));
        }
    }
}

#[test]
fn our_own_message_ids() {
    let domains = ["demo.example".to_owned()];
    let id = message_id_for(123, Purpose::Acknowledgement, TOKEN, "demo.example");
    assert_eq!(id, format!("<ack.000123.{TOKEN}@demo.example>"));
    let expected = OwnMessageId {
        serial: 123,
        purpose: Purpose::Acknowledgement,
        token: TOKEN.into(),
        domain: "demo.example".into(),
    };
    assert_eq!(parse_message_id(&id, &domains), Some(expected.clone()));
    assert_eq!(
        parse_message_id(&id.to_uppercase(), &domains),
        Some(expected)
    );
    for other in [
        "ack.000123.short@demo.example",
        "ack.123.abcdefghij234567@demo.example",
        "foo.000123.abcdefghij234567@demo.example",
        "ack.000123.abcdefghij234567@evil.example",
        "x",
        "",
    ] {
        assert_eq!(parse_message_id(other, &domains), None, "{other}");
    }
}

/// The same line may stand in all mail of a sender: it is shown, and brings no mail to a ticket.
#[test]
fn reference_in_a_text_is_known_as_one_that_joins_nothing() {
    let text = "Hello,\n\nOur reference: ABU-2026-00417\n> Ticket: 4711-24\n192.0.2.7 scans us.";
    let mut references = finder().find(&["[RT #123] scan"], text);
    finder().told(text, std::iter::empty(), &mut references);
    let found: Vec<(&str, bool)> = references
        .foreign
        .iter()
        .map(|one| (one.id.as_str(), one.in_text))
        .collect();
    assert_eq!(found, [("123", false), ("ABU-2026-00417", true)]);
    for (line, system, id) in [
        ("Unser Aktenzeichen: CERT-XY#4711", "CERT-XY", "4711"),
        (
            "Référence de notre dossier : [SIGNAL#7781]",
            "SIGNAL",
            "7781",
        ),
        ("Reference of our ticket: (DESK#0042)", "DESK", "0042"),
        ("Referencia de nuestro caso: AVISO#1203", "AVISO", "1203"),
    ] {
        let mut found = finder().find(&["scan"], line);
        finder().told(line, std::iter::empty(), &mut found);
        let mut found = found.foreign.iter().map(|one| (&*one.system, &*one.id));
        assert_eq!(found.next(), Some((system, id)), "{line}");
    }
}
