//! `doctor` says what is wrong with the surroundings, and is content when nothing is.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::Value;

use crate::support::{Installation, free_port};

/// The exit code, and the lines by what was looked at.
fn doctor(installation: &Installation) -> (i32, Vec<Value>) {
    let output = installation.output(&["doctor", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (output.status.code().unwrap(), lines.collect())
}

/// The worst state of a check.
fn state(lines: &[Value], check: &str) -> String {
    let states = lines.iter().filter(|line| line["check"] == check);
    let states = states.map(|line| line["state"].as_str().unwrap());
    let worst = states.max_by_key(|state| {
        ["ok", "warn", "fail"]
            .iter()
            .position(|known| known == state)
    });
    worst
        .unwrap_or_else(|| panic!("{check} was not looked at: {lines:?}"))
        .to_owned()
}

/// An MTA that greets and answers EHLO; it ends with the test.
fn mta() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"220 mx.test ESMTP\r\n").unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            assert_eq!(line, "EHLO team.example\r\n");
            stream
                .write_all(b"250-mx.test\r\n250 8BITMIME\r\n")
                .unwrap();
        }
    });
    port
}

fn configure(installation: &Installation, extra: &str) {
    std::fs::write(installation.path("conf.d/test.toml"), extra).unwrap();
}

#[test]
fn doctor_is_content_with_a_sound_installation_and_names_what_is_wrong_with_others() {
    let mut installation = Installation::new("");
    let smarthost = format!("[outbox]\nsmarthost = \"127.0.0.1:{}\"\n", mta());
    configure(&installation, &smarthost);
    let (code, lines) = doctor(&installation);
    assert_eq!(code, 0, "{lines:?}");
    for check in [
        "database",
        "database settings",
        "clock",
        "migrations",
        "search index",
        "storage keys",
        "inbox key",
        "team keys",
        "tls",
        "mail out",
        "dns",
        "disk",
    ] {
        assert_ne!(state(&lines, check), "fail", "{check}");
    }
    assert_eq!(state(&lines, "mail out"), "ok");
    assert_eq!(state(&lines, "database"), "ok");
    assert!(
        lines
            .iter()
            .all(|line| (line["state"] == "ok") == (line["advice"] == ""))
    );

    // Each of these breaks one thing.
    configure(&installation, &format!("{smarthost}tls = \"starttls\"\n"));
    let (code, lines) = doctor(&installation);
    assert_eq!((code, state(&lines, "mail out")), (1, "fail".into()));
    let (closed, silent) = (free_port(), free_port());
    configure(
        &installation,
        &format!(
            "[outbox]\nsmarthost = \"127.0.0.1:{closed}\"\n[authentication]\nown = \"auto\"\n[dns]\nservers = [\"127.0.0.1:{silent}\"]\ntimeout = \"1 s\"\n"
        ),
    );
    let (code, lines) = doctor(&installation);
    assert_eq!(code, 1);
    assert_eq!(state(&lines, "mail out"), "fail");
    assert_eq!(state(&lines, "dns"), "fail");

    configure(&installation, "");
    std::fs::write(installation.path("tls.crt"), "nothing").unwrap();
    std::fs::rename(
        installation.path("keys/openpgp"),
        installation.path("keys/away"),
    )
    .unwrap();
    let (code, lines) = doctor(&installation);
    assert_eq!(code, 1);
    assert_eq!(state(&lines, "tls"), "fail");
    assert_eq!(state(&lines, "team keys"), "fail");

    // An index that is far too fine for its rows.
    installation.sql(
        "INSERT INTO case_key (id, wrapped) VALUES ('00000000-0000-0000-0000-000000000001', decode(repeat('00', 80), 'hex'));
         INSERT INTO observable SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', '2026-09-01', ''
         FROM generate_series(1, 100);
         INSERT INTO observable_index SELECT entry, 5, month, 5, gen_random_uuid() FROM observable;
         INSERT INTO index_partition (family, month, bits) VALUES (5, '2026-09-01', 20 * 16384)",
    );
    installation.sql("DELETE FROM _sqlx_migrations WHERE version = 8");
    let (_, lines) = doctor(&installation);
    assert_eq!(state(&lines, "search index"), "warn");
    assert_eq!(state(&lines, "migrations"), "fail");

    std::fs::remove_file(installation.path("keys/storage.ring")).unwrap();
    installation.cluster.stop().unwrap();
    let output = installation.output(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for words in ["fail  database", "fail  storage keys", "→"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
