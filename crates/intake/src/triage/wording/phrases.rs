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
    "returned to sender", "delivery failure", "could not be delivered to", "エラー通知", "配信できません", "送信できませんでした", "退信", "無法投遞", "无法投递", "반송",
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
    "не было доставлено", "配信できません", "送信できません", "无法投递", "無法投遞", "被退回", "退信原因", "投递失败", "投遞失敗", "전송하지 못", "반송되었", "niet worden bezorgd", "nie można było dostarczyć", "nie została dostarczona", "kunde inte levereras", "kunne ikke leveres", "teslim edilemedi",
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
    "부재중", "부재중 자동응답", "부재중 자동 응답", "خارج المكتب", "מחוץ למשרד",
];

/// Ends of Subjects in which Notes says in the third person that somebody is away; a note on his return may follow in brackets.
pub(super) const ABSENCE_ENDS: &[&str] = &[
    "is out of the office", "is out of office", "is away from the office", "is on vacation", "is on leave", "ist außer haus", "ist nicht im büro", "ist abwesend", "est absent(e)", "est absent", "est absente",
    "est absent(e) du bureau", "est absent du bureau", "est absente du bureau", "está ausente", "está ausente de la oficina", "está fuera de la oficina", "è assente", "è fuori ufficio", "è assente dall'ufficio", "está ausente do escritório", "está fora do escritório",
    "is afwezig", "is niet aanwezig", "is niet op kantoor", "är inte på kontoret", "är ej på kontoret", "er ikke på kontoret", "ei ole paikalla", "jest poza biurem", "jest nieobecny", "jest nieobecna", "je mimo kancelář", "nincs az irodában",
];

/// Beginnings of Subjects of a house that is closed, or of somebody on a long leave; people report what happened meanwhile, too.
pub(super) const CLOSED_BEGINNINGS: &[&str] = &[
    "betriebsferien", "betriebsurlaub", "elternzeit", "mutterschutz", "office closed", "office closure", "parental leave", "paternity leave", "fermeture annuelle", "fermeture estivale", "congés annuels", "chiusura estiva", "chiuso per ferie", "cerrado por vacaciones", "fechado para férias", "wegens vakantie gesloten",
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
    "자동 회신", "자동 응답", "자동응답", "ตอบกลับอัตโนมัติ", "การตอบกลับอัตโนมัติ", "trả lời tự động", "thư trả lời tự động",
    "sjálfvirkt svar", "resposta automàtica", "erantzun automatikoa", "automātiska atbilde", "automaatne vastus", "balasan otomatis", "jawaban otomatis", "balasan automatik", "автоматски одговор", "аўтаматычны адказ", "автоматты жауап", "ავტომატური პასუხი", "avtomatik cavab", "պատասխան ավտոմատ", "ավտոմատ պատասխան", "پاسخ خودکار", "خودکار جواب", "स्वचालित उत्तर", "स्वचालित प्रत्युत्तर", "স্বয়ংক্রিয় উত্তর", "தானியங்கு பதில்", "رد تلقائي", "الرد التلقائي", "الرد الآلي", "رد آلي", "tự động trả lời", "自動覆信", "自动应答", "不在自動応答", "不在応答", "përgjigje automatike", "аутоматски одговор", "аўтаадказ", "автожауап", "ateb awtomatig", "freagra uathoibríoch", "tweġiba awtomatika", "outomatiese antwoord", "jibu la kiotomatiki", "awtomatikong tugon", "avtomatik javob", "స్వయంచాలక ప్రత్యుత్తరం", "स्वयंचलित उत्तर", "સ્વચાલિત જવાબ", "ਸਵੈਚਲਿਤ ਜਵਾਬ", "സ്വയമേവയുള്ള മറുപടി", "ಸ್ವಯಂಚಾಲಿತ ಪ್ರತ್ಯುತ್ತರ", "automatska poruka", "avtomatsko sporočilo", "automaattivastaus", "poissaoloviesti", "automatisk besked", "automatiskt meddelande", "automatikus üzenet", "automatyczna wiadomość", "automatická zpráva", "mensaje automático", "messaggio automatico", "mensagem automática", "mesaj automat", "auto-respuesta", "autorrespuesta", "autorespuesta", "autoréponse", "auto-réponse", "autorisposta", "autoantwort", "auto-antwort", "autoantwoord", "מענה אוטומטי", "תשובה אוטומטית",
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
    "부재", "خارج المكتب", "בחופשה", "puhkus", "atostog", "atvaļinājum", "í fríi", "orlofi", "vacances", "absència", "oporret", "godišnj", "dopust", "odsoten", "одмор", "годишњем", "на одсъств", "відсутн", "ลาพัก", "ไม่อยู่", "nghỉ phép", "đi vắng", " cuti", "مرخصی", "إجازة", "اجازة", "छुट्टी", "अवकाश", "휴가", "출장", "出差", "外出", "放假", "休業", "pushim", "отпуску", "urlaub", "elternzeit", "ferien", "vacation", "parental leave", "szabads", "concediu", "άδεια", " tatil", "gone fishing", "hiking", "travelling", "traveling", "on the road until", " back on ", "will be back", "zurück am", "wieder zurück", "je serai de retour", "mon retour", "mi regreso", "vuelvo el", "al mio rientro", "mio ritorno", "meu retorno", "volto no dia", "terug op", "terug ben", "tillbaka den", "tilbage den", "tilbake den", "palaan", "wracam", "mého návratu", "vrátím se", "vrátim sa",
];

/// Parts of Subjects of acknowledgements.
pub(super) const ACKNOWLEDGEMENT_SUBJECTS: &[&str] = &[
    "autoreply", "auto-reply", "auto reply", "automatic reply", "automatic response", "automated response", "automated reply", "request received", "ticket received",
    "case received", "ticket created", "ticket opened", "case created", "acknowledgement of receipt", "confirmation of receipt", "thank you for contacting", "thanks for contacting",
    "opened on your behalf", "created on your behalf", "request created", "case opened", "has been logged", "has been registered", "ticket submitted", "case submitted", "request submitted", "your report has been received", "thank you for your report", "thank you for your request",
    "accusé de réception", "accuse de reception", "confirmação de recebimento", "ontvangstbevestiging",
];

/// That something came, or when it will be dealt with, in the text of something that is known to be automatic.
pub(super) const RECEIVED: &[&str] = &[
    "have received", "has been received", "was received", "will be processed", "will be answered", "working day", "business day", "business hours", "as quickly as possible", "will get back to you", "get back to you shortly", "erhalten", "eingegangen", "bearbeitet", "bearbeiten", "werktag", "melden uns", "avons bien reçu", "bien reçu", "sera traité", "dans les meilleurs délais", "jours ouvr", "hemos recibido", "será atendid", "días hábiles", "días laborables", "abbiamo ricevuto", "giorni lavorativi", "recebemos", "dias úteis", "hebben ontvangen", "in behandeling", "werkdagen", "otrzymaliśmy", "dni robocz", "obdrželi", "pracovních dn", "arbetsdagar", "arbeidsdager", "hverdage", "arkipäiv", "munkanap", "zile lucrătoare", "iş günü", "εργάσιμ", "рабочих дн", "робочих дн", "営業日", "工作日", "영업일",
];

/// How ticket systems tell a correspondent that they got what he wrote.
pub(super) const ACKNOWLEDGEMENT_TEXTS: &[&str] = &[
    "we have received your", "we've received your", "we received your", "have received your", "your request has been", "your request (", "your message has been received", "your email has been received",
    "your e-mail has been received", "your report has been received", "your ticket has been", "ticket has been created", "ticket has been opened", "case has been created", "case has been opened",
    "thank you for contacting", "thanks for contacting", "automatically generated in response", "has been assigned an id", "assigned the reference", "assigned ticket",
    "avons bien reçu votre", "votre demande a", "votre message a bien été", "a bien été enregistrée", "haben ihre anfrage erhalten", "haben ihre nachricht erhalten", "ihre anfrage ist", "ihre nachricht ist",
    "we got your request", "we got your message", "opened on your behalf", "created on your behalf", "confirming the receipt of your", "to confirm receipt of your", "confirm that we have received", "know that we have received", "let you know we have received", "let you know that we received", "acknowledgement mail for your", "acknowledgment of your", "acknowledgement of your", "acknowledges receipt of your", "acknowledge receipt of your", "acknowledge that we have received", "request has been created", "request has been logged", "has been logged", "ticket has now been opened", "request for support has been", "has been submitted. we", "request for support has been created",
    "accusons réception de", "accuse réception de", "confirmons la réception de", "confirmons la bonne réception", "a été enregistrée sous", "a été enregistré sous", "demande a été prise en compte", "demande a été créée", "ticket a été créé", "ticket a été ouvert", "bien reçue et sera", "bien reçu votre",
    "eingangsbestätigung", "empfangsbestätigung", "ist bei uns eingegangen", "sind bei uns eingegangen", "bestätigen den eingang", "bestätigen wir den eingang", "bestätigen ihnen den eingang", "anfrage wurde unter", "wurde unter der ticketnummer", "ticket wurde erstellt", "ticket wurde eröffnet", "ticket wurde angelegt", "vorgangsnummer lautet", "ticketnummer lautet",
    "hemos recibido su", "hemos recibido tu", "su solicitud ha", "su mensaje ha sido recibido", "su correo ha sido recibido", "confirmamos la recepción", "acusamos recibo", "acuse de recibo", "su consulta ha sido", "se ha creado el ticket", "se ha creado un ticket", "ha sido registrada con", "ha sido registrado con",
    "confermiamo la ricezione", "confermiamo di aver ricevuto", "richiesta è stata presa", "richiesta è stata registrata", "è stato aperto un ticket", "è stato aperto il ticket", "abbiamo preso in carico", "conferma di ricezione",
    "confirmamos o recebimento", "confirmamos a receção", "acusamos a receção", "acusamos o recebimento", "foi registada com", "foi registrada com", "foi registado com", "foi registrado com", "foi aberto o chamado", "seu chamado foi", "o seu pedido foi", "sua solicitação foi",
    "in goede orde ontvangen", "bevestigen de ontvangst", "ontvangstbevestiging", "uw melding is geregistreerd", "uw verzoek is geregistreerd", "is geregistreerd onder", "hebben uw melding ontvangen", "hebben uw e-mail ontvangen", "hebben uw vraag ontvangen", "hebben uw aanvraag ontvangen",
    "zostało zarejestrowane", "zgłoszenie zostało", "potwierdzamy otrzymanie", "potwierdzamy przyjęcie", "wiadomość została zarejestrowana", "byl zaregistrován", "byl přijat", "potvrzujeme přijetí", "váš požadavek", "vaše požiadavka", "potvrdzujeme prijatie",
    "vi har tagit emot ditt", "vi har mottagit ditt", "ditt ärende har", "vi bekräftar att", "vi har mottatt din", "vi har modtaget din", "din henvendelse er", "din henvendelse har", "olemme vastaanottaneet", "viestisi on vastaanotettu", "megkaptuk", "bejelentését rögzítettük", "kérését rögzítettük", "am primit", "a fost înregistrat", "talebiniz alınmıştır", "talebiniz oluşturul", "mesajınız bize ulaş", "mesajınız alınmış", "λάβαμε το", "έχει καταχωρηθεί", "vaš zahtjev je", "vaš upit je", "vaše sporočilo smo prejeli",
    "обращение зарегистрирован", "заявка зарегистрирован", "запрос зарегистрирован", "зарегистрировано под номером", "зарегистрирована под номером", "обращение получено", "мы получили ваш", "ваша заявка принята", "звернення зареєстрован", "заявку зареєстрован", "отримали ваш",
    "お問い合わせを受け付け", "お問い合わせを受付", "受け付けました", "受付いたしました", "受付しました", "已收到您的", "我们已收到", "我們已收到", "您的工单", "您的工單", "접수되었습니다", "접수 되었습니다", "접수하였습니다", "تم استلام", "لقد تلقينا", "פנייתך התקבלה", "קיבלנו את",
    "abbiamo ricevuto la", "recebemos a sua", "recebemos sua", "hebben uw bericht ontvangen", "otrzymaliśmy twoj", "otrzymaliśmy państwa",
];

/// Beginnings of Subjects of challenges.
pub(super) const CHALLENGE_SUBJECTS: &[&str] = &[
    "please confirm your message", "please confirm your email", "confirm your message", "your message requires",
    "your email requires verification", "verify your email to", "please verify your message",
    "verification required for your message", "spam protection: ", "suspect email", "challenge:",
    "response required: verify", "you must confirm", "[boxbe]", "antispam uol", "anti-spam uol",
];

/// Words of challenges in the text.
pub(super) const CHALLENGE_TEXTS: &[&str] = &[
    "to release your message", "message is being held until", "your message is being held",
    "message has been held because", "confirm that you are not a spammer", "confirm that you are a human",
    "prove that you are human", "simply reply to this message to confirm", "reply to this confirmation",
    "click the link below to deliver your", "to have your message delivered, please", "confirm this message",
    "needs to be confirmed before it is delivered",  "add yourself to my approved",
    "anti-spam system that requires", "permis afin de valider", "bestätigen sie ihre nachricht",
    "please confirm that you sent", "einmalig als absender", "als absender bestätigen", "als absender verifizieren", "damit ihre e-mail zugestellt", "damit ihre mail zugestellt", "confirmez votre adresse pour que", "vous identifier en tant qu'expéditeur", "confirmarse como remitente", "confirmar como remitente", "confermare di essere il mittente", "bevestig dat u de afzender",
];

/// Subjects in which filters tell a sender of a virus.
pub(super) const VIRUS_SUBJECTS: &[&str] = &[
    "virus (", "virus found", "virus detected", "viruses detected", "virus alert", "virus in mail", "virus warning", "banned (", "banned contents", "banned file", "prohibited content", "e-mail content violat", "content violation", "attachment removed", "attachment blocked", "infected message", "infected mail", "infected file", "virus gefunden", "virus entdeckt", "virus détecté", "virus detectado", "virus rilevato",
];

/// And that it was in his mail.
pub(super) const VIRUS_YOURS: &[&str] = &[
    "message you sent", "mail you sent", "email you sent", "you have sent", "you sent", "in mail from you", "mail from you", "sent by you", "sent from your address", "your message", "your email", "your e-mail", "ihre e-mail", "ihre nachricht", "von ihnen gesendet", "que vous avez envoyé", "votre message", "su mensaje", "il suo messaggio",
];

/// Whole Subjects that ask for the key.
pub(super) const KEY_SUBJECTS: &[&str] = &[
    "send key", "sendkey", "send-key", "send your key", "send public key", "send pgp key", "send gpg key",
    "get key", "key request", "public key request", "pgp key request", "request key", "please send key",
    "please send your key", "please send your public key", "pgp key", "openpgp key", "public key", "envoyer clé", "envoyer cle",
    "envoyer la clé", "envoyez votre clé", "demande de clé", "clé publique", "schlüssel senden",
    "schlüssel anfordern", "öffentlicher schlüssel", "enviar clave", "clave pública",
];
