//! Random markers go through every path; afterwards none is found in clear or in a simple encoding, anywhere outside the seal.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal};

use crate::gnupg::{Gnupg, armored_message, encrypted_entity};
use crate::mail::{TEAM, crlf, mail};
use crate::memory::{family, remembers};
use crate::search::{Search, files, marker};
use crate::support::{Conversation, Daemon, Installation, free_port, http_get, send, wait_for};

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

/// Each kind of report.
fn messages(gnupg: &Gnupg, markers: &[Markers; 4]) -> [String; 4] {
    let [plain, sealed, lost, suppressed] = markers;
    let away = format!(
        "Auto-Submitted: auto-replied\nX-Note: {}\n",
        suppressed.file
    );
    let name = format!("{} <{SENSOR}>", suppressed.name);
    [
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
    ]
}

/// Sends them, then one that is refused while its envelope is read, and one that breaks off.
fn submit(installation: &Installation, messages: &[String; 4], nobody: &str) {
    for message in messages {
        let reply = send(installation.ports.smtp, SENSOR, TEAM, message);
        assert!(reply.starts_with("250"), "{reply}");
    }
    let nobody = format!("{nobody}@elsewhere.example");
    assert!(send(installation.ports.smtp, SENSOR, &nobody, &messages[0]).starts_with('5'));
    let mut broken = Conversation::connect(installation.ports.smtp).unwrap();
    broken.say("EHLO client.example").unwrap();
    broken.say(&format!("MAIL FROM:<{SENSOR}>")).unwrap();
    broken.say(&format!("RCPT TO:<{TEAM}>")).unwrap();
    assert!(broken.say("DATA").unwrap().starts_with("354"));
    broken.write(&messages[0]).unwrap();
}

fn gnupg(installation: &Installation) -> Gnupg {
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Field Sensor <{SENSOR}>"));
    gnupg.make_key("Somebody else <else@other.example>");
    gnupg.import(&installation.run(&["keys", "export"]));
    gnupg
}

/// These processes, as soon as connections and caches that hold what came last are given up.
fn assert_remembered_nowhere(processes: &[u32], search: &Search) {
    let deadline = Instant::now() + Duration::from_secs(120);
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

/// Where it stands: database files with the write-ahead log, its dump, and every file that the daemon could write.
fn stored_in(installation: &Installation, search: &Search) -> Vec<String> {
    installation.sql("CHECKPOINT");
    let data = files(&installation.cluster.data());
    let own = files(installation.folder.path());
    let is_answer = |path: &&PathBuf| path.starts_with(installation.path("outbox"));
    let mut places: Vec<String> = data
        .iter()
        .chain(own.iter().filter(|path| !is_answer(path)))
        .filter(|path| search.finds(&fs::read(path).unwrap_or_default()))
        .map(|path| path.display().to_string())
        .collect();
    if search.finds(&installation.cluster.dump().unwrap()) {
        places.push("pg_dump".into());
    }
    places
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
    let gnupg = gnupg(&installation);
    let markers = [(); 4].map(|()| Markers::new());
    submit(&installation, &messages(&gnupg, &markers), &markers[0].text);
    installation.settle();
    assert_eq!(installation.tickets().len(), 3);
    assert_eq!(installation.quarantine().len(), 1);

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
    assert_eq!(stored_in(&installation, &search), [""; 0]);
    assert_eq!(
        files(&scratch).len(),
        0,
        "the daemon writes no temporary files"
    );

    let processes = family(daemon.pid());
    assert!(processes.len() > 1, "the readers are looked at, too");
    assert_remembered_nowhere(&processes, &search);

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

/// One part by itself.
fn part(installation: &Installation, role: &str, log: &'static str) -> Daemon {
    let port = free_port();
    let admin = ("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{port}"));
    let mut daemon = installation.start(&["--role", role], &[admin], log);
    installation.wait_for_port(&mut daemon, port);
    daemon
}

/// Asks a process for a core, with the limits that forbid one lifted where we may do that.
fn abort(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    let _ = rustix::process::prlimit(Some(pid), Resource::Core, unlimited);
    rustix::process::kill_process(pid, Signal::ABORT).unwrap();
}

/// The listener reads every octet of every report.
#[test]
fn a_listener_by_itself_remembers_nothing_and_no_process_leaves_a_core() {
    let installation = Installation::new("[log]\nlevel = \"trace\"\n");
    let mut listener = part(&installation, "listener", "listener.log");
    installation.wait_for_port(&mut listener, installation.ports.lmtp);
    let gnupg = gnupg(&installation);
    let markers = [(); 4].map(|()| Markers::new());
    submit(&installation, &messages(&gnupg, &markers), &markers[0].text);
    let everything: Vec<String> = markers.iter().flat_map(Markers::all).collect();
    let search = Search::new(&everything);
    assert_remembered_nowhere(&[listener.pid()], &search);

    let worker = part(&installation, "worker", "worker.log");
    let outbox = part(&installation, "outbox", "outbox.log");
    wait_for("the answers", Duration::from_secs(60), || {
        installation.outbox().len() == 3
    });
    let parts = [listener, worker, outbox];
    let processes: Vec<u32> = parts.iter().flat_map(|part| family(part.pid())).collect();
    assert!(processes.len() > 3, "with the readers");
    assert_remembered_nowhere(&processes, &search);

    let readers = processes
        .iter()
        .filter(|pid| parts.iter().all(|part| part.pid() != **pid));
    readers.for_each(|pid| abort(*pid));
    for part in parts {
        abort(part.pid());
        let status = part.end();
        assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
        assert!(!status.core_dumped());
    }
    assert_eq!(stored_in(&installation, &search), [""; 0]);
    let cores = files(installation.folder.path())
        .into_iter()
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"core"))
        });
    assert_eq!(cores.count(), 0);
}

/// That nothing is found says something only when what is there is found.
#[test]
fn a_marker_that_is_somewhere_is_noticed() {
    let installation = Installation::new("");
    let found = |place: &str, marker: &String| {
        let places = stored_in(&installation, &Search::new(std::slice::from_ref(marker)));
        assert!(
            places.iter().any(|found| found.contains(place)),
            "{place}: {places:?}"
        );
    };
    let row = marker();
    installation.sql(&format!(
        "CREATE TABLE planted AS SELECT '{row}'::text AS text"
    ));
    for place in ["/base/", "/pg_wal/", "pg_dump"] {
        found(place, &row);
    }
    let statement = marker();
    installation.sql(&format!(
        "SELECT '{statement}'::text AS text INTO planted_too"
    ));
    installation.sql("DROP TABLE planted_too");
    found("/pg_wal/", &statement);
    let line = marker();
    let wide: Vec<u8> = line.bytes().flat_map(|octet| [octet, 0]).collect();
    fs::write(installation.path("daemon.log"), wide).unwrap();
    found("daemon.log", &line);

    let kept = marker();
    let mut process = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec sleep 600"])
        .env("KEPT", &kept)
        .current_dir(installation.folder.path())
        .spawn()
        .unwrap();
    let search = Search::new(std::slice::from_ref(&kept));
    wait_for("its memory", Duration::from_secs(10), || {
        remembers(process.id(), &search).is_some_and(|places| !places.is_empty())
    });
    abort(process.id());
    // Where this machine writes cores at all, and beside the process.
    let dumped = process.wait().unwrap().core_dumped();
    let beside = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if dumped && !beside.starts_with(['|', '/']) {
        found("core", &kept);
    }
}
