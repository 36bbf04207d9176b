//! The configuration as one typed tree. Every key is documented in `config/pillarbox.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::acknowledge::{Acknowledge, Duty};
use super::oidc::Oidc;
use super::retention::Retention;
use super::sending::{Dkim, Outbox};
use super::transport::{Alerts, Transport};
use super::triage::Triage;
use super::units::{Size, Span};

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who we are.
    #[serde(default)]
    pub team: Team,
    /// Which mail is ours.
    #[serde(default)]
    pub intake: Intake,
    /// Where we listen.
    #[serde(default)]
    pub listener: Vec<Listener>,
    /// What peers may use, and how long they may take.
    #[serde(default)]
    pub limits: Limits,
    /// Who may log in.
    #[serde(default)]
    pub accounts: Accounts,
    /// The certificate of the listeners.
    #[serde(default)]
    pub tls: Tls,
    /// What is believed about senders.
    #[serde(default)]
    pub authentication: Authentication,
    /// How names are looked up.
    #[serde(default)]
    pub dns: Dns,
    /// Where tickets are kept.
    #[serde(default)]
    pub database: Database,
    /// The keys that seal what is stored.
    #[serde(default)]
    pub storage: Storage,
    /// The person at the keyboard, when mail is sealed to analysts.
    #[serde(default)]
    pub analyst: Analyst,
    /// How long what is closed is kept.
    #[serde(default)]
    pub retention: Retention,
    /// The team's OpenPGP keys.
    #[serde(default)]
    pub openpgp: OpenPgp,
    /// How hostile mail is read.
    #[serde(default)]
    pub worker: Worker,
    /// How mail is classified.
    #[serde(default)]
    pub triage: Triage,
    /// Automatic answers.
    #[serde(default)]
    pub acknowledge: Acknowledge,
    /// Who is told outside business hours.
    #[serde(default)]
    pub duty: Duty,
    /// How mail leaves.
    #[serde(default)]
    pub outbox: Outbox,
    /// Keys that sign what leaves.
    #[serde(default)]
    pub dkim: Vec<Dkim>,
    /// Whose problem it is.
    #[serde(default)]
    pub constituency: Constituency,
    /// Health and metrics.
    #[serde(default)]
    pub admin: Admin,
    /// Where analysts work in a browser.
    #[serde(default)]
    pub console: Console,
    /// How peers protect their mail: indicators and reports.
    #[serde(default)]
    pub transport: Transport,
    /// Who is told when a peer loses its protection.
    #[serde(default)]
    pub alerts: Alerts,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
}

/// Who we are: used in ticket references and in everything that is sent.
///
/// A configuration has one team, and a database belongs to the daemons of one configuration: listeners seal for one worker's keys, and
/// whichever worker is free takes the next message of the inbox. So inbox and suppressed mail have no column of a team, and listing them
/// asks for none. What has one (tickets, accounts, tokens) is asked for with it all the same, and is sealed with the team's name: were
/// two teams let into one database, neither could open the other's. A team of its own needs a database of its own (T64).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Team {
    /// The name in `[Name#000123]`.
    pub name: String,
    /// The name in acknowledgements and in From.
    pub display_name: String,
    /// The address that acknowledgements come from.
    pub address: String,
    /// Languages of acknowledgements, the team's first: `en`, `fr`, `de`, `es`.
    pub languages: Vec<String>,
    /// A folder with canned texts for letters, each a file `NAME.LANGUAGE.txt`; none when absent.
    pub canned_dir: Option<PathBuf>,
    /// IANA name of the zone of the business hours.
    pub timezone: String,
    /// Business hours, e.g. `Mon-Fri 07:00-20:00`; empty means around the clock.
    pub hours: String,
    /// Days without business hours: `YYYY-MM-DD`, two of them with a slash between, or `MM-DD` for every year.
    pub holidays: Vec<String>,
    /// Time at work until a report is meant to be answered; no time is told when zero.
    pub answer_within: Span,
    /// Telephone number for emergencies; may be empty.
    pub emergency_phone: String,
    /// Where the team describes itself (RFC 2350); may be empty.
    pub website: String,
    /// Regular expressions of other teams' references, with groups `system` and `id`.
    pub foreign_references: Vec<String>,
}

/// Which mail is ours.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    /// Exact recipient addresses; the team's address is always one.
    pub recipients: Vec<String>,
    /// Domains in which the role names are ours, `+detail` included.
    pub domains: Vec<String>,
    /// Local parts that are ours in those domains.
    pub roles: Vec<String>,
    /// Largest message.
    pub max_size: Size,
}

/// A listening socket.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Name in logs and metrics.
    pub name: String,
    /// `smtp` or `lmtp`.
    pub protocol: Protocol,
    /// `address:port`, or `unix:/path`.
    pub address: String,
    /// `none`, `starttls` or `implicit`.
    #[serde(default)]
    pub tls: ListenerTls,
    /// Refuse mail in clear.
    #[serde(default)]
    pub require_tls: bool,
    /// Refuse mail in clear from these peers.
    #[serde(default)]
    pub require_tls_from: Vec<IpNet>,
    /// Proxies that begin with a PROXY protocol header, version 1 or 2; the client that they name counts.
    #[serde(default)]
    pub proxy: Vec<IpNet>,
    /// Peers believed to be our own MTA: no rate limits, bare line feeds kept, `Authentication-Results` read.
    #[serde(default)]
    pub trusted: Vec<IpNet>,
    /// Relays of ours that may say who is really connected (`XCLIENT`).
    #[serde(default)]
    pub xclient: Vec<IpNet>,
    /// Relays of ours that may say where a message came from (`XFORWARD`).
    #[serde(default)]
    pub xforward: Vec<IpNet>,
    /// Offer `AUTH` to accounts, under TLS.
    #[serde(default)]
    pub accounts: bool,
    /// Take mail from accounts only.
    #[serde(default)]
    pub require_account: bool,
    /// Offer `BDAT`.
    #[serde(default = "default_chunking")]
    pub chunking: bool,
    /// What becomes of a bare CR, a bare LF or a NUL.
    #[serde(default = "default_bare_line_ends")]
    pub bare_line_ends: BareLineEnds,
    /// The same, from trusted peers.
    #[serde(default = "default_trusted_bare_line_ends")]
    pub trusted_bare_line_ends: BareLineEnds,
    /// Client certificates that make a peer as trusted as an address in `trusted` does.
    #[serde(default)]
    pub trusted_certificates: Vec<TrustedCertificate>,
    /// Octal mode of a Unix socket.
    #[serde(default = "default_mode")]
    pub mode: String,
    /// Group of a Unix socket, by name or number; the process' own when empty.
    #[serde(default)]
    pub group: String,
}

fn default_mode() -> String {
    "0660".into()
}

fn default_chunking() -> bool {
    true
}

fn default_bare_line_ends() -> BareLineEnds {
    BareLineEnds::Reject
}

fn default_trusted_bare_line_ends() -> BareLineEnds {
    BareLineEnds::Keep
}

/// What becomes of content with a bare CR, a bare LF or a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BareLineEnds {
    /// Read to its end and refused.
    Reject,
    /// A bare LF becomes CRLF; the rest is kept.
    Normalize,
    /// Kept as it is.
    Keep,
}

/// Who may log in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// The file that `pillarbox account add` writes.
    pub file: Option<PathBuf>,
}

/// What peers may use, all listeners together, and how long they may take. Strangers are all who are not trusted; rates
/// of 0 are none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections in all; the last tenth is for trusted peers.
    pub connections: usize,
    /// Connections of strangers from one IPv4 address or IPv6 /64.
    pub connections_per_address: usize,
    /// Connections of strangers from one IPv4 /24 or IPv6 /48.
    pub connections_per_network: usize,
    /// New connections of strangers a minute from one address.
    pub connects_per_address: u32,
    /// New connections of strangers a minute from one network.
    pub connects_per_network: u32,
    /// Messages of strangers a minute from one address.
    pub messages_per_address: u32,
    /// Messages that a stranger may send in one session; announced as `MAILMAX` (RFC 9422).
    pub session_messages: u32,
    /// What a stranger may send in one session.
    pub session_size: Size,
    /// Content in memory: received, and not stored yet.
    pub in_flight: Size,
    /// For a stranger's first command.
    pub first_command: Span,
    /// For each further command of a stranger.
    pub command: Span,
    /// For each command of a trusted peer or over LMTP.
    pub trusted_command: Span,
    /// For a stranger's whole session, but for a message that is coming in.
    pub session: Span,
    /// For the whole session of a trusted peer or over LMTP.
    pub trusted_session: Span,
    /// For the TLS handshake.
    pub handshake: Span,
    /// Content may be silent for so long …
    pub data: Span,
    /// … and after as long must have come so fast on average, in a second; more where `intake.max_size` wants it.
    pub data_rate: Size,
    /// For transfers in flight when the daemon stops.
    pub drain: Span,
}

/// The language spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// RFC 5321.
    Smtp,
    /// RFC 2033.
    Lmtp,
}

/// TLS on a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenerTls {
    /// In clear.
    #[default]
    None,
    /// RFC 3207.
    Starttls,
    /// RFC 8314.
    Implicit,
}

/// The certificates of the listeners.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file: certificate and chain.
    pub certificate: Option<PathBuf>,
    /// PEM file: private key.
    pub key: Option<PathBuf>,
    /// More, for peers that ask for one of their names.
    pub certificates: Vec<CertificateFiles>,
    /// PEM file: authorities whose certificates may name trusted relays.
    pub client_ca: Option<PathBuf>,
}

/// One more certificate.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateFiles {
    /// PEM file: certificate and chain.
    pub certificate: PathBuf,
    /// PEM file: private key.
    pub key: PathBuf,
}

/// A client certificate whose holder is trusted; one of the two proofs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedCertificate {
    /// What messages that came with it are noted with.
    pub name: String,
    /// SHA-256 of the certificate or of its public key, hexadecimal.
    #[serde(default)]
    pub fingerprint: String,
    /// A DNS name in a certificate of `tls.client_ca`.
    #[serde(default)]
    pub san: String,
}

/// What is believed about senders.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authentication {
    /// Names under which our own MTA writes `Authentication-Results` (RFC 8601); read from trusted peers only.
    pub authserv_ids: Vec<String>,
    /// When we check SPF, DKIM, DMARC and ARC ourselves.
    pub own: OwnCheck,
    /// For all look-ups of a message together.
    pub timeout: Span,
    /// Sealers whose word counts when a passing ARC chain ends with theirs.
    pub arc_trusted: Vec<String>,
}

/// When we check SPF, DKIM, DMARC and ARC ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnCheck {
    /// Unless a trusted peer's `Authentication-Results` are there.
    Auto,
    /// Always; those of our MTA are not read.
    Always,
    /// Never.
    Never,
}

/// How names are looked up.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// Name servers, `address:port`; those of `/etc/resolv.conf` when empty.
    pub servers: Vec<SocketAddr>,
    /// Validate DNSSEC here.
    pub dnssec: bool,
    /// For one look-up, retries and the signatures above it included.
    pub timeout: Span,
    /// DNSKEY records to trust instead of the root's.
    pub trust_anchor_file: Option<PathBuf>,
    /// Responses kept in memory.
    pub cache: u64,
}

/// PostgreSQL.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://user@/name?host=/run/postgresql`.
    pub url: String,
    /// A file that holds the password; empty when the socket authenticates.
    pub password_file: Option<PathBuf>,
    /// Connections.
    pub connections: u32,
    /// How long a statement waits for a connection before the answer is "try again".
    pub timeout: Span,
}

/// The keys that seal what is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// The key ring, 0400: needed by worker, outbox and command line, never by the listener.
    pub ring_file: PathBuf,
    /// Folder with the key of each month, 0700; `epochs` beside the ring when absent. Never in a backup of the database.
    pub epoch_dir: Option<PathBuf>,
    /// The public key with which the listener seals.
    pub inbox_key_file: PathBuf,
    /// Who can read what was filed.
    pub readable_by: ReadableBy,
    /// Folder of the analysts' certificates, `*.asc`, `*.pgp` or `*.gpg`, one a file. What lies there is believed.
    pub analysts_dir: PathBuf,
}

/// Who can read what was filed (`threats.md` B4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadableBy {
    /// Whoever has the ring and the folder of epochs.
    Gateway,
    /// An analyst, with his own OpenPGP key besides.
    Analysts,
}

/// The person at the keyboard, when mail is sealed to analysts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analyst {
    /// Open mail with the person's own key, as `--analyst` does.
    pub open: bool,
    /// GnuPG's folder; GnuPG's own default when absent.
    pub gnupg_home: Option<PathBuf>,
}

/// The team's OpenPGP keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenPgp {
    /// Folder of secret keys, `*.asc` or `*.pgp`, 0600; the newest that can sign signs, all decrypt. `credential:`: the
    /// folder of systemd's credentials.
    pub secret_dir: PathBuf,
    /// A file with the passphrase of those keys, when they have one; `credential:NAME`: systemd's credential of that name.
    pub passphrase_file: Option<PathBuf>,
    /// GnuPG's folder: its agent, or a smart card behind it, has the secret parts of those keys in `secret_dir` that are certificates
    /// only.
    pub gnupg_home: Option<PathBuf>,
    /// Files with certificates of others whose certifications of correspondents count as the team's own.
    pub certifiers: Vec<PathBuf>,
    /// Where analysts may look certificates up, `https://host` (VKS) or `hkps://host`; empty: nowhere.
    pub keyserver: String,
    /// Port of Web Key Directories.
    pub wkd_port: u16,
}

/// How hostile mail is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// Reader processes; 0 means one a core.
    pub readers: usize,
    /// CPU time for one message.
    pub cpu: Span,
    /// Wall-clock time for one message.
    pub wall: Span,
    /// Memory of one reader process.
    pub memory: Size,
    /// Attempts before a message is stored unread for a human.
    pub attempts: u16,
}

/// Whose problem it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Constituency {
    /// Networks.
    pub networks: Vec<IpNet>,
    /// Domains.
    pub domains: Vec<String>,
}

/// Health and metrics.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// `address:port` for `/health/live`, `/health/ready` and `/metrics`; none when absent.
    pub address: Option<SocketAddr>,
}

/// Where analysts work in a browser.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// `address:port` of the HTTPS listener; no console when absent.
    pub address: Option<SocketAddr>,
    /// Who does nothing for so long is signed out.
    pub idle: Span,
    /// Everybody is signed out after so long.
    pub session: Span,
    /// Connections at a time.
    pub connections: u32,
    /// Of these, from one IPv4 address or IPv6 /64; 0 is no limit.
    pub connections_per_address: u32,
    /// Accounts with a password made here may sign in.
    pub local_sign_in: bool,
    /// Signing in with a provider.
    pub oidc: Oidc,
}

/// What is logged.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// As in `tracing`: `info`, `pillarbox=debug,sqlx=warn`.
    pub level: String,
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}
