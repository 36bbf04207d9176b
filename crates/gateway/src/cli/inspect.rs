//! `inspect`: the whole pipeline on files, nothing stored, nothing sent. Messages are read in child processes as in the
//! daemon, so that one hostile file costs its own line and not the run.

use std::io::{IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use extract::export::Form;
use extract::{Constituency, Tlp};
use intake::authentication::AuthResults;
use intake::envelope::{Envelope, ReversePath};
use intake::pipeline::{self, Examination, Facts, Outcome, Policy};
use intake::reading::Reading;
use jiff::Timestamp;

use super::export::{self, Audience, Leaving};
use super::{json, marked};
use crate::config::{Settings, Team};
use crate::reader::{Done, Job, Readers, Signer};
use crate::worker::record;
use crate::{screen, settings};

/// What to inspect.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  pillarbox inspect mail.eml\n  pillarbox inspect --json reports/*.eml | jq .incident\n  \
    swaks --dump-mail … | pillarbox inspect -"
)]
pub(super) struct Options {
    /// One JSON object a message, one line each
    #[arg(long)]
    json: bool,
    /// Write what was extracted for other tools instead: intelmq, iodef, misp, stix, csv (events), indicators
    #[arg(long, value_name = "FORM", conflicts_with = "json", value_parser = export::form())]
    export: Option<Form>,
    #[command(flatten)]
    audience: Audience,
    /// Files are mboxes
    #[arg(long)]
    mbox: bool,
    /// The reverse-path (MAIL FROM); `<>` for the null path. Default: the Return-Path field
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// OpenPGP secret keys that decrypt
    #[arg(long, value_name = "FILE")]
    secret_key: Vec<PathBuf>,
    /// Authenticated certificates of correspondents
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,
    /// Networks and domains of the constituency, one a line
    #[arg(long, value_name = "FILE")]
    constituency: Option<PathBuf>,
    /// Raw messages (RFC 5322); `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Everything that one message is inspected with.
struct Inspector {
    readers: Arc<Readers>,
    policy: Policy,
    constituency: Constituency,
    correspondents: Vec<Signer>,
    mail_from: Option<String>,
    json: bool,
    export: Option<(Form, Tlp)>,
    team: Team,
    colour: bool,
}

pub(super) async fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let inspector = Arc::new(inspector(options, settings)?);
    // Keys that can't be used are an error now, not a line for each message.
    let ready = Job::TeamCard {
        now: Timestamp::now(),
    };
    inspector
        .readers
        .run(&ready)
        .await
        .context("--secret-key: a key can't be used; see above")?;
    let mut out = std::io::stdout();
    let width = inspector.readers.count() * 2;
    let mut waiting: std::collections::VecDeque<tokio::task::JoinHandle<String>> =
        std::collections::VecDeque::new();
    let mut missing = 0_usize;
    for path in &options.files {
        let messages = match messages(path, options.mbox) {
            Ok(messages) => messages,
            Err(error) => {
                missing += 1;
                writeln!(
                    std::io::stderr(),
                    "pillarbox: {}: {error:#}",
                    path.display()
                )?;
                continue;
            }
        };
        for raw in messages {
            if waiting.len() >= width
                && let Some(first) = waiting.pop_front()
            {
                write!(out, "{}", first.await?)?;
            }
            let (inspector, name) = (Arc::clone(&inspector), path.display().to_string());
            waiting.push_back(tokio::spawn(async move { inspector.one(&name, raw).await }));
        }
    }
    for waiting in waiting {
        write!(out, "{}", waiting.await?)?;
    }
    if missing > 0 {
        return Err(super::Finding(format!("{missing} files could not be read")).into());
    }
    Ok(())
}

fn inspector(options: &Options, settings: &Settings) -> anyhow::Result<Inspector> {
    let mut reader_settings = settings::readers(settings);
    reader_settings.secrets.retain(|path| path.exists());
    reader_settings
        .secrets
        .extend(options.secret_key.iter().cloned());
    let mut correspondents = Vec::new();
    for path in &options.cert {
        let bytes = std::fs::read(path).with_context(|| format!("--cert {}", path.display()))?;
        correspondents.push(Signer {
            certificate: bytes,
            authenticated: true,
            addresses: None,
        });
    }
    let mut policy = settings::policy(settings, String::new()).map_err(anyhow::Error::msg)?;
    if let Some(path) = &options.constituency {
        constituency(path, &mut policy)?;
    }
    let (networks, domains) = (&policy.context.networks, &policy.context.domains);
    let domains = domains.iter().map(String::as_str);
    Ok(Inspector {
        readers: Readers::new(reader_settings),
        constituency: Constituency::new(networks.iter().copied(), domains),
        policy,
        correspondents,
        mail_from: options.mail_from.clone(),
        json: options.json,
        export: options.export.map(|form| (form, options.audience.tlp)),
        team: settings.team.clone(),
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    })
}

/// One network or domain a line; `#` begins a comment.
fn constituency(path: &Path, policy: &mut Policy) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("--constituency {}", path.display()))?;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        let host = line.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
        match line.parse::<ipnet::IpNet>().or(host) {
            Ok(network) => policy.context.networks.push(network),
            Err(_) => policy.context.domains.push(line.to_lowercase()),
        }
    }
    Ok(())
}

/// The messages of a file; `-` is standard input.
fn messages(path: &Path, mbox: bool) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut raw = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut raw)?;
    } else {
        raw = std::fs::read(path)?;
    }
    Ok(if mbox { split_mbox(&raw) } else { vec![raw] })
}

/// mboxrd (RFC 4155): a message begins after a line `From `; quoted `>From ` lines lose one `>`.
fn split_mbox(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            let quoted = quotes > 0
                && line
                    .get(quotes..)
                    .is_some_and(|rest| rest.starts_with(b"From "));
            message.extend_from_slice(if quoted {
                line.get(1..).unwrap_or(line)
            } else {
                line
            });
        }
        after_blank = line == b"\n" || line == b"\r\n";
    }
    messages
}

impl Inspector {
    async fn one(&self, name: &str, raw: Vec<u8>) -> String {
        let now = Timestamp::now();
        let job = Job::Read {
            raw,
            correspondents: self.correspondents.clone(),
            now,
        };
        let (reading, fault) = match self.readers.run(&job).await {
            Ok(Done::Read(reading, octets)) => (Reading { octets, ..*reading }, None),
            Ok(_) => (Reading::default(), Some("wrong-answer".to_owned())),
            Err(fault) => (Reading::default(), Some(fault.to_string())),
        };
        let (examination, outcome, fault) = match (fault, self.decide(&reading, now)) {
            (None, Some((examination, outcome))) => (examination, outcome, None),
            (fault, _) => {
                // As the daemon would file it: unread, for a human.
                let (examination, outcome) = record::unread();
                (
                    examination,
                    outcome,
                    fault.or_else(|| Some("panicked".to_owned())),
                )
            }
        };
        let seen = json::Seen {
            file: name,
            reading: &reading,
            examination: &examination,
            outcome: &outcome,
            constituency: &self.constituency,
            fault: fault.as_deref(),
        };
        if let Some((form, audience)) = self.export {
            self.exported(form, audience, &seen, now)
        } else if self.json {
            format!("{}\n", json::object(&seen))
        } else {
            marked::view(&seen, self.colour)
        }
    }

    /// The reference is the file's name. What may not leave is named on standard error.
    fn exported(&self, form: Form, audience: Tlp, seen: &json::Seen<'_>, now: Timestamp) -> String {
        let leaving = Leaving {
            form,
            audience,
            name: seen.file,
            received: &now.to_string(),
            corrected: 0,
            tags: &[],
        };
        let written = export::written(&self.team, &leaving, &seen.outcome.extraction);
        written.unwrap_or_else(|refusal| {
            tracing::warn!("{}", export::why(seen.file, refusal));
            String::new()
        })
    }

    /// `None` when the text made a stage panic.
    fn decide(&self, reading: &Reading, now: Timestamp) -> Option<(Examination, Outcome)> {
        let decide = || {
            let envelope = self.envelope(reading, now);
            let examination =
                pipeline::examine(&envelope, reading, AuthResults::default(), &self.policy);
            let facts = Facts::default();
            let outcome = pipeline::decide(&envelope, reading, &examination, &facts, &self.policy);
            (examination, outcome)
        };
        catch_unwind(AssertUnwindSafe(decide)).ok()
    }

    /// A file has no envelope: the reverse-path is the one given, else `Return-Path`.
    fn envelope(&self, reading: &Reading, now: Timestamp) -> Envelope {
        let field = reading
            .headers
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case("Return-Path"));
        let given = self
            .mail_from
            .as_deref()
            .or(field.map(|field| field.raw.as_str()));
        let bare = given.map(|path| {
            path.trim()
                .trim_start_matches('<')
                .trim_end_matches('>')
                .trim()
        });
        Envelope {
            reverse_path: match bare {
                None => ReversePath::Unknown,
                Some("") => ReversePath::Null,
                Some(address) => ReversePath::Mailbox(screen::one_line(address, 320)),
            },
            listener: "inspect".into(),
            received_at: now,
            ..Envelope::default()
        }
    }
}
