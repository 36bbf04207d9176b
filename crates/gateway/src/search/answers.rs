//! Which values of a message answer what was asked.

use super::condition::Condition;
use super::value::Value;

/// The values that answer a condition, when every condition is answered: a port by one of the addresses that were asked for.
pub(super) fn answers(conditions: &[Condition], values: Vec<Value>) -> Vec<Value> {
    let ports: Vec<&Condition> = conditions
        .iter()
        .filter(|condition| matches!(condition, Condition::Port(_)))
        .collect();
    let with_ports = |value: &Value| ports.iter().all(|port| port.is_met_by(value));
    let mut answers = Vec::new();
    let mut port_is_met = ports.is_empty();
    for condition in conditions {
        if matches!(condition, Condition::Port(_)) {
            continue;
        }
        let is_network = matches!(condition, Condition::Network(_));
        let met = values
            .iter()
            .filter(|value| condition.is_met_by(value) && (!is_network || with_ports(value)));
        let before = answers.len();
        answers.extend(met.cloned());
        if answers.len() == before {
            return Vec::new();
        }
        port_is_met |= is_network;
    }
    if !port_is_met {
        let met: Vec<Value> = values
            .into_iter()
            .filter(|value| with_ports(value))
            .collect();
        if met.is_empty() {
            return Vec::new();
        }
        answers.extend(met);
    }
    answers.sort();
    answers.dedup();
    answers
}
