//! Signing in to the console with OpenID Connect: whom we trust, and who becomes what.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tree::Console;
use super::units::Span;

/// More than that is no skew, it is a wrong clock.
const MOST_SKEW: Duration = Duration::from_secs(300);
/// Letters of the button.
const LONGEST_LABEL: usize = 40;

/// The provider, and what its groups may do here. Off without an issuer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oidc {
    /// Who signs, exactly as in its discovery document: an `https` URL; empty switches all of it off.
    pub issuer: String,
    /// Our name at the provider.
    pub client_id: String,
    /// A file with our secret at the provider, or `credential:NAME`.
    pub client_secret_file: Option<PathBuf>,
    /// How browsers reach the console: `https://host` or `https://host:port`.
    pub console_url: String,
    /// On the button, after "Sign in with".
    pub label: String,
    /// What is asked for; `openid` is one.
    pub scopes: Vec<String>,
    /// The claim that names an account on its first sign-in.
    pub name_claim: String,
    /// The claim with the groups; with dots, a place inside others.
    pub groups_claim: String,
    /// Which groups have which role.
    pub groups: Groups,
    /// How far the provider's clock may be from ours.
    pub clock_skew: Span,
    /// Authorities (PEM) that are trusted for the provider beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// The groups of each role; who is in several has the greatest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Groups {
    /// Groups of readers.
    pub reader: Vec<String>,
    /// Groups of analysts.
    pub analyst: Vec<String>,
    /// Groups of leads.
    pub lead: Vec<String>,
    /// Groups of admins.
    pub admin: Vec<String>,
}

impl Default for Oidc {
    fn default() -> Self {
        Oidc {
            issuer: String::new(),
            client_id: String::new(),
            client_secret_file: None,
            console_url: String::new(),
            label: "OpenID Connect".into(),
            scopes: vec!["openid".into(), "profile".into()],
            name_claim: "preferred_username".into(),
            groups_claim: "groups".into(),
            groups: Groups::default(),
            clock_skew: Span(Duration::from_secs(60)),
            ca_file: None,
        }
    }
}

impl Oidc {
    /// Whether it is switched on.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// A place on the console, as browsers reach it.
    pub(crate) fn place(&self, path: &str) -> String {
        format!("{}{path}", self.console_url.trim_end_matches('/'))
    }

    /// What is wrong with it; `None` when nothing is.
    fn fault(&self) -> Option<&'static str> {
        if !is_issuer(&self.issuer) {
            return Some(
                "issuer must be an https URL without ? and #, as the provider's discovery document says it",
            );
        }
        if !is_origin(&self.console_url) {
            return Some(
                "console_url must be https://host or https://host:port, as browsers reach the console",
            );
        }
        if self.client_id.is_empty() || self.client_secret_file.is_none() {
            return Some("set client_id and client_secret_file: the provider gives both");
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Some("scopes must have \"openid\"");
        }
        if self.name_claim.is_empty() || self.groups_claim.is_empty() {
            return Some("name_claim and groups_claim must not be empty");
        }
        if self.groups.all().next().is_none() {
            return Some("nobody could sign in with it: set groups.reader, analyst, lead or admin");
        }
        if self.groups.all().any(String::is_empty) {
            return Some("a group has a name");
        }
        if self.clock_skew.0 > MOST_SKEW {
            return Some("clock_skew must be \"5 min\" at most: set the clocks");
        }
        let letters = self.label.chars();
        let fits = (1..=LONGEST_LABEL).contains(&letters.clone().count());
        if !fits || letters.clone().any(char::is_control) {
            return Some("label must have 1 to 40 characters");
        }
        None
    }
}

impl Groups {
    fn all(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.reader, &self.analyst, &self.lead, &self.admin];
        lists.into_iter().flatten()
    }
}

/// What is wrong with signing in; the text names the key.
pub(super) fn sensible(console: &Console) -> Result<(), String> {
    if !console.oidc.is_on() {
        return match console.local_sign_in {
            true => Ok(()),
            false => Err("nobody could sign in: console.local_sign_in is off, and console.oidc has no issuer".into()),
        };
    }
    match console.oidc.fault() {
        Some(fault) => Err(format!("console.oidc: {fault}")),
        None => Ok(()),
    }
}

/// OpenID Connect Discovery 1.0 section 3.
fn is_issuer(text: &str) -> bool {
    https(text).is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

fn is_origin(text: &str) -> bool {
    https(text)
        .is_some_and(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
}

fn https(text: &str) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(text).ok()?;
    let has_login = !url.username().is_empty() || url.password().is_some();
    (url.scheme() == "https" && url.has_host() && !has_login).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Oidc);

    fn sound() -> Oidc {
        Oidc {
            issuer: "https://id.example/realms/soc".into(),
            client_id: "pillarbox".into(),
            client_secret_file: Some("/secret".into()),
            console_url: "https://console.example:8443".into(),
            groups: Groups {
                lead: vec!["leads".into()],
                ..Groups::default()
            },
            ..Oidc::default()
        }
    }

    #[test]
    fn what_could_not_work_is_refused_at_the_start() {
        assert_eq!(sound().fault(), None);
        assert_eq!(sound().place("/x"), "https://console.example:8443/x");
        let wrong: [(&str, Change); 13] = [
            ("issuer", |oidc| oidc.issuer = "http://id.example".into()),
            ("issuer", |oidc| oidc.issuer.push_str("?tenant=1")),
            ("issuer", |oidc| {
                oidc.issuer = "https://a:b@id.example".into()
            }),
            ("console_url", |oidc| oidc.console_url.push_str("/console")),
            ("console_url", |oidc| oidc.console_url.clear()),
            ("client_id", |oidc| oidc.client_id.clear()),
            ("client_id", |oidc| oidc.client_secret_file = None),
            ("scopes", |oidc| oidc.scopes = vec!["email".into()]),
            ("name_claim", |oidc| oidc.name_claim.clear()),
            ("nobody", |oidc| oidc.groups = Groups::default()),
            ("group", |oidc| oidc.groups.reader.push(String::new())),
            ("clock_skew", |oidc| {
                oidc.clock_skew.0 = Duration::from_secs(301)
            }),
            ("label", |oidc| oidc.label.clear()),
        ];
        for (word, change) in wrong {
            let mut oidc = sound();
            change(&mut oidc);
            let fault = oidc.fault().unwrap_or_default();
            assert!(fault.contains(word), "{word}: {fault}");
        }
    }
}
