//! What somebody's machine is told to be like: what it runs, leaves open or answers; and what a type is by its parties.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::taxonomy::rsit;
use crate::text::regex;
use crate::{Endpoint, Kind};

/// What it runs, lets in or answers.
static STATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?,?\s?(?:(?:which|that|qui|die|der|das|que|also|openly|currently|encore|toujours|noch|immer|todav[íi]a|sigue)\s){0,3}(?:
          (?:still\sruns|is\sstill\srunning|answers?|responds?|replies|exposes?|allows?|accepts?|leaks?|discloses?)(?-u:\b)
        | can\sbe\s(?:\w+ly\s)?(?:reached|accessed|read|queried|viewed|abused|used)
        | (?:is|are)\s(?:\w+ly\s|still\s)?(?:open|reachable|accessible|exposed|unprotected|readable|unpatched|vulnerable|outdated)(?-u:\b)
        | (?:r[ée]pond|laisse|expose|autorise|accepte|tourne|utilise)\s
        | (?:est|sont)\s(?:encore\s|toujours\s|librement\s)?(?:ouvert|joignable|accessible|expos|vuln)
        | (?:antwortet|beantwortet|erlaubt|verwendet)\s|ist\s(?:[^.;\n]{0,60}\s)?(?:erreichbar|offen|verwundbar|zug[äa]nglich|ungesch[üu]tzt)
        | (?:responde|permite|expone|ejecuta|utiliza)\s|tiene\s(?:abiert|expuest|el\spuerto)|(?:est[áa]|es)\s(?:abiert|accesible|expuest|vulnerable)
        )"#,
    )
});

/// Whether the words behind an address tell of its state.
pub(crate) fn told(tail: &str) -> bool {
    STATE.is_match(tail)
}

/// Whether it is called ours, however far before.
pub(crate) fn ours(lead: &str) -> bool {
    let ours = [
        "our", "my", "notre", "nos", "mon", "nuestro", "nuestra", "mi",
    ];
    let own = |word: &str| {
        let word = word.to_lowercase();
        ours.contains(&word.as_str()) || word.starts_with("unser") || word.starts_with("mein")
    };
    lead.split_whitespace().any(own)
}

/// A machine that is there to be hit.
pub(crate) fn sensor(lead: &str) -> bool {
    static SENSOR: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?-u:\b)(?:sensors?|sondes?|sondas?)(?:\s(?:at|on|[àa]|en|auf))?\s[(\[]?$")
    });
    SENSOR.is_match(lead)
}

/// Whether another address was hit.
pub(crate) fn against(rest: &str) -> bool {
    static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\s(?:against|on|to|gegen|auf|contre|sur|vers|contra|hacia)\s(?:[^\s.,;:]+\s){0,4}[(\[]?\d{1,3}\.\d",
        )
    });
    AGAINST.is_match(rest)
}

/// What the best type is by who takes part: a flood from several sides is a distributed one, and who is told to call a
/// controller is infected.
pub(crate) fn retold(kinds: &mut Vec<Kind>, sources: &[Endpoint], destinations: &[Endpoint]) {
    let blamed: BTreeSet<_> = sources.iter().filter_map(|one| one.ip.as_ref()).collect();
    let Some(best) = kinds.first_mut() else {
        return;
    };
    let narrow = match best.kind.as_str() {
        "dos" if blamed.len() > 2 => "ddos",
        "c2-server" if !blamed.is_empty() && !destinations.is_empty() => "infected-system",
        _ => return,
    };
    let Some(kind) = rsit(narrow) else {
        return;
    };
    best.classification = kind.classification.to_owned();
    best.kind = kind.kind.to_owned();
    let mut seen = false;
    kinds.retain(|one| one.kind != narrow || !std::mem::replace(&mut seen, true));
}
