//! What leaves as IODEF 2 keeps the rules of RFC 7970, of the elements that we write: their order and number, what must be said, and
//! which words there are. The schema itself is not here; `deploy/check-exports` checks against one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use extract::export::{Sheet, iodef};
use extract::{Context, TextKind, TextPart, Tlp, extract};
use quick_xml::Reader;
use quick_xml::events::Event;

type Rule = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// An element, what stands in it in this order (`?` once at most, `*` any number, `+` one at least, else once), and its attributes with
/// the words that they may have, `#` for a number and `…` for anything. Elements without children hold text.
const RULES: [Rule; 15] = [
    (
        "IODEF-Document",
        "Incident+",
        &[("version", "2.00"), ("xml:lang", "en")],
    ),
    (
        "Incident",
        "IncidentID StartTime? EndTime? ReportTime? GenerationTime Assessment* Contact+ EventData* AdditionalData*",
        &[
            ("purpose", "reporting"),
            ("restriction", "white green amber red"),
        ],
    ),
    ("IncidentID", "", &[("name", "…")]),
    ("Assessment", "IncidentCategory* SystemImpact+", &[]),
    ("SystemImpact", "", &[("type", "unknown")]),
    (
        "Contact",
        "ContactName* Email*",
        &[("role", "creator"), ("type", "organization")],
    ),
    ("Email", "EmailTo", &[]),
    ("EventData", "StartTime? Flow*", &[]),
    ("Flow", "System+", &[]),
    (
        "System",
        "Node Service* AdditionalData*",
        &[("category", "source target")],
    ),
    ("Node", "Address+", &[]),
    (
        "Address",
        "",
        &[
            (
                "category",
                "ipv4-addr ipv4-net ipv6-addr ipv6-net ext-value",
            ),
            ("ext-category", "range"),
        ],
    ),
    ("Service", "Port", &[("ip-protocol", "#")]),
    ("Port", "", &[]),
    (
        "AdditionalData",
        "",
        &[("dtype", "string integer"), ("meaning", "indicator port")],
    ),
];

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

fn read(document: &str) -> Element {
    let mut reader = Reader::from_str(document);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => open.last_mut().unwrap().children.push(element(&tag)),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(closed);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(text.trim()),
            Event::Eof => return open.remove(0).children.remove(0),
            Event::GeneralRef(_) | Event::Decl(_) => {}
            other @ (Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_)) => {
                panic!("{other:?} is nothing that we write")
            }
        }
    }
}

fn element(tag: &quick_xml::events::BytesStart<'_>) -> Element {
    let attributes = tag.attributes().map(|one| one.unwrap());
    Element {
        name: tag.name().as_ref().to_owned(),
        attributes: attributes
            .map(|one| (one.key.as_ref().to_owned(), one.value.into_owned()))
            .filter(|(name, _)| name != "xmlns")
            .collect(),
        ..Element::default()
    }
}

/// Whether what stands in an element is what may, in its order.
fn is_in_order(children: &[Element], allowed: &str) -> bool {
    let mut rest = children.iter().peekable();
    for one in allowed.split_whitespace() {
        let name = one.trim_end_matches(['?', '*', '+']);
        let mut count = 0;
        while rest.next_if(|child| child.name == name).is_some() {
            count += 1;
        }
        let fits = match one.strip_prefix(name) {
            Some("?") => count <= 1,
            Some("*") => true,
            Some("+") => count >= 1,
            _ => count == 1,
        };
        if !fits {
            return false;
        }
    }
    rest.next().is_none()
}

fn check(one: &Element, document: &str) {
    let name = one.name.as_str();
    if name.ends_with("Time") {
        one.text.parse::<jiff::Timestamp>().unwrap();
    }
    let Some((_, children, attributes)) = RULES.iter().find(|(known, ..)| *known == name) else {
        let plain = one.attributes.is_empty() && one.children.is_empty() && !one.text.is_empty();
        assert!(plain, "{name} is not known\n{document}");
        return;
    };
    assert!(is_in_order(&one.children, children), "{name}\n{document}");
    assert!(one.text.is_empty() || children.is_empty(), "{document}");
    for (name, value) in &one.attributes {
        let known = attributes.iter().find(|(known, _)| known == name);
        let fits = match known.unwrap().1 {
            "…" => !value.is_empty(),
            "#" => value.parse::<u8>().is_ok(),
            words => words.split(' ').any(|word| word == value),
        };
        assert!(fits, "{name}={value}\n{document}");
    }
    // What is not a number of its own kind says which kind it is.
    let has = |name: &str| one.attributes.iter().any(|(known, _)| known == name);
    let said = attributes.iter().filter(|(name, _)| !has(name)).count();
    let extended = one.attributes.iter().any(|(_, value)| value == "ext-value");
    let unsaid = usize::from(name == "Address" && !extended);
    assert_eq!(said, unsaid, "{name}\n{document}");
    for child in &one.children {
        check(child, document);
    }
}

fn exported(text: &str, contact: &str) -> String {
    let part = TextPart::body(text);
    let sheet = Sheet {
        organisation: "CSIRT",
        contact,
        ticket: "CSIRT#000007",
        received: "2024-03-06T09:00:00+01:00",
        made: "2024-03-06T10:00:00Z",
        unmarked: Tlp::Amber,
        audience: Tlp::Red,
        corrected: 0,
        tags: &[],
        uuid: &str::to_owned,
    };
    iodef(&extract(&[part], &Context::default()), &sheet).unwrap()
}

#[test]
fn every_element_stands_where_it_may_and_says_what_it_must() {
    for text in [
        "",
        "TLP:RED\n\nPhishing at hxxps://login[.]bank[.]example/x.php, CVE-2021-44228 and AS64500.",
        "SSH brute force from 192.0.2.10 port 4455 against 198.51.100.7 port 22/tcp on 5 March 2024 at 02:11:09 UTC.",
        "Scans from 192.0.2.0/24 and 2001:db8::/32 against 2001:db8:1::7 port 123/udp since 5 March 2024 at 02:11:09 UTC.",
        "TLP:AMBER+STRICT\n\nScans from 192.0.2.1 - 192.0.2.40 against 198.51.100.7, 5 March 2024 02:11 UTC to 6 March 2024 03:00 UTC",
        "2024-03-05 02:11:09 +0000 192.0.2.10:4455 -> 198.51.100.7:8081 GET /<&\"'>\n2024-03-05 02:12:09 +0000 192.0.2.11:4455 -> 198.51.100.7:8081",
    ] {
        for contact in ["csirt@team.example", ""] {
            let document = exported(text, contact);
            check(&read(&document), &document);
        }
    }
}

#[test]
fn a_port_of_no_known_protocol_is_told_and_no_protocol_made_up() {
    let report = |protocol: &str| {
        format!(
            "Scan from 192.0.2.10 against our server 198.51.100.7 port 8081{protocol} on 5 March 2024 at 02:11:09 UTC."
        )
    };
    let known = exported(&report("/tcp"), "");
    assert!(
        known.contains("<Service ip-protocol=\"6\"><Port>8081</Port></Service>"),
        "{known}"
    );
    let unknown = exported(&report(""), "");
    assert!(
        unknown
            .contains("<AdditionalData dtype=\"integer\" meaning=\"port\">8081</AdditionalData>")
            && !unknown.contains("<Service"),
        "{unknown}"
    );
    let part = TextPart {
        id: "1",
        kind: TextKind::Xml,
        text: &unknown,
        attachment: false,
        forwarded: false,
    };
    let again = extract(&[part], &Context::default());
    assert_eq!(again.incident.destinations[0].port, Some(8081));
}

#[test]
fn a_reference_is_unique_by_the_teams_domain() {
    let with = |contact| exported("", contact);
    assert!(with("soc@team.example").contains("<IncidentID name=\"team.example\">CSIRT#000007<"));
    assert!(with("").contains("<IncidentID name=\"CSIRT\">CSIRT#000007<"));
}
