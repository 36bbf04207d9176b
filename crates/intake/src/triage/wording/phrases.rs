//! Phrases in lower case, apostrophes straight. Each is what a product or MTA writes, not what people say in passing.

/// Beginnings of Subjects of bounces.
pub(super) const BOUNCE_SUBJECTS: &[&str] = &[
    // MTAs and gateways.
    "undelivered mail returned to sender", "undeliverable:", "undeliverable mail", "undeliverable message",
    "undelivered mail", "undelivered message", "mail delivery failed", "mail delivery failure",
    "mail delivery problem", "mail delivery warning", "delivery warning", "mail delivery status", "delivery status notification", "delivery failure",
    "delivery failed", "delivery notification:", "delivery report", "delivery status", "delivery has failed",
    "failure notice", "failure delivery", "failed delivery", "failed mail", "returned mail", "mail returned",
    "mail system error", "mail failure", "mail failed", "mail could not be delivered", "mail not delivered",
    "mail error", "message delivery has failed", "message delivery failure", "message delivery delayed",
    "message undeliverable", "message status - undeliverable", "message not delivered", "message you sent blocked",
    "message could not be delivered", "non-delivery", "nondeliverable mail", "non delivery", "non-deliverable",
    "not delivered:", "permanent delivery failure", "email delivery failure", "email bounce", "error sending mail",
    "there was an error sending your mail", "could not deliver", "cannot deliver mail", "can't deliver",
    "warning: message", "warning: could not send", "warning--could not send", "warning: mail delayed",
    "delayed mail", "delayed:", "rejected mail", "message rejected", "[postmaster] email delivery",
    "unable to deliver", "unknown user:", "user unknown", "system error: ", "postmaster notify", "host unknown",
    "bounced mail", "your message was not delivered",
    // French, German, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Polish, Russian, Japanese, Chinese.
    "non remis :", "non remis:", "échec de remise", "message non distribué", "courrier non distribué",
    "notification d'échec de remise", "non distribuable :", "unzustellbar:", "unzustellbar :", "nicht zustellbar",
    "nachricht nicht zustellbar", "mail konnte nicht zugestellt", "zustellung fehlgeschlagen", "rückläufer",
    "no se puede entregar", "no entregado", "mensaje no entregado", "devuelto:", "error de entrega",
    "non recapitabile", "mancato recapito", "recapito non riuscito", "não foi possível entregar",
    "mensagem não entregue", "não entregue", "onbestelbaar:", "niet bezorgd", "det går inte att leverera",
    "kan ikke leveres", "kan inte levereras", "nie można dostarczyć", "niedostarczone",
    "ваше сообщение не доставлено", "ваше сообщение", "не удалось доставить", "недоставленное сообщение", "配信不能",
    "配信エラー", "エラーメール", "系统退信", "退信", "無法投遞", "无法投递",
];

/// Parts of Subjects that only bounces have, with a host or list in front.
pub(super) const BOUNCE_SUBJECTS_ANYWHERE: &[&str] = &[
    "delivery status notification", "returning message to sender", "mail delivery failed", "undeliverable mail",
    "returned to sender", "delivery failure", "could not be delivered to", "エラー通知", "配信できません", "送信できませんでした",
];

/// Words in which a mail system says that it could not deliver our mail.
pub(super) const BOUNCE_TEXTS: &[&str] = &[
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered", "was not delivered", "has not been delivered",
    "not been delivered", "wasn't able to deliver", "unable to deliver", "was undeliverable", "is undeliverable", "undeliverable to", "delivery failed",
    "delivery to the following recipient", "delivery has failed", "failed permanently", "permanent fatal errors", "permanently undeliverable",
    "did not reach the following", "returned to sender", "returned message", "returned mail", "could not deliver", "couldn't deliver", "cannot deliver",
    "mail delivery software", "mail delivery system", "the following address(es) failed", "the following addresses had", "transcript of session",
    "invalid user address", "would not accept", "has been delayed", "will be retried", "still being retried", "not yet been delivered",
    "n'a pas pu être remis", "n'a pas pu être distribué", "konnte nicht zugestellt", "nicht zugestellt", "unzustellbar", "no se pudo entregar",
    "no ha podido ser entregado", "non è stato possibile recapitare", "não pôde ser entregue", "не может быть доставлено", "не доставлено",
    "не было доставлено", "配信できません", "送信できません",
];

/// Words that stand in bounces, and in the log lines of reports: they count beside a bounce's Subject only.
pub(super) const BOUNCE_DETAILS: &[&str] = &[
    "permanent failure", "permanent error", "delivery attempt", "delivery failure", "delivery status", "mailbox unavailable", "user unknown", "unknown user",
    "no such user", "mailbox is full", "mailbox full", "full mailbox", "quota exceeded", "over quota", "message was rejected", "has been rejected", "mailer daemon", "remote host said", "remote server",
    "smtp error", "error message below", "host unknown", "bounced", "delayed by",
];

/// Beginnings of Subjects that say that somebody is away, as products and people set them.
pub(super) const ABSENCE_SUBJECTS: &[&str] = &[
    // English: Exchange before 2010, Notes ("AUTO: … is out of the office"), people.
    "out of office", "out of the office", "out-of-office", "auto: out of", "away from the office",
    "away from my mail", "away until", "i am away", "i'm away", "on vacation", "vacation reply", "vacation notice",
    "vacation auto", "on leave", "on holiday", "annual leave", "maternity leave", "currently away", "ooo:", "oof:",
    // German, French, Spanish, Italian, Portuguese.
    "abwesenheitsnotiz", "abwesenheit", "abwesend", "nicht im büro", "außer haus", "im urlaub",
    "urlaubsbenachrichtigung", "absence du bureau", "absent du bureau", "absence :", "absent(e)",
    "message d'absence", "réponse automatique d'absence", "en congé", "hors du bureau", "fuera de la oficina",
    "fuera de oficina", "ausente", "ausencia", "de vacaciones", "fuori sede", "fuori ufficio",
    "assente dall'ufficio", "assenza", "in ferie", "ausência temporária", "fora do escritório", "em férias",
    // Dutch, Swedish, Danish, Norwegian, Finnish.
    "afwezig", "niet aanwezig", "met vakantie", "frånvaro", "ej på kontoret", "inte på kontoret", "på semester",
    "ikke på kontoret", "ikke til stede", "fraværende", "fravær", "på ferie", "poissa toimistosta", "poissaolo",
    "lomalla",
    // Polish, Czech, Slovak, Hungarian, Romanian, Turkish, Greek.
    "poza biurem", "nieobecność", "nieobecny", "na urlopie", "mimo kancelář", "nepřítomnost", "jsem mimo",
    "dovolená", "mimo kancelárie", "neprítomnosť", "házon kívül", "irodán kívül", "szabadságon",
    "în afara biroului", "absent de la birou", "în concediu", "ofis dışında", "ofis dışı", "izinde",
    "εκτός γραφείου", "απουσία",
    // Russian, Ukrainian, Bulgarian, Croatian, Japanese, Chinese, Korean, Arabic, Hebrew.
    "нет на работе", "вне офиса", "в отпуске", "отсутствую", "отсутствие", "поза офісом", "у відпустці",
    "извън офиса", "в отпуск", "izvan ureda", "na godišnjem", "不在通知", "不在のお知らせ", "外出", "不在办公室", "不在辦公室", "休假",
    "부재중", "خارج المكتب", "מחוץ למשרד",
];

/// Beginnings of Subjects that mean "automatic reply". Exchange 2010 and later write the one of the mailbox's language.
pub(super) const AUTOMATIC_SUBJECTS: &[&str] = &[
    "automatic reply", "automatic response", "auto reply", "auto-reply", "autoreply", "auto response",
    "auto-response", "autoresponse", "auto responder", "autoresponder", "automated response", "automated reply",
    "autorespons", "[auto-reply]", "[auto reply]", "[autoreply]", "automatische antwort",
    "automatische rückantwort", "autom. antwort", "réponse automatique", "reponse automatique",
    "message automatique", "respuesta automática", "respuesta automatica", "risposta automatica",
    "resposta automática", "resposta automatica", "automatisch antwoord", "automatische beantwoording", "autosvar",
    "automatiskt svar", "automatisk svar", "automaattinen vastaus", "odpowiedź automatyczna",
    "automatyczna odpowiedź", "autoodpowiedź", "automatická odpověď", "automatická odpoveď", "automatikus válasz",
    "răspuns automat", "otomatik yanıt", "otomatik cevap", "αυτόματη απάντηση", "автоматический ответ", "автоответ",
    "автоматична відповідь", "автоматичен отговор", "automatski odgovor", "samodejni odgovor",
    "automatinis atsakymas", "automātiskā atbilde", "automaatvastus", "自動応答", "自動返信", "自动答复", "自动回复", "自動回覆",
    "자동 회신", "자동 응답", "ตอบกลับอัตโนมัติ", "trả lời tự động", "رد تلقائي", "מענה אוטומטי", "תשובה אוטומטית",
];

/// Words of absence in the text of something that is known to be automatic.
pub(super) const ABSENCE_TEXTS: &[&str] = &[
    "out of the office", "out of office", "on vacation", "on holiday", "on leave", "on annual leave",
    "maternity leave", "away from", "away until", "be back on", "limited access to", "return to the office",
    "i am away", "i'm away", "will return", "abwesend", "nicht im büro", "im urlaub", "außer haus",
    "wieder erreichbar", "nicht erreichbar", "absent", "en congé", "en vacances", "de retour le",
    "fuera de la oficina", "de vacaciones", "ausente", "fuori ufficio", "in ferie", "assente", "fora do escritório",
    "de férias", "em férias", "afwezig", "met vakantie", "niet aanwezig", "på semester", "inte på kontoret",
    "ikke på kontoret", "på ferie", "fravær", "lomalla", "poissa", "poza biurem", "na urlopie", "nieobecn",
    "mimo kancelář", "na dovolené", "mimo kancelárie", "szabadságon", "irodán kívül", "în concediu", "izinde",
    "ofis dışında", "απουσ", "εκτός γραφείου", "в отпуске", "отсутств", "у відпустці", "в отпуск", "不在", "休暇", "休假",
    "부재", "خارج المكتب", "בחופשה",
];

/// Parts of Subjects of acknowledgements.
pub(super) const ACKNOWLEDGEMENT_SUBJECTS: &[&str] = &[
    "autoreply", "auto-reply", "auto reply", "automatic reply", "automatic response", "automated response", "automated reply", "request received", "ticket received",
    "case received", "ticket created", "ticket opened", "case created", "acknowledgement of receipt", "confirmation of receipt", "thank you for contacting", "thanks for contacting",
    "accusé de réception", "accuse de reception", "eingangsbestätigung", "empfangsbestätigung", "acuse de recibo", "conferma di ricezione", "confirmação de recebimento", "ontvangstbevestiging",
];

/// How ticket systems tell a correspondent that they got what he wrote.
pub(super) const ACKNOWLEDGEMENT_TEXTS: &[&str] = &[
    "we have received your", "we've received your", "we received your", "have received your", "your request has been", "your request (", "your message has been received", "your email has been received",
    "your e-mail has been received", "your report has been received", "your ticket has been", "ticket has been created", "ticket has been opened", "case has been created", "case has been opened",
    "thank you for contacting", "thanks for contacting", "automatically generated in response", "has been assigned an id", "assigned the reference", "assigned ticket",
    "avons bien reçu votre", "votre demande a", "votre message a bien été", "a bien été enregistrée", "haben ihre anfrage erhalten", "haben ihre nachricht erhalten", "ihre anfrage ist", "ihre nachricht ist",
    "hemos recibido su", "su solicitud ha", "abbiamo ricevuto la", "recebemos a sua", "recebemos sua", "hebben uw bericht ontvangen", "otrzymaliśmy twoj", "otrzymaliśmy państwa",
];

/// Beginnings of Subjects of challenges.
pub(super) const CHALLENGE_SUBJECTS: &[&str] = &[
    "please confirm your message", "please confirm your email", "confirm your message", "your message requires",
    "your email requires verification", "verify your email to", "please verify your message",
    "verification required for your message", "spam protection: ", "suspect email", "challenge:",
    "response required: verify", "you must confirm", "[boxbe]",
];

/// Words of challenges in the text.
pub(super) const CHALLENGE_TEXTS: &[&str] = &[
    "to release your message", "message is being held until", "your message is being held",
    "message has been held because", "confirm that you are not a spammer", "confirm that you are a human",
    "prove that you are human", "simply reply to this message to confirm", "reply to this confirmation",
    "click the link below to deliver your", "to have your message delivered, please", "confirm this message",
    "needs to be confirmed before it is delivered",  "add yourself to my approved",
    "anti-spam system that requires", "permis afin de valider", "bestätigen sie ihre nachricht",
    "please confirm that you sent",
];

/// Whole Subjects that ask for the key.
pub(super) const KEY_SUBJECTS: &[&str] = &[
    "send key", "sendkey", "send-key", "send your key", "send public key", "send pgp key", "send gpg key",
    "get key", "key request", "public key request", "pgp key request", "request key", "please send key",
    "please send your key", "please send your public key", "pgp key", "openpgp key", "public key", "envoyer clé", "envoyer cle",
    "envoyer la clé", "envoyez votre clé", "demande de clé", "clé publique", "schlüssel senden",
    "schlüssel anfordern", "öffentlicher schlüssel", "enviar clave", "clave pública",
];
