//! What leaves for other teams' tools: complete, marked, harmless, and nothing that its marking forbids.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use extract::export::{Refusal, Sheet, events_csv, indicators_csv, intelmq, iodef, misp, stix};
use extract::{
    Context, Correction, Extraction, Indicator, IndicatorKind, Role, Says, Span, Spoken, TextKind,
    TextPart, Tlp, corrected, extract,
};
use serde_json::Value;

const REPORT: &str = "TLP:AMBER\n\nWe have detected an SSH brute force attack from 192[.]0.2.10 (port 4455) against our server \
    198.51.100.7:22/tcp on 5 March 2024 at 02:11:09 CET.\nIt loaded hxxps://login[.]bank[.]example[.]com/x.php and \
    d41d8cd98f00b204e9800998ecf8427e, see CVE-2021-44228 and AS64500.\n";

/// A number for a name, in the form of a UUID.
fn uuid(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!(
        "{:08x}-{:04x}-4000-8000-{:012x}",
        hash >> 32,
        hash & 0xffff,
        hash & 0xffff_ffff_ffff
    )
}

fn read(kind: TextKind, text: &str) -> Extraction {
    let part = TextPart {
        id: "1",
        kind,
        text,
        attachment: false,
        forwarded: false,
    };
    extract(&[part], &Context::default())
}

fn sheet() -> Sheet<'static> {
    Sheet {
        organisation: "csirt.example",
        contact: "csirt@example.org",
        ticket: "2024-0001",
        received: "2024-03-06T09:00:00+01:00",
        made: "2024-03-06T10:00:00Z",
        unmarked: Tlp::AmberStrict,
        audience: Tlp::Amber,
        uuid: &uuid,
        corrected: 0,
        tags: &[],
    }
}

#[test]
fn intelmq_gets_one_event_a_line_in_utc() {
    let lines = intelmq(&read(TextKind::Plain, REPORT), &sheet()).unwrap();
    let event: Value = serde_json::from_str(lines.trim_end()).unwrap();
    let expected = serde_json::json!({
        "__type": "Event",
        "feed.name": "csirt.example",
        "time.observation": "2024-03-06T08:00:00+00:00",
        "time.source": "2024-03-05T01:11:09+00:00",
        "extra.time_zone_basis": "stated",
        "source.ip": "192.0.2.10",
        "source.port": 4455,
        "destination.ip": "198.51.100.7",
        "destination.port": 22,
        "protocol.transport": "tcp",
        "classification.taxonomy": "intrusion-attempts",
        "classification.type": "brute-force",
        "malware.hash.md5": "d41d8cd98f00b204e9800998ecf8427e",
        "tlp": "AMBER",
        "extra.tlp2": "AMBER",
        "extra.ticket_refs": ["2024-0001"],
    });
    assert_eq!(event, expected);
}

#[test]
fn a_marking_that_the_recipient_may_not_see_stops_every_export() {
    let red = read(TextKind::Plain, &REPORT.replace("TLP:AMBER", "TLP:RED"));
    let unmarked = read(TextKind::Plain, &REPORT.replace("TLP:AMBER", ""));
    for export in [intelmq, iodef, misp, stix, events_csv, indicators_csv] {
        assert_eq!(export(&red, &sheet()), Err(Refusal::Marked(Tlp::Red)));
        assert_eq!(
            export(&unmarked, &sheet()),
            Err(Refusal::Marked(Tlp::AmberStrict))
        );
        assert!(export(&read(TextKind::Plain, REPORT), &sheet()).is_ok());
    }
}

#[test]
fn a_marking_that_a_format_can_not_say_becomes_stricter() {
    let strict = read(
        TextKind::Plain,
        &REPORT.replace("TLP:AMBER", "TLP:AMBER+STRICT"),
    );
    let wide = Sheet {
        audience: Tlp::Red,
        ..sheet()
    };
    assert!(intelmq(&strict, &wide).unwrap().contains("\"tlp\":\"RED\""));
    assert!(
        iodef(&strict, &wide)
            .unwrap()
            .contains("restriction=\"red\"")
    );
    assert!(misp(&strict, &wide).unwrap().contains("tlp:amber+strict"));
    assert!(stix(&strict, &wide).unwrap().contains("TLP:AMBER+STRICT"));
}

#[test]
fn what_iodef_misp_and_stix_get_reads_back_as_the_same_incident() {
    let first = read(TextKind::Plain, REPORT);
    for (written, kind) in [
        (iodef(&first, &sheet()).unwrap(), TextKind::Xml),
        (misp(&first, &sheet()).unwrap(), TextKind::Json),
        (stix(&first, &sheet()).unwrap(), TextKind::Json),
        (intelmq(&first, &sheet()).unwrap(), TextKind::Json),
    ] {
        let again = read(kind, &written);
        let end = |list: &[extract::Endpoint]| {
            let one = list.last().cloned().unwrap_or_default();
            (one.ip, one.port)
        };
        assert_eq!(
            end(&again.incident.sources),
            end(&first.incident.sources),
            "{written}"
        );
        assert_eq!(
            end(&again.incident.destinations),
            end(&first.incident.destinations),
            "{written}"
        );
        let moment = again.incident.times[0]
            .value
            .parse::<jiff::Timestamp>()
            .unwrap();
        assert_eq!(moment.to_string(), "2024-03-05T01:11:09Z", "{written}");
    }
}

#[test]
fn an_end_that_somebody_says_is_in_what_iodef_misp_and_stix_get() {
    let end = Correction {
        kind: Spoken::Time,
        value: "2024-03-05T04:00:00+01:00".to_owned(),
        says: Says::End,
    };
    let view = corrected(&read(TextKind::Plain, REPORT), &[end]);
    let iodef = iodef(&view, &sheet()).unwrap();
    assert!(
        iodef.contains("<EndTime>2024-03-05T03:00:00Z</EndTime>"),
        "{iodef}"
    );
    let misp: Value = serde_json::from_str(&misp(&view, &sheet()).unwrap()).unwrap();
    let attributes = misp["Event"]["Object"][0]["Attribute"].as_array().unwrap();
    let of = |name: &str| {
        let mut all = attributes.iter();
        all.find(|one| one["object_relation"] == name).unwrap()["value"].clone()
    };
    assert_eq!(of("first-packet-seen"), "2024-03-05T01:11:09Z");
    assert_eq!(of("last-packet-seen"), "2024-03-05T03:00:00Z");
    let stix: Value = serde_json::from_str(&stix(&view, &sheet()).unwrap()).unwrap();
    let mut objects = stix["objects"].as_array().unwrap().iter();
    let seen = objects.find(|one| one["type"] == "observed-data").unwrap();
    assert_eq!(seen["first_observed"], "2024-03-05T01:11:09.000Z");
    assert_eq!(seen["last_observed"], "2024-03-05T03:00:00.000Z");
}

#[test]
fn iodef_escapes_what_strangers_wrote() {
    let mut found = read(TextKind::Plain, REPORT);
    found.indicators[0].value = "<&\"'\u{0}>".to_owned();
    let written = iodef(&found, &sheet()).unwrap();
    assert!(written.contains("&lt;&amp;&quot;&apos;&gt;"), "{written}");
    assert!(!written.contains('\u{0}'));
}

#[test]
fn stix_objects_refer_to_what_is_there() {
    let wallet = "Bitcoin address 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    let written = stix(
        &read(TextKind::Plain, &format!("{REPORT}{wallet}\n")),
        &sheet(),
    )
    .unwrap();
    let bundle: Value = serde_json::from_str(&written).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let ids: Vec<&str> = objects
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    // STIX has no object for a wallet.
    assert!(
        objects
            .iter()
            .any(|one| one["type"] == "note" && one["content"] == wallet)
    );
    for object in objects {
        let lists =
            ["object_refs", "object_marking_refs"].map(|key| object[key].as_array().cloned());
        let single = ["src_ref", "dst_ref", "created_by_ref"].map(|key| object.get(key).cloned());
        let all = lists
            .into_iter()
            .flatten()
            .flatten()
            .chain(single.into_iter().flatten());
        for reference in all {
            assert!(ids.contains(&reference.as_str().unwrap()), "{reference}");
        }
    }
}

#[test]
fn no_cell_of_a_table_is_a_formula_and_none_breaks_out() {
    let mut found = read(TextKind::Plain, REPORT);
    found.indicators = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "a\",\"b\r\n=2",
        " =3",
        "plain",
    ]
    .map(|value| Indicator {
        kind: IndicatorKind::Url,
        value: value.to_owned(),
        raw: value.to_owned(),
        role: Role::Unknown,
        span: Span::default(),
    })
    .into();
    let written = indicators_csv(&found, &sheet()).unwrap();
    let cells: Vec<&str> = written
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().trim_matches('"'))
        .collect();
    assert_eq!(written.lines().count(), 9);
    for cell in &cells {
        assert!(
            !cell.trim_start().starts_with(['=', '+', '-', '@']),
            "{cell:?}"
        );
    }
    assert_eq!(cells.last(), Some(&"plain"));
    let events = events_csv(&read(TextKind::Plain, REPORT), &sheet()).unwrap();
    assert!(events.ends_with(
        "\"2024-03-05T01:11:09Z\",\"stated\",\"192.0.2.10\",\"4455\",\"198.51.100.7\",\"22\",\"tcp\",\"intrusion-attempts\",\"brute-force\",\"TLP:AMBER\",\"2024-0001\",\"\"\r\n"
    ));
}
