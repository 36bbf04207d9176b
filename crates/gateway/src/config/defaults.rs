//! Defaults of every section; each anchored in `config/pillarbox.toml`.

use std::time::Duration;

use super::oidc::Oidc;
use super::tree::{
    Authentication, Console, Database, Dns, Intake, Limits, Log, LogFormat, OpenPgp, OwnCheck,
    ReadableBy, Storage, Team, Worker,
};
use super::units::{Size, Span};

/// Role names of RFC 2142 (network operations, mail, DNS, news, web, UUCP, FTP), and those that incident teams use. Those
/// of section 3 there (`info`, `sales` …) are for the business, not for us.
const ROLES: [&str; 20] = [
    "abuse",
    "noc",
    "security",
    "postmaster",
    "hostmaster",
    "usenet",
    "news",
    "webmaster",
    "www",
    "uucp",
    "ftp",
    "cert",
    "csirt",
    "cirt",
    "psirt",
    "soc",
    "incident",
    "incidents",
    "phishing",
    "spam",
];

impl Default for Team {
    fn default() -> Self {
        Team {
            name: "CSIRT".into(),
            display_name: "CSIRT".into(),
            address: "csirt@localhost".into(),
            languages: vec!["en".into(), "fr".into()],
            canned_dir: None,
            timezone: "UTC".into(),
            hours: String::new(),
            holidays: Vec::new(),
            answer_within: Span(Duration::from_secs(8 * 3600)),
            emergency_phone: String::new(),
            website: String::new(),
            foreign_references: Vec::new(),
        }
    }
}

impl Default for Intake {
    fn default() -> Self {
        Intake {
            recipients: Vec::new(),
            domains: Vec::new(),
            roles: ROLES.iter().map(|&role| role.into()).collect(),
            max_size: Size(25 << 20),
        }
    }
}

impl Default for Authentication {
    fn default() -> Self {
        Authentication {
            authserv_ids: Vec::new(),
            own: OwnCheck::Auto,
            timeout: Span(Duration::from_secs(10)),
            arc_trusted: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = |count| Span(Duration::from_secs(count));
        Limits {
            connections: 500,
            connections_per_address: 20,
            connections_per_network: 100,
            connects_per_address: 60,
            connects_per_network: 300,
            messages_per_address: 120,
            session_messages: 1000,
            session_size: Size(250 << 20),
            in_flight: Size(256 << 20),
            first_command: seconds(30),
            command: seconds(60),
            trusted_command: seconds(300),
            session: seconds(600),
            trusted_session: seconds(1800),
            handshake: seconds(10),
            data: seconds(300),
            data_rate: Size(10 << 10),
            drain: seconds(30),
        }
    }
}

impl Default for Dns {
    fn default() -> Self {
        Dns {
            servers: Vec::new(),
            dnssec: true,
            timeout: Span(Duration::from_secs(5)),
            trust_anchor_file: None,
            cache: 8192,
        }
    }
}

impl Default for Console {
    fn default() -> Self {
        Console {
            address: None,
            idle: Span(Duration::from_secs(30 * 60)),
            session: Span(Duration::from_secs(12 * 3600)),
            connections: 256,
            connections_per_address: 64,
            local_sign_in: true,
            oidc: Oidc::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Database {
            url: "postgres:///pillarbox?host=/run/postgresql".into(),
            password_file: None,
            connections: 8,
            timeout: Span(Duration::from_secs(4)),
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Storage {
            ring_file: "/etc/pillarbox/storage.ring".into(),
            epoch_dir: None,
            inbox_key_file: "/etc/pillarbox/inbox.pub".into(),
            readable_by: ReadableBy::Gateway,
            analysts_dir: "/etc/pillarbox/analysts".into(),
        }
    }
}

impl Default for OpenPgp {
    fn default() -> Self {
        OpenPgp {
            secret_dir: "/etc/pillarbox/openpgp".into(),
            passphrase_file: None,
            gnupg_home: None,
            certifiers: Vec::new(),
            keyserver: String::new(),
            wkd_port: 443,
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Worker {
            readers: 0,
            cpu: Span(Duration::from_secs(10)),
            wall: Span(Duration::from_secs(20)),
            memory: Size(384 << 20),
            attempts: 3,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log {
            format: LogFormat::Text,
            level: "info".into(),
        }
    }
}
