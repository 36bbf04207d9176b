//! What came in overnight: thirty reports that swaks delivers, and three that need more than a look.

use std::process::Command;

use super::reports::REPORTS;
use crate::correspondents::{NOC, PASSED, signed_with_key, with_key};
use crate::gnupg::{Gnupg, encrypted_entity};
use crate::mail::{TEAM, crlf, mail};
use crate::support::Installation;

/// What the encrypted report is about: its Subject is inside.
pub const MINISTRY: &str = "Ministry breached";
pub const AWAY: &str = "Out of office: your question";
pub const NEW_KEY: &str = "Our new key";

/// The correspondent with two keys: the one that is known, and the one that came later.
pub struct Partner {
    pub known: Gnupg,
    pub known_print: String,
    pub later: Gnupg,
    pub later_print: String,
}

/// swaks, which must be told that the mail was taken.
fn swaks(installation: &Installation, from: &str, more: &[&str]) {
    let server = format!("127.0.0.1:{}", installation.ports.smtp);
    let mut swaks = Command::new("swaks");
    swaks.args(["--from", from, "--to", TEAM, "--server", &server]);
    swaks.args(["--helo", "client.example", "--tls"]);
    let output = swaks.args(more).output();
    let output = output
        .unwrap_or_else(|error| panic!("swaks: {error}; apt-get install swaks libnet-ssleay-perl"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("250 2.0.0"),
        "{said}"
    );
}

/// A whole message, from a file.
fn deliver(installation: &Installation, from: &str, name: &str, message: &str) {
    let file = installation.path(name);
    std::fs::write(&file, message).unwrap();
    let data = format!("@{}", file.display());
    swaks(installation, from, &["--data", &data]);
}

/// So many of the thirty, four at a time as a morning's mail comes.
pub fn reports(installation: &Installation, count: usize) {
    let send = |(from, subject, text): &(&str, &str, &str)| {
        let subject = format!("Subject: {subject}");
        swaks(installation, from, &["--header", &subject, "--body", text]);
    };
    for four in REPORTS[..count].chunks(4) {
        std::thread::scope(|scope| {
            for report in four {
                scope.spawn(move || send(report));
            }
        });
    }
    installation.settle();
}

/// A report that GnuPG signed and encrypted, of a proved sender whose key comes with it; then one with another key, and an
/// answer of a machine.
pub fn special(installation: &Installation) -> Partner {
    let user_id = format!("Partner NOC <{NOC}>");
    let (known, known_print) = with_key(installation, &user_id);
    let (later, later_print) = with_key(installation, &user_id);
    let entity = crlf(&format!(
        "Content-Type: multipart/mixed; boundary=\"=_m\"; protected-headers=\"v1\"\nSubject: {MINISTRY}\n\n\
         --=_m\nContent-Type: text/plain; charset=utf-8\n\nTLP:AMBER\n\nOur host 198.51.100.7 is attacked from 192.0.2.10 on port 22/tcp since 2024-03-05 02:11:09 UTC.\n\
         --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{}\n--=_m--\n",
        known.export(NOC)
    ));
    let (head, body) = encrypted_entity(&known.sign_and_encrypt(NOC, TEAM, &entity));
    let head = format!("{PASSED}{head}");
    let sealed = mail(NOC, "...", "day.1@partner.example", &head, &body);
    deliver(installation, NOC, "sealed.eml", &sealed);
    installation.settle();
    let (head, body) = signed_with_key(&later, NOC, "Please use this key from now on.");
    let other = mail(NOC, NEW_KEY, "day.2@partner.example", &head, &body);
    deliver(installation, NOC, "other.eml", &other);
    let automatic = "Auto-Submitted: auto-replied\n";
    let away = "I am out of the office until Monday.\nOur server 198.51.100.7 is still attacked from 192.0.2.44.";
    let away = mail(NOC, AWAY, "day.3@partner.example", automatic, away);
    deliver(installation, NOC, "away.eml", &away);
    installation.settle();
    Partner {
        known,
        known_print,
        later,
        later_print,
    }
}
