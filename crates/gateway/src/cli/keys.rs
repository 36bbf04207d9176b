//! `keys generate|import|list|export|check|rotate|extend|revoke`: storage keys and team keys are files, correspondents' certificates are sealed rows.

mod analysts;
mod certificates;
mod check;
mod rotate;
mod storage;
mod team;
mod trust;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use intake::openpgp::{self, CertInfo};
use jiff::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

use super::Finding;
use crate::config::Settings;
use crate::correspondents::{Binding, Book};
use crate::{keyfiles, screen};

/// What to do with keys.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make keys; existing ones are never overwritten
    #[command(subcommand)]
    Generate(Generate),
    /// Take a team key, or a correspondent's certificate
    #[command(
        after_help = "Examples:\n  pillarbox keys import --team team-secret.asc\n  pillarbox keys import partner.asc\n  \
        pillarbox keys import --authenticated partner.asc    (you compared the fingerprint with its owner)"
    )]
    Import {
        /// A team secret key, for openpgp.secret_dir
        #[arg(long, conflicts_with = "authenticated")]
        team: bool,
        /// You have checked that the certificate belongs to its user IDs
        #[arg(long)]
        authenticated: bool,
        /// Who imports
        #[arg(long, default_value_t = crate::audit::actor(), hide_default_value = true)]
        by: String,
        /// Armoured or binary; `-` is standard input
        file: PathBuf,
    },
    /// Whose a correspondent's certificate is
    #[command(flatten)]
    Trust(trust::Action),
    /// Change keys; what was sealed with the old ones still opens
    #[command(subcommand)]
    Rotate(Rotate),
    /// Wrap the keys of all months with the ring's newest root: finishes a rotation that was broken off, and writes the listener's
    /// public key again when it is lost
    Rewrap,
    /// Destroy a storage key that nothing is sealed with any more
    #[command(subcommand)]
    Destroy(storage::Destroy),
    /// After a compromise: seal everything anew, so that stolen keys open nothing that is in the database now
    #[command(
        after_help = "Examples:\n  pillarbox keys reseal --deep --all\n  pillarbox keys reseal --deep --month 2026-11\n  \
        pillarbox keys reseal --deep CSIRT#000123\nWhat was done stays done when it is broken off; start it again to go on."
    )]
    Reseal(super::reseal::Options),
    /// List storage keys, team keys and certificates
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Whom filed mail is sealed to, when the gateway can't read it
    #[command(subcommand)]
    Analysts(analysts::Action),
    /// Whether the team's keys can be used (unlocked, in force, for how long), and the keys of months are those that the database
    /// names; exit code 1 when something must be done
    Check {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Let a team key be valid for longer
    Extend {
        /// Fingerprint; the key that signs when absent
        fingerprint: Option<String>,
        /// Valid for so many days from now
        #[arg(long, default_value_t = 3 * 365)]
        days: u64,
    },
    /// Take a revocation certificate into the team key that it is for
    Revoke {
        /// The certificate, `FINGERPRINT.rev`; `-` is standard input
        file: PathBuf,
    },
    /// Write a public certificate to standard output: the team's, or the one with this fingerprint or address
    #[command(
        after_help = "Examples:\n  pillarbox keys export > team.asc\n  pillarbox keys export noc@example.net"
    )]
    Export {
        /// Fingerprint or address; the team's key that signs now when absent
        name: Option<String>,
    },
}

/// What to change.
#[derive(Subcommand)]
pub(super) enum Rotate {
    /// The root of storage keys: adds one to the ring, and wraps the keys of all months with it
    Storage,
    /// The key that the listener seals with
    Inbox,
    /// The OpenPGP key: the old one certifies the new one and goes on decrypting
    Team {
        /// Algorithms
        #[arg(long, value_enum, default_value = "curve25519")]
        algorithm: team::Algorithm,
        /// Valid for so many days
        #[arg(long, default_value_t = 3 * 365)]
        days: u64,
        /// Begins to sign in so many days, so that others have time to get it
        #[arg(long, default_value_t = 0, value_name = "DAYS")]
        begins_in: u64,
    },
}

/// What to make.
#[derive(Subcommand)]
pub(super) enum Generate {
    /// The storage ring and the inbox key
    Storage,
    /// For analyst-only storage: index keys of which the gateway keeps this month's only; the first is sealed to the analysts
    IndexRatchet,
    /// A key that signs what leaves (DKIM), and the DNS record that publishes it
    Dkim(super::dkim::Options),
    /// An OpenPGP key for the team
    Team {
        /// Algorithms
        #[arg(long, value_enum, default_value = "curve25519")]
        algorithm: team::Algorithm,
        /// Valid for so many days
        #[arg(long, default_value_t = 3 * 365)]
        days: u64,
        /// User ID; `Display name <address>` of the configuration by default
        #[arg(long)]
        user_id: Option<String>,
    },
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match action {
        Action::Generate(Generate::Storage) => storage::generate(settings, &mut out)?,
        Action::Generate(Generate::IndexRatchet) => analysts::generate(settings, &mut out)?,
        Action::Analysts(action) => analysts::run(action, settings, &mut out).await?,
        Action::Generate(Generate::Dkim(options)) => {
            super::dkim::generate(options, settings, &mut out)?;
        }
        Action::Generate(Generate::Team {
            algorithm,
            days,
            user_id,
        }) => {
            team::generate(settings, *algorithm, *days, user_id.as_deref(), &mut out)?;
        }
        Action::Import {
            team: true, file, ..
        } => team::import(settings, file, &mut out)?,
        Action::Import {
            authenticated,
            by,
            file,
            ..
        } => certificates::import(settings, file, *authenticated, by, &mut out).await?,
        Action::Trust(action) => trust::run(action, settings, &mut out).await?,
        Action::Check { json } => {
            let months = storage::check(settings, *json, &mut out).await;
            check::run(settings, *json, &mut out)?;
            months?;
        }
        Action::Rotate(Rotate::Team {
            algorithm,
            days,
            begins_in,
        }) => {
            let next = rotate::Next {
                algorithm: *algorithm,
                days: *days,
                begins: *begins_in,
            };
            rotate::team(settings, &next, &mut out)?;
        }
        Action::Extend { fingerprint, days } => {
            rotate::extend(settings, fingerprint.as_deref(), *days, &mut out)?;
        }
        Action::Revoke { file } => rotate::revoke(settings, file, &mut out)?,
        Action::Rotate(Rotate::Storage) => storage::rotate(settings, &mut out)?,
        Action::Rotate(Rotate::Inbox) => storage::rotate_inbox(settings, &mut out)?,
        Action::Rewrap => storage::rewrap(settings, &mut out)?,
        Action::Destroy(destroy) => storage::destroy(settings, destroy, &mut out).await?,
        Action::Reseal(options) => super::reseal::run(options, settings, &mut out).await?,
        Action::List { json } => list(settings, *json, &mut out).await?,
        Action::Export { name } => export(settings, name.as_deref(), &mut out).await?,
    }
    Ok(())
}

pub(super) fn rotate_storage(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    storage::rotate(settings, out)
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        *bytes = fs::read(file).with_context(|| format!("{}", file.display()))?;
    }
    Ok(bytes)
}

/// A certificate with where it was found.
struct Known {
    place: &'static str,
    bytes: Vec<u8>,
    info: CertInfo,
    authenticated: bool,
    /// Whose it is; empty for the team's own.
    bindings: Vec<Binding>,
}

fn team_secrets(settings: &Settings) -> anyhow::Result<Vec<(PathBuf, Zeroizing<Vec<u8>>)>> {
    let files = keyfiles::team_files(&settings.openpgp)?;
    let read = |path: PathBuf| Ok((path.clone(), Zeroizing::new(fs::read(&path)?)));
    files.into_iter().map(read).collect()
}

async fn known(settings: &Settings, with_rows: bool) -> anyhow::Result<Vec<Known>> {
    let mut known = Vec::new();
    let team = team_secrets(settings)?;
    for (path, secret) in &team {
        let now = Timestamp::now();
        let Some(mut info) = openpgp::describe(secret, now) else {
            bail!("{} is not an OpenPGP key", path.display());
        };
        if info.created > now {
            // Of a key that begins later nothing is in force yet, not even its end.
            info.expires = openpgp::describe(secret, info.created).and_then(|later| later.expires);
        }
        let others: Vec<&[u8]> = team.iter().map(|(_, secret)| secret.as_slice()).collect();
        let (_, public) =
            openpgp::export_team(secret, &others, Timestamp::now()).unwrap_or_default();
        known.push(Known {
            place: "team",
            bytes: public,
            info,
            authenticated: true,
            bindings: Vec::new(),
        });
    }
    known.sort_by_key(|team| std::cmp::Reverse(team.info.created));
    known.extend(analysts::known(settings)?);
    if with_rows {
        for held in Book::open(settings)?.all().await? {
            let Some(info) = openpgp::describe(&held.certificate, Timestamp::now()) else {
                continue;
            };
            known.push(Known {
                place: "correspondent",
                info,
                authenticated: held.is_authenticated(),
                bytes: held.certificate,
                bindings: held.bindings,
            });
        }
    }
    Ok(known)
}

async fn list(settings: &Settings, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let ring = keyfiles::ring(&settings.storage)?;
    let known = known(settings, true).await?;
    storage::list(&ring, as_json, out)?;
    if as_json {
        for one in &known {
            writeln!(out, "{}", one.json())?;
        }
        return Ok(());
    }
    let header = [
        "Whose",
        "Fingerprint",
        "User IDs",
        "Algorithms",
        "Expires",
        "Trust",
    ];
    let rows = known.iter().map(Known::row).collect();
    writeln!(out, "{}", screen::table(&header, rows))?;
    Ok(())
}

impl Known {
    fn json(&self) -> serde_json::Value {
        let info = &self.info;
        json!({
            "place": self.place,
            "fingerprint": info.fingerprint,
            "user_ids": info.user_ids,
            "created": info.created.to_string(),
            "expires": info.expires.map(|time| time.to_string()),
            "revoked": info.revoked,
            "algorithms": info.algorithms,
            "can_encrypt": info.can_encrypt,
            "can_sign": info.can_sign,
            "authenticated": self.authenticated,
            "trust": self.state(),
            "bindings": certificates::bindings_json(&self.bindings),
        })
    }

    fn row(&self) -> Vec<String> {
        let info = &self.info;
        let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        vec![
            self.place.to_owned(),
            info.fingerprint.clone(),
            screen::one_line(&info.user_ids.join(", "), 60),
            info.algorithms.join(", "),
            info.expires.map_or("never".to_owned(), day),
            screen::one_line(&self.state(), 200),
        ]
    }

    /// Whether it is the one to use for an address, in lower case. What a correspondent's certificate says of itself is
    /// anybody's word (T11): our bindings count.
    fn speaks_for(&self, address: &str) -> bool {
        if self.place == "correspondent" {
            let mut bindings = self.bindings.iter();
            return bindings
                .any(|one| one.state.holds() && one.address.eq_ignore_ascii_case(address));
        }
        let in_brackets = format!("<{address}>");
        self.info.user_ids.iter().any(|user_id| {
            let user_id = user_id.to_lowercase();
            user_id == address || user_id.ends_with(&in_brackets)
        })
    }

    fn state(&self) -> String {
        if self.place == "team" {
            let usable = self.info.can_sign || self.info.can_encrypt;
            let states = [
                (self.info.revoked, "REVOKED"),
                (self.info.created > Timestamp::now(), "ours, not valid yet"),
                (!usable, "not usable"),
            ];
            let wrong = states.into_iter().find(|(is, _)| *is);
            return wrong.map_or("ours", |(_, state)| state).to_owned();
        }
        if self.place == "analyst" {
            let usable = self.info.can_encrypt && !self.info.revoked;
            return if usable { "can read" } else { "not usable" }.to_owned();
        }
        certificates::trust(&self.info, &self.bindings)
    }
}

async fn export(
    settings: &Settings,
    name: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let known = known(settings, name.is_some()).await?;
    let wanted = match name {
        None => known.iter().find(|one| one.info.can_sign).or(known.first()),
        Some(name) => {
            let name = name.replace(' ', "").to_lowercase();
            let fingerprint = |one: &&Known| one.info.fingerprint.eq_ignore_ascii_case(&name);
            let mut of_address = known.iter().filter(|one| one.speaks_for(&name));
            let mut by_fingerprint = known.iter().filter(fingerprint);
            by_fingerprint
                .next()
                .or_else(|| of_address.clone().find(|one| one.info.can_sign))
                .or_else(|| of_address.next())
        }
    };
    let wanted = wanted.ok_or_else(|| {
        Finding(
            "no certificate with this fingerprint, and none that speaks for this address".into(),
        )
    })?;
    let armored = match wanted.place {
        "team" => {
            let team = team_secrets(settings)?;
            let team: Vec<&[u8]> = team.iter().map(|(_, secret)| secret.as_slice()).collect();
            openpgp::export_team(&wanted.bytes, &team, Timestamp::now()).map(|(text, _)| text)
        }
        _ => openpgp::export_public(&wanted.bytes),
    };
    let armored = armored.context("the certificate can't be written")?;
    out.write_all(armored.as_bytes())?;
    Ok(())
}
