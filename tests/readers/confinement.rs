//! What holds keys leaves no core, is read by nobody else, and doesn't outlive the daemon.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::post::{post_small, readers};
use crate::support::{BINARY, Installation, wait_for};

fn limit(pid: u32, name: &str) -> Vec<String> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let values = limits.lines().find_map(|line| line.strip_prefix(name));
    let values = values.unwrap().split_whitespace();
    values.take(2).map(str::to_owned).collect()
}

#[test]
fn no_process_that_holds_keys_leaves_a_core() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    post_small(&installation, "one");
    installation.settle();
    let readers = readers(&daemon);
    assert!(!readers.is_empty());
    for pid in readers.iter().copied().chain([daemon.pid()]) {
        assert_eq!(limit(pid, "Max core file size"), ["0", "0"], "{pid}");
    }
    for pid in readers {
        assert_eq!(
            limit(pid, "Max data size"),
            ["402653184", "402653184"],
            "worker.memory"
        );
    }
    assert!(daemon.terminate());
}

/// The files of a process that can't be dumped belong to root, whoever runs it (proc(5)).
#[test]
fn reader_can_not_be_traced() {
    let mut command = Command::new(BINARY);
    command
        .args(["reader", "--cpu", "10", "--memory", "402653184"])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    if rustix::process::geteuid().is_root() {
        // A path that others can't search keeps this binary from them.
        let copy = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
        let other = copy.path().join("pillarbox");
        fs::copy(BINARY, &other).unwrap();
        std::os::unix::fs::chown(copy.path(), Some(65_534), None).unwrap();
        let mut as_nobody = Command::new(&other);
        as_nobody
            .args(command.get_args())
            .current_dir("/")
            .uid(65_534)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        owner_is_root(&mut as_nobody);
    } else {
        owner_is_root(&mut command);
    }
}

fn owner_is_root(command: &mut Command) {
    let mut child = command.spawn().unwrap();
    let mut ready = [0];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut ready)
        .unwrap();
    let owner = fs::metadata(format!("/proc/{}/mem", child.id()))
        .unwrap()
        .uid();
    child.stdin.take().unwrap().flush().unwrap(); // and closed: the end
    assert!(child.wait().unwrap().success());
    assert_eq!(owner, 0);
}

#[test]
fn readers_die_with_the_daemon() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    for number in 0..10 {
        post_small(&installation, &format!("n{number}"));
    }
    installation.settle();
    let left = readers(&daemon);
    assert!(!left.is_empty());
    daemon.kill();
    wait_for("the readers to end", Duration::from_secs(5), || {
        left.iter()
            .all(|pid| fs::metadata(format!("/proc/{pid}")).is_err())
    });
}
