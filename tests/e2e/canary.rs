//! Random markers go through every path; afterwards none is found in clear or in a simple encoding, anywhere outside the seal.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::gnupg::{Gnupg, encrypted_entity};
use crate::mail::{TEAM, crlf, mail};
use crate::support::{Installation, http_get, send};

const SENSOR: &str = "sensor@partner.example";
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// 32 random letters and digits.
fn marker() -> String {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).unwrap();
    octets
        .iter()
        .map(|octet| char::from(ALPHABET[usize::from(*octet) % ALPHABET.len()]))
        .collect()
}

/// Base64 without padding; the first and last characters may depend on what stands beside.
fn base64(octets: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    octets
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = three
                .iter()
                .fold(0_usize, |bits, octet| bits << 8 | usize::from(*octet));
            [18, 12, 6, 0].map(|shift| DIGITS[bits >> shift & 63])
        })
        .collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A marker as it is, reversed case apart: raw, UTF-16, base64 at each alignment; and the hex of all of these.
fn forms(marker: &str) -> Vec<Vec<u8>> {
    let raw = marker.as_bytes();
    let wide: Vec<u8> = raw.iter().flat_map(|octet| [*octet, 0]).collect();
    let mut forms = vec![raw.to_vec(), marker.to_lowercase().into_bytes(), wide];
    forms.extend((0..3).map(|skipped| base64(&raw[skipped..])));
    for form in forms.clone() {
        forms.push(hex(&form).into_bytes());
        forms.push(hex(&form).to_uppercase().into_bytes());
    }
    forms
}

/// Looks for many octet strings at once.
struct Search {
    starts: Vec<bool>,
    forms: HashSet<Vec<u8>>,
    lengths: Vec<usize>,
}

impl Search {
    fn new(markers: &[String]) -> Search {
        let forms: HashSet<Vec<u8>> = markers.iter().flat_map(|marker| forms(marker)).collect();
        let mut starts = vec![false; 1 << 16];
        for form in &forms {
            starts[usize::from(form[0]) << 8 | usize::from(form[1])] = true;
        }
        let mut lengths: Vec<usize> = forms.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Search {
            starts,
            forms,
            lengths,
        }
    }

    fn finds(&self, octets: &[u8]) -> bool {
        octets.windows(2).enumerate().any(|(at, pair)| {
            self.starts[usize::from(pair[0]) << 8 | usize::from(pair[1])]
                && self.lengths.iter().any(|length| {
                    octets
                        .get(at..at + length)
                        .is_some_and(|found| self.forms.contains(found))
                })
        })
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => open.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

/// Name, content and text of an attachment, the Subject and the sender's name.
struct Markers {
    subject: String,
    outer_subject: String,
    name: String,
    text: String,
    file: String,
    content: String,
}

impl Markers {
    fn new() -> Markers {
        let [subject, outer_subject, name, text, file, content] = [(); 6].map(|()| marker());
        Markers {
            subject,
            outer_subject,
            name,
            text,
            file,
            content,
        }
    }

    fn all(&self) -> [String; 6] {
        [
            &self.subject,
            &self.outer_subject,
            &self.name,
            &self.text,
            &self.file,
            &self.content,
        ]
        .map(String::clone)
    }

    /// A message body with an attachment, and its Content-Type.
    fn entity(&self, more: &str) -> (String, String) {
        let head = "Content-Type: multipart/mixed; boundary=\"=_c\"".to_owned();
        let body = format!(
            "--=_c\nContent-Type: text/plain; charset=utf-8\n\nHello,\n\nthe password {} was used from 192.0.2.10.\nPlease see https://{}.example/{}\n\n\
             --=_c\nContent-Type: text/csv; name=\"{}.csv\"\nContent-Disposition: attachment; filename=\"{}.csv\"\n\nip,note\n192.0.2.11,{}\n{more}--=_c--\n",
            self.text, self.text, self.text, self.file, self.file, self.content
        );
        (head, body)
    }

    fn plain(&self) -> String {
        let (head, body) = self.entity("");
        let from = format!("{} <{SENSOR}>", self.name);
        let head = format!("MIME-Version: 1.0\n{head}\n");
        mail(
            &from,
            &self.outer_subject,
            "plain@partner.example",
            &head,
            &body,
        )
    }

    fn encrypted(&self, gnupg: &Gnupg, to: &str, id: &str) -> String {
        let key = format!(
            "--=_c\nContent-Type: application/pgp-keys\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{}\n",
            gnupg.export(SENSOR)
        );
        let (head, body) = self.entity(&key);
        let entity = crlf(&format!(
            "{head}; protected-headers=\"v1\"\nSubject: {}\n\n{body}",
            self.subject
        ));
        let (head, body) = encrypted_entity(&gnupg.sign_and_encrypt(SENSOR, to, &entity));
        mail(
            &format!("{} <{SENSOR}>", self.name),
            "...",
            id,
            &head,
            &body,
        )
    }
}

#[test]
fn search_finds_a_marker_in_every_encoding() {
    let marker = marker();
    let search = Search::new(std::slice::from_ref(&marker));
    for form in forms(&marker) {
        assert!(search.finds(&[b"left", form.as_slice(), b"right"].concat()));
    }
    assert!(
        search.finds(
            &[
                b"xy".as_slice(),
                &base64(format!("ab{marker}cde").as_bytes())
            ]
            .concat()
        )
    );
    assert!(!search.finds(&marker.as_bytes()[..31]));
}

#[test]
fn nothing_of_a_report_is_found_in_database_dump_log_metrics_files_or_answers() {
    // Even when everything is logged that can be.
    let installation = Installation::new("[log]\nlevel = \"trace\"\n");
    let scratch = installation.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let mut daemon = installation.start(
        &[],
        &[("TMPDIR", scratch.display().to_string())],
        "daemon.log",
    );
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Field Sensor <{SENSOR}>"));
    gnupg.make_key("Somebody else <else@other.example>");
    gnupg.import(&installation.run(&["keys", "export"]));

    let (plain, sealed, lost, suppressed) = (
        Markers::new(),
        Markers::new(),
        Markers::new(),
        Markers::new(),
    );
    let away = format!(
        "Auto-Submitted: auto-replied\nX-Note: {}\n",
        suppressed.file
    );
    let name = format!("{} <{SENSOR}>", suppressed.name);
    let messages = [
        plain.plain(),
        sealed.encrypted(&gnupg, TEAM, "sealed@partner.example"),
        lost.encrypted(&gnupg, "else@other.example", "lost@partner.example"),
        mail(
            &name,
            &suppressed.outer_subject,
            "away@partner.example",
            &away,
            &suppressed.text,
        ),
    ];
    for message in &messages {
        let reply = send(installation.ports.smtp, SENSOR, TEAM, message);
        assert!(reply.starts_with("250"), "{reply}");
    }
    // And once while nobody can keep it.
    let too_long = format!("{}{}", "a".repeat(1100), plain.text);
    assert!(send(installation.ports.smtp, SENSOR, &too_long, &messages[0]).starts_with('5'));
    installation.settle();
    assert_eq!(installation.tickets().len(), 3);
    assert_eq!(installation.quarantine().len(), 1);
    let reference = installation
        .tickets()
        .iter()
        .find(|ticket| ticket["first"]["subject"] == sealed.subject.as_str())
        .unwrap()["reference"]
        .clone();
    let shown = installation.run(&["ticket", "show", reference.as_str().unwrap(), "--text"]);
    let everything: Vec<String> = [&plain, &sealed, &lost, &suppressed]
        .iter()
        .flat_map(|markers| markers.all())
        .collect();
    let search = Search::new(&everything);
    assert!(
        search.finds(shown.as_bytes()),
        "whoever holds the ring reads it: {shown}"
    );

    let metrics = http_get(installation.ports.admin, "/metrics").unwrap();
    assert!(metrics.contains("pillarbox_"));
    assert!(!search.finds(metrics.as_bytes()), "/metrics");
    let log = installation.log();
    assert!(log.contains("\"filed\""), "{log}");
    assert!(!search.finds(log.as_bytes()), "the log");
    assert!(
        !search.finds(&installation.cluster.dump().unwrap()),
        "pg_dump"
    );
    installation.sql("CHECKPOINT");
    let data = files(&installation.cluster.data());
    assert!(
        data.iter()
            .any(|path| path.display().to_string().contains("pg_wal"))
    );
    for path in data.iter().chain(&files(installation.folder.path())) {
        if path.starts_with(installation.path("outbox")) {
            continue;
        }
        assert!(
            !search.finds(&fs::read(path).unwrap_or_default()),
            "{}",
            path.display()
        );
    }
    // An answer keeps the Subject of a report that came in clear, and nothing else.
    let quoted = Search::new(
        &everything
            .iter()
            .filter(|marker| **marker != plain.outer_subject)
            .cloned()
            .collect::<Vec<_>>(),
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), 3);
    for message in &sent {
        assert!(!quoted.finds(message.as_bytes()), "{message}");
    }
    let answer = sent
        .iter()
        .find(|message| message.contains("multipart/encrypted"));
    let (inside, _) = gnupg.decrypt(&crate::gnupg::armored_message(answer.unwrap()));
    assert!(!search.finds(inside.as_bytes()), "{inside}");
    assert_eq!(
        files(&scratch),
        Vec::<PathBuf>::new(),
        "the daemon writes no temporary files"
    );
}
