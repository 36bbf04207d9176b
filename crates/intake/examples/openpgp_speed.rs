//! Prints how many signed and encrypted messages of 2 kB are read, and sealed, each second on one core.
#![expect(clippy::print_stdout, reason = "an example that prints a table")]

use std::error::Error;
use std::time::{Duration, Instant};

use intake::openpgp::{Bound, Correspondent, Keys, Profile, encrypt, generate_team_key};
use intake::reading::read;

fn main() -> Result<(), Box<dyn Error>> {
    for profile in [Profile::Curve25519, Profile::Rsa4096] {
        let now = jiff::Timestamp::now();
        let team = generate_team_key("CSIRT <csirt@team.example>", profile, None, now)?;
        let peer = generate_team_key("NOC <noc@peer.example>", profile, None, now)?;
        let (mut keys, mut peers) = (Keys::new(), Keys::new());
        keys.add_team_secret(team.secret.as_bytes(), None)?;
        peers.add_team_secret(peer.secret.as_bytes(), None)?;
        let entity = format!(
            "Content-Type: text/plain\r\n\r\n{}",
            "Scan from 192.0.2.7.\r\n".repeat(93)
        );
        let seal = || {
            encrypt(
                &peers,
                entity.as_bytes(),
                &[team.public.as_bytes()],
                true,
                now,
            )
        };
        let raw = format!(
            "From: noc@peer.example\r\nContent-Type: multipart/encrypted; \
             protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n\
             Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n\
             Content-Type: application/octet-stream\r\n\r\n{}\r\n--b--\r\n",
            seal()?
        );
        let correspondents = [Correspondent {
            cert: peer.public.as_bytes(),
            authenticated: true,
            bound: Bound::UserIds,
        }];
        let opened = rate(|| read(raw.as_bytes(), &keys, &correspondents, now));
        let sealed = rate(seal);
        println!("{profile:?}: {opened:.0} read, {sealed:.0} sealed a second");
    }
    Ok(())
}

fn rate<T>(work: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    let mut done = 0_u32;
    while start.elapsed() < Duration::from_secs(3) {
        std::hint::black_box(work());
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}
