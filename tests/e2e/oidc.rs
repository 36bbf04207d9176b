//! Signing in with OpenID Connect: the real binary, curl and Chromium, and a provider of the tests' own.

use serde_json::{Value, json};

use crate::browser::{Answer, Chromium, Curl, Login};
use crate::jwt::Signer;
use crate::provider::{Provider, Wrong};
use crate::support::{Daemon, Installation, free_port};

fn with_provider() -> (Installation, Daemon, u16, Provider) {
    let (console, port) = (free_port(), free_port());
    let installation = Installation::new("");
    let provider = Provider::start(&installation, port, console);
    let text = provider.configuration(&installation, console);
    std::fs::write(installation.path("conf.d/test.toml"), text).unwrap();
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, console);
    (installation, daemon, console, provider)
}

/// A browser at the provider.
fn at_provider(installation: &Installation, provider: &Provider, url: &str) -> Answer {
    let path = url.strip_prefix(&provider.issuer).unwrap();
    Curl::new(installation, provider.port).get(path)
}

/// From the button to the place where the provider sends the browser back to.
fn sent_back(installation: &Installation, curl: &Curl, provider: &Provider, next: &str) -> String {
    let begun = curl.get(&format!("/sign-in/oidc?next={next}"));
    assert_eq!(begun.status, 303, "{}", begun.body);
    let answer = at_provider(installation, provider, begun.field("Location").unwrap());
    let back = answer.field("Location").unwrap();
    let origin = format!("https://localhost:{}", curl.port);
    back.strip_prefix(&origin).unwrap().to_owned()
}

/// All of it; the last page.
fn sign_in(installation: &Installation, curl: &Curl, provider: &Provider) -> Answer {
    curl.get(&sent_back(installation, curl, provider, "/"))
}

fn sessions(installation: &Installation) -> String {
    let sessions = installation.sql("SELECT count(*) FROM console_session");
    sessions.trim().to_owned()
}

/// The newest lines of the trail about accounts, without their ids.
fn trail(installation: &Installation, lines: u32) -> String {
    installation.sql(&format!(
        "SELECT actor || ' ' || action || ' ' || regexp_replace(detail, '[0-9a-f-]{{36}}', 'ID', 'g') FROM (SELECT * FROM audit
         WHERE action IN ('signed-in', 'sign-in-failed', 'account', 'signed-out') ORDER BY number DESC LIMIT {lines}) a ORDER BY number"
    ))
}

#[test]
fn provider_lets_people_in_and_their_groups_say_as_what() {
    let (installation, _daemon, port, provider) = with_provider();
    let alice = Curl::new(&installation, port);
    let first = alice.get("/sign-in?next=/charts/CSIRT");
    assert!(
        first
            .body
            .contains("href=\"/sign-in/oidc?next=%2Fcharts%2FCSIRT\">Sign in with Our SSO</a>")
    );
    assert!(first.body.contains("name=\"password\""));

    let begun = alice.get("/sign-in/oidc?next=/charts/CSIRT");
    let cookie = begun.field("Set-Cookie").unwrap();
    assert!(cookie.starts_with("__Host-pillarbox-oidc="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"),
        "{cookie}"
    );
    let back = sent_back(&installation, &alice, &provider, "/charts/CSIRT");
    let inside = alice.get(&back);
    assert_eq!(inside.status, 200, "{}", inside.body);
    assert!(inside.body.contains("content=\"0;url=/charts/CSIRT\""));
    let cookies: Vec<&str> = inside
        .head
        .lines()
        .filter(|line| line.to_lowercase().starts_with("set-cookie"))
        .collect();
    assert!(
        cookies
            .iter()
            .any(|line| line.contains("__Host-pillarbox=") && line.ends_with("SameSite=Strict"))
    );
    assert!(
        cookies
            .iter()
            .any(|line| line.contains("__Host-pillarbox-oidc=;"))
    );
    let page = alice.get("/q/CSIRT");
    assert!(
        page.body.contains("<b>alice</b> (analyst)"),
        "{}",
        page.body
    );
    assert_eq!(
        trail(&installation, 9),
        "alice (console) account account=ID added role=analyst by=oidc\nalice (console) signed-in account=ID by=oidc\n"
    );

    // Another name at the provider is the same account; other groups are another role, for the session that is there, too.
    provider.says("preferred_username", json!("alice.married"));
    provider.says("groups", json!(["all", "leads"]));
    let again = Curl::new(&installation, port);
    assert_eq!(sign_in(&installation, &again, &provider).status, 200);
    assert!(alice.get("/q/CSIRT").body.contains("<b>alice</b> (lead)"));
    assert!(trail(&installation, 2).contains("account=ID role=lead was=analyst by=oidc"));
    let listed = installation.json(&["analyst", "list", "--json"]);
    assert_eq!(
        (listed.len(), &listed[0]["oidc"], &listed[0]["role"]),
        (1, &json!(true), &json!("lead"))
    );

    // Groups that are not in the token are asked for, and must be those of the same person.
    provider.says("groups", Value::Null);
    provider.house().userinfo = Some(json!({"sub": "subject-of-alice", "groups": ["all"]}));
    assert_eq!(
        sign_in(&installation, &Curl::new(&installation, port), &provider).status,
        200
    );
    assert!(alice.get("/q/CSIRT").body.contains("<b>alice</b> (reader)"));
    provider.house().userinfo = Some(json!({"sub": "subject-of-bob", "groups": ["leads"]}));
    assert_eq!(
        sign_in(&installation, &Curl::new(&installation, port), &provider).status,
        403
    );
    provider.house().userinfo = None;

    // Without a group she is out at once, everywhere.
    provider.says("groups", json!(["others", "Leads"]));
    let out = Curl::new(&installation, port);
    let back = sent_back(&installation, &out, &provider, "/");
    let refused = out.with(&back, &["-H", "Accept-Language: fr"]);
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("aucun de vos groupes n’a de rôle"),
        "{}",
        refused.body
    );
    assert_eq!(
        (alice.get("/q/CSIRT").status, sessions(&installation)),
        (303, "0".into())
    );
    assert!(trail(&installation, 1).ends_with("sign-in-failed account=ID by=oidc why=no-group\n"));
    installation.run(&["verify"]);
}

#[test]
fn accounts_belong_to_issuer_and_subject_and_local_ones_to_nobody_else() {
    let (installation, _daemon, port, provider) = with_provider();
    let bob = Login::new(&installation, "bob", "admin");
    let login = |subject: &str, name: &str| {
        provider.says("sub", json!(subject));
        provider.says("preferred_username", json!(name));
        let curl = Curl::new(&installation, port);
        let page = sign_in(&installation, &curl, &provider);
        (page.status, page.body, curl)
    };
    let (status, body, _) = login("subject-of-mallory", "bob");
    assert!(
        status == 403 && body.contains("Another account here has your name"),
        "{body}"
    );
    assert!(trail(&installation, 1).ends_with("why=name-taken subject=subject-of-mallory\n"));
    assert_eq!(login("subject-of-alice", "alice").0, 200);
    assert_eq!(
        login("subject-of-mallory", "alice").0,
        403,
        "a name is no account"
    );
    assert_eq!(
        login("subject-of-carol", "Carol C.").0,
        403,
        "no name of ours"
    );
    let roles =
        installation.sql("SELECT name, role, issuer IS NULL FROM console_account ORDER BY name");
    assert_eq!(roles, "alice|analyst|f\nbob|admin|t\n");

    // The operator gives bob's account to bob: then his password is none, and his role comes from his groups.
    let local = Curl::new(&installation, port);
    assert_eq!(local.sign_in("bob", bob.password, &bob.code()).status, 303);
    let said = installation.run(&["analyst", "bind", "bob", "--subject", "subject-of-bob"]);
    assert_eq!(
        said,
        "bob signs in with Our SSO; sessions that were ended: 1\n"
    );
    installation.sql("UPDATE console_account SET totp_used = 0");
    assert_eq!(local.sign_in("bob", bob.password, &bob.code()).status, 403);
    let (status, _, curl) = login("subject-of-bob", "robert");
    assert!(status == 200 && curl.get("/q/CSIRT").body.contains("<b>bob</b> (analyst)"));
    for what in [
        &["analyst", "totp", "bob"][..],
        &["analyst", "role", "bob", "admin"],
    ] {
        assert_eq!(installation.output(what).status.code(), Some(1), "{what:?}");
    }

    installation.run(&["analyst", "disable", "bob"]);
    assert_eq!(curl.get("/q/CSIRT").status, 303);
    let (status, body, curl) = login("subject-of-bob", "robert");
    assert!(status == 403 && body.contains("switched off"), "{body}");
    assert!(trail(&installation, 1).ends_with("account=ID by=oidc why=disabled\n"));
    assert_eq!(curl.get("/q/CSIRT").status, 303);
    installation.run(&["analyst", "enable", "bob"]);
    let (_, _, curl) = login("subject-of-bob", "robert");

    // Signing out ends our session, and leads to where the provider's ends.
    let word = curl.get("/q/CSIRT").word();
    let out = curl.post("/sign-out", &[("word", &word)]);
    let wanted = format!(
        "0;url={}/logout?client_id=pillarbox&amp;post_logout_redirect_uri=https%3A%2F%2Flocalhost%3A{port}%2Fsign-in",
        provider.issuer
    );
    let unquoted = out.body.replace("&#38;", "&amp;");
    assert!(
        out.status == 200 && unquoted.contains(&wanted),
        "{}",
        out.body
    );
    assert_eq!(curl.get("/q/CSIRT").status, 303);
}

#[test]
fn a_name_that_userinfo_alone_tells_is_a_name_and_no_twin_of_another() {
    let (installation, _daemon, port, provider) = with_provider();
    let login = || {
        let curl = Curl::new(&installation, port);
        sign_in(&installation, &curl, &provider)
    };
    provider.says("preferred_username", Value::Null);
    provider.house().userinfo =
        Some(json!({"sub": "subject-of-alice", "preferred_username": "alice"}));
    let page = login();
    assert_eq!(page.status, 200, "{}", page.body);
    // Whom we know needs no name: then userinfo, which refuses now, is not asked.
    provider.house().userinfo = None;
    assert_eq!(login().status, 200);
    // Of another person it tells nothing.
    provider.says("sub", json!("subject-of-mallory"));
    provider.house().userinfo =
        Some(json!({"sub": "subject-of-alice", "preferred_username": "mallory"}));
    assert_eq!(login().status, 403);
    assert!(trail(&installation, 1).ends_with("why=userinfo\n"));
    // Nobody who reads a trail tells one from the other.
    for name in ["Alice", "ALICE"] {
        provider.says("preferred_username", json!(name));
        let page = login();
        assert!(
            page.status == 403 && page.body.contains("Another account here has your name"),
            "{}",
            page.body
        );
        let password = installation.path("password");
        std::fs::write(&password, "a long enough password\n").unwrap();
        let mut add = installation.command(&["analyst", "add", name, "--role", "reader"]);
        let output = add.stdin(std::fs::File::open(password).unwrap()).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("there is an analyst"), "{said}");
    }
    assert_eq!(
        installation.sql("SELECT string_agg(name, ' ') FROM console_account"),
        "alice\n"
    );
}

#[test]
fn what_is_not_the_providers_answer_to_this_browser_lets_nobody_in() {
    let (installation, _daemon, port, provider) = with_provider();
    let refused = |curl: &Curl, back: &str, why: &str| {
        let page = curl.get(back);
        assert_eq!(page.status, 403, "{why}: {}", page.body);
        assert!(!curl.jar().contains("__Host-pillarbox\t"), "{why}");
        if !why.is_empty() {
            let line = trail(&installation, 1);
            assert!(
                line.ends_with(&format!("account=unknown by=oidc why={why}\n")),
                "{why}: {line}"
            );
        }
    };
    // A browser that did not begin it: of somebody who was sent the address, or one that is signed out and kept no cookie.
    let alice = Curl::new(&installation, port);
    let back = sent_back(&installation, &alice, &provider, "/");
    refused(&Curl::new(&installation, port), &back, "");
    let state = back
        .split("state=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    refused(&alice, &back.replace(state, &"0".repeat(64)), "");
    refused(&alice, &back.replace(&format!("state={state}"), ""), "");
    refused(&alice, "/sign-in/oidc/callback", "");
    assert_eq!(
        provider.house().tokens_asked,
        0,
        "the provider is asked by nobody of these"
    );
    // What others sent ended nothing; what comes again does, whatever the provider thinks of its code.
    provider.house().forgetful = true;
    let jar = alice.jar();
    let cookie = jar.lines().find(|line| line.contains("-oidc\t")).unwrap();
    let cookie = cookie.split('\t').next_back().unwrap();
    let cookie = format!("Cookie: __Host-pillarbox-oidc={cookie}");
    assert_eq!(alice.get(&back).status, 200);
    refused(&Curl::new(&installation, port), &back, "");
    let thief = Curl::new(&installation, port);
    assert_eq!(thief.with(&back, &["-H", &cookie]).status, 403);
    assert!(trail(&installation, 1).ends_with("why=replayed\n"));
    assert_eq!(provider.house().tokens_asked, 1);
    installation.run(&["analyst", "sign-out", "alice"]);

    let tried = |why: &str, change: &dyn Fn(&Provider)| {
        let before = provider.house().claims.clone();
        change(&provider);
        let curl = Curl::new(&installation, port);
        let back = sent_back(&installation, &curl, &provider, "/");
        refused(&curl, &back, why);
        let mut house = provider.house();
        (house.claims, house.wrong) = (before, Wrong::Nothing);
        house.said_issuer = Some(provider.issuer.clone());
    };
    tried("token-nonce", &|provider| {
        provider.says("nonce", json!("of-another-sign-in"))
    });
    tried("token-nonce", &|provider| {
        provider.says("nonce", Value::Null)
    });
    tried("token-audience", &|provider| {
        provider.says("aud", json!("another-client"))
    });
    tried("token-audience", &|provider| {
        provider.says("azp", json!("another-client"))
    });
    tried("token-issuer", &|provider| {
        provider.says("iss", json!("https://evil.example"))
    });
    tried("token-expired", &|provider| {
        provider.says("exp", json!(1_790_000_000))
    });
    tried("token-time", &|provider| {
        provider.says("iat", json!(1_790_000_000))
    });
    tried("token-algorithm", &|provider| {
        provider.house().wrong = Wrong::AlgorithmNone
    });
    tried("token-algorithm", &|provider| {
        provider.house().wrong = Wrong::PublicSecret
    });
    tried("token-signature", &|provider| {
        provider.house().wrong = Wrong::ForeignKey
    });
    tried("token-subject", &|provider| {
        provider.says("sub", Value::Null)
    });
    tried("issuer", &|provider| {
        provider.house().said_issuer = Some("https://evil.example".into())
    });
    tried("issuer", &|provider| provider.house().said_issuer = None);
    // The provider says no, and a code that is none of its.
    let curl = Curl::new(&installation, port);
    let back = sent_back(&installation, &curl, &provider, "/");
    let denied = back.replace("code=", "error=access_denied&was=");
    refused(&curl, &denied, "denied");
    let back = sent_back(&installation, &curl, &provider, "/");
    refused(&curl, &back.replace("code=", "code=x"), "provider");
    assert_eq!(sessions(&installation), "0");
    // No other site begins it, and it ends nowhere but here.
    let sent = curl.with(
        "/sign-in/oidc?next=/q/CSIRT",
        &["-H", "Sec-Fetch-Site: cross-site"],
    );
    assert_eq!(sent.field("Location"), Some("/sign-in?next=%2Fq%2FCSIRT"));
    let back = sent_back(&installation, &curl, &provider, "//evil.example/");
    assert!(curl.get(&back).body.contains("content=\"0;url=/\""));
    assert!(
        !installation.log().contains("for-userinfo") && !installation.log().contains("a secret")
    );
}

#[test]
fn changed_keys_are_found_and_a_provider_that_is_away_keeps_no_password_out() {
    let (installation, daemon, port, mut provider) = with_provider();
    let carol = Login::new(&installation, "carol", "reader");
    let alice = Curl::new(&installation, port);
    assert_eq!(sign_in(&installation, &alice, &provider).status, 200);
    let asked = provider.house().keys_asked;
    assert_eq!(
        sign_in(&installation, &Curl::new(&installation, port), &provider).status,
        200
    );
    assert_eq!(provider.house().keys_asked, asked, "keys are kept");
    for signer in [
        Signer::new("ES256", "second"),
        Signer::new("EdDSA", "third"),
        Signer::new("EdDSA", "third"),
    ] {
        provider.house().signer = signer;
        assert_eq!(
            sign_in(&installation, &Curl::new(&installation, port), &provider).status,
            200
        );
    }
    assert_eq!(provider.house().keys_asked, asked + 3);
    let doctor = |words: &str| {
        let output = installation.output(&["doctor"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(words), "{text}");
    };
    doctor(&format!("{}, keys that sign: 1", provider.issuer));

    // Broken, then gone: the page says so, and a password works.
    provider.house().broken = true;
    let curl = Curl::new(&installation, port);
    let away = sign_in(&installation, &curl, &provider);
    assert!(
        away.status == 503 && away.body.contains("does not answer as it should"),
        "{}",
        away.body
    );
    provider.down();
    doctor("discovery: no connection");
    drop(daemon);
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let away = curl.with("/sign-in/oidc", &["-H", "Accept-Language: fr"]);
    assert!(
        away.status == 503 && away.body.contains("ne répond pas comme il devrait"),
        "{}",
        away.body
    );
    assert_eq!(
        curl.sign_in("carol", carol.password, &carol.code()).status,
        303
    );
    let log = installation.log();
    assert!(
        log.contains("nobody can sign in with OpenID Connect now"),
        "{log}"
    );
    provider.house().broken = false;
    provider.up(&installation);
    crate::support::wait_for(
        "the provider to be asked again",
        std::time::Duration::from_secs(30),
        || {
            curl.get("/sign-out").status == 405
                && Curl::new(&installation, port).get("/sign-in/oidc").status == 303
        },
    );

    // Another issuer than the configured one; and without passwords.
    let text = provider.configuration(&installation, port);
    let other = text.replace(
        &format!("issuer = \"{}\"", provider.issuer),
        &format!("issuer = \"{}/\"", provider.issuer),
    );
    std::fs::write(installation.path("conf.d/test.toml"), other).unwrap();
    doctor("to the letter");
    let text = text.replace(
        "[console.oidc]\n",
        "local_sign_in = false\n[console.oidc]\n",
    );
    std::fs::write(installation.path("conf.d/test.toml"), &text).unwrap();
    assert!(daemon.terminate());
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let first = Curl::new(&installation, port).get("/sign-in");
    assert!(
        first.body.contains("Sign in with Our SSO") && !first.body.contains("name=\"password\"")
    );
    installation.sql("UPDATE console_account SET totp_used = 0");
    let fresh = Curl::new(&installation, port);
    let refused = fresh.post(
        "/sign-in",
        &[
            ("word", "x"),
            ("name", "carol"),
            ("password", carol.password),
            ("code", &carol.code()),
        ],
    );
    assert_eq!(refused.status, 403);
    assert_eq!(sign_in(&installation, &fresh, &provider).status, 200);
    installation.run(&["analyst", "list"]);
    // Nobody could sign in at all: the start says so.
    let text = format!("[console]\naddress = \"127.0.0.1:{port}\"\nlocal_sign_in = false\n");
    std::fs::write(installation.path("conf.d/test.toml"), text).unwrap();
    assert_eq!(
        installation.output(&["config", "check"]).status.code(),
        Some(78)
    );
}

#[test]
fn browser_goes_to_the_provider_and_comes_back_to_where_it_wanted() {
    let (installation, _daemon, port, provider) = with_provider();
    provider.house().asks = true;
    let chromium = Chromium::new();
    chromium.open(&format!("https://localhost:{port}/charts/CSIRT"));
    chromium.click("a.main");
    chromium.wait("return document.title == 'SSO'");
    chromium.click("#in");
    // From another site, and all the same signed in on the first page.
    chromium.wait("return location.pathname == '/charts/CSIRT'");
    assert_eq!(
        chromium.ask_page("return document.querySelector('.me b').textContent"),
        "alice"
    );
    assert_eq!(chromium.ask_page("return document.cookie"), "");
    chromium.click("form[action='/sign-out'] button");
    chromium.wait("return document.title == 'SSO: signed out'");
    chromium.click("#back");
    chromium.wait("return location.pathname == '/sign-in'");
    assert!(chromium.axe().is_empty(), "{:?}", chromium.axe());
    chromium.picture("oidc-sign-in");
    assert_eq!(sessions(&installation), "0");
    // Without scripts, and with a group that has no role.
    chromium.scripts(false);
    provider.says("groups", json!(["nobody"]));
    chromium.click("a.main");
    chromium.wait("return document.title == 'SSO'");
    chromium.click("#in");
    chromium.wait("return document.body.textContent.includes('none of your groups')");
    chromium.scripts(true);
    assert!(chromium.axe().is_empty(), "{:?}", chromium.axe());
    let asked = chromium.asked();
    let foreign = asked
        .iter()
        .filter(|url| !url.starts_with("https://localhost") && !url.starts_with(&provider.issuer));
    let foreign: Vec<&String> = foreign.filter(|url| url.starts_with("http")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn guesses_from_everywhere_slow_strangers_down_and_nobody_who_works_here() {
    let port = free_port();
    let installation = Installation::new(&format!("[console]\naddress = \"0.0.0.0:{port}\"\n"));
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let [alice, bob] = ["alice", "bob"].map(|name| Login::new(&installation, name, "reader"));
    // Alice works from here; then there are guesses from everywhere.
    assert_eq!(
        Curl::new(&installation, port)
            .sign_in("alice", alice.password, &alice.code())
            .status,
        303
    );
    let from = |address: &str, code: &str| {
        let curl = Curl::new(&installation, port);
        let word = curl.get("/sign-in").word();
        let origin = format!("Origin: https://localhost:{port}");
        let form = [
            ("word", word.as_str()),
            ("name", "bob"),
            ("password", bob.password),
            ("code", code),
        ];
        curl.post_from("/sign-in", &form, &["-H", &origin, "--interface", address])
            .status
    };
    assert_eq!(from("127.0.0.2", "x"), 403);
    let busy =
        "UPDATE console_attempt SET until = now() + interval '5 minutes' WHERE until > last_at";
    installation.sql(busy);
    let paced = installation
        .sql("SELECT count(*) FROM console_attempt WHERE until > now() + interval '4 minutes'");
    assert_eq!(paced.trim(), "1");
    assert_eq!(
        from("127.0.0.3", &bob.code()),
        403,
        "all strangers together are too many now"
    );
    assert!(
        installation.metric("pillarbox_authentications_total{outcome=\"console-paced\"") >= 1.0
    );
    installation.sql("UPDATE console_account SET totp_used = 0");
    assert_eq!(
        Curl::new(&installation, port)
            .sign_in("alice", alice.password, &alice.code())
            .status,
        303
    );
    assert_eq!(from("127.0.0.1", &bob.code()), 303, "her network is known");
    // One of them is let through each few seconds, however many try.
    installation.sql("UPDATE console_attempt SET until = now() + interval '290 seconds' WHERE until > now() + interval '4 minutes'");
    installation.sql("UPDATE console_account SET totp_used = 0");
    assert_eq!(from("127.0.0.4", &bob.code()), 303);
}
