//! Where a domain publishes the certificates of its addresses (Web Key Directory, draft-koch-openpgp-webkey-service).

use super::publish::wkd_name;

/// A place to ask for an address's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WkdPlace {
    /// The host.
    pub host: String,
    /// Path and query.
    pub path: String,
}

/// The advanced place, then the direct one (section 3.1); `None` for what is no address with a plain domain.
pub fn wkd_places(address: &str) -> Option<[WkdPlace; 2]> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'.';
    if local.is_empty() || domain.is_empty() || !domain.bytes().all(plain) {
        return None;
    }
    let name = wkd_name(local);
    let query = encoded(local);
    Some([
        WkdPlace {
            path: format!("/.well-known/openpgpkey/{domain}/hu/{name}?l={query}"),
            host: format!("openpgpkey.{domain}"),
        },
        WkdPlace {
            path: format!("/.well-known/openpgpkey/hu/{name}?l={query}"),
            host: domain,
        },
    ])
}

/// RFC 3986 section 2.1.
fn encoded(local: &str) -> String {
    local
        .bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(octet).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    /// The example of the draft's section 3.1.
    #[test]
    fn the_drafts_example() {
        let [advanced, direct] = wkd_places("Joe.Doe@Example.ORG").unwrap();
        let name = "iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe";
        assert_eq!(advanced.host, "openpgpkey.example.org");
        assert_eq!(
            advanced.path,
            format!("/.well-known/openpgpkey/example.org/hu/{name}")
        );
        assert_eq!(direct.host, "example.org");
        assert_eq!(direct.path, format!("/.well-known/openpgpkey/hu/{name}"));
        for none in [
            "nobody",
            "@x.example",
            "a@",
            "a@b/../c",
            "a@[192.0.2.1]",
            "a@x:1",
        ] {
            assert_eq!(wkd_places(none), None, "{none}");
        }
    }
}
