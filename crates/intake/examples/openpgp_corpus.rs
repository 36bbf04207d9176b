//! Reads the OpenPGP mail of a corpus and prints where the reading differs from the label.
//!
//! `openpgp_corpus DIR` expects `DIR/manifest-b.tsv`; `openpgp_corpus DIR FILE.tsv…` reads the files of other manifests
//! and prints how long the slowest took.
#![expect(clippy::print_stdout, reason = "an example that prints a table")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use intake::openpgp::{Bound, Correspondent, Keys, Layer, OpenPgp, Verdict};
use intake::reading::{Reading, read};
use sequoia_openpgp::cert::CertParser;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((corpus, [])) => labelled(Path::new(corpus)),
        Some((corpus, manifests)) => others(Path::new(corpus), manifests),
        None => println!("usage: openpgp_corpus DIR [MANIFEST…]"),
    }
}

fn labelled(corpus: &Path) {
    let rows = rows(&corpus.join("manifest-b.tsv"));
    let (mut opened, mut judged, mut slowest) = ((0, 0), (0, 0), Duration::ZERO);
    for row in &rows {
        let column = |name: &str| row.get(name).map_or("", String::as_str);
        let keys = keys(corpus, column("secret_key_file"), column("passphrase"));
        let certs = certificates(corpus, column("path"));
        let raw = std::fs::read(corpus.join(column("path"))).unwrap_or_default();
        let start = Instant::now();
        let reading = reading(&raw, &keys, &certs);
        slowest = slowest.max(start.elapsed());
        let (decryption, signature) = (column("decrypt_result"), column("sig_result"));
        let opens = opens_as(decryption, &reading.openpgp);
        let signs = signs_as(signature, &reading.openpgp);
        count(&mut opened, opens);
        count(&mut judged, signs);
        let mark = if opens && signs { "   " } else { "!! " };
        let name = column("path").rsplit('/').next().unwrap_or_default();
        println!(
            "{mark}{name}\t{decryption}\t{signature}\t{}",
            summary(&reading)
        );
    }
    println!("decryption as labelled: {} of {}", opened.0, opened.1);
    println!(
        "signatures as labelled: {} of {}; slowest {slowest:?}",
        judged.0, judged.1
    );
}

fn others(corpus: &Path, manifests: &[String]) {
    let keys = Keys::new();
    for manifest in manifests {
        let rows = rows(&corpus.join(manifest));
        let (mut slowest, mut total) = ((Duration::ZERO, String::new()), Duration::ZERO);
        for row in &rows {
            let path = row.get("path").cloned().unwrap_or_default();
            let raw = std::fs::read(corpus.join(&path)).unwrap_or_default();
            let start = Instant::now();
            let reading = reading(&raw, &keys, &[]);
            let took = start.elapsed();
            total += took;
            if took > slowest.0 {
                slowest = (took, path);
            }
            std::hint::black_box(reading);
        }
        println!(
            "{manifest}: {} files, {total:?}, slowest {:?} {}",
            rows.len(),
            slowest.0,
            slowest.1
        );
    }
}

fn reading(raw: &[u8], keys: &Keys, certs: &[Vec<u8>]) -> Reading {
    let correspondents: Vec<Correspondent<'_>> = certs
        .iter()
        .map(|cert| Correspondent {
            cert,
            authenticated: true,
            bound: Bound::UserIds,
        })
        .collect();
    read(raw, keys, &correspondents, jiff::Timestamp::now())
}

fn opens_as(label: &str, openpgp: &OpenPgp) -> bool {
    match label {
        "-" => !openpgp.decrypted,
        label if label.starts_with("decrypts") => openpgp.decrypted,
        _ => openpgp.encrypted && !openpgp.decrypted,
    }
}

fn signs_as(label: &str, openpgp: &OpenPgp) -> bool {
    let has = |wanted: &[Verdict]| {
        openpgp
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Signed(signed) if wanted.contains(&signed.verdict)))
    };
    match label {
        "good" => has(&[Verdict::Good, Verdict::GoodUnknownKey]),
        "BAD" => has(&[Verdict::Bad]),
        "no-pubkey" => has(&[Verdict::MissingKey]),
        "expired-key" => has(&[Verdict::ExpiredKey]),
        _ => !has(&[Verdict::Good, Verdict::GoodUnknownKey, Verdict::ExpiredKey]),
    }
}

fn summary(reading: &Reading) -> String {
    let layers: Vec<String> = reading
        .openpgp
        .layers
        .iter()
        .map(|layer| match layer {
            Layer::Encrypted(layer) => format!(
                "enc({:?},{},{})",
                layer.form,
                layer.integrity.as_deref().unwrap_or("-"),
                layer.error.as_deref().unwrap_or("ok")
            ),
            Layer::Signed(layer) => format!(
                "sig({:?},{:?},{:?},from={},{})",
                layer.form,
                layer.verdict,
                layer.covers,
                layer.from_matches,
                layer.error.as_deref().unwrap_or("-")
            ),
        })
        .collect();
    let signed = reading.parts.iter().filter(|part| part.signed).count();
    format!(
        "{}\tparts={}/{signed} subject={:?} protected={}",
        layers.join(" "),
        reading.parts.len(),
        reading.subject,
        reading.openpgp.protected_subject
    )
}

fn count(tally: &mut (u32, u32), right: bool) {
    tally.0 += u32::from(right);
    tally.1 += 1;
}

/// The keys of a row; a passphrase in words is no passphrase.
fn keys(corpus: &Path, files: &str, passphrase: &str) -> Keys {
    let mut keys = Keys::new();
    let passphrase = passphrase
        .split_whitespace()
        .next()
        .filter(|word| !word.is_empty());
    for file in files
        .split(';')
        .filter(|file| *file != "-" && !file.is_empty())
    {
        let octets = std::fs::read(corpus.join(file)).unwrap_or_default();
        for key in ring(&octets) {
            let _ = keys
                .add_team_secret(&key, None)
                .or_else(|_| keys.add_team_secret(&key, passphrase.map(str::as_bytes)));
        }
    }
    keys
}

/// The keys of a key ring, one by one.
fn ring(octets: &[u8]) -> Vec<Vec<u8>> {
    CertParser::from_bytes(octets)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|cert| cert.as_tsk().to_vec().ok())
        .collect()
}

/// Every key file of the message's own source: what its authors had in their key ring.
fn certificates(corpus: &Path, path: &str) -> Vec<Vec<u8>> {
    let source = path.split('/').next().unwrap_or_default();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![corpus.join(source)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_key(&path) {
                found.extend(ring(&std::fs::read(&path).unwrap_or_default()));
            }
        }
    }
    found.sort();
    found
}

fn is_key(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    !name.contains("revoked")
        && [".asc", ".pgp", ".sec", ".pub", ".gpg"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn rows(manifest: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines
        .map(|line| {
            let cells = line.split('\t').map(str::to_owned);
            head.iter()
                .map(|name| (*name).to_owned())
                .zip(cells)
                .collect()
        })
        .collect()
}
