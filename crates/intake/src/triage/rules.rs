//! The ordered table of rules: name, what is read, where the rule comes from, what it decides.

use self::Decides::{Guess, Hold, Kind};
use super::DispositionKind::{self, *};
use super::mail::Mail;
use super::{
    automatic, composed, confirmed, header, hold, notifier, product, sentences, structure, tagged,
    wording,
};

/// One row of the table.
pub struct Rule {
    /// Stable: stored beside the message, named in the configuration to switch the rule off.
    pub name: &'static str,
    /// What it reads.
    pub reads: &'static str,
    /// The RFC section or the product that it is true of.
    pub source: &'static str,
    /// What follows when it matches.
    pub decides: Decides,
    test: fn(&Mail<'_>) -> Option<String>,
}

/// What a rule may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// What the message is.
    Kind(DispositionKind),
    /// What the message probably is, by its words alone: it is not answered, and opens a ticket all the same.
    Guess(DispositionKind),
    /// That it may not be answered automatically, whatever it is.
    Hold,
}

impl Rule {
    /// Whether what it decides may open a ticket.
    pub fn may_open_ticket(&self) -> bool {
        match self.decides {
            Decides::Kind(kind) => kind.may_open_ticket(),
            Decides::Guess(_) | Decides::Hold => true,
        }
    }

    /// The evidence, when the rule matches.
    pub(super) fn evidence(&self, mail: &Mail<'_>) -> Option<String> {
        (self.test)(mail)
    }
}

/// All rules in the order in which they are asked.
pub fn rules() -> &'static [Rule] {
    RULES
}

/// Whether the rule of that name only guesses.
pub(super) fn is_guess(name: &str) -> bool {
    RULES
        .iter()
        .any(|rule| rule.name == name && matches!(rule.decides, Decides::Guess(_)))
}

const fn rule(
    decides: Decides,
    name: &'static str,
    reads: &'static str,
    source: &'static str,
    test: fn(&Mail<'_>) -> Option<String>,
) -> Rule {
    Rule {
        name,
        reads,
        source,
        decides,
        test,
    }
}

#[rustfmt::skip]
static RULES: &[Rule] = &[
    // Ours.
    rule(Kind(OwnLoop), "own-loop-token", "X-Pillarbox-Loop", "our own mail; T50", structure::own_loop_token),
    rule(Kind(OwnLoop), "own-loop-sender", "From, X-Pillarbox-Loop, Message-ID", "our own mail; L1", structure::own_loop_sender),
    // Structure.
    rule(Kind(DispositionNotification), "mdn", "Content-Type", "RFC 8098 section 3", structure::disposition_notification),
    rule(Kind(DispositionNotification), "mdn-part", "Content-Type, parts, with a receipt's Subject or a sign of automation", "clients that send multipart/mixed", structure::disposition_part),
    rule(Kind(FeedbackReport), "arf", "Content-Type, parts", "RFC 5965 section 2", structure::feedback_report),
    rule(Kind(FeedbackReport), "xarf-header", "X-ARF, X-XARF", "X-ARF 0.1 and 0.2, XARF 3", structure::xarf_header),
    rule(Kind(FeedbackReport), "xarf-json", "JSON parts", "XARF 3 and 4", structure::xarf_json),
    rule(Kind(FeedbackReport), "complaint", "Subject, parts", "Outlook.com JMRP", structure::complaint),
    rule(Kind(FeedbackReport), "ses-complaint", "text: JSON", "Amazon SES, SNS", product::ses_complaint),
    rule(Kind(AutoReply), "rfc8460-tls-report", "Content-Type, parts", "RFC 8460 section 5.3", structure::tls_report),
    rule(Kind(FeedbackReport), "dmarc-report", "Subject, parts", "RFC 7489 section 7.2.1.1", structure::dmarc_report),
    rule(Kind(AutoReply), "calendar-reply", "parts: text/calendar with METHOD:REPLY, COUNTER or CANCEL", "RFC 5546 section 3.2: Outlook, Google Calendar, Apple Mail", structure::calendar_reply),
    rule(Kind(Challenge), "challenge-header", "fields of challenge-response products", "TMDA, ASK, Boxbe, SpamArrest", header::challenge),
    rule(Kind(Challenge), "challenge-sender", "From, reverse-path, In-Reply-To", "Boxbe, SpamArrest, MailInBlack and others", product::challenge_domain),
    rule(Kind(Challenge), "challenge-address", "Reply-To, From, In-Reply-To", "TMDA, qconfirm, qmail-confirm", product::confirm_address),
    rule(Kind(Challenge), "challenge-wording", "Subject, text, with a sign of automation", "qconfirm, TMDA, EarthLink, UOL", wording::challenge),
    rule(Guess(Challenge), "challenge-text", "beginning of text, In-Reply-To or a ticket's number", "EarthLink, SpamArrest, UOL, MailInBlack behind the user's own address", sentences::challenge),
    rule(Kind(DeliveryStatus), "dsn", "Content-Type, parts", "RFC 3464 section 2, RFC 6522", structure::delivery_status),
    rule(Kind(DeliveryStatus), "dsn-part", "parts, with a sign of automation", "MTAs that send multipart/mixed", structure::delivery_status_part),
    rule(Kind(DeliveryStatus), "dsn-failed-recipients", "X-Failed-Recipients", "Exim, Gmail", header::failed_recipients),
    rule(Kind(DeliveryStatus), "ses-notice", "text: JSON", "Amazon SES, SNS", product::ses_delivery),
    rule(Kind(DeliveryStatus), "bounce-daemon", "From", "sendmail, qmail, Postfix and others: MAILER-DAEMON", wording::bounce_from_daemon),
    rule(Kind(DeliveryStatus), "bounce-sender-wording", "reverse-path, From, Auto-Submitted, Subject, text", "free-text bounces", wording::bounce_from_machine),
    rule(Guess(DeliveryStatus), "bounce-postmaster-wording", "From, Subject or beginning of text", "free-text bounces from postmaster; people write from there, too", wording::bounce_from_postmaster),
    rule(Guess(DeliveryStatus), "bounce-wording", "Subject, and beginning of text together", "free-text bounces from ordinary addresses", wording::bounce_in_words),
    rule(Guess(DeliveryStatus), "bounce-subject-end", "end of Subject, beginning of text", "gateways that append to the Subject", sentences::failure_behind),
    rule(Guess(DeliveryStatus), "bounce-returned-original", "beginning of text, the line before a returned original", "qmail, Exim, Postfix, sendmail behind another sender", sentences::returned_original),
    // Header fields.
    rule(Kind(OutOfOffice), "out-of-office-header", "Auto-Submitted and products' fields, with words of absence", "RFC 3834, RFC 5230, Exchange, Gmail, Zimbra", header::out_of_office),
    rule(Kind(AutoReply), "rfc3834-auto-replied", "Auto-Submitted: auto-replied", "RFC 3834 section 5", header::auto_replied),
    rule(Kind(AutoReply), "auto-reply-header", "X-Autoreply, X-Autorespond and others", "Gmail, cPanel, GroupWise, FreeScout, Exchange rules", header::auto_reply_product),
    rule(Kind(AutoReply), "precedence-auto-reply", "Precedence: auto_reply", "autoresponders of hosting panels", header::precedence_auto_reply),
    rule(Kind(AutoReply), "list-administration", "X-List-Administrivia, Sender, ML software", "Mailman, fml, ezmlm", header::list_administration),
    rule(Kind(List), "list-id", "List-Id, List-Post and older forms", "RFC 2919, RFC 2369, Mailman, ezmlm, Google Groups", header::list),
    rule(Kind(List), "list-owner", "Sender, reverse-path, with Precedence", "RFC 3834 section 2, Majordomo, ezmlm, LISTSERV", header::list_owner),
    rule(Kind(List), "list-precedence", "List-Unsubscribe with Precedence: list or bulk", "RFC 2369, newsletters", header::list_unsubscribe),
    rule(Guess(List), "newsletter", "List-Unsubscribe with List-Unsubscribe-Post, Feedback-ID, or a sender that nobody reads, without hosts in the text", "RFC 8058; SendGrid, Mailgun, SparkPost, Mailjet", header::newsletter),
    // Wording.
    rule(Kind(OutOfOffice), "out-of-office-subject", "Subject", "Exchange, Notes, GroupWise and others in 25 languages", wording::out_of_office),
    rule(Kind(AutoReply), "auto-reply-subject", "Subject", "autoresponders without fields", wording::auto_reply),
    rule(Kind(DispositionNotification), "receipt-wording", "Subject and text together", "Exchange, Notes, GroupWise", sentences::read_receipt),
    rule(Kind(AutoReply), "ticket-acknowledgement", "products' fields or Auto-Submitted, with the words of an acknowledgement", "RT, OTRS, Znuny, Zammad, Zendesk, Freshdesk, Jira, ServiceNow", header::ticket_acknowledgement),
    rule(Kind(OutOfOffice), "out-of-office-text", "the whole of a short text, without hosts in it", "people's own words in 25 languages, set in any product", sentences::out_of_office),
    rule(Guess(AutoReply), "auto-reply-prefix", "Subject: the stem of \"automatic\" before our tag, without anything reported", "autoresponders of any language", tagged::automatic_prefix),
    rule(Kind(AutoReply), "auto-reply-text", "the whole of a short text that calls itself automatic, In-Reply-To", "autoresponders without fields", sentences::auto_reply),
    rule(Guess(AutoReply), "automatic-answer-text", "a short text that says that it is an automatic answer", "autoresponders without fields", sentences::automatic_answer),
    rule(Guess(AutoReply), "acknowledgement-wording", "Subject and text together, or the beginning of an answer, without hosts in it", "ticket systems without fields: Hesk, WHMCS, Freshdesk, ManageEngine", sentences::confirms_receipt),
    rule(Guess(AutoReply), "receipt-confirmed", "Subject or its number with the text, or a text that says that nobody wrote it, without hosts or anything reported", "ticket systems and abuse desks without fields, in 25 languages", confirmed::receipt),
    rule(Guess(OutOfOffice), "answers-later", "a sentence that says that its writer reads or answers when he is back, as an answer, without anything reported", "people's own words in 30 languages, set in any product", composed::answers_later),
    rule(Guess(Challenge), "challenge-sentence", "a sentence that asks to prove that one is human, as an answer", "challenge-response systems without fields", composed::challenge),
    rule(Guess(AutoReply), "unread-mailbox", "a sentence that says that nobody reads what comes to an address, without anything reported", "autoresponders of abandoned mailboxes", composed::unread),
    rule(Guess(AutoReply), "filed-under-number", "a sentence that says that something of the reader was received or filed, a number, nobody who speaks of himself", "ticket systems and abuse desks without fields", composed::filed),
    rule(Guess(AutoReply), "promised-answer", "a sentence that says that somebody of a team will answer, or when the team does, nobody who speaks of himself", "desks and shared mailboxes without fields", composed::promised),
    rule(Guess(AutoReply), "automatic-answer", "Auto-Submitted, or a first or last line that says so, with In-Reply-To or a ticket's number, a short text without hosts, nothing attached", "GLPI, Jira, ServiceNow and others that call their answers auto-generated", sentences::automatic_about_ticket),
    rule(Guess(AutoReply), "virus-notice", "Subject and text together, without a greeting", "MailScanner, amavisd-new, Symantec and other filters that tell the sender", wording::virus_notice),
    rule(Kind(AutoReply), "null-path-answer", "reverse-path, In-Reply-To", "RFC 3834 section 3.3: answers come from <>", header::null_path_answer),
    rule(Kind(SpamSuspect), "spam-flag", "X-Spam-Flag of a trusted relay, by policy", "SpamAssassin, rspamd", header::spam_flag),
    rule(Kind(KeyRequest), "key-recipient", "RCPT TO", "experience.md 3.3", header::key_recipient),
    rule(Kind(KeyRequest), "key-subject", "Subject", "experience.md 3.3, Schleuder", wording::key_request),
    // Held answers.
    rule(Hold, "hold-null-path", "reverse-path", "RFC 3834 section 2", hold::null_path),
    rule(Hold, "hold-auto-submitted", "Auto-Submitted, unless it says no", "RFC 3834 section 2", hold::auto_submitted),
    rule(Hold, "hold-precedence", "Precedence: bulk, list, junk", "RFC 3834 section 3.1.8, RFC 2076", hold::precedence),
    rule(Hold, "hold-list-fields", "List-…", "RFC 2369", hold::list_fields),
    rule(Hold, "hold-response-suppress", "X-Auto-Response-Suppress", "Exchange, MS-OXCMAIL", hold::response_suppress),
    rule(Hold, "hold-loop-field", "X-Loop", "procmail, Zammad and others", hold::loop_field),
    rule(Hold, "hold-sender", "local parts of From and the reverse-path", "RFC 3834 section 2, RFC 5321 section 4.5.1", hold::sender),
    rule(Hold, "hold-own-address", "From", "L1", hold::own_address),
    rule(Hold, "hold-ticket-system", "fields of ticket systems and notifiers", "RT, OTRS, Zammad, Zendesk, Jira, GitHub and others", hold::ticket_system),
    rule(Hold, "hold-bulk-mailer", "fields of mass mailers", "Mandrill, Mailchimp, SendGrid, Mailgun, SparkPost, Mailjet, Brevo", hold::bulk_mailer),
    rule(Hold, "hold-first-line", "first line of the text", "Zendesk, Jira, Help Scout, HubSpot and notifiers", sentences::asks_no_answer),
    rule(Hold, "hold-last-line", "last line of the text, without anything reported", "ticket systems and notifiers", sentences::says_at_the_end),
    rule(Hold, "hold-automatic-sentence", "a sentence at the beginning or the end that says that nobody wrote this, or asks for no answer", "ticket systems and notifiers in 25 languages", automatic::says_so),
    rule(Hold, "hold-program", "local parts of From and the reverse-path", "cron, sudo, smartd and others as root; backup, monitoring, devices, web applications", notifier::program),
    rule(Hold, "hold-notifier-text", "a line of the text that says why one gets it, without anything reported", "notifiers of services", notifier::tells_why),
    rule(Hold, "hold-survey", "Subject or text, without anything reported", "Zendesk, Freshdesk, OTRS and others, when a ticket is closed", confirmed::survey),
    rule(Hold, "hold-bounce-wording", "Subject and text together, without a greeting", "free-text bounces of unknown make", wording::bounce_like),
    rule(Hold, "hold-forwarded-bounce", "Subject, and a text that is nothing but a bounce", "rules of mail clients", sentences::forwarded_bounce),
    rule(Hold, "hold-hops", "Received", "threats.md section E", hold::hops),
    rule(Hold, "hold-spam-flag", "X-Spam-Flag of a trusted relay", "T51", hold::spam_flag),
];
