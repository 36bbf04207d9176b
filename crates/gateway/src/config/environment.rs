//! `PILLARBOX__SECTION__KEY` in the environment: read as the type that the key has, so that a telephone number stays a text.

use serde_json::{Map, Value};

use super::{ConfigFault, Settings};

const PREFIX: &str = "PILLARBOX__";

/// Lays the environment over what the files say. Lists are written `a, b` or as JSON; `[[listener]]` can't be overridden.
pub(super) fn overlay(value: &mut Value) -> Result<(), ConfigFault> {
    let model = serde_json::to_value(Settings::default()).unwrap_or_default();
    let mut variables: Vec<(String, String)> = std::env::vars()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    variables.sort();
    for (name, text) in variables {
        let path: Vec<String> = name
            .trim_start_matches(PREFIX)
            .split("__")
            .map(str::to_lowercase)
            .collect();
        let [section, key] = path.as_slice() else {
            return Err(wrong(
                &name,
                "write PILLARBOX__SECTION__KEY, for example PILLARBOX__LOG__LEVEL",
            ));
        };
        let known = model.get(section).and_then(|section| section.get(key));
        let converted = convert(known.unwrap_or(&Value::Null), &text)
            .map_err(|message| wrong(&name, message))?;
        let Some(root) = value.as_object_mut() else {
            continue;
        };
        let section = root
            .entry(section.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        let Some(section) = section.as_object_mut() else {
            return Err(wrong(
                &name,
                "this section is a list and can't be overridden",
            ));
        };
        section.insert(key.clone(), converted);
    }
    Ok(())
}

fn convert(known: &Value, text: &str) -> Result<Value, &'static str> {
    match known {
        Value::Bool(_) => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| "write true or false"),
        Value::Number(_) => text
            .parse::<u64>()
            .map(Value::from)
            .map_err(|_| "write a whole number"),
        Value::Array(_) if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).map_err(|_| "not a list in JSON")
        }
        Value::Array(_) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Ok(items.map(Value::from).collect())
        }
        Value::Null | Value::String(_) | Value::Object(_) => Ok(Value::from(text)),
    }
}

fn wrong(name: &str, message: &str) -> ConfigFault {
    ConfigFault::Invalid {
        place: format!("environment {name}"),
        message: message.into(),
    }
}
