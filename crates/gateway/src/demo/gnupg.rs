//! A correspondent who uses GnuPG, with a home of his own: the samples are what real clients send.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A GnuPG home with one key.
pub(super) struct Correspondent {
    home: PathBuf,
    /// The address of the key.
    pub address: &'static str,
}

impl Correspondent {
    /// Makes a key for `address`; `home` must be a short path, since the agent's socket lies in it.
    pub(super) fn new(home: &Path, address: &'static str) -> anyhow::Result<Correspondent> {
        std::fs::create_dir_all(home)?;
        std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700))?;
        let correspondent = Correspondent {
            home: home.into(),
            address,
        };
        let user_id = format!("Field Sensor <{address}>");
        correspondent.gpg(
            &[
                "--quick-generate-key",
                &user_id,
                "future-default",
                "default",
                "never",
            ],
            b"",
        )?;
        Ok(correspondent)
    }

    /// Makes one more key in this home; returns its user ID.
    pub(super) fn add_key(&self, user_id: &str) -> anyhow::Result<()> {
        self.gpg(
            &[
                "--quick-generate-key",
                user_id,
                "future-default",
                "default",
                "never",
            ],
            b"",
        )?;
        Ok(())
    }

    /// Takes a certificate.
    pub(super) fn import(&self, certificate: &[u8]) -> anyhow::Result<()> {
        self.gpg(&["--import"], certificate)?;
        Ok(())
    }

    /// Signs with this key and encrypts to `recipient`; armoured.
    pub(super) fn sign_and_encrypt(&self, text: &[u8], recipient: &str) -> anyhow::Result<String> {
        let arguments = [
            "--armor",
            "--trust-model",
            "always",
            "-u",
            self.address,
            "-r",
            recipient,
            "--sign",
            "--encrypt",
        ];
        Ok(String::from_utf8(self.gpg(&arguments, text)?)?)
    }

    /// The `Autocrypt` field with this key.
    pub(super) fn autocrypt_header(&self) -> anyhow::Result<String> {
        let key = self.gpg(
            &[
                "--export-options",
                "export-minimal",
                "--armor",
                "--export",
                self.address,
            ],
            b"",
        )?;
        let armored = String::from_utf8(key)?;
        let body = armored.lines().skip_while(|line| !line.is_empty()).skip(1);
        let lines: Vec<&str> = body
            .take_while(|line| !line.starts_with('=') && !line.starts_with('-'))
            .collect();
        Ok(format!(
            "Autocrypt: addr={}; keydata=\n {}\n",
            self.address,
            lines.join("\n ")
        ))
    }

    fn gpg(&self, arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(&self.home)
            .args([
                "--batch",
                "--quiet",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "",
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("gpg could not be started: install gnupg, or use --no-samples")?;
        let mut stdin = child.stdin.take().context("gpg takes no input")?;
        stdin.write_all(input)?;
        drop(stdin);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "gpg failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(output.stdout)
    }
}

impl Drop for Correspondent {
    /// The agent that gpg started ends with the home.
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(&self.home)
            .args(["--kill", "all"])
            .status();
    }
}
