//! Whose passes may speak for a From domain (T51).
//!
//! `mail-auth` finds organisations by walking up the DNS (RFC 9989 section 4.10). A public suffix that publishes a DMARC
//! record without `psd=y` then looks like the organisation of all who register below it, and each of them could speak for
//! the others. So the library gets to see only what the public suffix list, too, takes for the same organisation.

use mail_auth::common::to_a_label;
use mail_auth::{DkimOutput, SpfOutput, SpfResult};

/// Whether two domains, in any form, may be of one organisation.
pub(super) fn related(one: &str, other: &str) -> bool {
    extract::same_organisation(&to_a_label(one), &to_a_label(other))
}

/// The outcomes of SPF and DKIM that may be aligned with `from`; the others as if they had not been checked.
pub(super) fn candidates<'x>(
    from: &str,
    spf_domain: &str,
    spf: &SpfOutput,
    dkim: &[DkimOutput<'x>],
) -> (SpfOutput, Vec<DkimOutput<'x>>) {
    let spf = if related(spf_domain, from) {
        spf.clone()
    } else {
        SpfOutput::new(spf_domain.to_owned()).with_result(SpfResult::None)
    };
    let own = |one: &&DkimOutput<'_>| {
        let signature = one.signature();
        signature.is_some_and(|signature| related(&signature.d, from))
    };
    (spf, dkim.iter().filter(own).cloned().collect())
}
