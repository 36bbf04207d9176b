//! What people write in four languages: who did what to whom, and when. All of it is made up.

#[path = "extract/ends.rs"]
mod ends;
#[path = "extract/reading.rs"]
mod reading;

use extract::{TextKind, ZoneBasis};

use crate::ends::ends;
use crate::reading::read;

/// Text, sources, destinations.
const WHO: &[(&str, &str, &str)] = &[
    (
        "Your IP 192.0.2.10 is attacking our mail server 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "We noticed suspicious traffic coming from 192.0.2.10 towards our host 198.51.100.7 (port 445/tcp).",
        "192.0.2.10",
        "198.51.100.7:445/tcp",
    ),
    (
        "Our firewall blocked 192.0.2.10 after repeated attempts to connect to 198.51.100.7:3389.",
        "192.0.2.10",
        "198.51.100.7:3389",
    ),
    (
        "198.51.100.7 was scanned by 192.0.2.10 this morning.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "The machine at 192.0.2.10 on your network appears to be infected with Mirai.",
        "192.0.2.10",
        "",
    ),
    (
        "We are under a DDoS attack. Attackers include 192.0.2.10 and 192.0.2.11. Target: 198.51.100.7.",
        "192.0.2.10 192.0.2.11",
        "198.51.100.7",
    ),
    (
        "A phishing page is hosted on 192.0.2.10: hxxp://bad[.]example[.]com/login",
        "192.0.2.10",
        "",
    ),
    ("Host 192.0.2.10 sent spam to our users.", "192.0.2.10", ""),
    (
        "Please investigate 192.0.2.10 which has been brute forcing our SSH service on 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "An open DNS resolver is running at 192.0.2.10.",
        "192.0.2.10",
        "",
    ),
    (
        "Infected host 192.0.2.10 contacted our sinkhole at 198.51.100.7 on port 80.",
        "192.0.2.10",
        "198.51.100.7:80",
    ),
    (
        "Connections were made from our honeypot's point of view by 192.0.2.10 to TCP port 23 of 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7:23",
    ),
    (
        "We detected malware on your server (192.0.2.10) communicating with the C2 server 198.51.100.7:443.",
        "192.0.2.10",
        "198.51.100.7:443",
    ),
    (
        "The victim 198.51.100.7 received 4000 packets per second from 192.0.2.10.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Attacker: 192.0.2.10\nVictim: 198.51.100.7\n",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Abuse from 192.0.2.10\n\nHello,\nthe above IP has attempted to log in 40 times to our web site 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Someone using 192.0.2.10 tried to exploit CVE-2021-44228 on our system 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Login attempts on 198.51.100.7 originated at 192.0.2.10.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Traffic between 192.0.2.10 and 198.51.100.7 was observed.",
        "",
        "",
    ),
    ("Our DNS server is 192.0.2.10.", "", ""),
    (
        "Unauthorised access to 198.51.100.7 was gained from 192.0.2.10 at 14:05 UTC on 3 March 2024.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Bonjour, votre adresse 192.0.2.10 attaque notre serveur 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Nous avons constaté des tentatives de connexion SSH provenant de l'adresse 192.0.2.10 à destination de 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Notre pare-feu a bloqué l'adresse 192.0.2.10.",
        "192.0.2.10",
        "",
    ),
    (
        "Le serveur 198.51.100.7 a été victime d'un balayage de ports effectué par 192.0.2.10.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "La machine 192.0.2.10 est infectée par un logiciel malveillant et communique avec le serveur de commande 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Un site d'hameçonnage est hébergé à l'adresse 192.0.2.10.",
        "192.0.2.10",
        "",
    ),
    (
        "Une attaque par déni de service depuis 192.0.2.10 vise notre site 198.51.100.7 depuis le 3 mars 2024 à 14 h 05 (heure de Paris).",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "L'adresse IP 192.0.2.10 de votre réseau envoie du pourriel.",
        "192.0.2.10",
        "",
    ),
    (
        "Des requêtes malveillantes ont été émises par 192.0.2.10 contre 198.51.100.7 sur le port 8080.",
        "192.0.2.10",
        "198.51.100.7:8080",
    ),
    (
        "Notre équipe a détecté que 192.0.2.10 tente de se connecter à 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Source de l'attaque : 192.0.2.10 ; cible : 198.51.100.7",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Von der Adresse 192.0.2.10 aus wird unser Server 198.51.100.7 angegriffen.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Der Rechner 192.0.2.10 in Ihrem Netz versendet Spam.",
        "192.0.2.10",
        "",
    ),
    (
        "Wir haben Portscans von 192.0.2.10 auf 198.51.100.7 festgestellt.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Unser System 198.51.100.7 wurde von 192.0.2.10 gescannt.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Ihr Server 192.0.2.10 ist mit Schadsoftware infiziert.",
        "192.0.2.10",
        "",
    ),
    (
        "Angreifer: 192.0.2.10, Ziel: 198.51.100.7",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Am 3. März 2024 gegen 14:05 Uhr UTC gab es Anmeldeversuche von 192.0.2.10.",
        "192.0.2.10",
        "",
    ),
    (
        "Hemos detectado intentos de acceso desde 192.0.2.10 contra nuestro servidor 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Su servidor 192.0.2.10 está enviando spam.",
        "192.0.2.10",
        "",
    ),
    (
        "El host 198.51.100.7 fue atacado por 192.0.2.10.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "La dirección IP 192.0.2.10 está escaneando nuestra red 198.51.100.7.",
        "192.0.2.10",
        "198.51.100.7",
    ),
    (
        "Origen: 192.0.2.10\nDestino: 198.51.100.7\nFecha: 3 de marzo de 2024, 14:05 UTC\n",
        "192.0.2.10",
        "198.51.100.7",
    ),
];

#[test]
fn sentences_tell_who_did_it_to_whom() {
    for (text, source, target) in WHO {
        let incident = read(TextKind::Plain, text).incident;
        let told = (
            ends(&incident.sources, ':'),
            ends(&incident.destinations, ':'),
        );
        assert_eq!(told, ((*source).to_owned(), (*target).to_owned()), "{text}");
    }
}

/// Text and all its times; an assumed zone has a question mark.
const WHEN: &[(&str, &str)] = &[
    (
        "Attack seen 2024-03-05T02:11:09Z",
        "2024-03-05T02:11:09+00:00",
    ),
    ("at 20240305T021109Z", "2024-03-05T02:11:09+00:00"),
    (
        "Tue, 5 Mar 2024 02:11:09 +0100",
        "2024-03-05T02:11:09+01:00",
    ),
    ("on 05/Mar/2024:02:11:09 +0100", "2024-03-05T02:11:09+01:00"),
    (
        "March 5th, 2024 at 2:11 am EST",
        "2024-03-05T02:11:00-05:00?",
    ),
    (
        "5 mars 2024 à 2 h 11 min 09 s (heure de Paris)",
        "2024-03-05T02:11:09+01:00",
    ),
    ("le 5 mars 2024 vers 02h11 UTC", "2024-03-05T02:11:00+00:00"),
    (
        "am 05.03.2024 gegen 02:11:09 Uhr UTC",
        "2024-03-05T02:11:09+00:00",
    ),
    (
        "am 5. März 2024 um 2.11 Uhr MEZ",
        "2024-03-05T02:11:00+01:00",
    ),
    (
        "el 5 de marzo de 2024 a las 2:11 (hora de Madrid)",
        "2024-03-05T02:11:00+01:00",
    ),
    (
        "between 14:00 and 15:00 UTC on 5 March 2024",
        "2024-03-05T14:00:00+00:00 2024-03-05T15:00:00+00:00",
    ),
    (
        "on 5 March 2024 between 14:00 and 15:00 CET",
        "2024-03-05T14:00:00+01:00 2024-03-05T15:00:00+01:00",
    ),
    (
        "du 4 mars 2024 22:00 au 5 mars 2024 02:00 (UTC)",
        "2024-03-04T22:00:00+00:00 2024-03-05T02:00:00+00:00",
    ),
    (
        "from 2024-03-04 22:00 to 2024-03-05 02:00 UTC",
        "2024-03-04T22:00:00+00:00 2024-03-05T02:00:00+00:00",
    ),
    (
        "vom 04.03.2024 22:00 bis 05.03.2024 02:00 Uhr MEZ",
        "2024-03-04T22:00:00+01:00 2024-03-05T02:00:00+01:00",
    ),
    ("3/5/2024 2:11:09 PM UTC", "2024-03-05T14:11:09+00:00"),
    ("12/31/2023 23:59:59 UTC", "2023-12-31T23:59:59+00:00"),
    ("31/12/2023 23:59:59 UTC", "2023-12-31T23:59:59+00:00"),
    (
        "2024/03/05 02:11:09 Europe/Paris",
        "2024-03-05T02:11:09+01:00",
    ),
    ("Time: 1709601069 (epoch)", "2024-03-05T01:11:09+00:00"),
    ("Timestamp: 1709601069000", "2024-03-05T01:11:09+00:00"),
    (
        "Date: 2024-03-05\nTime: 02:11 CET\n",
        "2024-03-05T02:11:00+01:00",
    ),
    ("yesterday OpenSSL version 10.2.2026 was out", ""),
    ("scan at 192.0.2.10:443, 12.03.2024.1", ""),
    (
        "All times are UTC+2.\nScan on 2024-03-05 02:11:09 from 192.0.2.10",
        "2024-03-05T02:11:09+02:00",
    ),
    (
        "Les heures sont en UTC.\nScan le 05/03/2024 02:11:09 depuis 192.0.2.10",
        "2024-03-05T02:11:09+00:00",
    ),
    (
        "Alle Zeiten in MEZ.\nScan am 05.03.2024 02:11:09 von 192.0.2.10",
        "2024-03-05T02:11:09+01:00",
    ),
    (
        "Todas las horas en UTC.\nEscaneo 05/03/2024 02:11:09 desde 192.0.2.10",
        "2024-03-05T02:11:09+00:00",
    ),
    (
        "Tuesday 5 March, 02:11 local time",
        "2024-03-05T02:11:00+01:00?",
    ),
    ("Mar 5 02:11:09 host x", "2024-03-05T02:11:09+01:00?"),
    ("Dec 31 23:59:59 host x", "2023-12-31T23:59:59+01:00?"),
    (
        "2024-03-05 02:11:09.123456-05:00",
        "2024-03-05T02:11:09-05:00",
    ),
    ("2024-03-05 02:11:09,123 +0100", "2024-03-05T02:11:09+01:00"),
    ("05-Mar-2024 02:11:09 GMT", "2024-03-05T02:11:09+00:00"),
    ("5 Mar 24 02:11 UTC", "2024-03-05T02:11:00+00:00"),
    (
        "First seen: 2024-03-05 02:11 UTC, last seen: 2024-03-05 03:00 UTC",
        "2024-03-05T02:11:00+00:00 2024-03-05T03:00:00+00:00",
    ),
    (
        "mardi 5 mars 2024 02:11:09 CET",
        "2024-03-05T02:11:09+01:00",
    ),
    (
        "martes, 5 de marzo de 2024, 02:11:09 CET",
        "2024-03-05T02:11:09+01:00",
    ),
    (
        "Dienstag, 5. März 2024, 02:11:09 MEZ",
        "2024-03-05T02:11:09+01:00",
    ),
    ("1er mars 2024 à 00h05 UTC", "2024-03-01T00:05:00+00:00"),
    ("le 05.03.24 à 14h UTC", "2024-03-05T14:00:00+00:00"),
    ("at 02:11 UTC on March 5", "2024-03-05T02:11:00+00:00"),
    (
        "Report created 2024-03-06 08:00 UTC. Attack on 2024-03-05 02:11 UTC.",
        "2024-03-05T02:11:00+00:00",
    ),
];

#[test]
fn times_are_read_as_people_and_machines_write_them() {
    for (text, expected) in WHEN {
        let times = read(TextKind::Plain, text).incident.times;
        let told = times.iter().map(|time| {
            let mark = if time.zone == ZoneBasis::Assumed {
                "?"
            } else {
                ""
            };
            format!("{}{mark}", time.value)
        });
        assert_eq!(told.collect::<Vec<_>>().join(" "), *expected, "{text}");
    }
}
