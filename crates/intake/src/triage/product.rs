//! Rules about the fields and forms of named products, beyond those with an exact field.

use super::mail::{Mail, harmless};

/// How the fields of systems begin that file what they get, and mark what they send by themselves (RFC 3834 or a field).
const CAREFUL_PREFIXES: [&str; 7] = ["rt-", "x-rt-", "x-otrs-", "x-znuny-", "x-zammad-", "x-osticket-", "x-freescout-"];

/// Likewise of others, and of notifiers. People's letters through them carry most, too.
const CARELESS_PREFIXES: [&str; 41] = [
    "x-asterisk-", "x-jenkins-", "x-gitlab", "x-freshdesk-", "x-fd-", "x-zendesk-", "x-servicenow-", "x-jira-", "x-atlassian-", "x-sfdc-",
    "x-github-", "x-gitea-", "x-forgejo-", "x-redmine-", "x-bugzilla-", "x-hubspot-", "x-hs-", "x-helpscout-", "x-intercom-", "x-kayako-", "x-gerrit-", "x-phabricator-", "x-launchpad-", "x-trac-", "x-debian-pr-", "x-mantis", "x-roundup-", "x-youtrack-", "x-asana-", "x-trello-", "x-pagerduty-", "x-opsgenie-", "x-spiceworks-", "x-glpi-", "x-topdesk-", "x-remedy-", "x-gorgias-", "x-mailer-recptid", "x-sentry-", "x-discourse-", "x-opsmgr-",
];

/// Senders whose whole domain is a machine that asks whether we are human, or that takes no answers.
const CHALLENGE_DOMAINS: [&str; 8] = [
    "boxbe.com", "spamarrest.com", "mailinblack.com", "mailblocks.com", "knowspam.net", "choicemail.com", "vanquish.com", "bluebottle.com",
];

/// Reports and notices for which an answer would go to the wrong people.
const UNANSWERED_DOMAINS: [&str; 9] = [
    "reports.spamcop.net", "devnull.spamcop.net", "admin.spamcop.net", "sns.amazonaws.com", "notifications.github.com", "noreply.github.com", "incoming.gitlab.com", "facebookmail.com", "bounces.google.com",
];

/// Fields of ticket systems and notifiers.
pub(super) fn ticket_field(mail: &Mail<'_>) -> Option<String> {
    careless_field(mail).or_else(|| careful_system(mail))
}

/// Those whose automatic mail looks like their letters.
pub(super) fn careless_field(mail: &Mail<'_>) -> Option<String> {
    mail.any_beginning(&CARELESS_PREFIXES)
}

/// RT, OTRS, Znuny, Zammad, osTicket or FreeScout.
pub(super) fn careful_system(mail: &Mail<'_>) -> Option<String> {
    let named = |value: &str| {
        ["otrs", "znuny", "zammad", "request tracker", "osticket", "freescout"]
            .iter()
            .any(|name| value.contains(name))
    };
    mail.any_beginning(&CAREFUL_PREFIXES)
        .or_else(|| mail.field_where("X-Managed-By", |value| value.starts_with("rt ")))
        .or_else(|| mail.field_where("X-Mailer", named))
        .or_else(|| mail.field_where("X-Powered-By", named))
}

/// A sender in one of those domains.
pub(super) fn unanswered_domain(mail: &Mail<'_>) -> Option<String> {
    in_domain(mail, &UNANSWERED_DOMAINS)
}

/// A sender in the domain of a challenge-response service, unless a person there writes to us first.
pub(super) fn challenge_domain(mail: &Mail<'_>) -> Option<String> {
    let answers = mail.answers() || mail.forwarded_or_answered() || mail.null_path();
    in_domain(mail, &CHALLENGE_DOMAINS).filter(|_| answers)
}

/// TMDA, qconfirm and their kin ask to answer to `name-confirm-…@` or `confirm+…@`.
pub(super) fn confirm_address(mail: &Mail<'_>) -> Option<String> {
    let reply_to = mail.fields("Reply-To").map(|field| field.value.to_lowercase());
    reply_to.chain(mail.sender_names()).find_map(|value| {
        let local = value.split('@').next().unwrap_or_default();
        let (_, token) = local.split_once("confirm")?;
        let token = token.strip_prefix(['-', '+', '.', '='])?;
        let digits = token.chars().filter(char::is_ascii_digit).count();
        (digits >= 4 && mail.answers()).then(|| harmless(&format!("address: {local}@")))
    })
}

fn in_domain(mail: &Mail<'_>, domains: &[&str]) -> Option<String> {
    let senders = mail.senders();
    let (sender, _) = senders
        .iter()
        .filter_map(|address| Some((address, address.rsplit_once('@')?.1)))
        .find(|(_, domain)| {
            domains.iter().any(|known| {
                domain
                    .strip_suffix(known)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        })?;
    Some(harmless(&format!("sender: {sender}")))
}

/// Amazon SES tells of bounces, deliveries and complaints in JSON, by mail through SNS. The first word of the kind counts.
pub(super) fn ses_delivery(mail: &Mail<'_>) -> Option<String> {
    ses(mail, &["bounce", "delivery", "deliverydelay", "reject", "send"])
}

/// Likewise a recipient's complaint.
pub(super) fn ses_complaint(mail: &Mail<'_>) -> Option<String> {
    ses(mail, &["complaint"])
}

fn ses(mail: &Mail<'_>, kinds: &[&str]) -> Option<String> {
    let start = mail.text.trim_start();
    if !start.starts_with('{') {
        return None;
    }
    // Through SNS the notice is a string in JSON, so that its quotation marks are escaped.
    let plain: String = start
        .chars()
        .filter(|c| !matches!(c, '\\' | ' '))
        .collect();
    let kind = ["\"notificationtype\":\"", "\"eventtype\":\""]
        .iter()
        .find_map(|member| Some(plain.split_once(member)?.1.split('"').next()?.to_owned()))?;
    let holds = plain.contains("\"mail\":{") || plain.contains(&format!("\"{kind}\":{{"));
    (holds && kinds.contains(&kind.as_str())).then(|| format!("JSON: notificationType {kind}"))
}
