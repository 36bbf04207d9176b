//! What passes between a session and its caller.

use zeroize::Zeroizing;

use super::origin::Origin;
use super::replies::Refusal;
use crate::envelope::ReversePath;

/// What the octets travel in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// No TLS (yet).
    Clear,
    /// TLS, or a Unix socket that needs none.
    Secured,
}

/// Whether the listener has room for another message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// `MAIL` is taken.
    Free,
    /// `MAIL` is answered `452`.
    Full,
    /// `MAIL` is answered `450`: this peer has sent enough for now.
    Enough,
}

/// What the caller has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Write what is to be written and read more. All input was consumed.
    More,
    /// Drop the octets of a message that were handed out: it is going to be refused, or the peer gave it up.
    Discard,
    /// A message came to its end and was refused: drop its octets, too.
    Refused(Refusal),
    /// The message is complete: store it, then call [`super::Session::stored`]. Nothing is consumed before that.
    Message(Accepted),
    /// The peer names the client that is really connected (`XCLIENT`): judge that one, then call
    /// [`super::Session::restart`] or [`super::Session::end`]. Nothing is consumed before that.
    Client(Origin),
    /// A step of an authentication: call [`super::Session::challenge`], [`super::Session::authenticated`] or
    /// [`super::Session::not_authenticated`]. Nothing is consumed before that.
    Authenticate(Authenticate),
    /// Write the answer, do the TLS handshake, and make a new session. All input was consumed: what the peer sent
    /// after `STARTTLS` is dropped, and no octets of a message are left (T31).
    StartTls,
    /// Write the answer and close.
    Close,
}

/// The envelope of a complete message. `Debug` shows counts only.
#[derive(Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Never `Unknown`.
    pub reverse_path: ReversePath,
    /// At least one, in the order given.
    pub forward_paths: Vec<String>,
    /// The name that the peer gave, or the one that a relay of ours says it was given.
    pub helo: String,
    /// What a relay of ours says of the message (`XFORWARD`).
    pub origin: Origin,
    /// Who authenticated, with us or with the proxy of ours that says so.
    pub account: Option<String>,
    /// Octets handed out.
    pub size: u64,
    /// The content held a bare CR, a bare LF or a NUL, and the policy takes it.
    pub bare_line_ends: bool,
}

impl std::fmt::Debug for Accepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Accepted({} recipients, {} bytes)",
            self.forward_paths.len(),
            self.size
        )
    }
}

/// A step of an authentication. `Debug` shows nothing of it.
#[derive(PartialEq, Eq)]
pub enum Authenticate {
    /// The peer chose a mechanism. `None` when it waits for an empty challenge.
    Start(Mechanism, Option<Base64>),
    /// The peer answered the challenge.
    Response(Base64),
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Authenticate::Start(..) => "Start",
            Authenticate::Response(_) => "Response",
        })
    }
}

/// Letters, digits, `+`, `/` and `=` as the peer sent them; may be empty, may be no valid base64. Wiped when dropped.
pub type Base64 = Zeroizing<String>;

/// A SASL mechanism that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 7677, without channel binding.
    ScramSha256,
    /// RFC 4616.
    Plain,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is durable.
    Committed,
    /// Storage is away, or failed in a way that may or may not have stored it.
    Unavailable,
    /// No room.
    Full,
}

/// What the session waits for: the caller's deadlines depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first command.
    Greeting,
    /// A command.
    Command,
    /// Content, or the next chunk of it.
    Content,
    /// The caller: [`super::Session::stored`] and the like.
    Storing,
    /// Nothing any more.
    Ended,
}
