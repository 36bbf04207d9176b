//! An analyst for the demo, who may see everything that the console has.

use std::net::SocketAddr;

use jiff::Timestamp;
use secrecy::SecretString;
use vault::{AccessToken, TotpSecret};

use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::console::access::Role;
use crate::console::accounts;

/// How to sign in.
pub(super) struct Login {
    pub(super) name: &'static str,
    pub(super) password: String,
    pub(super) secret: TotpSecret,
    team: String,
}

/// Makes the analyst.
pub(super) async fn login(settings: &Settings) -> anyhow::Result<Login> {
    let desk = Desk::new(settings)?;
    let password: String = AccessToken::generate()?
        .to_text()
        .chars()
        .take(16)
        .collect();
    let name = "demo";
    let given = SecretString::from(password.as_str());
    let secret = accounts::add(&desk, name, Role::Admin, &given).await?;
    Ok(Login {
        name,
        password,
        secret,
        team: desk.team,
    })
}

impl Login {
    /// What is printed. The code is good for a minute: who has no app asks oathtool.
    pub(super) fn words(&self, console: Option<SocketAddr>) -> String {
        let address = console.map_or_else(String::new, |address| format!("https://{address}"));
        format!(
            "Console {address}   (its certificate signs itself: the browser will ask)\n  name {}   password {}   code now {}   \
             later: oathtool --totp -b {}\n  or with an app: {}",
            self.name,
            self.password,
            self.secret.code(Timestamp::now().as_second()),
            *self.secret.to_base32(),
            *accounts::address(&self.team, self.name, &self.secret),
        )
    }
}
