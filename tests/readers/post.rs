//! Sends octets as they are, and looks at processes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Daemon, Installation};

/// Sends a message octet by octet as given (it must end in CRLF; only dots are stuffed); the answer to the end of data.
pub fn post(installation: &Installation, message: &[u8]) -> String {
    let stream = TcpStream::connect(("127.0.0.1", installation.ports.smtp)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut stream = BufReader::new(stream);
    let mut stuffed = Vec::with_capacity(message.len() + 100);
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    stuffed.extend_from_slice(b".\r\n");
    answer(&mut stream);
    let mut last = String::new();
    for command in [
        &b"EHLO client.example\r\n"[..],
        b"MAIL FROM:<noc@partner.example>\r\n",
        b"RCPT TO:<csirt@team.example>\r\n",
        b"DATA\r\n",
        &stuffed,
    ] {
        stream.get_mut().write_all(command).unwrap();
        last = answer(&mut stream);
    }
    last
}

fn answer(stream: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        assert!(
            stream.read_line(&mut line).unwrap() > 0,
            "the daemon hung up"
        );
        if line.as_bytes()[3] == b' ' {
            return line;
        }
    }
}

/// Sends a short report that names itself in its Subject.
pub fn post_small(installation: &Installation, name: &str) {
    let message = format!(
        "From: {name}@partner.example\r\nTo: csirt@team.example\r\nSubject: {name}\r\nMessage-ID: <{name}@partner.example>\r\n\r\n\
         192.0.2.10 scans 198.51.100.7 ({name}).\r\n"
    );
    let reply = post(installation, message.as_bytes());
    assert!(reply.starts_with("250 "), "{reply}");
}

/// The reader processes of a daemon.
pub fn readers(daemon: &Daemon) -> Vec<u32> {
    let folders = std::fs::read_dir("/proc").unwrap();
    folders
        .filter_map(|folder| {
            let pid: u32 = folder.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (_, fields) = stat.rsplit_once(") ")?;
            let parent: u32 = fields.split(' ').nth(1)?.parse().ok()?;
            (parent == daemon.pid()).then_some(pid)
        })
        .collect()
}

/// Sends a signal to a process that we started.
pub fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// The raw bytes of a ticket's first message, as the command line gives them out.
pub fn raw(installation: &Installation, ticket: &serde_json::Value) -> Vec<u8> {
    let reference = ticket["reference"].as_str().unwrap();
    let output = installation.output(&["ticket", "show", reference, "--raw", "1"]);
    assert!(output.status.success());
    output.stdout
}

/// The one ticket that needs a human because nobody could read it.
pub fn unread(installation: &Installation) -> serde_json::Value {
    let mut tickets = installation.tickets();
    tickets.retain(|ticket| ticket["needs_human"] == "unread");
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    tickets.remove(0)
}
