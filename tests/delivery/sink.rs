//! A mail server that keeps what it is given, and misbehaves as told. Independent of the code under test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How it behaves.
#[derive(Clone, Default)]
pub struct Manners {
    /// Its certificate; without one there is no TLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// TLS from the first octet.
    pub implicit: bool,
    /// It has TLS, but somebody on the way takes the offer out.
    pub stripped: bool,
    /// STARTTLS is answered with garbage.
    pub garbage: bool,
    /// The greeting; `220 sink.example ESMTP` when empty.
    pub greeting: &'static str,
    /// Never says anything.
    pub silent: bool,
    /// Hangs up after so many mails.
    pub mails: Option<usize>,
    /// Who may log in, as `user:password`; AUTH is offered over TLS then.
    pub login: Option<&'static str>,
}

/// One mail as it came.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub over_tls: bool,
    pub from: String,
    pub to: String,
    pub content: String,
    pub logged_in: bool,
}

#[derive(Default)]
pub struct Log {
    pub taken: Vec<Taken>,
    pub connections: usize,
    pub at_once: usize,
    pub most_at_once: usize,
    /// Everything that was said in clear.
    pub clear: String,
    /// SNI of each handshake.
    pub names: Vec<String>,
    /// Answers to come: the command's first word, and the reply instead of 250. Each is given once.
    pub replies: VecDeque<(&'static str, &'static str)>,
}

pub struct Sink {
    pub log: Arc<Mutex<Log>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sink {
    pub async fn start(address: SocketAddr, manners: Manners) -> Sink {
        let listener = TcpListener::bind(address).await.unwrap();
        let log = Arc::<Mutex<Log>>::default();
        let seen = Arc::clone(&log);
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            // Dropped with this task: connections end with their sink.
            let mut sessions = tokio::task::JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = &mut stopped => return,
                };
                let Ok((stream, _)) = accepted else { return };
                let (manners, log) = (manners.clone(), Arc::clone(&seen));
                sessions.spawn(async move {
                    {
                        let mut log = log.lock().unwrap();
                        log.connections += 1;
                        log.at_once += 1;
                        log.most_at_once = log.most_at_once.max(log.at_once);
                    }
                    let _ = serve(stream, &manners, &log).await;
                    log.lock().unwrap().at_once -= 1;
                });
            }
        });
        let stop = Some(stop);
        Sink { log, stop, task }
    }

    /// Takes no more connections and cuts those that are open; returns when the port is free.
    pub async fn close(mut self) {
        self.stop.take();
        let _ = (&mut self.task).await;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.log.lock().unwrap().taken.clone()
    }

    pub fn clear(&self) -> String {
        self.log.lock().unwrap().clear.clone()
    }

    pub fn connections(&self) -> usize {
        self.log.lock().unwrap().connections
    }

    /// Answers the next such command so.
    pub fn will_say(&self, command: &'static str, reply: &'static str) {
        self.log.lock().unwrap().replies.push_back((command, reply));
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

async fn serve(stream: TcpStream, manners: &Manners, log: &Mutex<Log>) -> std::io::Result<()> {
    if manners.silent {
        std::future::pending::<()>().await;
    }
    if manners.implicit {
        let stream = accept(stream, manners, log).await?;
        talk(BufReader::new(stream), manners, log, true, true).await?;
        return Ok(());
    }
    let clear = BufReader::new(stream);
    if let Some(stream) = talk(clear, manners, log, false, true).await? {
        let stream = accept(stream.into_inner(), manners, log).await?;
        talk(BufReader::new(stream), manners, log, true, false).await?;
    }
    Ok(())
}

async fn accept(
    stream: TcpStream,
    manners: &Manners,
    log: &Mutex<Log>,
) -> std::io::Result<impl Wire + use<>> {
    let tls = TlsAcceptor::from(manners.tls.clone().unwrap());
    let stream = tls.accept(stream).await?;
    let name = stream.get_ref().1.server_name().unwrap_or_default();
    log.lock().unwrap().names.push(name.to_owned());
    Ok(stream)
}

/// Gives the stream back for STARTTLS.
async fn talk<T: Wire>(
    mut stream: BufReader<T>,
    manners: &Manners,
    log: &Mutex<Log>,
    over_tls: bool,
    greets: bool,
) -> std::io::Result<Option<BufReader<T>>> {
    if greets {
        let greeting = match manners.greeting {
            "" => "220 sink.example ESMTP",
            other => other,
        };
        say(&mut stream, greeting).await?;
    }
    let mut mails = 0;
    let mut mail = Taken {
        over_tls,
        ..Taken::default()
    };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if !over_tls {
            log.lock().unwrap().clear.push_str(&line);
        }
        let line = line.trim_end();
        let word = line.split([' ', ':']).next().unwrap().to_uppercase();
        if let Some(reply) = told(log, &word) {
            say(&mut stream, reply).await?;
            continue;
        }
        match word.as_str() {
            "STARTTLS" if !manners.garbage => {
                say(&mut stream, "220 2.0.0 go").await?;
                return Ok(Some(stream));
            }
            "DATA" => {
                say(&mut stream, "354 go").await?;
                mail.content = data(&mut stream).await?;
                let refused = told(log, ".");
                if refused.is_none() {
                    log.lock().unwrap().taken.push(mail.clone());
                    mails += 1;
                }
                say(&mut stream, refused.unwrap_or("250 2.0.0 taken")).await?;
                if manners.mails == Some(mails) {
                    return Ok(None);
                }
            }
            "QUIT" => {
                say(&mut stream, "221 2.0.0 bye").await?;
                return Ok(None);
            }
            _ => say(&mut stream, &answer(&word, line, manners, &mut mail)).await?,
        }
    }
}

fn answer(word: &str, line: &str, manners: &Manners, mail: &mut Taken) -> String {
    match word {
        "EHLO" => return ehlo(manners, mail.over_tls),
        "STARTTLS" => return "220 go\r\nthis is no handshake".into(),
        "AUTH" => {
            mail.logged_in = Some(decode(line)) == manners.login.map(str::to_owned);
            return ["535 5.7.8 no", "235 2.7.0 yes"][usize::from(mail.logged_in)].into();
        }
        "MAIL" => mail.from = line.strip_prefix("MAIL FROM:").unwrap().to_owned(),
        "RCPT" => {
            let to = line.strip_prefix("RCPT TO:<").unwrap();
            mail.to = to.trim_end_matches('>').to_owned();
        }
        _ => {}
    }
    "250 2.0.0 ok".into()
}

fn told(log: &Mutex<Log>, word: &str) -> Option<&'static str> {
    let mut log = log.lock().unwrap();
    let at = log
        .replies
        .iter()
        .position(|(command, _)| *command == word)?;
    log.replies.remove(at).map(|(_, reply)| reply)
}

fn ehlo(manners: &Manners, over_tls: bool) -> String {
    let mut lines = vec!["sink.example".to_owned(), "8BITMIME".into()];
    if manners.tls.is_some() && !over_tls && !manners.stripped {
        lines.push("STARTTLS".into());
    }
    if manners.login.is_some() && over_tls {
        lines.push("AUTH LOGIN PLAIN".into());
    }
    let last = lines.len() - 1;
    let lines: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| format!("250{}{line}", if number == last { ' ' } else { '-' }))
        .collect();
    lines.join("\r\n")
}

/// `user:password` of `AUTH PLAIN …`.
fn decode(line: &str) -> String {
    use base64::Engine;
    let encoded = line.strip_prefix("AUTH PLAIN ").unwrap();
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .unwrap();
    let text = String::from_utf8(decoded).unwrap();
    let mut parts = text.split('\0').skip(1);
    format!("{}:{}", parts.next().unwrap(), parts.next().unwrap())
}

async fn data<T: Wire>(stream: &mut BufReader<T>) -> std::io::Result<String> {
    let mut content = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(content);
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say<T: Wire>(stream: &mut BufReader<T>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}
