//! The sample reports: what real constituents send, made fresh so that dates and ids are new each time.

use anyhow::Context;
use jiff::Zoned;

use super::gnupg::Correspondent;

/// One mail of the tour.
pub(super) struct Sample {
    /// What it shows, for the printed tour.
    pub title: &'static str,
    /// MAIL FROM; empty for the null path.
    pub reverse_path: &'static str,
    /// RCPT TO.
    pub recipient: &'static str,
    /// The message, CRLF line endings.
    pub message: Vec<u8>,
}

const NOC: &str = "noc@partner.example";
const TEAM: &str = "csirt@demo.example";
/// Our MTA's verdict on mail that it has checked: the demo's listener trusts loopback.
const CHECKED: &str = "Authentication-Results: mx.demo.example; dmarc=pass header.from=";

/// What all samples of one run share.
pub(super) struct Filler {
    unique: String,
    date: String,
}

impl Filler {
    pub(super) fn new() -> Filler {
        let now = Zoned::now();
        let date = jiff::fmt::rfc2822::to_string(&now).unwrap_or_default();
        Filler {
            unique: now.timestamp().as_microsecond().to_string(),
            date,
        }
    }

    fn fill(&self, template: &str) -> String {
        template
            .replace("@UNIQUE@", &self.unique)
            .replace("@DATE@", &self.date)
    }

    fn mail(
        &self,
        title: &'static str,
        reverse_path: &'static str,
        recipient: &'static str,
        text: &str,
    ) -> Sample {
        let text = self.fill(text);
        let checked = match reverse_path.rsplit_once('@') {
            Some((_, domain)) => format!("{CHECKED}{domain}\n"),
            None => String::new(),
        };
        let message = crlf(&format!("{checked}{text}"));
        Sample {
            title,
            reverse_path,
            recipient,
            message,
        }
    }

    /// Samples that need neither keys nor an earlier answer.
    pub(super) fn plain(&self) -> Vec<Sample> {
        let form = include_str!("samples/form_fr.eml");
        vec![
            self.mail(
                "plain report in English",
                NOC,
                TEAM,
                include_str!("samples/plain_en.eml"),
            ),
            self.mail(
                "labelled form in French",
                "h.morel@banque.example",
                "abuse+web@demo.example",
                form,
            ),
            self.mail(
                "the same mail again",
                "h.morel@banque.example",
                "abuse+web@demo.example",
                form,
            ),
            self.mail(
                "out-of-office answer",
                "pat@partner.example",
                TEAM,
                include_str!("samples/out_of_office.eml"),
            ),
            self.mail(
                "mailing-list post",
                "security-talk-bounces@lists.example",
                TEAM,
                include_str!("samples/list_post.eml"),
            ),
            self.mail(
                "ARF complaint",
                "feedback@provider.example",
                "abuse@demo.example",
                include_str!("samples/arf.eml"),
            ),
            self.bounce(
                "bounce of a mail that is not ours",
                "unknown@demo.example",
                "former@partner.example",
            ),
        ]
    }

    /// Samples that GnuPG makes.
    pub(super) fn protected(
        &self,
        sender: &Correspondent,
        team: &str,
        stranger: &str,
    ) -> anyhow::Result<Vec<Sample>> {
        let secret = crlf(include_str!("samples/secret.txt"));
        let sealed = sender.sign_and_encrypt(&secret, team)?;
        let inline = sender.sign_and_encrypt(include_bytes!("samples/inline.txt"), team)?;
        let lost = sender.sign_and_encrypt(&secret, stranger)?;
        let autocrypt = sender.autocrypt_header()?;
        let mime = |name: &str, armored: &str| {
            format!(
                "From: Field Sensor <{}>\nTo: {TEAM}\nSubject: ...\nMessage-ID: <{name}.@UNIQUE@@sensor.example>\nDate: @DATE@\n{autocrypt}\
                 MIME-Version: 1.0\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"=_pgp\"\n\n\
                 --=_pgp\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n\
                 --=_pgp\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{armored}\n--=_pgp--\n",
                sender.address
            )
        };
        let inline = format!(
            "From: Field Sensor <{}>\nTo: {TEAM}\nSubject: Attack on our web server\nMessage-ID: <inline.@UNIQUE@@sensor.example>\nDate: @DATE@\n\
             {autocrypt}MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n{inline}\n",
            sender.address
        );
        let from = "sensor@sensor.example";
        Ok(vec![
            self.mail(
                "PGP/MIME, signed and encrypted by GnuPG",
                from,
                TEAM,
                &mime("mime", &sealed),
            ),
            self.mail("inline OpenPGP", from, TEAM, &inline),
            self.mail(
                "encrypted for a key that we don't have",
                from,
                TEAM,
                &mime("lost", &lost),
            ),
        ])
    }

    /// Samples that answer the acknowledgement of the first report.
    pub(super) fn answers(&self, acknowledgement: &[u8]) -> anyhow::Result<Vec<Sample>> {
        let text = String::from_utf8_lossy(acknowledgement);
        let id = field(&text, "Message-ID").context("the acknowledgement has no Message-ID")?;
        let id = id.trim_matches(['<', '>']);
        let subject = field(&text, "Subject").context("the acknowledgement has no Subject")?;
        let reply = include_str!("samples/reply.eml")
            .replace("@ACKNOWLEDGEMENT@", id)
            .replace("@SUBJECT@", &subject);
        Ok(vec![
            self.mail("reply that carries its tag", NOC, TEAM, &reply),
            self.bounce("bounce of our acknowledgement", id, NOC),
        ])
    }

    fn bounce(&self, title: &'static str, returned: &str, recipient: &str) -> Sample {
        let text = include_str!("samples/bounce.eml")
            .replace("@RETURNED@", returned)
            .replace("@RECIPIENT@", recipient);
        self.mail(
            title,
            "",
            TEAM,
            &text.replace("<bounce.", &format!("<bounce{}.", returned.len())),
        )
    }
}

/// An unfolded header field of a message that we made.
fn field(text: &str, name: &str) -> Option<String> {
    let mut value: Option<String> = None;
    for line in text.lines().take_while(|line| !line.is_empty()) {
        match (&mut value, line.starts_with([' ', '\t'])) {
            (Some(value), true) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some(_), false) => break,
            (None, _) => {
                let found = line
                    .split_once(':')
                    .filter(|(found, _)| found.eq_ignore_ascii_case(name));
                value = found.map(|(_, value)| value.trim().to_owned());
            }
        }
    }
    value
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into_bytes()
}
