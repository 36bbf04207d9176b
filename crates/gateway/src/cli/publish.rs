//! `publish DIR`: the files of a web server by which others get the team's key (C7).
//!
//! A Web Key Directory in both layouts (draft-koch-openpgp-webkey-service section 3.1), so that one tree serves
//! `https://DOMAIN/` and `https://openpgpkey.DOMAIN/`; and the key with its fingerprint as a page, a text and a file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use intake::openpgp::{self, CertInfo};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Finding;
use crate::config::Settings;
use crate::keyfiles;

/// Where to write.
#[derive(Args)]
pub(super) struct Options {
    /// The root folder of a web site; files of an earlier run are replaced
    folder: PathBuf,
}

/// The team's certificate that others should use.
struct Published {
    armored: String,
    binary: Vec<u8>,
    info: CertInfo,
}

pub(super) fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let key = current(settings)?;
    let folder = &options.folder;
    let addresses = addresses(&key.info, &settings.team.address);
    if addresses.is_empty() {
        bail!(
            "the key carries no mail address of {}: make one with `pillarbox keys rotate team`",
            settings.team.address
        );
    }
    for address in &addresses {
        for file in directory(folder, address, &key)? {
            writeln!(out, "wrote {}", file.display())?;
        }
    }
    let name = settings.team.display_name.as_str();
    let fingerprint = grouped(&key.info.fingerprint);
    let until = key.info.usable_until.map_or_else(
        || "no end".to_owned(),
        |end| end.strftime("%Y-%m-%d").to_string(),
    );
    let text = format!(
        "OpenPGP key of {name} <{}>\n\nFingerprint  {fingerprint}\nAlgorithms   {}\nValid until  {until}\n\n{}",
        settings.team.address,
        key.info.algorithms.join(", "),
        key.armored
    );
    let page = page(settings, &key, &fingerprint, &until);
    for (file, content) in [
        ("openpgp-key.asc", key.armored.as_bytes()),
        ("openpgp-key.txt", text.as_bytes()),
        ("openpgp-key.html", page.as_bytes()),
    ] {
        let file = folder.join(file);
        replace(&file, content)?;
        writeln!(out, "wrote {}", file.display())?;
    }
    writeln!(
        out,
        "\nServe {} as https://DOMAIN/ or https://openpgpkey.DOMAIN/ with `Access-Control-Allow-Origin: *`;\n\
         check with `gpg --locate-external-keys {}`.",
        folder.display(),
        settings.team.address
    )?;
    Ok(())
}

/// The key that signs now, without secrets, certified by the others.
fn current(settings: &Settings) -> anyhow::Result<Published> {
    let now = Timestamp::now();
    let mut team = Vec::new();
    for path in keyfiles::team_files(&settings.openpgp)? {
        let secret = Zeroizing::new(fs::read(&path)?);
        let info = openpgp::describe(&secret, now)
            .with_context(|| format!("{} is not an OpenPGP key", path.display()))?;
        team.push((info, secret));
    }
    team.sort_by_key(|(info, _)| std::cmp::Reverse(info.created));
    let secrets: Vec<&[u8]> = team.iter().map(|(_, secret)| secret.as_slice()).collect();
    let (info, secret) = team
        .iter()
        .find(|(info, _)| info.can_sign && info.can_encrypt)
        .ok_or_else(|| {
            Finding("no team key can be used now: `pillarbox keys check` says why".into())
        })?;
    let (armored, binary) =
        openpgp::export_team(secret, &secrets, now).context("the certificate can't be written")?;
    Ok(Published {
        armored,
        binary,
        info: info.clone(),
    })
}

/// The addresses of the key's user IDs in the domain of the team, lower case.
fn addresses(info: &CertInfo, team: &str) -> Vec<String> {
    let domain = crate::settings::domain_of(team).to_lowercase();
    let mut addresses: Vec<String> = info
        .user_ids
        .iter()
        .map(|user_id| {
            let bare = user_id
                .rsplit_once('<')
                .map_or(user_id.as_str(), |(_, rest)| rest);
            bare.trim_end_matches('>').trim().to_lowercase()
        })
        .filter(|address| crate::settings::domain_of(address) == domain && address.contains('@'))
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// The Web Key Directory of one address.
fn directory(folder: &Path, address: &str, key: &Published) -> anyhow::Result<Vec<PathBuf>> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Ok(Vec::new());
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if domain.is_empty() || domain.starts_with('.') || !domain.chars().all(plain) {
        bail!("{domain:?} can't be the name of a folder");
    }
    let root = folder.join(".well-known").join("openpgpkey");
    let mut written = Vec::new();
    // Direct, then advanced.
    for base in [root.clone(), root.join(domain)] {
        let keys = base.join("hu");
        fs::create_dir_all(&keys).with_context(|| format!("{}", keys.display()))?;
        let file = keys.join(openpgp::wkd_name(local));
        replace(&file, &key.binary)?;
        // It has to be there, and may be empty.
        replace(&base.join("policy"), b"")?;
        written.push(file);
    }
    Ok(written)
}

fn page(settings: &Settings, key: &Published, fingerprint: &str, until: &str) -> String {
    let team = &settings.team;
    let (name, address) = (escaped(&team.display_name), escaped(&team.address));
    let language = match team.languages.first().map(String::as_str) {
        Some("fr") => "fr",
        Some(_) | None => "en",
    };
    let (title, intro, valid, link) = match language {
        "fr" => (
            format!("Clé OpenPGP de {name}"),
            "Merci de chiffrer les détails confidentiels pour cette clé, après avoir comparé l'empreinte.",
            "Valable jusqu'au",
            "Télécharger la clé",
        ),
        _ => (
            format!("OpenPGP key of {name}"),
            "Please encrypt confidential details to this key, after comparing the fingerprint.",
            "Valid until",
            "Download the key",
        ),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p>{intro}</p>\n<p>&lt;{address}&gt;</p>\n<p><code>{fingerprint}</code></p>\n\
         <p>{valid} {until}</p>\n<p><a href=\"openpgp-key.asc\">{link}</a></p>\n<pre>{}</pre>\n</html>\n",
        escaped(&key.armored)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// In groups of four, as people compare it.
fn grouped(fingerprint: &str) -> String {
    let letters: Vec<char> = fingerprint.chars().collect();
    let groups = letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

/// Makes or replaces a file that everybody may read at one stroke, so that a crash leaves the old one or the new one.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a file needs a folder")?;
    let place = || format!("{} can't be replaced", path.display());
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(place)?;
    file.write_all(bytes).with_context(place)?;
    file.as_file().sync_all().with_context(place)?;
    file.persist(path).with_context(place)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
