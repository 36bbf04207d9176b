//! Words of clients, lower case, in English, French, German, Spanish, Italian, Portuguese, Dutch and others.

/// What stands before the Subject of an answer, letters only.
pub(super) const ANSWER_PREFIXES: &[&str] = &[
    "re", "aw", "antw", "sv", "vs", "odp", "r", "res", "rép", "rif", "ynt", "vá", "答复", "回复", "回覆", "отв", "antwort", "ref", "bls",
];

/// How clients begin an attribution.
pub(super) const ATTRIBUTION_STARTS: &[&str] = &[
    "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "på ", "w dniu ", "dne ", "dňa ", "a ", "at ", "vom ", "mon", "tue", "wed",
    "thu", "fri", "sat", "sun", "quoting ", "in data ", "no dia ", "в ", "ma ", "ti ", "ke ", "to ", "pe ", "la ", "su ", "în ", "pe ", "στις ",
];

/// The verbs of attributions.
pub(super) const ATTRIBUTION_VERBS: &[&str] = &[
    "wrote", "writes", "quoting ", "schrieb", "geschrieben", "a écrit", "écrivait", "a ecrit", "escribió", "escribio", "escribe", "ha scritto", "scrive",
    "escreveu", "schreef", "skrev", "napisał", "pisze", "napsal", "napísal", "kirjoitti", "írta", "ezt írta", "написал", "пишет", "пише", "a scris",
    "yazdı", "έγραψε", "書きました", "写道", "寫道", "作成", "님이 작성", "のメール", "שכתב", "כתב",
];

/// What stands before a message that is passed on: Gmail, Apple Mail, Thunderbird, Yahoo, Outlook for the Mac.
pub(super) const FORWARD_SEPARATORS: &[&str] = &[
    "forwarded message", "begin forwarded message", "forwarded by", "forwarded email", "start of forwarded message", "forwarded message from",
    "message transféré", "message transmis", "début du message réexpédié", "début du message transféré", "courriel transféré",
    "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "weitergeleitete e-mail",
    "mensaje reenviado", "inicio del mensaje reenviado", "mensaje reenviado desde", "comienzo del mensaje reenviado",
    "messaggio inoltrato", "inizio messaggio inoltrato", "inizio messaggio inoltrato da",
    "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem reencaminhada", "início da mensagem encaminhada", "mensagem original encaminhada",
    "doorgestuurd bericht", "begin doorgestuurd bericht", "vidarebefordrat meddelande", "vidarebefordrat mejl", "videresendt meddelelse", "videresendt melding",
    "wiadomość przekazana dalej", "przekazana wiadomość", "przeposlaná zpráva", "preposlaná správa", "välitetty viesti", "továbbított üzenet",
    "пересылаемое сообщение", "пересланное сообщение", "начало переадресованного сообщения", "mesaj redirecționat", "iletilen mesaj",
    "転送されたメッセージ", "転送メッセージ", "转发的邮件", "转发邮件信息", "轉寄郵件", "전달된 메시지", "전달된 메일",
];

/// What stands before the original in answers and in messages passed on alike: Outlook, Yahoo, Thunderbird.
pub(super) const AMBIGUOUS_SEPARATORS: &[&str] = &[
    "original message", "original appointment", "reply message", "message d'origine", "message original", "message initial", "ursprüngliche nachricht",
    "ursprungliche nachricht", "originalnachricht", "original-nachricht", "original message from", "mensaje original", "messaggio originale", "mensagem original",
    "oorspronkelijk bericht", "originele bericht", "origineel bericht", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
    "opprinnelig melding", "wiadomość oryginalna", "původní zpráva", "pôvodná správa", "alkuperäinen viesti", "eredeti üzenet", "mesaj original",
    "исходное сообщение", "оригинальное сообщение", "orijinal mesaj", "özgün ileti", "αρχικό μήνυμα", "元のメッセージ", "原始邮件", "原始郵件", "원본 메시지", "원본 메일",
];

/// A line of a header as clients write it into the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// The names of those lines.
pub(super) const LABELS: &[(Label, &[&str])] = &[
    (Label::From, &[
        "from", "von", "de", "expéditeur", "da", "van", "från", "fra", "od", "lähettäjä", "feladó", "от", "от кого", "kimden", "από", "de la",
        "差出人", "送信者", "发件人", "寄件者", "보낸 사람", "보낸사람",
    ]),
    (Label::Date, &[
        "sent", "date", "gesendet", "datum", "envoyé", "envoye", "date d'envoi", "enviado", "enviado el", "enviada", "enviada em", "enviado em", "fecha",
        "inviato", "data", "verzonden", "skickat", "sendt", "dato", "wysłano", "odesláno", "odoslané", "lähetetty", "päivämäärä", "päiväys", "elküldve",
        "dátum", "отправлено", "дата", "gönderildi", "tarih", "trimis", "送信日時", "日時", "日付", "发送时间", "日期", "寄件日期", "보낸 날짜", "날짜",
        "gesendet am", "ημερομηνία",
    ]),
    (Label::To, &[
        "to", "an", "à", "a", "para", "pour", "aan", "till", "til", "do", "komu", "pro", "vastaanottaja", "címzett", "кому", "kime", "către", "προς",
        "宛先", "收件人", "收件者", "받는 사람", "받는사람", "destinataire",
    ]),
    (Label::Subject, &[
        "subject", "betreff", "objet", "sujet", "asunto", "oggetto", "assunto", "onderwerp", "ämne", "emne", "temat", "předmět", "predmet", "aihe",
        "tárgy", "тема", "konu", "subiect", "θέμα", "件名", "主题", "主旨", "제목",
    ]),
    (Label::Other, &[
        "cc", "kopie", "copie", "copia", "kopia", "bcc", "cci", "cco", "reply-to", "répondre à", "antwort an", "responder a", "rispondi a", "importance",
        "wichtigkeit", "priority", "attachments", "anlagen", "pièces jointes", "message-id", "organization", "organisation", "resent-from", "delivered-to",
        "копия", "másolatot kap", "抄送", "참조", "ccn",
    ]),
];

/// How clients sign, at the start of a line.
pub(super) const CLIENT_SIGNATURES: &[&str] = &[
    "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo mail", "sent from samsung", "sent from proton", "sent with proton",
    "sent with ", "sent via ", "sent using ", "get outlook for ", "download outlook for", "get <https://aka.ms", "sent from a mobile", "sent from gmail mobile",
    "envoyé de mon ", "envoyé depuis ", "envoyé à partir d", "envoyé avec ", "envoyé via ", "obtenez outlook", "obtenir outlook", "télécharger outlook", "téléchargez outlook", "de mon iphone",
    "von meinem ", "gesendet von ", "gesendet mit ", "gesendet über ", "gesendet aus ", "holen sie sich outlook", "outlook für ", "diese nachricht wurde von meinem ",
    "enviado desde ", "enviado con ", "enviado mediante ", "obtener outlook", "obtén outlook", "descargar outlook",
    "inviato da ", "inviato dal ", "inviato con ", "ottieni outlook", "scarica outlook", "enviado do meu ", "enviado a partir d", "enviado por ", "obter o outlook",
    "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ", "outlook voor ", "skickat från ", "sendt fra min ", "sendt fra ", "lähetetty ", "wysłane z ", "odesláno z ", "odoslané z ",
    "отправлено с ", "отправлено из ", "iphone'umdan gönderildi", "iphoneから送信", "我的iphone", "发自我的", "從我的", "나의 iphone에서 보냄",
];
