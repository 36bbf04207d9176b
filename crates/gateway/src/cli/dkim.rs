//! `keys generate dkim`: a key that signs what leaves, and the TXT record that publishes its other half.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
use zeroize::Zeroizing;

use crate::config::Settings;
use crate::keyfiles;

/// Which key to make.
#[derive(Args)]
pub(super) struct Options {
    /// The selector under which it will be published, for example 2026a
    #[arg(long)]
    selector: String,
    /// The signing domain; that of team.address by default
    #[arg(long)]
    domain: Option<String>,
    /// Every verifier knows RSA; Ed25519 (RFC 8463) is for a second key beside it
    #[arg(long, value_enum, default_value = "rsa2048")]
    algorithm: Algorithm,
    /// Where to write the secret key; never overwritten
    file: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Algorithm {
    /// RSA with 2048 bits
    Rsa2048,
    /// Ed25519
    Ed25519,
}

pub(super) fn generate(
    options: &Options,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let team = settings.team.address.rsplit_once('@');
    let domain = match (&options.domain, team) {
        (Some(domain), _) => domain.as_str(),
        (None, Some((_, domain))) => domain,
        (None, None) => bail!("team.address has no domain: name one with --domain"),
    };
    let label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if options.selector.is_empty() || !options.selector.chars().all(label) {
        bail!("a selector is made of letters, digits, dashes and dots");
    }
    let key = match options.algorithm {
        Algorithm::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        Algorithm::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
    };
    let key = key.context("no key could be made")?;
    let pem = Zeroizing::new(key.serialize_pem());
    keyfiles::write_new(&options.file, pem.as_bytes(), 0o600)?;
    let record = record(&key, options.algorithm);
    writeln!(out, "made {}", options.file.display())?;
    writeln!(out, "\nPublish:\n")?;
    writeln!(
        out,
        "{}._domainkey.{domain}. IN TXT {}",
        options.selector,
        strings(&record)
    )?;
    writeln!(
        out,
        "\nThen, when every name server has it, sign with it:\n\n[[dkim]]\nselector = {:?}\ndomain = {domain:?}\nkey_file = {:?}",
        options.selector,
        absolute(&options.file)
    )?;
    Ok(())
}

/// RFC 6376 section 3.6.1; RFC 8463 section 4 wants the bare key of Ed25519, without its algorithm.
fn record(key: &KeyPair, algorithm: Algorithm) -> String {
    use base64::Engine;
    let encode = |octets: &[u8]| base64::engine::general_purpose::STANDARD.encode(octets);
    match algorithm {
        Algorithm::Rsa2048 => {
            let public: String = key
                .public_key_pem()
                .lines()
                .filter(|line| !line.starts_with('-'))
                .collect();
            format!("v=DKIM1; k=rsa; p={public}")
        }
        Algorithm::Ed25519 => {
            format!("v=DKIM1; k=ed25519; p={}", encode(key.public_key_raw()))
        }
    }
}

/// A character string of the DNS holds 255 octets (RFC 1035 section 3.3).
fn strings(record: &str) -> String {
    let characters: Vec<char> = record.chars().collect();
    let pieces = characters.chunks(250);
    let quoted: Vec<String> = pieces
        .map(|piece| format!("\"{}\"", piece.iter().collect::<String>()))
        .collect();
    quoted.join(" ")
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
