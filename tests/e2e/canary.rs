//! Random markers go through every path; afterwards none is found in clear or in a simple encoding, anywhere outside the seal.

use std::fs;
use std::time::{Duration, Instant};

use crate::gnupg::{Gnupg, armored_message, encrypted_entity};
use crate::mail::{TEAM, crlf, mail};
use crate::memory::{family, remembers};
use crate::search::{Search, files, marker};
use crate::support::{Installation, http_get, send};

const SENSOR: &str = "sensor@partner.example";

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

/// Sends each kind of report, and one that is refused while its envelope is read.
fn submit_all(installation: &Installation, gnupg: &Gnupg, markers: &[Markers; 4]) {
    let [plain, sealed, lost, suppressed] = markers;
    let away = format!(
        "Auto-Submitted: auto-replied\nX-Note: {}\n",
        suppressed.file
    );
    let name = format!("{} <{SENSOR}>", suppressed.name);
    let messages = [
        plain.plain(),
        sealed.encrypted(gnupg, TEAM, "sealed@partner.example"),
        lost.encrypted(gnupg, "else@other.example", "lost@partner.example"),
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
    let nobody = format!("{}@elsewhere.example", plain.text);
    assert!(send(installation.ports.smtp, SENSOR, &nobody, &messages[0]).starts_with('5'));
    installation.settle();
    assert_eq!(installation.tickets().len(), 3);
    assert_eq!(installation.quarantine().len(), 1);
}

/// Daemon and readers, as soon as connections and caches that hold what came last are given up.
fn assert_remembered_nowhere(daemon: u32, search: &Search) {
    let processes = family(daemon);
    assert!(processes.len() > 1, "the readers are looked at, too");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let places: Vec<String> = processes
            .iter()
            .filter_map(|pid| remembers(*pid, search))
            .flatten()
            .collect();
        if places.is_empty() {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{}: {places:#?}",
            processes.len()
        );
        std::thread::park_timeout(Duration::from_millis(500));
    }
}

/// Database files with the write-ahead log, its dump, and every file that the daemon could write.
fn assert_stored_nowhere(installation: &Installation, search: &Search) {
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
        let answers = path.starts_with(installation.path("outbox"));
        let found = !answers && search.finds(&fs::read(path).unwrap_or_default());
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn nothing_of_a_report_is_found_in_database_dump_log_metrics_files_or_answers() {
    // Even when everything is logged that can be.
    let installation = Installation::new("[log]\nlevel = \"trace\"\n");
    let scratch = installation.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let environment = [("TMPDIR", scratch.display().to_string())];
    let mut daemon = installation.start(&[], &environment, "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Field Sensor <{SENSOR}>"));
    gnupg.make_key("Somebody else <else@other.example>");
    gnupg.import(&installation.run(&["keys", "export"]));
    let markers = [(); 4].map(|()| Markers::new());
    submit_all(&installation, &gnupg, &markers);

    let everything: Vec<String> = markers.iter().flat_map(Markers::all).collect();
    let search = Search::new(&everything);
    let shown: String = installation
        .tickets()
        .iter()
        .map(|ticket| ticket["reference"].as_str().unwrap().to_owned())
        .map(|reference| installation.run(&["ticket", "show", &reference, "--text"]))
        .collect();
    for marker in markers[1]
        .all()
        .iter()
        .filter(|marker| **marker != markers[1].outer_subject && **marker != markers[1].name)
    {
        assert!(
            shown.contains(marker.as_str()),
            "whoever holds the ring reads it: {shown}"
        );
    }
    let metrics = http_get(installation.ports.admin, "/metrics").unwrap();
    assert!(metrics.contains("pillarbox_") && !search.finds(metrics.as_bytes()));
    let log = installation.log();
    assert!(log.contains("\"filed\"") && !search.finds(log.as_bytes()));
    assert_stored_nowhere(&installation, &search);
    assert_eq!(
        files(&scratch).len(),
        0,
        "the daemon writes no temporary files"
    );

    assert_remembered_nowhere(daemon.pid(), &search);

    // An answer keeps the Subject of a report that came in clear, and nothing else.
    let kept = &markers[0].outer_subject;
    let rest: Vec<String> = everything
        .iter()
        .filter(|marker| *marker != kept)
        .cloned()
        .collect();
    let rest = Search::new(&rest);
    let sent = installation.outbox();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter().all(|message| !rest.finds(message.as_bytes())),
        "{sent:?}"
    );
    let encrypted = sent
        .iter()
        .find(|message| message.contains("multipart/encrypted"));
    let (inside, _) = gnupg.decrypt(&armored_message(encrypted.unwrap()));
    assert!(!search.finds(inside.as_bytes()), "{inside}");
}
