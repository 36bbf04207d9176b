//! `keys check`: whether the team's keys can be used, and for how long.

use std::io::Write;
use std::path::{Path, PathBuf};

use intake::openpgp::{self, CertInfo, Unlocked};
use jiff::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::Finding;
use crate::config::Settings;
use crate::keyfiles;
use crate::reader::Secrets;

/// An end that is nearer is told by `keys check` and by the daemon; it is a finding only when nothing follows.
const SOON: i64 = 60;
const URGENT: i64 = 7;
const DAY: i64 = 86_400;

/// A key file and what was found.
struct Checked {
    path: PathBuf,
    info: Option<CertInfo>,
    unlocked: Option<Unlocked>,
    /// What is wrong with the file itself.
    fault: Option<String>,
}

pub(super) fn run(settings: &Settings, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let folder = settings.openpgp.secret_dir.as_path();
    crate::config::needed(folder, "openpgp.secret_dir")?;
    let files = if folder.exists() {
        crate::reader::secret_files(&[folder.to_path_buf()])?
    } else {
        Vec::new()
    };
    let passphrase = keyfiles::passphrase(&settings.openpgp)?;
    let secrets = Secrets {
        passphrase: passphrase.as_ref().map(|text| text.as_slice()),
        gnupg_home: settings.openpgp.gnupg_home.as_deref(),
    };
    let mut keys: Vec<Checked> = files
        .iter()
        .map(|path| check(path, &secrets, now))
        .collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.info.as_ref().map(|info| info.created)));
    let current = keys.iter().position(Checked::signs);
    for (place, key) in keys.iter().enumerate() {
        let part = part(place, current, key, now);
        if as_json {
            writeln!(out, "{}", key.json(part, now))?;
        } else {
            write!(out, "{}", key.text(part, now))?;
        }
    }
    verdict(folder, &keys, current, now)
}

fn check(path: &Path, secrets: &Secrets<'_>, now: Timestamp) -> Checked {
    let mut fault = keyfiles::private(path, "openpgp.secret_dir")
        .err()
        .map(|error| format!("{error:#}"));
    let bytes = match std::fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) => {
            fault = Some(format!("can't be read: {error}"));
            Zeroizing::default()
        }
    };
    let unlocked = match secrets.unlock(&bytes) {
        Ok(unlocked) => Some(unlocked),
        Err(error) => {
            fault = fault.or(Some(format!("{error:#}")));
            None
        }
    };
    Checked {
        path: path.to_path_buf(),
        info: openpgp::describe(&bytes, now),
        unlocked,
        fault,
    }
}

/// What a key is for now.
fn part(place: usize, current: Option<usize>, key: &Checked, now: Timestamp) -> &'static str {
    let later = key.info.as_ref().is_some_and(|info| info.created > now);
    match current {
        Some(current) if current == place => "current",
        Some(_) | None if later => "next",
        Some(_) | None => "old",
    }
}

/// The exit code: 1 when mail can't be read or answered, now or within a week.
fn verdict(
    folder: &Path,
    keys: &[Checked],
    current: Option<usize>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut findings: Vec<String> = keys
        .iter()
        .filter_map(|key| {
            let fault = key.fault.as_ref()?;
            Some(format!("{}: {fault}", key.path.display()))
        })
        .collect();
    let locked = keys.iter().filter(|key| key.is_locked());
    findings.extend(locked.map(|key| {
        format!(
            "{}: the passphrase does not unlock all of it",
            key.path.display()
        )
    }));
    match current.and_then(|current| keys.get(current)) {
        None => findings.push(format!(
            "no key in {} can sign and be encrypted to now: `pillarbox keys generate team` or `pillarbox keys rotate team` makes one",
            folder.display()
        )),
        Some(key) if key.days(now).is_some_and(|days| days <= URGENT) => {
            findings.push("the current key expires within a week".to_owned());
        }
        Some(_) => {}
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Finding(findings.join("\n")).into())
    }
}

impl Checked {
    fn signs(&self) -> bool {
        self.fault.is_none()
            && self
                .info
                .as_ref()
                .is_some_and(|info| info.can_sign && info.can_encrypt)
    }

    fn is_locked(&self) -> bool {
        self.unlocked
            .is_some_and(|unlocked| unlocked.usable < unlocked.all)
    }

    /// Days until it can't be used; `None`: for ever, or not now.
    fn days(&self, now: Timestamp) -> Option<i64> {
        let until = self.info.as_ref()?.usable_until?;
        Some(until.as_second().saturating_sub(now.as_second()) / DAY)
    }

    fn state(&self, now: Timestamp) -> &'static str {
        let Some(info) = &self.info else {
            return "unreadable";
        };
        if info.revoked {
            "revoked"
        } else if info.expires.is_some_and(|end| end <= now) {
            "expired: it still decrypts, and signs no more"
        } else if info.created > now {
            "not valid yet"
        } else if info.can_sign && info.can_encrypt {
            "good"
        } else if info.can_sign || info.can_encrypt {
            "good for one use only"
        } else {
            "too weak, or expired in all its parts"
        }
    }

    fn text(&self, part: &str, now: Timestamp) -> String {
        let (fingerprint, algorithms) = self.info.as_ref().map_or_else(Default::default, |info| {
            (info.fingerprint.clone(), info.algorithms.join(", "))
        });
        let mut text = format!("{part:<8} {fingerprint}  {}", self.state(now));
        if let Some(days) = self.days(now) {
            let span = match days {
                ..0 => format!(", {} days ago", days.saturating_neg()),
                0.. => format!(", {days} days left"),
            };
            text.push_str(&span);
            if days <= SOON {
                text.push_str(" (`keys extend` or `keys rotate team`)");
            }
        }
        if let Some(unlocked) = self.unlocked {
            text.push_str(&format!(
                "\n         {algorithms}; {} of {} secret parts open",
                unlocked.usable, unlocked.all
            ));
        }
        text.push_str(&format!("\n         {}\n", self.path.display()));
        text
    }

    fn json(&self, part: &str, now: Timestamp) -> serde_json::Value {
        let info = self.info.as_ref();
        json!({
            "part": part,
            "file": self.path,
            "fault": self.fault,
            "state": self.state(now),
            "fingerprint": info.map(|info| &info.fingerprint),
            "algorithms": info.map(|info| &info.algorithms),
            "expires": info.and_then(|info| info.expires).map(|end| end.to_string()),
            "days_left": self.days(now),
            "can_sign": info.is_some_and(|info| info.can_sign),
            "can_encrypt": info.is_some_and(|info| info.can_encrypt),
            "revoked": info.is_some_and(|info| info.revoked),
            "secret_parts": self.unlocked.map(|unlocked| unlocked.all),
            "unlocked_parts": self.unlocked.map(|unlocked| unlocked.usable),
        })
    }
}
