//! The SMTP envelope (RFC 5321 section 2.3.1) and what the listener saw of the peer.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything about a message that is not in its content. Sealed beside the raw bytes in the inbox.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// `MAIL FROM` (RFC 5321 section 4.1.1.2).
    pub reverse_path: ReversePath,
    /// `RCPT TO`, in the order given, never empty for an accepted message.
    pub forward_paths: Vec<String>,
    /// The name the peer gave in `HELO`, `EHLO` or `LHLO`; may be empty for `inspect`.
    pub helo: String,
    /// The address that handed the message to us or to the relay of ours that named it (PROXY protocol, `XCLIENT`,
    /// `XFORWARD`); `None` for a Unix socket and for `inspect`.
    pub client: Option<IpAddr>,
    /// The name of that address as the relay looked it up (`NAME`); none when no relay said so.
    pub client_name: Option<String>,
    /// The relay or proxy of ours that named the client; `None` when the client itself is connected.
    pub relay: Option<IpAddr>,
    /// The relay's own id of the message (`XFORWARD IDENT`): what its log knows it by.
    pub upstream_id: Option<String>,
    /// The account that submitted it (RFC 4954).
    pub account: Option<String>,
    /// The name that the configuration gives to the client certificate that the peer proved to hold.
    pub certificate: Option<String>,
    /// The negotiated TLS version and cipher suite, e.g. `TLSv1_3 TLS13_AES_256_GCM_SHA384`; `None` in clear, and when
    /// a relay named the client in the session: then TLS with us is the relay's.
    pub tls: Option<String>,
    /// The name of the listener in the configuration.
    pub listener: String,
    /// Whether the configuration names the peer as a trusted relay: only then are its `Authentication-Results` read.
    pub trusted_relay: bool,
    /// The content holds a bare CR, a bare LF or a NUL, and the listener's policy kept it.
    pub bare_line_ends: bool,
    /// When the last octet of the content was read.
    pub received_at: Timestamp,
}

/// The reverse-path: the null path `<>` is a value of its own, since nothing may be answered to it (RFC 3834 section 2).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReversePath {
    /// `<>`
    Null,
    /// `local-part@domain` without the angle brackets.
    Mailbox(String),
    /// Not known: a file given to `inspect` without a `Return-Path`.
    #[default]
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
