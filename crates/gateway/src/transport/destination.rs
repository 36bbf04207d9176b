//! Posts a report to the URL that a stranger names: it must lead to the internet, not into our own network. So must his mail
//! exchangers and his MTA-STS host.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use crate::dns::Resolver;
use crate::web;

/// One POST.
const TIMEOUT: Duration = Duration::from_secs(30);

/// RFC 8460 section 5.4; whether it was taken.
pub(super) async fn post(resolver: &Resolver, url: &str, packed: Vec<u8>) -> bool {
    let Some(client) = client_for(resolver, url).await else {
        return false;
    };
    let answer = client
        .post(url)
        .header("Content-Type", "application/tlsrpt+gzip")
        .body(packed)
        .send()
        .await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// A client that connects to public addresses of this host and to nothing else.
async fn client_for(resolver: &Resolver, url: &str) -> Option<reqwest::Client> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?;
    if host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
        return None;
    }
    let port = url.port_or_known_default()?;
    let found = resolver.addresses(host).await.ok()?;
    let public: Vec<SocketAddr> = found
        .records
        .into_iter()
        .filter(|address| is_public(*address))
        .map(|address| SocketAddr::new(address, port))
        .collect();
    if public.is_empty() {
        return None;
    }
    web::client(TIMEOUT)
        .https_only(true)
        .user_agent("pillarbox")
        .resolve_to_addrs(host, &public)
        .build()
        .ok()
}

/// Not one of the special-purpose networks (RFC 6890) by which a URL could reach what only we can reach.
pub fn is_public(address: IpAddr) -> bool {
    const SPECIAL: [&str; 19] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b::/32",
        "fc00::/7",
        "2001::/32",
        "2002::/16",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ];
    let address = address.to_canonical();
    let networks = SPECIAL.iter().filter_map(|text| text.parse::<IpNet>().ok());
    !networks
        .into_iter()
        .any(|network| network.contains(&address))
}
