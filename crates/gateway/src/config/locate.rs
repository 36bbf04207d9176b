//! Finds the line a key stands on, for error messages and `config show --origin`.

use std::path::PathBuf;

use toml_edit::{Document, Item};

/// Where a value comes from.
pub enum Origin {
    /// A file and a line, counted from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// Nobody set it.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// To who writes a second team down.
const ONE_TEAM: &str = "a configuration has one team, in [team]: a second one has a configuration and a database of its own";

/// Turns serde's message about `key` into a place and a sentence.
pub(super) fn explain(files: &[PathBuf], key: &str, message: &str) -> (String, String) {
    let unknown = message
        .split('`')
        .nth(1)
        .filter(|_| message.starts_with("unknown field"));
    let mut path: Vec<&str> = key
        .split('.')
        .filter(|part| !part.is_empty() && *part != "?")
        .collect();
    if let Some(field) = unknown
        && path.last() != Some(&field)
    {
        path.push(field);
    }
    let place = match origin(files, &path) {
        Origin::Default => key.to_owned(),
        found @ (Origin::File(..) | Origin::Environment(_)) => found.to_string(),
    };
    let message = match unknown {
        _ if key.starts_with("team[") || unknown == Some("teams") => ONE_TEAM.to_owned(),
        None => format!("{key}: {message}"),
        Some(field) => format!(
            "there is no key {field:?} here{}",
            suggestion(field, message)
        ),
    };
    (place, message)
}

fn suggestion(field: &str, message: &str) -> String {
    let expected: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    let nearest = expected
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(field, a).total_cmp(&strsim::jaro_winkler(field, b)));
    match nearest {
        Some(name) if strsim::jaro_winkler(field, name) > 0.75 => {
            format!("; did you mean {name:?}?")
        }
        Some(_) => format!("; the keys here are {}", expected.join(", ")),
        None => String::new(),
    }
}

/// Where each leaf of `value` (as dotted keys) was set.
pub fn origins(main: &std::path::Path, keys: &[String]) -> Vec<(String, Origin)> {
    let files = super::files(main);
    keys.iter()
        .map(|key| {
            (
                key.clone(),
                origin(&files, &key.split('.').collect::<Vec<_>>()),
            )
        })
        .collect()
}

fn origin(files: &[PathBuf], path: &[&str]) -> Origin {
    let variable = format!("PILLARBOX__{}", path.join("__").to_uppercase());
    if std::env::var_os(&variable).is_some() {
        return Origin::Environment(variable);
    }
    let found = files
        .iter()
        .rev()
        .find_map(|file| Some(Origin::File(file.clone(), line(file, path)?)));
    found.unwrap_or(Origin::Default)
}

/// The line of `path` in `file`; array elements are written `name[0]`.
fn line(file: &PathBuf, path: &[&str]) -> Option<usize> {
    let text = std::fs::read_to_string(file).ok()?;
    let document = Document::parse(text.as_str()).ok()?;
    let mut item: &Item = document.as_item();
    let mut at = None;
    for part in path {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (*part, None),
        };
        if let Some(table) = item.as_table_like() {
            let (key, value) = table.get_key_value(name)?;
            at = key.span().or_else(|| value.span()).or(at);
            item = value;
        }
        if let Some(index) = index {
            item = item.get(index)?;
            at = item.span().or(at);
        }
    }
    let start = at?.start;
    Some(
        text.bytes()
            .take(start)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1,
    )
}
