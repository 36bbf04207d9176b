//! The time of the incident against the times of its report: sending dates, quotations, deadlines, validities.

use std::sync::LazyLock;

use crate::pattern::Tiered;
use crate::text::{before, window};

/// Words that make the time behind them the report's own, or a deadline's, with few words between.
static NEAR: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)(?:\b(?:
            reports?\s(?:date|time|generated|created|was|is|sent|from|of|dated)|(?:date|time)\sof\s(?:the\s|this\s|your\s|our\s)?report|generat(?:ed|ion)|printed
          | copyright|last\s(?:updated?|modified)|published|issued|expir[a-zé]*|valid\s(?:until|from|till|through|to)|not\s?(?:before|after)|validity
          | deadline|due|no\slater\sthan|(?:have|time|wait)\s(?:until|till)|scheduled|since\s(?:our|your)\sreport
          | signalement|rapport|fait\sà\s\p{L}+,?\sle|édit[ée]e?|g[ée]n[ée]r[ée]e?s?|r[ée]dig[ée]e?|publi[ée]e?|valable|date\slimite|avant\sle|d'ici|au\splus\stard
          | bericht|meldung|stand|erstell[a-z]*|ausgestellt|g[üu]ltig|sp[äa]testens|frist
          | informe|generado|publicado|v[áa]lido|caduca|plazo|antes\sdel
        )\b[^.\n]{0,24}|©[^.\n]{0,24}
        |\b(?:respond|reply|answer|feedback|confirm|resolve|fix|r[ée]pon[a-zé]+|antwort[a-z]*|r[üu]ckmeldung|respond[a-z]+|respuesta)\b[^\n]{0,48}\b(?:by|before|until|avant|bis|antes)\b[^.\n]{0,16})$",
    )
});

/// Words that do so only right before a time.
static CLOSE: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)\b(?:reported|report|sent|received|created|submitted|notified|informed|(?:we|have)\scontacted|opened|closed|updated|modified|envoy[ée]e?|re[çc]u|signal[ée]e?|cr[ée][ée]e?|ouvert|gesendet|gemeldet|erhalten|empfangen|ge[öo]ffnet|enviado|recibido|creado|reportado|abierto)
        (?:\s(?:to|by|us|you|par|à|von|por|a)(?:\s[\p{L}]+)?)?(?:\s?[:=]|(?:\s(?:on|at|le|am|um|el|vom))?)?\s*$",
    )
});

/// A letter's first line before its date.
static PLACE: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"^\s*(?:(?:Fait|Signé) (?:à|au) )?\p{Lu}[\p{L}-]+(?: [\p{L}-]+){0,2}, (?:le |den |a |el |on )?$",
    )
});

/// Who heard of it first tells when it was on at the latest.
static FIRST: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?i)\b(?:first\s(?:report(?:ed)?|notice[d]?|complaint|sighting)|premier\ssignalement|premi[èe]re\s(?:d[ée]claration|alerte)|erste\smeldung|erstmeldung|primer\saviso|primera\s(?:alerta|notificaci[óo]n))\b[^.\n]{0,16}$",
    )
});

/// Whether the words around a time make it the report's.
pub(crate) fn reported(text: &str, at: usize) -> bool {
    let lead = before(text, at, 72);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    if observed(line, text, at) {
        return false;
    }
    if NEAR.is_match(line) || CLOSE.is_match(line) {
        return !FIRST.is_match(line);
    }
    let own = window(text, at, 200);
    let own = own.split('\n').next().unwrap_or_default().trim_end();
    // `Madrid, 16 de marzo de 2026`
    if own.len() <= 32 && !clocked(own) && PLACE.is_match(line) {
        return true;
    }
    own.ends_with(':')
        && ["wrote", "écrit", "schrieb", "escrib"]
            .iter()
            .any(|word| own.contains(word))
}

/// Whether a time with its clock tells how things stood then: `Stand: 30.09.2026, 04:00 UTC`.
fn observed(line: &str, text: &str, at: usize) -> bool {
    let lead = line.trim_end_matches([':', ' ']).to_lowercase();
    clocked(window(text, at, 24)) && lead.rsplit([' ', '(']).next() == Some("stand")
}

fn clocked(text: &str) -> bool {
    let mut runs = text.as_bytes().windows(3);
    runs.any(|run| matches!(run, [a, b':', c] if a.is_ascii_digit() && c.is_ascii_digit()))
}

/// Whether the words before a day say that something lasted since then, or until then.
pub(crate) fn bound(text: &str, at: usize) -> bool {
    static BOUND: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::new(
            r"(?i)\b(?:since|until|till|up to|starting|depuis|jusqu['’]au|[àa] partir du|seit|ab|bis|bis zum|desde|hasta|a partir del?)\s(?:on\s|about\s|around\s|le\s|el\s|the\s|dem\s|d[ií]a\s)*$",
        )
    });
    let lead = before(text, at, 32);
    BOUND.is_match(lead.rsplit('\n').next().unwrap_or_default())
}
