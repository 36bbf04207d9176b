//! Filed messages, as JSON and for people.

use std::io::Write;

use extract::Extraction;
use intake::authentication::{AuthResults, Scope, Source};
use serde_json::{Value, json};

use super::desk::{Desk, most_octets};
use super::{json as contract, layers};
use crate::actions::thread::LETTER;
use crate::corrections::Standing;
use crate::protection::{
    Lack, NOTHING_SHOWN, OTHER_ADDRESS, PART_GOOD, PART_UNKNOWN, Protected, unopened,
};
use crate::sealing::{Summary, Understood};
use crate::store::EntryRow;
use crate::{concern, corrections, gist, parts, screen};

/// What lists show of an entry.
pub(crate) fn entry_json(entry: &EntryRow, summary: &Summary) -> Value {
    json!({
        "id": entry.id,
        "kind": entry.kind,
        "rule": (!entry.rule.is_empty()).then_some(&entry.rule),
        "evidence": (!summary.evidence.is_empty()).then_some(&summary.evidence),
        "received_at": summary.received_at,
        "octets_less_than": most_octets(entry),
        "sealed_to_analysts": entry.wrapped.message().is_some(),
        "copies": entry.copies,
        "encrypted": entry.was_encrypted,
        "signature": entry.signature,
        "not_opened": (!summary.unopened.is_empty()).then_some(&summary.unopened),
        "from": summary.from,
        "subject": summary.subject,
        "tlp": (!summary.tlp.is_empty()).then_some(&summary.tlp),
        "language": (!summary.language.is_empty()).then_some(&summary.language),
        "gist": summary.gist,
        "foreign_references": summary.foreign,
        "attachments": summary.glance.map(|glance| glance.attachments),
        "sender_proved": summary.glance.map(|glance| glance.is_proved),
        "answer": entry.answer,
        "answered_to": (!summary.answered_to.is_empty()).then_some(&summary.answered_to),
    })
}

/// One entry with everything that was understood.
pub(super) fn full_json(
    desk: &Desk,
    entry: &EntryRow,
    (with_text, standing): (bool, &[Standing<'_>]),
) -> anyhow::Result<Value> {
    let summary = desk.summary(entry);
    let mut value = entry_json(entry, &summary);
    if desk.is_closed(entry) {
        return Ok(value);
    }
    let understood = desk.understood(entry)?;
    concern::add_json(&desk.constituency, &understood.extraction, &mut value);
    corrections::add_json(desk, &understood.extraction, standing, &mut value);
    let Some(object) = value.as_object_mut() else {
        return Ok(value);
    };
    let authentication = authentication(&understood.authentication);
    object.insert("authentication".into(), authentication);
    if let Some(reading) = &understood.reading {
        object.insert("openpgp".into(), contract::openpgp(&reading.openpgp));
        let parts = parts::listed(&understood).map(|one| one.json(with_text));
        object.insert("parts".into(), parts.collect());
    }
    Ok(value)
}

/// `null` when nobody checked.
fn authentication(results: &AuthResults) -> Value {
    if results.source == Source::None {
        return Value::Null;
    }
    let scope = match results.spf.scope {
        Scope::MailFrom => "mailfrom",
        Scope::Helo => "helo",
    };
    let dkim: Vec<Value> = results
        .dkim
        .iter()
        .map(|one| {
            json!({"result": one.result.word(), "domain": one.domain, "selector": one.selector,
                "algorithm": one.algorithm, "reason": one.reason})
        })
        .collect();
    let (spf, dmarc, arc) = (&results.spf, &results.dmarc, &results.arc);
    json!({
        "source": results.source.word(),
        "spf": {"result": spf.result.word(), "domain": spf.domain, "scope": scope, "reason": spf.reason},
        "dkim": dkim,
        "dmarc": {"result": dmarc.result.word(), "domain": dmarc.domain, "policy": dmarc.policy,
            "aligned_spf": dmarc.by_spf, "aligned_dkim": dmarc.by_dkim},
        "arc": {"result": arc.result.word(), "sealer": arc.sealer, "vouched": arc.vouched},
        "dnssec": results.dnssec.word(),
    })
}

/// Said of a message that beat its readers.
const UNREAD: &str = "whatever read it ran out of memory or time, or crashed; it is kept as it came: --raw gives it out";

/// One entry for people.
pub(super) fn write_entry(
    desk: &Desk,
    entry: &EntryRow,
    (with_text, standing): (bool, &[Standing<'_>]),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let summary = desk.summary(entry);
    if desk.is_closed(entry) {
        return write_closed(entry, out);
    }
    let understood = desk.understood(entry)?;
    let mut line = |name: &str, value: &str| -> std::io::Result<()> {
        if value.is_empty() {
            Ok(())
        } else {
            writeln!(out, "  {name:<14}{}", screen::one_line(value, 400))
        }
    };
    line("From", &summary.from)?;
    line("Subject", &summary.subject)?;
    line("Received", &summary.received_at)?;
    line("Kind", &entry.kind)?;
    line("Rule", &entry.rule)?;
    line("Evidence", &summary.evidence)?;
    line("Protection", &protected(entry, &understood))?;
    let openpgp = understood.reading.as_ref().map(|reading| &reading.openpgp);
    for phrase in openpgp.map(layers::phrases).unwrap_or_default() {
        line("OpenPGP", &phrase)?;
    }
    if understood.reading.is_none() {
        line("Not read", UNREAD)?;
    }
    line("Sender", &understood.authentication.line())?;
    line("TLP", &summary.tlp)?;
    line("References", &summary.foreign.join(", "))?;
    line(
        "Copies",
        &if entry.copies > 1 {
            (entry.copies - 1).to_string()
        } else {
            String::new()
        },
    )?;
    line("Extracted", &gist::line(&understood.extraction))?;
    let (view, _) = corrections::view(&understood.extraction, standing);
    let concerned = concern::of_extraction(&desk.constituency, &view);
    line("Concerns", &concern::line(&concerned))?;
    let answer = if entry.kind == LETTER {
        "Sent"
    } else {
        "Answer"
    };
    line(answer, &acknowledgement(entry, &summary))?;
    if understood.reading.is_none() {
        writeln!(
            out,
            "  This message could not be read; it is kept as it came (--raw)."
        )?;
        return Ok(());
    }
    write_indicators(desk, &understood.extraction, out)?;
    corrections::write(standing, out)?;
    write_parts(&understood, with_text, out)
}

/// How it was protected, by what was read of it.
fn protected(entry: &EntryRow, understood: &Understood) -> String {
    let reading = understood.reading.as_ref();
    let unopened = reading.map(unopened).unwrap_or_default();
    let needs_human = match unopened.as_str() {
        "" => "",
        _ => "undecryptable",
    };
    protection(Protected::read(entry, reading, (needs_human, &unopened)))
}

/// What is known of an entry without an analyst's key.
fn write_closed(entry: &EntryRow, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "  Received      in the hour from {}",
        entry.received_hour
    )?;
    writeln!(out, "  Kind          {}", entry.kind)?;
    writeln!(
        out,
        "  Protection    {}",
        protection(Protected::read(entry, None, ("", "")))
    )?;
    writeln!(
        out,
        "  Size          less than {} octets",
        most_octets(entry)
    )?;
    writeln!(
        out,
        "  (sealed to analysts: --analyst opens it with your own key)"
    )?;
    Ok(())
}

fn write_indicators(
    desk: &Desk,
    extraction: &Extraction,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for indicator in &extraction.indicators {
        let (kind, role) = (
            serde_json::to_value(indicator.kind)?,
            serde_json::to_value(indicator.role)?,
        );
        let (kind, role) = (kind.as_str().unwrap_or(""), role.as_str().unwrap_or(""));
        writeln!(
            out,
            "    {kind:<9}{role:<13}{}{}",
            screen::one_line(&indicator.value, 200),
            desk.constituency
                .of_indicator(indicator)
                .map_or_else(String::new, |of| format!("  · {of}"))
        )?;
    }
    Ok(())
}

fn write_parts(
    understood: &Understood,
    with_text: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for one in parts::listed(understood) {
        let part = one.part;
        let name = part.filename.as_deref().unwrap_or("");
        writeln!(
            out,
            "  part {:<8}{} {} ({} octets{}{})",
            part.id,
            part.content_type,
            screen::one_line(name, 80),
            one.size(),
            if part.encrypted { ", encrypted" } else { "" },
            if part.signed { ", signed" } else { "" },
        )?;
        if one.facts.is_some() {
            let (detected, digest) = (one.detected(), one.digest());
            writeln!(out, "    looks like {detected}, SHA-256 {digest}")?;
        }
        if let Some(text) = part.text.as_deref().filter(|_| with_text) {
            for line in screen::printable(text).lines() {
                writeln!(out, "    | {line}")?;
            }
        }
    }
    Ok(())
}

/// How the message was protected, in words; what an analyst must not miss in capitals.
pub(super) fn protection(message: Protected<'_>) -> String {
    let mut words = Vec::new();
    match (message.was_encrypted, message.needs_human) {
        (_, "unread") => words.push("NOT READ"),
        (true, "undecryptable") => words.push(match message.lack() {
            Lack::Key => "CANNOT DECRYPT (no key)",
            Lack::Damaged => "CANNOT DECRYPT (damaged)",
            Lack::Other => "CANNOT DECRYPT",
        }),
        (true, _) => words.push("encrypted"),
        (false, _) => {}
    }
    words.push(match message.signature {
        "none" => "",
        "good" => "signed, key verified",
        PART_GOOD => "PARTLY SIGNED (a part only), key verified",
        PART_UNKNOWN => "PARTLY SIGNED (a part only), key not verified",
        NOTHING_SHOWN => "PARTLY SIGNED (nothing that is shown)",
        OTHER_ADDRESS => "signed, OTHER ADDRESS",
        "good_unknown_key" => "signed, key not verified",
        "missing_key" => "signed, no key",
        "expired_key" => "signed, EXPIRED KEY",
        "revoked_key" => "signed, REVOKED KEY",
        "bad" => "SIGNATURE BAD",
        _ => "SIGNATURE UNREADABLE",
    });
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        "plain".into()
    } else {
        words.join(", ")
    }
}

/// Whether and how it was acknowledged; of a letter of ours, to whom it went.
pub(crate) fn acknowledgement(entry: &EntryRow, summary: &Summary) -> String {
    if entry.kind == LETTER {
        return format!("to {}: {}", summary.answered_to, summary.answer_form);
    }
    match summary.answer_form.as_str() {
        // Sealed to analysts: the form is known, the language is not.
        "" if matches!(entry.answer.as_str(), "signed" | "encrypted" | "clear") => {
            format!("yes, {}", entry.answer)
        }
        "" if entry.answer == "by-rule" => format!("no, by rule {}", entry.rule),
        "" => format!("no: {}", entry.answer),
        form => format!(
            "yes, {form} ({})",
            if summary.answer_language.is_empty() {
                "two languages"
            } else {
                &summary.answer_language
            }
        ),
    }
}
