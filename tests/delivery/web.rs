//! An HTTPS server that serves one MTA-STS policy. Independent of the code under test.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

pub struct Web {
    /// Status line and body.
    pub page: Arc<Mutex<(&'static str, String)>>,
    pub asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Web {
    pub async fn start(address: SocketAddr, tls: Arc<ServerConfig>, policy: &str) -> Web {
        let listener = TcpListener::bind(address).await.unwrap();
        let page = Arc::new(Mutex::new(("200 OK", policy.to_owned())));
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (served, seen) = (Arc::clone(&page), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            let tls = TlsAcceptor::from(tls);
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = tls.accept(stream).await else {
                    continue;
                };
                let mut stream = BufReader::new(stream);
                let mut request = String::new();
                while !request.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut request).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let line = request.lines().next().unwrap_or_default();
                seen.lock().unwrap().push(line.to_owned());
                let (status, body) = served.lock().unwrap().clone();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nLocation: https://elsewhere.example/\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Web { page, asked, task }
    }

    pub fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub fn serve(&self, status: &'static str, body: &str) {
        *self.page.lock().unwrap() = (status, body.to_owned());
    }
}
