//! One line of what was extracted: `192.0.2.10:4455 → 198.51.100.7:22/tcp, brute-force, 2024-03-05T02:11:09+01:00`.

use extract::{Endpoint, Extraction};

/// The line; empty when nothing was found.
pub fn line(extraction: &Extraction) -> String {
    let incident = &extraction.incident;
    let mut words = Vec::new();
    match (
        endpoints(&incident.sources),
        endpoints(&incident.destinations),
    ) {
        (None, None) => {}
        (Some(source), None) => words.push(format!("from {source}")),
        (None, Some(destination)) => words.push(format!("to {destination}")),
        (Some(source), Some(destination)) => words.push(format!("{source} → {destination}")),
    }
    words.extend(incident.types.first().map(|kind| kind.kind.clone()));
    words.extend(incident.times.first().map(|time| time.value.clone()));
    if words.is_empty() && !extraction.indicators.is_empty() {
        words.push(format!("{} indicators", extraction.indicators.len()));
    }
    words.join(", ")
}

/// The first endpoint, and how many more there are.
fn endpoints(list: &[Endpoint]) -> Option<String> {
    let first = endpoint(list.first()?);
    Some(match list.len().saturating_sub(1) {
        0 => first,
        more => format!("{first} (+{more})"),
    })
}

fn endpoint(endpoint: &Endpoint) -> String {
    let ip = endpoint.ip.as_deref().unwrap_or("?");
    let mut text = match endpoint.port {
        Some(port) if ip.contains(':') => format!("[{ip}]:{port}"),
        Some(port) => format!("{ip}:{port}"),
        None => ip.to_owned(),
    };
    if let Some(protocol) = &endpoint.protocol {
        text.push('/');
        text.push_str(protocol);
    }
    text
}
