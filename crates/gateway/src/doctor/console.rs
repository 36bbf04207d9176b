//! The console: whether there is one, who may sign in, and who can reach it.

use super::Line;
use crate::config::Settings;
use crate::console::oidc::provider::Provider;
use crate::store::Store;

/// Whether the provider answers, can be used, and takes our client.
pub(super) async fn provider(settings: &Settings) -> Option<Line> {
    settings.console.address?;
    let provider = match Provider::load(&settings.console.oidc) {
        Ok(provider) => provider?,
        Err(error) => {
            let advice = "see [console.oidc] in config/pillarbox.toml";
            return Some(Line::fail("sign-in provider", format!("{error:#}"), advice));
        }
    };
    Some(match provider.examine().await {
        Ok(seen) => match provider.takes_client().await {
            Ok(()) => Line::ok("sign-in provider", seen),
            Err(fault) => {
                let advice = "give console.oidc what the provider has of this client, or make the client anew there";
                Line::fail("sign-in provider", fault.to_string(), advice)
            }
        },
        Err(fault) => {
            let advice = "console.oidc: issuer, ca_file; and whether this machine reaches it";
            Line::fail("sign-in provider", fault.to_string(), advice)
        }
    })
}

/// Nothing without a console.
pub(super) async fn check(settings: &Settings, store: &Store) -> Option<Line> {
    let address = settings.console.address?;
    let accounts = match store.console_accounts(&settings.team.name).await {
        Ok(accounts) => accounts,
        Err(fault) => {
            let advice = "the database user needs the rights of the console";
            return Some(Line::warn("console", fault.to_string(), advice));
        }
    };
    let able = accounts.iter().filter(|account| !account.disabled).count();
    let seen = format!("https://{address}, analysts who may sign in: {able}");
    Some(if able == 0 {
        Line::warn("console", seen, "pillarbox analyst add NAME --role analyst")
    } else if !address.ip().is_loopback() {
        let advice = "let only analysts reach it: a firewall, or loopback and a tunnel";
        Line::warn("console", seen, advice)
    } else {
        Line::ok("console", seen)
    })
}
