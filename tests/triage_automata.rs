//! Automata without a field that says so: what they write in any language, what they are called; and people who write nearly
//! the same. The mails are ours.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "triage/cases.rs"]
#[expect(dead_code, reason = "not every test builds a multipart")]
mod cases;
#[path = "triage/reading.rs"]
mod reading;

use cases::{assert_person, assert_rule, triage};
use intake::triage::DispositionKind::*;

/// Last sentences, behind others in their line or alone.
const NOBODY_WROTE_THIS: &[&str] = &[
    "This e-mail has been generated automatically.",
    "Please do not reply to this e-mail.",
    "Dieses Schreiben wurde maschinell erstellt.",
    "Auf diese Nachricht bitte nicht antworten.",
    "Ce courriel a été généré automatiquement.",
    "Este correo se ha generado de forma automática.",
    "La presente comunicazione è generata automaticamente.",
    "Esta resposta é automática.",
    "Dit bericht is automatisch aangemaakt.",
    "Ta wiadomość została wysłana automatycznie.",
    "Tento e-mail byl vytvořen automaticky.",
    "Táto správa bola odoslaná automaticky.",
    "Det här mejlet skickades automatiskt.",
    "Denne meldingen er sendt automatisk.",
    "Tämä viesti on lähetetty automaattisesti.",
    "Ezt a levelet rendszerünk automatikusan küldte.",
    "Acest e-mail a fost trimis automat.",
    "Bu ileti otomatik olarak gönderilmiştir.",
    "Το μήνυμα αυτό στάλθηκε αυτόματα.",
    "Данное сообщение отправлено автоматически.",
    "Цей лист надіслано автоматично.",
    "Това съобщение е изпратено автоматично.",
    "Ova poruka poslana je automatski.",
    "To sporočilo je bilo poslano samodejno.",
    "このメッセージはシステムから自動的に配信されています。",
    "此邮件由系统自动发出。",
    "이 메시지는 자동으로 발송되었습니다.",
    "هذه الرسالة أُنشئت بشكل تلقائي.",
    "הודעה זו נשלחה באופן אוטומטי.",
];

#[test]
fn whoever_says_that_nobody_wrote_it_gets_no_answer() {
    for sentence in NOBODY_WROTE_THIS {
        for text in [
            format!("Task 12 of the week is done. {sentence}"),
            format!("Task 12 of the week is done.\n\n{sentence}\n\nExample Ltd\nMain Street 1"),
        ] {
            let found = triage("Subject: Weekly task", &text);
            let closing = sentence.starts_with("Please") || sentence.starts_with("Auf");
            if closing && text.contains("Street") {
                continue;
            }
            assert!(!found.acknowledge, "{text}: {found:?}");
            assert!(found.may_open_ticket(), "{text}: {found:?}");
        }
    }
}

#[test]
fn people_who_speak_of_such_sentences_are_answered() {
    for text in [
        "I got this:\n\nYour mailbox is full, click here. This is an automated message.",
        "Ich habe folgende Mail erhalten:\n\nIhr Konto läuft ab. Diese Nachricht wurde automatisch erstellt.",
        "Our client's data is for sale.\n\nA. Lawyer\n\nThis e-mail has been automatically scanned. Do not reply to this message if you received it in error.",
        "Somebody hacked my account. This message was sent automatically to all whom I know.",
        "The account is not mine any more.\n\nPlease do not reply to this address, but to my private one.",
        "Is it true that this mail was sent automatically? It says \"please do not reply to this e-mail\".",
        "The mail says: \"This is an automated message, please do not reply.\" Is it real?",
    ] {
        assert_person(&triage("Subject: Strange mail", text));
    }
}

/// Subjects and texts of desks and ticket systems that strip every field.
const CONFIRMATIONS: &[(&str, &str)] = &[
    (
        "[Ticket ID: 448120] Scan",
        "A support ticket has now been opened for your request. The details are below.\n\nSubject: Scan\nPriority: Low\n\nhttps://desk.example/viewticket.php?tid=448120",
    ),
    (
        "Receipt of your report 2024-4471",
        "This e-mail confirms receipt of your report, which has been registered under 2024-4471.",
    ),
    (
        "Your complaint [5512001]",
        "We have received your complaint about intrusion attempts from our network. This is an automated message.",
    ),
    (
        "AW: [CSIRT#000123] Scan [V-4471]",
        "Ihr Anliegen wird unter der Vorgangsnummer V-4471 bearbeitet. Dieses Schreiben wurde maschinell erstellt.",
    ),
    (
        "Votre signalement 4471",
        "Votre signalement sera traité sous la référence 4471.",
    ),
    (
        "Su denuncia [44712]",
        "Su denuncia ha sido registrada. Le responderemos pronto.",
    ),
    (
        "Potwierdzenie zgłoszenia #4471",
        "Zgłoszenie zostało przyjęte pod numerem 4471.",
    ),
    (
        "Ваша заявка #44712",
        "Заявка принята и будет рассмотрена. Это сообщение создано автоматически.",
    ),
    ("Bekräftelse ärende 44712", "Ditt ärende har registrerats."),
    (
        "受付のお知らせ",
        "受付番号は 4471 です。担当者よりご返信いたします。",
    ),
    ("工单通知", "您的举报已收到，工单号 44712。"),
];

#[test]
fn confirmations_without_any_field_open_a_ticket_and_are_not_answered() {
    for (subject, text) in CONFIRMATIONS {
        let found = triage(&format!("Subject: {subject}"), text);
        assert_eq!(found.kind, AutoReply, "{subject}: {found:?}");
        assert!(found.may_open_ticket() && !found.acknowledge, "{found:?}");
    }
}

#[test]
fn people_who_speak_of_tickets_and_confirmations_are_answered() {
    for (subject, text) in [
        (
            "Your automatic confirmation",
            "You sent me \"We have received your report\" two weeks ago. What is the state?",
        ),
        (
            "Re: [CSIRT#000123] Scan",
            "We have received your report and blocked the port. I forwarded it to the customer.",
        ),
        (
            "[TT-881200] Re: [CSIRT#000123] Scan",
            "The line was shut at 09:40 on behalf of the customer. Please close on your side.\n\nH. Weiss, ticket TT-881200",
        ),
        (
            "Confirmation of an order I never made",
            "Has been received and paid, they say. I ordered nothing, that is a fraud.",
        ),
        ("Bestätigung", "Der Rechner ist vom Netz, wie besprochen."),
        (
            "Your report",
            "Thanks, the host is cleaned. Which ports did you see?",
        ),
    ] {
        assert_person(&triage(&format!("Subject: {subject}"), text));
    }
}

#[test]
fn programs_that_sign_with_their_name_get_no_answer() {
    for name in [
        "root",
        "veeam",
        "unifi",
        "synology",
        "scanner",
        "wordpress",
        "veeam-bk01",
        "monitoring+mx2",
    ] {
        let found = triage(
            &format!("From: {name}@site.example\nSubject: Task"),
            "Done.",
        );
        assert_rule(&found, Report, "hold-program");
        assert!(found.may_open_ticket());
    }
    for name in ["borg", "ilo", "root-cause", "backup-team", "monitor.admin"] {
        assert_person(&triage(
            &format!("From: {name}@site.example\nSubject: Task"),
            "Done.",
        ));
    }
}

#[test]
fn notifiers_and_surveys_get_no_answer() {
    assert_rule(
        &triage(
            "Subject: Ann mentioned you",
            "Ann: have a look.\n\nYou are receiving this because you are subscribed to the thread.",
        ),
        Report,
        "hold-notifier-text",
    );
    assert_rule(
        &triage(
            "Subject: Ticket 4471",
            "Your ticket was closed. How would you rate the help that you got?",
        ),
        Report,
        "hold-survey",
    );
    assert_person(&triage(
        "Subject: Survey",
        "A mail asks \"how satisfied are you with us\" and wants my password: phishing.",
    ));
}

/// Whoever writes by Zendesk or Jira has their line on top, too.
#[test]
fn letters_below_the_line_of_a_ticket_system_are_reports() {
    let text = "##- Please type your reply above this line -##\n\nKen (Site)\n\nHi there, we suspended the customer and rotated the keys.";
    let found = triage("Subject: [Site] Re: [CSIRT#000123] Scan", text);
    assert_rule(&found, Report, "hold-first-line");
    let letter = "Dear colleagues, the laptop was reinstalled. Could you send us the indicators?";
    for field in [
        "X-Mailer: osTicket Mailer",
        "X-FreeScout-Mail-Type: customer.message",
    ] {
        assert_person(&triage(&format!("Subject: Re: Ticket\n{field}"), letter));
        let confirms = triage(
            &format!("Subject: Ticket opened\n{field}"),
            "A request for support has been created and assigned ticket #554310.",
        );
        assert!(!confirms.acknowledge);
    }
}

#[test]
fn whoever_has_left_or_closed_is_away() {
    for (subject, text) in [
        (
            "Betriebsferien",
            "Wir haben Betriebsferien vom 16.11. bis 28.11.",
        ),
        (
            "Re: [CSIRT#000123] Scan",
            "Bonjour, je ne fais plus partie de la société. Merci d'adresser vos messages à contact@site.example.",
        ),
        (
            "Re: [CSIRT#000123] Scan",
            "Ya no trabajo en Ejemplo. Contacte con Luz.",
        ),
        (
            "Samodejni odgovor: [CSIRT#000123] Scan",
            "Odsotna sem do 24. novembra.",
        ),
    ] {
        let found = triage(&format!("Subject: {subject}"), text);
        assert_eq!(found.kind, OutOfOffice, "{subject}: {found:?}");
    }
    assert_person(&triage(
        "Subject: Closed for holidays",
        "We were closed until the 15th. Since then our files are encrypted, ransomware.",
    ));
}

/// Words of their own, known by their parts: the mails open a ticket and are not answered.
#[test]
fn free_words_of_automata_are_known_by_their_parts() {
    for (rule, text) in [
        (
            "answers-later",
            "Some days off for me. Your letter will be answered when I return.",
        ),
        (
            "answers-later",
            "Diese Woche kein Büro. Ihre Nachricht kann ich erst ab Mittwoch lesen.",
        ),
        (
            "answers-later",
            "Je prends quelques jours, je vous réponds dès mon retour.",
        ),
        ("answers-later", "Odpovím po návratu."),
        (
            "unread-mailbox",
            "Kindly note that this inbox is unattended.",
        ),
        (
            "unread-mailbox",
            "Dieses alte Postfach wird seit Mai nicht mehr abgerufen.",
        ),
        (
            "challenge-sentence",
            "A filter guards my mail. Certify that you are human by opening https://site.example/v.",
        ),
        (
            "filed-under-number",
            "We passed your complaint on, it was recorded as NA-7712.",
        ),
        (
            "filed-under-number",
            "Votre plainte a été transmise à notre client, dossier 771203.",
        ),
        ("filed-under-number", "您的投诉（编号771209）已转交处理。"),
        (
            "promised-answer",
            "Thanks for dropping a line. One of our humans will get back to you soon.",
        ),
        (
            "promised-answer",
            "Wir melden uns innerhalb von zwei Tagen.",
        ),
    ] {
        let found = triage("Subject: Re: [CSIRT#000123] Scan", text);
        assert_eq!(found.rule.as_deref(), Some(rule), "{text}: {found:?}");
        assert!(found.may_open_ticket() && !found.acknowledge, "{found:?}");
    }
}

#[test]
fn people_who_use_the_same_words_are_answered() {
    for text in [
        "The page is gone. I'll read the logs when I'm back at my desk at two.",
        "Your report was passed to me, our case 88120. I called the customer, he takes the page down.",
        "Thank you for your message, we will look into it and get back to you.",
        "Could one of our teams have caused this? Our team will look into it, ticket 55120.",
        "The mailbox of a retired teacher is not read by anybody, and sends spam to parents. Attack or not?",
        "A mail wants me to confirm that I am human. Is that real?",
        "Ihre Meldung ist bei mir gelandet. Seite gesperrt.",
        "We got your mail, the host is off.",
    ] {
        assert_person(&triage("Subject: Re: [CSIRT#000123] Scan", text));
    }
}

/// People report what happened while they were closed, tell that a host is not theirs any more, and what they did.
#[test]
fn letters_of_people_in_words_of_machines_keep_ticket_and_answer() {
    for (subject, text) in [
        (
            "Ransomware in den Betriebsferien",
            "Guten Tag,\n\nwährend der Betriebsferien und meines Urlaubs wurde unser Server verschlüsselt. Ich bin ab morgen wieder im Büro.",
        ),
        (
            "Incident during our office closure",
            "Hello,\n\nI am on holiday this week, and during it our file server was encrypted by ransomware.",
        ),
        (
            "Compromised account of an employee who has left the company",
            "Hello,\n\nthe account of somebody who has left the company was used for phishing from 192.0.2.10.",
        ),
        (
            "Port 445 bei Ihnen immer noch nicht geschlossen",
            "Guten Tag,\n\nich bin bis heute ohne Antwort. Der Port ist weiter offen.",
        ),
        (
            "Account misused",
            "Hello,\n\nmy account is no longer active since yesterday and I did not do that. Please help.",
        ),
    ] {
        assert_person(&triage(&format!("Subject: {subject}"), text));
    }
    for text in [
        "Guten Tag,\n\ndie genannte Adresse ist nicht mehr in unserem Netz. Bitte wenden Sie sich an den neuen Betreiber.",
        "Buenos días,\n\nla dirección IP indicada ya no pertenece a nuestra red desde 2024.",
        "Bonjour,\n\ncette adresse ne fait plus partie de notre réseau depuis 2024.",
        "Thank you for your report. The account is no longer active.",
        "Guten Tag,\n\ndiese IP-Adresse wird nicht mehr verwendet.",
    ] {
        let head = "Subject: Re: [CSIRT#000123] Scan\nIn-Reply-To: <a@demo.example>";
        let found = triage(head, text);
        assert!(found.acknowledge, "{found:?}: {text}");
    }
}
