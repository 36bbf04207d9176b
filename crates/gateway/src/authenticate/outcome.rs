//! From `mail-auth`'s outputs to our results, in the words of RFC 8601.

use intake::authentication::{
    Arc, AuthResult, AuthResults, Dkim, Dmarc, Source, Spf, says_dmarc_pass,
};
use mail_auth::dkim::DkimError;
use mail_auth::dmarc::Policy;
use mail_auth::{
    ArcOutput, DkimOutput, DkimResult, DmarcOutput, DmarcResult, DnsError, Error, SpfOutput,
    SpfResult,
};

use super::{Sender, signatures, spf_skipped};

/// No header, or too much of it, or the library failed.
pub(super) fn not_checked() -> AuthResults {
    AuthResults {
        source: Source::Own,
        spf: spf_skipped(),
        dmarc: Dmarc {
            result: AuthResult::PermError,
            ..Dmarc::default()
        },
        ..AuthResults::default()
    }
}

pub(super) fn spf(output: &SpfOutput, sender: Option<&Sender<'_>>) -> Spf {
    let Some(sender) = sender else {
        return spf_skipped();
    };
    Spf {
        result: spf_result(output.result()),
        domain: sender.domain.to_lowercase(),
        scope: sender.scope,
        reason: String::new(),
    }
}

fn spf_result(result: SpfResult) -> AuthResult {
    match result {
        SpfResult::Pass => AuthResult::Pass,
        SpfResult::Fail => AuthResult::Fail,
        SpfResult::SoftFail => AuthResult::SoftFail,
        SpfResult::Neutral => AuthResult::Neutral,
        SpfResult::TempError => AuthResult::TempError,
        SpfResult::PermError => AuthResult::PermError,
        SpfResult::None => AuthResult::None,
    }
}

pub(super) fn dkim(outputs: &[DkimOutput<'_>]) -> Vec<Dkim> {
    let outputs = outputs.iter().take(10);
    outputs
        .map(|output| {
            let signature = output.signature();
            let (result, reason) = dkim_result(output.result());
            Dkim {
                result,
                domain: signature.map_or_else(String::new, |one| one.d.to_lowercase()),
                selector: signature.map_or_else(String::new, |one| one.s.clone()),
                algorithm: signature
                    .map_or("", |one| signatures::algorithm(one.a))
                    .to_owned(),
                reason: reason.to_owned(),
            }
        })
        .collect()
}

/// The library calls neutral what RFC 8601 section 2.7.1 calls a failure.
fn dkim_result(result: &DkimResult) -> (AuthResult, &'static str) {
    match result {
        DkimResult::Pass => (AuthResult::Pass, ""),
        DkimResult::None => (AuthResult::None, ""),
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => {
            (AuthResult::Fail, "the body was changed")
        }
        DkimResult::Neutral(Error::Dkim(DkimError::SignatureExpired)) => {
            (AuthResult::Fail, "the signature has expired")
        }
        DkimResult::Neutral(Error::Dkim(DkimError::SignatureLength)) => {
            (AuthResult::Policy, "only a part of the body is signed")
        }
        DkimResult::Neutral(_) => (AuthResult::Neutral, "the signature can't be understood"),
        DkimResult::Fail(_) => (AuthResult::Fail, "the signature does not match"),
        DkimResult::PermError(Error::Dns(DnsError::RecordNotFound(_))) => {
            (AuthResult::PermError, "there is no such key")
        }
        DkimResult::PermError(_) => (AuthResult::PermError, "the key can't be used"),
        DkimResult::TempError(_) => (AuthResult::TempError, "no answer for the key"),
    }
}

pub(super) fn arc(output: &ArcOutput<'_>, from: &str, trusted: &[String]) -> Arc {
    let newest = output.sets().last();
    let sealer = newest.map_or("", |set| set.seal.header.d.as_str());
    let result = match output.result() {
        DkimResult::Pass => AuthResult::Pass,
        DkimResult::None => AuthResult::None,
        // A chain is good, broken or absent (RFC 8617 section 4.4).
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) => AuthResult::Fail,
        DkimResult::TempError(_) => AuthResult::TempError,
    };
    let known = trusted.iter().any(|name| name.eq_ignore_ascii_case(sealer));
    let saw_pass = || {
        let value = newest.map_or(&[][..], |set| set.results.value);
        says_dmarc_pass(&unfolded(value), from)
    };
    Arc {
        result,
        vouched: result == AuthResult::Pass && known && !from.is_empty() && saw_pass(),
        sealer: sealer.to_lowercase(),
    }
}

fn unfolded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).replace(['\r', '\n'], " ")
}

pub(super) fn dmarc(
    output: &DmarcOutput,
    from: &str,
    spf_domain: &str,
    spf: &SpfOutput,
    dkim: &[DkimOutput<'_>],
) -> Dmarc {
    let (result, published) = match output.result() {
        DmarcResult::Pass => (AuthResult::Pass, true),
        DmarcResult::Fail(_) => (AuthResult::Fail, true),
        DmarcResult::TempError(_) => (AuthResult::TempError, output.dmarc_record().is_some()),
        DmarcResult::PermError(_) => (AuthResult::PermError, output.dmarc_record().is_some()),
        DmarcResult::None => (AuthResult::None, false),
    };
    let policy = match output.policy() {
        Policy::None => "none",
        Policy::Quarantine => "quarantine",
        Policy::Reject => "reject",
        Policy::Unspecified => "",
    };
    // Without a record, only the very domain counts as aligned: what lies above is anybody's guess.
    let exactly = |domain: &str| !published && domain.eq_ignore_ascii_case(from);
    let signed = dkim.iter().any(|one| {
        *one.result() == DkimResult::Pass && one.signature().is_some_and(|s| exactly(&s.d))
    });
    Dmarc {
        result,
        domain: from.to_lowercase(),
        policy: if published { policy } else { "" }.to_owned(),
        by_spf: *output.spf_result() == DmarcResult::Pass
            || (spf.result() == SpfResult::Pass && exactly(spf_domain)),
        by_dkim: *output.dkim_result() == DmarcResult::Pass || signed,
    }
}

/// The budget is over.
pub(super) fn dmarc_late(from: &str) -> Dmarc {
    Dmarc {
        result: AuthResult::TempError,
        domain: from.to_lowercase(),
        ..Dmarc::default()
    }
}
