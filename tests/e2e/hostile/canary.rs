//! A listener that nobody has any business with: whoever comes is noted.

use std::io::Read;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub struct Canary {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Canary {
    pub fn new() -> Canary {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut octets = [0; 200];
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let count = (&stream).read(&mut octets).unwrap_or(0);
                let said = String::from_utf8_lossy(&octets[..count]).into_owned();
                notes.lock().unwrap().push(said);
            }
        });
        Canary { port, heard }
    }

    /// As a URL names it.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What came.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}
