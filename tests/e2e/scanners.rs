//! What TLS scanners find on the listeners, and what plain text can do to TLS.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::mail::TEAM;
use crate::support::Installation;

/// Scans one port with sslyze, Mozilla's profile "intermediate" included; its printed text and its result.
fn scan(installation: &Installation, port: u16, more: &[&str]) -> (String, Value) {
    let sslyze = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/scanners/bin/sslyze");
    assert!(sslyze.is_file(), "no sslyze: run deploy/unpack-scanners");
    let report = installation.path("sslyze.json");
    let output = Command::new(sslyze)
        .args(more)
        .arg("--early_data")
        .arg("--mozilla_config=intermediate")
        .arg("--json_out")
        .arg(&report)
        .arg("--certinfo_ca_file")
        .arg(installation.path("ca.crt"))
        .arg(format!("localhost:{port}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let json: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    (text, json["server_scan_results"][0]["scan_result"].clone())
}

fn has_no_finding(found: &Value) {
    let result = |name: &str| {
        assert_eq!(found[name]["status"], "COMPLETED", "{name}: {found}");
        &found[name]["result"]
    };
    let suites = |version: &str| -> Vec<String> {
        let result = result(&format!("{version}_cipher_suites"));
        let accepted = result["accepted_cipher_suites"].as_array().unwrap();
        let names = accepted.iter().map(|suite| {
            let name = suite["cipher_suite"]["name"].as_str().unwrap();
            assert_eq!(suite["ephemeral_key"]["type_name"], "ECDH", "{suite}");
            name.to_owned()
        });
        names.collect()
    };
    for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"] {
        assert_eq!(suites(version), Vec::<String>::new(), "{version}");
    }
    for version in ["tls_1_2", "tls_1_3"] {
        let suites = suites(version);
        assert!(!suites.is_empty(), "{version}");
        for suite in suites {
            let sealed = suite.contains("_GCM_") || suite.contains("_POLY1305_");
            let fresh = version == "tls_1_3" || suite.starts_with("TLS_ECDHE_");
            assert!(sealed && fresh, "{suite}");
        }
    }
    for (name, flag, good) in [
        ("heartbleed", "is_vulnerable_to_heartbleed", false),
        (
            "openssl_ccs_injection",
            "is_vulnerable_to_ccs_injection",
            false,
        ),
        (
            "session_renegotiation",
            "is_vulnerable_to_client_renegotiation_dos",
            false,
        ),
        (
            "session_renegotiation",
            "supports_secure_renegotiation",
            true,
        ),
        ("tls_compression", "supports_compression", false),
        ("tls_fallback_scsv", "supports_fallback_scsv", true),
        ("tls_extended_master_secret", "supports_ems_extension", true),
        ("tls_1_3_early_data", "supports_early_data", false),
    ] {
        assert_eq!(result(name)[flag], good, "{name}");
    }
    let robot = &result("robot")["robot_result"];
    assert_eq!(robot, "NOT_VULNERABLE_RSA_NOT_SUPPORTED");
}

#[test]
fn sslyze_finds_nothing() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (smtp, smtps) = (installation.ports.smtp, installation.ports.smtps);
    for (port, more) in [(smtp, &["--starttls", "smtp"][..]), (smtps, &[])] {
        let (text, found) = scan(&installation, port, more);
        assert!(text.contains("OK - Compliant."), "{text}");
        let trusted = text.contains("Supplied CA file CA Store (N/A):   OK");
        assert!(trusted, "{text}");
        has_no_finding(&found);
    }
}

#[test]
fn nmap_finds_no_open_relay_and_no_users() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let output = Command::new("nmap")
        .args(["-Pn", "-n", "-p", &installation.ports.smtp.to_string()])
        .args([
            "--script",
            "+smtp-open-relay,+smtp-commands,+smtp-enum-users",
        ])
        .args(["--script-args", "smtp-open-relay.ip=192.0.2.1"])
        .arg("127.0.0.1")
        .output()
        .unwrap_or_else(|error| panic!("nmap: {error}; apt-get install nmap"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for expected in [
        "smtp-open-relay: Server doesn't seem to be an open relay, all tests failed",
        "smtp-commands: team.example, ",
        "Couldn't find any accounts",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(installation.tickets().len(), 0);
}

#[test]
fn posttls_finger_verifies_the_gateway() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    // An empty folder for configuration: Postfix' own may not be there.
    let folder = installation.path("finger");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("main.cf"), "compatibility_level = 3.6\n").unwrap();
    let output = Command::new("/usr/sbin/posttls-finger")
        .env("MAIL_CONFIG", &folder)
        .args(["-c", "-h", "native", "-l", "secure", "-F"])
        .arg(installation.path("ca.crt"))
        .arg(format!("[localhost]:{}", installation.ports.smtp))
        .output()
        .unwrap_or_else(|error| panic!("posttls-finger: {error}; apt-get install postfix"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("Verified TLS connection established"),
        "{text}"
    );
    assert!(text.contains("TLSv1.3"), "{text}");
}

/// TLS over this connection, the certificate checked.
fn encrypted(
    installation: &Installation,
    stream: TcpStream,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(installation.path("ca.crt")).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, stream)
}

#[test]
fn what_came_in_clear_after_starttls_is_never_obeyed() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let injected = format!(
        "EHLO mallory.example\r\nMAIL FROM:<mallory@elsewhere.example>\r\nRCPT TO:<{TEAM}>\r\n"
    );
    let command = format!("STARTTLS\r\n{injected}");
    // In one segment, and cut where a reader might take the rest for TLS or for commands.
    for cut in [
        "STARTTLS\r".len(),
        "STARTTLS\r\n".len(),
        "STARTTLS\r\nEH".len(),
        command.len(),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", installation.ports.smtp)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        stream.write_all(b"EHLO client.example\r\n").unwrap();
        while !line.starts_with("250 ") {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        let (first, second) = command.split_at(cut);
        stream.write_all(first.as_bytes()).unwrap();
        let _ = stream.write_all(second.as_bytes());
        line.clear();
        let read = reader.read_line(&mut line).unwrap_or(0);
        assert!(read == 0 || line.starts_with("220"), "{cut}: {line}");
        // Nothing more in clear, but for the alert that TLS has for what isn't TLS.
        let more = reader.buffer();
        assert!(more.is_empty() || more.starts_with(b"\x15\x03"), "{more:?}");
        // Now either the connection is closed, or TLS begins and knows nothing of what was injected.
        let mut secured = encrypted(&installation, stream);
        let asked = secured.write_all(b"DATA\r\nQUIT\r\n");
        let mut replies = String::new();
        if asked.is_ok() {
            let _ = secured.read_to_string(&mut replies);
        }
        let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
        assert!(
            codes.is_empty() || codes == ["503", "221"],
            "{cut}: {replies}"
        );
    }
    assert_eq!(installation.tickets().len(), 0);
}
