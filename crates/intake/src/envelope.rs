//! The SMTP envelope (RFC 5321 section 2.3.1) and what the listener saw of the peer.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything about a message that is not in its content. Sealed beside the raw bytes in the inbox.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// `MAIL FROM` (RFC 5321 section 4.1.1.2).
    pub reverse_path: ReversePath,
    /// `RCPT TO`, in the order given, never empty for an accepted message.
    pub forward_paths: Vec<String>,
    /// The name the peer gave in `HELO`, `EHLO` or `LHLO`; may be empty for `inspect`.
    pub helo: String,
    /// The peer's address; `None` for a Unix socket and for `inspect`.
    pub client: Option<IpAddr>,
    /// The negotiated TLS version and cipher suite, e.g. `TLSv1_3 TLS13_AES_256_GCM_SHA384`; `None` in clear.
    pub tls: Option<String>,
    /// The name of the listener in the configuration.
    pub listener: String,
    /// Whether the configuration names the peer as a trusted relay: only then are its `Authentication-Results` read.
    pub trusted_relay: bool,
    /// When the last octet of the content was read.
    pub received_at: Timestamp,
}

/// The reverse-path: the null path `<>` is a value of its own, since nothing may be answered to it (RFC 3834 section 2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReversePath {
    /// `<>`
    Null,
    /// `local-part@domain` without the angle brackets.
    Mailbox(String),
    /// Not known: a file given to `inspect` without a `Return-Path`.
    Unknown,
}

impl std::fmt::Debug for Envelope {
    /// Addresses are confidential: only counts are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Envelope({} recipients, listener {})",
            self.forward_paths.len(),
            self.listener
        )
    }
}

impl std::fmt::Debug for ReversePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ReversePath::Null => "Null",
            ReversePath::Mailbox(_) => "Mailbox(…)",
            ReversePath::Unknown => "Unknown",
        })
    }
}
