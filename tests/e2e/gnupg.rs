//! A correspondent who uses GnuPG, with a home of his own.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use crate::mail::crlf;

/// A GnuPG home; its agent ends when this is dropped.
pub struct Gnupg {
    home: tempfile::TempDir,
}

impl Gnupg {
    /// An empty home; its path is short, since the agent's socket lies in it.
    pub fn new() -> Gnupg {
        let home = tempfile::Builder::new()
            .prefix("g")
            .tempdir_in("/tmp")
            .unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Gnupg { home }
    }

    /// Its folder.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Makes a key; its fingerprint.
    pub fn make_key(&self, user_id: &str) -> String {
        self.run(
            &[
                "--quick-generate-key",
                user_id,
                "future-default",
                "default",
                "never",
            ],
            b"",
        );
        let address = user_id.rsplit(['<', '>']).nth(1).unwrap_or(user_id);
        let listing = self.run(&["--with-colons", "--list-keys", address], b"");
        let listing = String::from_utf8(listing).unwrap();
        let line = listing.lines().find(|line| line.starts_with("fpr:"));
        line.unwrap().split(':').nth(9).unwrap().to_owned()
    }

    /// Makes a key of these algorithms, `rsa2048` or `ed25519` with its partner for encryption; its fingerprint.
    pub fn make_key_of(&self, user_id: &str, algorithm: &str) -> String {
        if algorithm == "ed25519" {
            return self.make_key(user_id);
        }
        let made = [
            "--quick-generate-key",
            user_id,
            algorithm,
            "sign,cert",
            "never",
        ];
        self.run(&made, b"");
        let listing = self.run(&["--with-colons", "--list-keys"], b"");
        let listing = String::from_utf8(listing).unwrap();
        let line = listing.lines().find(|line| line.starts_with("fpr:"));
        let fingerprint = line.unwrap().split(':').nth(9).unwrap().to_owned();
        self.run(
            &["--quick-add-key", &fingerprint, algorithm, "encr", "never"],
            b"",
        );
        fingerprint
    }

    /// Takes a certificate.
    pub fn import(&self, certificate: &str) {
        self.run(&["--import"], certificate.as_bytes());
    }

    /// The armoured certificate of an address.
    pub fn export(&self, address: &str) -> String {
        let arguments = [
            "--armor",
            "--export-options",
            "export-minimal",
            "--export",
            address,
        ];
        String::from_utf8(self.run(&arguments, b"")).unwrap()
    }

    /// Signs and encrypts; armoured.
    pub fn sign_and_encrypt(&self, from: &str, to: &str, text: &str) -> String {
        let arguments = ["--armor", "-u", from, "-r", to, "--sign", "--encrypt"];
        String::from_utf8(self.run(&arguments, text.as_bytes())).unwrap()
    }

    /// A detached signature; armoured.
    pub fn sign(&self, from: &str, octets: &str) -> String {
        let arguments = [
            "--armor",
            "-u",
            from,
            "--digest-algo",
            "SHA512",
            "--detach-sign",
        ];
        String::from_utf8(self.run(&arguments, octets.as_bytes())).unwrap()
    }

    /// Decrypts; the text and what gpg says on its status lines.
    pub fn decrypt(&self, armored: &str) -> (String, String) {
        let output = self.output(&["--status-fd", "2", "--decrypt"], armored.as_bytes());
        let status = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{status}");
        (String::from_utf8(output.stdout).unwrap(), status)
    }

    /// Checks a detached signature over these very octets; what gpg says on its status lines.
    pub fn verify(&self, octets: &str, signature: &str) -> String {
        let file = self.home.path().join("signature.asc");
        std::fs::write(&file, signature).unwrap();
        let file = file.display().to_string();
        let output = self.output(
            &["--status-fd", "2", "--verify", &file, "-"],
            octets.as_bytes(),
        );
        let status = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{status}");
        status
    }

    /// The certificate with its revocation, because the key was stolen; the key here is revoked, too.
    pub fn revoked(&self, fingerprint: &str, address: &str) -> String {
        let asked = ["--command-fd", "0", "--yes", "--gen-revoke", fingerprint];
        // Yes; reason 1: compromised; no description; it is all right.
        let arguments = [&["--no-batch"][..], &asked].concat();
        let certificate = self.output(&arguments, b"y\n1\n\ny\n");
        assert!(
            !certificate.stdout.is_empty(),
            "{}",
            String::from_utf8_lossy(&certificate.stderr)
        );
        self.run(&["--import"], &certificate.stdout);
        self.export(address)
    }

    /// Runs gpg, which must succeed.
    pub fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.output(arguments, input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gpg {arguments:?}: {errors}");
        output.stdout
    }

    fn output(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--batch", "--no-tty", "--quiet", "--trust-model", "always"])
            .args(["--pinentry-mode", "loopback", "--passphrase", ""])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("gpg: {error}; apt-get install gnupg"));
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "all"])
            .output();
    }
}

/// Header lines and body of an encrypted message (RFC 3156 section 4).
pub fn encrypted_entity(armored: &str) -> (String, String) {
    let head = "MIME-Version: 1.0\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"=_e\"\n";
    let body = format!(
        "--=_e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--=_e\nContent-Type: application/octet-stream\n\n{armored}\n--=_e--\n"
    );
    (head.to_owned(), body)
}

/// Header lines and body of a signed message (RFC 3156 section 5). `entity` was signed with CRLF line ends.
pub fn signed_entity(entity: &str, signature: &str) -> (String, String) {
    let head = "MIME-Version: 1.0\nContent-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=\"=_s\"\n";
    let body = format!(
        "--=_s\n{}\n--=_s\nContent-Type: application/pgp-signature\n\n{signature}\n--=_s--\n",
        entity.replace("\r\n", "\n")
    );
    (head.to_owned(), body)
}

/// The signed octets and the signature of a `multipart/signed` message, as a strict reader takes it apart.
pub fn split_signed(message: &str) -> (String, String) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let (_, boundary) = head.split_once("boundary=\"").unwrap();
    let boundary = boundary.split('"').next().unwrap();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    let [_, signed, signature, _] = parts.as_slice() else {
        panic!("not two parts: {message}");
    };
    let inside = |part: &str| {
        let part = part.strip_prefix("\r\n").unwrap();
        part.strip_suffix("\r\n").unwrap().to_owned()
    };
    let (signed, signature) = (inside(signed), inside(signature));
    let (_, signature) = signature.split_once("\r\n\r\n").unwrap();
    (signed, signature.to_owned())
}

/// The armoured message in a `multipart/encrypted` or inline mail.
pub fn armored_message(message: &str) -> String {
    let begin = message.find("-----BEGIN PGP MESSAGE-----").unwrap();
    let end_line = "-----END PGP MESSAGE-----";
    let end = message.find(end_line).unwrap() + end_line.len();
    crlf(&message[begin..end]) + "\r\n"
}
