//! The name servers.

use super::Line;
use crate::config::{OwnCheck, Route, Settings};
use crate::dns::{DnsFault, Resolver};
use crate::settings::domain_of;

/// Asks for the mail exchangers of the team's domain, as senders do. Nothing is asked where nothing needs names.
pub(super) async fn check(settings: &Settings) -> Vec<Line> {
    let needed = settings.authentication.own != OwnCheck::Never
        || settings.outbox.route == Route::Mx
        || settings.transport.report;
    if !needed {
        return vec![Line::ok("dns", "not needed by this configuration")];
    }
    let domain = domain_of(&settings.team.address);
    let advice = "see dns.servers, or /etc/resolv.conf";
    let resolver = match Resolver::new(&settings.dns) {
        Ok(resolver) => resolver,
        Err(fault) => return vec![Line::fail("dns", fault.to_string(), advice)],
    };
    let line = match resolver.mx(domain).await {
        Ok(answer) if answer.records.is_empty() => Line::warn(
            "dns",
            format!("{domain} has no MX record"),
            "nobody can send mail there by name; right if your MTA is named otherwise",
        ),
        Ok(answer) => Line::ok(
            "dns",
            format!("{domain} has {} MX records", answer.records.len()),
        ),
        Err(DnsFault::Bogus) => Line::fail(
            "dns",
            format!("DNSSEC of {domain} does not validate"),
            "mend the zone's signatures, or dns.trust_anchor_file",
        ),
        Err(fault @ DnsFault::Temporary) => Line::fail("dns", fault.to_string(), advice),
    };
    vec![line]
}
