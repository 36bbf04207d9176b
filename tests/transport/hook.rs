//! An HTTPS server of the test's own that takes webhooks.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// What was posted.
pub struct Post {
    pub path: String,
    pub signature: String,
    pub body: Vec<u8>,
}

impl Post {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The server; its thread ends with the test's process.
pub struct Hook {
    pub url: String,
    /// With its certificate, to be trusted: `ca.pem`.
    pub folder: tempfile::TempDir,
    posts: Receiver<Post>,
    answers: Arc<Mutex<Vec<u16>>>,
    unanswered: Arc<Mutex<Vec<TcpStream>>>,
}

impl Hook {
    /// `first` are the codes of the first answers, 0 for none at all; then it is 204.
    pub fn start(first: &[u16]) -> Hook {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "https://localhost:{}/alerts",
            socket.local_addr().unwrap().port()
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let (tell, posts) = channel();
        let mut codes = first.to_vec();
        codes.reverse();
        let answers = Arc::new(Mutex::new(codes));
        let left = Arc::clone(&answers);
        let unanswered = Arc::new(Mutex::new(Vec::new()));
        let held = Arc::clone(&unanswered);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in socket.incoming() {
                let stream = stream.unwrap();
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = BufReader::new(StreamOwned::new(connection, stream));
                // A client that hangs up is no failure of the server.
                let Some(post) = read(&mut stream) else {
                    continue;
                };
                let code = left.lock().unwrap().pop().unwrap_or(204);
                if code == 0 {
                    held.lock()
                        .unwrap()
                        .push(stream.get_ref().sock.try_clone().unwrap());
                    silent.push(stream);
                    if tell.send(post).is_err() {
                        return;
                    }
                    continue;
                }
                let answer =
                    format!("HTTP/1.1 {code} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.get_mut().write_all(answer.as_bytes());
                let _ = stream.get_mut().flush();
                if tell.send(post).is_err() {
                    return;
                }
            }
        });
        Hook {
            url,
            folder,
            posts,
            answers,
            unanswered,
        }
    }

    /// Somebody who was not answered still waits.
    pub fn keeps_waiting(&self) -> bool {
        self.unanswered.lock().unwrap().iter().any(|stream| {
            stream.set_nonblocking(true).unwrap();
            let seen = stream.peek(&mut [0]);
            seen.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        })
    }

    /// The next post, with the code it was answered with not told.
    pub fn next(&self) -> Post {
        self.posts.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// Nothing was posted that nobody asked for yet, and nobody waits for an answer.
    pub fn is_quiet(&self) -> bool {
        self.posts.try_recv().is_err()
            && self.answers.lock().unwrap().is_empty()
            && !self.keeps_waiting()
    }
}

fn read(stream: &mut impl BufRead) -> Option<Post> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut signature) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "x-pillarbox-signature-256" => signature = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Post {
        path,
        signature,
        body,
    })
}
