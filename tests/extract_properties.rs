//! What holds for every report: a defanged value is the value, and the order of its sections does not change what is found.

use std::collections::BTreeSet;

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
}
