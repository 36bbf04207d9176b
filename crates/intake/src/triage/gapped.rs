//! Phrases with something between their words: `I am, from 16 to 27 November, out of the office`, `ticket (CL-12) has been
//! opened`. A list of whole phrases never ends.

/// Octets between the first words and the last.
const GAP: usize = 90;
/// Octets of a ticket's number.
const NUMBER: usize = 50;

/// How somebody begins to say where he is, and what he says then.
const ABSENCES: &[(&[&str], &[&str])] = &[
    (&["i am ", "i am, ", "i'm ", "i will be ", "i'll be ", "we are ", "we're "], &["out of the office", "out of office", "away from the office", "away from my desk", "on annual leave", "on leave", "on vacation", "on holiday", "on maternity leave", "on parental leave", "on sick leave", "on a business trip", "not in the office"]),
    (&["bin ich ", "ich bin ", "ich werde ", "wir sind "], &["nicht im haus", "nicht im büro", "nicht erreichbar", "nicht am platz", "nicht am arbeitsplatz", "nicht verfügbar", "abwesend", "im urlaub", "außer haus", "ausser haus", "auf dienstreise", "in elternzeit", "im mutterschutz", "in den ferien", "ferienabwesend", "büroabwesend", "ortsabwesend"]),
    (&["je suis ", "je serai ", "nous sommes ", "je me trouve "], &["absent", "en congé", "en vacances", "hors du bureau", "en déplacement", "en formation", "indisponible", "en arrêt"]),
    (&["estoy ", "estaré ", "me encuentro ", "me encontraré "], &["fuera de la oficina", "fuera de oficina", "de vacaciones", "ausente", "de viaje", "de baja", "de permiso"]),
    (&["sono ", "sarò ", "mi trovo "], &["in ferie", "assente", "fuori ufficio", "fuori sede", "in congedo", "in malattia"]),
    (&["estou ", "estarei ", "encontro-me ", "encontrar-me-ei "], &["ausente", "de férias", "em férias", "fora do escritório", "em licença", "de licença"]),
    (&["ik ben ", "ben ik "], &["afwezig", "op vakantie", "met vakantie", "met verlof", "niet aanwezig", "niet op kantoor", "niet bereikbaar"]),
    (&["jag är ", "är jag ", "jag har ", "jeg er ", "er jeg ", "jeg har "], &["på semester", "ledig", "semester", "inte på kontoret", "tjänstledig", "på ferie", "ferie", "ikke på kontoret", "fraværende", "i permisjon", "på barsel"]),
    (&["jestem ", "będę ", "przebywam "], &["na urlopie", "nieobecn", "poza biurem", "niedostępn"]),
    (&["jsem ", "budu ", "som ", "budem "], &["na dovolené", "mimo kancelář", "nepřítom", "na dovolenke", "mimo kancelárie", "neprítom"]),
    (&["sunt ", "voi fi "], &["în concediu", "in concediu", "plecat", "absent"]),
    (&["я ", "нахожусь ", "буду "], &["в отпуске", "отсутств", "в командировке", "вне офиса", "у відпустці", "відсутн", "в отпуск"]),
    (&["sam ", "sem ", "ću biti ", "bom ", "nalazim se "], &["na godišnjem", "odsutan", "odsutna", "na dopustu", "odsoten", "odsotna", "izvan ureda"]),
];

/// What a system says that it made for us, and how.
const OPENED: (&[&str], &[&str]) = (
    &["ticket", "case", "request", "issue", "incident", "inquiry", "anfrage", "vorgang", "demande", "solicitud", "richiesta", "pedido", "verzoek", "melding", "meldung", "anliegen", "nachricht", "report", "complaint", "signalement", "обращение", "заявка", "запрос", "звернення"],
    &["has been opened", "has been created", "has been logged", "has been registered", "has been received", "has been assigned", "has been submitted", "was created for", "wurde erstellt", "wurde eröffnet", "wurde angelegt", "wurde erfasst", "a été créé", "a été ouvert", "a été enregistré", "ha sido creado", "ha sido registrad", "è stato aperto", "è stata registrata", "foi aberto", "foi registad", "foi registrad", "is geregistreerd", "is aangemaakt", "eingegangen", "erhalten", "registriert", "wurde aufgenommen", "принято в работу", "принята в работу", "принят в работу", "зарегистрирован", "зареєстрован", "прийнято"],
);

/// The words, as far as they stand together, by which somebody says that he is away.
pub(super) fn absence(text: &str) -> Option<&'static str> {
    ABSENCES.iter().find_map(|(begins, ends)| gapped(text, begins, ends, GAP, |_| true))
}

/// A ticket, its number, and that it was opened.
pub(super) fn opened(text: &str) -> bool {
    let number = |between: &str| between.contains(|c: char| c.is_ascii_digit());
    gapped(text, OPENED.0, OPENED.1, NUMBER, number).is_some()
}

/// The end, where a beginning stands before it in the same sentence, at the beginning of a word, and the test holds between.
fn gapped(text: &str, begins: &[&str], ends: &[&'static str], gap: usize, test: fn(&str) -> bool) -> Option<&'static str> {
    ends.iter().copied().find(|end| {
        text.match_indices(end).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            begins.iter().any(|begin| {
                before.rmatch_indices(begin).any(|(start, _)| {
                    let between = before.get(start.saturating_add(begin.len())..).unwrap_or_default();
                    let word = before.get(..start).is_none_or(|head| !head.ends_with(char::is_alphanumeric));
                    word && between.len() <= gap && one_sentence(between) && test(between)
                })
            })
        })
    })
}

/// The full stop in `vom 16.11. bis` ends no sentence, and that in `ann@site.example` neither.
fn one_sentence(between: &str) -> bool {
    let ends = between.match_indices(". ").any(|(at, _)| {
        !between.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
    });
    !ends && !between.contains(['!', '?'])
}
