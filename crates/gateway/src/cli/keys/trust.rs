//! Whose a certificate is: what analysts decide, and what they look up in order to.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Subcommand;
use intake::openpgp;
use jiff::Timestamp;
use serde_json::json;

use super::certificates::{bind, bindings_json, trust as trust_words};
use crate::cli::Finding;
use crate::config::Settings;
use crate::correspondents::fetch::{Fetcher, Place};
use crate::correspondents::{Binding, Book, Claim, Conflict, Known, Proof, State};
use crate::reader::{Done, Job};
use crate::screen;

/// What to do with correspondents' certificates.
#[derive(Subcommand)]
pub(in crate::cli) enum Action {
    /// Say that a certificate is an address's: you compared the fingerprint with its owner
    #[command(
        after_help = "Example:\n  pillarbox keys trust 6A703A77…59C5 --address noc@example.net --why 'compared by telephone'"
    )]
    Trust(Decision),
    /// Say that a certificate is not an address's; it is not used any more, nor taken again
    Distrust(Decision),
    /// Certificates that came for an address that has another
    #[command(subcommand)]
    Conflicts(Conflicts),
    /// What is known of one certificate, and what was done with it
    Show {
        /// Fingerprint
        fingerprint: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Look a certificate up, and keep it as not verified. Never done by itself
    #[command(
        after_help = "Examples:\n  pillarbox keys fetch noc@example.net            Web Key Directory, then the key server if there is one\n  \
        pillarbox keys fetch 6A703A77…59C5 --keyserver  by its full fingerprint"
    )]
    Fetch {
        /// Address, or full fingerprint
        name: String,
        /// Only in the Web Key Directory of the address's domain
        #[arg(long, conflicts_with = "keyserver")]
        wkd: bool,
        /// Only at openpgp.keyserver
        #[arg(long)]
        keyserver: bool,
        /// Who asks
        #[arg(long, default_value_t = crate::audit::actor(), hide_default_value = true)]
        by: String,
    },
    /// Certify with the team's key that a certificate is an address's, and write it to standard output for others
    Certify {
        /// Fingerprint
        fingerprint: String,
        /// The address; it must have been authenticated here
        #[arg(long)]
        address: String,
    },
}

/// What to do with conflicts.
#[derive(Subcommand)]
pub(in crate::cli) enum Conflicts {
    /// Show them
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Take this certificate for the address from now on, instead of the one that it has
    Accept(Decision),
    /// Stay with the one that it has
    Reject(Decision),
}

/// One decision.
#[derive(clap::Args)]
pub(in crate::cli) struct Decision {
    /// Fingerprint
    fingerprint: String,
    /// The address
    #[arg(long)]
    address: String,
    /// Why; kept with the decision
    #[arg(long, default_value = "")]
    why: String,
    /// Who decides
    #[arg(long, default_value_t = crate::audit::actor(), hide_default_value = true)]
    by: String,
}

const ANY: [State; 5] = [
    State::Pinned,
    State::Authenticated,
    State::Conflict,
    State::Superseded,
    State::Rejected,
];

pub(super) async fn run(
    action: &Action,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let book = Book::open(settings)?;
    match action {
        Action::Trust(decision) => authenticate(&book, decision, out).await,
        Action::Distrust(decision) => decide(&book, decision, State::Rejected, &ANY, out).await,
        Action::Conflicts(Conflicts::List { json }) => conflicts(&book, *json, out).await,
        Action::Conflicts(Conflicts::Accept(decision)) => {
            let from = [State::Conflict, State::Superseded, State::Rejected];
            decide(&book, decision, State::Authenticated, &from, out).await
        }
        Action::Conflicts(Conflicts::Reject(decision)) => {
            decide(&book, decision, State::Rejected, &[State::Conflict], out).await
        }
        Action::Show { fingerprint, json } => show(&book, fingerprint, *json, out).await,
        Action::Fetch {
            name,
            wkd,
            keyserver,
            by,
        } => {
            let wanted = Wanted {
                name: &plain(name),
                wkd: *wkd,
                keyserver: *keyserver,
                by,
            };
            fetch(&book, settings, &wanted, out).await
        }
        Action::Certify {
            fingerprint,
            address,
        } => certify(&book, fingerprint, address, out).await,
    }
}

/// A fingerprint as people write it, or an address.
fn plain(name: &str) -> String {
    let bare: String = name
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    match bare.contains('@') {
        true => bare,
        false => bare.trim_start_matches("0x").to_uppercase(),
    }
}

async fn find(book: &Book, fingerprint: &str) -> anyhow::Result<Known> {
    let known = book.by_fingerprint(&plain(fingerprint)).await?;
    known.ok_or_else(|| {
        Finding("there is no certificate with this fingerprint here; all of it is needed".into())
            .into()
    })
}

async fn authenticate(
    book: &Book,
    decision: &Decision,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let known = find(book, &decision.fingerprint).await?;
    let others = book.of_address(&decision.address).await?;
    let other = others
        .iter()
        .filter(|other| other.id != known.id)
        .find_map(|other| other.holds(&decision.address));
    // One that only says so of itself gives way to an analyst's word.
    if other.is_some_and(|binding| binding.proof.is_strong()) {
        return Err(Finding(
            "the address has another certificate; `pillarbox keys conflicts accept` takes this one instead".into(),
        )
        .into());
    }
    if known.binding(&decision.address).is_none() {
        let claim = claim(decision, State::Authenticated);
        if book.bind(&known, &claim).await? != Some(State::Authenticated) {
            return Err(Finding(
                "the address got another certificate meanwhile: look again".into(),
            )
            .into());
        }
        writeln!(out, "authenticated")?;
        return Ok(());
    }
    decide(book, decision, State::Authenticated, &ANY, out).await
}

fn claim(decision: &Decision, state: State) -> Claim<'_> {
    Claim {
        address: &decision.address,
        proof: Proof::Analyst,
        state,
        by: &decision.by,
        why: &decision.why,
    }
}

async fn decide(
    book: &Book,
    decision: &Decision,
    state: State,
    from: &[State],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let known = find(book, &decision.fingerprint).await?;
    if !book.decide(&known, &claim(decision, state), from).await? {
        let what = match from {
            [State::Conflict, ..] => "there is no such conflict",
            _ => "this certificate has nothing to do with the address here",
        };
        return Err(Finding(what.into()).into());
    }
    writeln!(out, "{}", state.word())?;
    Ok(())
}

async fn conflicts(book: &Book, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for Conflict {
        address,
        came,
        known,
    } in book.conflicts(i64::MAX).await?
    {
        let (old, held) = match &known {
            Some(known) => (known.fingerprint.as_str(), Some(&known.binding)),
            None => ("", None),
        };
        if as_json {
            let line = json!({"address": address, "fingerprint": came.fingerprint, "since": came.binding.note.at,
                "proof": came.binding.proof.word(), "known": old, "known_state": held.map(|held| held.state.word())});
            writeln!(out, "{line}")?;
        } else {
            let words = held.map(Binding::words).unwrap_or_default();
            rows.push(vec![
                screen::one_line(&address, 60),
                format!("{old} {words}"),
                format!("{} {}", came.fingerprint, came.binding.words()),
            ]);
        }
    }
    if as_json {
        return Ok(());
    }
    if rows.is_empty() {
        writeln!(out, "no certificate is in conflict with another")?;
    } else {
        let header = ["Address", "Stays in use", "Came later"];
        writeln!(out, "{}", screen::table(&header, rows))?;
    }
    Ok(())
}

async fn show(
    book: &Book,
    fingerprint: &str,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let known = find(book, fingerprint).await?;
    let info = openpgp::describe(&known.certificate, Timestamp::now())
        .context("the certificate can't be read")?;
    let history = book.history(&known).await?;
    if as_json {
        let history: Vec<_> = history
            .iter()
            .map(|(action, note)| json!({"action": action, "at": note.at, "address": note.address, "by": note.by, "why": note.why}))
            .collect();
        let line = json!({"fingerprint": info.fingerprint, "user_ids": info.user_ids, "revoked": info.revoked,
            "expires": info.expires.map(|time| time.to_string()), "bindings": bindings_json(&known.bindings),
            "trust": trust_words(&info, &known.bindings), "history": history});
        writeln!(out, "{line}")?;
        return Ok(());
    }
    writeln!(out, "{}", info.fingerprint)?;
    writeln!(
        out,
        "  says of itself  {}",
        screen::one_line(&info.user_ids.join(", "), 300)
    )?;
    writeln!(
        out,
        "  trust           {}",
        screen::one_line(&trust_words(&info, &known.bindings), 600)
    )?;
    for (action, note) in &history {
        let more = [&note.address, &note.by, &note.why].map(|text| screen::one_line(text, 200));
        let more: Vec<String> = more.into_iter().filter(|text| !text.is_empty()).collect();
        writeln!(out, "  {}  {action}  {}", note.at, more.join(", "))?;
    }
    Ok(())
}

struct Wanted<'a> {
    name: &'a str,
    wkd: bool,
    keyserver: bool,
    by: &'a str,
}

async fn fetch(
    book: &Book,
    settings: &Settings,
    wanted: &Wanted<'_>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let fetcher = Fetcher::new(settings)?;
    let is_address = wanted.name.contains('@');
    let hex = wanted.name.bytes().all(|octet| octet.is_ascii_hexdigit());
    let is_fingerprint = hex && matches!(wanted.name.len(), 40 | 64);
    if !(is_address || is_fingerprint) {
        bail!("an address or a full fingerprint is needed: a key id can be made to order");
    }
    if wanted.keyserver && !fetcher.has_keyserver() {
        bail!("openpgp.keyserver names no key server");
    }
    let mut places = Vec::new();
    if is_address && !wanted.keyserver {
        places.push((Place::Wkd, Proof::Wkd));
    }
    if !wanted.wkd && fetcher.has_keyserver() {
        places.push((Place::Keyserver, Proof::Keyserver));
    }
    let mut found = 0;
    for (place, proof) in places {
        let Some(octets) = fetcher.ask(place, wanted.name).await? else {
            continue;
        };
        found += take(book, &octets, wanted, proof, out).await?;
        if found > 0 {
            break;
        }
    }
    book.review().await?;
    match found {
        0 => Err(Finding("nothing found".into()).into()),
        _ => Ok(()),
    }
}

/// Keeps what was asked for, and nothing else that a server adds.
async fn take(
    book: &Book,
    octets: &[u8],
    wanted: &Wanted<'_>,
    proof: Proof,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let mut found = 0;
    for vetted in book.vet(octets, None).await? {
        let is_address = wanted.name.contains('@');
        let mut addresses = vetted.addresses.iter();
        let asked_for = match is_address {
            true => addresses.any(|address| address.eq_ignore_ascii_case(wanted.name)),
            false => vetted.info.fingerprint == wanted.name,
        };
        if !asked_for {
            continue;
        }
        found += 1;
        let source = format!("fetched ({})", proof.word());
        let known = book.keep(&vetted, &source).await?;
        let user_ids = screen::one_line(&vetted.info.user_ids.join(", "), 200);
        writeln!(
            out,
            "found {} ({}), not verified: {user_ids}",
            vetted.info.fingerprint,
            proof.word()
        )?;
        if is_address {
            let claim = Claim {
                address: wanted.name,
                proof,
                state: State::Pinned,
                by: wanted.by,
                why: &source,
            };
            bind(book, &known, &vetted, &claim, out).await?;
        }
    }
    Ok(found)
}

async fn certify(
    book: &Book,
    fingerprint: &str,
    address: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let known = find(book, fingerprint).await?;
    if known
        .holds(address)
        .is_none_or(|binding| binding.state != State::Authenticated)
    {
        return Err(Finding(
            "only what was authenticated here is certified: `pillarbox keys trust`".into(),
        )
        .into());
    }
    let job = Job::Certify {
        certificate: known.certificate,
        address: address.to_owned(),
        now: Timestamp::now(),
    };
    let Done::Certified(Some(certified)) = book.readers.run(&job).await? else {
        bail!("it has no user ID with this address, or the team has no key that certifies");
    };
    let armored = openpgp::armored(&certified).context("the certificate can't be written")?;
    out.write_all(armored.as_bytes())?;
    Ok(())
}
