//! What the sender wrote himself, told apart from what he quotes, signs and passes on. The letters are ours; the lines that
//! introduce originals are what clients write.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use intake::message::SegmentKind::{self, *};
use intake::message::{html_to_text, own_text, segments};
use proptest::prelude::*;

/// Kind and text of each segment, blanks around it away.
fn pieces<'a>(text: &'a str, subject: &str) -> Vec<(SegmentKind, &'a str)> {
    segments(text, subject)
        .into_iter()
        .map(|segment| (segment.kind, text[segment.start..segment.end].trim()))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// Attributions of clients.
const ATTRIBUTIONS: &[&str] = &[
    "On Tue, Mar 5, 2024 at 1:11 AM Ann Example <ann@site.example> wrote:",
    "On Tue, Mar 5, 2024 at 1:11 AM Ann Example <\nann@site.example> wrote:",
    "On 05/03/2024 01:11, Ann Example wrote:",
    "Ann Example <ann@site.example> wrote on 05.03.2024:",
    "Le mar. 5 mars 2024 à 01:11, Ann Example <ann@site.example> a écrit :",
    "Le 05/03/2024 à 01:11, Ann Example a écrit :",
    "Am Di., 5. März 2024 um 01:11 Uhr schrieb Ann Example <ann@site.example>:",
    "Am 05.03.24 um 01:11 schrieb Ann Example:",
    "El mar, 5 mar 2024 a las 1:11, Ann Example (<ann@site.example>) escribió:",
    "El 5/3/24 a las 1:11, Ann Example escribió:",
    "Il giorno mar 5 mar 2024 alle ore 01:11 Ann Example <ann@site.example> ha scritto:",
    "Em ter., 5 de mar. de 2024 às 01:11, Ann Example <ann@site.example> escreveu:",
    "Op di 5 mrt 2024 om 01:11 schreef Ann Example <ann@site.example>:",
    "Den tis 5 mars 2024 kl 01:11 skrev Ann Example <ann@site.example>:",
    "W dniu 5.03.2024 o 01:11, Ann Example pisze:",
    "Dne 05. 03. 24 v 1:11 Ann Example napsal(a):",
    "05.03.2024 01:11, Ann Example <ann@site.example> пишет:",
    "2024年3月5日(火) 1:11 Ann Example <ann@site.example> のメール:",
];

/// Separators that say that the message is passed on.
const FORWARDS: &[&str] = &[
    "---------- Forwarded message ---------",
    "---------- Forwarded message ----------",
    "-------- Forwarded Message --------",
    "Begin forwarded message:",
    "-------- Message transféré --------",
    "Début du message réexpédié :",
    "-------- Weitergeleitete Nachricht --------",
    "Anfang der weitergeleiteten Nachricht:",
    "-------- Mensaje reenviado --------",
    "Inicio del mensaje reenviado:",
    "-------- Messaggio inoltrato --------",
    "-------- Mensagem encaminhada --------",
    "-------- Doorgestuurd bericht --------",
];

/// Separators and headers that Outlook and its like put before answers and forwarded mail alike.
const ORIGINALS: &[&str] = &[
    "-----Original Message-----\nFrom: Ann Example <ann@site.example>\nSent: Tuesday, March 5, 2024 1:11 AM\nTo: CSIRT <csirt@demo.example>\nSubject: Scan",
    "________________________________\nFrom: Ann Example <ann@site.example>\nSent: Tuesday, March 5, 2024 1:11 AM\nTo: CSIRT <csirt@demo.example>\nSubject: Scan",
    "From: Ann Example <ann@site.example>\nDate: Tuesday, 5 March 2024 at 01:11\nTo: CSIRT <csirt@demo.example>\nCc: A <a@b.example>,\nB <b@b.example>\nSubject: Scan",
    "-----Ursprüngliche Nachricht-----\nVon: Ann Example <ann@site.example>\nGesendet: Dienstag, 5. März 2024 01:11\nAn: CSIRT\nBetreff: Scan",
    "*Von:* Ann Example <ann@site.example>\n*Gesendet:* Dienstag, 5. März 2024 01:11\n*An:* CSIRT\n*Betreff:* Scan",
    "De : Ann Example <ann@site.example>\nEnvoyé : mardi 5 mars 2024 01:11\nÀ : CSIRT\nObjet : Scan",
    "-----Message d'origine-----\nDe : Ann Example\nEnvoyé : mardi 5 mars 2024 01:11\nÀ : CSIRT\nObjet : Scan",
    "De: Ann Example <ann@site.example>\nEnviado el: martes, 5 de marzo de 2024 1:11\nPara: CSIRT\nAsunto: Scan",
    "Da: Ann Example <ann@site.example>\nInviato: martedì 5 marzo 2024 01:11\nA: CSIRT\nOggetto: Scan",
    "Van: Ann Example <ann@site.example>\nVerzonden: dinsdag 5 maart 2024 01:11\nAan: CSIRT\nOnderwerp: Scan",
    "De: Ann Example <ann@site.example>\nEnviado: terça-feira, 5 de março de 2024 01:11\nPara: CSIRT\nAssunto: Scan",
    "Från: Ann Example <ann@site.example>\nSkickat: den 5 mars 2024 01:11\nTill: CSIRT\nÄmne: Scan",
    "差出人: Ann Example\n送信日時: 2024年3月5日 1:11\n宛先: CSIRT\n件名: Scan",
];

#[test]
fn answers_above_below_and_between_a_quotation() {
    for attribution in ATTRIBUTIONS {
        let quotation = format!("{attribution}\n> We see scans\n>> of 192.0.2.1\n>\n> Ann");
        let quotation = quotation.as_str();
        let above = format!("Thank you.\n\n{quotation}\n");
        assert_eq!(
            pieces(&above, "Re: x"),
            [(Own, "Thank you."), (Quoted, quotation)],
            "{attribution}"
        );
        let below = format!("{quotation}\n\nThank you.\n");
        assert_eq!(
            pieces(&below, "Re: x"),
            [(Quoted, quotation), (Own, "Thank you.")],
            "{attribution}"
        );
    }
    let between = "Hi,\n\n> First?\nYes.\n> Second?\n\nNo.\n";
    assert_eq!(
        pieces(between, "Re: x"),
        [
            (Own, "Hi,"),
            (Quoted, "> First?"),
            (Own, "Yes."),
            (Quoted, "> Second?"),
            (Own, "No.")
        ]
    );
    assert_eq!(own_text(between, "Re: x"), "Hi,\n\nYes.\n\nNo.\n");
}

#[test]
fn a_quotation_without_marks_goes_to_the_end() {
    for attribution in ATTRIBUTIONS.iter().filter(|line| line.contains('@')) {
        let text = format!("Thank you.\n\n{attribution}\n\nWe see scans\n\nof 192.0.2.1\n");
        let found = pieces(&text, "Re: x");
        assert_eq!(found[0], (Own, "Thank you."), "{attribution}");
        assert_eq!((found.len(), found[1].0), (2, Quoted), "{attribution}");
    }
    for text in [
        "On 3 March 2024 the intruder wrote:\n\n<?php evil(); ?>\n\nPlease look at it.\n",
        "The victim wrote:\n\nhelp\n",
        "We saw this request on the server:\n\nGET /\n",
    ] {
        assert_eq!(pieces(text, "Intrusion").len(), 1, "{text}");
    }
}

#[test]
fn forwarded_mail_is_told_apart() {
    for forward in FORWARDS {
        let text = format!(
            "Please look.\n\n{forward}\nFrom: Bob <bob@site.example>\nDate: Tue, 5 Mar 2024\nSubject: Phish\nTo: Ann <ann@site.example>\n\nClick here\n> now\n"
        );
        let found = pieces(&text, "Re: no matter what");
        let kinds: Vec<SegmentKind> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            [Own, ForwardedHeader, Forwarded],
            "{forward}: {found:?}"
        );
        assert!(
            found[1].1.starts_with(forward) && found[1].1.ends_with("ann@site.example>"),
            "{found:?}"
        );
        let quoting = format!(
            "Please look.\n\n{forward}\n\n> From: Bob <bob@site.example>\n> Subject: Phish\n>\n> Click here\n\nBye\n"
        );
        let kinds: Vec<SegmentKind> = pieces(&quoting, "Fwd: Phish")
            .iter()
            .map(|(kind, _)| *kind)
            .collect();
        assert_eq!(kinds, [Own, ForwardedHeader, Forwarded, Own], "{forward}");
    }
}

#[test]
fn the_subject_tells_an_answer_from_a_forwarded_message() {
    for original in ORIGINALS {
        let text = format!("Please look.\n\n{original}\n\nClick here\n");
        for (subject, kinds) in [
            ("Fwd: Scan", [Own, ForwardedHeader, Forwarded].as_slice()),
            ("WG: Scan", &[Own, ForwardedHeader, Forwarded]),
            ("Scan", &[Own, ForwardedHeader, Forwarded]),
            ("Re: Scan", &[Own, Quoted]),
            ("AW: Scan", &[Own, Quoted]),
            ("[CSIRT#000123] RE: Scan", &[Own, Quoted]),
        ] {
            let found: Vec<SegmentKind> = pieces(&text, subject)
                .iter()
                .map(|(kind, _)| *kind)
                .collect();
            assert_eq!(found, kinds, "{subject}: {original}");
        }
    }
    // A form is no header.
    let form = "From: 192.0.2.1\nPort: 22\nWhat: scan\n\nBye\n";
    assert_eq!(pieces(form, "Scan").len(), 1);
}

#[test]
fn signatures() {
    let text = "Hello\n\n-- \nAnn\nTel. 1\n\n> quoted\nmore\n";
    assert_eq!(
        pieces(text, "Re: x"),
        [
            (Own, "Hello"),
            (Signature, "-- \nAnn\nTel. 1"),
            (Quoted, "> quoted"),
            (Own, "more")
        ]
    );
    for client in [
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Envoyé de mon iPhone",
        "Envoyé à partir d’Outlook",
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android",
        "Enviado desde mi iPhone",
        "Obtener Outlook para iOS",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Enviado do meu iPhone",
    ] {
        let alone = format!("Hello\n\n{client}\n");
        assert_eq!(pieces(&alone, "x"), [(Own, "Hello"), (Signature, client)]);
        let above = format!(
            "Hello\n\n{client}\n\nOn 05/03/2024 01:11, Ann <ann@site.example> wrote:\n> x\n"
        );
        let kinds: Vec<SegmentKind> = pieces(&above, "Re: x")
            .iter()
            .map(|(kind, _)| *kind)
            .collect();
        assert_eq!(kinds, [Own, Signature, Quoted], "{client}");
    }
    // People write on after such words, and use dashes as rulers.
    let story = format!(
        "Sent from my account were {}\n",
        "many phishing mails.\nLook:\n".repeat(9)
    );
    assert_eq!(pieces(&story, "x").len(), 1);
    let ruler = format!("Logs:\n--\n{}", "192.0.2.1 failed\n".repeat(40));
    assert_eq!(pieces(&ruler, "x").len(), 1);
}

#[test]
fn quotations_in_html() {
    let gmail = "<div>Thank you.</div><br><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Tue, Mar 5, 2024 at 1:11 AM Ann &lt;<a href=\"mailto:ann@site.example\">ann@site.example</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\"><div>We see scans</div><div>of 192.0.2.1</div></blockquote></div><div>Bye</div>";
    let text = html_to_text(gmail);
    let found = pieces(&text, "Re: x");
    let kinds: Vec<SegmentKind> = found.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Own, Quoted, Own], "{text}");
    assert!(found[1].1.contains("> of 192.0.2.1"), "{text}");
    let thunderbird = "<p>Yes.</p><div class=\"moz-cite-prefix\">Am 05.03.24 um 01:11 schrieb Ann:<br></div><blockquote type=\"cite\"><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>No.</p>";
    let text = html_to_text(thunderbird);
    assert!(text.contains("> > b"), "{text}");
    let kinds: Vec<SegmentKind> = pieces(&text, "Re: x")
        .iter()
        .map(|(kind, _)| *kind)
        .collect();
    assert_eq!(kinds, [Own, Quoted, Own], "{text}");
    for outlook in [
        "<div>Yes.</div><hr><div id=\"divRplyFwdMsg\"><font><b>From:</b> Ann &lt;ann@site.example&gt;<br><b>Sent:</b> Tuesday, March 5, 2024 1:11 AM<br><b>To:</b> CSIRT<br><b>Subject:</b> Scan</font></div><div>old</div>",
        "<p>Yes.</p><div class=\"OutlookMessageHeader\"><font>-----Original Message-----<br><b>From:</b> Ann [mailto:ann@site.example]<br><b>Sent:</b> Tuesday<br><b>To:</b> CSIRT<br><b>Subject:</b> Scan<br><br></font></div><p>old</p>",
    ] {
        let text = html_to_text(outlook);
        let kinds: Vec<SegmentKind> = pieces(&text, "RE: Scan")
            .iter()
            .map(|(kind, _)| *kind)
            .collect();
        assert_eq!(kinds, [Own, Quoted], "{text}");
    }
}

/// Pieces of which hostile and ordinary texts are made.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    " ",
    "> ",
    ">",
    "-- \n",
    "--\n",
    "On 5 Mar 2024 at 1:11, a@b wrote:\n",
    "wrote:\n",
    "-----Original Message-----\n",
    "---------- Forwarded message ---------\n",
    "From: a\n",
    "Sent: b\n",
    "To: c\n",
    "Subject: d\n",
    "Sent from my iPhone\n",
    "text ",
    "é",
    "\u{2028}",
    "________________________________\n",
    "Le ",
    "Am ",
    ":",
    "@",
    "：\n",
    "\u{0}",
];

proptest! {
    #[test]
    fn segments_cover_every_text_exactly(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..200), subject in "(Re: |Fwd: |\\[x\\] AW: )?[a-z]{0,5}") {
        let text = pieces.concat();
        let found = segments(&text, &subject);
        let mut at = 0;
        let mut before = None;
        for segment in found {
            prop_assert_eq!(segment.start, at);
            prop_assert!(segment.end > segment.start);
            prop_assert!(text.is_char_boundary(segment.end));
            prop_assert!(before != Some(segment.kind), "neighbours are merged");
            before = Some(segment.kind);
            at = segment.end;
        }
        prop_assert_eq!(at, text.len());
    }
}

/// The texts are long enough that a scan of quadratic time would not end within the patience of the test run.
#[test]
fn hostile_texts_end() {
    for piece in [
        "> ",
        ">\n",
        "\n",
        "--\n",
        "Sent from my iPhone\n",
        "On \n",
        "On 11 a@b\n",
        "From: a\n",
        "From: a\n\n",
        "Begin forwarded message:\n",
        "-----Original Message-----\n",
        "________________________________\n",
        "On 5 Mar 2024 wrote:\n",
        "On 5 Mar 2024 wrote:\n\n",
        "--\n\n\n",
        "a wrote:\n>\n",
    ] {
        let text = piece.repeat((1 << 17) / piece.len());
        assert_eq!(segments(&text, "Re: x").last().unwrap().end, text.len());
    }
    let deep = html_to_text(&format!(
        "{}{}",
        "<blockquote>".repeat(100_000),
        "x<br>".repeat(100_000)
    ));
    assert!(deep.len() < 2_000_000 && deep.contains("> > > x"));
}
