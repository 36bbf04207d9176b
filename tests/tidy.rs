//! Rules about the source that neither the compiler nor clippy knows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed step is a failed test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All Rust files below `folder`, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Lines without blanks, comments and inline tests.
fn code_lines(text: &str) -> usize {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let counts = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    code.lines().filter(counts).count()
}

#[test]
fn files_are_short_enough_to_read() {
    let sizes: Vec<(String, usize)> = sources("crates")
        .into_iter()
        .filter(|(name, _)| name.contains("/src/"))
        .map(|(name, text)| (name, code_lines(&text)))
        .collect();
    let long: Vec<_> = sizes.iter().filter(|(_, lines)| *lines > 270).collect();
    assert!(
        long.iter().all(|(_, lines)| *lines <= 400),
        "over 400 code lines: {long:?}"
    );
    assert!(
        long.len() * 10 <= sizes.len(),
        "{} of {} files have more than 270 code lines: {long:?}",
        long.len(),
        sizes.len()
    );
}

/// What each of the inner crates may stand on.
fn walls() -> [(&'static str, Vec<&'static str>); 3] {
    [
        (
            "extract",
            vec![
                "aho-corasick",
                // A-labels, and letters that look like others: tables of the Unicode consortium.
                "idna",
                "ipnet",
                "jiff",
                "memchr",
                "regex-automata",
                "psl",
                "quick-xml",
                "regex",
                "serde",
                "serde_json",
                // The checksum of Bitcoin addresses; no secret is hashed.
                "sha2",
                "unicode-security",
            ],
        ),
        (
            "vault",
            vec![
                // Passwords of analysts.
                "argon2",
                "aws-lc-rs",
                "hpke",
                "secrecy",
                "thiserror",
                "zeroize",
            ],
        ),
        (
            "intake",
            vec![
                // Armour as every program writes it.
                "base64",
                "extract",
                // gzip of RFC 8460 reports: bounded where the bytes are read, in the reader process.
                "flate2",
                "jiff",
                "lettre",
                "mail-parser",
                "memchr",
                // Texts of answers; without its loader, so that it reads no file.
                "minijinja",
                // The prepared secret keys of OpenPGP: Sequoia stands on the same library.
                "openssl",
                "regex",
                "sequoia-openpgp",
                "serde",
                // The JSON of RFC 8460 reports.
                "serde_json",
                "smtp-proto",
                // What RSA decrypted to is judged in constant time (T07).
                "subtle",
                "thiserror",
                "whatlang",
                "zeroize",
            ],
        ),
    ]
}

#[test]
fn crates_use_only_what_their_wall_allows() {
    for (name, allowed) in walls() {
        let manifest =
            fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
        let table = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for line in table.lines().filter(|line| !line.trim().is_empty()) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap();
            assert!(
                allowed.contains(&dependency),
                "crates/{name} must not use {dependency}: see the walls in README.md"
            );
        }
    }
}

#[test]
fn a_library_is_named_where_it_belongs() {
    let places = [
        ("sqlx::", "crates/gateway/src/store/"),
        ("mail_parser::", "crates/intake/src/"),
        ("sequoia_openpgp::", "crates/intake/src/"),
        ("sequoia_gpg_agent::", "crates/gateway/src/reader/"),
        ("openssl::", "crates/intake/src/openpgp/"),
        ("smtp_proto::", "crates/intake/src/smtp/"),
        ("mail_send::", "crates/gateway/src/"),
        ("argon2::", "crates/vault/src/"),
        ("aws_lc_rs::aead", "crates/vault/src/"),
        ("hpke::", "crates/vault/src/"),
    ];
    for (name, text) in sources("crates")
        .iter()
        .filter(|(name, _)| name.contains("/src/"))
    {
        for (library, place) in places {
            assert!(
                !text.contains(library) || name.starts_with(place),
                "{name} names {library}, which belongs in {place}"
            );
        }
    }
}

/// Values are bound, never written into a statement (T65): sqlx takes text that is put together at run time only when it is
/// asserted to be safe, and these files put together names of ours.
#[test]
fn statements_are_written_out() {
    let known = ["alerts.rs", "backup.rs", "roles.rs"];
    for (name, text) in sources("crates/gateway/src") {
        let asserts = text.contains("AssertSqlSafe")
            || text.contains("copy_in_raw")
            || text.contains("copy_out_raw");
        let may = known
            .iter()
            .any(|file| name == format!("crates/gateway/src/store/{file}"));
        assert!(may || !asserts, "{name} puts a statement together");
    }
}

#[test]
fn a_stage_uses_only_stages_before_it() {
    let before = BTreeMap::from([
        ("envelope", vec![]),
        ("smtp", vec!["envelope"]),
        ("message", vec![]),
        ("openpgp", vec!["message"]),
        ("reading", vec!["message", "openpgp"]),
        ("hop", vec!["message"]),
        ("tlsrpt", vec!["message"]),
        ("authentication", vec!["envelope", "message", "reading"]),
        ("texts", vec!["message", "reading"]),
        ("triage", vec!["envelope", "message", "reading"]),
        ("thread", vec!["envelope", "reading"]),
        ("answer", vec!["message", "thread"]),
    ]);
    for (name, text) in sources("crates/intake/src") {
        let stage = name
            .trim_start_matches("crates/intake/src/")
            .split(['/', '.'])
            .next()
            .unwrap();
        let Some(allowed) = before.get(stage) else {
            continue;
        };
        for used in text
            .lines()
            .filter(|line| !line.trim().starts_with("//"))
            .flat_map(|line| line.split("crate::").skip(1))
        {
            let used = used
                .split([':', ';', ',', ' ', '<', '>', ')'])
                .next()
                .unwrap()
                .trim_start_matches('{');
            let fine = used == stage || allowed.contains(&used);
            assert!(
                fine,
                "{name}: the stage {stage} must not use {used}; the order stands in crates/intake/src/lib.rs"
            );
        }
    }
}

#[test]
fn nothing_dangerous_or_unfinished_is_in_the_source() {
    let words = [
        "NullPolicy",
        "todo!(",
        "unimplemented!(",
        "#[ignore",
        "thread::sleep",
        "println!(",
        "eprintln!(",
        "dbg!(",
    ];
    for (name, text) in sources("crates")
        .iter()
        .filter(|(name, _)| name.contains("/src/"))
    {
        for word in words {
            assert!(!text.contains(word), "{name} contains {word}");
        }
    }
}

#[test]
fn core_crates_read_no_clock_and_do_no_io() {
    let words = [
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "std::net::Tcp",
        "std::env",
        "tokio",
    ];
    for folder in ["crates/intake/src", "crates/extract/src"] {
        for (name, text) in sources(folder) {
            let code = text
                .lines()
                .filter(|line| !line.trim().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            for word in words {
                assert!(
                    !code.contains(word),
                    "{name} uses {word}: time and IO are the caller's"
                );
            }
        }
    }
}

#[test]
fn the_example_configuration_documents_every_key_and_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pillarbox.toml");
    fs::write(&path, pillarbox::config::EXAMPLE).unwrap();
    let settings = pillarbox::config::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let value = serde_json::to_value(&settings).unwrap();
    for (section, keys) in value.as_object().unwrap() {
        if keys.as_array().is_some_and(Vec::is_empty) {
            let header = format!("#[[{section}]]");
            assert!(pillarbox::config::EXAMPLE.contains(&header), "{header}");
            continue;
        }
        let keys = if keys.is_array() {
            keys.pointer("/0")
        } else {
            Some(keys)
        };
        for key in keys.unwrap().as_object().unwrap().keys() {
            let documented = pillarbox::config::EXAMPLE.lines().any(|line| {
                line.trim_start_matches('#')
                    .starts_with(&format!("{key} = "))
                    || line == format!("#[[{section}.{key}]]")
            });
            let header = format!("[{section}.{key}]");
            let headed = pillarbox::config::EXAMPLE
                .lines()
                .any(|line| line == header);
            assert!(
                documented || headed,
                "config/pillarbox.toml does not document {section}.{key}"
            );
        }
    }
    let oidc = value.pointer("/console/oidc").unwrap().as_object().unwrap();
    let groups = oidc["groups"].as_object().unwrap();
    let text = pillarbox::config::EXAMPLE;
    let text = text.split("[console.oidc]").nth(1).unwrap();
    let text = text.split("\n[transport]").next().unwrap();
    for key in oidc.keys().chain(groups.keys()) {
        let documented = text.contains(&format!("\n{key} = "))
            || text.contains(&format!("\n#{key} = "))
            || text.contains(&format!("\n[console.oidc.{key}]"));
        assert!(
            documented,
            "config/pillarbox.toml does not document console.oidc.{key}"
        );
    }
}

#[test]
fn the_units_are_tight() {
    let [one, parts, listener] = [
        "pillarbox.service",
        "pillarbox@.service",
        "pillarbox@listener.service.d/user.conf",
    ]
    .map(|name| fs::read_to_string(root().join("deploy").join(name)).unwrap());
    // Whoever tightens one of them tightens the other.
    let settings = |text: &str| -> Vec<String> {
        let own = [
            "#",
            "Description=",
            "Environment=",
            "ExecStart=",
            "RuntimeDirectory=",
        ];
        let common = text
            .lines()
            .filter(|line| !own.iter().any(|word| line.starts_with(word)));
        common.map(str::to_owned).collect()
    };
    assert_eq!(settings(&one), settings(&parts));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let present = |text: &str| text.replace("/usr/bin/pillarbox", "/bin/true");
    fs::create_dir(path("pillarbox@listener.service.d")).unwrap();
    fs::write(path("pillarbox@listener.service.d/user.conf"), listener).unwrap();
    fs::write(path("pillarbox.service"), present(&one)).unwrap();
    for role in ["listener", "worker", "outbox"] {
        fs::write(path(&format!("pillarbox@{role}.service")), present(&parts)).unwrap();
    }
    for unit in [
        "pillarbox",
        "pillarbox@listener",
        "pillarbox@worker",
        "pillarbox@outbox",
    ] {
        let unit = path(&format!("{unit}.service"));
        // `security` scores exposure from 0 to 10; where `systemd-analyze` is missing there is nothing to ask.
        for arguments in [
            &["security", "--offline=true", "--threshold=15"][..],
            &["verify", "--man=no"],
        ] {
            let mut command = std::process::Command::new("systemd-analyze");
            if let Ok(output) = command.args(arguments).arg(&unit).output() {
                let said = String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{said}");
            }
        }
    }
}

/// Each form of the console, and what does the same for programs; nothing where only somebody at a browser has a use for it.
const FORMS: [(&str, &[&str]); 32] = [
    (
        "/q/{team}/do",
        &[
            "change_many",
            "claim_ticket",
            "release_ticket",
            "assign_ticket",
            "set_status",
            "close_ticket",
            "reopen_ticket",
            "tag_ticket",
            "merge_ticket",
            "unmerge_ticket",
            "undo_change",
        ],
    ),
    ("/t/{serial}/back", &["undo_change"]),
    ("/t/{serial}/belonging", &["judge_claim"]),
    ("/q/{team}/searches", &["keep_search"]),
    ("/q/{team}/searches/remove", &["remove_search"]),
    ("/t/{serial}/correct", &["correct_value"]),
    ("/t/{serial}/claim", &["claim_ticket"]),
    ("/t/{serial}/release", &["release_ticket"]),
    ("/t/{serial}/assign", &["assign_ticket"]),
    (
        "/t/{serial}/status",
        &["set_status", "close_ticket", "reopen_ticket"],
    ),
    ("/t/{serial}/note", &["add_note"]),
    ("/t/{serial}/reply", &["preview_letter", "send_letter"]),
    ("/t/{serial}/undo", &["take_letter_back"]),
    ("/t/{serial}/retry", &["retry_ticket"]),
    ("/t/{serial}/tag", &["tag_ticket"]),
    ("/t/{serial}/tlp", &["mark_ticket"]),
    ("/t/{serial}/untag", &["tag_ticket"]),
    ("/t/{serial}/merge", &["merge_ticket"]),
    ("/t/{serial}/unmerge", &["unmerge_ticket"]),
    ("/t/{serial}/split", &["split_ticket"]),
    ("/t/{serial}/link", &["link_ticket"]),
    ("/t/{serial}/unlink", &["unlink_ticket"]),
    ("/certificates/{fingerprint}", &["decide_certificate"]),
    ("/contacts", &["add_contact"]),
    ("/contacts/{id}", &["change_contact"]),
    (
        "/contacts/{id}/certificates/{fingerprint}",
        &["judge_certificate"],
    ),
    ("/quarantine/{id}/promote", &["promote"]),
    ("/quarantine/{id}/retry", &["retry_quarantined"]),
    ("/sign-in", &[]),
    ("/sign-out", &[]),
    ("/language", &[]),
    ("/keys", &[]),
];

#[test]
fn what_a_form_of_the_console_does_a_program_can_ask_for() {
    let document = fs::read_to_string(root().join("config/openapi.json")).unwrap();
    for (form, operations) in FORMS {
        for operation in operations {
            let named = format!("\"operationId\": \"{operation}\"");
            assert!(document.contains(&named), "{form}: no {operation}");
        }
    }
    for (name, text) in sources("crates/gateway/src/console") {
        let routes = text.split(".route(").skip(1);
        // Those that a constant names are GETs of the provider.
        for route in routes.filter(|route| route.starts_with('"')) {
            let place = route.split('"').nth(1).unwrap();
            let handler = route.split('"').nth(2).unwrap();
            // The handler stands on the same line; one that has its own limit is named before.
            let is_read =
                handler.contains("get(") && !handler.lines().next().unwrap().contains("post(");
            let known = FORMS.iter().any(|(form, _)| *form == place);
            assert!(is_read || known, "{name}: {place} is not for programs");
        }
    }
}

#[test]
fn no_two_shapes_of_the_api_share_a_name() {
    let mut known = BTreeMap::new();
    for (name, text) in sources("crates/gateway/src") {
        for derived in text.split("#[derive(").skip(1) {
            let (traits, shape) = derived.split_once(")]").unwrap();
            if !traits.contains("ToSchema") {
                continue;
            }
            let mut words = shape.split([' ', '<', '(', ';', '\n']);
            words.find(|word| ["struct", "enum"].contains(word));
            let shape = words.next().unwrap();
            let before = known.insert(shape.to_owned(), name.clone());
            assert!(
                before.as_ref().is_none_or(|before| *before == name),
                "{name} and {before:?} both have {shape}: the document would have one of them"
            );
        }
    }
    assert!(known.contains_key("DoneWithMany"), "{known:?}");
}
