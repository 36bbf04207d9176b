//! References that reports give in their fields, and letters in a line of their own, outside a Subject.

use std::sync::LazyLock;

use regex::Regex;

use super::ForeignRef;
use super::foreign::compiled;

/// Lines of a letter in which a reference counts.
const LINES: usize = 40;
/// Octets of a report that are looked at.
const OCTETS: usize = 64 * 1024;
/// References that one report gives, at most.
const MOST: usize = 5;

/// `Our reference: ABU-2026-00417`, `Vorgang: 4711-24`, `N/Réf : 2024-17`, at the start of a line.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^[\s*•-]{0,4}(?:(?:our|your|notre|votre|unser|unsere|ihr|ihre|nuestra|su|n/|v/) ?)?(?:reference|r[ée]f(?:[ée]rence)?|referenz|referencia|zeichen|(?:ticket|case|incident|abuse report|report|tracking|complaint)[ -]?(?:id|no|nr|number|reference|ref)|ticket|case|vorgang(?:snummer)?|aktenzeichen|fallnummer|ticketnummer|meldungsnummer|dossier|caso|expediente)\b\.?(?: (?:of|de|del|du|von|unseres|unserer)(?: (?:our|the|your|notre|nos|votre|nuestro|nuestra|su|unserem))? (?:ticket|case|incident|dossier|vorgangs?|caso|incidente|expediente|signalement))?(?: ?(?:id|no|nr|number|n[°º]|número|numéro|nummer)\.?)?\s?[:#=]\s?[\[(]?#?(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#-]{2,48})",
    )
});

/// The fields of X-ARF 0.1 and 0.2, XARF 3 and 4, and IODEF, with what only such a report has.
static FIELDS: LazyLock<[(&str, &str, Regex); 5]> = LazyLock::new(|| {
    [
        (
            "Reported-From:",
            "X-ARF",
            compiled(r"(?m)^Report-ID:[ \t]*<?(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#:+-]{1,78})"),
        ),
        (
            "ReporterInfo",
            "XARF",
            compiled(r#""ReporterCaseI[Dd]"\s*:\s*"(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#: -]{0,78})""#),
        ),
        (
            "xarf_version",
            "XARF",
            compiled(
                r#""(?:report_id|reporter_case_id)"\s*:\s*"(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#: -]{0,78})""#,
            ),
        ),
        (
            "IODEF-Document",
            "IODEF",
            compiled(
                r#"<(?:\w+:)?IncidentID\b(?:[^>]*\sname\s*=\s*["'](?P<system>[A-Za-z0-9._-]{1,60})["'])?[^>]*>\s*(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#:-]{0,78})\s*<"#,
            ),
        ),
        (
            "\"IncidentID\"",
            "IODEF",
            compiled(
                r#""IncidentID"\s*:\s*\{[^{}]{0,200}?"id"\s*:\s*"(?P<id>[A-Za-z0-9][A-Za-z0-9._/@#:-]{0,78})""#,
            ),
        ),
    ]
});

/// The references in the lines of a letter that its writer wrote himself: quoted ones are another's.
pub(super) fn letter(text: &str) -> Vec<ForeignRef> {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES);
    let own = lines.take_while(|line| !line.starts_with("-----"));
    let ids = own.filter_map(|line| {
        let id = LINE.captures(line)?.name("id")?.as_str();
        Some(
            id.trim_end_matches(['.', '-', '/', '#', '@', '_'])
                .to_owned(),
        )
    });
    let numbered = |id: &String| id.bytes().filter(u8::is_ascii_digit).count() >= 2;
    let found = ids.filter(numbered).take(MOST).map(|raw| {
        let (system, id) = named(&raw).unwrap_or(("Reference", &raw));
        ForeignRef {
            system: system.to_owned(),
            id: id.to_owned(),
            raw: raw.clone(),
            in_text: true,
        }
    });
    found.collect()
}

/// The system that a reference names itself, and its number: `CERT-XY#4711`.
fn named(raw: &str) -> Option<(&str, &str)> {
    let (system, id) = raw.split_once('#')?;
    let letters = system.bytes().filter(u8::is_ascii_alphabetic).count();
    let figures = id.bytes().all(|b| b.is_ascii_digit());
    (letters >= 2 && id.len() >= 2 && figures).then_some((system, id))
}

/// The references in the fields of a machine's report.
pub(super) fn report(text: &str) -> Vec<ForeignRef> {
    let mut end = text.len().min(OCTETS);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let text = text.get(..end).unwrap_or_default();
    let fields = FIELDS.iter().filter(|(mark, _, _)| text.contains(mark));
    let found = fields.flat_map(|(_, system, field)| {
        let found = field.captures_iter(text).take(MOST);
        found.filter_map(|found| {
            let id = found.name("id")?.as_str().to_owned();
            let named = found.name("system").map_or(*system, |name| name.as_str());
            Some(ForeignRef {
                raw: id.clone(),
                system: named.to_owned(),
                id,
                in_text: true,
            })
        })
    });
    let numbered = |one: &ForeignRef| one.id.bytes().any(|b| b.is_ascii_digit());
    found.filter(numbered).collect()
}
