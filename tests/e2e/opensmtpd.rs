//! Behind a real OpenSMTPD, with the lines of `deploy/opensmtpd`.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::mta::{
    Agent, Hop, Jail, by_lmtp, by_smtp, documented, hands_nothing_to_a_stranger,
    keeps_what_cannot_be_handed_over, relays, removes_forged_results, switched,
};
use crate::support::Installation;

/// What a test needs around the documented lines: loopback, and mailboxes of partner.example.
const CONFIGURATION: &str = "\
@DOCUMENTED@
listen on 127.0.0.1 port @PORT@ filter \"pillarbox\"
table boxes { \"@partner.example\" = \"nobody\" }
action \"mailbox\" maildir \"/var/mailboxes/%{rcpt.user}\" virtual <boxes>
match from local for rcpt-to { \"noc@partner.example\", \"soc@partner.example\" } action \"mailbox\"
";

/// A running OpenSMTPD.
pub struct OpenSmtpd {
    jail: Jail,
    port: u16,
}

impl Agent for OpenSmtpd {
    const UTF8: bool = false;

    fn start(port: u16, hop: Hop, installation: &Installation) -> OpenSmtpd {
        let mut jail = Jail::of("opensmtpd");
        let by_lmtp = "action \"pillarbox\" relay host \"lmtp://127.0.0.1:10024\"";
        let by_smtp = "action \"pillarbox\" relay host \"smtp+tls://gateway.team.example:25\"";
        let text = documented("opensmtpd/smtpd.conf");
        let text = match hop {
            Hop::Lmtp(port) => switched(&text, by_smtp, by_lmtp)
                .replace("127.0.0.1:10024", &format!("127.0.0.1:{port}")),
            Hop::Tls(port) => {
                assert!(text.contains(by_smtp), "{text}");
                text.replace("gateway.team.example:25", &format!("localhost:{port}"))
            }
        };
        let text = CONFIGURATION
            .replace("@DOCUMENTED@", &text)
            .replace("@PORT@", &port.to_string());
        jail.write("etc/smtpd.conf", &text);
        let authority = std::fs::read_to_string(installation.path("ca.crt")).unwrap();
        jail.write("etc/ssl/certs/ca-certificates.crt", &authority);
        let filter = "usr/libexec/opensmtpd/pillarbox-results";
        jail.write(filter, &documented("opensmtpd/pillarbox-results"));
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(jail.path(filter), executable).unwrap();
        std::fs::create_dir(jail.path("var/mailboxes")).unwrap();
        std::os::unix::fs::chown(jail.path("var/mailboxes"), Some(65534), None).unwrap();
        jail.serve(&["/usr/sbin/smtpd", "-d"], "daemon.log", port);
        OpenSmtpd { jail, port }
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn flush(&self) {
        self.jail.output(&["/usr/sbin/smtpctl", "schedule", "all"]);
    }

    fn waiting(&self) -> usize {
        let queue = self.jail.run(&["/usr/sbin/smtpctl", "show", "queue"]);
        queue.lines().count()
    }

    fn mailboxes(&self) -> PathBuf {
        self.jail.path("var/mailboxes")
    }

    fn log(&self) -> String {
        self.jail.read("daemon.log")
    }
}

#[test]
fn opensmtpd_relays_by_lmtp() {
    relays::<OpenSmtpd>(by_lmtp);
}

#[test]
fn opensmtpd_relays_by_smtp_with_tls() {
    relays::<OpenSmtpd>(by_smtp);
}

#[test]
fn opensmtpd_keeps_what_it_cannot_hand_over_by_lmtp() {
    keeps_what_cannot_be_handed_over::<OpenSmtpd>(by_lmtp);
}

#[test]
fn opensmtpd_keeps_what_it_cannot_hand_over_by_smtp() {
    keeps_what_cannot_be_handed_over::<OpenSmtpd>(by_smtp);
}

#[test]
fn opensmtpd_removes_forged_results() {
    removes_forged_results::<OpenSmtpd>();
}

#[test]
fn opensmtpd_hands_nothing_to_a_stranger() {
    hands_nothing_to_a_stranger::<OpenSmtpd>();
}
