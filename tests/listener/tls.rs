//! TLS on real sockets: names, renewal, clients' certificates, hostile handshakes.

use std::path::Path;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use pillarbox::listener::{Encryption, ListenerSettings};
use pillarbox::tls::{Proof, Tls, TlsFiles, TlsSettings, TrustedCertificate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PublicKeyData,
};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio_rustls::TlsConnector;

use crate::house::*;

type Piped = tokio::io::Join<ChildStdout, ChildStdin>;
type Secured = tokio_rustls::client::TlsStream<TcpStream>;

/// A certificate with its key, and the authority's where there is one. Made for a test.
struct Made {
    chain: Vec<CertificateDer<'static>>,
    pem: String,
    key: KeyPair,
}

fn self_signed(names: &[&str]) -> Made {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    Made {
        chain: vec![made.cert.der().clone()],
        pem: made.cert.pem(),
        key: made.signing_key,
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed_by(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> Made {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    Made {
        chain: vec![certificate.der().clone()],
        pem: certificate.pem(),
        key,
    }
}

fn write(folder: &Path, name: &str, made: &Made) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    std::fs::write(&files.certificate, &made.pem).unwrap();
    std::fs::write(&files.key, made.key.serialize_pem()).unwrap();
    files
}

/// A client that trusts these and shows `own`.
fn connector(roots: &[&CertificateDer<'static>], own: Option<&Made>) -> TlsConnector {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add((*root).clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.serialize_pem().as_bytes()).unwrap();
            builder
                .with_client_auth_cert(own.chain.clone(), key)
                .unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn connect(house: &House, connector: &TlsConnector, name: &str) -> Client<Secured> {
    let stream = TcpStream::connect(house.address.unwrap()).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    Client(connector.connect(name, stream).await.unwrap())
}

fn own_certificate(house: &House) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(files(house.directory.path()).certificate).unwrap()
}

/// Listens with TLS from the first octet and these settings; `folder` holds the files.
async fn secured(tls: TlsSettings, change: impl FnOnce(&mut ListenerSettings)) -> House {
    House::tcp(|settings| {
        settings.encryption = Encryption::Implicit;
        settings.tls = Some(Arc::new(Tls::with(tls).unwrap()));
        change(settings);
    })
    .await
}

#[tokio::test]
async fn each_name_gets_its_certificate_and_others_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let made = [
        self_signed(&["mx.example", "mail.example"]),
        self_signed(&["csirt.example", "*.teams.example"]),
    ];
    let files = ["one", "two"].iter().zip(&made);
    let tls = TlsSettings {
        certificates: files
            .map(|(name, made)| write(folder.path(), name, made))
            .collect(),
        ..TlsSettings::default()
    };
    let house = secured(tls, |_| {}).await;
    for (name, expected) in [
        ("mx.example", 0),
        ("mail.example", 0),
        ("csirt.example", 1),
        ("red.teams.example", 1),
    ] {
        let connector = connector(&[&made[expected].chain[0]], None);
        connect(&house, &connector, name).await.expect("220 ").await;
    }
    // A name that we have not, and none: the first.
    let stream = TcpStream::connect(house.address.unwrap()).await.unwrap();
    let connector = connector(&[&made[0].chain[0]], None);
    let name = ServerName::try_from("other.example").unwrap();
    let error = connector.connect(name, stream).await.unwrap_err();
    assert!(error.to_string().contains("mx.example"), "{error}");
}

#[tokio::test]
async fn files_that_change_are_read_and_expiry_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), "cert", &self_signed(&["mx.example"]));
    let tls = Arc::new(Tls::load(files).unwrap());
    let house = House::tcp(|settings| {
        settings.encryption = Encryption::Implicit;
        settings.tls = Some(tls.clone());
    })
    .await;
    let quick = Duration::from_millis(10);
    let watching = tls
        .clone()
        .watch(quick, house.metrics.clone(), house.down.subscribe());
    let watching = tokio::spawn(watching);
    let before = tls.config(false);
    // A certificate that is nearly over, its key first: half of the pair changes nothing.
    let mut params = CertificateParams::new(vec!["mx.example".to_owned()]).unwrap();
    let (year, month, day) = soon();
    params.not_after = rcgen::date_time_ymd(year, month, day);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let renewed = Made {
        chain: vec![certificate.der().clone()],
        pem: certificate.pem(),
        key,
    };
    std::fs::write(folder.path().join("cert.key"), renewed.key.serialize_pem()).unwrap();
    let said = || String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
    until(|| said().contains("the old certificates stay in use")).await;
    assert!(Arc::ptr_eq(&before, &tls.config(false)));
    write(folder.path(), "cert", &renewed);
    until(|| !Arc::ptr_eq(&before, &tls.config(false))).await;
    let connector = connector(&[&renewed.chain[0]], None);
    connect(&house, &connector, "mx.example")
        .await
        .expect("220 ")
        .await;
    assert_eq!(tls.expiries().len(), 1, "{:?}", tls.expiries());
    until(|| said().contains("a TLS certificate expires soon")).await;
    let metrics = house.metrics.render();
    let line = metrics
        .lines()
        .find(|line| {
            line.starts_with(
                "pillarbox_tls_certificate_expires_seconds{certificate=\"mx.example\"}",
            )
        })
        .unwrap();
    let left: i64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!((86_400..4 * 86_400).contains(&left), "{line}");
    house.down.send_replace(true);
    watching.await.unwrap();
}

/// The day in three days.
fn soon() -> (i32, u8, u8) {
    let day = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(72);
    let day = day.to_zoned(jiff::tz::TimeZone::UTC).date();
    let small = |number: i8| u8::try_from(number).unwrap();
    (day.year().into(), small(day.month()), small(day.day()))
}

#[tokio::test]
async fn trusted_certificates_make_relays_and_others_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let server = self_signed(&["mx.example"]);
    let (authority, other) = (authority(), authority());
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let named = signed_by(&authority, "relay.example");
    let unnamed = signed_by(&authority, "elsewhere.example");
    let forged = signed_by(&other, "relay.example");
    let (pinned, by_key) = (self_signed(&["a.example"]), self_signed(&["b.example"]));
    let tls = TlsSettings {
        certificates: vec![write(folder.path(), "cert", &server)],
        client_ca: Some(folder.path().join("ca.pem")),
    };
    let trust = |name: &str, proof| TrustedCertificate {
        name: name.to_owned(),
        proof,
    };
    let print = |octets: &[u8]| Proof::Fingerprint(vault::sha256(octets));
    let trusted = vec![
        trust("named", Proof::Name("relay.example".to_owned())),
        trust("pinned", print(&pinned.chain[0])),
        trust("by-key", print(&by_key.key.subject_public_key_info())),
    ];
    let house = secured(tls, |settings| settings.trusted_certificates = trusted).await;
    for (own, expected) in [
        (Some(&named), Some("named")),
        (Some(&pinned), Some("pinned")),
        (Some(&by_key), Some("by-key")),
        (Some(&unnamed), None),
        (Some(&forged), None),
        (None, None),
    ] {
        let connector = connector(&[&server.chain[0]], own);
        // The second time the session is resumed, which must not lose who it was.
        for _ in 0..2 {
            let mut client = connect(&house, &connector, "mx.example").await;
            client.expect("220 ").await;
            client.message("250 2.0.0").await;
            let (envelope, _) = house.only();
            assert_eq!(envelope.certificate.as_deref(), expected);
            assert_eq!(envelope.trusted_relay, expected.is_some());
            house.stored.lock().unwrap().clear();
        }
    }
}

#[tokio::test]
async fn the_certificate_of_a_relay_is_not_that_of_the_client_it_names() {
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        let folder = tempfile::tempdir().unwrap();
        let (server, relay) = (
            self_signed(&["mx.example"]),
            self_signed(&["relay.example"]),
        );
        let tls = TlsSettings {
            certificates: vec![write(folder.path(), "cert", &server)],
            client_ca: None,
        };
        let trusted = TrustedCertificate {
            name: "relay".to_owned(),
            proof: Proof::Fingerprint(vault::sha256(&relay.chain[0])),
        };
        let house = secured(tls, |settings| {
            settings.trusted_certificates = vec![trusted];
            settings.xclient = vec!["127.0.0.0/8".parse().unwrap()];
            settings.encryption = encryption;
        })
        .await;
        let connector = connector(&[&server.chain[0]], Some(&relay));
        let named = "XCLIENT ADDR=192.0.2.7\r\n";
        let mut client = if encryption == Encryption::Implicit {
            let mut client = connect(&house, &connector, "mx.example").await;
            client.expect("220 ").await;
            client.send(named).await;
            client.expect("220 mx.example").await;
            client
        } else {
            let mut client = house.connect().await;
            client.send(named).await;
            client.expect("220 mx.example").await;
            client.send("EHLO relay.example\r\nSTARTTLS\r\n").await;
            client.expect("220 2.0.0").await;
            let name = ServerName::try_from("mx.example").unwrap();
            Client(connector.connect(name, client.0).await.unwrap())
        };
        client.message("250 2.0.0").await;
        let (envelope, _) = house.only();
        // What was said in clear is forgotten: then it is the relay itself that sends.
        let (client, certificate) = match encryption {
            Encryption::Implicit => ("192.0.2.7", None),
            Encryption::StartTls => ("127.0.0.1", Some("relay")),
        };
        assert_eq!(envelope.client, Some(client.parse().unwrap()));
        assert_eq!(envelope.certificate.as_deref(), certificate);
        assert_eq!(envelope.trusted_relay, certificate.is_some());
        assert_eq!(envelope.tls.is_some(), certificate.is_some());
    }
}

/// A session of openssl's own client, which shows any certificate, unlike ours. It ends with the child.
fn shown_by_openssl(house: &House, own: &TlsFiles, version: &str) -> (Child, Client<Piped>) {
    let mut openssl = tokio::process::Command::new("openssl")
        .args(["s_client", "-quiet", version, "-cipher"])
        .args(["DEFAULT:@SECLEVEL=0", "-connect"])
        .arg(house.address.unwrap().to_string())
        .arg("-cert")
        .arg(&own.certificate)
        .arg("-key")
        .arg(&own.key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let said = openssl.stdout.take().unwrap();
    let piped = tokio::io::join(said, openssl.stdin.take().unwrap());
    (openssl, Client(piped))
}

/// Makes a certificate with openssl, of kinds that no one should have any more.
fn odd(folder: &Path, name: &str, key: &[&str], version: &str) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    let request = folder.join("request.pem");
    let openssl = |arguments: &mut std::process::Command| {
        let done = arguments.stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{arguments:?}");
    };
    let command = || std::process::Command::new("openssl");
    openssl(
        command()
            .args([
                "req",
                "-new",
                "-nodes",
                "-subj",
                "/CN=relay.example",
                "-newkey",
            ])
            .args(key)
            .arg("-keyout")
            .arg(&files.key)
            .arg("-out")
            .arg(&request),
    );
    let extensions = folder.join("extensions");
    std::fs::write(&extensions, "subjectAltName = DNS:relay.example\n").unwrap();
    let mut signing = command();
    signing.args(["x509", "-req", "-days", "30", "-signkey"]);
    signing.arg(&files.key).arg("-in").arg(&request);
    signing.arg("-out").arg(&files.certificate);
    if version == "3" {
        signing.arg("-extfile").arg(&extensions);
    }
    openssl(signing.stdout(Stdio::null()));
    files
}

#[tokio::test]
async fn certificates_that_cannot_be_checked_make_strangers_and_break_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = self_signed(&["mx.example"]);
    let shown = [
        (odd(folder.path(), "fine", &["rsa:2048"], "3"), true),
        (odd(folder.path(), "short", &["rsa:1024"], "3"), false),
        (odd(folder.path(), "old", &["rsa:2048"], "1"), false),
        (
            odd(
                folder.path(),
                "curve",
                &["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
                "3",
            ),
            false,
        ),
    ];
    let print = |files: &TlsFiles| {
        let der = CertificateDer::from_pem_file(&files.certificate).unwrap();
        Proof::Fingerprint(vault::sha256(&der))
    };
    let trusted: Vec<_> = shown
        .iter()
        .map(|(files, _)| TrustedCertificate {
            name: "relay".to_owned(),
            proof: print(files),
        })
        .collect();
    let tls = TlsSettings {
        certificates: vec![write(folder.path(), "cert", &server)],
        client_ca: None,
    };
    let house = secured(tls, |settings| settings.trusted_certificates = trusted).await;
    for (own, is_trusted) in &shown {
        for version in ["-tls1_2", "-tls1_3"] {
            let (_openssl, mut client) = shown_by_openssl(&house, own, version);
            client.expect("220 ").await;
            client.message("250 2.0.0").await;
            let (envelope, _) = house.only();
            assert_eq!(
                envelope.trusted_relay,
                *is_trusted,
                "{} {version}",
                own.certificate.display()
            );
            house.stored.lock().unwrap().clear();
        }
    }
}

#[tokio::test]
async fn peers_are_asked_for_certificates_only_where_some_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let server = self_signed(&["mx.example"]);
    let tls = Tls::load(write(folder.path(), "cert", &server)).unwrap();
    let tls = Arc::new(tls);
    for listed in [false, true] {
        let house = House::tcp(|settings| {
            settings.encryption = Encryption::Implicit;
            settings.tls = Some(tls.clone());
            let relay = TrustedCertificate {
                name: "relay".to_owned(),
                proof: Proof::Fingerprint([0; 32]),
            };
            settings
                .trusted_certificates
                .extend(listed.then_some(relay));
        })
        .await;
        let mut roots = RootCertStore::empty();
        roots.add(server.chain[0].clone()).unwrap();
        let asked = Arc::new(Asked::default());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(asked.clone());
        let connector = TlsConnector::from(Arc::new(config));
        let mut client = connect(&house, &connector, "mx.example").await;
        client.expect("220 ").await;
        assert_eq!(asked.0.load(SeqCst), listed);
    }
}

#[tokio::test]
async fn a_certificate_whose_key_the_peer_does_not_hold_is_no_proof() {
    let folder = tempfile::tempdir().unwrap();
    let (server, relay) = (self_signed(&["mx.example"]), self_signed(&["r.example"]));
    let tls = TlsSettings {
        certificates: vec![write(folder.path(), "cert", &server)],
        client_ca: None,
    };
    let trusted = TrustedCertificate {
        name: "relay".to_owned(),
        proof: Proof::Fingerprint(vault::sha256(&relay.chain[0])),
    };
    let house = secured(tls, |settings| {
        settings.trusted_certificates = vec![trusted]
    })
    .await;
    let thief = Made {
        chain: relay.chain.clone(),
        ..self_signed(&["r.example"])
    };
    let mut roots = RootCertStore::empty();
    roots.add(server.chain[0].clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::from_pem_slice(thief.key.serialize_pem().as_bytes()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let stolen = Arc::new(Stolen(Arc::new(CertifiedKey::new(thief.chain, key))));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(stolen);
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(house.address.unwrap()).await.unwrap();
    let name = ServerName::try_from("mx.example").unwrap();
    // In TLS 1.3 the client is done before the server has looked.
    if let Ok(mut client) = connector.connect(name, stream).await {
        assert!(client.read(&mut [0; 64]).await.is_err());
    }
    until(|| {
        house
            .metrics
            .render()
            .contains("tls_handshakes_failed_total 1")
    })
    .await;
}

/// Shows a certificate with another's key.
#[derive(Debug)]
struct Stolen(Arc<CertifiedKey>);

impl ResolvesClientCert for Stolen {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Has no certificate, and notes whether it was asked for one.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, SeqCst);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_relay_that_speaks_for_a_client_is_not_trusted_for_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (server, relay) = (
        self_signed(&["mx.example"]),
        self_signed(&["relay.example"]),
    );
    let tls = TlsSettings {
        certificates: vec![write(folder.path(), "cert", &server)],
        client_ca: None,
    };
    let house = secured(tls, |settings| {
        settings.trusted_certificates = vec![TrustedCertificate {
            name: "relay".to_owned(),
            proof: Proof::Fingerprint(vault::sha256(&relay.chain[0])),
        }];
        settings.xclient = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let connector = connector(&[&server.chain[0]], Some(&relay));
    let mut client = connect(&house, &connector, "mx.example").await;
    client.expect("220 ").await;
    client.send("XCLIENT NAME=c.example\r\n").await;
    client.expect("220 ").await;
    client.message("250 2.0.0").await;
    let envelope = house.only().0;
    assert_eq!(
        (envelope.certificate, envelope.trusted_relay),
        (None, false)
    );
}

#[tokio::test]
async fn sessions_are_resumed() {
    let house = House::tcp(|settings| settings.encryption = Encryption::Implicit).await;
    let connector = connector(&[&own_certificate(&house)], None);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let mut client = connect(&house, &connector, "mx.example").await;
        client.expect("220 ").await;
        kinds.push(client.0.get_ref().1.handshake_kind().unwrap());
    }
    assert_eq!(
        kinds,
        [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed]
    );
}

/// Writes one octet at a time.
struct Drop1(TcpStream);

impl AsyncRead for Drop1 {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Drop1 {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let one = &octets[..octets.len().min(1)];
        Pin::new(&mut self.0).poll_write(cx, one)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_handshake_may_come_octet_by_octet() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client.0.set_nodelay(true).unwrap();
    client.send("STARTTLS\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = over_tls(&house, Drop1(client.0)).await;
    client.message("250 2.0.0").await;
    assert!(house.only().0.tls.is_some());
}

#[tokio::test]
async fn what_is_injected_after_starttls_is_never_obeyed() {
    let said = "STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@csirt.example>\r\nDATA\r\n";
    let house = House::tcp(|settings| {
        settings.deadlines.handshake = Duration::from_millis(200);
        settings.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    for cut in (1..12).chain((12..said.len()).step_by(9)) {
        let mut client = house.connect().await;
        client.0.set_nodelay(true).unwrap();
        let (start, rest) = said.split_at(cut);
        client.send(start).await;
        tokio::task::yield_now().await;
        client.send(rest).await;
        let mut answer = [0; 1024];
        let count = client.0.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..count]);
        assert_eq!(answer, "220 2.0.0 Go on with TLS\r\n", "cut at {cut}");
        // What came later is no TLS: then the handshake fails, and that is right, too.
        let name = ServerName::try_from("mx.example").unwrap();
        let connector = connector(&[&own_certificate(&house)], None);
        if let Ok(stream) = connector.connect(name, client.0).await {
            let mut client = Client(stream);
            client.send("DATA\r\n").await;
            let answer = client.expect("503 5.5.1").await;
            assert_eq!(answer.lines().count(), 1, "cut at {cut}: {answer}");
        }
    }
    assert_eq!(house.count(), 0);
}

#[tokio::test]
async fn a_handshake_that_fails_is_counted_and_gives_all_back() {
    let house = House::tcp(|settings| {
        settings.encryption = Encryption::Implicit;
        settings.deadlines.handshake = Duration::from_millis(100);
    })
    .await;
    for said in ["", "EHLO c.example\r\n", "\x16\x03\x01"] {
        let mut client = Client(TcpStream::connect(house.address.unwrap()).await.unwrap());
        client.send(said).await;
        let mut rest = Vec::new();
        let _ = client.0.read_to_end(&mut rest).await;
    }
    until(|| house.budget.open_connections() == 0).await;
    let metrics = house.metrics.render();
    assert!(
        metrics.contains("tls_handshakes_failed_total 3"),
        "{metrics}"
    );
}

#[test]
fn the_suites_have_forward_secrecy_and_authenticated_encryption() {
    let suites = rustls::crypto::aws_lc_rs::default_provider().cipher_suites;
    for suite in &suites {
        let name = format!("{:?}", suite.suite());
        let forward = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
        let sealed = name.contains("_GCM_") || name.contains("_CHACHA20_POLY1305_");
        assert!(forward && sealed, "{name}");
    }
    assert!(suites.len() >= 6);
}
