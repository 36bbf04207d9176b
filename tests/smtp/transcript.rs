//! Conversations as text. A file in `tests/transcripts/` holds one; its name says what it is about.
//!
//! | line | meaning |
//! | --- | --- |
//! | `# …` | a comment |
//! | `! key=value …` | a setting, see [`Settings`] |
//! | `C: text` | the peer sends this and CRLF; `\r \n \0 \\ \xHH` are understood |
//! | `R: text` | the peer sends this and nothing more |
//! | `WAIT` | the peer waits for the answers before it sends on |
//! | `S: text` | we answer this |
//! | `M: from to,to …` | a message is complete, and what is special about it; its content follows in `D:` (with CRLF) and `d:` (without) |
//! | `X: …` | the peer names another client, which is then judged |
//! | `A: …` | a step of an authentication, answered as the setting `auth` says |
//! | `TLS`, `CLOSE` | the step of that name |
//!
//! `C*20: text` stands for twenty such lines. With `REWRITE_TRANSCRIPTS=1` the answers are written anew, to be read as
//! a diff.

use std::sync::Arc;

use intake::envelope::ReversePath;
use intake::smtp::{
    Accepted, Accounts, Authenticate, Channel, Limits, LineEnds, Mechanism, Named, Naming, Origin,
    Policy, Protocol, Recipients, Refusal, Room, Session, Step, Stored, TlsPolicy,
};

/// What a conversation is held under.
#[derive(Clone)]
pub struct Settings {
    pub policy: Policy,
    channel: Channel,
    pub naming: Naming,
    /// What clients may say that were named.
    named: Naming,
    room: Room,
    stored: Vec<Stored>,
    refuse: Option<Refusal>,
    /// What becomes of the steps of authentications, in order: `ok:NAME`, `bad`, `unavailable`, `malformed` or
    /// `challenge:BASE64`.
    pub judgements: Vec<String>,
    client: Option<Refusal>,
}

pub fn policy() -> Policy {
    Policy {
        protocol: Protocol::Smtp,
        hostname: "mx.example".to_owned(),
        recipients: Recipients::new(
            ["Team@csirt.example", "jürgen@csirt.example"],
            ["abuse", "CSIRT", "postmaster"],
            ["csirt.example", "other.example"],
        ),
        tls: TlsPolicy::Offered,
        line_ends: LineEnds::Reject,
        chunking: true,
        accounts: Accounts::Off,
        limits: Limits {
            message_size: 2000,
            messages: None,
            ..Limits::default()
        },
    }
}

impl Settings {
    fn new() -> Self {
        Self {
            policy: policy(),
            channel: Channel::Clear,
            naming: Naming::default(),
            named: Naming::default(),
            room: Room::Free,
            stored: Vec::new(),
            refuse: None,
            judgements: Vec::new(),
            client: None,
        }
    }

    fn set(&mut self, setting: &str) {
        let (key, value) = setting.split_once('=').unwrap();
        match (key, value) {
            ("protocol", "lmtp") => self.policy.protocol = Protocol::Lmtp,
            ("tls", "off") => self.policy.tls = TlsPolicy::Off,
            ("tls", "required") => self.policy.tls = TlsPolicy::Required,
            ("channel", "secured") => self.channel = Channel::Secured,
            ("line_ends", "keep") => self.policy.line_ends = LineEnds::Keep,
            ("line_ends", "normalize") => self.policy.line_ends = LineEnds::Normalize,
            ("chunking", "off") => self.policy.chunking = false,
            ("accounts", "offered") => self.policy.accounts = Accounts::Offered,
            ("accounts", "required") => self.policy.accounts = Accounts::Required,
            ("auth", judgement) => self.judgements.push(judgement.to_owned()),
            ("xclient", "trusted") => self.naming.xclient = true,
            ("xforward", "trusted") => self.naming.xforward = true,
            ("xclient_of_named", "trusted") => self.named.xclient = true,
            ("xforward_of_named", "trusted") => self.named.xforward = true,
            ("client", "unwanted") => self.client = Some(Refusal::TooManyConnections),
            ("messages", number) => self.policy.limits.messages = Some(number.parse().unwrap()),
            ("size", number) => self.policy.limits.message_size = number.parse().unwrap(),
            ("recipients", number) => self.policy.limits.recipients = number.parse().unwrap(),
            ("room", "full") => self.room = Room::Full,
            ("stored", "unavailable") => self.stored.push(Stored::Unavailable),
            ("stored", "full") => self.stored.push(Stored::Full),
            ("refuse", "full") => self.refuse = Some(Refusal::Full),
            _ => panic!("unknown setting {setting}"),
        }
    }
}

/// A transcript: what is sent, segment by segment, and what is expected.
pub struct Transcript {
    pub settings: Settings,
    pub segments: Vec<Vec<u8>>,
    pub expected: Vec<String>,
    lines: Vec<String>,
}

impl Transcript {
    pub fn parse(text: &str) -> Self {
        let mut transcript = Self {
            settings: Settings::new(),
            segments: vec![Vec::new()],
            expected: Vec::new(),
            lines: Vec::new(),
        };
        for line in text.lines() {
            transcript.lines.push(line.to_owned());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(settings) = line.strip_prefix("! ") {
                settings
                    .split(' ')
                    .for_each(|setting| transcript.settings.set(setting));
            } else if line == "WAIT" {
                transcript.segments.push(Vec::new());
            } else if let Some(sent) = sent(line) {
                transcript.segments.last_mut().unwrap().extend(sent);
            } else {
                let (tag, count, text) = split(line);
                transcript
                    .expected
                    .extend((0..count).map(|_| format!("{tag}{text}")));
            }
        }
        transcript
    }

    /// The same conversation with the answers that are given now, each after the line that brings it about.
    pub fn rewrite(&self) -> String {
        let mut out = String::new();
        let mut driver = Driver::new(&self.settings);
        let mut shown = 0;
        let mut show = |driver: &Driver, out: &mut String| {
            let new = &driver.events[shown..];
            shown = driver.events.len();
            for group in new.chunk_by(|a, b| a == b) {
                let tag = ["S: ", "D: ", "d: ", "X: "]
                    .into_iter()
                    .find(|tag| group[0].starts_with(tag));
                match tag {
                    Some(tag) if group.len() > 2 => {
                        out.push_str(&format!(
                            "{}*{}{}\n",
                            &tag[..1],
                            group.len(),
                            &group[0][1..]
                        ));
                    }
                    _ => group
                        .iter()
                        .for_each(|event| out.push_str(&format!("{event}\n"))),
                }
            }
        };
        show(&driver, &mut out);
        let greeting = std::mem::take(&mut out);
        let mut greeted = false;
        for line in &self.lines {
            let input = sent(line);
            if input.is_none()
                && !(line.is_empty() || line.starts_with(['#', '!']) || line == "WAIT")
            {
                continue;
            }
            if !greeted && (input.is_some() || line == "WAIT") {
                out.push_str(&greeting);
                greeted = true;
            }
            out.push_str(line);
            out.push('\n');
            match input {
                Some(input) => driver.feed(&input),
                None if line == "WAIT" => driver.next_segment(),
                None => {}
            }
            show(&driver, &mut out);
        }
        out
    }
}

/// What is known, each with a space before it.
fn described(origin: &Origin) -> String {
    let address = match &origin.address {
        Named::Unsaid => Named::Unsaid,
        Named::Unknown => Named::Unknown,
        Named::Is(address) => Named::Is(address.to_string()),
    };
    let said = [
        ("address", &address),
        ("name", &origin.name),
        ("helo", &origin.helo),
        ("login", &origin.login),
        ("ident", &origin.ident),
    ];
    let text = |(key, value): (&str, &Named<String>)| match value {
        Named::Unsaid => String::new(),
        Named::Unknown => format!(" {key}?"),
        Named::Is(value) => format!(" {key}={value}"),
    };
    said.map(text).concat()
}

fn sent(line: &str) -> Option<Vec<u8>> {
    let crlf: &[u8] = match line.as_bytes().first() {
        Some(b'C') if line.starts_with("C:") || line.starts_with("C*") => b"\r\n",
        Some(b'R') if line.starts_with("R:") || line.starts_with("R*") => b"",
        _ => return None,
    };
    let (_, count, text) = split(line);
    let mut once = unescape(text);
    once.extend_from_slice(crlf);
    Some(once.repeat(count))
}

/// Tag with its colon and space, count, text.
fn split(line: &str) -> (String, usize, &str) {
    let Some((head, text)) = line
        .split_once(": ")
        .or_else(|| line.strip_suffix(':').map(|head| (head, "")))
    else {
        return (line.to_owned(), 1, "");
    };
    match head.split_once('*') {
        Some((tag, count)) => (format!("{tag}: "), count.parse().unwrap(), text),
        None => (format!("{head}: "), 1, text),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let (octet, length) = match after.as_bytes()[0] {
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b'0' => (0, 1),
            b'\\' => (b'\\', 1),
            b'x' => (u8::from_str_radix(&after[1..3], 16).unwrap(), 3),
            other => panic!("unknown escape {other}"),
        };
        out.push(octet);
        rest = &after[length..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\0' => out.push_str("\\0"),
                '\\' => out.push_str("\\\\"),
                other => out.push(other),
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|octet| out.push_str(&format!("\\x{octet:02x}")));
    }
    out
}

/// Does what the listener does, and takes notes.
pub struct Driver {
    settings: Settings,
    session: Session,
    naming: Naming,
    content: Vec<u8>,
    messages: usize,
    judgements: usize,
    pub events: Vec<String>,
    state: Peer,
}

#[derive(PartialEq)]
enum Peer {
    Talking,
    /// `STARTTLS` was answered: what is left of this segment never reaches the new session.
    Handshake,
    Gone,
}

impl Driver {
    pub fn new(settings: &Settings) -> Self {
        let session = Session::new(Arc::new(settings.policy.clone()), settings.channel)
            .with_naming(settings.naming);
        let mut out = Vec::new();
        session.greeting(&mut out);
        let mut driver = Self {
            settings: settings.clone(),
            session,
            naming: settings.naming,
            content: Vec::new(),
            messages: 0,
            judgements: 0,
            events: Vec::new(),
            state: Peer::Talking,
        };
        driver.session.set_room(settings.room);
        driver.note(&out);
        driver
    }

    pub fn feed(&mut self, mut input: &[u8]) {
        while !input.is_empty() && self.state == Peer::Talking {
            let mut out = Vec::new();
            let before = self.content.len();
            let (consumed, step) = self.session.receive(input, &mut self.content, &mut out);
            let factor = match self.settings.policy.line_ends {
                LineEnds::Normalize => 2,
                LineEnds::Reject | LineEnds::Keep => 1,
            };
            assert!(
                self.content.len() <= before + factor * consumed + 1,
                "content is bounded by what was consumed"
            );
            assert!(
                consumed > 0 || step != Step::More,
                "it goes on, or something is to be done"
            );
            input = &input[consumed..];
            let dropped = !matches!(step, Step::StartTls | Step::Close) || input.is_empty();
            assert!(dropped, "nothing is left for whoever comes after");
            self.note(&out);
            if let Some(refusal) = self.settings.refuse {
                self.session.refuse_content(refusal);
            }
            self.take(step);
        }
    }

    pub fn next_segment(&mut self) {
        if self.state == Peer::Handshake {
            self.state = Peer::Talking;
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::More => {}
            Step::Discard | Step::Refused(_) => self.content.clear(),
            Step::Client(origin) => self.judge_client(&origin),
            Step::Authenticate(step) => self.judge(&step),
            Step::Message(accepted) => self.store(&accepted),
            Step::StartTls => {
                self.events.push("TLS".to_owned());
                self.session =
                    Session::new(Arc::new(self.settings.policy.clone()), Channel::Secured)
                        .with_naming(self.naming);
                self.session.set_room(self.settings.room);
                assert!(self.content.is_empty(), "nothing said in clear is left");
                self.state = Peer::Handshake;
            }
            Step::Close => {
                self.events.push("CLOSE".to_owned());
                self.state = Peer::Gone;
            }
        }
    }

    fn judge_client(&mut self, origin: &Origin) {
        self.events.push(format!("X:{}", described(origin)));
        let mut out = Vec::new();
        match self.settings.client {
            None => {
                self.naming = self.settings.named;
                let policy = Arc::new(self.settings.policy.clone());
                self.session.restart(policy, self.naming, &mut out);
            }
            Some(refusal) => self.session.end(refusal, &mut out),
        }
        self.note(&out);
    }

    fn judge(&mut self, step: &Authenticate) {
        self.events.push(match step {
            Authenticate::Start(mechanism, initial) => {
                let mechanism = match mechanism {
                    Mechanism::ScramSha256 => "SCRAM-SHA-256",
                    Mechanism::Plain => "PLAIN",
                };
                let initial = initial.as_ref().map_or("(none)", |text| text.as_str());
                format!("A: {mechanism} {initial}")
            }
            Authenticate::Response(text) if text.len() > 100 => {
                format!("A: response of {} letters", text.len())
            }
            Authenticate::Response(text) => format!("A: response {}", text.as_str()),
        });
        let judgement = self.settings.judgements.get(self.judgements);
        self.judgements += 1;
        let mut out = Vec::new();
        let judgement = judgement.map_or("ok:alice", String::as_str);
        let step = match judgement.split_once(':') {
            Some(("challenge", base64)) => {
                self.session.challenge(base64, &mut out);
                Step::More
            }
            Some(("ok", name)) => {
                self.session.authenticated(name.to_owned(), &mut out);
                Step::More
            }
            _ => {
                let why = match judgement {
                    "bad" => Refusal::BadCredentials,
                    "unavailable" => Refusal::AuthUnavailable,
                    "malformed" => Refusal::BadBase64,
                    other => panic!("unknown judgement {other}"),
                };
                self.session.not_authenticated(why, &mut out)
            }
        };
        self.note(&out);
        self.take(step);
    }

    fn store(&mut self, accepted: &Accepted) {
        let from = match &accepted.reverse_path {
            ReversePath::Null => "<>",
            ReversePath::Mailbox(address) => address,
            ReversePath::Unknown => panic!("a session knows the reverse-path"),
        };
        assert!(!accepted.forward_paths.is_empty() && !accepted.helo.is_empty());
        let mut special = described(&accepted.origin);
        if accepted.bare_line_ends {
            special.push_str(" bare");
        }
        if let Some(account) = &accepted.account {
            special.push_str(&format!(" account={account}"));
        }
        if accepted.helo != "client.example" {
            special.push_str(&format!(" helo={}", accepted.helo));
        }
        self.events.push(format!(
            "M: {from} {}{special}",
            accepted.forward_paths.join(",")
        ));
        let content = std::mem::take(&mut self.content);
        assert_eq!(accepted.size, u64::try_from(content.len()).unwrap());
        let mut rest = content.as_slice();
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            self.events.push(format!("D: {}", escape(&rest[..end])));
            rest = &rest[end + 2..];
        }
        if !rest.is_empty() {
            self.events.push(format!("d: {}", escape(rest)));
        }
        let outcome = self
            .settings
            .stored
            .get(self.messages)
            .copied()
            .unwrap_or(Stored::Committed);
        self.messages += 1;
        let mut out = Vec::new();
        self.session
            .stored(outcome, &format!("id-{}", self.messages), &mut out);
        self.note(&out);
    }

    fn note(&mut self, out: &[u8]) {
        let text = std::str::from_utf8(out).unwrap();
        assert!(text.is_empty() || text.ends_with("\r\n"));
        self.events.extend(
            text.split_terminator("\r\n")
                .map(|line| format!("S: {line}")),
        );
    }
}
