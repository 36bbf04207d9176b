//! A sender that knows nothing of our code: raw sockets, and a ledger of every answer, on disk before the next message.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::chance::Chance;

/// Senders at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    senders: Vec<JoinHandle<()>>,
    path: PathBuf,
}

/// What was answered to one message, over all its deliveries.
#[derive(Debug, Default)]
pub struct Account {
    /// `250`.
    pub kept: u64,
    /// Any 4yz, at whatever stage.
    pub not_now: u64,
    /// Any 5yz: must never happen.
    pub refused: u64,
    /// The connection ended before the answer.
    pub unknown: u64,
}

/// Every message by its id.
pub type Ledger = BTreeMap<String, Account>;

impl Load {
    /// Starts so many connections, each with a pause after each message.
    pub fn start(port: u16, path: &Path, connections: u64, pause: Duration) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let file = Arc::new(Mutex::new(File::create(path).unwrap()));
        let senders = (0..connections)
            .map(|lane| {
                let sender = Sender {
                    port,
                    lane,
                    pause,
                    stop: Arc::clone(&stop),
                    file: Arc::clone(&file),
                    chance: Chance::seeded(lane * 7919 + 17),
                    stream: None,
                };
                std::thread::spawn(move || sender.run())
            })
            .collect();
        Load {
            stop,
            senders,
            path: path.to_owned(),
        }
    }

    /// Ends the senders after their message; what the file says.
    pub fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        for sender in self.senders {
            sender.join().unwrap();
        }
        let mut ledger = Ledger::new();
        for line in fs::read_to_string(&self.path).unwrap().lines() {
            let (id, answer) = line.split_once('\t').unwrap();
            let account = ledger.entry(id.to_owned()).or_default();
            match answer.as_bytes()[0] {
                b'2' => account.kept += 1,
                b'4' => account.not_now += 1,
                b'5' => account.refused += 1,
                _ => account.unknown += 1,
            }
        }
        ledger
    }
}

struct Sender {
    port: u16,
    lane: u64,
    pause: Duration,
    stop: Arc<AtomicBool>,
    file: Arc<Mutex<File>>,
    chance: Chance,
    stream: Option<BufReader<TcpStream>>,
}

impl Sender {
    fn run(mut self) {
        let mut number = 0;
        let mut again = None;
        while !self.stop.load(Ordering::Relaxed) {
            if self.stream.is_none() && self.connect().is_err() {
                self.stream = None;
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            let id = again.take().unwrap_or_else(|| {
                number += 1;
                format!("{}x{number}", self.lane)
            });
            let answer = self
                .deliver(&id)
                .unwrap_or_else(|error| format!("unknown: {error}"));
            self.write_down(&id, &answer);
            let kept = answer.starts_with("250");
            if !kept {
                self.stream = None;
            }
            // An MTA sends it again until it is told 250; now and then one sends again all the same, and some give up.
            let repeat = self.chance.below(if kept { 20 } else { 4 });
            if (repeat == 0) == kept {
                again = Some(id);
            }
            std::thread::sleep(self.pause);
        }
    }

    fn write_down(&self, id: &str, answer: &str) {
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{id}\t{answer}").unwrap();
        file.sync_data().unwrap();
    }

    fn connect(&mut self) -> std::io::Result<()> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        self.stream = Some(BufReader::new(stream));
        let greeting = self.answer()?;
        if !greeting.starts_with("220") || !self.say("EHLO ledger.example\r\n")?.starts_with("250")
        {
            return Err(std::io::ErrorKind::ConnectionRefused.into());
        }
        Ok(())
    }

    /// One transaction; the first answer that is not the wanted one, else that to the end of data.
    fn deliver(&mut self, id: &str) -> std::io::Result<String> {
        let commands = [
            (format!("MAIL FROM:<s{id}@partner.example>\r\n"), "250"),
            ("RCPT TO:<csirt@team.example>\r\n".to_owned(), "250"),
            ("DATA\r\n".to_owned(), "354"),
            (message(id), "250"),
        ];
        let mut answer = String::new();
        for (command, wanted) in commands {
            answer = self.say(&command)?;
            if !answer.starts_with(wanted) {
                break;
            }
        }
        Ok(answer)
    }

    fn say(&mut self, text: &str) -> std::io::Result<String> {
        let stream = self.stream.as_mut().unwrap();
        stream.get_mut().write_all(text.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> std::io::Result<String> {
        let stream = self.stream.as_mut().unwrap();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 || !line.ends_with("\r\n") {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }
}

/// A report with its id in Subject and body. No Received field differs between two deliveries: the copies are the same.
fn message(id: &str) -> String {
    format!(
        "From: s{id}@partner.example\r\nTo: csirt@team.example\r\nSubject: Ledger {id}\r\n\
         Message-ID: <{id}@partner.example>\r\n\r\nReport {id}: 198.51.100.7 port 22/tcp is attacked from 192.0.2.10.\r\n.\r\n"
    )
}
