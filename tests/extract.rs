//! What a reader of reports would notice: each case is a text as people and machines send it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use extract::{
    Context, Extraction, Format, IndicatorKind, Role, TextKind, TextPart, Tlp, ZoneBasis, extract,
};
use proptest::prelude::*;

fn context() -> Context {
    Context {
        date: Some("2024-03-06T09:00:00+01:00".into()),
        ..Context::default()
    }
}

fn part(kind: TextKind, text: &str) -> TextPart<'_> {
    TextPart {
        id: "1",
        kind,
        text,
        attachment: false,
        forwarded: false,
    }
}

fn read(text: &str) -> Extraction {
    extract(&[part(TextKind::Plain, text)], &context())
}

/// `address:port/protocol`, with what is not known left out.
fn ends(list: &[extract::Endpoint]) -> Vec<String> {
    list.iter()
        .map(|one| {
            let port = one.port.map(|port| format!(":{port}")).unwrap_or_default();
            let protocol = one
                .protocol
                .as_ref()
                .map(|name| format!("/{name}"))
                .unwrap_or_default();
            format!("{}{port}{protocol}", one.ip.clone().unwrap_or_default())
        })
        .collect()
}

fn sources(found: &Extraction) -> Vec<String> {
    ends(&found.incident.sources)
}

fn destinations(found: &Extraction) -> Vec<String> {
    ends(&found.incident.destinations)
}

fn times(found: &Extraction) -> Vec<&str> {
    found
        .incident
        .times
        .iter()
        .map(|time| time.value.as_str())
        .collect()
}

fn types(found: &Extraction) -> Vec<&str> {
    found
        .incident
        .types
        .iter()
        .map(|kind| kind.kind.as_str())
        .collect()
}

fn values(found: &Extraction, kind: IndicatorKind) -> Vec<&str> {
    found
        .indicators
        .iter()
        .filter(|one| one.kind == kind)
        .map(|one| one.value.as_str())
        .collect()
}

#[test]
fn prose_en_tells_who_did_what_to_whom_and_when() {
    let found = read(
        "Hello,\n\nWe have detected an SSH brute force attack from 192[.]0.2.10 (port 4455) against our server \
         198.51.100.7:22 on 5 March 2024 at 02:11:09 CET.\nTLP:AMBER\n",
    );
    assert_eq!(sources(&found), ["192.0.2.10:4455"]);
    assert_eq!(destinations(&found), ["198.51.100.7:22"]);
    assert_eq!(times(&found), ["2024-03-05T02:11:09+01:00"]);
    assert_eq!(found.incident.times[0].zone, ZoneBasis::Stated);
    assert_eq!(types(&found), ["brute-force"]);
    assert_eq!(found.tlp, Some(Tlp::Amber));
    let event = &found.incident.events[0];
    assert_eq!(
        (event.source, event.destination, event.kind),
        (Some(0), Some(0), Some(0))
    );
    assert_eq!(found.incident.format, Format::FreeText);
}

#[test]
fn prose_fr_tells_the_same() {
    let found = read(
        "Le 05/03/2024 à 02h11 (heure de Paris), la machine 192.0.2.10 a scanné notre serveur 198.51.100.7 sur le port 22/tcp.",
    );
    assert_eq!(sources(&found), ["192.0.2.10"]);
    assert_eq!(destinations(&found), ["198.51.100.7:22/tcp"]);
    assert_eq!(times(&found), ["2024-03-05T02:11:00+01:00"]);
    assert_eq!(types(&found), ["scanner"]);
    let found = read(
        "Tentatives de connexion depuis 192.0.2.10 vers 198.51.100.7 port 3389 entre 14h00 et 15h30 UTC le 2 mars 2024.",
    );
    assert_eq!(
        (sources(&found), destinations(&found)),
        (vec!["192.0.2.10".into()], vec!["198.51.100.7:3389".into()])
    );
    assert_eq!(
        times(&found),
        ["2024-03-02T14:00:00+00:00", "2024-03-02T15:30:00+00:00"]
    );
}

#[test]
fn prose_de_and_es_tell_the_same() {
    let found = read(
        "Der Rechner 192.0.2.10 hat am 05.03.2024 um 02:11 Uhr MEZ unseren Server 198.51.100.7 angegriffen.",
    );
    assert_eq!(
        (sources(&found), destinations(&found)),
        (vec!["192.0.2.10".into()], vec!["198.51.100.7".into()])
    );
    assert_eq!(times(&found), ["2024-03-05T02:11:00+01:00"]);
    let found = read(
        "El equipo 192.0.2.10 atacó nuestro servidor 198.51.100.7 el 5 de marzo de 2024 a las 02:11 UTC.",
    );
    assert_eq!(
        (sources(&found), destinations(&found)),
        (vec!["192.0.2.10".into()], vec!["198.51.100.7".into()])
    );
    assert_eq!(times(&found), ["2024-03-05T02:11:00+00:00"]);
}

#[test]
fn the_passive_voice_does_not_swap_the_ends() {
    let found =
        read("Your server 198.51.100.7 was attacked by 192.0.2.10 and 192.0.2.11 yesterday.");
    assert_eq!(sources(&found), ["192.0.2.10", "192.0.2.11"]);
    assert_eq!(destinations(&found), ["198.51.100.7"]);
    assert_eq!(found.incident.events.len(), 2);
}

#[test]
fn an_arrow_points_at_the_target() {
    let found = read("192.0.2.10:4455 -> 198.51.100.7:22");
    assert_eq!(
        (sources(&found), destinations(&found)),
        (
            vec!["192.0.2.10:4455".into()],
            vec!["198.51.100.7:22".into()]
        )
    );
}

#[test]
fn a_list_inherits_its_heading() {
    let found = read(
        "The following IPs attacked our server:\n192.0.2.10\n192.0.2.11\n- 192.0.2.12 (12 times)\n",
    );
    assert_eq!(sources(&found), ["192.0.2.10", "192.0.2.11", "192.0.2.12"]);
    assert!(destinations(&found).is_empty());
}

#[test]
fn addresses_without_a_role_stay_without() {
    let found =
        read("Our name servers are 192.0.2.53 and 198.51.100.53; 203.0.113.53 is at a partner.");
    assert!(sources(&found).is_empty());
    assert_eq!(values(&found, IndicatorKind::Ipv4).len(), 3);
}

#[test]
fn versions_sections_telephones_and_oids_are_no_addresses() {
    let found = read(
        "We run OpenSSL version 8.2.10.1 as in section 4.2.1.3, v1.2.3.4, Chrome/8.1.2.3, OID 1.3.6.1.4.1.311, call \
         +33.1.42.68.53.00 or tel. 06.12.34.56, on 12.03.2024.",
    );
    assert!(
        values(&found, IndicatorKind::Ipv4).is_empty(),
        "{:?}",
        found.indicators
    );
    assert!(found.incident.sources.is_empty());
}

#[test]
fn signatures_and_quotations_make_no_events() {
    let found = read(
        "On Tue, 5 Mar 2024 at 10:00, Alice <a@example.org> wrote:\n> attack from 192.0.2.10\nWe saw 203.0.113.4 scanning us.\n-- \n\
         Bob, from 203.0.113.99\n",
    );
    assert_eq!(sources(&found), ["203.0.113.4"]);
    assert_eq!(
        values(&found, IndicatorKind::Ipv4),
        ["192.0.2.10", "203.0.113.4", "203.0.113.99"]
    );
    assert!(times(&found).is_empty());
    let found = read("See below.\n\n> SSH attack from 192.0.2.10\n");
    assert_eq!(sources(&found), ["192.0.2.10"]);
}

#[test]
fn a_form_is_read_by_its_labels() {
    let found = read(
        "Adresse IP source : 192.0.2.10\nPort source : 4455\nAdresse IP cible : 198.51.100.7\nPort cible : 443/tcp\n\
         Date et heure : 05/03/2024 02:11:09 (UTC+1)\nType d'incident : Hameçonnage\n",
    );
    assert_eq!(sources(&found), ["192.0.2.10:4455/tcp"]);
    assert_eq!(destinations(&found), ["198.51.100.7:443/tcp"]);
    assert_eq!(times(&found), ["2024-03-05T02:11:09+01:00"]);
    assert_eq!(types(&found), ["phishing"]);
    assert_eq!(found.incident.format, Format::Form);
}

#[test]
fn a_form_keeps_the_time_of_the_report_out() {
    let found = read(
        "Report date: 2024-03-06 08:00 UTC\nDate: 2024-03-05\nTime: 02:11:09 UTC\nSource: 192.0.2.10\nTarget: 198.51.100.7\n",
    );
    assert_eq!(times(&found), ["2024-03-05T02:11:09+00:00"]);
    assert_eq!(
        (sources(&found), destinations(&found)),
        (vec!["192.0.2.10".into()], vec!["198.51.100.7".into()])
    );
}

#[test]
fn log_lines_are_an_event_each_in_the_zone_that_the_text_states() {
    let found = read(
        "All times are in UTC.\n\nMar  5 02:11:09 host sshd[123]: Failed password for invalid user admin from 192.0.2.10 port 4455 ssh2\n\
         Mar  5 02:11:12 host sshd[123]: Failed password for root from 192.0.2.11 port 4456 ssh2\n",
    );
    assert_eq!(sources(&found), ["192.0.2.10:4455", "192.0.2.11:4456"]);
    assert_eq!(
        times(&found),
        ["2024-03-05T02:11:09+00:00", "2024-03-05T02:11:12+00:00"]
    );
    assert!(
        found
            .incident
            .times
            .iter()
            .all(|time| time.zone == ZoneBasis::Stated)
    );
    assert_eq!(found.incident.events.len(), 2);
    assert_eq!(found.incident.format, Format::Log);
}

#[test]
fn a_firewall_line_gives_both_ends() {
    let found = read(
        "Mar  5 02:11:09 fw kernel: [UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.10 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=4455 DPT=22",
    );
    assert_eq!(
        (sources(&found), destinations(&found)),
        (
            vec!["192.0.2.10:4455/tcp".into()],
            vec!["198.51.100.7:22/tcp".into()]
        )
    );
    assert_eq!(found.incident.times[0].zone, ZoneBasis::Assumed);
    let found = read(
        "2024-03-05T02:11:09Z fw %ASA-4-106023: Deny tcp src outside:192.0.2.10/4455 dst inside:198.51.100.7/22 by access-group",
    );
    assert_eq!(
        (sources(&found), destinations(&found)),
        (
            vec!["192.0.2.10:4455/tcp".into()],
            vec!["198.51.100.7:22/tcp".into()]
        )
    );
}

#[test]
fn what_an_attacker_writes_into_a_log_names_no_source() {
    let web = r#"192.0.2.10 - - [05/Mar/2024:02:11:09 +0100] "GET /?x=203.0.113.7 HTTP/1.1" 404 12 "-" "from 198.51.100.9""#;
    assert_eq!(sources(&read(web)), ["192.0.2.10"]);
    let ssh = "Mar  5 02:11:09 h sshd[1]: Failed password for invalid user x from 203.0.113.7 port 1 ssh2 from 192.0.2.10 port 4455 ssh2";
    assert_eq!(sources(&read(ssh)), ["192.0.2.10:4455"]);
    let imap = "Mar  5 02:11:09 h dovecot: imap-login: Aborted login (auth failed): user=<rip=203.0.113.7>, rip=192.0.2.10, lip=198.51.100.7";
    let found = read(imap);
    assert_eq!(
        (sources(&found), destinations(&found)),
        (vec!["192.0.2.10".into()], vec!["198.51.100.7".into()])
    );
    assert_eq!(types(&found), ["brute-force"]);
}

#[test]
fn a_table_is_read_by_its_header() {
    let text = "timestamp,src_ip,src_port,dst_ip,dst_port,proto\n2024-03-05 02:11:09,192.0.2.10,4455,198.51.100.7,22,tcp\n\
                2024-03-05 02:11:10,192.0.2.11,4456,198.51.100.7,23,tcp\n";
    let found = extract(&[part(TextKind::Csv, text)], &context());
    assert_eq!(
        sources(&found),
        ["192.0.2.10:4455/tcp", "192.0.2.11:4456/tcp"]
    );
    assert_eq!(
        destinations(&found),
        ["198.51.100.7:22/tcp", "198.51.100.7:23/tcp"]
    );
    assert_eq!(found.incident.events.len(), 2);
    assert_eq!(found.incident.format, Format::Csv);
    assert_eq!(found.incident.times[0].raw, "2024-03-05 02:11:09");
}

#[test]
fn machine_reports_are_read_by_their_fields() {
    let arf = "Feedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\nSource-IP: 192.0.2.10\nSource-Port: 4455\nArrival-Date: Tue, 5 Mar 2024 02:11:09 +0100\n";
    let found = extract(&[part(TextKind::FeedbackReport, arf)], &context());
    assert_eq!(
        (sources(&found), types(&found)),
        (vec!["192.0.2.10:4455".into()], vec!["spam"])
    );
    assert_eq!(times(&found), ["2024-03-05T02:11:09+01:00"]);
    assert_eq!(found.incident.format, Format::Arf);

    let yaml = "Reported-From: a@example.org\nCategory: abuse\nReport-Type: login-attack\nDate: 2024-03-05T02:11:09Z\nSource: 192.0.2.10\nSource-Type: ipv4\nPort: 22\n";
    let found = extract(&[part(TextKind::Yaml, yaml)], &context());
    assert_eq!(
        (sources(&found), types(&found)),
        (vec!["192.0.2.10".into()], vec!["brute-force"])
    );
    assert_eq!(destinations(&found), [":22"]);
    assert_eq!(found.incident.format, Format::Xarf);

    let json = r#"{"xarf_version":"4.2.0","timestamp":"2024-03-05T02:11:09Z","source_identifier":"192.0.2.10","source_port":4455,
        "category":"connection","type":"ddos","destination_ip":"198.51.100.7","destination_port":80,"protocol":"udp"}"#;
    let found = extract(&[part(TextKind::Json, json)], &context());
    assert_eq!(
        (sources(&found), destinations(&found)),
        (
            vec!["192.0.2.10:4455/udp".into()],
            vec!["198.51.100.7:80/udp".into()]
        )
    );
    assert_eq!(types(&found), ["ddos"]);
}

#[test]
fn iodef_gives_the_flow() {
    let text = r#"<IODEF-Document version="2.00"><Incident purpose="reporting"><GenerationTime>2024-03-06T00:00:00Z</GenerationTime>
        <StartTime>2024-03-05T02:11:09Z</StartTime><EventData><Flow>
        <System category="source"><Node><Address category="ipv4-addr">192.0.2.10</Address></Node><Service ip-protocol="6"><Port>4455</Port></Service></System>
        <System category="target"><Node><Address category="ipv6-addr">2001:db8::7</Address></Node><Service ip-protocol="6"><Port>22</Port></Service></System>
        </Flow></EventData></Incident></IODEF-Document>"#;
    let found = extract(&[part(TextKind::Xml, text)], &context());
    assert_eq!(
        (sources(&found), destinations(&found)),
        (
            vec!["192.0.2.10:4455/tcp".into()],
            vec!["2001:db8::7:22/tcp".into()]
        )
    );
    assert_eq!(times(&found), ["2024-03-05T02:11:09+00:00"]);
    assert_eq!(found.incident.format, Format::Iodef);
}

#[test]
fn indicators_are_refanged_and_file_names_are_no_domains() {
    let found = read(
        "hxxps://login.bank[.]example[.]com/x.php , report.zip script.sh main.rs, evil[at]bad.example[.]net, d41d8cd98f00b204e9800998ecf8427e \
         CVE‑2021‑44228 AS64500 192.0.2.0/24 198.51.100.10-198.51.100.20 2001:0DB8::1 www(dot)example(dot)org",
    );
    assert_eq!(
        values(&found, IndicatorKind::Url),
        ["https://login.bank.example.com/x.php"]
    );
    assert_eq!(
        values(&found, IndicatorKind::Domain),
        ["login.bank.example.com", "www.example.org"]
    );
    assert_eq!(
        values(&found, IndicatorKind::Email),
        ["evil@bad.example.net"]
    );
    assert_eq!(values(&found, IndicatorKind::Md5).len(), 1);
    assert_eq!(values(&found, IndicatorKind::Cve), ["CVE-2021-44228"]);
    assert_eq!(values(&found, IndicatorKind::Asn), ["AS64500"]);
    assert_eq!(values(&found, IndicatorKind::Cidr), ["192.0.2.0/24"]);
    assert_eq!(
        values(&found, IndicatorKind::IpRange),
        ["198.51.100.10-198.51.100.20"]
    );
    assert_eq!(values(&found, IndicatorKind::Ipv6), ["2001:db8::1"]);
    assert!(found.indicators.iter().all(|one| one.role == Role::Unknown));
}

#[test]
fn the_most_restrictive_marking_wins_and_explanations_do_not_count() {
    assert_eq!(
        Tlp::find("[TLP:GREEN] report, TLP: amber+strict inside"),
        Some(Tlp::AmberStrict)
    );
    assert_eq!(Tlp::find("TLP:WHITE"), Some(Tlp::Clear));
    assert_eq!(
        Tlp::find("TLP:RED means for the eyes of recipients only"),
        None
    );
    assert_eq!(
        Tlp::find("The labels are TLP:RED, TLP:AMBER, TLP:GREEN and TLP:CLEAR."),
        None
    );
    assert_eq!(Tlp::find("the tlp red herring"), Some(Tlp::Red));
    assert_eq!(Tlp::find("no marking"), None);
}

#[test]
fn a_missing_year_is_the_latest_that_is_not_after_the_mail() {
    assert_eq!(
        times(&read(
            "Dec 24 10:00:00 h sshd[1]: Invalid user x from 192.0.2.10 port 4455"
        )),
        ["2023-12-24T10:00:00+01:00"]
    );
}

#[test]
fn accents_beside_a_date_a_zone_or_a_name_change_nothing() {
    let told = read(
        "Détecté le 5 février 2024 à 14h23 : 203.0.113.9 a attaqué été.example.fr. Heures exprimées en UTC.",
    );
    assert_eq!(times(&told), ["2024-02-05T14:23:00+00:00"]);
    assert_eq!(sources(&told), ["203.0.113.9"]);
    assert_eq!(
        values(&told, IndicatorKind::Domain),
        ["xn--t-9fab.example.fr"]
    );
    // A letter with an accent belongs to its word: no date, no zone, no id begins or ends inside.
    let none = read("é5/03/2024 14:23, réCVE-2021-44228, déAS64500, éTLP:RED");
    assert!(times(&none).is_empty() && none.indicators.is_empty() && none.tlp.is_none());
}

#[test]
fn a_tab_before_another_mark_of_a_label_is_a_blank() {
    let found = read("Source IP\t\t: 203.0.113.9\nTarget\t\t\t198.51.100.7\t\tPort\t\t22\n");
    assert_eq!(sources(&found), ["203.0.113.9"]);
    assert_eq!(destinations(&found), ["198.51.100.7:22"]);
}

#[test]
fn the_names_are_those_of_the_contract() {
    let value = serde_json::to_value(read(
        "TLP:AMBER+STRICT scan from 192.0.2.10 on 2024-03-05 02:11 UTC",
    ))
    .unwrap();
    assert_eq!(value["tlp"], "AMBER+STRICT");
    assert_eq!(value["incident"]["format"], "free-text");
    assert_eq!(value["incident"]["times"][0]["zone"], "stated");
    assert_eq!(value["incident"]["types"][0]["type"], "scanner");
    assert_eq!(value["incident"]["events"][0]["type"], 0);
    assert_eq!(value["indicators"][0]["kind"], "ipv4");
    assert_eq!(value["indicators"][0]["role"], "source");
    let back: Extraction = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(back).unwrap(), value);
}

/// That time grows with the length only is measured by the example `speed`.
#[test]
fn hostile_text_is_read_to_its_end() {
    for unit in [
        "a.",
        "1.",
        "1.1.1.",
        "[",
        ":",
        "::",
        "a1",
        "(",
        "\"",
        "'",
        "<",
        "192.0.2.1 ",
        "1/",
        "a@",
        "http://",
        "http://a)",
        "- ",
        "Source: ",
        "\n> ",
        "TLP:",
        "12:",
        "a[.]",
        " to ",
        "0x",
        "2024-",
        "1 2024 ",
        "é",
    ] {
        let text = unit.repeat((1 << 16) / unit.len());
        let found = read(&text);
        let inside = |span: &extract::Span| text.get(span.start..span.end).is_some();
        assert!(
            found.indicators.iter().all(|one| inside(&one.span)),
            "{unit:?}"
        );
        assert!(
            found.incident.times.iter().all(|one| inside(&one.span)),
            "{unit:?}"
        );
    }
}

fn every_kind() -> impl Strategy<Value = TextKind> {
    prop::sample::select(vec![
        TextKind::Subject,
        TextKind::Plain,
        TextKind::Csv,
        TextKind::Json,
        TextKind::Xml,
        TextKind::Yaml,
        TextKind::FeedbackReport,
        TextKind::MessageHeader,
    ])
}

/// Texts made of the pieces that the readers look for, and of anything else.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "192.0.2.10",
        "[.]",
        "198[.]51.100.7",
        ":22",
        " port 22",
        "from ",
        " to ",
        "our server ",
        "5 March 2024",
        " 02:11:09",
        " UTC",
        "2024-03-05T02:11:09Z",
        "\n",
        "> ",
        "-- \n",
        "Source IP: ",
        "Date: ",
        "SRC=",
        "DST=",
        "src_ip,dst_ip,time\n",
        ",",
        "\"",
        "<",
        "2001:db8::1",
        "/24",
        "-",
        "hxxp://",
        "a.example.com",
        "@",
        "TLP:",
        "RED",
        "é",
        "\u{200b}",
        "\u{a0}",
        "{\"xarf_version\":\"4\",\"source_identifier\":\"",
        "\"}",
        "<System category=\"source\"><Address>",
        "</Address>",
        "Feedback-Type: abuse\n",
        "Mar  5 02:11:09 h sshd[1]: ",
        "(heure de Paris)",
        "14h30",
        " entre ",
        "attacked ",
        "was attacked by ",
        "CVE-2021-44228",
        "½",
        "İ",
        "ß",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(
            prop_oneof![piece.prop_map(str::to_owned), "\\PC{0,6}"],
            0..24
        )
        .prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn spans_lie_in_the_text_and_give_back_what_was_read(text in texts(), kind in every_kind()) {
        let found = extract(&[part(kind, &text)], &context());
        for one in &found.indicators {
            prop_assert_eq!(text.get(one.span.start..one.span.end), Some(one.raw.as_str()));
        }
        for time in &found.incident.times {
            prop_assert_eq!(text.get(time.span.start..time.span.end), Some(time.raw.as_str()));
        }
        let ends = found.incident.sources.iter().chain(&found.incident.destinations).map(|one| &one.span);
        for span in ends.chain(found.incident.types.iter().map(|one| &one.span)) {
            prop_assert!(&*span.part == "1" && text.get(span.start..span.end).is_some(), "{:?}", span);
        }
        for event in &found.incident.events {
            prop_assert!(event.source.is_none_or(|index| index < found.incident.sources.len()));
            prop_assert!(event.destination.is_none_or(|index| index < found.incident.destinations.len()));
            prop_assert!(event.kind.is_none_or(|index| index < found.incident.types.len()));
        }
    }

    #[test]
    fn the_same_text_gives_the_same_answer(text in texts(), kind in every_kind()) {
        let parts = [part(kind, &text), part(TextKind::Subject, "scan from 192.0.2.10")];
        prop_assert_eq!(extract(&parts, &context()), extract(&parts, &context()));
    }
}
