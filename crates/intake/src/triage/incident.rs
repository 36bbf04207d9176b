//! Whether a text reports something: then words of absence or of automata beside it say nothing about what it is.

use super::mail::Mail;
use super::{sentences, wording};

/// Characters of a Subject that is nobody's common word.
const SUBJECT: usize = 8;

/// What people report, as stems.
const INCIDENTS: &[&str] = &[
    "phish", "malware", "ransom", "hacked", "hacker", "attack", "brute force", "brute-force", "ddos", "botnet", "trojan", "virus", "spoof", "breach", "compromis", "vulnerab", "exploited", "leaked", "stolen", "suspicious", "unauthori", " scam", "fraud", "defaced", "login attempt", "credentials",
    "hameçon", "piraté", "piratage", "rançon", "attaque", "frauduleu", "vulnérab", "faille", "usurp", "balayage", "fuite de", "intrusion", "suspect",
    "angriff", "schadsoft", "erpress", "gehackt", "kompromit", "verdächtig", "schwachstelle", "betrug", "datenleck", "anmeldeversuch", "trojaner", "missbrauch",
    "fraudulent", "suplant", "ataque", "hackea", "vulnerab", "estafa", "sospechos", "intrusión", "escaneo", "attacco", "frode", "sospett", "compromess", "truffa", "invasão", "suspeit", "vazamento",
    "aanval", "verdacht", "gehackt", "inlogpoging", "misbruik", "angrepp", "angreb", "angrep", "intrång", "bedräger", "misstänk", "mistenk", "hyökkä", "tietojenkalast", "haittaohj",
    "atak", "podejrzan", "złośliw", "włama", "wyłudz", "napaden", "napadnut", "podezřel", "podvod", "útok", "támadás", "adathalász", "gyanús", "atac ", "suspectă", "saldırı", "şüpheli", "oltalama", "zararlı", "sahte", "επίθεση", "ύποπτ", "παραβίασ",
    "фишинг", "атак", "взлом", "вредонос", "вирус", "мошен", "подозрит", "перебор парол", "фішинг", "злам", "шкідлив", "шахрай", "підозріл", "зловред", "пробив",
    "攻撃", "不正", "不審", "詐欺", "フィッシング", "マルウェア", "钓鱼", "釣魚", "攻击", "攻擊", "恶意", "惡意", "木马", "病毒", "诈骗", "入侵", "漏洞", "피싱", "악성", "해킹", "공격", "침해", "تصيد", "هجوم", "اختراق", "خبيث", "احتيال", "פישינג", "מתקפ", "פריצה", "נוזק", "lừa đảo", "tấn công", "mã độc", "serangan", "penipuan",
];

/// Words of a sentence that says where to turn to, about incidents, too.
const REFERS: &[&str] = &[
    "@", "contact", "kontakt", "kontak", "please", "call ", "phone", "tel.", "tel:", "urgen", "emergenc", "dringend", "notfall", "notfäll", "bitte", "wenden", "rufen", "joindre", "appel", "veuillez", "adresse", "llam", "dirij", "chiam", "rivolg", "bel ", "zgłos", "обращ", "сообщ", "зверт", "ご連絡", "联系", "聯絡", "聯繫", "연락", "اتصل", "liên hệ", "hubungi", "report a", "to report", "if you", "wenn sie", "si vous", " si ",
];

/// Labels before our Subject, which ticket systems repeat in the text.
const LABELS: &[&str] = &[
    "subject", "betreff", "asunto", "objet", "oggetto", "assunto", "onderwerp", "temat", "tytuł", "předmět", "predmet", "ämne", "emne", "aihe", "tárgy", "subiect", "konu", "θέμα", "тема", "件名", "主题", "主題", "제목", "الموضوع", "נושא", "title", "titel", "titre", "título", "titolo", "summary", "short description", "kurzbeschreibung", "description courte", "re",
];

/// Who confirms a report says what it is about.
const CONFIRMS: &[&str] = &[
    "received your", "receipt of your", "your report", "your abuse", "your complaint", "your notification", "reference", "ihre meldung", "ihrer meldung", "ihre anfrage", "votre signalement", "votre demande", "su reporte", "su denuncia", "su solicitud", "la tua segnalazione", "la sua segnalazione", "sua denúncia", "sua solicitação", "uw melding", "zgłoszenie", "vaše hlášení", "ваше обращение", "ваше сообщение", "ваше звернення", "bildiriminiz", "bejelentés", "您的举报", "您的舉報", "您的投诉", "お問い合わせ", "ご報告", "신고",
];

/// A host, a defanged address, or a sentence with an incident's word that neither thanks nor says where to turn to.
pub(super) fn reports(mail: &Mail<'_>) -> bool {
    sentences::tells_of_hosts(mail) || tells(&mail.own)
}

/// Likewise, what an answer repeats of our Subject and what it confirms left away.
pub(super) fn reports_more(mail: &Mail<'_>) -> bool {
    let labelled = |line: &str| {
        let label = line.split_once([':', '：']).map(|(label, _)| label.trim_start_matches(|c: char| !c.is_alphanumeric()));
        label.is_some_and(|label| LABELS.contains(&label.trim()))
    };
    let lines: Vec<&str> = mail.lines.iter().map(String::as_str).filter(|line| !labelled(line)).collect();
    let mut text = lines.join(" ");
    let repeated = mail.subject.rsplit([']', ':', '：']).next().unwrap_or_default().trim();
    if repeated.chars().count() >= SUBJECT {
        text = text.replace(repeated, "");
    }
    sentences::tells_of_hosts(mail) || pieces(&text).any(|sentence| !wording::says_in(sentence, CONFIRMS) && tells(sentence))
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(['!', '?', '。', '！', '？']).flat_map(|piece| piece.split(". "))
}

fn tells(text: &str) -> bool {
    pieces(text).any(|sentence| wording::says_in(sentence, INCIDENTS) && !wording::says_in(sentence, REFERS) && !sentences::thanks(sentence))
}
