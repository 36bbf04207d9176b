//! How many messages are opened in a second on one core, beside OpenSSL's own private-key operations in the same run.
//!
//! `cargo bench -p pillarbox --bench openpgp -- [SECONDS]`, 3 a measurement when not given. Messages of 2 kB go the whole way
//! of a reader, `reading::read`: MIME, armour, decryption, signature, certificates, text. `sealed` ones are encrypted, `signed`
//! ones are signed by a Curve25519 correspondent and encrypted. Rates are of processor time; `openssl speed` runs before and after.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

use std::process::Command;
use std::time::Duration;

use intake::openpgp::{
    Correspondent, Keys, Profile, encrypt, export_public, generate_team_key, sign_detached,
};
use intake::reading::read;
use jiff::Timestamp;

/// Different messages, so that no cache of the processor knows them by heart.
const MESSAGES: usize = 64;

fn main() {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return without_backtraces();
    }
    let seconds = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(3);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average before: {}", load.trim_end());
    println!(
        "{:>10}  {:>9} {:>9} {:>9}  {:>9}  {:>6}",
        "team key", "sealed/s", "signed/s", "writes/s", "openssl/s", "ratio"
    );
    let gnupg = tempfile::tempdir().unwrap();
    for (name, algorithm) in [
        ("rsa2048", "rsa2048"),
        ("rsa4096", "rsa4096"),
        ("curve25519", "ecdhx25519"),
    ] {
        let secret = match name {
            "curve25519" => made("CSIRT <csirt@team.example>"),
            _ => by_gnupg(gnupg.path(), name),
        };
        let before = openssl_speed(algorithm, seconds);
        let (sealed, signed, writes) = measure(&secret, Duration::from_secs(seconds));
        let speed = (before + openssl_speed(algorithm, seconds)) / 2.0;
        println!(
            "{name:>10}  {sealed:9.0} {signed:9.0} {writes:9.0}  {speed:9.0}  {:6.2}",
            signed / speed
        );
    }
}

/// Each error of the libraries would unwind the stack to note where it was made; readers' environment is empty.
fn without_backtraces() {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(std::env::args_os().skip(1))
        .env_remove("RUST_BACKTRACE")
        .status()
        .unwrap();
    assert!(status.success());
}

/// Encrypted messages, signed and encrypted messages, and signatures in a second.
fn measure(secret: &[u8], time: Duration) -> (f64, f64, f64) {
    let team_public = export_public(secret).unwrap();
    let noc = made("NOC <noc@peer.example>");
    let noc_public = export_public(&noc).unwrap();
    let (mut team, mut peer) = (Keys::new(), Keys::new());
    team.add_team_secret(secret, None).unwrap();
    peer.add_team_secret(&noc, None).unwrap();
    let now = Timestamp::now();
    let correspondents = [Correspondent {
        cert: noc_public.as_bytes(),
        authenticated: true,
        bound: intake::openpgp::Bound::UserIds,
    }];
    let open = |sign: bool| {
        let mails: Vec<Vec<u8>> = (0..MESSAGES)
            .map(|number| {
                let text = format!("{number} 192.0.2.7 scanned us.\r\n").repeat(77);
                let entity = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");
                let to = [team_public.as_bytes()];
                pgp_mime(&encrypt(&peer, entity.as_bytes(), &to, sign, now).unwrap())
            })
            .collect();
        per_second(time, |round| {
            let raw = mails.get(round % MESSAGES).unwrap();
            let reading = read(raw, &team, &correspondents, Timestamp::now());
            assert!(reading.openpgp.decrypted && reading.openpgp.signed == sign);
        })
    };
    let (sealed, signed) = (open(false), open(true));
    let writes = per_second(time, |_| {
        let entity = [b'x'; 1_000];
        sign_detached(&team, &entity, Timestamp::now()).unwrap();
    });
    (sealed, signed, writes)
}

fn per_second(time: Duration, mut work: impl FnMut(usize)) -> f64 {
    work(0);
    let (began, mut round) = (used(), 0);
    while used() - began < time {
        round += 1;
        work(round);
    }
    round as f64 / (used() - began).as_secs_f64()
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
fn by_gnupg(home: &std::path::Path, algorithm: &str) -> Vec<u8> {
    let address = format!("{algorithm}@team.example");
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

/// Private-key operations in a second (`sign/s`, `op/s`).
fn openssl_speed(algorithm: &str, seconds: u64) -> f64 {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", &seconds.to_string(), algorithm])
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let line = table.lines().last().unwrap();
    let mut words = line.split_whitespace().rev();
    // The table of RSA ends with the rate of public operations.
    let rate = words.nth(usize::from(algorithm.starts_with("rsa")));
    rate.unwrap().parse().unwrap()
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
