//! Addresses and ports in every form that people and machines write, and what only looks like them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "extract/reading.rs"]
mod reading;

use std::net::{Ipv4Addr, Ipv6Addr};

use extract::{Extraction, IndicatorKind, TextKind};
use proptest::prelude::*;

use crate::reading::read;

fn addresses(found: &Extraction) -> Vec<&str> {
    let kinds = [
        IndicatorKind::Ipv4,
        IndicatorKind::Ipv6,
        IndicatorKind::Cidr,
        IndicatorKind::IpRange,
    ];
    let all = found
        .indicators
        .iter()
        .filter(|one| kinds.contains(&one.kind));
    all.map(|one| one.value.as_str()).collect()
}

#[test]
fn words_near_an_address_make_no_version_of_it() {
    for (text, count) in [
        (
            "Findings:\n203.0.113.7, 203.0.113.8 and 203.0.113.9 scanned us",
            3,
        ),
        ("Requirements:\n- block 203.0.113.7", 1),
        ("attacks from 203.0.113.7, and later, from 203.0.113.9", 2),
        ("203.0.113.7 (build server) was hit", 1),
        ("fail2ban-sshd-203.0.113.7 banned", 1),
        ("the IPs 5.8.18.30 and 5.8.18.7 scan us", 2),
        ("IPv4 5.8.18.30 brute-forced us", 1),
        ("5.8.18.30 brute-forced us, we blocked 5.8.18.7", 2),
        ("Quelle: 5.8.18.30, Ziel war der Server 5.8.18.7", 2),
        ("l'adresse 5.8.18.30 a visé 5.8.18.7 port 22", 2),
        (
            "La máquina atacante es 5.8.18.30 y la atacada 5.8.18.7:22",
            2,
        ),
        ("Angriffe von 5.8.18.30 (Host 5.8.18.7)", 2),
        ("- 5.8.18.30\n- 5.8.18.7\n", 2),
        ("bot 5.8.18.30, C2 5.8.18.7, DNS 9.9.9.9 and 8.8.4.4", 4),
        ("Ban 5.8.18.30; SRC=5.8.18.7", 2),
        ("our Exchange 5.8.180.30 and Apache 17.40.18.90", 2),
        (
            "Unser Sensor sah 5.8.18.30, su cliente 5.8.18.7 envía spam",
            2,
        ),
        ("server5 5.8.18.30, Maschine 5.8.18.7 infiziert", 2),
        ("networks 5.8.0.0/16 and 5.9.0.0 - 5.9.255.255", 2),
    ] {
        let found = read(TextKind::Plain, text);
        assert_eq!(addresses(&found).len(), count, "{text}");
    }
}

#[test]
fn telephone_has_an_address_as_well_as_a_number() {
    for text in [
        "Bots all over the world call 198.51.100.1.",
        "Das Telefon 10.20.3.1 scannt unser Netz",
        "a hacked phone (10.20.3.1)",
        "In the log the phone is 10.20.3.1",
        "El teléfono (198.51.100.7) fue atacado",
    ] {
        assert_eq!(addresses(&read(TextKind::Plain, text)).len(), 1, "{text}");
    }
    let text = "Tel. 31.20.55.66, fax: 044.26.15.15, phone number 12.34.56.78";
    assert_eq!(addresses(&read(TextKind::Plain, text)), Vec::<&str>::new());
}

#[test]
fn numbers_that_only_look_like_addresses_are_none() {
    for text in [
        "We use versions 8.2.10.1, 8.2.10.2 and 8.2.10.3.",
        "It runs QuickTransfer 7.4.2.11; the vendor fixed the hole in release 7.4.2.19.",
        "Der Fehler ist behoben ab 3.5.16.40.",
        "Please upgrade to 8.2.10.4 at once.",
        "Mise à jour vers 7.0.12.3 nécessaire, versión 1.2.3.4, Version 10.2.20.6",
        "The sum is 1.234.156.190 EUR for 1.120.230.111 bytes.",
        "serial 12.34.56.78, S/N: 10.20.30.40",
        "OIDs 1.3.6.1.4 1.3.6.1.5 and 2.5.29.17.1",
        "Message-ID: <20240305.12.13.14@mail.example.org>",
        "MAC aa:bb:cc:dd:ee:ff, EUI-64 00:11:22:ff:fe:33:44:55 00:11:22:ff:fe:33:44:55:4095",
        "fingerprint aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99",
        "std::vec Foo::Bar a::b at 12:34:56",
        "call 06.12.34.56 or 01.42.68.53.00",
        "7.1.2.3.in-addr.arpa and 1.2.3.4.5",
        "The server listens on 0.0.0.0, ::0 and 0:0:0:0:0:0:0:0.",
        "The serial number is 12.44.180.9, Die Seriennummer lautet 12.44.180.9.",
        "Requirement 8.3.4.1, exigence 8.3.4.2, Anforderung 8.3.4.3, requisito 8.3.4.4",
        "Rule 10.8.3.1 and paragraphs 2.1.1.4 and 2.1.1.5",
        "phpMyAdmin-4.9.5.1, Win.Trojan.Agent-1.2.3.4, openssl-1.1.1.18-2.el8",
        "App 4.9.5.1+dfsg-1 in 0.103.8.1",
        "curl 8.4.0.1 and libssh2 1.11.0.1 are linked",
        "Our USt-IdNr. 123.45.67.89, NIF es 12.34.56.78",
        "WallGuard 9.4.2.1 replaces 9.3.8.12, and I had 3.0.2.1.",
        "It runs redisgraph 1.4.5.2, and something newer than 4.2.6.5 would do.",
        "Kartendienst 2.23.1.4, Stände vor 4.9.3.11, mit Stand 9.1.14.18, ab 4.2.5.0, Fassung 2.14.0.6",
        "au point 2.3.1.7 de la charte ; moteur 22.7.9.1 ; logiciel Hydroalerte 5.2.11.4",
        "el programa Velero 3.8.0.14 y el módulo de mapas (Cartografo 2.23.1.4)",
        "vgl. Ziff. 7.3.2.1, room 3.14.1.59, file number 10.11.12.13, .NET 4.8.9.2",
        r#"{"v":"4.0.12.7","fw":"9.1.2.7"}"#,
        "The gateway was still on 9.1.8.3; move to 12.4.1.6 or newer before Friday.",
        "Das Gerät lief noch auf 9.1.8.3, bitte auf 12.4.1.6 aktualisieren.",
        "La passerelle tournait encore en 9.1.8.3, merci de passer à la 12.4.1.6.",
        "El equipo seguía en la 9.1.8.3, actualicen a la 12.4.1.6.",
        "LEEF:2.0|Lancope|StealthWatch|7.4.2.2|41|^|sev=8",
        "Adobe Reader 23.8.20.53, exim 4.96.2.1, cPanel 11.110.0.15, microcode 20.23.8.8",
    ] {
        let found = read(TextKind::Plain, text);
        assert_eq!(addresses(&found), Vec::<&str>::new(), "{text}");
        assert!(found.incident.sources.is_empty() && found.incident.destinations.is_empty());
    }
}

#[test]
fn a_field_for_address_and_port_holds_both() {
    for (text, ip, port) in [
        (
            "Source IP/port: [2001:db8:1:2::7]:443",
            "2001:db8:1:2::7",
            Some(443),
        ),
        ("Source IP/port: 2001:db8:1:2::7", "2001:db8:1:2::7", None),
        ("Source port 2001:db8:1:2::7", "2001:db8:1:2::7", None),
        ("Source IP:port = 192.0.2.10:4455", "192.0.2.10", Some(4455)),
        (
            "Adresse et port source : 192.0.2.10:4455",
            "192.0.2.10",
            Some(4455),
        ),
    ] {
        let found = read(TextKind::Plain, text);
        let [one] = found.incident.sources.as_slice() else {
            panic!("{text}: {:?}", found.incident.sources);
        };
        assert_eq!((one.ip.as_deref(), one.port), (Some(ip), port), "{text}");
        assert!(found.incident.destinations.is_empty(), "{text}");
    }
}

#[test]
fn ports_after_a_source_that_were_tried_are_the_targets() {
    let found = read(
        TextKind::Plain,
        "Our server was scanned from 192.0.2.10 on ports 80, 443 and 8080.",
    );
    let ports: Vec<_> = found
        .incident
        .destinations
        .iter()
        .map(|one| one.port.unwrap())
        .collect();
    assert_eq!(ports, [80, 443, 8080]);
    assert_eq!(found.incident.sources.first().unwrap().port, None);
    let found = read(
        TextKind::Plain,
        "Brute force from 192.0.2.10 on port 22 against our server 198.51.100.7.",
    );
    let target = found.incident.destinations.first().unwrap();
    assert_eq!(
        (target.ip.as_deref(), target.port),
        (Some("198.51.100.7"), Some(22))
    );
    let found = read(
        TextKind::Plain,
        "The attack came from 192.0.2.10 port 51234 (tcp).",
    );
    assert_eq!(found.incident.sources.first().unwrap().port, Some(51_234));
}

#[test]
fn ranges_of_both_families_are_one_value() {
    assert_eq!(
        addresses(&read(TextKind::Plain, "2001:db8::1-2001:db8::9")),
        ["2001:db8::1-2001:db8::9"]
    );
    assert_eq!(
        addresses(&read(TextKind::Plain, "192.0.2.10 - 192.0.2.20")),
        ["192.0.2.10-192.0.2.20"]
    );
    assert_eq!(
        addresses(&read(TextKind::Plain, "192.0.2.10–20")),
        ["192.0.2.10-192.0.2.20"]
    );
}

#[test]
fn mail_addresses_are_found_however_they_are_defanged() {
    for text in [
        "someone @ example.com",
        "someone [ at ] example [ . ] com",
        "someone at example [dot] com",
        "someone (at) example (dot) com",
        "someone@example [.] com",
        "someone @example[.]com",
        "someone{at}example.com",
    ] {
        let found = read(TextKind::Plain, &format!("write to {text} now"));
        let mails = found
            .indicators
            .iter()
            .filter(|one| one.kind == IndicatorKind::Email);
        assert_eq!(
            mails.map(|one| one.value.as_str()).collect::<Vec<_>>(),
            ["someone@example.com"],
            "{text}"
        );
    }
    for text in [
        "We met (at 14:00) at example.com",
        "follow us @example.com",
        "5/3/2024 @ 17:49",
    ] {
        let found = read(TextKind::Plain, text);
        assert!(
            found
                .indicators
                .iter()
                .all(|one| one.kind != IndicatorKind::Email),
            "{text}: {:?}",
            found.indicators
        );
    }
}

/// An address in one of the forms of RFC 4291 section 2.2: full, with leading zeros, compressed, in capitals, with embedded IPv4.
fn written(address: Ipv6Addr, form: u8) -> String {
    let groups = address.segments();
    let join = |groups: &[u16], pad: bool| {
        let one = |group: &u16| {
            if pad {
                format!("{group:04x}")
            } else {
                format!("{group:x}")
            }
        };
        groups.iter().map(one).collect::<Vec<_>>().join(":")
    };
    match form {
        0 => join(&groups, false),
        1 => join(&groups, true),
        2 => address.to_string(),
        3 => address.to_string().to_uppercase(),
        _ => {
            let [.., a, b] = groups;
            let [a1, a2] = a.to_be_bytes();
            let [b1, b2] = b.to_be_bytes();
            format!(
                "{}:{}",
                join(groups.split_at(6).0, false),
                Ipv4Addr::new(a1, a2, b1, b2)
            )
        }
    }
}

fn ipv6() -> impl Strategy<Value = Ipv6Addr> {
    let group = prop_oneof![Just(0_u16), any::<u16>()];
    prop::array::uniform7(group)
        .prop_map(|[b, c, d, e, f, g, h]| Ipv6Addr::new(0x2001, b, c, d, e, f, g, h))
}

fn ipv4() -> impl Strategy<Value = Ipv4Addr> {
    any::<[u8; 4]>().prop_map(|[a, b, c, d]| Ipv4Addr::new(a.clamp(21, 223), b, c, d))
}

/// What may stand before and behind an address.
fn around() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("", ""),
        ("see ", "."),
        ("(", ")"),
        ("[", "]"),
        ("<", ">"),
        ("\"", "\","),
        ("ip=", ";"),
        ("host: ", "\n"),
        ("a\t", "\tb"),
        ("«", "»"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn every_form_of_an_ipv6_address_is_the_same_address(address in ipv6(), form in 0_u8..5, (lead, tail) in around()) {
        let text = format!("{lead}{}{tail}", written(address, form));
        let found = read(TextKind::Plain, &text);
        prop_assert_eq!(addresses(&found), vec![address.to_string()], "{}", text);
    }

    #[test]
    fn a_zone_and_a_prefix_belong_to_the_address(address in ipv6(), bits in 16_u8..=128) {
        let zoned = read(TextKind::Plain, &format!("fe80::1%eth0 and {address}%25en1 here"));
        prop_assert!(addresses(&zoned).contains(&address.to_string().as_str()));
        let text = format!("{address}/{bits}");
        let network = text.parse::<ipnet::IpNet>().unwrap().trunc().to_string();
        let found = read(TextKind::Plain, &text);
        prop_assert_eq!(addresses(&found), vec![network]);
    }

    #[test]
    fn every_form_of_a_port_is_bound_to_its_address(
        four in ipv4(), six in ipv6(), port in 1_u16.., form in 0_usize..12, family in any::<bool>(),
    ) {
        let (ip, bracketed) = if family { (four.to_string(), four.to_string()) } else { (six.to_string(), format!("[{six}]")) };
        let (text, protocol) = match form {
            0 => (format!("{bracketed}:{port}"), None),
            1 => (format!("{ip} port {port}"), None),
            2 => (format!("{ip}#{port}"), None),
            3 => (format!("{ip}, port {port}/tcp"), Some("tcp")),
            4 => (format!("{bracketed}:{port}/udp"), Some("udp")),
            5 => (format!("{ip} (udp/{port})"), Some("udp")),
            6 => (format!("{ip} {port}/tcp"), Some("tcp")),
            7 => (format!("{ip} Port: {port}"), None),
            8 => (format!("{ip}, TCP/{port}"), Some("tcp")),
            9 => (format!("{ip}, puerto {port} UDP"), Some("udp")),
            10 => (format!("{ip} port {port} TCP"), Some("tcp")),
            _ => (format!("{ip}({port})"), None),
        };
        let found = read(TextKind::Plain, &format!("Source IP: {text}\n"));
        let one = found.incident.sources.first().unwrap();
        prop_assert_eq!(one.ip.as_deref(), Some(ip.as_str()), "{}", text);
        prop_assert_eq!(one.port, Some(port), "{}", text);
        prop_assert_eq!(one.protocol.as_deref(), protocol, "{}", text);
        prop_assert_eq!(found.incident.sources.len(), 1);
    }

    #[test]
    fn an_address_is_the_same_however_it_is_defanged(address in ipv4(), form in 0_usize..8) {
        let dots = ["[.]", "(.)", "{.}", "[dot]", " [.] ", "\\.", "(dot)", "[. ]"];
        let text = address.to_string().replace('.', dots[form]);
        let found = read(TextKind::Plain, &text);
        prop_assert_eq!(addresses(&found), vec![address.to_string()], "{}", text);
    }

    #[test]
    fn a_version_is_never_an_address(
        parts in any::<[u8; 4]>(),
        word in prop::sample::select(vec!["version ", "Version: ", "v", "release ", "section ", "§ ", "OpenSSL ", "Chrome/", "firmware ", "OID ", "build ", "upgraded from ", "mis à jour de 2.4.49.1 vers ", "actualizado de 5.7.44.1 a "]),
    ) {
        let [a, b, c, d] = parts;
        let text = format!("see {word}{a}.{b}.{c}.{d} of it");
        let found = read(TextKind::Plain, &text);
        prop_assert_eq!(addresses(&found), Vec::<&str>::new(), "{}", text);
    }

    #[test]
    fn the_order_of_paragraphs_changes_no_address(seed in prop::collection::vec(ipv4(), 2..6)) {
        let paragraphs: Vec<String> = seed.iter().map(|ip| format!("We saw a scan from {ip} yesterday.\n\n")).collect();
        let forth = read(TextKind::Plain, &paragraphs.concat());
        let back = read(TextKind::Plain, &paragraphs.iter().rev().cloned().collect::<String>());
        let set = |found: &Extraction| addresses(found).into_iter().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(set(&forth), set(&back));
        prop_assert_eq!(forth.incident.sources.len(), back.incident.sources.len());
    }
}

/// What is said of one address in the same words as of another holds for both, in any order.
#[test]
fn sentences_that_say_the_same_give_the_same_role() {
    let all = ["185.220.101.4", "21.0.0.1", "93.184.216.34"];
    for (first, second) in [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)] {
        let text = format!(
            "We saw a scan from {} yesterday.\n\nWe saw a scan from {} yesterday.\n\n",
            all[first], all[second]
        );
        let found = read(TextKind::Plain, &text);
        let sources = found.incident.sources.iter();
        let sources: Vec<_> = sources.filter_map(|one| one.ip.as_deref()).collect();
        assert_eq!(sources, [all[first], all[second]], "{text}");
    }
}

#[test]
fn address_behind_a_port_is_no_second_port() {
    let text =
        "The C2 server answers at 198.51.100.99:6606 and 192.0.2.9 in your network is infected.";
    let found = read(TextKind::Plain, text);
    let all = found
        .incident
        .sources
        .iter()
        .chain(&found.incident.destinations);
    assert!(
        all.map(|one| one.port).all(|port| port != Some(192)),
        "{found:?}"
    );
}

#[test]
fn an_ipv4_address_in_ipv6_writing_is_the_same_with_its_port_behind_a_dot() {
    let text = "02:11:09.123456 IP6 ::ffff:192.0.2.9.4455 > ::ffff:198.51.100.7.22: Flags [S]";
    let found = read(TextKind::Plain, text);
    assert_eq!(addresses(&found), ["192.0.2.9", "198.51.100.7"]);
}

#[test]
fn port_zero_is_none() {
    let visit =
        "2024-03-05 02:11:09 198.51.100.7 GET /login.aspx - 0 - 192.0.2.10 Mozilla/5.0 404 0 2 15";
    for text in [
        "We were attacked on port 0 on 203.0.113.7 from 192.0.2.10.",
        "Attacks from 192.0.2.10:0 against port 0 of our server 203.0.113.7, port 0.",
        visit,
    ] {
        let found = read(TextKind::Plain, text).incident;
        let mut ends = found.sources.iter().chain(&found.destinations);
        assert!(!found.sources.is_empty(), "{text}");
        assert!(ends.all(|one| one.port != Some(0)), "{text}: {found:?}");
    }
}
