//! Signing in with a provider that is none of ours: the real binary, Chromium and oidc-provider.

use serde_json::{Value, json};

use crate::oidc_provider::{House, Person, SECRET};
use crate::support::Installation;

/// Claims in the ID token, as Keycloak and Entra put them there.
fn in_token() -> Value {
    json!({"conformIdTokenClaims": false, "claims": {"openid": ["sub"], "profile": ["preferred_username", "groups"]}})
}

fn alice() -> Value {
    json!({"s-alice": {"preferred_username": "alice", "groups": ["staff", "leads"]}})
}

fn sessions(installation: &Installation) -> String {
    installation
        .sql("SELECT count(*) FROM console_session")
        .trim()
        .to_owned()
}

/// The newest lines of the trail about who came in, without ids of accounts.
fn trail(installation: &Installation, lines: u32) -> String {
    installation.sql(&format!(
        "SELECT actor || ' ' || action || ' ' || regexp_replace(detail, '[0-9a-f-]{{36}}', 'ID', 'g') FROM (SELECT * FROM audit
         WHERE action IN ('signed-in', 'sign-in-failed', 'account', 'signed-out') ORDER BY number DESC LIMIT {lines}) a ORDER BY number"
    ))
}

#[test]
fn lead_signs_in_at_the_providers_own_pages_and_out_and_who_has_no_role_is_told() {
    let house = House::new("RS256", &in_token(), SECRET, "");
    let installation = &house.installation;
    let mut people = alice();
    people["s-bob"] = json!({"preferred_username": "bob", "groups": ["staff"]});
    house.people(&people);
    let person = Person::new(&house);
    person.begins();
    person.signs_in_as("s-alice");
    person.is_in_as("alice", "lead");
    assert_eq!(
        trail(installation, 9),
        "alice (console) account account=ID added role=lead by=oidc\nalice (console) signed-in account=ID by=oidc\n"
    );
    // Out here and there: the provider asks who it is again.
    person.clicks("form[action='/sign-out'] button");
    person.clicks("button[value=yes]");
    person.sees("location.pathname == '/sign-in'");
    assert_eq!(sessions(installation), "0");
    person.begins();
    person.signs_in_as("s-bob");
    person.reads("none of your groups has a role in this console");
    assert_eq!(
        trail(installation, 1),
        "console sign-in-failed account=unknown by=oidc why=no-group subject=s-bob\n"
    );
    assert_eq!(sessions(installation), "0");
    assert!(
        person.chromium.axe().is_empty(),
        "{:?}",
        person.chromium.axe()
    );
    // The provider would say so for ever: he signs out there, and somebody else comes.
    person.begins();
    person.reads("none of your groups has a role in this console");
    person.clicks("a[href*='/session/end']");
    person.clicks("button[value=yes]");
    person.sees("location.pathname == '/sign-in'");
    person.begins();
    person.signs_in_as("s-alice");
    person.is_in_as("alice", "lead");
}

#[test]
fn userinfo_tells_groups_in_any_form_and_an_account_outlives_its_mail_address() {
    // What the standards want: claims of scopes are for userinfo, and a client that sends its secret as it is registered.
    let claims = json!({"openid": ["sub"], "email": ["email"], "groups": ["groups"]});
    let configuration = json!({"claims": claims, "clientAuthMethods": ["client_secret_post"],
        "client": {"token_endpoint_auth_method": "client_secret_post"}});
    let keys = "scopes = [\"openid\", \"email\", \"groups\"]\nname_claim = \"email\"";
    let house = House::new("ES256", &configuration, SECRET, keys);
    let installation = &house.installation;
    let person = Person::new(&house);
    let comes_with = |email: &str, groups: Value| {
        person.forgets();
        let mut claims = json!({"email": email});
        if !groups.is_null() {
            claims["groups"] = groups;
        }
        house.people(&json!({"4711": claims}));
        person.begins();
        person.signs_in_as("4711");
    };
    let (before, after) = ("alice@csirt.example", "alice.b@csirt.example");
    comes_with(before, json!(["staff", "leads"]));
    person.is_in_as(before, "lead");
    comes_with(before, json!("soc"));
    person.is_in_as(before, "analyst");
    // Married: the subject is the same, and so are the account and its name.
    comes_with(after, json!(["leads"]));
    person.is_in_as(before, "lead");
    let accounts = installation.sql("SELECT name, role, subject FROM console_account");
    assert_eq!(accounts, format!("{before}|lead|4711\n"));
    assert_eq!(
        trail(installation, 9),
        format!(
            "{before} (console) account account=ID added role=lead by=oidc\n{before} (console) signed-in account=ID by=oidc\n\
             {before} (console) account account=ID role=analyst was=lead by=oidc\n{before} (console) signed-in account=ID by=oidc\n\
             {before} (console) account account=ID role=lead was=analyst by=oidc\n{before} (console) signed-in account=ID by=oidc\n"
        )
    );
    // Nothing that the provider calls groups is none, and ends the sessions that were there.
    for none in [Value::Null, json!([]), json!({"leads": true})] {
        comes_with(after, none);
        person.reads("none of your groups has a role in this console");
        assert_eq!(sessions(installation), "0");
    }
    let line = "console sign-in-failed account=ID by=oidc why=no-group\n";
    assert_eq!(trail(installation, 3), line.repeat(3));
}

#[test]
fn wrong_secret_and_scope_are_named_to_the_operator_and_a_new_key_to_nobody() {
    let mut house = House::new("RS256", &in_token(), "a secret of another client", "");
    house.people(&alice());
    let person = Person::new(&house);
    let doctor = |house: &House| {
        let said = house.installation.output(&["doctor"]).stdout;
        let said = String::from_utf8(said).unwrap();
        let mut lines = said
            .lines()
            .filter(|line| line.contains("sign-in provider"));
        lines.next().unwrap().to_owned()
    };
    let is_refused = |house: &House, words: &str| {
        person.reads("do not fit together");
        let line = "console sign-in-failed account=unknown by=oidc why=provider\n";
        assert_eq!(trail(&house.installation, 1), line);
        let log = house.installation.log();
        assert!(log.contains(words) && !log.contains("a secret"), "{log}");
    };
    let words = "does not take the client (invalid_client)";
    person.begins();
    person.signs_in_as("s-alice");
    is_refused(&house, words);
    let said = doctor(&house);
    assert!(
        said.contains(words) && said.contains("client_secret_basic"),
        "{said}"
    );
    // Of what is wrong now the console hears in the browser's address.
    let mut narrow = in_token();
    narrow["client"] = json!({"scope": "openid"});
    house.starts_provider("RS256", &narrow);
    house.starts_console(SECRET, "");
    person.begins();
    is_refused(&house, "invalid_scope");

    // Each provider has its own key, of the same kind and then of others; the console keeps those of the one before.
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        house.starts_provider(algorithm, &in_token());
        person.forgets();
        person.begins();
        person.signs_in_as("s-alice");
        person.is_in_as("alice", "lead");
    }
    assert!(doctor(&house).contains("keys that sign: 1"));
}

#[test]
fn who_signs_out_at_the_provider_alone_stays_here_and_who_turns_back_there_is_told() {
    let house = House::new("RS256", &in_token(), SECRET, "");
    house.people(&alice());
    let person = Person::new(&house);
    person.begins();
    person.signs_in_as("s-alice");
    person.is_in_as("alice", "lead");
    // Nobody tells us: a session of ours has its own end.
    person
        .chromium
        .open(&format!("{}/session/end", house.issuer));
    person.clicks("button[value=yes]");
    person.sees("document.title == 'Sign-out Success'");
    person.opens("/q/CSIRT");
    person.is_in_as("alice", "lead");
    // There is nothing to sign out of any more: it leads back at once.
    person.clicks("form[action='/sign-out'] button");
    person.sees("location.pathname == '/sign-in'");
    assert_eq!(sessions(&house.installation), "0");
    person.begins();
    person.clicks("a[href$='/abort']");
    person.reads("The sign-in service did not let you in");
    let line = "console sign-in-failed account=unknown by=oidc why=denied\n";
    assert_eq!(trail(&house.installation, 1), line);
}
