//! Whose problem a value is, and which names only look like the constituency's.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use extract::{Constituency, Relation};

fn constituency() -> Constituency {
    let networks = ["198.51.0.0/16", "198.51.100.0/24", "2001:db8:7::/48"];
    let domains = [
        "MyBank.example.",
        "stadtwerke-lindau.de",
        "telefonica.es",
        "uni-kassel.de",
        "cs.hochschule.ch",
        "ab.ch",
        "xn--mnchen-3ya.de",
    ];
    Constituency::new(networks.map(|net| net.parse().unwrap()), domains)
}

/// What is said of it; empty for nothing.
fn said(value: &str) -> String {
    let of = constituency().of_host(value);
    of.map_or_else(String::new, |of| of.to_string())
}

#[test]
fn the_most_specific_network_is_told() {
    let of = |text: &str| {
        let of = constituency().of_address(text);
        of.map_or_else(String::new, |of| of.to_string())
    };
    for (asked, wanted) in [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("198.51.9.9", "198.51.0.0/16"),
        ("198.52.0.1", ""),
        ("2001:db8:7:1::1", "2001:db8:7::/48"),
        ("198.51.100.128/25", "198.51.100.0/24"),
        ("198.51.99.0-198.51.100.9", "198.51.0.0/16"),
        // A part of it is ours.
        ("198.0.0.0/8", "198.51.100.0/24"),
        ("2001:db8::/32", "2001:db8:7::/48"),
        ("nonsense", ""),
    ] {
        assert_eq!(of(asked), wanted, "{asked}");
    }
}

#[test]
fn names_at_and_below_a_domain_are_its_own() {
    for (name, wanted) in [
        ("mybank.example", "mybank.example"),
        ("WWW.mybank.example.", "mybank.example"),
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("www.münchen.de", "münchen.de"),
        ("www.cs.hochschule.ch", "cs.hochschule.ch"),
        // Of the same organisation, though not listed: neither ours nor a stranger's.
        ("www.hochschule.ch", ""),
    ] {
        assert_eq!(said(name), wanted, "{name}");
    }
}

#[test]
fn look_alikes_are_told_with_their_rule() {
    for (name, wanted) in [
        ("mybank.example.evil.com", "like mybank.example (inside)"),
        ("login.mybank-example.com", "like mybank.example (inside)"),
        ("mybank.example-login.com", "like mybank.example (inside)"),
        // Cyrillic а; the same as an A-label.
        ("myb\u{430}nk.example", "like mybank.example (confusable)"),
        ("xn--mybnk-6ve.example", "like mybank.example (confusable)"),
        (
            "stadtvverke-lindau.de",
            "like stadtwerke-lindau.de (confusable)",
        ),
        ("telefonlca.es", "like telefonica.es (confusable)"),
        ("telef\u{f3}nica.es", "like telefonica.es (confusable)"),
        ("t3lef0n1ca.com", "like telefonica.es (digits)"),
        ("stadtwerkelindau.de", "like stadtwerke-lindau.de (hyphen)"),
        ("my-bank.example", "like mybank.example (hyphen)"),
        ("telefonica.info", "like telefonica.es (suffix)"),
        ("telefonica.co.uk", "like telefonica.es (suffix)"),
        ("telefoncia.es", "like telefonica.es (edit)"),
        ("telefonicas.es", "like telefonica.es (edit)"),
        ("stadtwerke-lndaus.de", "like stadtwerke-lindau.de (edit)"),
        ("telefonica-login.com", "like telefonica.es (word)"),
        ("munchen.de", "like münchen.de (confusable)"),
    ] {
        assert_eq!(said(name), wanted, "{name}");
    }
}

#[test]
fn other_names_are_left_alone() {
    for name in [
        "example.org",
        "bank.com",
        "mybanker.org",
        "stadtwerke-lindow-mark.de",
        "stadtwerke.de",
        "lindau.de",
        "uni-passau.de",
        "unikat.de",
        "ac.ch",
        "ab.com",
        "telephone.es",
        "de",
        "",
        "...",
        "xn--\u{7f}.de",
    ] {
        assert_eq!(said(name), "", "{name}");
    }
    assert_eq!(Constituency::default().of_name("mybank.example"), None);
}

#[test]
fn thousands_of_domains_find_theirs() {
    let kinds = ["kranken", "rat", "pfarr"].into_iter().cycle();
    let numbered = (0..5_000).zip(kinds);
    let domains: Vec<String> = numbered
        .map(|(number, kind)| format!("{kind}haus-{number}.de"))
        .chain(["volkshochschule.de".to_owned()])
        .collect();
    let many = Constituency::new([], domains.iter().map(String::as_str));
    let of = many.of_name("volkshochchule.de").unwrap();
    assert_eq!(
        (of.relation, of.of.as_str()),
        (Relation::LookAlike, "volkshochschule.de")
    );
    // Numbered neighbours are not look-alikes of each other.
    assert_eq!(many.of_name("rathaus-5001.de"), None);
}
