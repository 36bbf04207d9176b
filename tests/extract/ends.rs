//! How the tests write down sources and destinations.

use extract::Endpoint;

/// `192.0.2.1:22/tcp 192.0.2.2`, with this mark before a port.
pub fn ends(list: &[Endpoint], mark: char) -> String {
    let one = |one: &Endpoint| {
        let port = one.port.map(|port| format!("{mark}{port}"));
        let protocol = one.protocol.as_ref().map(|name| format!("/{name}"));
        format!(
            "{}{}{}",
            one.ip.clone().unwrap_or_default(),
            port.unwrap_or_default(),
            protocol.unwrap_or_default()
        )
    };
    list.iter().map(one).collect::<Vec<_>>().join(" ")
}
