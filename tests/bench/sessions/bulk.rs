//! Large messages: made, delivered and compared without holding more than a few of them.

use std::io;

use pillarbox::listener::inbox_aad;
use pillarbox::store::Store;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use vault::{KeyRing, Sealed};

const LINE: usize = 78;
const BATCH: usize = 800;

/// Line `at` of message `number`; no two are equal.
fn line(number: usize, at: usize, length: usize) -> String {
    let text = format!("{number:08} {at:08} ");
    format!("{text:=<width$}\r\n", width = length - 2)
}

/// So many octets of content, in batches.
pub fn batches(number: usize, size: usize) -> impl Iterator<Item = String> {
    let head = format!("Subject: {number:08}\r\n\r\n");
    let lines = (size - head.len()) / LINE - 1;
    let last = size - head.len() - lines * LINE;
    let body = (0..lines).step_by(BATCH).map(move |from| {
        (from..lines.min(from + BATCH))
            .map(|at| line(number, at, LINE))
            .collect()
    });
    std::iter::once(head)
        .chain(body)
        .chain(std::iter::once(line(number, lines, last)))
}

async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}

/// Delivers one message; the answer that ended it.
pub async fn deliver(port: u16, number: usize, size: usize) -> io::Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    answer(&mut stream).await?;
    for said in [
        "EHLO client.example",
        "MAIL FROM:<noc@partner.example>",
        "RCPT TO:<csirt@team.example>",
        "DATA",
    ] {
        stream
            .get_mut()
            .write_all(format!("{said}\r\n").as_bytes())
            .await?;
        let reply = answer(&mut stream).await?;
        if !reply.starts_with(['2', '3']) {
            return Ok(reply);
        }
    }
    for batch in batches(number, size) {
        stream.get_mut().write_all(batch.as_bytes()).await?;
    }
    stream.get_mut().write_all(b".\r\n").await?;
    let reply = answer(&mut stream).await?;
    stream.get_mut().write_all(b"QUIT\r\n").await?;
    Ok(reply)
}

/// Delivers all at the same time; the answers.
pub async fn deliver_all(port: u16, count: usize, size: usize) -> Vec<String> {
    let mut deliveries = JoinSet::new();
    for number in 0..count {
        deliveries.spawn(async move {
            deliver(port, number, size)
                .await
                .unwrap_or_else(|error| format!("--- {error}"))
        });
    }
    deliveries.join_all().await
}

/// Opens all that is stored and compares it octet by octet; how many there were.
pub async fn compare(store: &Store, ring: &KeyRing, size: usize) -> usize {
    let mut numbers = std::collections::BTreeSet::new();
    loop {
        let claimed = store
            .claim(1, std::time::Duration::from_secs(3600))
            .await
            .unwrap();
        let Some(claimed) = claimed.into_iter().next() else {
            return numbers.len();
        };
        let mut sealed = store
            .pieces(claimed.id, claimed.pieces)
            .await
            .unwrap()
            .unwrap();
        sealed.extend_from_slice(claimed.content.as_bytes());
        let aad = inbox_aad(claimed.id, "content");
        let opened = ring.open_inbox(&aad, &Sealed::from_bytes(sealed)).unwrap();
        let number: String = opened[9..17]
            .iter()
            .map(|&octet| char::from(octet))
            .collect();
        let number: usize = number.parse().unwrap();
        let mut rest = &opened[..];
        for batch in batches(number, size) {
            assert!(
                rest.starts_with(batch.as_bytes()),
                "message {number} differs"
            );
            rest = &rest[batch.len()..];
        }
        assert!(rest.is_empty() && numbers.insert(number));
    }
}

/// A line of `/proc/PID/status` in KiB (proc(5)).
pub fn status(pid: u32, name: &str) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// User and system time of a process so far, in seconds.
pub fn cpu_seconds(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = text.rsplit_once(") ").unwrap();
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next().unwrap().parse::<f64>().unwrap();
    (ticks() + ticks()) / 100.0
}
