//! The payloads of `tests/hostile`, and mails that carry them in every place that a sender writes to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::mail::{TEAM, crlf};

/// Payloads in the texts of one mail.
const IN_A_MAIL: usize = 16;

/// One hostile piece of mail, with what it would leave on the window filled in.
pub struct Payload {
    /// `markup-12`, the line of its file.
    pub name: String,
    pub text: String,
}

/// All of a file's; `canary` is the host and port of the test's own listener.
fn read(file: &str, text: &str, canary: &str) -> Vec<Payload> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("# "));
    let payload = |(number, line): (usize, &str)| {
        let name = format!("{file}-{}", number + 1);
        let go = format!("window.pwned_{file}_{}=1", number + 1);
        let text = unescaped(line)
            .replace("@go@", &go)
            .replace("@at@", &format!("{canary}/{name}"));
        Payload { name, text }
    };
    lines.map(payload).collect()
}

/// `\n`, `\xHH`, `\u{HEX}` and so on, as in Rust.
fn unescaped(line: &str) -> String {
    let (mut out, mut letters) = (String::new(), line.chars());
    let code = |digits: &str| char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next().unwrap() {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            '0' => out.push('\0'),
            '\\' => out.push('\\'),
            'x' => {
                let digits: String = letters.by_ref().take(2).collect();
                out.push(code(&digits));
            }
            'u' => {
                let digits: String = letters.by_ref().skip(1).take_while(|c| *c != '}').collect();
                out.push(code(&digits));
            }
            other => panic!("\\{other} in {line}"),
        }
    }
    out
}

/// What mail brings, in three kinds: markup, words of header fields and names of files, and parts that lie.
pub struct Payloads {
    pub markup: Vec<Payload>,
    pub fields: Vec<Payload>,
    parts: Vec<Payload>,
}

impl Payloads {
    pub fn new(canary: &str) -> Payloads {
        let folder = |name: &str, text: &str| read(name, text, canary);
        Payloads {
            markup: folder("markup", include_str!("../../hostile/markup.txt")),
            fields: folder("fields", include_str!("../../hostile/fields.txt")),
            parts: folder("parts", include_str!("../../hostile/parts.txt")),
        }
    }

    pub fn count(&self) -> usize {
        self.markup.len() + self.fields.len() + self.parts.len()
    }

    /// Mails that carry all of them; each has its share in the texts, and some in its header and the names of its files.
    pub fn mails(&self) -> Vec<String> {
        let chunks = self.markup.chunks(IN_A_MAIL).enumerate();
        let count = self.markup.len().div_ceil(IN_A_MAIL);
        let share = |all: usize| all.div_ceil(count);
        let (files, parts) = (share(self.fields.len()), share(self.parts.len()));
        let mail = |(number, chunk): (usize, &[Payload])| {
            let fields = self.fields.iter().skip(number * files).take(files);
            let names: Vec<&Payload> = fields.chain(chunk.iter().take(1)).collect();
            let parts: Vec<&Payload> = self.parts.iter().skip(number * parts).take(parts).collect();
            one(number, chunk, &names, &parts)
        };
        chunks.map(mail).collect()
    }

    /// A machine's answer, which is kept without a ticket.
    pub fn away(&self) -> String {
        let (subject, from) = (&self.markup[3], &self.fields[0]);
        crlf(&format!(
            "From: {} <away@partner.example>\nTo: {TEAM}\nSubject: {}\nMessage-ID: <away@partner.example>\nAuto-Submitted: auto-replied\n\
             X-Auto-Response-Suppress: <script>{}</script>\nDate: Tue, 05 Mar 2024 09:00:00 +0100\n\n{}\n",
            word(&from.text),
            word(&subject.text),
            subject.name,
            self.markup[5].text
        ))
    }
}

/// RFC 2047, in pieces that are short enough.
pub fn word(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let piece = |piece: &[char]| {
        let piece: String = piece.iter().collect();
        format!("=?utf-8?b?{}?=", STANDARD.encode(piece))
    };
    letters
        .chunks(10)
        .map(piece)
        .collect::<Vec<_>>()
        .join("\n ")
}

/// RFC 2231.
fn extended(text: &str) -> String {
    text.bytes()
        .map(|octet| format!("%{octet:02X}"))
        .collect::<String>()
}

/// What fits into a field as it stands.
fn bare(text: &str) -> String {
    let fits = |c: &char| c.is_ascii_graphic() || *c == ' ';
    text.chars().filter(fits).collect()
}

fn folded(text: &str) -> String {
    let octets = STANDARD.encode(text);
    let lines = octets.as_bytes().chunks(76);
    let lines = lines.map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// A part of `parts.txt`.
fn lying(payload: &Payload) -> String {
    let (head, body) = payload.text.split_once(" || ").unwrap();
    let script = format!(
        "<script>window.pwned_{}=1</script>",
        payload.name.replace('-', "_")
    );
    let utf16: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // Escapes to a set in which the letters of markup are others, and back in the middle of it.
    let iso2022 = format!(
        "\u{1b}$B\u{1b}(J{}\u{1b}$B\"<\u{1b}(B",
        script.replace("pt>", "\u{1b}(Jpt\u{1b}(B>")
    );
    let body = body
        .replace("@utf16@", &STANDARD.encode(utf16))
        .replace("@iso2022@", &STANDARD.encode(iso2022));
    format!("{}\n\n{body}\n", head.replace(" | ", "\n"))
}

fn one(number: usize, chunk: &[Payload], names: &[&Payload], parts: &[&Payload]) -> String {
    let at = |place: usize| &chunk[place % chunk.len()].text;
    let hidden = &names[0].text;
    let text: Vec<String> = chunk
        .iter()
        .chain(names.iter().copied())
        .map(|payload| format!("({}) {}", payload.name, payload.text))
        .collect();
    let html: Vec<&str> = chunk.iter().map(|payload| payload.text.as_str()).collect();
    let files: String = names
        .iter()
        .map(|name| {
            format!(
                "--b\nContent-Type: application/octet-stream; name*=utf-8''{0}\nContent-Disposition: attachment; filename*=utf-8''{0}\n\n{1}\n",
                extended(&name.text),
                name.name
            )
        })
        .collect();
    let parts: String = parts
        .iter()
        .map(|part| format!("--b\n{}", lying(part)))
        .collect();
    let text = format!(
        "Our host 198.51.100.{number} is attacked from 192.0.2.{number}, see http://evil{number}.example/\n\n{}\n",
        text.join("\n")
    );
    crlf(&format!(
        "From: {from} <sender{number}@partner.example>\nTo: {TEAM}\nReply-To: {reply} <x@evil.example>\nSubject: {subject}\n\
         Message-ID: <h{number}.{id}@partner.example>\nReferences: <{reference}@partner.example>\nIn-Reply-To: {reference}\n\
         Date: Tue, 05 Mar 2024 09:00:00 +0100\nUser-Agent: {agent}\nOrganization: {subject}\nX-<script>pwn</script>: {agent}\n\
         Authentication-Results: mx.team.example; dmarc=fail ({agent}) header.from=\"{agent}\"\n\
         MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{text}\n\
         --b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{html}\n{files}{parts}--b--\n",
        from = word(if number.is_multiple_of(2) {
            hidden
        } else {
            at(1)
        }),
        reply = word(at(2)),
        subject = word(if number.is_multiple_of(2) {
            at(3)
        } else {
            hidden
        }),
        id = bare(at(4)).replace(' ', ""),
        reference = bare(at(5)).replace(' ', ""),
        agent = bare(at(6)).replace('"', "'"),
        text = folded(&text),
        html = folded(&html.join("\n")),
    ))
}
