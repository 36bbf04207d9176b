//! Addresses of an organisation with their certificates, as its page shows them.

use crate::actions::contact::{Certificate, OfAddress};
use crate::console::App;
use crate::console::shown::{self, Moment};
use crate::console::words::Words;
use crate::correspondents::State;

/// An address with what is known of it.
pub(super) struct Address {
    pub(super) shown: String,
    pub(super) whole: String,
    pub(super) refused: Option<(String, Moment)>,
    pub(super) language: String,
    pub(super) certificates: Vec<Shown>,
}

/// A certificate of an address.
pub(super) struct Shown {
    pub(super) fingerprint: String,
    /// In groups of four, as people compare it.
    pub(super) groups: String,
    pub(super) user_ids: String,
    pub(super) state: &'static str,
    /// As a form says it.
    pub(super) was: &'static str,
    pub(super) class: &'static str,
    pub(super) proof: &'static str,
    pub(super) by: String,
    pub(super) since: Moment,
    pub(super) is_revoked: bool,
    pub(super) expires: Option<Moment>,
    pub(super) other: String,
    pub(super) history: Vec<Befell>,
    /// It is trusted, or rejected, already.
    pub(super) is_trusted: bool,
    pub(super) is_rejected: bool,
    pub(super) reason: String,
}

/// What was done with a certificate.
pub(super) struct Befell {
    pub(super) at: Moment,
    pub(super) what: String,
    pub(super) address: String,
    pub(super) by: String,
    pub(super) why: String,
}

/// An address as the page shows it; with the reason that was written for a certificate of this fingerprint.
pub(super) fn address(app: &App, w: &Words, one: OfAddress, reason: &(String, String)) -> Address {
    let moment = |at: &str| shown::moment(at, &app.zone);
    let refused = one.refused.as_ref();
    let certificates = one.certificates.into_iter();
    Address {
        shown: shown::line(&one.address, 200),
        whole: one.address,
        refused: refused.map(|(since, status)| (shown::line(status, 60), moment(since))),
        language: one.language.unwrap_or_default(),
        certificates: certificates
            .map(|one| certificate(app, w, one, reason))
            .collect(),
    }
}

fn certificate(app: &App, w: &Words, one: Certificate, reason: &(String, String)) -> Shown {
    let moment = |at: &str| shown::moment(at, &app.zone);
    let digits: Vec<char> = one.fingerprint.chars().collect();
    let groups: Vec<String> = digits
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    let state = one.binding.state;
    let history = one.history.iter().map(|(action, note)| Befell {
        at: moment(&note.at),
        what: shown::line(w.befell(action), 60),
        address: shown::line(&note.address, 120),
        by: shown::line(&note.by, 64),
        why: shown::line(w.befell_why(&note.why), 300),
    });
    Shown {
        groups: groups.join(" "),
        user_ids: shown::line(&one.user_ids.join(", "), 300),
        state: w.stands(state),
        was: state.word(),
        class: match state {
            _ if one.is_revoked => "bad",
            State::Authenticated => "good",
            State::Pinned => "plain",
            State::Conflict | State::Superseded | State::Rejected => "warn",
        },
        proof: w.stands_behind(one.binding.proof),
        by: shown::line(&one.binding.note.by, 64),
        since: moment(&one.binding.note.at),
        is_revoked: one.is_revoked,
        expires: one.expires.as_deref().map(moment),
        history: history.collect(),
        is_trusted: state == State::Authenticated,
        is_rejected: state == State::Rejected,
        reason: match reason.0 == one.fingerprint {
            true => reason.1.clone(),
            false => String::new(),
        },
        other: one.other,
        fingerprint: one.fingerprint,
    }
}
