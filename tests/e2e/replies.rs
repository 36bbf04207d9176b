//! Programs that people answer with reply to our acknowledgement, and the reply joins its ticket: by the token in In-Reply-To,
//! whatever they did to the Subject.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::mail::{TEAM, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const MORE: &str = "It goes on from 192.0.2.44.";

/// Opens a ticket and puts its acknowledgement into a mailbox; its reference, and the mailbox.
fn acknowledged(installation: &Installation) -> (String, PathBuf) {
    let report = mail(
        NOC,
        "=?utf-8?q?Scan_aus_M=C3=BCnchen?=",
        "p.1@partner.example",
        "",
        "Our host 198.51.100.7 is attacked from 192.0.2.10.",
    );
    send(installation.ports.smtp, NOC, TEAM, &report);
    installation.settle();
    let answer = installation.outbox().remove(0).replace("\r\n", "\n");
    let mailbox = installation.path("mailbox");
    let text = format!("From {TEAM} Sun Nov 22 10:00:00 2026\n{answer}\n");
    std::fs::write(&mailbox, text).unwrap();
    let reference = installation.tickets()[0]["reference"].clone();
    (reference.as_str().unwrap().to_owned(), mailbox)
}

/// The reply is on the ticket, with what it says, and nothing else was made of it.
fn assert_joined(installation: &Installation, reference: &str) {
    installation.settle();
    assert_eq!(installation.tickets().len(), 1, "no second ticket");
    let show = ["ticket", "show", reference, "--json", "--text"];
    let shown: Value = installation.json(&show).remove(0);
    let entries = shown["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{shown}");
    assert_eq!(entries[1]["kind"], "reply");
    assert_eq!(entries[1]["proof_level"], 3, "{}", entries[1]);
    assert!(entries[1].to_string().contains(MORE), "{}", entries[1]);
    assert_eq!(installation.outbox().len(), 1, "one acknowledgement");
}

#[test]
fn reply_of_s_nail_joins_its_ticket() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (reference, mailbox) = acknowledged(&installation);
    let script = installation.path("s-nail.commands");
    std::fs::write(&script, format!("reply 1\n{MORE}\n~.\nexit\n")).unwrap();
    let output = Command::new("s-nail")
        .args(["-n", "-#", "-R", "-S", "v15-compat=y", "-S", "quote"])
        .args([
            "-S",
            &format!("from={NOC}"),
            "-S",
            "hostname=partner.example",
        ])
        .args(["-S", "smtp-auth=none", "-S", "sendwait", "-S"])
        .arg(format!("mta=smtp://127.0.0.1:{}", installation.ports.smtp))
        .arg("-f")
        .arg(&mailbox)
        .env("HOME", installation.folder.path())
        .stdin(std::fs::File::open(&script).unwrap())
        .output()
        .unwrap_or_else(|error| panic!("s-nail: {error}; apt-get install s-nail"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_joined(&installation, &reference);
}

/// An editor that writes above the quoted text.
fn editor(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let editor = folder.join("editor");
    let text = format!(
        "#!/bin/sh\n{{ echo '{MORE}'; echo; cat \"$1\"; }} >\"$1.new\" && mv \"$1.new\" \"$1\"\n"
    );
    std::fs::write(&editor, text).unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    editor
}

#[test]
fn reply_of_mutt_joins_its_ticket() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (reference, mailbox) = acknowledged(&installation);
    let settings = installation.path("muttrc");
    let (port, editor) = (installation.ports.smtp, editor(installation.folder.path()));
    let text = format!(
        "set from=\"{NOC}\" use_from=yes ssl_force_tls=no hostname=partner.example smtp_url=\"smtp://127.0.0.1:{port}\" ssl_starttls=no\n\
         set editor=\"{}\" fast_reply=yes include=yes autoedit=yes copy=no abort_unmodified=no\n\
         set crypt_verify_sig=no quit=yes folder=\"{}\"\npush \"<reply><send-message><exit>\"\n",
        editor.display(),
        installation.folder.path().display()
    );
    std::fs::write(&settings, text).unwrap();
    // It wants a terminal, and to be in its foreground: a shell that doesn't replace itself would leave it stopped otherwise.
    let mutt = format!(
        "exec timeout --foreground 60 mutt -n -F {} -R -f {}",
        settings.display(),
        mailbox.display()
    );
    let output = Command::new("script")
        .args(["-qec", &mutt, "/dev/null"])
        .env("HOME", installation.folder.path())
        .env("TERM", "vt100")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_joined(&installation, &reference);
}
