//! How we ask web servers: for MTA-STS policies, with reports, with alerts.

use std::time::Duration;

/// A client that goes where it is told and nowhere else: no redirects, and no proxy whatever the environment says, which
/// would learn whom we write to and who lost TLS.
pub(crate) fn client(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
}
