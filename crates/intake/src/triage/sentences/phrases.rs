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
    "i will be out of office", "i'll be out of office", "on parental leave", "on maternity leave", "no longer works at", "is no longer at", "is no longer employed",
    // German.
    "bin ich nicht im büro", "nicht im büro sein", "bin nicht im büro", "ich habe urlaub", "bin ich im urlaub", "bin ich in elternzeit", "bin ich erst wieder", "haben betriebsferien", "betriebsurlaub", "ich bin nicht im büro", "bin zurzeit nicht", "bin zur zeit nicht", "bin derzeit nicht", "bin momentan nicht", "ich bin derzeit im urlaub", "ich bin derzeit abwesend", "ich bin derzeit außer haus", "ich bin bis",
    "bin ich bis", "ich bin im urlaub", "bin im urlaub", "ich bin außer haus", "bin ich außer haus", "ich bin abwesend", "bin ich abwesend", "ich befinde mich", "befinde mich im urlaub", "bin erst ab",
    "bin ich wieder", "nicht mehr im unternehmen", "nicht mehr für das unternehmen", "nicht mehr bei der firma", "nicht mehr in unserem haus", "nicht mehr in unserem unternehmen", "nicht mehr in unserem team", "nicht mehr für uns tätig", "hat das unternehmen verlassen", "habe das unternehmen verlassen", "büro ist geschlossen",
    // French.
    "je suis absent", "je serai hors du bureau", "je serai en vacances", "je serai en déplacement", "absente de mon bureau", "absent de mon bureau", "je suis en arrêt", "notre société est fermée", "notre entreprise est fermée","je suis actuellement absent", "je serai absent", "je suis en congé", "je suis actuellement en congé", "je serai en congé", "je suis en vacances",
    "je suis actuellement en vacances", "je suis hors du bureau", "je suis en déplacement", "je suis actuellement en déplacement", "actuellement absent", "bureaux sont fermés", "je ne travaille plus", "ne travaille plus", "ne fait plus partie de la société", "ne fait plus partie de l'entreprise", "ne fait plus partie de nos effectifs", "ne fait plus partie de l'équipe", "ne fait plus partie de notre équipe", "ne fais plus partie", "j'ai quitté la société", "j'ai quitté l'entreprise", "a quitté la société", "a quitté l'entreprise",
    // Spanish.
    "estoy fuera de la oficina", "me encuentro fuera", "estaré fuera", "estoy de vacaciones", "me encuentro de vacaciones", "estaré de vacaciones", "estoy ausente", "estaré ausente",
    "actualmente fuera de", "me encuentro de baja", "ya no trabajo en", "ya no trabaja en", "ya no formo parte", "ya no forma parte de la empresa", "ya no forma parte del equipo", "ya no forma parte de nuestro equipo",
    "non lavoro più", "non lavora più", "non fa più parte dell'azienda", "non fa più parte della società", "non fa più parte del team", "não trabalho mais", "não trabalha mais", "já não trabalh", "niet meer werkzaam", "werkt niet meer bij", "nie pracuję już", "już nie pracuj", "nie pracuje już", "arbetar inte längre", "har slutat på", "arbejder ikke længere", "jobber ikke lenger", "již nepracuj", "už nepracuj", "már nem dolgoz", "nu mai lucr", "больше не работа", "більше не працю",
    // Italian.
    "sono fuori ufficio", "sarò fuori ufficio", "sono in ferie", "sarò in ferie", "sono assente", "sarò assente", "sono attualmente assente", "sono fuori sede", "uffici sono chiusi",
    // Portuguese.
    "estou fora do escritório", "estarei fora", "estarei ausente", "estarei em férias", "estou de férias", "estarei de férias", "encontro-me de férias", "encontro-me ausente", "estou ausente", "estarei ausente", "estou em férias",
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
    // Lithuanian, Latvian, Estonian, Icelandic, Catalan, Basque, Thai, Persian, Hindi.
    "atostogauju", "esu atostogose", "nesu biure", "esmu atvaļinājumā", "atrodos atvaļinājumā", "neesmu birojā", "esmu prombūtnē", "olen puhkusel", "viibin puhkusel", "ei viibi kontoris", "olen kontorist ära", "ég er í fríi", "ég er í sumarfríi", "ég er ekki við", "er í fæðingarorlofi",
    "soc fora de l'oficina", "sóc fora de l'oficina", "estic fora de l'oficina", "estic de vacances", "estaré de vacances", "oporretan nago", "ez nago bulegoan", "ไม่อยู่ที่สำนักงาน", "ไม่อยู่ออฟฟิศ", "ลาพักร้อน", "ลาพักผ่อน", "در دفتر نیستم", "در مرخصی", "خارج از دفتر", "در محل کار نیستم", "कार्यालय से बाहर", "अवकाश पर", "छुट्टी पर",
    // Hungarian, Romanian, Turkish, Greek.
    "szabadságon vagyok", "házon kívül vagyok", "irodán kívül vagyok", "nem vagyok az irodában", "szabadságon leszek", "nem tartózkodom az irodában",
    "sunt în concediu", "mă aflu în concediu", "sunt plecat", "nu sunt la birou", "voi fi în concediu", "nu mă aflu la birou", "sunt in concediu",
    "ofis dışındayım", "izindeyim", "yıllık izindeyim", "izinde olacağım", "tatildeyim", "ofiste değilim", "ofis dışında olacağım", "yıllık izinde",
    "βρίσκομαι εκτός γραφείου", "είμαι εκτός γραφείου", "βρίσκομαι σε άδεια", "θα απουσιάζω", "απουσιάζω",
    // Russian, Ukrainian, Bulgarian, Croatian and Serbian, Slovene.
    "я нахожусь в отпуске", "нахожусь в отпуске", "я в отпуске", "я отсутствую", "меня нет на рабочем месте", "буду отсутствовать", "нахожусь в командировке", "буду в отпуске", "меня нет в офисе",
    "я у відпустці", "перебуваю у відпустці", "я відсутн", "в отпуск съм", "отсъствам от офиса", "ще отсъствам", "na godišnjem sam", "na godišnjem odmoru", "trenutno sam na", "nalazim se na godišnjem", "nisam u uredu", "trenutno sam odsut", "nisam u kancelariji", "sem na dopustu", "na dopustu sem", "sem odsot",
    // Japanese, Chinese, Korean, Arabic, Hebrew, Vietnamese, Indonesian.
    "休暇をいただいて", "休暇を頂いて", "休暇を取って", "休暇を取得", "不在にして", "不在です", "不在となり", "休暇中", "出張中", "不在にさせて", "休業させて", "外出しており", "留守にして",
    "我正在休假", "我在休假", "我目前不在", "我现在不在", "有事外出", "暂时无法回复", "无法亲自回复", "我正在外出", "我不在办公室", "我正在放假", "我現在不在", "正在休假", "不在办公室", "不在辦公室", "我出差", "休假中", "出差在外",
    "부재중입니다", "휴가 중입니다", "휴가중입니다", "자리를 비", "출장 중입니다", "휴가를 사용",
    "أنا خارج المكتب", "أنا في إجازة", "خارج المكتب حالي", "אני מחוץ למשרד", "אני בחופש", "אני נמצא בחופש", "אני בחופשה", "tôi đang nghỉ", "tôi hiện không có mặt", "saya sedang cuti", "saya sedang tidak",
];

/// Words of absence: in the first sentence that tells something, of an answer that reports nothing.
pub(super) const ABSENCE_NOUNS: &[&str] = &[
    "have retired", "am retired", "im ruhestand", "in rente", "à la retraite", "estoy jubilad", "me he jubilado", "sono in pensione", "aposentad", "met pensioen", "na emerytur", "på pension", "på pensjon", "eläkkeellä", "на пенсии", "vacation", "holiday", "annual leave", "parental leave", "maternity leave", "paternity leave", "sick leave", "on leave", "sabbatical", "out of the office", "out of office", "currently travelling", "currently traveling", "currently away", "am travelling", "am traveling", "urlaub", "elternzeit", "mutterschutz", "nicht im büro", "wieder im büro", "wieder im haus", "wieder erreichbar", "abwesen", "dienstreise", "en congé", "vacances", "suis absent", "serai absent", "actuellement absent", "hors du bureau", "en déplacement", "vacaciones", "estoy ausente", "estaré ausente", "fuera de la oficina", "in ferie", "mie ferie", "assente dal", "fuori ufficio", "congedo", "férias", "fora do escritório", "de licença",
    "vakantie", "afwezig", "met verlof", "semester", "föräldraledig", "ledig från", "på ferie", "ferie til", "permisjon", "barsel", "lomalla", "vapaalla", "urlop", "nieobecn", "dovolen", "nepřítom", "neprítom", "szabadság", "concediu", "izindeyim", "yıllık izin", "tatilde", "σε άδεια", "отпуск", "відпуст", "командировк", "відряджен", "отсутств", "відсутн", "休暇", "不在", "出張中", "休假", "出差", "放假", "年假", "휴가", "출장", "부재", "إجازة", "اجازة", "מחופש", "בחופש", "nghỉ phép", "sedang cuti", "ลาพัก", "atostog", "puhkus", "atvaļinājum", "í fríi", "orlofi", "oporret", "godišnj", "na dopust", "odsoten", "odsotna", "odsutan", "odsutna", "مرخصی", "छुट्टी", "अवकाश",
];

/// Until when, or who stands in.
pub(super) const RETURNS: &[&str] = &[
    "until ", "return", "be back", "am back", "limited access", "no access to", "with no access", "in my absence", "during my absence", "in urgent", "for urgent", "if urgent", "is urgent",
    "urgent matter", "urgent request", "for immediate", "immediate assistance", "please contact", "as soon as", "reopen", "will respond", "will reply", "not be forwarded", "not forwarded",
    "keinen zugriff", "kein zugriff", "kehre zurück", "kehre am", "am wieder", "ab montag", "pas accès", "aucun accès", "sin acceso", "no tendré acceso", "non avrò accesso", "senza accesso", "sem acesso", "não terei acesso", "geen toegang", "nie mam dostępu", "bez dostępu", "nebudu mít přístup", "nemám přístup", "inte tillgång", "ikke adgang", "ikke tilgang", "нет доступа", "без доступа", "bis zum", "bis einschließlich", "erst am",
    "wieder im büro", "wieder erreichbar", "wieder zurück", "zurück am", "ab dem", "in dringenden", "bei dringenden", "dringende", "wenden sie sich", "meine vertretung", "vertritt mich", "vertreten", "nicht weitergeleitet",
    "nach meiner rückkehr", "kontaktieren sie", "wieder für sie",
    "de retour", "mon retour", "jusqu'au", "en cas d'urgence", "toute urgence", "pour toute demande", "vous pouvez contacter", "veuillez contacter", "merci de contacter", "contactez", "adresser vos", "merci d'adresser", "écrire à",
    "hasta el", "regres", "vuelvo", "volveré", "mi ausencia", "en caso de urgencia", "urgente", "póngase en contacto", "contactar", "contacte", "mi regreso",
    "fino al", "sino al", "rientr", "in caso di urgenza", "per urgenze", "contattare", "rivolgersi", "al mio ritorno", "até", "retorn", "regresso", "em caso de urgência", "contate",
    "tot en met", "tot 0", "tot 1", "tot 2", "tot 3", "tot maandag", "weer aanwezig", "weer bereikbaar", "terug op", "voor dringende", "bij spoed", "spoedgevallen", "contact opnemen", "neem contact",
    "do dnia", "wracam", "po powrocie", "w pilnych", "w sprawach pilnych", "proszę o kontakt", "kontakt z", "pilne", "do 0", "do 1", "do 2", "do 3", "do poniedział", "do końca", "v naléhavých", "v urgentních", "kontaktujte", "po návratu", "vrátím", "zastup", "v prípade", "zastup",
    "tillbaka", "åter", "brådskande", "vid behov", "kontakta mig", "kontakta min", "kontakta gärna", "vänligen kontakta", "t.o.m", "till och med", "tilbage", "tilbake", "haster", "hastesaker", "kontakt venligst", "kontakt min", "vennligst kontakt", "til og med", "palaan", "takaisin", "kiireellis", "sijais", " asti", "ota yhteyttä",
    "0-ig", "1-ig", "2-ig", "3-ig", "4-ig", "5-ig", "6-ig", "7-ig", "8-ig", "9-ig", "visszatér", "sürgős", "forduljon", "keresse", "elérhető", "până", "revin", "contactați", "contactati", "întoarc", "döneceğim", "dönüş", "acil", "kadar", "iletişime", "επιστρ", "έως", "μέχρι", "επείγ", "επικοινων",
    " do ", " до ", "вернусь", "возвращ", "по срочным", "срочн", "обращайтесь", "обратитесь", "повернусь", "термінов", "звертайтесь", "спешн", "свържете", "hitno", "hitne", "obratite", "vraćam", "nujn", "vrnem",
    "まで", "より", "お急ぎ", "緊急", "戻り", "出社", "ご連絡", "後日", "至", "直到", "返回", "回来", "紧急", "緊急", "如有", "联系", "聯繫", "聯絡", "까지", "복귀", "급한", "긴급", "연락",
    "iki ", "grįš", "līdz ", "atgriez", "kuni ", "tagasi", "til baka", "fins al", "fins el", "tornaré", "arte ", "จนถึง", "กลับมา", "تا ", "तक", "حتى", "العودة", "العاجل", "עד ", "חזר", "דחופ", "đến", "khẩn", "sampai", "kembali", "mendesak",
];

/// A text that calls itself automatic.
pub(super) const AUTOMATIC_TEXTS: &[&str] = &[
    "this is an automatic", "this is an automated", "this is an auto-", "this is an autoresp", "this is a automatic", "this is a automated", "this message is automatically generated", "this message was automatically", "automatically generated", "automated reply", "automated response",
    "automatic reply", "automatic response", "this is an acknowledgement", "this is an acknowledgment", "acknowledgement mail", "automated acknowledg", "automated confirmation", "automatic confirmation", "automated notification", "automatic notification", "not reply to this", "auto-generated", "autoresponder", "auto-response", "auto response", "auto-reply", "autoreply", "please do not reply", "do not respond to this", "mailbox is not monitored",
    "automatische e-mail", "automatische nachricht", "automatisch versend", "automatisch versand", "automatisierte", "nicht auf diese e-mail", "nicht auf diese nachricht", "e-mail automatique", "courriel automatique", "notification automatique", "accusé de réception automatique", "correo automático", "respuesta automatica", "no responda", "no conteste", "messaggio è stato generato", "non rispondere", "e-mail automática", "não responda", "niet op antwoorden", "niet te beantwoorden", "niet beantwoorden", "prosimy na nią nie odpowiadać", "nie odpowiada", "neodpovíd", "neodpoved",
    "автоматическое уведомление", "автоматическое сообщение", "автоматичне", "отвечать на него не нужно", "не отвечайте", "automatisch generiert", "automatisch erstellt", "automatische antwort", "automatisch erzeugt", "automatisierte antwort", "automatische eingangsbestätigung", "réponse automatique", "message automatique", "générée automatiquement", "généré automatiquement", "envoyé automatiquement", "ne pas répondre",
    "respuesta automática", "mensaje automático", "generado automáticamente", "no responda a este", "risposta automatica", "messaggio automatico", "generato automaticamente", "resposta automática", "mensagem automática", "gerada automaticamente",
    "automatisch gegenereerd", "automatisch bericht", "automatisch antwoord", "wiadomość wygenerowana automatycznie", "wygenerowana automatycznie", "automatycznie wygenerowan", "automatická odpověď", "automaticky generovan", "automatiskt genererat", "automatiskt svar", "automatisk svar", "automatisk genereret", "automatisk generert",
    "automaattinen", "automatikus válasz", "automatikusan", "generat automat", "mesaj automat", "otomatik olarak", "otomatik yanıt", "автоматически", "автоматический ответ", "автоматично", "自動返信", "自動送信", "自動応答", "自动回复", "自动发送", "系统自动", "자동 회신", "자동으로 발송", "자동 발송",
];

/// Words before one of these that say that it is another's.
pub(super) const OTHERS: &[&str] = &[
    " your", " got an", " got a", " got the", " get an", " received an", " received the", " receive an", " only an", " ihre", " ihrer", " eure", " deine", " eine", " votre", " la", " su", " la vostra", " sua", " uw", " een", " una", " une", " another", " the", " those", " these", " waszą", " państwa", " er",
];

/// A text that calls itself an automatic answer.
pub(super) const AUTOMATIC_ANSWERS: &[&str] = &[
    "this mailbox is not monitored", "this inbox is not monitored", "this mailbox is no longer", "this inbox is no longer", "this address is no longer", "this email address is no longer", "this e-mail address is no longer", "this mailbox is unattended", "reports sent by e-mail are not", "reports sent by email are not", "e-mails to this address are not", "emails to this address are not", "dieses postfach wird nicht", "diese adresse wird nicht mehr", "diese e-mail-adresse wird nicht mehr", "cette adresse n'est plus", "cette boîte n'est plus", "cette boîte aux lettres n'est", "esta dirección ya no", "este buzón ya no", "este buzón no", "questo indirizzo non è più", "questa casella non è", "este endereço já não", "dit adres wordt niet meer", "deze mailbox wordt niet",
    "this is an automatic reply", "this is an automated reply", "this is an automatic response", "this is an automated response", "this is an auto-reply", "this is an auto reply", "this is an autoreply", "this is an automatic answer", "this is an auto-response", "this is an autoresponse", "this is an automatic email reply", "this is an automatic out of office",
    "dies ist eine automatische antwort", "das ist eine automatische antwort", "dies ist eine automatisierte antwort", "dies ist eine automatisch generierte antwort", "dies ist eine automatische abwesenheit", "diese antwort wurde automatisch", "ceci est une réponse automatique", "cette réponse est automatique", "cette réponse a été générée automatiquement",
    "esta es una respuesta automática", "ésta es una respuesta automática", "esta respuesta es automática", "questa è una risposta automatica", "risposta generata automaticamente", "esta é uma resposta automática", "dit is een automatisch antwoord", "dit is een automatische reactie", "to jest automatyczna odpowiedź", "to jest odpowiedź automatyczna",
    "toto je automatická odpověď", "toto je automatická odpoveď", "detta är ett automatiskt svar", "detta är ett autosvar", "dette er et automatisk svar", "dette er et autosvar", "tämä on automaattinen vastaus", "ez egy automatikus válasz", "acesta este un răspuns automat", "bu otomatik bir yanıttır", "bu otomatik bir cevaptır", "αυτή είναι μια αυτόματη απάντηση", "ovo je automatski odgovor", "to je samodejni odgovor",
    "это автоматический ответ", "это автоответ", "це автоматична відповідь", "これは自動返信", "これは自動応答", "このメールは自動返信", "このメールは自動応答", "本メールは自動返信", "这是一封自动回复", "这是自动回复", "此邮件为自动回复", "本邮件为自动回复", "假期自动回复", "這是自動回覆", "자동 응답 메일", "자동회신 메일", "자동 회신 메일", "هذا رد تلقائي", "זוהי תשובה אוטומטית", "זהו מענה אוטומטי", "đây là thư trả lời tự động", "ini adalah balasan otomatis",
];

/// Systems say in the passive that something was opened for us; a person says who did.
pub(super) const OPENED: &[&str] = &[
    "your ticket number is", "your ticket id is", "your case number is", "your case id is", "your reference number is", "your reference is", "votre numéro de ticket", "votre numéro de dossier", "ihre ticketnummer", "ihre vorgangsnummer", "su número de caso", "su número de ticket", "su caso es el", "il numero del suo ticket", "o número do seu", "uw ticketnummer", "numer zgłoszenia",
    "ticket has been created", "ticket has been opened", "ticket has now been opened", "ticket has been submitted", "ticket has been received", "ticket has been logged", "case has been created", "case has been opened", "case has been logged", "request has been received", "request has been created", "request has been logged", "request has been registered", "request for support has been created", "has been assigned an id", "has been assigned the", "message has been received", "email has been received", "report has been received",
    "votre demande a été enregistrée", "votre demande a bien été", "un ticket a été créé", "un ticket a été ouvert", "ticket wurde erstellt", "ticket wurde eröffnet", "ticket wurde angelegt", "ihre anfrage wurde unter", "se ha creado un ticket", "se ha creado el ticket", "su solicitud ha sido", "è stato aperto un ticket", "richiesta è stata registrata", "foi aberto o chamado", "foi registada com", "foi registrada com", "is geregistreerd onder", "zostało zarejestrowane", "обращение зарегистрирован", "заявка зарегистрирован", "受け付けました", "受付いたしました", "您的工单", "접수되었습니다",
];

/// Words of thanks.
pub(super) const THANKS: &[&str] = &[
    "thank", "dank", "merci", "remerci", "gracias", "agradec", "grazie", "ringrazi", "obrigad", "dzięk", "tack", "takk", "tak for", "kiitos", "kiitän", "děkuj", "ďakuj", "köszön", "mulțum", "multum", "teşekkür", "ευχαριστ", "спасибо", "благодар", "дякую", "hvala", "ありがと", "お世話", "感谢", "感謝", "谢谢", "謝謝", "감사", "شكر", "תודה", "cảm ơn", "terima kasih",
];

/// Words that say that something came, or that this is automatic.
pub(super) const COMES: &[&str] = &[
    "automat", "autom.", "自動", "自动", "자동", "автомат", "автоответ", "αυτόματ", "تلقائي", "received your", "have received", "erhalten", "eingegangen", "reçu votre", "recibido", "ricevut", "recebi", "recebe", "ontvangen", "otrzym", "邮件已收到", "auto-reply", "auto reply", "autoreply",
];

/// What challenge-response systems write in their user's name.
pub(super) const CHALLENGES: &[&str] = &[
    "i now allow incoming messages only from", "only from senders i have approved", "only accept messages from senders", "only accepts messages from", "only accepts mail from known", "list of approved senders", "list of allowed senders", "my approved senders", "my allowed senders", "my guest list", "be put on my guest", "complete the verification process", "protecting myself from receiving junk", "protecting myself from junk", "protect myself from spam", "has not been verified", "address has not been confirmed", "message will not be delivered until", "message will be delivered once you", "message is waiting for your verification", "verify that you are a real person", "verify that you are a person", "prove that you are a human", "prove you are a human", "prove you are human", "prove that you are human", "prove you are a real person", "prove that you are a real person", "verify you are a human", "verify you are human", "verify that you are human", "confirm you are a real person", "confirm you are human", "confirm that you are human", "you are not a robot", "bestätigen sie, dass sie ein mensch", "dass sie kein roboter sind", "que vous n'êtes pas un robot", "que vous êtes humain", "que no es un robot", "que es una persona real", "di non essere un robot", "que não é um robô", "dat u geen robot bent", "że nie jesteś robotem", "confirm that you are a real person", "you only need to do this once", "you only have to do this once", "you have to do this only once",
    "afin que votre message lui soit remis", "pour que votre message soit remis", "afin de valider votre envoi", "vous authentifier une seule fois", "pour protéger sa messagerie", "para que sua mensagem seja encaminhada", "para que sua mensagem seja entregue", "para que su mensaje sea entregado", "für die zustellung ihrer nachricht", "damit ihre nachricht zugestellt", "affinché il suo messaggio venga", "чтобы ваше письмо было доставлено", "подтвердите, что вы не робот",
];

/// First lines of what ticket systems send, their people's letters too.
pub(super) const ABOVE_LINES: &[&str] = &[
    "reply above this line", "type your reply above", "enter your reply above", "reply above the line", "write above this line", "write your reply above", "please reply above", "your reply above this line", "bitte antworten sie oberhalb dieser", "antworten sie oberhalb", "répondez au-dessus de cette ligne", "tapez votre réponse au-dessus", "responda por encima de esta línea", "responda encima de esta línea", "rispondi sopra questa riga", "responda acima desta linha", "antwoord boven deze", "typ uw antwoord boven",
];

/// First lines of mail that asks for no answer.
pub(super) const FIRST_LINES: &[&str] = &[
    "do not reply to this", "please do not reply", "do not respond to this", "this is an automated message", "this is an automatic message", "this is an automatically generated", "this is an auto-generated", "this e-mail is automatically generated", "this email is automatically generated",
    "this is an autogenerated", "this is a system generated", "this is a system-generated", "this message was generated automatically", "this e-mail was generated automatically", "automatically generated message",
    "bitte antworten sie nicht auf diese", "bitte nicht auf diese", "dies ist eine automatisch", "diese e-mail wurde automatisch", "diese nachricht wurde automatisch", "ne pas répondre à ce", "ne répondez pas à ce", "ceci est un message automatique", "message automatique, merci de ne pas",
    "no responda a este", "no responder a este", "este es un mensaje automático", "este mensaje ha sido generado", "non rispondere a questa", "questo è un messaggio automatico", "não responda a este", "não responda esta", "esta é uma mensagem automática", "niet antwoorden op dit", "dit is een automatisch", "nie odpowiadaj na", "prosimy nie odpowiadać", "neodpovídejte na", "это автоматическое", "не отвечайте на это", "このメールは自動", "本メールは自動", "此邮件由系统", "此为系统邮件", "이 메일은 자동", "발신전용", "발신 전용",
];

/// Last lines by which automata tell that they are.
pub(super) const LAST_LINES: &[&str] = &[
    "this is an automated message", "this is an automated e", "this is an automated notification", "this is an automatic message", "this is an automatic e", "this is an automatic notification", "this is an automatically generated", "this is an auto-generated", "this is an autogenerated", "this is a system generated", "this is a system-generated", "this message was generated automatically", "this message was automatically generated", "this e-mail was generated automatically", "this email was generated automatically", "this email was automatically generated", "this e-mail was automatically generated", "this is an unmonitored", "this mailbox is not monitored",
    "dies ist eine automatisch", "diese e-mail wurde automatisch", "diese nachricht wurde automatisch", "diese mail wurde automatisch", "ceci est un message automatique", "cet e-mail a été généré automatiquement", "ce message a été généré automatiquement", "ce message est généré automatiquement", "este es un mensaje automático", "este mensaje ha sido generado", "este correo ha sido generado", "este correo se ha generado", "questo è un messaggio automatico", "questo messaggio è stato generato", "esta é uma mensagem automática", "esta mensagem foi gerada", "dit is een automatisch", "deze e-mail is automatisch", "wiadomość wygenerowana automatycznie", "ta wiadomość została wygenerowana", "toto je automatick", "detta är ett automatiskt", "dette er en automatisk", "tämä on automaattinen", "ez egy automatikus", "acesta este un mesaj automat", "bu otomatik", "это автоматическое", "данное письмо сформировано автоматически", "це автоматичне", "このメールは自動", "本メールは自動", "此邮件由系统", "此为系统邮件", "本邮件由系统", "이 메일은 자동", "본 메일은 발신전용", "هذه رسالة تلقائية",
];

/// Whole last lines that ask for no answer, full stop away: people go on and say why.
pub(super) const WHOLE_LAST_LINES: &[&str] = &[
    "do not reply to this message", "do not reply to this email", "do not reply to this e-mail", "do not reply to this mail", "please do not reply to this message", "please do not reply to this email", "please do not reply to this e-mail", "please do not reply to this mail", "please do not reply directly to this email", "please do not reply", "this message was generated automatically", "no reply is necessary",
    "bitte antworten sie nicht auf diese nachricht", "bitte antworten sie nicht auf diese e-mail", "bitte antworten sie nicht auf diese mail", "bitte nicht antworten", "bitte nicht auf diese e-mail antworten", "merci de ne pas répondre à ce message", "merci de ne pas répondre à ce courriel", "merci de ne pas répondre à cet e-mail", "merci de ne pas y répondre", "veuillez ne pas répondre à ce message", "veuillez ne pas répondre à ce courriel", "ne pas répondre à ce message",
    "por favor, no responda a este mensaje", "por favor no responda a este mensaje", "por favor, no responda a este correo", "por favor no responda a este correo", "no responda a este mensaje", "no responda a este correo", "si prega di non rispondere a questo messaggio", "si prega di non rispondere a questa e-mail", "si prega di non rispondere a questa email", "por favor, não responda a este e-mail", "por favor, não responda a esta mensagem", "não responda a este e-mail", "gelieve niet te antwoorden op deze e-mail", "gelieve niet op deze e-mail te antwoorden", "prosimy nie odpowiadać na tę wiadomość", "prosimy na nią nie odpowiadać", "na tento e-mail neodpovídejte", "svara inte på detta meddelande", "пожалуйста, не отвечайте на это письмо", "не отвечайте на это письмо",
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
    "your document:", "ihr dokument:", "votre document :", "votre document:", "su documento:", "uw document:", "il documento:",
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
