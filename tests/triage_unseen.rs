//! Mail from sources that no list of ours knows: what stands in front of our tag in any language, machines without their
//! usual fields, and people who report something and will be away. The mails are ours.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "triage/cases.rs"]
#[expect(dead_code, reason = "not every test builds a multipart")]
mod cases;
#[path = "triage/reading.rs"]
mod reading;

use cases::{assert_person, assert_rule, from_path, triage};
use intake::envelope::ReversePath;
use intake::triage::DispositionKind::*;

/// People who report something, answer us, and say that they are or will be away.
const REPORTS_AND_LEAVES: &[&str] = &[
    "Hello,\n\nthe mailbox of a student was used for phishing. I'll be on leave from Monday; please contact my colleague Tom.",
    "Hi, I will be out of the office until Monday. Since this morning somebody sends malware to our staff in your name.",
    "Guten Tag, ab Montag bin ich im Urlaub. Bis dahin: unser Webserver wurde gehackt. Meine Vertretung ist Frau Klein.",
    "Bonjour, je serai en congé à partir de lundi. Nos agents reçoivent un hameçonnage à votre nom. Contactez la DSI.",
    "Buenos días: estaré fuera hasta el jueves. Hemos visto un ataque contra el correo web.",
    "Buongiorno, da lunedì sarò in ferie. Il sito è stato compromesso ieri. Rivolgersi a Luca.",
    "Dzień dobry, od poniedziałku jestem na urlopie. Dostajemy podejrzane wiadomości od wczoraj. Kontakt z Anną.",
    "您好，我将于下周一休假，请联系李娜。我们发现一个冒充贵单位的钓鱼网站。",
];

#[test]
fn who_reports_and_leaves_is_answered() {
    for text in REPORTS_AND_LEAVES {
        for subject in ["Incident", "Re: [CSIRT#000123] Incident"] {
            assert_person(&triage(&format!("Subject: {subject}"), text));
        }
    }
    // Where to turn to about incidents is no report, nor are thanks for one.
    let refers = "Thank you for reporting the phishing. I am out of the office until Monday. For security incidents such as malware, please contact soc@site.example.";
    assert_rule(
        &triage("Subject: Re: [CSIRT#000123] Scan", refers),
        OutOfOffice,
        "out-of-office-text",
    );
}

#[test]
fn the_word_for_automatic_before_our_tag_in_any_language() {
    for prefix in [
        "Auto",
        "Pranešimas (automatinis)",
        "Teachtaireacht uathoibríoch",
        "Sjálfvirkt skeyti",
        "Messaġġ awtomatiku",
        "Otomatik mesaj",
        "Samodejno obvestilo",
        "Автоматска порака",
        "Автоматическое уведомление",
        "Αυτόματο μήνυμα",
        "自動メール",
        "自动通知",
        "자동 안내",
        "ข้อความอัตโนมัติ",
        "Thông báo tự động",
        "رسالة تلقائية",
        "پیام خودکار",
        "הודעה אוטומטית",
        "स्वचालित संदेश",
    ] {
        assert_rule(
            &triage(
                &format!("Subject: {prefix}: [CSIRT#000123] Scan"),
                "Ez dago hemen.",
            ),
            AutoReply,
            "auto-reply-prefix",
        );
        assert_person(&triage(
            &format!("Subject: {prefix}: [CSIRT#000123] Scan"),
            "192.0.2.7 is still scanning us.",
        ));
    }
    assert_rule(
        &triage(
            "Subject: Автоматска порака: [CSIRT#000123] Scan",
            "На годишен одмор сум.",
        ),
        OutOfOffice,
        "out-of-office-subject",
    );
    for subject in ["Photo: [CSIRT#000123] Scan", "Logs: [CSIRT#000123] Scan"] {
        assert_person(&triage(&format!("Subject: {subject}"), "See there."));
    }
}

#[test]
fn a_shared_mailbox_that_confirms_is_not_absent() {
    let head = "Subject: Automatic reply: [CSIRT#000123] Scan\nX-MS-Has-Attach:";
    let confirms = triage(head, "We have received your message and will look at it.");
    assert_rule(&confirms, AutoReply, "auto-reply-subject");
    let soon = triage(head, "It will be answered within two working days.");
    assert_rule(&soon, AutoReply, "auto-reply-subject");
    let absent = triage(head, "Back next week.");
    assert_rule(&absent, OutOfOffice, "out-of-office-subject");
}

#[test]
fn who_speaks_of_our_automatic_reply_is_a_person() {
    for text in [
        "I got your automatic reply, but the host http://192.0.2.15/b.sh is still up.",
        "We have received your automatic reply. Nothing else happened, please look again.",
        "I only got an automatic response on Friday, thanks for contacting them.",
    ] {
        assert_person(&triage(
            "Subject: Re: Automatic reply: Malware on 192.0.2.15\nIn-Reply-To: <a@demo.example>",
            text,
        ));
    }
}

#[test]
fn machines_without_their_usual_fields() {
    let found = triage(
        "Subject: Re: [CSIRT#000123] Verification required",
        "Al uses a spam blocker. Click this link to prove you are a real person: https://verify.site.example/a",
    );
    assert_rule(&found, Challenge, "challenge-text");
    let found = triage(
        "From: noreply@site.example\nSubject: Your complaint, case 771231",
        "Thank you for contacting us. It will be handled in the order received.",
    );
    assert_rule(&found, AutoReply, "acknowledgement-wording");
    let found = triage(
        "Subject: [Desk #4521] Nouveau ticket [CSIRT#000123]\nAuto-Submitted: auto-generated",
        "URL : https://desk.site.example/4521",
    );
    assert_rule(&found, AutoReply, "automatic-answer");
    // An automatic report tells of a host.
    let found = triage(
        "Subject: [Ticket#2026111610001234] Abuse\nAuto-Submitted: auto-generated",
        "192.0.2.7 attacked us.",
    );
    assert_rule(&found, Report, "hold-auto-submitted");
    let found = triage(
        "Subject: Certificate expires\nX-Mandrill-User: md_1",
        "Your certificate expires soon.",
    );
    assert_rule(&found, Report, "hold-bulk-mailer");
    let found = triage(
        "Subject: Maintenance on Sunday",
        "Hello,\n\nour systems are down on Sunday.\n\nThis is an automatically generated message. Please do not reply.",
    );
    assert_rule(&found, Report, "hold-last-line");
    assert_person(&triage(
        "Subject: Scan",
        "Hello,\n\nour sensor says:\n192.0.2.7 scans 198.51.100.1\nThis is an automatically generated message. Please do not reply.",
    ));
}

#[test]
fn lists_by_their_owner_and_by_single_fields() {
    let path = ReversePath::Mailbox("owner-firewalls@site.example".to_owned());
    let post = "From: Ann <ann@site.example>\nSubject: x\nPrecedence: bulk\n\nx\n";
    assert_rule(&from_path(path.clone(), post), List, "list-owner");
    // The owner of an alias alone makes no list.
    let alias = "From: Ann <ann@site.example>\nSubject: x\n\nx\n";
    assert_rule(&from_path(path, alias), Report, "hold-sender");
    for field in ["List-Owner", "List-Archive", "List-Subscribe"] {
        let found = triage(
            &format!("Subject: x\n{field}: <mailto:a@site.example>"),
            "x",
        );
        assert_rule(&found, List, "list-id");
    }
    let found = triage(
        "Subject: You were seen\nList-Unsubscribe: <https://site.example/u>\nFeedback-ID: x:site",
        "See who is looking.",
    );
    assert_rule(&found, List, "newsletter");
}

#[test]
fn words_between_the_words_of_a_phrase() {
    for text in [
        "Vielen Dank für Ihre Nachricht. Ich bin vom 16.11. bis 27.11. nicht im Haus. In dringenden Fällen: info@site.example",
        "I am, from 16 to 27 November, out of the office. Please contact bob@site.example.",
        "Bonjour, je serai du 16 au 27 novembre absente. En cas d'urgence : bob@site.example",
        "Ik ben van 16 tot 27 november afwezig. Voor dringende zaken: bob@site.example",
        "Здравствуйте! Я с 16 до 27 ноября в отпуске. Обращайтесь: bob@site.example",
    ] {
        assert_rule(
            &triage("Subject: Re: [CSIRT#000123] Scan", text),
            OutOfOffice,
            "out-of-office-text",
        );
    }
    let opened = "Hello,\n\nThank you for your report. A ticket (CL-9912) has been opened and will be processed.";
    assert_rule(
        &triage("Subject: Re: [CSIRT#000123] Malware", opened),
        AutoReply,
        "acknowledgement-wording",
    );
    for (subject, text) in [
        (
            "Re: [CSIRT#000123] Scan",
            "I am sure of it. Two people on leave were phished, please look again.",
        ),
        (
            "Case 12",
            "Case 12 has been opened by the police. What do you need?",
        ),
    ] {
        assert_person(&triage(&format!("Subject: {subject}"), text));
    }
}

#[test]
fn whole_last_lines_that_ask_for_no_answer() {
    let found = triage(
        "Subject: Ihre Anfrage 8817221",
        "Guten Tag,\n\nwir haben Ihre Anfrage erhalten und melden uns.\n\nDiese E-Mail wurde automatisch erstellt.",
    );
    assert_rule(&found, AutoReply, "acknowledgement-wording");
    let found = triage(
        "Subject: Your scan",
        "It was passed on.\n\nPlease do not reply to this message.",
    );
    assert_rule(&found, Report, "hold-last-line");
    assert_person(&triage(
        "Subject: Re: [CSIRT#000123] Scan",
        "It was passed on.\n\nPlease do not reply to this message, my mailbox is read by others.",
    ));
}

#[test]
fn the_first_sentence_that_tells_something() {
    for text in [
        "Thank you for your email! I am on sabbatical through January 2027. My deputy is Kim.",
        "Guten Tag, vielen Dank für Ihre E-Mail. Ich bin erst am 30.11. wieder im Büro.",
        "Bonjour, actuellement en congés, je lirai votre message à mon retour le 30 novembre.",
        "Estimada Ana, me encuentro disfrutando de mis vacaciones hasta el 30 de noviembre.",
        "您好，我正在出差，11月30日回来后会回复您。",
    ] {
        assert_rule(
            &triage("Subject: Re: [CSIRT#000123] Scan", text),
            OutOfOffice,
            "out-of-office-text",
        );
        // The first letter of somebody may begin so, too.
        assert_person(&triage("Subject: My account", text));
    }
    for text in [
        "Thank you, we closed the port. I will be back on Monday 23 and check the others.",
        "Danke für die Meldung. Der Server ist seit 10 Uhr abgeschaltet. Ab morgen bin ich im Urlaub.",
        "Merci pour le signalement. Le client a été prévenu à 10 h. Je suis absent la semaine prochaine.",
        "Tack, vi har stängt av kontot kl. 10. Jag är ledig i morgon.",
    ] {
        assert_person(&triage("Subject: Re: [CSIRT#000123] Scan", text));
    }
}

#[test]
fn mailboxes_that_nobody_reads_and_numbers_of_tickets() {
    for (text, rule) in [
        (
            "This inbox is no longer in use. Please use our form.",
            "automatic-answer-text",
        ),
        (
            "Hello\n\nYour ticket number is 88-12.",
            "acknowledgement-wording",
        ),
        (
            "Ihre Meldung ist unter der Vorgangsnummer 2211 bei uns eingegangen.",
            "acknowledgement-wording",
        ),
        (
            "Ваше обращение №7781 принято в работу.",
            "acknowledgement-wording",
        ),
        (
            "Transmis sous ABU-2211.\n\nCeci est un message automatique.",
            "automatic-answer",
        ),
    ] {
        let found = triage("Subject: Re: [CSIRT#000123] Scan", text);
        assert_rule(&found, AutoReply, rule);
    }
    assert_person(&triage(
        "Subject: Re: [CSIRT#000123] Scan",
        "Your helpdesk says \"this mailbox is not monitored\". Who reads it?",
    ));
}
