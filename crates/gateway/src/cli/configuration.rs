//! `config check|show|rules|templates|init|openapi`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use intake::triage::{Decides, DispositionKind};
use serde_json::json;

use super::Finding;
use crate::config::{self, EXAMPLE, ReadableBy, Settings, Storage};
use crate::{keyfiles, screen, settings, templates};

/// What to do with the configuration.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Check the file, conf.d and the environment; also that key files can be read
    #[command(after_help = "Exit code 78 and file:line when something is wrong.")]
    Check,
    /// Print the configuration that is in force
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the rules of triage in the order in which they are asked, and which are switched off
    #[command(
        after_help = "A rule that is wrong for you is named in [triage] disabled_rules.\nExample:\n  pillarbox config rules | grep dsn"
    )]
    Rules {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Write the built-in texts of answers into a folder, to start your own from
    #[command(
        after_help = "Name the folder in [acknowledge] templates_dir; delete what you don't change. `pillarbox config check` renders each text \
        with samples of every case.\nExample:\n  pillarbox config templates /etc/pillarbox/templates"
    )]
    Templates {
        /// The folder; made when it is not there. No file is written over.
        folder: PathBuf,
    },
    /// Print an example that documents every key
    #[command(after_help = "Example:\n  pillarbox config init > /etc/pillarbox/pillarbox.toml")]
    Init,
    /// Print the OpenAPI 3.1 document of the API, to make a client from
    Openapi,
}

pub(super) fn run(action: &Action, path: &Path) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match action {
        Action::Init => write!(out, "{EXAMPLE}")?,
        Action::Openapi => {
            let document = crate::api::document();
            writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
        }
        Action::Templates { folder } => templates::write(folder)?,
        Action::Rules { json } => rules(&mut out, &config::load(path)?, *json)?,
        Action::Check => {
            let settings = config::load(path)?;
            let warnings = check(&settings)?;
            for warning in &warnings {
                writeln!(out, "warning: {warning}")?;
            }
            if !warnings.is_empty() {
                let text = format!("{}: {} warnings", path.display(), warnings.len());
                return Err(Finding(text).into());
            }
            writeln!(out, "{}: fine", path.display())?;
        }
        Action::Show { origin, json } => {
            let settings = config::load(path)?;
            let mut value = serde_json::to_value(&settings)?;
            mask(&mut value);
            if *json {
                writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
            } else {
                show(&mut out, &value, path, *origin)?;
            }
        }
    }
    Ok(())
}

/// The table of triage. Rules that decide what a message is come first; those that hold the answer are asked besides.
fn rules(out: &mut impl Write, settings: &Settings, json: bool) -> anyhow::Result<()> {
    let policy = settings::policy(settings, String::new()).map_err(anyhow::Error::msg)?;
    let mut lines = Vec::new();
    for rule in intake::triage::rules() {
        let kind = match rule.decides {
            Decides::Kind(kind) | Decides::Guess(kind) => Some(kind),
            Decides::Hold => None,
        };
        let answer = if kind.is_some_and(DispositionKind::is_answerable) {
            "as the other rules say"
        } else {
            "never"
        };
        let on = !policy.triage.disabled_rules.contains(rule.name);
        if json {
            let line = json!({"rule": rule.name, "kind": kind, "answer": answer, "reads": rule.reads, "source": rule.source, "on": on,
                "opens_ticket": rule.may_open_ticket()});
            writeln!(out, "{line}")?;
        }
        lines.push(vec![
            if on {
                rule.name.to_owned()
            } else {
                format!("{} (off)", rule.name)
            },
            match rule.decides {
                Decides::Kind(kind) => kind.as_str().to_owned(),
                Decides::Guess(kind) => format!("{}, as a ticket", kind.as_str()),
                Decides::Hold => "-".to_owned(),
            },
            answer.to_owned(),
            rule.reads.to_owned(),
            rule.source.to_owned(),
        ]);
    }
    if !json {
        let head = ["Rule", "Is", "Answer", "Reads", "Source"];
        writeln!(out, "{}", screen::table(&head, lines))?;
    }
    Ok(())
}

/// What the file says is right in itself; are the things that it names there? Missing ones are warnings.
fn check(settings: &Settings) -> Result<Vec<String>, config::ConfigFault> {
    let invalid = |message: String| config::ConfigFault::Invalid {
        place: "configuration".into(),
        message,
    };
    settings::policy(settings, String::new()).map_err(invalid)?;
    let (texts, mut faults) = templates::load(settings.acknowledge.templates_dir.as_deref());
    faults.extend(templates::canned(&settings.team).1);
    if !faults.is_empty() {
        return Err(invalid(faults.join("\n")));
    }
    settings::letterhead(settings, texts, None, true).map_err(invalid)?;
    if settings.storage.readable_by == ReadableBy::Analysts {
        let analysts = keyfiles::analysts(&settings.storage);
        let analysts = analysts.map_err(|error| invalid(format!("{error:#}")))?;
        if let Some(file) = analysts.unusable().next() {
            let folder = settings.storage.analysts_dir.display();
            return Err(invalid(format!(
                "storage.analysts_dir: {folder}/{file} holds no certificate that can be encrypted to now (expired, revoked, or \
                without an encryption key): put a current one there or take it away"
            )));
        }
    }
    let mut warnings = Vec::new();
    warnings.extend(no_ratchet(&settings.storage));
    warnings.extend(
        keyfiles::ring(&settings.storage)
            .err()
            .map(|error| format!("{error:#}")),
    );
    warnings.extend(
        keyfiles::inbox_key(&settings.storage)
            .err()
            .map(|error| format!("{error:#}")),
    );
    match keyfiles::team_files(&settings.openpgp) {
        Ok(files) if files.is_empty() => {
            warnings.push(format!(
                "no team key in openpgp.secret_dir {}",
                settings.openpgp.secret_dir.display()
            ));
        }
        Ok(_) => {}
        Err(error) => warnings.push(format!("{error:#}")),
    }
    if settings.listener.is_empty() {
        warnings.push("there is no [[listener]]: no mail comes in".into());
    }
    Ok(warnings)
}

/// What is missing when analysts alone may read what was filed.
fn no_ratchet(storage: &Storage) -> Option<String> {
    let (current, _) = keyfiles::index_ratchet(storage);
    (storage.readable_by == ReadableBy::Analysts && !current.exists()).then(|| {
        let path = current.display();
        format!("{path} is not there: `pillarbox keys generate index-ratchet` makes it")
    })
}

/// A password in the database's URL is the only secret that can stand in a value: then nothing of it is shown.
fn mask(value: &mut serde_json::Value) {
    let Some(url) = value.pointer_mut("/database/url") else {
        return;
    };
    let text = url.as_str().unwrap_or("");
    let login = text.split_once("://").map_or(text, |(_, rest)| rest);
    let login = login.rsplit_once('@').map_or("", |(login, _)| login);
    if login.contains(':') || text.contains("password") {
        *url = "(not shown: it holds a password; use database.password_file)".into();
    }
}

fn show(
    out: &mut impl Write,
    value: &serde_json::Value,
    path: &Path,
    origin: bool,
) -> anyhow::Result<()> {
    let mut leaves = Vec::new();
    collect(value, String::new(), &mut leaves);
    let keys: Vec<String> = leaves.iter().map(|(key, _)| key.clone()).collect();
    let origins = config::origins(path, &keys);
    for ((key, value), (_, from)) in leaves.iter().zip(origins) {
        if origin {
            writeln!(out, "{key} = {value}    # {from}")?;
        } else {
            writeln!(out, "{key} = {value}")?;
        }
    }
    Ok(())
}

/// Leaves as dotted keys; the tree is our own and shallow.
fn collect(value: &serde_json::Value, at: String, leaves: &mut Vec<(String, serde_json::Value)>) {
    let mut open = vec![(at, value)];
    while let Some((at, value)) = open.pop() {
        match value {
            serde_json::Value::Object(map) => {
                let name = |key: &String| {
                    if at.is_empty() {
                        key.clone()
                    } else {
                        format!("{at}.{key}")
                    }
                };
                open.extend(map.iter().rev().map(|(key, value)| (name(key), value)));
            }
            serde_json::Value::Array(list) if list.iter().any(serde_json::Value::is_object) => {
                open.extend(
                    list.iter()
                        .enumerate()
                        .rev()
                        .map(|(index, value)| (format!("{at}[{index}]"), value)),
                );
            }
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_)
            | serde_json::Value::Array(_) => leaves.push((at, value.clone())),
        }
    }
}
