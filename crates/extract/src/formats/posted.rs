//! Lines of a form that stand in the header of a forwarded mail.

use crate::layout::Line;
use crate::text::{before, window};

/// Whether a line stands in the header of a forwarded mail: beside a `From:` or a `Subject:`.
pub(super) fn header(text: &str, line: &Line) -> bool {
    let field = |line: &str| {
        let name = line
            .split(':')
            .next()
            .unwrap_or_default()
            .trim_matches(['>', ' ', '*'])
            .to_lowercase();
        [
            "from", "to", "subject", "sent", "cc", "de", "à", "objet", "envoyé", "von", "an",
            "betreff", "gesendet", "para", "asunto",
        ]
        .contains(&name.as_str())
    };
    let above = before(text, line.start, 400)
        .trim_end()
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let below = window(text, line.end, 200)
        .trim_start()
        .split('\n')
        .next()
        .unwrap_or_default();
    field(above) || field(below)
}
