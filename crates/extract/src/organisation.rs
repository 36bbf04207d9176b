//! Whether two names belong to one organisation: the public suffix list says below which names strangers register.

/// Whether both names, in lower case and as A-labels, are the same one or lie at or below the same registrable domain:
/// `mail.team.co.uk` and `team.co.uk`, but not `team.co.uk` and `other.co.uk`. Where the list has no rule, strangers are
/// taken to register below a top-level domain. A name that is itself a public suffix is only like itself.
#[must_use]
pub fn same_organisation(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
    let owned = |name| psl::domain_str(name).filter(|domain| !domain.is_empty());
    one == other || owned(one).is_some_and(|domain| owned(other) == Some(domain))
}
