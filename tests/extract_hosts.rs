//! Hosts that a report names: who is blamed, who is hit, and who only stands there.

#[path = "extract/reading.rs"]
mod reading;

use extract::{IndicatorKind, Role, TextKind};

use crate::reading::read;

/// The roles of the domains of a report: `s:NAME`, `d:NAME`; those without one are left out.
fn roles(text: &str) -> Vec<String> {
    let found = read(TextKind::Plain, text);
    let mut named: Vec<String> = found
        .indicators
        .iter()
        .filter(|one| one.kind == IndicatorKind::Domain)
        .filter_map(|one| match one.role {
            Role::Source => Some(format!("s:{}", one.value)),
            Role::Destination => Some(format!("d:{}", one.value)),
            _ => None,
        })
        .collect();
    named.sort();
    named
}

#[test]
fn host_that_does_harm_is_blamed_and_the_one_that_it_imitates_is_not() {
    for (text, expected) in [
        (
            "A phishing page that copies our online banking is at hxxps://bank-login[.]example[.]net/verify. Our genuine site is www.bank.example.org.",
            &["s:bank-login.example.net"][..],
        ),
        (
            "A phishing site copies us. The website is outlet.example.net; it poses as us.",
            &["s:outlet.example.net"],
        ),
        (
            "Please take down this phishing site:\n\nhttps://refund.example.net/form.php\n\nMore information: https://cert.example.org/advice",
            &["s:refund.example.net"],
        ),
        (
            "Une page d'hameçonnage qui usurpe notre banque est hébergée sur http://banque-secure.example.net/. Le vrai site est www.banque.example.org.",
            &["s:banque-secure.example.net"],
        ),
        (
            "Die gefälschte Seite https://sparkasse.example.net/anmeldung stiehlt Passwörter (Phishing). Unsere echte Seite ist www.kasse.example.org.",
            &["s:sparkasse.example.net"],
        ),
        (
            "Una página de phishing que suplanta a nuestra caja está alojada en http://caja.example.net/acceso. El sitio legítimo es www.caja.example.org.",
            &["s:caja.example.net"],
        ),
    ] {
        assert_eq!(roles(text), expected, "{text}");
    }
}

#[test]
fn called_and_hit_hosts_are_destinations() {
    for (text, expected) in [
        (
            "192.0.2.9 in your network is infected with a trojan; it connects to the C2 server update.example.net every minute.",
            &["d:update.example.net"][..],
        ),
        (
            "Since noon our shop shop.example.org is under a DDoS attack from 192.0.2.9 and many others.",
            &["d:shop.example.org"],
        ),
        (
            "Ayer desfiguraron nuestra web www.granja.example.org (defacement) desde 192.0.2.9.",
            &["d:www.granja.example.org"],
        ),
    ] {
        assert_eq!(roles(text), expected, "{text}");
    }
}

#[test]
fn names_that_only_stand_there_have_no_role() {
    for text in [
        "192.0.2.9 tried passwords on our SSH server 198.51.100.7. See https://www.abuseipdb.com/check/192.0.2.9 for more.",
        "Thank you for the workshop. The slides are at https://www.example.org/slides.",
        "192.0.2.9 scans us.\n\n-- \nJane Doe\nhttps://www.example.org",
    ] {
        assert_eq!(roles(text), Vec::<String>::new(), "{text}");
    }
}
