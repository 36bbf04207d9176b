//! Memory of sessions that have said EHLO and nothing more.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::Installation;
use crate::{bulk, listener};

/// Prints octets a session, in clear and over TLS.
pub async fn measure(count: usize) {
    let (installation, daemon) = listener();
    // The first sessions fill caches.
    let _warm = plain(&installation, 20).await;
    let before = bulk::status(daemon.pid(), "VmRSS");
    let _sessions = plain(&installation, count).await;
    let clear = per_session(daemon.pid(), before, count);

    let (installation, daemon) = listener();
    let _warm = secured(&installation, 20).await;
    let before = bulk::status(daemon.pid(), "VmRSS");
    let _sessions = secured(&installation, count).await;
    let secured = per_session(daemon.pid(), before, count);
    println!("{count} idle sessions: {clear:.1} KiB each in clear, {secured:.1} KiB each over TLS");
    assert!(clear < 32.0 && secured < 64.0);
}

fn per_session(pid: u32, before: usize, count: usize) -> f64 {
    (bulk::status(pid, "VmRSS") - before) as f64 / count as f64
}

async fn plain(installation: &Installation, count: usize) -> Vec<TcpStream> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        let address = ("127.0.0.1", installation.ports.smtp);
        let mut stream = TcpStream::connect(address).await.unwrap();
        hello(&mut stream).await;
        sessions.push(stream);
    }
    sessions
}

async fn secured(
    installation: &Installation,
    count: usize,
) -> Vec<tokio_rustls::client::TlsStream<TcpStream>> {
    let connector = connector(installation);
    let mut sessions = Vec::new();
    for _ in 0..count {
        let address = ("127.0.0.1", installation.ports.smtps);
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        hello(&mut stream).await;
        sessions.push(stream);
    }
    sessions
}

fn connector(installation: &Installation) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(installation.path("ca.crt")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Reads the greeting, says EHLO and reads the answer.
async fn hello<T: AsyncRead + AsyncWrite + Unpin>(stream: &mut T) {
    let mut buffer = [0; 2048];
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    stream.write_all(b"EHLO client.example\r\n").await.unwrap();
    stream.flush().await.unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
}
