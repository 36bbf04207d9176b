//! What passes between a session and its caller.

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
    /// The message whose octets were handed out is refused: drop them. No more octets of it come; its answer does, at the
    /// true end of the data. May come twice for a message: when the fault is seen, and with the answer.
    Discard(Refusal),
    /// The message is complete: store it, then call [`super::Session::stored`]. Nothing is consumed before that.
    Message(Accepted),
    /// Write the answer, do the TLS handshake, and make a new session. All input was consumed: what the peer sent
    /// after `STARTTLS` is dropped (T31).
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
    /// The name that the peer gave.
    pub helo: String,
    /// Octets handed out.
    pub size: u64,
    /// The content holds a bare CR, a bare LF or a NUL, and the policy keeps it.
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
    /// Content.
    Content,
    /// [`super::Session::stored`].
    Storing,
    /// Nothing any more.
    Ended,
}
