//! Every answer to a peer: code (RFC 5321 section 4.2), enhanced code (RFC 3463) and text. Texts say nothing about us
//! that the peer doesn't know, and nothing of what the peer sent.

/// Why a command or a message is refused. The class of the code says for how long: 4 for now, 5 for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not a command that we know.
    UnknownCommand,
    /// The line ends in a bare LF, holds control characters, or is not UTF-8.
    MalformedLine,
    /// More octets than a command line may have.
    LineTooLong,
    /// Known command, unreadable argument.
    BadArguments,
    /// The reverse-path can't be read.
    BadSender,
    /// The forward-path can't be read.
    BadRecipient,
    /// Known, and not offered.
    NotImplemented,
    /// Not now.
    OutOfOrder,
    /// Not without TLS.
    TlsRequired,
    /// The peer may not say this: `XCLIENT` or `XFORWARD` from somebody we don't know.
    NotAllowed,
    /// `AUTH` in clear.
    AuthInClear,
    /// Only accounts may send here.
    AuthRequired,
    /// A SASL mechanism that we don't have.
    UnknownMechanism,
    /// Wrong name or password; which of the two is not told.
    BadCredentials,
    /// Accounts can't be checked now.
    AuthUnavailable,
    /// The peer gave up authenticating.
    AuthCancelled,
    /// What should be base64 is not.
    BadBase64,
    /// More octets than a line of an authentication may have (RFC 4954 section 4).
    AuthLineTooLong,
    /// A parameter that we did not announce.
    UnknownParameter,
    /// An address beyond ASCII without `SMTPUTF8`.
    NeedsSmtpUtf8,
    /// Not one of our recipients.
    NoSuchRecipient,
    /// More recipients than a message may have; the peer sends the others in a second one.
    TooManyRecipients,
    /// Larger than announced with `SIZE`.
    TooLarge,
    /// A bare CR, a bare LF or a NUL in the content.
    BadLineEnd,
    /// More `Received` fields than an honest message has.
    Loop,
    /// Storage is away.
    Unavailable,
    /// No room for now.
    Full,
    /// More messages than a session may have (RFC 9422 section 4.1).
    TooManyMessages,
    /// More refused or useless commands than anybody needs.
    TooManyErrors,
    /// More connections than we serve.
    TooManyConnections,
    /// More connections than one address may have.
    TooManyFromAddress,
    /// More connections than one network may have.
    TooManyFromNetwork,
    /// More new connections than one address may make in this time.
    AddressTooOften,
    /// More new connections than one network may make in this time.
    NetworkTooOften,
    /// More messages than one address may send in this time.
    MessagesTooOften,
    /// More octets than a session may have.
    TooMuchData,
    /// Nothing came for too long, or too little.
    TimedOut,
    /// We are going down.
    ShuttingDown,
}

impl Refusal {
    /// Whether it is refused for ever.
    pub fn is_permanent(self) -> bool {
        self.parts().0 >= 500
    }

    /// Code, enhanced code, text.
    pub fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Refusal::UnknownCommand => (500, "5.5.1", "Unknown command"),
            Refusal::MalformedLine => (500, "5.5.2", "Commands are plain text and end in CRLF"),
            Refusal::LineTooLong => (500, "5.5.2", "Line too long"),
            Refusal::BadArguments => (501, "5.5.4", "Arguments not understood"),
            Refusal::BadSender => (501, "5.1.7", "Sender address not understood"),
            Refusal::BadRecipient => (501, "5.1.3", "Recipient address not understood"),
            Refusal::NotImplemented => (502, "5.5.1", "Not implemented"),
            Refusal::OutOfOrder => (503, "5.5.1", "Not at this point"),
            Refusal::TlsRequired => (530, "5.7.0", "Use STARTTLS first"),
            Refusal::NotAllowed => (550, "5.7.0", "You may not say that"),
            Refusal::AuthInClear => (538, "5.7.11", "Use STARTTLS before AUTH"),
            Refusal::AuthRequired => (530, "5.7.0", "Authenticate first"),
            Refusal::UnknownMechanism => (504, "5.5.4", "Mechanism not supported"),
            Refusal::BadCredentials => (535, "5.7.8", "Authentication failed"),
            Refusal::AuthUnavailable => (454, "4.7.0", "Can't check that now, try again later"),
            Refusal::AuthCancelled => (501, "5.7.0", "Authentication cancelled"),
            Refusal::BadBase64 => (501, "5.5.2", "Base64 not understood"),
            Refusal::AuthLineTooLong => (500, "5.5.6", "Line too long"),
            Refusal::UnknownParameter => (555, "5.5.4", "Parameter not supported"),
            Refusal::NeedsSmtpUtf8 => (553, "5.6.7", "This address needs SMTPUTF8"),
            Refusal::NoSuchRecipient => (550, "5.1.1", "No such recipient here"),
            Refusal::TooManyRecipients => (
                452,
                "4.5.3",
                "Too many recipients, send the rest in another message",
            ),
            Refusal::TooLarge => (552, "5.3.4", "Message too large"),
            Refusal::BadLineEnd => (
                550,
                "5.6.11",
                "Lines must end in CRLF, and NUL is not allowed",
            ),
            Refusal::Loop => (554, "5.4.6", "Too many hops, this is a mail loop"),
            Refusal::Unavailable => (451, "4.3.0", "Can't store the message now, try again later"),
            Refusal::Full => (452, "4.3.1", "No room for the message now, try again later"),
            Refusal::TooManyMessages => (421, "4.7.0", "Too many messages, connect again"),
            Refusal::TooManyErrors => (421, "4.7.0", "Too many errors"),
            Refusal::TooManyConnections => (421, "4.7.0", "Too many connections, try again later"),
            Refusal::TooManyFromAddress => {
                enough("Too many connections from your address, try again later")
            }
            Refusal::TooManyFromNetwork => {
                enough("Too many connections from your network, try again later")
            }
            Refusal::AddressTooOften => enough("Your address connects too often, try again later"),
            Refusal::NetworkTooOften => enough("Your network connects too often, try again later"),
            Refusal::MessagesTooOften => (
                450,
                "4.7.1",
                "Too many messages from your address, try again later",
            ),
            Refusal::TooMuchData => (421, "4.7.0", "Enough for one session, go on in another"),
            Refusal::TimedOut => (421, "4.4.2", "Too slow, closing"),
            Refusal::ShuttingDown => (421, "4.3.2", "Shutting down, try again later"),
        }
    }
}

/// Whoever has had enough comes back later.
fn enough(text: &'static str) -> (u16, &'static str, &'static str) {
    (421, "4.7.0", text)
}

/// Writes a refusal. `hostname` stands in `421` answers only, where RFC 5321 section 4.2.2 wants it.
pub fn write_refusal(refusal: Refusal, hostname: &str, out: &mut Vec<u8>) {
    let (code, enhanced, text) = refusal.parts();
    match code {
        421 => line(out, &format!("{code} {enhanced} {hostname} {text}")),
        _ => line(out, &format!("{code} {enhanced} {text}")),
    }
}

/// The answers that are not refusals.
#[derive(Clone, Copy)]
pub(super) enum Reply<'a> {
    Greeting {
        hostname: &'a str,
        protocol: &'static str,
    },
    Hello {
        hostname: &'a str,
    },
    Sender,
    Recipient,
    GoOn,
    Chunk {
        octets: u64,
    },
    Noted,
    Challenge {
        base64: &'a str,
    },
    Authenticated,
    Stored {
        spool_id: &'a str,
    },
    Reset,
    Nothing,
    Help,
    Verify,
    StartTls,
    Goodbye {
        hostname: &'a str,
    },
}

impl Reply<'_> {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            // RFC 2034 section 4: greeting and hello carry no enhanced code, and 3yz has none.
            Reply::Greeting { hostname, protocol } => {
                line(out, &format!("220 {hostname} {protocol} Pillarbox"))
            }
            Reply::Hello { hostname } => line(out, &format!("250 {hostname}")),
            Reply::Sender => line(out, "250 2.1.0 Sender taken"),
            Reply::Recipient => line(out, "250 2.1.5 Recipient taken"),
            Reply::GoOn => line(out, "354 Go on, end with CRLF.CRLF"),
            // RFC 3030 section 2: "the number of octets received" helps people who read logs.
            Reply::Chunk { octets } => line(out, &format!("250 2.0.0 {octets} octets taken")),
            Reply::Noted => line(out, "250 2.0.0 Noted"),
            Reply::Challenge { base64 } => line(out, &format!("334 {base64}")),
            Reply::Authenticated => line(out, "235 2.7.0 Authenticated"),
            Reply::Stored { spool_id } => line(out, &format!("250 2.0.0 Stored as {spool_id}")),
            Reply::Reset => line(out, "250 2.0.0 Reset"),
            Reply::Nothing => line(out, "250 2.0.0 Nothing done"),
            Reply::Help => line(out, "214 2.0.0 See RFC 5321"),
            Reply::Verify => line(out, "252 2.5.0 Send the mail and see"),
            Reply::StartTls => line(out, "220 2.0.0 Go on with TLS"),
            Reply::Goodbye { hostname } => line(out, &format!("221 2.0.0 {hostname} Goodbye")),
        }
    }
}

/// A storage failure, with the id under which the log tells more.
pub(super) fn write_failure(refusal: Refusal, spool_id: &str, out: &mut Vec<u8>) {
    let (code, enhanced, text) = refusal.parts();
    line(out, &format!("{code} {enhanced} {text} ({spool_id})"));
}

/// The answer to `EHLO` and `LHLO`: the name, then one extension a line.
pub(super) fn write_extensions(hostname: &str, extensions: &[String], out: &mut Vec<u8>) {
    let Some((last, before)) = extensions.split_last() else {
        return Reply::Hello { hostname }.write(out);
    };
    line(out, &format!("250-{hostname}"));
    for extension in before {
        line(out, &format!("250-{extension}"));
    }
    line(out, &format!("250 {last}"));
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\r\n");
}
