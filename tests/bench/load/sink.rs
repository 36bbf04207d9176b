//! Takes mail, counts it, and forgets it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An SMTP server on a loopback port; ends with the program.
pub struct Sink {
    pub port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, count) = (stream.unwrap(), Arc::clone(&count));
                std::thread::spawn(move || serve(stream, &count));
            }
        });
        Sink { port, taken }
    }

    /// How many mails it was given; each must be a signed acknowledgement.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// Until the peer goes.
fn serve(stream: TcpStream, count: &AtomicUsize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    let mut say = "220 sink\r\n";
    loop {
        stream.get_mut().write_all(say.as_bytes()).ok()?;
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        say = "250 taken\r\n";
        if line.starts_with("DATA") {
            stream.get_mut().write_all(b"354 go on\r\n").ok()?;
            let mut signed = false;
            loop {
                line.clear();
                if stream.read_line(&mut line).ok()? == 0 {
                    return None;
                }
                signed |= line.starts_with("-----BEGIN PGP SIGNATURE-----");
                if line == ".\r\n" {
                    break;
                }
            }
            assert!(signed, "an acknowledgement without a signature");
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
