//! OpenPGP mail that other people wrote: every layer, verdict and decryption as labelled, or different for a reason that is true of
//! all mail. Left out, with a word, where the folder of corpora does not lie beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use intake::openpgp::{Correspondent, Keys, Verdict};
use intake::reading::{Reading, read};
use sequoia_openpgp::cert::CertParser;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;

use crate::made::{encrypted_layers, signed_layers};

type Row = BTreeMap<String, String>;

#[test]
fn openpgp_mail_of_other_people() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let manifest = corpus.join("manifest-b.tsv");
    if !manifest.is_file() {
        println!("left out: there is no folder of corpora beside the repository");
        return;
    }
    let rows = rows(&manifest);
    assert_eq!(rows.len(), 94);
    let (mut opened, mut judged) = (BTreeMap::new(), BTreeMap::new());
    let mut wrong = Vec::new();
    for row in &rows {
        let reading = read_row(&corpus, row);
        for (label, table, found) in [
            (&row["decrypt_result"], &mut opened, opens_as(row, &reading)),
            (&row["sig_result"], &mut judged, signs_as(row, &reading)),
        ] {
            let word = found.unwrap_or_else(|| {
                wrong.push(format!(
                    "{}: {label}, but {:?}",
                    row["path"], reading.openpgp
                ));
                "WRONG"
            });
            *table.entry((label.clone(), word)).or_insert(0) += 1;
        }
    }
    for (what, table) in [("decryption", &opened), ("signatures", &judged)] {
        for ((label, word), count) in table {
            println!("{what}: labelled {label:<20} {word:<60} {count}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let as_labelled: u32 = opened
        .iter()
        .filter(|((_, word), _)| *word == "as labelled")
        .map(|(_, count)| count)
        .sum();
    assert!(as_labelled >= 86, "{opened:?}");
}

/// `None` when it is plainly wrong.
fn opens_as(row: &Row, reading: &Reading) -> Option<&'static str> {
    let openpgp = &reading.openpgp;
    let errors: Vec<_> = encrypted_layers(reading)
        .iter()
        .filter_map(|layer| layer.error.as_deref())
        .collect();
    match row["decrypt_result"].as_str() {
        "-" if !openpgp.decrypted => Some("as labelled"),
        label if label.starts_with("decrypts") => match openpgp {
            _ if openpgp.decrypted => Some("as labelled"),
            _ if !openpgp.errant.is_empty() => Some("errant: named, not opened (T01)"),
            // ElGamal, which no backend that is safe to use has.
            _ if errors == ["unsupported"] => Some("algorithm not supported"),
            _ => None,
        },
        "dec-fail" | "no-secret-key" if !openpgp.decrypted && openpgp.encrypted => {
            Some("as labelled")
        }
        "dec-fail" if !openpgp.decrypted && !openpgp.errant.is_empty() => {
            Some("errant: named, not opened (T01)")
        }
        _ => None,
    }
}

/// `None` when it is plainly wrong.
fn signs_as(row: &Row, reading: &Reading) -> Option<&'static str> {
    let layers = signed_layers(reading);
    let has = |wanted: &[Verdict]| layers.iter().any(|layer| wanted.contains(&layer.verdict));
    let good = has(&[Verdict::Good, Verdict::GoodUnknownKey]);
    let weak = layers
        .iter()
        .any(|layer| layer.error.as_deref() == Some("weak"));
    let errant = !reading.openpgp.errant.is_empty();
    match row["sig_result"].as_str() {
        "good" if good => Some("as labelled"),
        "good" if weak && !good => Some("SHA-1 or older proves nothing (T13)"),
        "good" if errant && !good => Some("errant: named, not opened (T01)"),
        "BAD" if has(&[Verdict::Bad]) && !good => Some("as labelled"),
        "no-pubkey" if has(&[Verdict::MissingKey]) => Some("as labelled"),
        "no-pubkey" if good && !reading.certificates.is_empty() => Some("its key came along"),
        // Not even a message of RFC 3156: a signature in the place of the ciphertext.
        "no-pubkey" if !good && reading.openpgp.error.as_deref() == Some("malformed") => {
            Some("malformed")
        }
        "expired-key" if has(&[Verdict::ExpiredKey]) => Some("as labelled"),
        "-" if !good => Some("as labelled"),
        // The label is of the outermost layer, or of a program that can't read this encryption.
        "-" if reading.openpgp.decrypted => Some("a signature further inside"),
        _ => None,
    }
}

fn read_row(corpus: &Path, row: &Row) -> Reading {
    let raw = std::fs::read(corpus.join(&row["path"])).unwrap();
    let keys = keys(corpus, &row["secret_key_file"], &row["passphrase"]);
    let certs = certificates(corpus, &row["path"]);
    let correspondents: Vec<Correspondent<'_>> = certs
        .iter()
        .map(|cert| Correspondent {
            cert,
            authenticated: true,
            bound: intake::openpgp::Bound::UserIds,
        })
        .collect();
    // One day, so that what expires later does not change the outcome.
    let day = "2026-06-01T12:00:00Z".parse().unwrap();
    read(&raw, &keys, &correspondents, day)
}

/// The keys of a row; a passphrase in words is no passphrase.
fn keys(corpus: &Path, files: &str, passphrase: &str) -> Keys {
    let mut keys = Keys::new();
    let passphrase = passphrase.split_whitespace().next();
    for file in files.split(';').filter(|file| !matches!(*file, "-" | "")) {
        for key in ring(&std::fs::read(corpus.join(file)).unwrap()) {
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

/// Every key file of the message's own source, what its authors had in their key ring, without the revoked copies.
fn certificates(corpus: &Path, path: &str) -> Vec<Vec<u8>> {
    let source = path.split('/').next().unwrap();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![corpus.join(source)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let key = [".asc", ".pgp", ".sec", ".pub", ".gpg"]
                .iter()
                .any(|end| name.ends_with(end));
            if path.is_dir() {
                folders.push(path);
            } else if key && !name.contains("revoked") {
                found.extend(ring(&std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn rows(manifest: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(manifest).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let head: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|cells| head.iter().cloned().zip(cells).collect())
        .collect()
}
