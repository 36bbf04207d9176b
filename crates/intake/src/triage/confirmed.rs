//! A ticket system that strips every field confirms what we sent: it gives a number, or its Subject says so, and the text says in the
//! passive, to "you", that something was received or registered, or that nobody wrote it.

use super::mail::{Mail, harmless};
use super::{automatic, composed, incident, sentences, wording};

/// Subjects by which desks confirm, somewhere in them.
const SUBJECTS: &[&str] = &[
    "receipt of your", "received your", "your request", "your report", "your abuse report", "your notification", "your complaint", "your inquiry", "your enquiry", "your ticket", "your case", "your message", "confirmation", "acknowledg", "thank you for", "thanks for your", "ticket id", "case id", "new ticket", "ihre anfrage", "ihre meldung", "ihre nachricht", "ihr anliegen", "ihr ticket", "bestätigung", "vielen dank für ihre", "votre demande", "votre signalement", "votre message", "votre ticket", "nous avons bien reçu", "confirmation de réception", "nouveau ticket",
    "su solicitud", "su mensaje", "su consulta", "su ticket", "su reporte", "su denuncia", "tu solicitud", "hemos recibido", "confirmación", "abbiamo ricevuto", "la tua richiesta", "la sua richiesta", "la vostra richiesta", "la tua segnalazione", "conferma", "sua solicitação", "sua mensagem", "seu chamado", "seu pedido", "recebemos", "confirmação", "uw melding", "uw verzoek", "uw bericht", "uw aanvraag", "bevestiging", "potwierdzenie", "twoje zgłoszenie", "państwa zgłoszenie", "potvrzení", "potvrdenie", "váš požadavek", "vaše požiadavka", "bekräftelse", "ditt ärende", "bekreftelse", "din henvendelse", "bekræftelse", "vahvistus", "viestisi", "pyyntösi",
    "megkaptuk", "bejelentés", "visszaigazol", "confirmare", "solicitarea dvs", "solicitarea dumneavoastră", "talebiniz", "bildiriminiz", "mesajınız", "başvurunuz", "λήψη", "αίτημά σας", "potvrda", "potrdilo", "vaš zahtjev", "vaša prijava", "kinnitus", "patvirtinimas", "apstiprinājums", "ваше обращение", "ваша заявка", "ваш запрос", "зарегистрирован", "подтверждение", "ваше звернення", "ваша заявка", "підтвердження", "вашата заявка", "вашето запитване", "потвърждение", "потврда", "受け付け", "受付", "受理", "已收到", "您的工单", "工单", "工單", "접수", "문의", "تم استلام", "طلبك", "בקשתך", "פנייתך", "đã nhận", "yêu cầu của bạn", "telah diterima", "permintaan anda", "laporan anda",
];

/// What they say then, to us and of what is ours.
const TEXTS: &[&str] = &[
    "confirms receipt of", "confirms the receipt of", "confirm the receipt of", "acknowledge the receipt of", "acknowledging receipt", "has been registered under", "has been registered with", "has been recorded under", "is being reviewed by", "has been received and", "will be reviewed by our", "will be handled by", "submitting your report", "submitting an abuse report", "submitting your abuse", "you will be notified when", "received your report", "received your notification", "received your abuse", "received your complaint", "received your inquiry", "received your enquiry",
    "ihre meldung wurde", "ihre anfrage wurde", "ihre nachricht wurde", "ihr anliegen wurde", "ihr anliegen wird", "ihre anfrage wird", "ihre meldung wird", "ihr ticket wurde", "wurde registriert", "wurde unter der nummer", "unter der vorgangsnummer", "unter der ticketnummer", "unter der fallnummer", "ihre meldung erhalten", "ihre e-mail erhalten", "ihre nachricht erhalten", "votre demande est", "votre demande sera", "votre message est", "votre message sera", "votre signalement a", "votre signalement est", "votre signalement sera", "bien été pris en compte", "bien été enregistré", "sous la référence", "sous le numéro", "votre requête",
    "su solicitud será", "su solicitud fue", "su reporte ha", "su reporte será", "su denuncia ha", "su mensaje ha sido", "su mensaje será", "su consulta será", "ha sido registrad", "número de caso", "número de ticket", "recibido su", "recibido tu", "la sua richiesta è", "la tua richiesta è", "la vostra richiesta è", "segnalazione è stata", "sarà presa in carico", "con il numero", "ricevuto la sua", "ricevuto la tua", "sua solicitação", "seu chamado", "sua mensagem foi", "sua mensagem será", "sob o protocolo", "sob o número", "número do protocolo", "foi registrad", "foi registad", "uw melding is", "uw melding wordt", "uw verzoek is", "uw verzoek wordt", "uw bericht is", "uw bericht wordt", "uw aanvraag is", "uw aanvraag wordt", "onder nummer",
    "zostało przyjęte", "zostało zarejestrowan", "została zarejestrowan", "zgłoszenie przyjęt", "pod numerem", "dziękujemy za zgłoszenie", "byla přijata", "byl přijat", "bylo přijato", "zaevidován", "pod číslem", "bola prijatá", "bol prijatý", "ditt ärende har", "har registrerats", "har mottagits", "ditt meddelande har", "er mottatt", "er modtaget", "er registrert", "er registreret", "on vastaanotettu", "on kirjattu", "számon rögzít", "rögzítettük", "nyilvántartásba", "bejelentését", "a fost înregistrat", "a fost primit", "tarafımıza ulaş", "tarafımıza iletil", "kaydedilmiştir", "kayıt altına", "alınmıştır", "έχει καταχωρ", "ελήφθη", "zaprimljen", "je zabilježen", "smo prejeli", "on registreeritud", "on kätte saadud", "užregistruot", "reģistrēts", "saņemts",
    "принято", "принята", "будет рассмотрен", "зарегистрирован", "присвоен номер", "получено и", "прийнято", "зареєстрован", "буде розглянут", "е регистриран", "е получен", "беше получен", "受け付け", "受付番号", "受付いたし", "受理", "已收到", "工单号", "工單", "案件编号", "접수되", "접수하", "접수번호", "تم استلام", "تم تسجيل", "التقينا طلبك", "התקבלה", "נרשמה", "đã được ghi nhận", "đã nhận được", "telah kami terima", "telah diterima", "telah terdaftar",
];

/// Words by which automata ask what we think of their people.
const SURVEYS: &[&str] = &[
    "how did we do", "how would you rate", "how satisfied are you", "how satisfied were you", "rate your experience", "rate our support", "rate the support", "your feedback helps us", "wie zufrieden sind sie", "wie zufrieden waren sie", "wie bewerten sie", "bewerten sie unseren", "êtes-vous satisfait", "donnez-nous votre avis", "cómo calificaría", "valore nuestro", "come valuta", "como avalia", "hoe tevreden bent u", "hoe beoordeelt u", "jak oceniasz", "оцените качество", "оцените работу", "満足度調査", "满意度调查", "滿意度調查", "만족도 조사",
];

/// What was closed before they ask.
const CLOSED: &[&str] = &[
    "your ticket", "your request", "your case", "your inquiry", "your enquiry", "your incident", "ticket #", "ticket id", "case #", "ihre anfrage", "ihr ticket", "ihrem ticket", "ihr anliegen", "votre demande", "votre ticket", "su solicitud", "su caso", "su ticket", "la tua richiesta", "la sua richiesta", "sua solicitação", "seu chamado", "uw verzoek", "uw melding", "uw ticket", "zgłoszeni", "ditt ärende", "ваше обращение", "ваша заявка", "вашего обращения", "お問い合わせ", "工单", "工單", "문의",
];

/// A confirmation by its Subject or number and its text, or by a text that says, too, that nobody wrote it.
pub(super) fn receipt(mail: &Mail<'_>) -> Option<String> {
    let says = || {
        let states = TEXTS.iter().any(|phrase| sentences::states(&mail.own, phrase));
        (states || wording::acknowledges_in_text(mail)) && !composed::asks(&mail.own)
    };
    let headed = !mail.forwarded_or_answered() && wording::says_in(&mail.subject, SUBJECTS);
    let opened = numbered(&mail.subject) && sentences::opened(mail);
    // What a person has to say follows at once; whoever reports has hosts, files, or words of it.
    let found = (headed && says()) || opened || (automatic::says_so(mail).is_some() && says());
    (found && sentences::is_quiet(mail) && !incident::reports_more(mail)).then(|| mail.subject_evidence())
}

/// A closed ticket asks how it went.
pub(super) fn survey(mail: &Mail<'_>) -> Option<String> {
    let asks = |text: &str| SURVEYS.iter().find(|phrase| text.contains(*phrase));
    let phrase = asks(&mail.subject).or_else(|| asks(&mail.own))?;
    let closed = wording::says_in(&mail.own, CLOSED) || wording::says_in(&mail.subject, CLOSED);
    (closed && !mail.forwarded() && !incident::reports_more(mail)).then(|| harmless(&format!("text: {phrase}")))
}

/// A number of four digits or more in brackets or behind `#`: somebody filed this.
fn numbered(subject: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count() >= 4;
    let bracketed = subject.split('[').skip(1).any(|rest| rest.split(']').next().is_some_and(digits));
    let hash = || {
        subject.split('#').skip(1).any(|rest| digits(rest.split([' ', ']', ')', ':']).next().unwrap_or_default()))
    };
    bracketed || hash()
}
