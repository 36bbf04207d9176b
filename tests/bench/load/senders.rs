//! Many senders over raw sockets, each report over a connection that is used again.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::report;

/// Sends these reports; for each the time from its end of data to its `250`.
pub fn send(port: u16, numbers: Range<usize>, connections: usize) -> Vec<Duration> {
    let next = AtomicUsize::new(numbers.start);
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| lane(port, &next, numbers.end)))
            .collect();
        lanes
            .into_iter()
            .flat_map(|lane| lane.join().unwrap())
            .collect()
    })
}

fn lane(port: u16, next: &AtomicUsize, end: usize) -> Vec<Duration> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    expect(&mut stream, "220");
    stream
        .get_mut()
        .write_all(b"EHLO sender.example\r\n")
        .unwrap();
    expect(&mut stream, "250");
    let mut waits = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return waits;
        }
        let envelope = format!(
            "MAIL FROM:<analyst{number}@d{}.example>\r\nRCPT TO:<csirt@team.example>\r\nDATA\r\n",
            number % 997
        );
        stream.get_mut().write_all(envelope.as_bytes()).unwrap();
        for wanted in ["250", "250", "354"] {
            expect(&mut stream, wanted);
        }
        let text = report::text(number) + ".\r\n";
        stream.get_mut().write_all(text.as_bytes()).unwrap();
        let sent = Instant::now();
        expect(&mut stream, "250");
        waits.push(sent.elapsed());
    }
}

fn expect(stream: &mut BufReader<TcpStream>, wanted: &str) {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with(wanted), "{line}");
        if line.as_bytes()[3] == b' ' {
            return;
        }
    }
}
