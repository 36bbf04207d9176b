//! What holds for every report: a defanged value is the value, and the order of its sections does not change what is found.

use std::collections::BTreeSet;

use extract::grammars::{self, Reader};
use extract::{Context, Extraction, IndicatorKind, TextKind, TextPart, extract};
use proptest::prelude::*;

fn read(texts: &[&str]) -> Extraction {
    let ids = ["1", "2", "3", "4", "5", "6", "7"];
    let parts: Vec<TextPart<'_>> = ids
        .iter()
        .zip(texts)
        .map(|(id, text)| TextPart {
            id,
            kind: TextKind::Plain,
            text,
            attachment: false,
            forwarded: false,
        })
        .collect();
    let context = Context {
        date: Some("2024-03-06T09:00:00+01:00".into()),
        ..Context::default()
    };
    extract(&parts, &context)
}

fn label() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?"
}

/// A value with its kind.
fn values() -> impl Strategy<Value = (IndicatorKind, String)> {
    let name = || (label(), label()).prop_map(|(one, two)| format!("{one}.{two}.example.com"));
    prop_oneof![
        (1_u8..=223, any::<[u8; 3]>())
            .prop_map(|(a, [b, c, d])| (IndicatorKind::Ipv4, format!("{a}.{b}.{c}.{d}"))),
        name().prop_map(|name| (IndicatorKind::Domain, name)),
        (name(), label())
            .prop_map(|(name, path)| (IndicatorKind::Url, format!("http://{name}/{path}.php?x=1"))),
        (label(), name()).prop_map(|(user, name)| (IndicatorKind::Email, format!("{user}@{name}"))),
    ]
}

/// One writing for every dot, at and scheme of a value.
fn defang(value: &str, style: usize) -> String {
    let pick = |writings: &[&'static str]| {
        let style = style % writings.len();
        writings.get(style).copied().unwrap_or_default()
    };
    value
        .replace(
            '.',
            pick(&[
                "[.]", "(.)", "{.}", "[dot]", "(dot)", "\\.", "．", "[.", ".]",
            ]),
        )
        .replace('@', pick(&["[at]", "(at)", "[@]", " [at] ", "{at}"]))
        .replace(
            "http://",
            pick(&["hxxp://", "hXXp[:]//", "h**p://", "hxxp[://]", "meow://"]),
        )
}

/// Sections that each say all that they say.
const SECTIONS: [&str; 7] = [
    "2024-03-05T02:11:09Z gate sshd[12]: Failed password for root from 192.0.2.10 port 4242 ssh2\n",
    "2024-03-05T03:11:09Z fw kernel: SRC=192.0.2.11 DST=198.51.100.7 PROTO=TCP SPT=4455 DPT=22\n",
    "src_ip,dst_ip,dst_port,time\n192.0.2.12,198.51.100.8,80,2024-03-05T04:11:09Z\n",
    "We noticed attacks from 192.0.2.13 against our server 198.51.100.9.\n",
    "The phishing page hxxp://login[.]example[.]net/ asks for passwords.\n",
    "Written to abuse@team.example.com about CVE-2021-44228 and AS64500.\n",
    "TLP:AMBER\n",
];

/// Letters of several grammars, with octets of which not each begins a character.
const PIECES: [&str; 24] = [
    "192.0.2.1",
    "2001:db8::1",
    "::ffff:192.0.2.9.22 > ",
    "évil[.]example[.]com",
    "hxxp://",
    "2024-03-05 ",
    "02:11:09",
    " le 5 mars à 14 h ",
    "ſeptember",
    " UTC",
    "Source IP : ",
    "\n",
    "src_ip,dst_ip,time\n",
    "{\"src_ip\":\"",
    "\"}",
    "<ip>",
    "</ip>",
    "Received: from é [",
    "] by ",
    "TLP:AMBER ",
    "hameçonnage ",
    "sshd[1]: Failed password from ",
    "\u{200b}",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
];

const READERS: [Reader; 11] = [
    Reader::Logs,
    Reader::Forms,
    Reader::Tables,
    Reader::Json,
    Reader::Xml,
    Reader::Iodef,
    Reader::Yaml,
    Reader::Arf,
    Reader::Received,
    Reader::Prose,
    Reader::Marks,
];

fn found(extraction: &Extraction) -> BTreeSet<String> {
    let incident = &extraction.incident;
    let ends = incident.sources.iter().map(|end| ("from", end));
    let ends = ends.chain(incident.destinations.iter().map(|end| ("to", end)));
    let ends =
        ends.map(|(role, end)| format!("{role} {:?} {:?} {:?}", end.ip, end.port, end.protocol));
    let times = incident.times.iter().map(|time| time.value.clone());
    let kinds = incident.types.iter().map(|kind| kind.kind.clone());
    let values = extraction.indicators.iter();
    let values = values.map(|one| format!("{:?} {} {:?}", one.kind, one.value, one.role));
    ends.chain(times).chain(kinds).chain(values).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn a_defanged_value_is_the_value((kind, value) in values(), style in 0_usize..60, tail in "[ ,;!]?") {
        let text = format!("seen {}{tail}", defang(&value, style));
        let extraction = read(&[&text]);
        let has = extraction.indicators.iter().any(|one| one.kind == kind && one.value == value);
        prop_assert!(has, "{} {:?}", text, extraction.indicators);
    }

    #[test]
    fn the_order_of_sections_does_not_change_what_is_found(order in Just(SECTIONS.to_vec()).prop_shuffle()) {
        prop_assert_eq!(found(&read(&order)), found(&read(&SECTIONS)));
        prop_assert_eq!(read(&order).tlp, read(&SECTIONS).tlp);
        let text = order.join("\n");
        prop_assert_eq!(found(&read(&[&text])), found(&read(&[&SECTIONS.join("\n")])));
    }

    #[test]
    fn each_reader_alone_points_into_the_text(pieces in prop::collection::vec(0_usize..PIECES.len(), 1..12), kind in 0_usize..READERS.len()) {
        let text: String = pieces.iter().filter_map(|piece| PIECES.get(*piece).copied()).collect();
        let context = Context { date: Some("2024-03-06T09:00:00+01:00".into()), ..Context::default() };
        let part = TextPart { id: "1", kind: TextKind::Plain, text: &text, attachment: false, forwarded: false };
        let reader = READERS.get(kind).copied().unwrap_or(Reader::Logs);
        let extraction = grammars::read(reader, &part, &context);
        for one in &extraction.indicators {
            prop_assert_eq!(text.get(one.span.start..one.span.end), Some(one.raw.as_str()));
        }
        let found = [grammars::addresses(&text), grammars::times(&text, &context), grammars::names(&text), grammars::wallets(&text)];
        let more = [grammars::markings(&text), grammars::kinds(&text), grammars::clocks(&text)];
        for one in found.iter().chain(&more).flatten() {
            prop_assert!(one.start < one.end && text.get(one.start..one.end).is_some(), "{:?} {:?}", text, one);
        }
        let (clean, places) = grammars::refanged(&text);
        prop_assert_eq!(clean.chars().count(), places.len());
        prop_assert!(places.iter().all(|(start, end)| text.get(*start..*end).is_some()));
    }
}
