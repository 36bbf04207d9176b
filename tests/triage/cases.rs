//! What the tests of triage share: mails in a few words, and what is expected of them.

use std::collections::BTreeSet;

use intake::envelope::ReversePath;
use intake::triage::DispositionKind::{self, KeyRequest, Report};
use intake::triage::{Disposition, TriagePolicy, classify};

use crate::reading::{envelope, reading_of};

pub fn policy() -> TriagePolicy {
    TriagePolicy {
        own_addresses: BTreeSet::from(["csirt@demo.example".to_owned()]),
        own_id_domains: BTreeSet::from(["demo.example".to_owned()]),
        own_lists: BTreeSet::from(["reports.demo.example".to_owned()]),
        ..TriagePolicy::default()
    }
}

pub fn from_path(path: ReversePath, raw: &str) -> Disposition {
    classify(&envelope(path), &reading_of(raw.as_bytes()), &policy())
}

pub fn triage(head: &str, body: &str) -> Disposition {
    let from = if head.to_lowercase().contains("from:") {
        ""
    } else {
        "From: Ann <ann@site.example>\n"
    };
    from_path(ReversePath::Unknown, &format!("{from}{head}\n\n{body}\n"))
}

pub fn assert_rule(found: &Disposition, kind: DispositionKind, rule: &str) {
    assert_eq!(
        (found.kind, found.rule.as_deref()),
        (kind, Some(rule)),
        "{found:?}"
    );
    assert!(!found.acknowledge || kind == KeyRequest);
    assert!(found.evidence.as_ref().unwrap().chars().count() <= 80);
}

pub fn assert_person(found: &Disposition) {
    assert_eq!(
        (found.kind, found.acknowledge, &found.rule),
        (Report, true, &None),
        "{found:?}"
    );
}

pub fn multipart(kind: &str, parts: &[(&str, &str)]) -> (String, String) {
    let mut body = String::new();
    for (content_type, text) in parts {
        body.push_str(&format!("--b\nContent-Type: {content_type}\n\n{text}\n"));
    }
    (
        format!("Content-Type: {kind}; boundary=b"),
        format!("{body}--b--"),
    )
}

pub const STATUS: &str = "Reporting-MTA: dns; mx.site.example\n\nFinal-Recipient: rfc822; x@site.example\nAction: failed\nStatus: 5.1.1";
