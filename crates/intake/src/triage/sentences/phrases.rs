//! Sentences in lower case, apostrophes straight, in the present or future and in the first person where the language tells.

/// Somebody is away now.
pub(super) const ABSENT_NOW: &[&str] = &[
    // English.
    "i am out of the office", "i'm out of the office", "i am currently out of", "i'm currently out of", "i will be out of the office", "i'll be out of the office",
    "i am out of office", "i'm out of office", "am currently away", "i'm currently away", "i am away from", "i'm away from", "i will be away", "i'll be away",
    "i am on leave", "i'm on leave", "i am on annual leave", "i'm on annual leave", "i am currently on leave", "i'm currently on leave", "i am currently on annual", "i'm currently on annual", "i am currently on vacation", "i'm currently on vacation", "i am currently on holiday", "i'm currently on holiday", "i am currently on parental", "i am currently on maternity", "i am on vacation", "i'm on vacation",
    "i will be on vacation", "i will be on leave", "i am on holiday", "i'm on holiday", "i am on maternity", "i am on parental", "i am on paternity", "i'm on parental",
    "i am travelling", "i am traveling", "i'm travelling", "i'm traveling", "is out of the office", "is currently out of the office", "is currently away", "is on leave",
    "is no longer with", "no longer works for", "no longer working at", "have left the company", "has left the company", "our office is closed", "our offices are closed",
    "the office is closed", "we are closed", "we are currently closed",
    // German.
    "bin ich nicht im büro", "ich bin nicht im büro", "bin zurzeit nicht", "bin zur zeit nicht", "bin derzeit nicht", "bin momentan nicht", "ich bin derzeit im urlaub", "ich bin derzeit abwesend", "ich bin derzeit außer haus", "ich bin bis",
    "bin ich bis", "ich bin im urlaub", "bin im urlaub", "ich bin außer haus", "bin ich außer haus", "ich bin abwesend", "bin ich abwesend", "ich befinde mich", "befinde mich im urlaub", "bin erst ab",
    "bin ich wieder", "nicht mehr im unternehmen", "nicht mehr für das unternehmen", "büro ist geschlossen",
    // French.
    "je suis absent", "je suis actuellement absent", "je serai absent", "je suis en congé", "je suis actuellement en congé", "je serai en congé", "je suis en vacances",
    "je suis actuellement en vacances", "je suis hors du bureau", "je suis en déplacement", "je suis actuellement en déplacement", "actuellement absent", "bureaux sont fermés", "je ne travaille plus", "ne fait plus partie",
    // Spanish.
    "estoy fuera de la oficina", "me encuentro fuera", "estaré fuera", "estoy de vacaciones", "me encuentro de vacaciones", "estaré de vacaciones", "estoy ausente", "estaré ausente",
    "actualmente fuera de", "me encuentro de baja",
    // Italian.
    "sono fuori ufficio", "sarò fuori ufficio", "sono in ferie", "sarò in ferie", "sono assente", "sarò assente", "sono attualmente assente", "sono fuori sede", "uffici sono chiusi",
    // Portuguese.
    "estou fora do escritório", "estarei fora", "estou de férias", "estarei de férias", "encontro-me de férias", "encontro-me ausente", "estou ausente", "estarei ausente", "estou em férias",
    // Dutch.
    "ik ben afwezig", "ben ik afwezig", "ik ben niet aanwezig", "ben ik niet aanwezig", "ik ben op vakantie", "ben ik op vakantie", "ik ben met vakantie", "ik ben met verlof", "ben ik met verlof",
    "ik ben momenteel niet", "ik ben momenteel afwezig", "ik ben momenteel op vakantie", "ik ben momenteel met", "ik ben niet op kantoor", "ben ik niet op kantoor", "ik ben tot",
    // Polish, Czech, Slovak.
    "przebywam na urlopie", "jestem na urlopie", "jestem poza biurem", "jestem nieobecn", "będę nieobecn", "nie ma mnie w biurze", "przebywam poza biurem", "do dnia przebywam",
    "jsem mimo kancelář", "jsem na dovolené", "nejsem v kanceláři", "nejsem přítom", "budu mimo kancelář", "čerpám dovolenou", "som mimo kancelárie", "som na dovolenke", "čerpám dovolenku", "nie som v kancelárii",
    // Swedish, Norwegian, Danish, Finnish.
    "jag är inte på kontoret", "jag är på semester", "jag har semester", "jag är ledig", "jag är föräldraledig", "jag är för närvarande inte", "jag är för närvarande på semester", "jag är för närvarande ledig", "är tillbaka på kontoret",
    "jeg er ikke på kontoret", "jeg er på ferie", "jeg har ferie", "jeg er ikke til stede", "jeg holder ferie", "jeg er for tiden ikke", "jeg er for tiden bortreist", "jeg er for tiden på ferie", "jeg er i øjeblikket ikke", "jeg er i øjeblikket på ferie", "jeg er bortreist", "jeg avvikler ferie",
    "olen lomalla", "olen poissa", "en ole paikalla", "en ole töissä", "olen vuosilomalla", "olen vanhempainvapaalla", "en ole tavoitettavissa",
    // Hungarian, Romanian, Turkish, Greek.
    "szabadságon vagyok", "házon kívül vagyok", "irodán kívül vagyok", "nem vagyok az irodában", "szabadságon leszek", "nem tartózkodom az irodában",
    "sunt în concediu", "mă aflu în concediu", "sunt plecat", "nu sunt la birou", "voi fi în concediu", "nu mă aflu la birou", "sunt in concediu",
    "ofis dışındayım", "izindeyim", "yıllık izindeyim", "izinde olacağım", "tatildeyim", "ofiste değilim", "ofis dışında olacağım", "yıllık izinde",
    "βρίσκομαι εκτός γραφείου", "είμαι εκτός γραφείου", "βρίσκομαι σε άδεια", "θα απουσιάζω", "απουσιάζω",
    // Russian, Ukrainian, Bulgarian, Croatian and Serbian, Slovene.
    "я нахожусь в отпуске", "нахожусь в отпуске", "я в отпуске", "я отсутствую", "меня нет на рабочем месте", "буду отсутствовать", "нахожусь в командировке", "буду в отпуске", "меня нет в офисе",
    "я у відпустці", "перебуваю у відпустці", "я відсутн", "в отпуск съм", "отсъствам от офиса", "ще отсъствам", "na godišnjem sam", "nisam u uredu", "trenutno sam odsut", "nisam u kancelariji", "sem na dopustu", "sem odsot",
    // Japanese, Chinese, Korean, Arabic, Hebrew, Vietnamese, Indonesian.
    "休暇をいただいて", "休暇を頂いて", "休暇を取って", "休暇を取得", "不在にして", "不在です", "不在となり", "休暇中", "出張中", "不在にさせて", "休業させて", "外出しており", "留守にして",
    "我正在休假", "我在休假", "我目前不在", "我现在不在", "我現在不在", "正在休假", "不在办公室", "不在辦公室", "我将外出", "我将于", "我出差", "休假中", "出差在外",
    "부재중입니다", "휴가 중입니다", "휴가중입니다", "자리를 비", "출장 중입니다", "휴가를 사용",
    "أنا خارج المكتب", "أنا في إجازة", "خارج المكتب حالي", "אני מחוץ למשרד", "אני בחופש", "אני נמצא בחופש", "אני בחופשה", "tôi đang nghỉ", "tôi hiện không có mặt", "saya sedang cuti", "saya sedang tidak",
];

/// Until when, or who stands in.
pub(super) const RETURNS: &[&str] = &[
    "until ", "return", "be back", "am back", "limited access", "no access to", "with no access", "in my absence", "during my absence", "in urgent", "for urgent", "if urgent", "is urgent",
    "urgent matter", "urgent request", "for immediate", "immediate assistance", "please contact", "as soon as", "reopen", "will respond", "will reply", "not be forwarded", "not forwarded",
    "wieder im büro", "wieder erreichbar", "wieder zurück", "zurück am", "ab dem", "in dringenden", "bei dringenden", "dringende", "wenden sie sich", "meine vertretung", "vertritt mich", "vertreten", "nicht weitergeleitet",
    "nach meiner rückkehr", "kontaktieren sie", "wieder für sie",
    "de retour", "mon retour", "jusqu'au", "en cas d'urgence", "toute urgence", "pour toute demande", "vous pouvez contacter", "veuillez contacter", "merci de contacter", "contactez",
    "hasta el", "regres", "vuelvo", "volveré", "mi ausencia", "en caso de urgencia", "urgente", "póngase en contacto", "contactar", "contacte", "mi regreso",
    "fino al", "sino al", "rientr", "in caso di urgenza", "per urgenze", "contattare", "rivolgersi", "al mio ritorno", "até", "retorn", "regresso", "em caso de urgência", "contate",
    "tot en met", "tot 0", "tot 1", "tot 2", "tot 3", "tot maandag", "weer aanwezig", "weer bereikbaar", "terug op", "voor dringende", "bij spoed", "spoedgevallen", "contact opnemen", "neem contact",
    "do dnia", "wracam", "po powrocie", "w pilnych", "w sprawach pilnych", "proszę o kontakt", "kontakt z", "pilne", "do 0", "do 1", "do 2", "do 3", "do poniedział", "do końca", "v naléhavých", "v urgentních", "kontaktujte", "po návratu", "vrátím", "zastup", "v prípade", "zastup",
    "tillbaka", "åter", "brådskande", "vid behov", "kontakta mig", "kontakta min", "kontakta gärna", "vänligen kontakta", "t.o.m", "till och med", "tilbage", "tilbake", "haster", "hastesaker", "kontakt venligst", "kontakt min", "vennligst kontakt", "til og med", "palaan", "takaisin", "kiireellis", "sijais", " asti", "ota yhteyttä",
    "0-ig", "1-ig", "2-ig", "3-ig", "4-ig", "5-ig", "6-ig", "7-ig", "8-ig", "9-ig", "visszatér", "sürgős", "forduljon", "keresse", "elérhető", "până", "revin", "contactați", "contactati", "întoarc", "döneceğim", "dönüş", "acil", "kadar", "iletişime", "επιστρ", "έως", "μέχρι", "επείγ", "επικοινων",
    " до ", "вернусь", "возвращ", "по срочным", "срочн", "обращайтесь", "обратитесь", "повернусь", "термінов", "звертайтесь", "спешн", "свържете", "hitno", "hitne", "obratite", "vraćam", "nujn", "vrnem",
    "まで", "より", "お急ぎ", "緊急", "戻り", "出社", "ご連絡", "後日", "至", "直到", "返回", "回来", "紧急", "緊急", "如有", "联系", "聯繫", "聯絡", "까지", "복귀", "급한", "긴급", "연락",
    "حتى", "العودة", "العاجل", "עד ", "חזר", "דחופ", "đến", "khẩn", "sampai", "kembali", "mendesak",
];

/// A text that calls itself automatic.
pub(super) const AUTOMATIC_TEXTS: &[&str] = &[
    "this is an automatic", "this is an automated", "this is an auto-", "this is an autoresp", "this is a automatic", "this is a automated", "this message is automatically generated", "this message was automatically", "automatically generated", "automated reply", "automated response",
    "automatic reply", "automatic response", "auto-generated", "autoresponder", "auto-response", "auto response", "auto-reply", "autoreply", "please do not reply", "do not respond to this", "mailbox is not monitored",
    "automatisch generiert", "automatisch erstellt", "automatische antwort", "automatisch erzeugt", "automatisierte antwort", "automatische eingangsbestätigung", "réponse automatique", "message automatique", "générée automatiquement", "généré automatiquement", "envoyé automatiquement", "ne pas répondre",
    "respuesta automática", "mensaje automático", "generado automáticamente", "no responda a este", "risposta automatica", "messaggio automatico", "generato automaticamente", "resposta automática", "mensagem automática", "gerada automaticamente",
    "automatisch gegenereerd", "automatisch bericht", "automatisch antwoord", "wiadomość wygenerowana automatycznie", "wygenerowana automatycznie", "automatycznie wygenerowan", "automatická odpověď", "automaticky generovan", "automatiskt genererat", "automatiskt svar", "automatisk svar", "automatisk genereret", "automatisk generert",
    "automaattinen", "automatikus válasz", "automatikusan", "generat automat", "mesaj automat", "otomatik olarak", "otomatik yanıt", "автоматически", "автоматический ответ", "автоматично", "自動返信", "自動送信", "自動応答", "自动回复", "自动发送", "系统自动", "자동 회신", "자동으로 발송", "자동 발송",
];

/// First lines of mail that asks for no answer, or for one in a certain place.
pub(super) const FIRST_LINES: &[&str] = &[
    "reply above this line", "type your reply above", "enter your reply above", "reply above the line", "write above this line", "write your reply above", "please reply above", "your reply above this line",
    "do not reply to this", "please do not reply", "do not respond to this", "this is an automated message", "this is an automatic message", "this is an automatically generated", "this is an auto-generated", "this e-mail is automatically generated", "this email is automatically generated",
    "this is an autogenerated", "this is a system generated", "this is a system-generated", "this message was generated automatically", "this e-mail was generated automatically", "automatically generated message",
    "bitte antworten sie nicht auf diese", "bitte nicht auf diese", "dies ist eine automatisch", "diese e-mail wurde automatisch", "diese nachricht wurde automatisch", "bitte antworten sie oberhalb dieser", "ne pas répondre à ce", "ne répondez pas à ce", "ceci est un message automatique", "message automatique, merci de ne pas", "répondez au-dessus de cette ligne", "tapez votre réponse au-dessus",
    "no responda a este", "no responder a este", "este es un mensaje automático", "este mensaje ha sido generado", "non rispondere a questa", "questo è un messaggio automatico", "não responda a este", "não responda esta", "esta é uma mensagem automática", "niet antwoorden op dit", "dit is een automatisch", "nie odpowiadaj na", "prosimy nie odpowiadać", "neodpovídejte na", "это автоматическое", "не отвечайте на это", "このメールは自動", "本メールは自動", "此邮件由系统", "此为系统邮件", "이 메일은 자동", "발신전용", "발신 전용",
];

/// Ends of Subjects of bounces, brackets and full stops away.
pub(super) const FAILURE_ENDS: &[&str] = &[
    "delivery failed", "delivery failure", "delivery error", "non remis", "not delivered", "undeliverable", "undelivered", "unzustellbar", "nicht zugestellt", "no entregado", "non recapitabile", "niet bezorgd", "user unknown", "unknown user", "mailbox full", "returned to sender", "could not be delivered",
];

/// How MTAs begin.
pub(super) const MTA_OPENINGS: &[&str] = &[
    "this is the qmail-send", "this is the mail system at", "this is the postfix program", "this message was created automatically by mail delivery software", "this is an automatically generated delivery status", "this is a permanent error", "this is a delivery status", "the original message was received at", "this is the mail delivery", "this report relates to a message you sent", "a message that you sent could not be delivered", "your message did not reach", "your message to the following recipients", "the following message to", "this is the courier", "i'm afraid i wasn't able to deliver", "i wasn't able to deliver", "unable to deliver your message", "delivery to the following recipient", "this is a system-generated message", "sorry, we were unable to deliver",
];

/// The lines behind which the original comes back.
pub(super) const RETURN_MARKS: &[&str] = &[
    "below this line is a copy of the message", "this is a copy of the message, including all the headers", "this is a copy of the headers", "this is a copy of your message", "original message follows", "unsent message follows", "unsent message below", "returned message follows", "the header of the original message", "message header follows", "original message headers", "transcript of session", "your original message", "undelivered message follows", "copy of the original message", "message text follows", "returned mail follows", "the body of the original message", "returned content", "message contents follow", "beginning of the original message", "start of returned message", "headers of the original message", "the first lines of the message", "reporting-mta:", "final-recipient:",
];

/// How receipts begin their Subject.
pub(super) const RECEIPT_SUBJECTS: &[&str] = &[
    "read:", "read receipt", "return receipt", "gelesen:", "lesebestätigung", "empfangsbestätigung (angezeigt)", "lu :", "lu:", "accusé de lecture", "accusé de réception (affiché)", "leído:", "acuse de lectura", "confirmación de lectura", "letto:", "conferma di lettura", "ricevuta di ritorno", "lida:", "lido:", "confirmação de leitura", "gelezen:", "leesbevestiging", "läst:", "lest:", "læst:", "luettu:", "przeczytano:", "přečteno:", "prečítané:", "olvasott:", "elolvasva:", "citit:", "okundu:", "прочтено:", "прочитано:", "開封済み:", "開封通知", "已读:", "已读回执", "已讀:", "읽음:", "delivered:", "relayed:", "not read:", "displayed:", "automatische lesebestätigung", "ungelesen gelöscht:", "nicht gelesen:", "non lu :",
];

/// What they say.
pub(super) const RECEIPT_TEXTS: &[&str] = &[
    "was read on", "was displayed on", "has been displayed", "has been read", "was opened on", "this is a receipt for", "this is a return receipt", "return receipt for", "was deleted without being read", "your message was read", "wurde gelesen", "wurde am", "wurde angezeigt", "gelesen am", "dies ist eine empfangsbestätigung", "a été lu", "a été affiché", "ceci est un accusé", "se leyó", "ha sido leído", "fue leído", "este es un acuse", "è stato letto", "questa è una ricevuta", "foi lida", "foi lido", "is gelezen", "werd gelezen", "lästes", "ble lest", "blev læst", "luettiin", "został przeczytan", "została przeczytan", "byla přečten", "bola prečítan", "elolvas", "a fost citit", "okundu", "было прочитано", "прочитано", "開封されました", "に開封", "已被阅读", "已于", "已讀取", "읽었습니다", "was successfully delivered", "has been delivered to the recipient",
];

/// How people begin a letter.
pub(super) const GREETINGS: &[&str] = &[
    "hello", "hi ", "hi,", "hi!", "dear ", "good morning", "good afternoon", "good evening", "good day", "greetings", "to whom", "bonjour", "bonsoir", "madame", "monsieur", "cher ", "chère ", "chers ",
    "hallo", "guten ", "sehr geehrte", "liebe ", "moin", "servus", "grüezi", "hola", "buenos ", "buenas ", "estimad", "ciao", "salve", "buongiorno", "gentile ", "gentili ", "olá", "bom dia", "boa tarde", "prezad", "caro ", "cara ",
    "beste ", "geachte", "goede", "hej", "hei ", "hei,", "god dag", "dzień dobry", "szanown", "dobrý den", "vážen", "tisztelt", "bună ziua", "stimat", "merhaba", "sayın", "καλημέρα", "γεια", "здравствуйте", "добрый день", "уважаем", "добрий день", "お世話", "您好", "你好", "안녕",
];

/// Whose message it is that failed.
pub(super) const YOURS: &[&str] = &[
    "your message", "your mail ", "your e-mail", "your email", "the following", "votre message", "votre courrier", "ihre nachricht", "ihre mail", "su mensaje", "il suo messaggio", "il messaggio", "sua mensagem", "uw bericht",
];
