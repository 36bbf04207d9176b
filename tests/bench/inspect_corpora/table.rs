//! Counts of `disposition.kind` by label.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

/// Label by kind.
pub struct Table(BTreeMap<String, BTreeMap<String, usize>>);

impl Table {
    /// Of the files that a manifest names.
    pub fn of(manifest: &str, files: &[PathBuf], objects: &[Value]) -> Table {
        let kinds: BTreeMap<&str, &str> = files
            .iter()
            .zip(objects)
            .map(|(file, object)| {
                (
                    file.to_str().unwrap(),
                    object["disposition"]["kind"].as_str().unwrap(),
                )
            })
            .collect();
        let mut lines = manifest.lines();
        let heads: Vec<&str> = lines.next().unwrap().split('\t').collect();
        let column = |name: &str| heads.iter().position(|head| *head == name).unwrap();
        let (path, label) = (column("path"), column("label"));
        let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            let kind = kinds.get(fields[path]).copied().unwrap_or("(no file)");
            let row = table.entry(fields[label].to_owned()).or_default();
            *row.entry(kind.to_owned()).or_default() += 1;
        }
        Table(table)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: BTreeSet<&String> = self.0.values().flat_map(BTreeMap::keys).collect();
        write!(f, "{:40}", "")?;
        for kind in &kinds {
            write!(f, " {kind:>12}")?;
        }
        writeln!(f)?;
        for (label, row) in &self.0 {
            write!(f, "{label:40}")?;
            for kind in &kinds {
                match row.get(*kind) {
                    Some(count) => write!(f, " {count:>12}")?,
                    None => write!(f, " {:>12}", ".")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
