//! Accounts on a submission port, relays that name clients, and BDAT: with independent clients and the real daemon.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use crate::mail::TEAM;
use crate::support::{BINARY, Conversation, Installation, free_port, installed};

// Test only.
const PASSWORD: &str = "correct horse battery staple";

/// An installation with a submission port, and that port. Files beside the configuration can't add a listener to it.
fn with_submission() -> (Installation, u16) {
    let installation = Installation::new("");
    let port = free_port();
    let mut file = OpenOptions::new()
        .append(true)
        .open(installation.configuration())
        .unwrap();
    let accounts = installation.path("accounts");
    write!(
        file,
        "[accounts]\nfile = \"{}\"\n[[listener]]\nname = \"submission\"\nprotocol = \"smtp\"\n\
         address = \"127.0.0.1:{port}\"\ntls = \"starttls\"\nrequire_tls = true\naccounts = true\nrequire_account = true\n",
        accounts.display()
    )
    .unwrap();
    (installation, port)
}

fn account(installation: &Installation, arguments: &[&str], password: &str) -> Output {
    let mut child = installation
        .command(&["account"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended without asking.
    let _ = writeln!(child.stdin.take().unwrap(), "{password}");
    child.wait_with_output().unwrap()
}

fn swaks(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("swaks")
        .args([
            "--from",
            "noc@partner.example",
            "--helo",
            "client.example",
            "--to",
            TEAM,
        ])
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn accounts_are_made_listed_changed_and_removed() {
    let (installation, _) = with_submission();
    let does = |arguments: &[&str], password: &str| {
        let output = account(&installation, arguments, password);
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    assert_eq!(does(&["add", "sensor-7"], PASSWORD).0, Some(0));
    let file = installation.path("accounts");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let first = fs::read_to_string(&file).unwrap();
    assert!(
        first.contains("\nsensor-7:SCRAM-SHA-256$100000:"),
        "{first}"
    );
    assert!(!first.contains("horse"));
    let (code, text) = does(&["add", "sensor-7"], PASSWORD);
    assert!(code == Some(1) && text.contains("set-password"), "{text}");
    assert_eq!(
        does(&["set-password", "sensor-7"], "another password").0,
        Some(0)
    );
    assert!(fs::read_to_string(&file).unwrap() != first);
    for (name, password, why) in [
        ("a:b", PASSWORD, "account name"),
        ("*", PASSWORD, "account name"),
        ("short", "too short", "12 characters"),
        ("odd", "twelve\u{7} or more", "control character"),
    ] {
        let (code, text) = does(&["add", name], password);
        assert!(code == Some(1) && text.contains(why), "{name}: {text}");
    }
    assert_eq!(does(&["add", "alice@team.example"], PASSWORD).0, Some(0));
    assert_eq!(does(&["list"], "").1, "alice@team.example\nsensor-7\n");
    assert_eq!(does(&["remove", "sensor-7"], "").0, Some(0));
    assert_eq!(does(&["remove", "sensor-7"], "").0, Some(1));
    assert_eq!(does(&["set-password", "nobody"], PASSWORD).0, Some(1));
    assert_eq!(does(&["list"], "").1, "alice@team.example\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, text) = does(&["list"], "");
    assert!(code == Some(1) && text.contains("chmod"), "{text}");
}

#[test]
fn clients_log_in_and_send() {
    let (installation, port) = with_submission();
    assert!(
        account(&installation, &["add", "sensor-7"], PASSWORD)
            .status
            .success()
    );
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let server = format!("127.0.0.1:{port}");
    let with = |password: &str| {
        swaks(&[
            "--server",
            &server,
            "--tls",
            "--auth",
            "PLAIN",
            "--auth-user",
            "sensor-7",
            "--auth-password",
            password,
        ])
    };
    let (sent, text) = with(PASSWORD);
    assert!(
        sent && text.contains("235 2.7.0") && text.contains("250 2.0.0 Stored"),
        "{text}"
    );
    let (sent, text) = with("wrong");
    assert!(!sent && text.contains("535 5.7.8"), "{text}");
    let (sent, text) = swaks(&["--server", &server, "--tls"]);
    assert!(!sent && text.contains("530 5.7.0"), "{text}");
    let (sent, text) = swaks(&["--server", &server]);
    assert!(!sent && text.contains("530 5.7.0 Use STARTTLS"), "{text}");
    // The other listeners have no accounts.
    let other = format!("127.0.0.1:{}", installation.ports.smtp);
    let (_, text) = swaks(&["--server", &other, "--tls", "--quit-after", "EHLO"]);
    assert!(
        !text.contains("AUTH") && text.contains("CHUNKING"),
        "{text}"
    );
    smtplib_logs_in(&installation, port);
    // A password that changes counts at once.
    assert!(
        account(
            &installation,
            &["set-password", "sensor-7"],
            "a different password"
        )
        .status
        .success()
    );
    assert!(with("a different password").0 && !with(PASSWORD).0);
    assert!(installation.metric("pillarbox_authentications_total") >= 4.0);
    let log = installation.log();
    assert!(
        log.contains("authentication failed") && !log.contains("sensor-7"),
        "{log}"
    );
    for secret in [PASSWORD, "a different password"] {
        assert!(!log.contains(secret), "{log}");
    }
}

fn smtplib_logs_in(installation: &Installation, port: u16) {
    assert!(installed("python3"), "deploy/packages names it");
    let script = "import smtplib, ssl, sys\n\
            client = smtplib.SMTP('localhost', int(sys.argv[1]))\n\
            client.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))\n\
            client.login('sensor-7', sys.argv[3])\n\
            client.sendmail('noc@partner.example', 'csirt@team.example', 'Subject: python\\n\\nAttack from 192.0.2.10.\\n')\n\
            client.quit()\n";
    let output = Command::new("python3")
        .args(["-c", script, &port.to_string()])
        .arg(installation.path("ca.crt"))
        .arg(PASSWORD)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn gsasl_proves_itself_by_scram() {
    assert!(installed("gsasl"), "deploy/packages names it");
    let (installation, port) = with_submission();
    assert!(
        account(&installation, &["add", "sensor-7"], PASSWORD)
            .status
            .success()
    );
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let tries = |password: &str| {
        let output = Command::new("gsasl")
            .args([
                "--smtp",
                "--starttls",
                "--client",
                "--no-cb",
                "--mechanism",
                "SCRAM-SHA-256",
            ])
            .args(["--authentication-id", "sensor-7", "--password", password])
            .arg(format!(
                "--x509-ca-file={}",
                installation.path("ca.crt").display()
            ))
            .arg(format!("--connect=localhost:{port}"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    let text = tries(PASSWORD);
    assert!(text.contains("235 2.7.0"), "{text}");
    let text = tries("wrong password");
    assert!(text.contains("535 5.7.8"), "{text}");
}

#[test]
fn relays_name_clients_and_messages_and_send_in_chunks() {
    let installation = Installation::new("");
    let text = fs::read_to_string(installation.configuration()).unwrap();
    let believes =
        "tls = \"starttls\"\nxclient = [\"127.0.0.1/32\"]\nxforward = [\"127.0.0.1/32\"]";
    fs::write(
        installation.configuration(),
        text.replace("tls = \"starttls\"", believes),
    )
    .unwrap();
    let _daemon = installation.serve();
    let server = format!("127.0.0.1:{}", installation.ports.smtp);
    let (sent, text) = swaks(&[
        "--server",
        &server,
        "--tls",
        "--xclient-addr",
        "192.0.2.9",
        "--xclient-name",
        "client.example",
    ]);
    assert!(
        sent && text.contains("XCLIENT") && text.contains("250 2.0.0 Stored"),
        "{text}"
    );
    let mut client = Conversation::connect(installation.ports.smtp).unwrap();
    for line in [
        "EHLO relay.example",
        "XFORWARD NAME=client.example ADDR=192.0.2.9 IDENT=4bVx2k3zzz",
        "MAIL FROM:<noc@partner.example>",
        &format!("RCPT TO:<{TEAM}>"),
    ] {
        let answer = client.say(line).unwrap();
        assert!(answer.starts_with("250 "), "{line}: {answer}");
    }
    client.write("BDAT 16\r\nSubject: chunks\r").unwrap();
    assert!(client.reply().unwrap().starts_with("250 2.0.0 16 octets"));
    client
        .write("BDAT 30 LAST\r\n\n\r\nAttack from 192.0.2.10.\r\n\r\n")
        .unwrap();
    assert!(client.reply().unwrap().starts_with("250 2.0.0 Stored as"));
    installation.settle();
    assert_eq!(installation.tickets().len(), 2);
    let log = installation.log();
    assert!(log.contains("\"upstream\":\"4bVx2k3zzz\""), "{log}");
    assert!(
        !log.contains("192.0.2.9") && !log.contains("client.example"),
        "{log}"
    );
}

#[test]
fn accounts_where_they_don_t_belong_are_a_wrong_configuration() {
    let tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n";
    let file = "[accounts]\nfile = \"/a\"\n";
    let listener = |more: &str| format!("[[listener]]\nname = \"a\"\n{more}\n");
    let smtp = "protocol = \"smtp\"\naccounts = true\n";
    let cases = [
        (
            listener(&format!(
                "{smtp}address = \"127.0.0.1:25\"\ntls = \"starttls\""
            )),
            file,
            "port 25",
        ),
        (
            listener(&format!("{smtp}address = \"127.0.0.1:587\"")),
            file,
            "TLS",
        ),
        (
            listener(&format!(
                "{smtp}address = \"127.0.0.1:587\"\ntls = \"starttls\""
            )),
            "",
            "accounts.file",
        ),
        (
            listener(
                "protocol = \"lmtp\"\naccounts = true\naddress = \"127.0.0.1:587\"\ntls = \"starttls\"",
            ),
            file,
            "smtp",
        ),
        (
            listener("protocol = \"smtp\"\nrequire_account = true\naddress = \"127.0.0.1:587\""),
            file,
            "accounts = true",
        ),
        (
            listener(
                "protocol = \"smtp\"\nbare_line_ends = \"maybe\"\naddress = \"127.0.0.1:587\"",
            ),
            file,
            "normalize",
        ),
    ];
    for (listener, file, why) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pillarbox.toml");
        fs::write(&path, format!("{listener}{tls}{file}")).unwrap();
        let output = Command::new(BINARY)
            .arg("--config")
            .arg(&path)
            .args(["config", "check"])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{listener}: {errors}");
        assert!(errors.contains(why), "{listener}: {errors}");
    }
}
