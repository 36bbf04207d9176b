//! One call of the binary, each line with its time.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a call gave.
pub struct Run {
    /// One object a file, in the order of the files.
    pub objects: Vec<Value>,
    /// For each, the longest that it can have taken.
    pub at_most: Vec<Duration>,
    /// The whole call.
    pub whole: Duration,
}

/// Inspects these files of the folder.
pub fn inspect(folder: &Path, files: &[PathBuf]) -> Run {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pillarbox"))
        .args(["inspect", "--json", "--"])
        .args(files)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut objects, mut arrived) = (Vec::new(), Vec::new());
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        arrived.push(began.elapsed());
        objects.push(line.unwrap());
    }
    let whole = began.elapsed();
    assert!(child.wait().unwrap().success());
    assert_eq!(objects.len(), files.len(), "one object a file");
    let objects: Vec<Value> = objects
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (file, object) in files.iter().zip(&objects) {
        assert_eq!(object["file"].as_str(), file.to_str());
        assert!(object["disposition"]["kind"].is_string(), "{object}");
        assert!(
            object["error"].is_null(),
            "{}: {}",
            file.display(),
            object["error"]
        );
    }
    // So many are in flight at once: file n is begun when the line of file n - width was written.
    let width = std::thread::available_parallelism().unwrap().get() * 2;
    let at_most = (0..arrived.len())
        .map(|number| {
            let begun = number
                .checked_sub(width)
                .map_or(Duration::ZERO, |before| arrived[before]);
            arrived[number] - begun
        })
        .collect();
    Run {
        objects,
        at_most,
        whole,
    }
}
