//! Sentences that are known by their parts: who answers when he is back, what was filed under which number, whose mailbox nobody
//! reads. Everybody has his own words for it, so that no list of whole phrases holds them. They only guess: what they find
//! opens a ticket and is not answered.

use super::mail::{Mail, harmless};
use super::{incident, sentences, wording};

/// What is done with mail, said of a person.
const ANSWERS: &[&str] = &[
    "reply", "respond", "answer", "get back to", "come back to you", "deal with your", "attend to", "beantwort", "antworten", "melde mich", "connaissance", "répond", "respond", "contest", "atender", "rispond", "beantwoord", "reager", "odpowi", "odpis", "odpov", "svara", "svare", "svarer", "vastaan", "vastaa", "válaszol", "răspund", "yanıtla", "cevapla", "dönüş yap", "απαντ", "отвеч", "ответ", "відпові", "отговор", "odgovor", "返信", "回复", "回覆", "答复", "답변", "회신", "سأرد", "الرد", "אשיב", "אענה", "trả lời", "membalas",
];
/// And what is read, too; logs are, as well, so that it must be mail.
const READS: &[&str] = &[
    "read", "go through", "look at", "look through", "look into", "check", "catch up", "see to", "lesen", "lese ich", "bearbeit", "durchsehen", "kümmer", "traiter", "lire ", "lirai", "consulter", "leer", "leeré", "revisar", "legger", "lerei", " ler ", "lezen", "lees", "przeczyta", "czyta", "přečt", "prečít", "läsa", "läser", "læse", "læser", "lese", "leser", "luen", "olvas", "citi", "oku", "διαβά", "чита", "прочит", "прочет", "pročit", "prebra", "確認", "読", "查看", "阅读", "확인", "قراءة", "اقرأ", "לקרוא", "אקרא", "đọc", "membaca",
];
/// Mail.
const MAIL: &[&str] = &[
    "mail", "message", "letter", "nachricht", "post", "anfrage", "anliegen", "courriel", "courrier", "correo", "mensaje", "posta", "messagg", "mensagem", "mensagen", "bericht", "poczt", "wiadomo", "pošt", "zpráv", "správ", "mejl", "besked", "melding", "viesti", "levél", "level", "üzenet", "mesaj", "μήνυμα", "μηνύμ", "почт", "письм", "сообщ", "пошт", "лист", "съобщ", "поща", "poruk", "sporočil", "メール", "邮件", "郵件", "메일", "رسالة", "بريد", "הודע", "thư", "pesan",
];
/// And that he does it later.
const LATER: &[&str] = &[
    "again from", "again on", "when i return", "when i am back", "when i'm back", "when i get back", "upon my return", "on my return", "after my return", "until my return", "once i am back", "once i'm back", "once i return", "as soon as i am back", "as soon as i'm back", "as soon as i return", "next working day", "next business day", "next day in the office", "when i am next in", "erst ab", "erst am", "erst wieder", "erst nach", "nach meiner rückkehr", "wenn ich wieder", "sobald ich wieder", "sobald ich zurück", "nächsten arbeitstag", "wieder ab", "à mon retour", "dès mon retour", "après mon retour", "a mi regreso", "a mi vuelta", "cuando vuelva", "cuando regrese", "tras mi regreso", "al mio ritorno", "al mio rientro", "quando rientro", "quando torno", "quando voltar", "quando regressar", "meu regresso", "meu retorno", "minha volta", "bij mijn terugkomst", "na mijn terugkeer", "na mijn vakantie", "na mijn verlof", "zodra ik", "weer vanaf", "po powrocie", "po moim powrocie", "gdy wrócę", "po návratu", "po svém návratu", "po mém návratu", "až se vrátím", "keď sa vrátim",
    "när jag är tillbaka", "när jag kommer tillbaka", "når jeg er tilbake", "når jeg er tilbage", "når jeg kommer tilbage", "når jeg kommer tilbake", "palattuani", "kun palaan", "visszatérésem", "visszaérkezésem", "la întoarcere", "când mă întorc", "dönüşümde", "döndüğümde", "επιστρέψω", "επιστροφή μου", "после возвращения", "по возвращении", "когда вернусь", "після повернення", "коли повернусь", "след завръщане", "като се върна", "nakon povratka", "kad se vratim", "po vrnitvi", "ko se vrnem", "戻り次第", "出社後", "休暇明け", "回来后", "回来之后", "返回后", "休假结束后", "復職後", "복귀 후", "복귀하는 대로", "돌아오는 대로", "عند عودتي", "بعد عودتي", "לאחר שובי", "כשאחזור", "khi quay lại", "khi trở lại", "setelah kembali", "setelah saya kembali",
];

/// Whose it is: the reader's.
const YOURS: &[&str] = &[
    "your ", "yours ", "ihr ", "ihre ", "ihren ", "ihrer ", "ihrem ", "eure ", "deine ", "votre ", "vos ", "su ", "tu ", "sus ", "suo ", "sua ", "tua ", "tuo ", "vostra ", "vostro ", "seu ", "vossa ", "vosso ", "uw ", "jouw ", "je melding", "twoj", "twój", "państwa ", "pana ", "pani ", "váš", "vaš", "vaší", "tvoj", "tvůj", "ditt ", "din ", "dit ", "deres ", "viestisi", "pyyntösi", "ilmoituksesi", "yhteydenottosi", "bejelentését", "levelét", "kérését", "üzenetét", "dvs", "dumneavoastră", "talebiniz", "bildiriminiz", "mesajınız", "başvurunuz", "σας ", "ваш", "вашу", "お問い合わせ", "お客様", "ご報告", "ご連絡", "您", "貴", "귀하", "고객님", "문의", "신고", "طلبك", "بلاغك", "رسالتك", "פנייתך", "בקשתך", "của bạn", "quý khách", "anda",
];
/// What was done with it.
const FILED: &[&str] = &[
    "received", "registered", "logged", "created", "opened", "generated", "forwarded", "recorded", "assigned", "submitted", "passed on", "passed to", "accepted", "queued", "filed", "affecté", "attribué", "zugewiesen", "zugeteilt", "asignad", "assegnat", "atribuíd", "toegewezen", "przydzielon", "přiřazen", "priraden", "tilldelat", "tilldelad", "tildelt", "назначен", "призначен", "atandı", "指派", "erhalten", "eingegangen", "registriert", "erfasst", "aufgenommen", "angelegt", "erstellt", "weitergeleitet", "weitergegeben", "reçu", "enregistr", "créé", "ouvert", "transmis", "pris en compte", "prise en compte", "recibid", "registrad", "cread", "abiert", "remitid", "trasladad", "ricevut", "registrat", "creat", "apert", "inoltrat", "presa in carico", "preso in carico", "recebid", "recebemos", "registad", "cadastrad", "abert", "encaminhad", "ontvangen", "geregistreerd", "aangemaakt", "doorgestuurd", "doorgezet", "otrzyma", "zarejestrow", "przyjęt", "utworzon", "przekazan", "přijat", "přijal", "zaevidov", "vytvořen", "předán", "prijat", "zaregistr", "mottagit", "tagit emot", "registrera", "skapats", "vidarebefordr", "modtaget", "mottatt", "registrer", "opprettet", "oprettet", "videresend", "vastaanotettu", "vastaanottan", "kirjattu", "luotu",
    "megkap", "rögzít", "továbbít", "primit", "înregistr", "alındı", "alınmış", "alınmıştır", "kaydedil", "iletil", "oluşturul", "λάβαμε", "ελήφθη", "καταχωρ", "получен", "получили", "принят", "зарегистрирован", "создан", "передан", "прийнят", "отриман", "отримали", "зареєстр", "получих", "регистрир", "zaprimljen", "zaprimili", "primljen", "prejel", "受け付け", "受付", "受領", "受理", "転送", "收到", "转交", "轉交", "접수", "전달", "تم استلام", "استلمنا", "تسجيل", "תקבל", "נרשמ", "נפתח", "đã nhận", "ghi nhận", "diterima", "terima", "terdaftar",
];
/// Somebody of many who will take it up.
const SOMEBODY: &[&str] = &[
    "one of our", "one of the team", "a member of", "our team", "our support", "our staff", "our agents", "an agent", "an analyst", "an incident handler", "a representative", "a specialist", "a technician", "someone from", "someone will", "somebody will", "ein mitarbeiter", "eine mitarbeiterin", "unser team", "unser support", "einer unserer", "eine unserer", "un membre de", "notre équipe", "nos équipes", "un de nos", "l'un de nos", "un conseiller", "un technicien", "uno de nuestros", "nuestro equipo", "un agente", "un técnico", "uno dei nostri", "il nostro team", "il nostro staff", "un operatore", "um de nossos", "um dos nossos", "nossa equipe", "a nossa equipa", "um atendente", "een medewerker", "een van onze", "ons team", "nasz zespół", "nasz konsultant", "jeden z nasz", "náš tým", "náš pracovník", "náš tím", "en av våra", "vårt team", "vores team", "en medarbejder", "en av våre", "asiakaspalvelumme", "munkatársunk", "kollégánk", "echipa noastră", "un coleg", "ekibimiz", "temsilcimiz", "η ομάδα μας", "наш специалист", "наши специалисты", "наш сотрудник", "наш фахівець", "наші фахівці", "екипът ни", "naš tim", "naša ekipa", "担当者", "工作人员", "工作人員", "客服人员", "客服人員", "담당자", "فريقنا", "צוותנו", "נציג", "đội ngũ của chúng tôi", "tim kami",
];
/// What he will do.
const WILL: &[&str] = &[
    "will get back", "will reply", "will respond", "will answer", "will contact", "will be in touch", "will reach out", "meldet sich", "melden sich", "wird sich", "werden sich", "antwortet", "wird ihnen", "vous répondra", "vous répondront", "vous contactera", "reviendra vers", "reviendront vers", "prendra contact", "se pondrá en contacto", "le responderá", "te responderá", "le atenderá", "le contactará", "risponderà", "la contatterà", "ti contatterà", "ricontatterà", "entrará em contato", "entrará em contacto", "responderá", "retornará", "neemt contact", "nemen contact", "reageert", "zal contact", "skontaktuje", "odpowie ", "odezwie", "ozve", "odpoví", "kontaktuje", "återkommer", "kontaktar dig", "vender tilbage", "kontakter dig", "kontakter deg", "tar kontakt", "ottaa yhteyttä", "vastaa sinulle", "felveszi", "válaszol", "vă va contacta", "va reveni", "dönüş yapa", "iletişime geç", "επικοινωνήσει", "θα απαντήσει", "свяжется", "свяжутся", "ответит", "зв'яжеться", "відповість", "ще се свърж", "će vas kontaktirati", "vas bo kontaktira", "ご連絡", "ご返信", "ご回答", "与您联系", "與您聯", "回复您", "回覆您", "연락드리", "답변드리", "سيتواصل", "يصلك", "תחזור אליך", "יחזור אליך", "sẽ liên hệ", "akan menghubungi",
];
/// Or by when all of them do.
const WE: &[&str] = &[
    "we aim to", "we strive to", "we try to", "we endeavour to", "we usually", "we typically", "we generally", "we will reply", "we will respond", "we'll reply", "we'll respond", "we will get back", "we'll get back", "you will receive", "you'll hear", "you can expect", "wir antworten", "wir melden uns", "wir werden uns", "wir bemühen", "sie erhalten", "nous vous répond", "nous nous efforç", "nous reviendrons", "vous recevrez", "le responderemos", "te responderemos", "recibirá", "risponderemo", "riceverà", "riceverai", "responderemos", "você receberá", "wij streven", "we streven", "wij reageren", "we reageren", "u ontvangt", "odpowiemy", "otrzyma", "odpovíme", "ozveme se", "vi återkommer", "vi svarar", "vi svarer", "vi vender tilbage", "vi tar kontakt", "vastaamme", "válaszolunk", "vom răspunde", "yanıtlayaca", "ответим", "вы получите", "відповімо", "ще отговорим",
];
/// A span of time of a house, not a day of a person.
const SPANS: &[&str] = &[
    "working day", "business day", "working hours", "business hours", "within 24", "within 48", "within 72", "within one", "within two", "within three", "within five", "werktag", "arbeitstag", "innerhalb von", "binnen 24", "jours ouvr", "heures ouvr", "sous 24", "sous 48", "24 heures", "48 heures", "días hábiles", "días laborables", "24 horas", "48 horas", "giorni lavorativi", "24 ore", "48 ore", "dias úteis", "werkdag", "24 uur", "dni robocz", "24 godzin", "pracovních dn", "24 hodin", "arbetsdag", "hverdag", "arbeidsdag", "virkedag", "arkipäiv", "munkanap", "zile lucrătoare", "iş günü", "εργάσιμ", "рабочих дн", "24 час", "робочих дн", "работни дни", "営業日", "工作日", "영업일",
];

/// A person speaks of himself.
const MYSELF: &[&str] = &[
    " i ", " i'", " my ", " me ", " ich ", " mein", " mir ", " je ", " j'", " mon ", " yo ", " mi ", " he ", " ho ", " mio ", " mia ", " io ", " eu ", " meu ", " minha ", " ik ", " mijn ", " jag ", " min ", " jeg ", " minä ", " minun ", " olen ", " я ", " мой ", " мне ", " мені ", " моя ", "私", "제가", " ja ", " ben ", " εγώ ", " μου ", " أنا ", " אני ", " tôi ", " saya ",
];

/// What mail comes to.
const ADDRESS: &[&str] = &[
    "mailbox", "inbox", "address", "mail to", "mails to", "answers to", "replies to", "postfach", "adresse", "antworten auf", "boîte", "réponses à", "buzón", "dirección", "casella", "indirizzo", "caixa", "endereço", "adres", "postbus", "skrzynk", "schránk", "brevlåd", "adress", "postkasse", "postiloka", "osoite", "postafiók", "căsuța", "posta kutusu", "θυρίδα", "ящик", "адрес", "скриньк", "メールアドレス", "邮箱", "郵箱", "메일함", "메일 주소",
];
/// And that nobody reads it.
const UNREAD: &[&str] = &[
    "not read", "not monitored", "not checked", "not attended", "not be read", "not be monitored", "not in use", "no longer monitored", "no longer used", "no longer in use", "no longer active", "no longer read", "no longer checked", "unattended", "unmonitored", "never read", "nicht gelesen", "nicht mehr gelesen", "nicht überwacht", "nicht mehr betreut", "nicht betreut", "nicht abgerufen", "nicht mehr abgerufen", "nicht mehr verwendet", "nicht mehr aktiv", "n'est pas lu", "n'est plus lu", "ne sont pas lu", "pas consultée", "plus consultée", "plus utilisée", "n'est plus active", "no se lee", "no se revisa", "ya no se utiliza", "no está atendid", "non viene lett", "non è presidiat", "non è monitorat", "non è più attiv", "não é lid", "não é monitorad", "não está ativ", "niet gelezen", "niet meer gelezen", "niet bewaakt", "niet meer gebruikt", "nie jest czytan", "nie jest monitorowan", "není čten", "neni monitorovan", "läses inte", "bevakas inte", "läses ej", "leses ikke", "læses ikke", "overvåges ikke", "ei lueta", "ei seurata", "nem olvas", "nu este monitorizat", "okunmamakta", "takip edilmemekte", "не читается", "не проверяется", "не используется", "не читається", "確認しておりません", "無人", "无人查看", "無人查看", "확인하지 않",
];

/// How one shows that he is a human.
const PROVES: &[&str] = &[
    "prove", "verify", "confirm", "certify", "beweis", "bestätig", "nachweis", "prouv", "confirmer", "confirmez", "vérifi", "demuestr", "demostrar", "confirme", "verifi", "dimostr", "conferm", "prova", "comprov", "bewijs", "bevestig", "udowodni", "potwierdź", "potvrďte", "bekräfta", "bekreft", "bekræft", "vahvista", "igazol", "doğrula", "докаж", "подтверд", "підтверд", "証明", "確認", "验证", "驗證", "확인",
];
/// Which machines are not.
const HUMAN: &[&str] = &[
    "human", "not a robot", "not a machine", "not a bot", "real person", "real sender", "mensch sind", "kein roboter", "humain", "pas un robot", "humano", "no es un robot", "persona real", "essere umano", "non essere un robot", "non sei un robot", "não é um robô", "não é robô", "een mens", "geen robot", "człowiekiem", "robotem", "člověk", "människa", "menneske", "ihminen", "nem robot", "robot olmad", "не робот", "ロボットでは", "真人", "不是机器人", "로봇이 아",
];

/// Whoever answers later is away.
pub(super) fn answers_later(mail: &Mail<'_>) -> Option<String> {
    let later = one_sentence(mail, |sentence| {
        let reads = || wording::says_in(sentence, READS) && wording::says_in(sentence, MAIL);
        wording::says_in(sentence, LATER) && (wording::says_in(sentence, ANSWERS) || reads())
    })?;
    guess(mail, later).filter(|_| sentences::answers(mail))
}

/// Something of ours was filed under a number, and nobody speaks of himself or asks anything.
pub(super) fn filed(mail: &Mail<'_>) -> Option<String> {
    let test = |sentence: &str| {
        let spaced = format!(" {sentence} ");
        wording::says_in(&spaced, YOURS) && wording::says_in(sentence, FILED)
    };
    // Behind `Re:` stands what we wrote.
    let subject = || Some(mail.subject.as_str()).filter(|subject| !mail.forwarded_or_answered() && test(subject));
    let sentence = one_sentence(mail, test).or_else(subject)?;
    let numbered = references(&mail.own) || reference_in_subject(&mail.subject);
    guess(mail, sentence).filter(|_| numbered && !is_personal(mail))
}

/// One of many will take it up, or all of them within the hours of a house; nobody speaks of himself or asks anything.
pub(super) fn promised(mail: &Mail<'_>) -> Option<String> {
    let sentence = one_sentence(mail, |sentence| {
        let somebody = wording::says_in(sentence, SOMEBODY) && wording::says_in(sentence, WILL);
        somebody || (wording::says_in(sentence, WE) && wording::says_in(sentence, SPANS))
    })?;
    guess(mail, sentence).filter(|_| sentences::answers(mail) && !is_personal(mail))
}

fn is_personal(mail: &Mail<'_>) -> bool {
    wording::says_in(&format!(" {} ", mail.own), MYSELF) || asks(&mail.own)
}

/// A mailbox that nobody reads answers so.
pub(super) fn unread(mail: &Mail<'_>) -> Option<String> {
    let sentence = one_sentence(mail, |sentence| {
        // Addresses of hosts are no longer in use, too.
        let host = sentence.contains("ip-") || sentence.contains(" ip ") || sentence.contains("ip address");
        !host && wording::says_in(sentence, ADDRESS) && wording::says_in(sentence, UNREAD)
    })?;
    guess(mail, sentence).filter(|_| sentences::answers(mail) && !asks(&mail.own))
}

/// Somebody's filter asks us to prove that we are human.
pub(super) fn challenge(mail: &Mail<'_>) -> Option<String> {
    let sentence = one_sentence(mail, |sentence| wording::says_in(sentence, PROVES) && wording::says_in(sentence, HUMAN))?;
    guess(mail, sentence).filter(|_| sentences::answers(mail) && !asks(&mail.own))
}

/// The first sentence of which that is true, in the sender's own voice.
fn one_sentence<'a>(mail: &'a Mail<'_>, test: fn(&str) -> bool) -> Option<&'a str> {
    const LONGEST: usize = 220;
    let mut all = mail.lines.iter().flat_map(|line| sentences::of_line(line));
    all.find(|sentence| {
        let quoted = sentence.contains(['"', '“', '„', '«', '「']);
        !quoted && sentence.chars().count() <= LONGEST && test(sentence)
    })
}

fn guess(mail: &Mail<'_>, sentence: &str) -> Option<String> {
    (sentences::is_quiet(mail) && !incident::reports_more(mail)).then(|| harmless(&format!("text: {}", sentence.trim())))
}

/// People ask something. In a link the mark is none.
pub(super) fn asks(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| !word.contains("://"));
    words.any(|word| word.ends_with(['?', '？', '؟']))
}

/// `#5512`, `INC0078123`, `20261118-77`: a number under which something is filed, no address, date or time.
fn is_reference(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '#'));
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let plain = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '#' | '-' | '_'));
    let year = digits == 4 && word.len() == 4 && (word.starts_with("20") || word.starts_with("19"));
    plain && !year && (digits >= 4 || (digits >= 3 && word.contains(['#', '-'])) || (digits >= 2 && word.len() >= 6 && word.is_ascii()))
}

/// Anywhere in a text, also between letters that no blanks divide.
fn references(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || !c.is_ascii() || matches!(c, '(' | ')' | '[' | ']' | ',' | ';')).any(is_reference)
}

/// In the Subject, and not ours, which stands in brackets with its `#`.
fn reference_in_subject(subject: &str) -> bool {
    subject.split_whitespace().any(|word| {
        let ours = word.starts_with('[') && word.ends_with(']') && sentences::names_a_ticket(word);
        !ours && is_reference(word)
    })
}
