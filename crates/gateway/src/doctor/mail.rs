//! The MTA that takes our mail.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Line;
use crate::config::{OutboxTls, Route, Settings};
use crate::settings::domain_of;

/// For connection, greeting and EHLO together.
const PATIENCE: Duration = Duration::from_secs(10);
const ADVICE: &str =
    "see whether outbox.smarthost names your MTA, and whether it takes connections from here";

/// Connects and says EHLO, no more.
pub(super) async fn check(settings: &Settings) -> Vec<Line> {
    let outbox = &settings.outbox;
    if outbox.route == Route::Mx {
        return vec![Line::ok(
            "mail out",
            "goes to the recipients' mail exchangers",
        )];
    }
    if outbox.smarthost.is_empty() {
        let advice = "set outbox.smarthost, or outbox.route = \"mx\"";
        return vec![Line::warn(
            "mail out",
            "no smarthost: nothing leaves",
            advice,
        )];
    }
    let helo = match outbox.helo.as_str() {
        "" => domain_of(&settings.team.address),
        helo => helo,
    };
    if outbox.tls == OutboxTls::Implicit {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(&outbox.smarthost)).await;
        return vec![match connected {
            Ok(Ok(_)) => Line::ok(
                "mail out",
                format!("{} takes connections", outbox.smarthost),
            ),
            Ok(Err(_)) | Err(_) => Line::fail(
                "mail out",
                format!("{} can't be reached", outbox.smarthost),
                ADVICE,
            ),
        }];
    }
    let said = tokio::time::timeout(PATIENCE, hello(&outbox.smarthost, helo)).await;
    let host = &outbox.smarthost;
    vec![match said {
        Ok(Ok(extensions)) => greeted(host, &extensions, outbox.tls),
        Ok(Err(error)) => Line::fail("mail out", format!("{host}: {}", error.kind()), ADVICE),
        Err(_) => Line::fail("mail out", format!("{host} does not answer"), ADVICE),
    }]
}

fn greeted(host: &str, extensions: &[String], tls: OutboxTls) -> Line {
    let offers = extensions
        .iter()
        .any(|extension| extension.eq_ignore_ascii_case("STARTTLS"));
    if tls == OutboxTls::Starttls && !offers {
        let advice = "switch TLS on there, or set outbox.tls for how it really is";
        return Line::fail("mail out", format!("{host} offers no STARTTLS"), advice);
    }
    Line::ok("mail out", format!("{host} answers"))
}

/// The extensions that the server offers.
async fn hello(host: &str, helo: &str) -> io::Result<Vec<String>> {
    let mut stream = BufReader::new(TcpStream::connect(host).await?);
    reply(&mut stream, "220").await?;
    stream
        .write_all(format!("EHLO {helo}\r\n").as_bytes())
        .await?;
    let extensions = reply(&mut stream, "250").await?;
    stream.write_all(b"QUIT\r\n").await?;
    Ok(extensions)
}

/// The texts of a reply, which must have this code.
async fn reply(stream: &mut BufReader<TcpStream>, code: &str) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    // A server that never ends its reply is not waited for.
    for _ in 0..100 {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some(text) = line.strip_prefix(code) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        texts.push(text.get(1..).unwrap_or("").trim().to_owned());
        if !text.starts_with('-') {
            return Ok(texts);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}
