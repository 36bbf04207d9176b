//! The operator's texts: of answers, a folder of files named as the built-in ones are; and canned ones, for letters of analysts.

use std::io::Read;
use std::path::Path;

use intake::answer::templates::{BUILT_IN, Canned, MOST, Templates};

use crate::config::Team;

/// Reads the folder. What is wrong is said with file and line, and the built-in text serves in its place.
pub fn load(folder: Option<&Path>) -> (Templates, Vec<String>) {
    let Some(folder) = folder else {
        return (Templates::default(), Vec::new());
    };
    let (own, mut faults) = files(folder, "acknowledge.templates_dir");
    let (templates, broken) = Templates::with(own);
    let broken = broken.into_iter();
    faults.extend(broken.map(|fault| format!("{}/{fault}", folder.display())));
    (templates, faults)
}

/// Reads the canned texts, of which there may be none. What is wrong is said with file and line, and left out.
pub fn canned(team: &Team) -> (Canned, Vec<String>) {
    let Some(folder) = &team.canned_dir else {
        return (Canned::with(Vec::new(), &[]).0, Vec::new());
    };
    let (own, mut faults) = files(folder, "team.canned_dir");
    let (canned, broken) = Canned::with(own, &team.languages);
    let broken = broken.into_iter();
    faults.extend(broken.map(|fault| format!("{}/{fault}", folder.display())));
    (canned, faults)
}

/// Name and text of each file of a folder, and what is wrong with those that can't be read; `key` is where it is named.
fn files(folder: &Path, key: &str) -> (Vec<(String, String)>, Vec<String>) {
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    match names(folder) {
        Ok(names) => {
            for name in names {
                match text(&folder.join(&name)) {
                    Ok(text) => files.push((name, text)),
                    Err(error) => faults.push(format!("{}: {error}", folder.join(name).display())),
                }
            }
        }
        Err(error) => faults.push(format!("{key} {}: {error}", folder.display())),
    }
    (files, faults)
}

/// The same while the daemon runs: what is wrong is an alert.
pub(crate) fn load_or_tell(folder: Option<&Path>) -> (Templates, usize) {
    let (templates, faults) = load(folder);
    for fault in &faults {
        tracing::error!(
            fault,
            "a text of an answer can't be used: the built-in one serves; see `pillarbox config check`"
        );
    }
    (templates, faults.len())
}

/// Files that are meant to be templates, in order: a misspelt name is found, an editor's copy is not taken for one.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".txt") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// One file, no more of it than a template may have; one octet more shows that it is too long.
fn text(path: &Path) -> std::io::Result<String> {
    let most = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(most)
        .read_to_end(&mut text)?;
    // The cut may fall into a letter.
    if text.len() > MOST {
        return Ok(String::from_utf8_lossy(&text).into_owned());
    }
    String::from_utf8(text)
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Writes the built-in texts into a folder that may be there; never over a file.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in BUILT_IN {
        let path = folder.join(name);
        let file = std::fs::File::create_new(&path);
        let mut file = file
            .map_err(|error| anyhow::anyhow!("{}: {error}; nothing was changed", path.display()))?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
    }
    Ok(())
}
