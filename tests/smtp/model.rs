//! Random walks beside a second implementation, written from the command sequencing of RFC 5321, 2033, 3030, 4954 and
//! XCLIENT_README: a few flags, and no parser. It says the code of every answer and which messages come out.

use std::sync::Arc;

use intake::smtp::{
    Accounts, Authenticate, Channel, LineEnds, Naming, Phase, Policy, Protocol, Refusal, Session,
    Step, Stored, TlsPolicy,
};

use crate::transcript;

const STEPS: usize = 1_000_000;
const RECIPIENTS: usize = 3;
const ERRORS: u32 = 20;
const JUNK: u32 = 30;
const MESSAGES: u32 = 40;
const SIZE: usize = 60;

/// What a peer may say, as the model knows it.
#[derive(Clone, Debug)]
enum Said {
    Greet(&'static str),
    Mail {
        declared: usize,
        wanted: bool,
    },
    MailNotAscii,
    Rcpt {
        ours: bool,
    },
    Data,
    /// Lines after `354`; how many octets of content they are, and whether a line feed is bare.
    Content {
        text: Vec<u8>,
        content: Vec<u8>,
        bare: bool,
    },
    Bdat {
        octets: Vec<u8>,
        last: bool,
        bare: bool,
    },
    Auth {
        right: bool,
    },
    AuthUnknown,
    AuthThenCancel,
    XClient,
    XForward,
    StartTls,
    Rset,
    Noop,
    Vrfy,
    Help,
    Expn,
    Nonsense,
    Quit,
}

/// The whole state that the RFCs know of.
#[derive(Clone, Debug, Default)]
struct Model {
    lmtp: bool,
    keeps: bool,
    secured: bool,
    accounts: u8,
    may_name: bool,
    /// Clients that were named may name others.
    named_may: bool,
    greeted: bool,
    logged_in: bool,
    /// Recipients so far, within a transaction.
    transaction: Option<usize>,
    /// Content that came in chunks, and whether a line feed of it is bare.
    chunks: Option<(Vec<u8>, bool)>,
    data: bool,
    errors: u32,
    junk: u32,
    mails: u32,
    failures: u32,
    gone: bool,
}

/// What is to be expected: codes of answers in order, and messages.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    codes: Vec<u16>,
    message: Option<Vec<u8>>,
}

impl Model {
    fn hear(&mut self, said: &Said) -> Outcome {
        let mut outcome = Outcome::default();
        if self.gone {
            return outcome;
        }
        if self.is_junk(said) {
            self.junk += 1;
            if self.junk > JUNK {
                return self.go(421);
            }
        }
        let code = match said {
            Said::Greet(_) if !self.is_known_greeting(said) => 500,
            Said::Greet(_) => {
                self.greeted = true;
                self.forget();
                250
            }
            Said::Mail { .. } | Said::MailNotAscii => self.mail(said),
            Said::Rcpt { ours } => self.rcpt(*ours),
            Said::Data if self.transaction.unwrap_or(0) == 0 || self.chunks.is_some() => 503,
            Said::Data => {
                self.data = true;
                354
            }
            Said::Content { content, bare, .. } => {
                return self.content(content.clone(), *bare);
            }
            Said::Bdat { octets, last, bare } => return self.bdat(octets, *last, *bare),
            Said::Auth { right } => self.auth(*right),
            Said::AuthUnknown => self.may_auth().unwrap_or(504),
            Said::AuthThenCancel => match self.may_auth() {
                Some(code) => code,
                None => {
                    outcome.codes.push(334);
                    501
                }
            },
            Said::XClient | Said::XForward => self.name(said),
            Said::Noop => 250,
            Said::StartTls => 502,
            Said::Rset => {
                self.forget();
                250
            }
            Said::Vrfy => 252,
            Said::Help => 214,
            Said::Expn => 502,
            Said::Nonsense => 500,
            Said::Quit => return self.go(221),
        };
        if code == 421 {
            return self.go(421);
        }
        outcome.codes.push(code);
        self.count(&mut outcome, code);
        outcome
    }

    fn is_junk(&self, said: &Said) -> bool {
        match said {
            Said::Rset | Said::Noop | Said::Vrfy | Said::Help => true,
            Said::XClient => true,
            Said::Greet(_) => self.greeted,
            Said::Bdat { octets, last, .. } => octets.is_empty() && !last,
            _ => false,
        }
    }

    /// RFC 5321 section 4.3.2 leaves to us how many refused commands are enough.
    fn count(&mut self, outcome: &mut Outcome, code: u16) {
        self.errors += u32::from(code >= 500);
        if self.errors > ERRORS && code >= 500 {
            outcome.codes.pop();
            outcome.codes.push(421);
            self.gone = true;
        }
    }

    fn is_known_greeting(&self, said: &Said) -> bool {
        matches!(said, Said::Greet(verb) if (*verb == "LHLO") == self.lmtp)
    }

    fn forget(&mut self) {
        self.transaction = None;
        self.chunks = None;
    }

    fn go(&mut self, code: u16) -> Outcome {
        self.gone = true;
        Outcome {
            codes: vec![code],
            message: None,
        }
    }

    fn mail(&mut self, said: &Said) -> u16 {
        // A line that can't be read is refused as such, whenever it comes.
        if matches!(said, Said::Mail { wanted: false, .. }) {
            return 555;
        }
        if !self.greeted || self.transaction.is_some() {
            return 503;
        }
        if self.accounts == 2 && !self.logged_in {
            return 530;
        }
        self.mails += 1;
        if self.mails > MESSAGES {
            return 421;
        }
        match said {
            Said::MailNotAscii => return 553,
            Said::Mail { declared, .. } if *declared > SIZE => return 552,
            _ => {}
        }
        self.transaction = Some(0);
        250
    }

    fn rcpt(&mut self, ours: bool) -> u16 {
        match self.transaction {
            None => 503,
            Some(_) if self.chunks.is_some() => 503,
            Some(_) if !ours => 550,
            Some(RECIPIENTS) => 452,
            Some(count) => {
                self.transaction = Some(count + 1);
                250
            }
        }
    }

    fn name(&mut self, said: &Said) -> u16 {
        if !self.may_name {
            return 550;
        }
        if self.transaction.is_some() {
            return 503;
        }
        if matches!(said, Said::XForward) {
            return 250;
        }
        // XCLIENT_README: the server proceeds as if a client had just connected.
        self.greeted = false;
        self.logged_in = false;
        self.mails = 0;
        self.may_name = self.named_may;
        220
    }

    fn may_auth(&self) -> Option<u16> {
        match (self.accounts, self.secured) {
            (0, _) => Some(502),
            (_, false) => Some(538),
            _ if !self.greeted || self.logged_in || self.transaction.is_some() => Some(503),
            _ => None,
        }
    }

    fn auth(&mut self, right: bool) -> u16 {
        if let Some(code) = self.may_auth() {
            return code;
        }
        if right {
            self.logged_in = true;
            return 235;
        }
        self.failures += 1;
        if self.failures >= 3 { 421 } else { 535 }
    }

    /// The end of a message: one answer, or in LMTP one a recipient (RFC 2033 section 4.2).
    fn content(&mut self, content: Vec<u8>, bare: bool) -> Outcome {
        if content.len() > 4 * SIZE {
            return self.go(421);
        }
        let answers = if self.lmtp {
            self.transaction.unwrap_or(0)
        } else {
            1
        };
        self.data = false;
        self.forget();
        match fault(&content, bare, self.keeps) {
            Some(code) => {
                self.errors += 1;
                Outcome {
                    codes: vec![code; answers],
                    message: None,
                }
            }
            None => {
                self.junk = 0;
                self.errors = 0;
                Outcome {
                    codes: vec![250; answers],
                    message: Some(content),
                }
            }
        }
    }

    fn bdat(&mut self, octets: &[u8], last: bool, bare: bool) -> Outcome {
        let mut outcome = Outcome::default();
        if self.transaction.unwrap_or(0) == 0 {
            outcome.codes.push(503);
            self.count(&mut outcome, 503);
            return outcome;
        }
        let (mut content, bare_before) = self.chunks.take().unwrap_or_default();
        content.extend_from_slice(octets);
        let bare = bare || bare_before;
        if last || content.len() > 4 * SIZE {
            return self.content(content, bare);
        }
        // A fault is told with the chunk that has it, and with all after it.
        let code = fault(&content, bare, self.keeps).unwrap_or(250);
        self.chunks = Some((content, bare));
        outcome.codes.push(code);
        self.count(&mut outcome, code);
        outcome
    }
}

fn fault(content: &[u8], bare: bool, keeps: bool) -> Option<u16> {
    if content.len() > SIZE {
        return Some(552);
    }
    (bare && !keeps).then_some(550)
}

/// xorshift: small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

fn text(dice: &mut Dice) -> (Vec<u8>, bool) {
    let mut text = Vec::new();
    let bare = dice.roll(8) == 0;
    for _ in 0..dice.roll(8) {
        text.extend_from_slice(
            [&b"abc\r\n"[..], b".\r\n", b"..x\r\n", b"QUIT\r\n", b"\r\n"][dice.roll(5)],
        );
    }
    if bare {
        text.extend_from_slice(b"a\nb\r\n");
    }
    (text, bare)
}

fn say(dice: &mut Dice, model: &Model) -> Said {
    if model.data {
        let (content, bare) = text(dice);
        // RFC 5321 section 4.5.2, as the sender does it.
        let mut stuffed = Vec::new();
        for line in content.split_inclusive(|octet| *octet == b'\n') {
            let begins = stuffed.is_empty() || stuffed.ends_with(b"\r\n");
            if begins && line.starts_with(b".") {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        stuffed.extend_from_slice(b".\r\n");
        return Said::Content {
            text: stuffed,
            content,
            bare,
        };
    }
    if dice.roll(3) > 0 {
        return sensible(dice, model);
    }
    match dice.roll(22) {
        0 => Said::Greet(["EHLO", "HELO", "LHLO"][dice.roll(3)]),
        1 => Said::Mail {
            declared: dice.roll(2) * 1000,
            wanted: dice.roll(2) > 0,
        },
        2 => Said::MailNotAscii,
        3 | 4 => Said::Rcpt { ours: true },
        5 => Said::Rcpt { ours: false },
        6 => Said::Data,
        7 | 8 => chunk(dice),
        9 => Said::Auth {
            right: dice.roll(2) > 0,
        },
        10 => Said::AuthUnknown,
        11 => Said::AuthThenCancel,
        12 => Said::XClient,
        13 => Said::XForward,
        14 => Said::StartTls,
        15 => Said::Rset,
        16 => Said::Noop,
        17 => Said::Vrfy,
        18 => Said::Help,
        19 => Said::Expn,
        20 => Said::Nonsense,
        _ if dice.roll(8) == 0 => Said::Quit,
        _ => Said::Rset,
    }
}

/// What comes next in a good session, said most often: else few messages would be sent.
fn sensible(dice: &mut Dice, model: &Model) -> Said {
    let hello = if model.lmtp { "LHLO" } else { "EHLO" };
    match (model.greeted, model.transaction) {
        (false, _) => Said::Greet(hello),
        _ if model.accounts == 2 && !model.logged_in => Said::Auth {
            right: dice.roll(4) > 0,
        },
        (true, None) => Said::Mail {
            declared: 0,
            wanted: true,
        },
        (true, Some(0)) => Said::Rcpt { ours: true },
        (true, Some(_)) if model.chunks.is_none() && dice.roll(2) == 0 => Said::Data,
        (true, Some(_)) => chunk(dice),
    }
}

fn chunk(dice: &mut Dice) -> Said {
    let (octets, bare) = text(dice);
    Said::Bdat {
        octets,
        last: dice.roll(2) > 0,
        bare,
    }
}

fn octets(said: &Said) -> Vec<u8> {
    match said {
        Said::Greet(verb) => format!("{verb} client.example\r\n").into_bytes(),
        Said::Mail { declared, wanted } => {
            let more = if *wanted { "" } else { " RET=FULL" };
            format!("MAIL FROM:<a@b.example> SIZE={declared}{more}\r\n").into_bytes()
        }
        Said::MailNotAscii => "MAIL FROM:<ü@b.example>\r\n".into(),
        Said::Rcpt { ours: true } => b"RCPT TO:<abuse@csirt.example>\r\n".to_vec(),
        Said::Rcpt { ours: false } => b"RCPT TO:<nobody@csirt.example>\r\n".to_vec(),
        Said::Data => b"DATA\r\n".to_vec(),
        Said::Content { text, .. } => text.clone(),
        Said::Bdat { octets, last, .. } => {
            let last = if *last { " LAST" } else { "" };
            let mut line = format!("BDAT {}{last}\r\n", octets.len()).into_bytes();
            line.extend_from_slice(octets);
            line
        }
        Said::Auth { right: true } => b"AUTH PLAIN cmlnaHQ=\r\n".to_vec(),
        Said::Auth { right: false } => b"AUTH PLAIN d3Jvbmc=\r\n".to_vec(),
        Said::AuthUnknown => b"AUTH CRAM-MD5\r\n".to_vec(),
        // What follows a refusal is a command that nobody knows.
        Said::AuthThenCancel => b"AUTH PLAIN\r\n".to_vec(),
        Said::XClient => b"XCLIENT ADDR=192.0.2.7\r\n".to_vec(),
        Said::XForward => b"XFORWARD IDENT=x\r\n".to_vec(),
        Said::StartTls => b"STARTTLS\r\n".to_vec(),
        Said::Rset => b"RSET\r\n".to_vec(),
        Said::Noop => b"NOOP\r\n".to_vec(),
        Said::Vrfy => b"VRFY abuse\r\n".to_vec(),
        Said::Help => b"HELP\r\n".to_vec(),
        Said::Expn => b"EXPN list\r\n".to_vec(),
        Said::Nonsense => b"FROBNICATE\r\n".to_vec(),
        Said::Quit => b"QUIT\r\n".to_vec(),
    }
}

/// The implementation, and what its caller does.
struct Tried {
    session: Session,
    policy: Arc<Policy>,
    named: Naming,
    content: Vec<u8>,
}

impl Tried {
    fn new(model: &Model) -> Self {
        let mut policy = transcript::policy();
        policy.protocol = if model.lmtp {
            Protocol::Lmtp
        } else {
            Protocol::Smtp
        };
        policy.tls = TlsPolicy::Off;
        policy.line_ends = if model.keeps {
            LineEnds::Keep
        } else {
            LineEnds::Reject
        };
        policy.accounts =
            [Accounts::Off, Accounts::Offered, Accounts::Required][usize::from(model.accounts)];
        policy.limits.recipients = RECIPIENTS;
        policy.limits.errors = ERRORS;
        policy.limits.junk = JUNK;
        policy.limits.messages = Some(MESSAGES);
        policy.limits.message_size = SIZE.try_into().unwrap();
        let policy = Arc::new(policy);
        let channel = if model.secured {
            Channel::Secured
        } else {
            Channel::Clear
        };
        let naming = Naming {
            xclient: model.may_name,
            xforward: model.may_name,
        };
        Self {
            session: Session::new(policy.clone(), channel).with_naming(naming),
            policy,
            named: Naming {
                xclient: model.named_may,
                xforward: model.named_may,
            },
            content: Vec::new(),
        }
    }

    fn hear(&mut self, mut input: &[u8], dice: &mut Dice) -> Outcome {
        let (mut out, mut message) = (Vec::new(), None);
        while !input.is_empty() {
            let (now, _) = input.split_at(1 + dice.roll(input.len()));
            let (consumed, step) = self.session.receive(now, &mut self.content, &mut out);
            input = &input[consumed..];
            let step = match step {
                Step::Authenticate(Authenticate::Start(_, None)) => {
                    self.session.challenge("", &mut out);
                    input = b"*\r\n";
                    Step::More
                }
                Step::Authenticate(Authenticate::Start(_, Some(initial))) => match initial.as_str()
                {
                    "cmlnaHQ=" => {
                        self.session.authenticated("right".to_owned(), &mut out);
                        Step::More
                    }
                    _ => self
                        .session
                        .not_authenticated(Refusal::BadCredentials, &mut out),
                },
                other => other,
            };
            match step {
                Step::Discard | Step::Refused(_) => self.content.clear(),
                Step::Message(_) => {
                    message = Some(std::mem::take(&mut self.content));
                    self.session.stored(Stored::Committed, "id", &mut out);
                }
                Step::Client(_) => self
                    .session
                    .restart(self.policy.clone(), self.named, &mut out),
                _ => {}
            }
        }
        let lines = std::str::from_utf8(&out).unwrap().lines();
        let codes = lines
            .filter(|line| line.as_bytes()[3] == b' ')
            .map(|line| line[..3].parse().unwrap());
        Outcome {
            codes: codes.collect(),
            message,
        }
    }
}

#[test]
fn a_million_commands_go_as_the_model_says() {
    let (mut steps, mut messages, mut seed) = (0, 0, 0x5eed_u64);
    while steps < STEPS {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut dice = Dice(seed);
        let mut model = Model {
            lmtp: dice.roll(3) == 0,
            keeps: dice.roll(3) == 0,
            secured: dice.roll(4) > 0,
            accounts: dice.roll(3).try_into().unwrap(),
            may_name: dice.roll(2) > 0,
            named_may: dice.roll(2) > 0,
            ..Model::default()
        };
        let mut tried = Tried::new(&model);
        let mut walk = Vec::new();
        while !model.gone && walk.len() < 200 {
            let said = say(&mut dice, &model);
            let expected = model.hear(&said);
            let got = tried.hear(&octets(&said), &mut dice);
            walk.push(said);
            steps += 1;
            messages += usize::from(got.message.is_some());
            assert_eq!(
                got, expected,
                "seed {seed:#x}, model {model:?}, after {walk:#?}"
            );
            let content = model.data || model.chunks.is_some();
            let phase = match (model.gone, content, model.greeted) {
                (true, ..) => Phase::Ended,
                (_, true, _) => Phase::Content,
                (_, _, true) => Phase::Command,
                (_, _, false) => Phase::Greeting,
            };
            assert_eq!(
                tried.session.phase(),
                phase,
                "seed {seed:#x}, after {walk:#?}"
            );
        }
    }
    assert!(
        messages > STEPS / 20,
        "the walk is no walk: {messages} messages"
    );
}
