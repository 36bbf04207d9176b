//! Correspondents' certificates, which are sealed rows: taken from files, listed with whose they are.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use intake::openpgp::{CertInfo, Vetted};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::read;
use crate::cli::Finding;
use crate::config::Settings;
use crate::correspondents::{Binding, Book, Claim, Known, Proof, State};
use crate::screen;

/// Takes the certificates of a file, and binds them to the addresses of their user IDs, as far as those have none.
pub(super) async fn import(
    settings: &Settings,
    file: &Path,
    authenticated: bool,
    by: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let book = Book::open(settings)?;
    let found = book.vet(&bytes, None).await?;
    if found.is_empty() {
        bail!("there is no OpenPGP certificate in it");
    }
    let mut conflicts = 0;
    for vetted in &found {
        let known = book.keep(vetted, "imported").await?;
        let trust = if authenticated {
            "authenticated"
        } else {
            "not authenticated"
        };
        writeln!(
            out,
            "took {} ({trust}): {}",
            vetted.info.fingerprint,
            screen::one_line(&vetted.info.user_ids.join(", "), 200)
        )?;
        for address in &vetted.addresses {
            let (proof, state) = match authenticated {
                true => (Proof::Analyst, State::Authenticated),
                false => (Proof::Import, State::Pinned),
            };
            let claim = Claim {
                address,
                proof,
                state,
                by,
                why: "imported",
            };
            conflicts += usize::from(!bind(&book, &known, vetted, &claim, out).await?);
        }
    }
    book.review().await?;
    if conflicts > 0 {
        return Err(Finding(format!(
            "{conflicts} addresses have another certificate, which stays in use: see `pillarbox keys conflicts list`"
        ))
        .into());
    }
    Ok(())
}

/// Binds, and says what came of it; whether it speaks for the address now. The team's own certification counts more.
pub(super) async fn bind(
    book: &Book,
    known: &Known,
    vetted: &Vetted,
    claim: &Claim<'_>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let mut certified = vetted.certified.iter();
    let certified = certified.find(|one| {
        claim.state == State::Pinned && one.address.eq_ignore_ascii_case(claim.address)
    });
    let claim = match certified {
        Some(one) => Claim {
            proof: Proof::Certified,
            state: State::Authenticated,
            by: &one.by,
            ..*claim
        },
        None => Claim { ..*claim },
    };
    let state = book.bind(known, &claim).await?;
    let address = screen::one_line(claim.address, 100);
    match state {
        Some(state) if state.holds() => writeln!(out, "  {address}: {}", state.word())?,
        Some(state) => writeln!(out, "  {address}: {}, not used", state.word())?,
        None => writeln!(out, "  {address}: too many conflicts, not kept for it")?,
    }
    Ok(state.is_some_and(State::holds))
}

/// In a word or two: what is wrong with it, else whose it is.
pub(super) fn trust(info: &CertInfo, bindings: &[Binding]) -> String {
    let usable = info.can_sign || info.can_encrypt;
    let expired = info.expires.is_some_and(|time| time <= Timestamp::now());
    let state = match (info.revoked, expired, usable) {
        (true, _, _) => Some("REVOKED"),
        (false, true, _) => Some("expired"),
        (false, false, false) => Some("not usable"),
        (false, false, true) => None,
    };
    let mut words: Vec<String> = state.map(str::to_owned).into_iter().collect();
    for binding in bindings {
        words.push(format!("{}: {}", binding.address, binding.words()));
    }
    if bindings.is_empty() {
        words.push("nobody's yet".to_owned());
    }
    words.join("; ")
}

/// The bindings, for scripts.
pub(super) fn bindings_json(bindings: &[Binding]) -> Value {
    bindings
        .iter()
        .map(|binding| {
            json!({"address": binding.address, "state": binding.state.word(), "proof": binding.proof.word(),
                "by": (!binding.note.by.is_empty()).then_some(&binding.note.by), "since": binding.note.at})
        })
        .collect()
}
