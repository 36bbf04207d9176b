//! Rules about header fields: the standards' and the products'.

use super::mail::{Mail, excerpt, harmless};
use super::wording;

/// Fields that only automatic answers carry, with any value.
const AUTO_REPLY_FIELDS: [&str; 15] = [
    "X-Autoreply",
    "X-Auto-Reply",
    "X-AutoReply-From",
    "X-Autoreply-For",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Responder",
    "X-Autoresponse",
    "X-Mail-Autoreply",
    "X-Vacation",
    "X-Vacation-Message",
    "X-Facilitator-Autoreply",
    "X-POST-MessageClass-Autoreply",
    "X-Amazon-Auto-Reply",
    "X-KMail-Vacation",
];

/// Fields of systems that file what they get as tickets or issues. Their people's letters carry most of them, too.
pub(super) const TICKET_FIELDS: [&str; 24] = [
    "RT-Ticket",
    "X-RT-Loop-Prevention",
    "X-RT-Ticket",
    "X-OTRS-Loop",
    "X-OTRS-Ticket",
    "X-Znuny-Loop",
    "X-Zammad-Ticket-Id",
    "X-FreeScout-Mail-Type",
    "X-Freshdesk-Ticket-Id",
    "X-FD-Ticket-Id",
    "X-Zendesk-From-Account-Id",
    "X-Zendesk-Ticket-Id",
    "X-ServiceNow-Generated",
    "X-ServiceNow-SysEmail-Version",
    "X-JIRA-FingerPrint",
    "X-Atlassian-Token",
    "X-SFDC-LK",
    "X-SFDC-User",
    "X-GitHub-Reason",
    "X-GitHub-Sender",
    "X-GitLab-Project",
    "X-Redmine-Host",
    "X-Bugzilla-Reason",
    "X-osTicket-Version",
];

/// The fields that Exim and Gmail put on bounces: no other mail has it.
pub(super) fn failed_recipients(mail: &Mail<'_>) -> Option<String> {
    mail.any_of(&[
        "X-Failed-Recipients",
        "X-Mailer-Daemon-Recipients",
        "X-MS-Exchange-Message-Is-Ndr",
    ])
}

/// An automatic answer by its fields whose words say that somebody is away.
pub(super) fn out_of_office(mail: &Mail<'_>) -> Option<String> {
    let vacation = mail
        .field_where("Auto-Submitted", |value| {
            value.starts_with("auto-replied") && value.contains("vacation")
        })
        .or_else(|| mail.any_of(&["X-Vacation", "X-Vacation-Message", "X-KMail-Vacation"]))
        .or_else(|| mail.field_where("X-Apple-Action", |value| value.trim() == "vacation"));
    let exchange = || mail.any_of(&["X-MS-Exchange-Inbox-Rules-Loop"]);
    let automatic = || {
        auto_replied(mail)
            .or_else(|| auto_reply_product(mail))
            .or_else(|| precedence_auto_reply(mail))
            .or_else(exchange)
    };
    vacation.or_else(|| automatic().filter(|_| wording::speaks_of_absence(mail)))
}

/// RFC 3834's own word for an answer.
pub(super) fn auto_replied(mail: &Mail<'_>) -> Option<String> {
    (mail.auto_submitted() == "auto-replied").then(|| mail.any_of(&["Auto-Submitted"]))?
}

/// Products' fields.
pub(super) fn auto_reply_product(mail: &Mail<'_>) -> Option<String> {
    let plain = mail.any_of(&AUTO_REPLY_FIELDS);
    let freescout = || mail.field_where("X-FreeScout-Mail-Type", |value| value.contains("auto"));
    let exchange = || {
        mail.field_where("X-MS-Exchange-Generated-Message-Source", |value| {
            value.contains("mailbox rules agent")
        })
    };
    let preference = || mail.field_where("Preference", |value| value.contains("auto_reply"));
    let notes = || mail.field_where("X-Notes-Item", |value| value.contains("outofoffice"));
    let delivered = || mail.field_where("Delivered-To", |value| value == "autoresponder");
    plain
        .or_else(freescout)
        .or_else(exchange)
        .or_else(preference)
        .or_else(notes)
        .or_else(delivered)
}

/// The value that hosting panels use for answers only.
pub(super) fn precedence_auto_reply(mail: &Mail<'_>) -> Option<String> {
    let answer = |value: &str| matches!(value.trim(), "auto_reply" | "auto-reply" | "autoreply");
    mail.field_where("Precedence", answer)
        .or_else(|| mail.field_where("X-Precedence", answer))
}

/// What list software itself says to a sender: not a member, awaits moderation, a loop.
pub(super) fn list_administration(mail: &Mail<'_>) -> Option<String> {
    let mailman = mail.field_where("X-List-Administrivia", |value| value.trim() == "yes");
    let subjects = [
        "are not member (",
        "loop alert: ",
        "your message to ",
        "confirm subscribe to ",
        "confirm unsubscribe from ",
    ];
    let worded = || {
        let waits = mail.subject.contains("awaits moderator approval")
            || !mail.subject.starts_with("your message to ");
        let list_owner = mail.sender_names().iter().any(|name| {
            name.ends_with("-admin")
                || name.ends_with("-owner")
                || name.ends_with("-bounces")
                || name.ends_with("-request")
                || name.ends_with("-help")
        });
        (list_owner && waits && subjects.iter().any(|phrase| mail.subject.contains(phrase)))
            .then(|| mail.subject_evidence())
    };
    mailman.or_else(worded)
}

/// RFC 2919 and RFC 2369, and what list software used before them.
pub(super) fn list(mail: &Mail<'_>) -> Option<String> {
    let own = mail.fields("List-Id").any(|field| {
        let id = field.value.to_lowercase();
        let id = id.rsplit_once('<').map_or(id.as_str(), |(_, id)| id);
        mail.policy
            .own_lists
            .contains(id.trim_end_matches('>').trim())
    });
    let marks = [
        "List-Id",
        "List-Post",
        "Mailing-List",
        "X-Mailing-List",
        "X-BeenThere",
        "X-Mailman-Version",
        "X-Google-Group-Id",
        "X-ML-Name",
    ];
    mail.any_of(&marks)
        .or_else(|| mail.field_where("Precedence", |value| value.trim() == "list"))
        .filter(|_| !own)
}

/// Newsletters without a List-Id.
pub(super) fn list_unsubscribe(mail: &Mail<'_>) -> Option<String> {
    let bulk = mail.field_where("Precedence", |value| {
        matches!(value.trim(), "list" | "bulk" | "junk")
    });
    mail.any_of(&["List-Unsubscribe"])
        .filter(|_| bulk.is_some())
}

/// A ticket system acknowledges what we sent: its fields or an automatic submission, with a Subject that says so; or an
/// automatic submission that answers us, with a text that says so. Less would take an analyst's letter, which thanks for our
/// report through the same system, or an automatic abuse report, which says that a complaint was received.
pub(super) fn ticket_acknowledgement(mail: &Mail<'_>) -> Option<String> {
    let answers = automatic(mail).filter(|_| mail.answers() && wording::acknowledges_in_text(mail));
    let system = || mail.any_of(&TICKET_FIELDS).or_else(|| automatic(mail));
    answers.or_else(|| system().filter(|_| wording::acknowledges_in_subject(mail)))
}

/// A null reverse-path on something that answers, and is no bounce, is an automatic answer.
pub(super) fn null_path_answer(mail: &Mail<'_>) -> Option<String> {
    (mail.null_path() && mail.answers()).then(|| "MAIL FROM:<>, In-Reply-To".to_owned())
}

/// Fields of challenge-response products.
pub(super) fn challenge(mail: &Mail<'_>) -> Option<String> {
    let fields = [
        "X-TMDA-Confirm",
        "X-ASK-Info",
        "X-Boxbe-Verify",
        "X-SpamArrest-Challenge",
        "X-Challenge-Response",
        "X-CR-Challenge",
        "X-UOL-AntiSpam",
        "X-Qconfirm",
    ];
    let tmda = || {
        mail.field_where("X-Delivery-Agent", |value| value.contains("tmda"))
            .filter(|_| wording::challenge_words(mail))
    };
    mail.any_of(&fields).or_else(tmda)
}

/// What a trusted filter says, when the policy follows it.
pub(super) fn spam_flag(mail: &Mail<'_>) -> Option<String> {
    flagged(mail).filter(|_| mail.policy.obey_spam_flag)
}

/// `X-Spam-Flag: YES`, only from a relay that we trust: anybody can write it.
pub(super) fn flagged(mail: &Mail<'_>) -> Option<String> {
    mail.field_where("X-Spam-Flag", |value| value.trim() == "yes")
        .filter(|_| mail.envelope.trusted_relay)
}

/// `team+key@…` among the recipients.
pub(super) fn key_recipient(mail: &Mail<'_>) -> Option<String> {
    let asks = |path: &&String| {
        path.to_lowercase()
            .split_once('@')
            .is_some_and(|(local, _)| local.ends_with("+key"))
    };
    mail.envelope
        .forward_paths
        .iter()
        .find(asks)
        .map(|path| harmless(&format!("RCPT TO: {path}")))
}

/// The Auto-Submitted field when it does not say no.
pub(super) fn automatic(mail: &Mail<'_>) -> Option<String> {
    mail.fields("Auto-Submitted")
        .find(|_| !matches!(mail.auto_submitted().as_str(), "" | "no"))
        .map(excerpt)
}
