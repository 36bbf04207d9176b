//! The Reference Security Incident Taxonomy, version 1003.

/// One type of the taxonomy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsitType {
    /// The class's identifier.
    pub classification: &'static str,
    /// The type's identifier; unique over all classes.
    pub kind: &'static str,
    /// What to show a person, in English.
    pub label: &'static str,
}

/// The taxonomy's type of that identifier.
#[must_use]
pub fn rsit(kind: &str) -> Option<&'static RsitType> {
    RSIT.iter().find(|entry| entry.kind == kind)
}

const fn entry(classification: &'static str, kind: &'static str, label: &'static str) -> RsitType {
    RsitType {
        classification,
        kind,
        label,
    }
}

/// All 39 types, in the taxonomy's order.
pub const RSIT: [RsitType; 39] = [
    entry("abusive-content", "spam", "Spam"),
    entry("abusive-content", "harmful-speech", "Harmful speech"),
    entry(
        "abusive-content",
        "violence",
        "(Child) sexual exploitation or violence",
    ),
    entry("malicious-code", "infected-system", "Infected system"),
    entry("malicious-code", "c2-server", "Command-and-control server"),
    entry(
        "malicious-code",
        "malware-distribution",
        "Malware distribution",
    ),
    entry(
        "malicious-code",
        "malware-configuration",
        "Malware configuration",
    ),
    entry("information-gathering", "scanner", "Scanning"),
    entry("information-gathering", "sniffing", "Sniffing"),
    entry(
        "information-gathering",
        "social-engineering",
        "Social engineering",
    ),
    entry(
        "intrusion-attempts",
        "ids-alert",
        "Exploitation of a known vulnerability",
    ),
    entry("intrusion-attempts", "brute-force", "Login attempts"),
    entry("intrusion-attempts", "exploit", "New attack signature"),
    entry(
        "intrusions",
        "privileged-account-compromise",
        "Privileged account compromise",
    ),
    entry(
        "intrusions",
        "unprivileged-account-compromise",
        "Unprivileged account compromise",
    ),
    entry(
        "intrusions",
        "application-compromise",
        "Application compromise",
    ),
    entry("intrusions", "system-compromise", "System compromise"),
    entry("intrusions", "burglary", "Burglary"),
    entry("availability", "dos", "Denial of service"),
    entry("availability", "ddos", "Distributed denial of service"),
    entry("availability", "misconfiguration", "Misconfiguration"),
    entry("availability", "sabotage", "Sabotage"),
    entry("availability", "outage", "Outage"),
    entry(
        "information-content-security",
        "unauthorised-information-access",
        "Unauthorised access to information",
    ),
    entry(
        "information-content-security",
        "unauthorised-information-modification",
        "Unauthorised modification of information",
    ),
    entry("information-content-security", "data-loss", "Data loss"),
    entry(
        "information-content-security",
        "data-leak",
        "Leak of confidential information",
    ),
    entry(
        "fraud",
        "unauthorised-use-of-resources",
        "Unauthorised use of resources",
    ),
    entry("fraud", "copyright", "Copyright"),
    entry("fraud", "masquerade", "Masquerade"),
    entry("fraud", "phishing", "Phishing"),
    entry("vulnerable", "weak-crypto", "Weak cryptography"),
    entry("vulnerable", "ddos-amplifier", "DDoS amplifier"),
    entry(
        "vulnerable",
        "potentially-unwanted-accessible",
        "Potentially unwanted accessible service",
    ),
    entry(
        "vulnerable",
        "information-disclosure",
        "Information disclosure",
    ),
    entry("vulnerable", "vulnerable-system", "Vulnerable system"),
    entry("other", "other", "Other"),
    entry("other", "undetermined", "Undetermined"),
    entry("test", "test", "Test"),
];
