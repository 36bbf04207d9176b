//! Behind a real Exim, with the lines of `deploy/exim`.

use std::path::PathBuf;

use crate::mail::TEAM;
use crate::mta::{
    Agent, Hop, Jail, behind, by_lmtp, by_smtp, documented, hands_nothing_to_a_stranger,
    keeps_what_cannot_be_handed_over, relays, removes_forged_results, report,
};
use crate::support::{Installation, send};

/// What a test needs around the documented lines: loopback, and mailboxes of partner.example.
const CONFIGURATION: &str = "\
primary_hostname = mx.team.example
daemon_smtp_ports = @PORT@
local_interfaces = 127.0.0.1
tls_advertise_hosts =
.include /etc/exim4/pillarbox/main
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
.include /etc/exim4/pillarbox/acl-rcpt
  accept hosts = 127.0.0.1
data:
.include /etc/exim4/pillarbox/acl-data
  accept
begin routers
.include /etc/exim4/pillarbox/router
mailboxes:
  driver = accept
  domains = partner.example
  local_parts = noc : soc
  transport = maildir
begin transports
.include /etc/exim4/pillarbox/transports
maildir:
  driver = appendfile
  maildir_format
  directory = /var/spool/exim4/mailboxes/$local_part_data
  return_path_add
  user = Debian-exim
begin retry
.include /etc/exim4/pillarbox/retry
";

/// A running Exim.
pub struct Exim {
    jail: Jail,
    port: u16,
}

impl Agent for Exim {
    fn start(port: u16, hop: Hop, installation: &Installation) -> Exim {
        let mut jail = Jail::of("exim");
        let file = |name: &str| documented(&format!("exim/{name}"));
        let (router, transports) = match hop {
            Hop::Lmtp(port) => (
                file("router"),
                replaced(
                    &file("transports"),
                    "port     = 10024",
                    &format!("port = {port}"),
                ),
            ),
            Hop::Tls(port) => {
                let text = replaced(
                    &file("transports"),
                    "port     = 25",
                    &format!("port = {port}"),
                );
                (
                    replaced(&file("router"), "= pillarbox_lmtp", "= pillarbox_smtp"),
                    replaced(&text, "gateway.team.example", "localhost"),
                )
            }
        };
        let authority = std::fs::read_to_string(installation.path("ca.crt")).unwrap();
        jail.write("etc/ssl/certs/ca-certificates.crt", &authority);
        jail.write("etc/exim4/pillarbox/router", &router);
        jail.write("etc/exim4/pillarbox/transports", &transports);
        for name in ["main", "acl-rcpt", "acl-data", "retry"] {
            jail.write(&format!("etc/exim4/pillarbox/{name}"), &file(name));
        }
        let text = CONFIGURATION.replace("@PORT@", &port.to_string());
        jail.write("etc/exim4/exim4.conf", &text);
        jail.serve(&["/usr/sbin/exim4", "-bdf", "-q2m"], "daemon.log", port);
        Exim { jail, port }
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn flush(&self) {
        self.jail.run(&["/usr/sbin/exim4", "-qff"]);
    }

    fn waiting(&self) -> usize {
        let text = self.jail.run(&["/usr/sbin/exim4", "-bpc"]);
        text.trim().parse().unwrap()
    }

    fn mailboxes(&self) -> PathBuf {
        self.jail.path("var/spool/exim4/mailboxes")
    }

    fn log(&self) -> String {
        let logs = [
            "daemon.log",
            "var/log/exim4/mainlog",
            "var/log/exim4/paniclog",
        ];
        logs.map(|name| self.jail.read(name)).concat()
    }
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}: {text}");
    text.replace(from, to)
}

#[test]
fn exim_relays_by_lmtp() {
    relays::<Exim>(by_lmtp);
}

#[test]
fn exim_relays_by_smtp_with_tls() {
    relays::<Exim>(by_smtp);
}

/// Exim uses BDAT where it is offered (RFC 3030), and then doesn't touch line ends and dots.
#[test]
fn exim_hands_over_in_chunks() {
    let (installation, exim) = behind::<Exim>(by_lmtp, "");
    let _daemon = installation.serve();
    let text = report("chunked", "", "192.0.2.10 scans 198.51.100.7.\n.\n..\n");
    let reply = send(exim.port(), "noc@partner.example", TEAM, &text);
    assert!(reply.starts_with("250"), "{reply}");
    exim.delivered("noc", 1);
    // K is for chunking in Exim's log.
    let log = exim.log();
    let line = log.lines().find(|line| line.contains("T=pillarbox_lmtp"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains(" K "), "{line}");
}

#[test]
fn exim_keeps_what_it_cannot_hand_over_by_lmtp() {
    keeps_what_cannot_be_handed_over::<Exim>(by_lmtp);
}

#[test]
fn exim_keeps_what_it_cannot_hand_over_by_smtp() {
    keeps_what_cannot_be_handed_over::<Exim>(by_smtp);
}

#[test]
fn exim_removes_forged_results() {
    removes_forged_results::<Exim>();
}

#[test]
fn exim_hands_nothing_to_a_stranger() {
    hands_nothing_to_a_stranger::<Exim>();
}
