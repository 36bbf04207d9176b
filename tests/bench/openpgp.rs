//! How many messages are opened in a second on one core, beside OpenSSL's own private-key operations in the same run.
//!
//! `cargo bench -p intake --bench openpgp -- [MESSAGES] [KEY]`, 1000 in each measurement and all kinds of keys when not given.
//! Messages of 2 kB go the whole way of a
//! reader, `reading::read`: MIME, armour, decryption, signature, certificates, text. `sealed` ones are encrypted; `signed` ones are
//! signed and encrypted, by a correspondent with a key of the same kind, and in the last column by one with Ed25519. No message is
//! read twice, for the library remembers the signatures that it has checked. Rates are of processor time, with the allocator and
//! the environment of a reader; `openssl speed` runs before and after. `ceiling` is what the ratio were if a message cost the private-key operation and
//! the public-key operation of its signature and nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a failed step is a failed run; it prints its findings"
)]

use std::alloc::System;
use std::process::Command;
use std::time::Duration;

use intake::openpgp::{
    Correspondent, Keys, Profile, READER_ENVIRONMENT, encrypt, export_public, generate_team_key,
    sign_detached,
};
use intake::reading::read;
use jiff::Timestamp;
use zeroizing_alloc::ZeroAlloc;

/// As a reader has it (T75).
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// For `openssl speed`, and for signatures.
const SECONDS: u64 = 2;

fn main() {
    if !is_reader() {
        return as_reader();
    }
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let count = asked.iter().find_map(|one| one.parse().ok());
    let count: u32 = count.unwrap_or(1000);
    let wanted = asked.iter().find(|one| one.starts_with(['r', 'c']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average before: {}", load.trim_end());
    println!(
        "{:>10}  {:>9}  {:>8} {:>5}  {:>8} {:>5} {:>7}  {:>16} {:>5}  {:>8}",
        "team key",
        "openssl/s",
        "sealed/s",
        "ratio",
        "signed/s",
        "ratio",
        "ceiling",
        "Ed25519 signed/s",
        "ratio",
        "writes/s"
    );
    let gnupg = tempfile::tempdir().unwrap();
    for (name, algorithm) in [
        ("rsa2048", "rsa2048"),
        ("rsa4096", "rsa4096"),
        ("curve25519", "ecdhx25519"),
    ] {
        if wanted.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        let make = |whose: &str| match name {
            "curve25519" => made(&format!("CSIRT <{whose}@example>")),
            _ => by_gnupg(gnupg.path(), name, whose),
        };
        let (secret, peer) = (make("team"), make("peer"));
        let before = Speed::of(algorithm);
        let team = Team::new(&secret);
        let sealed = team.opens(&peer, false, count);
        let signed = team.opens(&peer, true, count);
        let by_curve = team.opens(&made("NOC <noc@peer.example>"), true, count);
        let writes = team.writes();
        let speed = before.and(&Speed::of(algorithm));
        let ratio = |rate: f64| rate / speed.private;
        println!(
            "{name:>10}  {:9.0}  {sealed:8.0} {:5.2}  {signed:8.0} {:5.2} {:7.2}  {by_curve:16.0} {:5.2}  {writes:8.0}",
            speed.private,
            ratio(sealed),
            ratio(signed),
            speed.public / (speed.public + speed.private),
            ratio(by_curve),
        );
    }
}

/// Whether the environment is that of a reader.
fn is_reader() -> bool {
    let (name, value) = READER_ENVIRONMENT;
    std::env::var_os("RUST_BACKTRACE").is_none() && std::env::var_os(name) == Some(value.into())
}

/// Each error of the libraries would unwind the stack to note where it was made; readers' environment holds one value.
fn as_reader() {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(std::env::args_os().skip(1))
        .env_remove("RUST_BACKTRACE")
        .envs([READER_ENVIRONMENT])
        .status()
        .unwrap();
    assert!(status.success());
}

struct Team {
    keys: Keys,
    public: String,
}

impl Team {
    fn new(secret: &[u8]) -> Team {
        let mut keys = Keys::new();
        keys.add_team_secret(secret, None).unwrap();
        let public = export_public(secret).unwrap();
        Team { keys, public }
    }

    /// Messages that are opened in a second.
    fn opens(&self, peer_secret: &[u8], sign: bool, count: u32) -> f64 {
        let peer_public = export_public(peer_secret).unwrap();
        let mut peer = Keys::new();
        peer.add_team_secret(peer_secret, None).unwrap();
        let correspondents = [Correspondent {
            cert: peer_public.as_bytes(),
            authenticated: true,
            bound: intake::openpgp::Bound::UserIds,
        }];
        let mut number = 0;
        let mut mail = || {
            number += 1;
            let text = format!("{number} 192.0.2.7 scanned us.\r\n").repeat(77);
            let entity = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");
            let to = [self.public.as_bytes()];
            pgp_mime(&encrypt(&peer, entity.as_bytes(), &to, sign, Timestamp::now()).unwrap())
        };
        // The first message parses the certificate; then everything is as in a reader that has been at work.
        let mails: Vec<Vec<u8>> = (0..=count).map(|_| mail()).collect();
        let mut began = used();
        for (number, raw) in mails.iter().enumerate() {
            let reading = read(raw, &self.keys, &correspondents, Timestamp::now());
            assert!(reading.openpgp.decrypted && reading.openpgp.signed == sign);
            if number == 0 {
                began = used();
            }
        }
        f64::from(count) / (used() - began).as_secs_f64()
    }

    /// Signatures in a second.
    fn writes(&self) -> f64 {
        let (began, mut round) = (used(), 0);
        while used() - began < Duration::from_secs(SECONDS) {
            round += 1;
            sign_detached(&self.keys, &[b'x'; 1_000], Timestamp::now()).unwrap();
        }
        f64::from(round) / (used() - began).as_secs_f64()
    }
}

/// Processor time of this process: `openssl speed` counts its own in the same way, so that neighbours don't matter.
fn used() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.try_into().unwrap()
}

fn made(user_id: &str) -> Vec<u8> {
    let key = generate_team_key(user_id, Profile::Curve25519, None, Timestamp::now()).unwrap();
    key.secret.as_bytes().to_vec()
}

/// An RSA key of that size, which the gateway does not make itself.
fn by_gnupg(home: &std::path::Path, algorithm: &str, whose: &str) -> Vec<u8> {
    let address = format!("{algorithm}@{whose}.example");
    let run = |arguments: &[&str]| {
        let output = Command::new("gpg")
            .env("GNUPGHOME", home)
            .args(["--batch", "--quiet", "--passphrase", ""])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success());
        output.stdout
    };
    run(&["--quick-gen-key", &address, algorithm, "default", "never"]);
    let listed = run(&["--with-colons", "--list-keys", &address]);
    let listed = String::from_utf8(listed).unwrap();
    let fingerprint = listed
        .lines()
        .find_map(|line| line.strip_prefix("fpr:::::::::"))
        .unwrap();
    let fingerprint = fingerprint.trim_end_matches(':');
    run(&["--quick-add-key", fingerprint, algorithm, "encr", "never"]);
    let secret = run(&["--export-secret-keys", &address]);
    let _ = Command::new("gpgconf")
        .env("GNUPGHOME", home)
        .args(["--kill", "gpg-agent"])
        .status();
    secret
}

/// What `openssl speed` says.
struct Speed {
    /// Private-key operations in a second (`sign/s`, `op/s`).
    private: f64,
    /// Signatures of that kind that are checked in a second (`verify/s`).
    public: f64,
}

impl Speed {
    fn of(algorithm: &str) -> Speed {
        let rates = |algorithm: &str| {
            let output = Command::new("openssl")
                .args(["speed", "-seconds", &SECONDS.to_string(), algorithm])
                .output()
                .unwrap();
            let table = String::from_utf8(output.stdout).unwrap();
            let line = table.lines().last().unwrap();
            let words = line.split_whitespace().rev();
            words
                .map_while(|word| word.parse().ok())
                .take(2)
                .collect::<Vec<f64>>()
        };
        // The last column is verifications, where there are any.
        match rates(algorithm).as_slice() {
            [public, private] if algorithm.starts_with("rsa") => Speed {
                private: *private,
                public: *public,
            },
            [private, ..] => Speed {
                private: *private,
                public: *rates("ed25519").first().unwrap(),
            },
            [] => panic!("openssl speed {algorithm}"),
        }
    }

    fn and(&self, other: &Speed) -> Speed {
        Speed {
            private: (self.private + other.private) / 2.0,
            public: (self.public + other.public) / 2.0,
        }
    }
}

fn pgp_mime(armored: &str) -> Vec<u8> {
    format!(
        "From: NOC <noc@peer.example>\r\nTo: csirt@team.example\r\nSubject: scan\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=enc\r\n\r\n\
         --enc\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --enc\r\nContent-Type: application/octet-stream\r\n\r\n{armored}\r\n--enc--\r\n"
    )
    .into_bytes()
}
