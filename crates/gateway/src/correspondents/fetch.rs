//! Looks certificates up where their owners publish them: only when an analyst asks, for a look-up tells others whom we write
//! with, and may be what a stranger's mail was sent for (T11).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use intake::openpgp::{WkdPlace, wkd_places};
use ipnet::IpNet;
use reqwest::Url;

use crate::config::Settings;
use crate::dns::Resolver;
use crate::sender::{Authorities, may_be_called};
use crate::web;

/// For one look-up, connection included.
const PATIENCE: Duration = Duration::from_secs(20);
/// Octets of an answer.
const LONGEST: usize = 512 * 1024;

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The address's own domain, by HTTPS.
    Wkd,
    /// The configured key server.
    Keyserver,
}

/// Looks certificates up.
pub(crate) struct Fetcher {
    resolver: Resolver,
    authorities: Authorities,
    /// Networks that are not the internet, in which a stranger's host may be.
    allowed: Vec<IpNet>,
    wkd_port: u16,
    keyserver: String,
}

impl Fetcher {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Fetcher> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Fetcher {
            resolver: Resolver::new(&settings.dns)?,
            authorities: Authorities::load(settings.outbox.ca_file.as_deref())?,
            allowed: settings.outbox.allowed_networks.clone(),
            wkd_port: settings.openpgp.wkd_port,
            keyserver: settings.openpgp.keyserver.clone(),
        })
    }

    /// Whether a key server is configured.
    pub(crate) fn has_keyserver(&self) -> bool {
        !self.keyserver.is_empty()
    }

    /// What is published for an address, or under a full fingerprint; `None` when there is nothing.
    pub(crate) async fn ask(&self, place: Place, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match place {
            Place::Wkd => self.wkd(name).await,
            Place::Keyserver => self.server(name).await,
        }
    }

    /// The advanced place, and the direct one when there is no such host (draft-koch-openpgp-webkey-service section 3.1).
    async fn wkd(&self, address: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let places = wkd_places(address).context("this address has no domain to ask")?;
        for WkdPlace { host, path } in places {
            let found = self.resolver.addresses(&host).await;
            let found = found.with_context(|| format!("{host}: DNS does not answer"))?;
            if found.records.is_empty() {
                continue;
            }
            let public = |address: &IpAddr| may_be_called(&self.allowed, *address);
            let addresses: Vec<IpAddr> = found.records.into_iter().filter(public).collect();
            anyhow::ensure!(
                !addresses.is_empty(),
                "{host} has addresses that are not of the internet (outbox.allowed_networks)"
            );
            let url = Url::parse(&format!("https://{host}:{}{path}", self.wkd_port))?;
            return self.get(url, &addresses).await;
        }
        Ok(None)
    }

    async fn server(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let url = query(&self.keyserver, name)
            .context("openpgp.keyserver: https://host or hkps://host is needed")?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let addresses = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                let found = self.resolver.addresses(&host).await;
                found
                    .with_context(|| format!("{host}: DNS does not answer"))?
                    .records
            }
        };
        self.get(url, &addresses).await
    }

    /// No redirects: who answers was chosen before.
    async fn get(&self, url: Url, addresses: &[IpAddr]) -> anyhow::Result<Option<Vec<u8>>> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let sockets: Vec<SocketAddr> = addresses
            .iter()
            .map(|address| SocketAddr::new(*address, port))
            .collect();
        let client = web::client(PATIENCE)
            .tls_backend_preconfigured(self.authorities.https()?)
            .https_only(true)
            .resolve_to_addrs(&host, &sockets)
            .build()?;
        let answer = client
            .get(url)
            .send()
            .await
            .map_err(reqwest::Error::without_url);
        let mut answer = answer.with_context(|| format!("{host} can't be asked"))?;
        let status = answer.status();
        if status == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        anyhow::ensure!(status.is_success(), "{host} answers {}", status.as_u16());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            body.extend_from_slice(&chunk);
            anyhow::ensure!(body.len() <= LONGEST, "{host} answers more than 512 KiB");
        }
        Ok(Some(body))
    }
}

/// VKS (keys.openpgp.org's API) or HKP (draft-gallagher-openpgp-hkp) over TLS.
fn query(server: &str, name: &str) -> Option<Url> {
    let (scheme, place) = server.split_once("://")?;
    let mut url = Url::parse(&format!("https://{}", place.trim_end_matches('/'))).ok()?;
    url.host_str()?;
    let is_address = name.contains('@');
    match scheme {
        "https" => {
            let by = if is_address {
                "by-email"
            } else {
                "by-fingerprint"
            };
            url.path_segments_mut()
                .ok()?
                .clear()
                .extend(["vks", "v1", by, name]);
        }
        "hkps" => {
            let search = if is_address {
                name.to_owned()
            } else {
                format!("0x{name}")
            };
            url.set_path("/pks/lookup");
            url.query_pairs_mut().extend_pairs([
                ("op", "get"),
                ("options", "mr"),
                ("search", &search),
            ]);
        }
        _ => return None,
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::query;

    #[test]
    fn what_a_key_server_is_asked() {
        let asked = |server, name| query(server, name).map(String::from);
        assert_eq!(
            asked("https://keys.example", "A1B2").unwrap(),
            "https://keys.example/vks/v1/by-fingerprint/A1B2"
        );
        assert_eq!(
            asked("https://keys.example:8443/", "a/../b?@x.example").unwrap(),
            "https://keys.example:8443/vks/v1/by-email/a%2F..%2Fb%3F@x.example"
        );
        assert_eq!(
            asked("hkps://keys.example", "A1B2").unwrap(),
            "https://keys.example/pks/lookup?op=get&options=mr&search=0xA1B2"
        );
        for wrong in [
            "",
            "keys.example",
            "http://keys.example",
            "hkp://keys.example",
            "https://",
        ] {
            assert_eq!(asked(wrong, "A1B2"), None, "{wrong}");
        }
    }
}
