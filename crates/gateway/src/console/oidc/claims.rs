//! What a token says of somebody: his name, his groups; and the role of groups. Pure.

use serde_json::Value;

use super::token::Claims;
use crate::accounts::is_name;
use crate::config::Groups;
use crate::console::access::Role;

/// The groups under this claim: a list of texts, or one text; `None` when the claim is not there.
pub(super) fn groups(claims: &Claims, claim: &str) -> Option<Vec<String>> {
    match found(claims, claim)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => {
            let texts = all.iter().filter_map(Value::as_str);
            Some(texts.map(str::to_owned).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Whether the provider says that there were too many groups for the token, and are to be had elsewhere (as Entra does).
pub(super) fn are_elsewhere(claims: &Claims, claim: &str) -> bool {
    let names = claims.get("_claim_names").and_then(Value::as_object);
    names.is_some_and(|names| names.contains_key(claim))
}

/// The greatest role of these groups; `None` for none.
pub(super) fn role(groups: &[String], of: &Groups) -> Option<Role> {
    let greatest_first = [
        (&of.admin, Role::Admin),
        (&of.lead, Role::Lead),
        (&of.analyst, Role::Analyst),
        (&of.reader, Role::Reader),
    ];
    let has = |wanted: &[String]| wanted.iter().any(|group| groups.contains(group));
    let mut found = greatest_first.into_iter().filter(|(wanted, _)| has(wanted));
    found.next().map(|(_, role)| role)
}

/// A name as accounts have it; `None` when the claim is not there, or is no such name.
pub(super) fn name<'c>(claims: &'c Claims, claim: &str) -> Option<&'c str> {
    let name = found(claims, claim)?.as_str()?;
    is_name(name).then_some(name)
}

/// The claim of this name; else the one that is inside others, with dots between their names.
fn found<'c>(claims: &'c Claims, claim: &str) -> Option<&'c Value> {
    if let Some(found) = claims.get(claim) {
        return Some(found);
    }
    let (first, rest) = claim.split_once('.')?;
    let inside = claims.get(first)?;
    rest.split('.')
        .try_fold(inside, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use serde_json::json;

    use super::*;

    fn claims() -> Claims {
        let claims = json!({"groups": ["soc", 7, "leads"], "one": "soc", "none": null, "preferred_username": "alice",
            "realm_access": {"roles": ["lead"]}, "https://x.example/groups": ["dotted"], "name": "Alice A.",
            "_claim_names": {"roles": "src1"}});
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn groups_are_found_where_providers_put_them() {
        let claims = claims();
        let of = |claim| groups(&claims, claim);
        assert_eq!(of("groups").unwrap(), ["soc", "leads"]);
        assert_eq!(of("one").unwrap(), ["soc"]);
        assert_eq!(of("realm_access.roles").unwrap(), ["lead"]);
        assert_eq!(of("https://x.example/groups").unwrap(), ["dotted"]);
        for missing in [
            "none",
            "no",
            "realm_access",
            "realm_access.no",
            "name.x",
            "",
        ] {
            assert_eq!(of(missing), None, "{missing}");
        }
        assert!(are_elsewhere(&claims, "roles") && !are_elsewhere(&claims, "groups"));
        assert_eq!(name(&claims, "preferred_username"), Some("alice"));
        assert_eq!(
            (name(&claims, "name"), name(&claims, "groups")),
            (None, None)
        );
    }

    #[test]
    fn greatest_role_counts_and_groups_are_compared_to_the_letter() {
        let of = Groups {
            reader: vec!["all".into()],
            analyst: vec!["soc".into(), "/soc/day".into()],
            lead: vec!["leads".into()],
            admin: Vec::new(),
        };
        let role = |groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
            role(&groups, &of)
        };
        assert_eq!(role(&["all", "leads", "soc"]), Some(Role::Lead));
        assert_eq!(role(&["x", "/soc/day"]), Some(Role::Analyst));
        assert_eq!(role(&["all"]), Some(Role::Reader));
        for none in [&[][..], &["Soc"], &["soc "], &["/soc"], &["admin"]] {
            assert_eq!(role(none), None, "{none:?}");
        }
    }
}
