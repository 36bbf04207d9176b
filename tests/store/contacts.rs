//! The register of organisations: each statement, what `verify` says of rows that were changed by hand, and whose what is.

use std::sync::Arc;

use extract::{Extraction, Indicator, IndicatorKind, Role, Span};
use pillarbox::contacts::known::Known;
use pillarbox::contacts::{
    Called, ContactFault, Directory, Kept, Organisation, Person, Register, Whose,
};
use pillarbox::verify::{Broken, Verifier};
use uuid::Uuid;

use crate::fixture::{Fixture, TEAM};

const BY: &str = "kim";

pub fn register(fixture: &Fixture) -> Register {
    Register {
        store: fixture.store.clone(),
        ring: Arc::clone(&fixture.ring),
        team: TEAM.into(),
    }
}

pub fn organisation(name: &str, networks: &[&str], domains: &[&str]) -> Organisation {
    let one = Organisation {
        name: name.into(),
        telephone: "+352 12 34 56".into(),
        out_of_hours: "+352 99 00 00".into(),
        networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
        domains: domains.iter().map(|&text| text.into()).collect(),
        ..Organisation::default()
    };
    one.checked().unwrap()
}

async fn all(register: &Register) -> Vec<Kept> {
    let opened = register.open().await.unwrap();
    assert_eq!(opened.damaged, Vec::<Uuid>::new());
    opened.kept
}

#[tokio::test]
async fn organisations_are_added_changed_and_removed_by_one_at_a_time() {
    let fixture = Fixture::migrated().await;
    let register = register(&fixture);
    let stamp = async || fixture.store.organisations_stamp().await.unwrap();
    let empty = stamp().await;
    let bank = organisation("Example Bank", &["198.51.100.0/24"], &["bank.example"]);
    register.add(&bank, BY).await.unwrap();
    let added = stamp().await;
    assert_ne!(empty, added);
    // Called the same but for the case of its letters.
    let same = organisation("EXAMPLE bank", &[], &[]);
    let taken = register.add(&same, BY).await;
    assert!(matches!(taken, Err(ContactFault::Taken)), "{taken:?}");
    assert_eq!(stamp().await, added);
    let school = organisation("A school", &[], &["school.example"]);
    register.add(&school, BY).await.unwrap();
    let kept = all(&register).await;
    let names: Vec<&str> = kept.iter().map(|one| &*one.organisation.name).collect();
    assert_eq!(names, ["A school", "Example Bank"]);
    assert_eq!(kept[1].organisation, bank);

    let before = stamp().await;
    let new = Organisation {
        telephone: "+352 1".into(),
        ..bank.clone()
    };
    register.change(&kept[1], &new, BY).await.unwrap();
    assert_ne!(stamp().await, before);
    let again = register.change(&kept[1], &bank, BY).await;
    assert!(matches!(again, Err(ContactFault::Changed)), "{again:?}");
    let late = register.remove(&kept[1], BY).await;
    assert!(matches!(late, Err(ContactFault::Changed)), "{late:?}");
    let kept = all(&register).await;
    assert_eq!(kept[1].organisation, new);
    let taken = register
        .change(
            &kept[1],
            &Organisation {
                name: "a School".into(),
                ..new.clone()
            },
            BY,
        )
        .await;
    assert!(matches!(taken, Err(ContactFault::Taken)), "{taken:?}");

    register.remove(&kept[1], BY).await.unwrap();
    let gone = register.change(&kept[1], &bank, BY).await;
    assert!(matches!(gone, Err(ContactFault::Changed)), "{gone:?}");
    assert_eq!(all(&register).await.len(), 1);
    let keys = "SELECT count(*) FROM case_key";
    assert_eq!(fixture.number(keys).await, 1, "its key went with it");
    let lines = fixture.store.audit_rows(&[kept[1].id()]).await.unwrap();
    let lines: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (&*line.actor, &*line.action))
        .collect();
    assert_eq!(lines, [(BY, "contact"), (BY, "contact"), (BY, "removed")]);
    assert_eq!(findings(&fixture).await, []);
}

/// The tables and words that `verify` names.
async fn findings(fixture: &Fixture) -> Vec<(&'static str, Broken)> {
    let verifier = Verifier {
        store: &fixture.store,
        ring: &fixture.ring,
        team: TEAM,
        own: None,
    };
    let report = verifier.all().await.unwrap();
    report
        .findings
        .iter()
        .map(|one| (one.table, one.broken))
        .collect()
}

#[tokio::test]
async fn what_is_done_to_the_rows_by_hand_is_found() {
    let fixture = Fixture::migrated().await;
    let register = register(&fixture);
    for name in ["One", "Two", "Three"] {
        register
            .add(&organisation(name, &[], &[]), BY)
            .await
            .unwrap();
    }
    fixture
        .run("CREATE TABLE old AS TABLE organisation; CREATE TABLE old_key AS TABLE case_key")
        .await;
    let kept = all(&register).await;
    let changed = Organisation {
        telephone: "+352 1".into(),
        ..kept[0].organisation.clone()
    };
    register.change(&kept[0], &changed, BY).await.unwrap();
    let three = kept
        .iter()
        .find(|one| one.organisation.name == "Three")
        .unwrap();
    register.remove(three, BY).await.unwrap();
    assert_eq!(findings(&fixture).await, []);
    pillarbox::audit::anchor(&fixture.store, &fixture.ring)
        .await
        .unwrap();
    fixture
        .run("CREATE TABLE good AS TABLE organisation; CREATE TABLE good_key AS TABLE case_key")
        .await;
    let deeds = [
        // An older one, put back; two that changed places; a name that leads elsewhere.
        ("UPDATE organisation o SET sealed = old.sealed FROM old WHERE old.id = o.id", Broken::Altered),
        ("UPDATE organisation o SET sealed = other.sealed FROM good other WHERE o.id <> other.id", Broken::Swapped),
        ("UPDATE organisation SET digest = digest || '\\x00'", Broken::Altered),
        ("UPDATE organisation SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)", Broken::Altered),
        ("UPDATE organisation SET sealed = substr(sealed, 1, 8)", Broken::Truncated),
        ("DELETE FROM organisation", Broken::Missing),
        // One that was removed, back from the dead.
        ("INSERT INTO case_key (id, wrapped) SELECT id, wrapped FROM old_key WHERE id NOT IN (SELECT id FROM good);
          INSERT INTO organisation SELECT * FROM old WHERE id NOT IN (SELECT id FROM good)", Broken::Added),
    ];
    for (deed, broken) in deeds {
        fixture.run(deed).await;
        let found = findings(&fixture).await;
        assert!(
            found.contains(&("organisation", broken)),
            "{deed}: {found:?}"
        );
        fixture
            .run("DELETE FROM organisation; DELETE FROM case_key; INSERT INTO case_key (id, wrapped) SELECT id, wrapped FROM good_key;
                  INSERT INTO organisation SELECT * FROM good")
            .await;
        assert_eq!(findings(&fixture).await, [], "{deed}");
    }
    // A damaged one hides no other.
    fixture.run("UPDATE organisation SET sealed = substr(sealed, 1, 8) WHERE id = (SELECT id FROM organisation ORDER BY id LIMIT 1)").await;
    let opened = register.open().await.unwrap();
    assert_eq!((opened.kept.len(), opened.damaged.len()), (1, 1));
}

#[tokio::test]
async fn worker_adds_the_register_to_what_is_configured_and_does_without_what_is_damaged() {
    let fixture = Fixture::migrated().await;
    let register = register(&fixture);
    let bank = organisation("Bank", &["198.51.100.0/24"], &["bank.example"]);
    let school = organisation("School", &["198.51.100.0/24"], &["school.example"]);
    for one in [&bank, &school] {
        register.add(one, BY).await.unwrap();
    }
    let mut settings = pillarbox::config::built_in();
    settings.constituency.domains.push("Own.Example".into());
    let policy = Arc::new(pillarbox::settings::policy(&settings, String::new()).unwrap());
    let seen = async || {
        let known = Known::new(register.clone(), Arc::clone(&policy));
        known.seen().await.unwrap()
    };
    let all = seen().await;
    let context = &all.policy.context;
    assert_eq!(
        context.domains,
        ["own.example", "bank.example", "school.example"]
    );
    assert_eq!(context.networks, ["198.51.100.0/24".parse().unwrap()]);
    assert_eq!(names(all.directory.of_domain("bank.example")).len(), 1);
    fixture.run("UPDATE organisation SET sealed = substr(sealed, 1, 8) WHERE id = (SELECT id FROM organisation ORDER BY id LIMIT 1)").await;
    assert_eq!(
        seen().await.policy.context.domains,
        ["own.example", "school.example"]
    );
}

fn refused(one: Organisation) -> String {
    let said = one.checked().unwrap_err().to_string();
    assert!(!said.chars().any(char::is_control), "{said:?}");
    said
}

#[test]
fn what_can_not_stand_in_the_register_is_refused_by_name() {
    let named = |name: &str| Organisation {
        name: name.into(),
        ..Organisation::default()
    };
    assert!(refused(named(" ")).contains("it needs one"));
    assert!(refused(named(&"x".repeat(201))).contains("201 octets are more than 200"));
    // Escape sequences, hidden marks, line breaks.
    for name in [
        "\u{1b}]0;owned\u{7}Bank",
        "Bank\u{202e}knab",
        "Bank\u{200b}",
        "One\nTwo",
    ] {
        refused(named(name));
    }
    for telephone in [
        "call me",
        "12\u{1b}[31m",
        "+352 12;rm -rf /",
        &"1".repeat(65),
    ] {
        let said = refused(Organisation {
            telephone: telephone.into(),
            ..named("B")
        });
        assert!(said.starts_with("B: telephone: "), "{said}");
    }
    for address in [
        "bank.example",
        "a b@bank.example",
        "x@",
        "<x@bank.example>",
        "x@-\u{1b}",
    ] {
        refused(Organisation {
            address: address.into(),
            ..named("B")
        });
    }
    for domain in [
        "",
        "bank..example",
        "198.51.100.7",
        "bänk.example",
        "*.bank.example",
        &"a.".repeat(128),
    ] {
        refused(Organisation {
            domains: vec![domain.into()],
            ..named("B")
        });
    }
    let many = (0..1_001)
        .map(|number| format!("d{number}.example"))
        .collect();
    assert!(
        refused(Organisation {
            domains: many,
            ..named("B")
        })
        .contains("1001 are more than 1000")
    );
    assert!("Jane <jane@bank.example".parse::<Person>().is_err());
    let jane: Person = " Jane Doe <Jane@Bank.example>  +352 12 ".parse().unwrap();
    let words = [&*jane.name, &*jane.address, &*jane.telephone];
    assert_eq!(words, ["Jane Doe", "jane@bank.example", "+352 12"]);
    let one = Organisation {
        note: "Ask for\r\nJane.".into(),
        domains: vec!["Bank.Example.".into(), "bank.example".into(), "lu".into()],
        networks: vec![
            "198.51.100.7/24".parse().unwrap(),
            "2001:db8::1/32".parse().unwrap(),
        ],
        ..named(" Bank ")
    };
    let one = one.checked().unwrap();
    assert_eq!((&*one.name, &*one.note), ("Bank", "Ask for\nJane."));
    assert_eq!(one.domains, ["bank.example", "lu"]);
    let networks: Vec<String> = one.networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["198.51.100.0/24", "2001:db8::/32"]);
}

#[test]
fn numbers_are_told_as_the_hour_asks_for() {
    let mut one = organisation("Bank", &[], &[]);
    let numbers = |one: &Organisation, at_work| {
        let calls = one.calls(at_work);
        calls
            .iter()
            .map(|call| call.number.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&one, true), ["+352 12 34 56"]);
    assert_eq!(numbers(&one, false), ["+352 99 00 00", "+352 12 34 56"]);
    one.telephone.clear();
    assert_eq!(numbers(&one, true), ["+352 99 00 00"]);
    one.out_of_hours.clear();
    assert_eq!(numbers(&one, true), Vec::<String>::new());
    one.people = ["Jane", "Joe <joe@bank.example> +352 7"]
        .map(|text| text.parse().unwrap())
        .into();
    assert_eq!(one.calls(false)[0].whose, Whose::Person("Joe"));
}

fn names(owners: Vec<pillarbox::contacts::Owner<'_>>) -> Vec<(String, String)> {
    owners
        .into_iter()
        .map(|owner| (owner.organisation.name.clone(), owner.by))
        .collect()
}

#[test]
fn whose_something_is_is_told_the_most_specific_first() {
    let mut state = organisation("State", &["198.51.100.0/22", "2001:db8::/32"], &["lu"]);
    state.address = "cert@gov.example".into();
    let bank = organisation(
        "Bank",
        &["198.51.100.0/24", "2001:db8:7::/48"],
        &["bank.lu"],
    );
    let twin = organisation("Twin", &["198.51.100.0/24"], &["bank.lu"]);
    let directory = Directory::new(vec![state, twin, bank]);
    let own = |text: &str| (text.to_owned(), "198.51.100.0/24".to_owned());
    let state = ("State".to_owned(), "198.51.100.0/22".to_owned());
    for text in ["198.51.100.7", "::ffff:198.51.100.7", "198.51.100.0/25"] {
        assert_eq!(
            names(directory.of_block(text)),
            [own("Bank"), own("Twin"), state.clone()],
            "{text}"
        );
    }
    assert_eq!(names(directory.of_block("198.51.101.7")), [state]);
    assert_eq!(names(directory.of_block("198.51.96.0/20")), []);
    assert_eq!(names(directory.of_block("no address")), []);
    let v6 = names(directory.of_block("2001:db8:7::1"));
    assert_eq!(
        v6.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
        ["Bank", "State"]
    );
    let by = |owners: Vec<_>| {
        names(owners)
            .into_iter()
            .map(|(name, by)| format!("{name} {by}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        by(directory.of_domain("WWW.Bank.lu.")),
        ["Bank bank.lu", "Twin bank.lu", "State lu"]
    );
    assert_eq!(by(directory.of_domain("notbank.lu")), ["State lu"]);
    assert_eq!(
        by(directory.of_domain("bank.lu.example")),
        Vec::<String>::new()
    );
    // An address that is somebody's own counts before its domain.
    assert_eq!(
        by(directory.of_address("Cert@gov.example")),
        ["State cert@gov.example"]
    );
    assert_eq!(
        by(directory.of_address("noc@mail.bank.lu")),
        ["Bank bank.lu", "Twin bank.lu", "State lu"]
    );
    assert_eq!(by(directory.of_address("")), Vec::<String>::new());
}

#[test]
fn report_is_about_those_whose_addresses_and_names_are_in_it() {
    let bank = organisation("Bank", &["198.51.100.0/24"], &["bank.example"]);
    let school = organisation("School", &["203.0.113.0/24"], &["school.example"]);
    let directory = Directory::new(vec![bank, school]);
    let indicator = |kind, value: &str| Indicator {
        kind,
        value: value.into(),
        raw: value.into(),
        role: Role::Destination,
        span: Span::default(),
    };
    let extraction = Extraction {
        indicators: vec![
            indicator(IndicatorKind::Ipv4, "192.0.2.1"),
            indicator(
                IndicatorKind::Url,
                "https://user@www.school.example:8443/x?y=bank.example",
            ),
            indicator(IndicatorKind::Url, "http://198.51.100.7/x"),
            indicator(IndicatorKind::Ipv4, "198.51.100.7"),
            indicator(IndicatorKind::Ipv4, "198.51.100.7"),
            indicator(IndicatorKind::IpRange, "198.51.100.3-198.51.100.9"),
            indicator(IndicatorKind::IpRange, "198.51.100.3-198.51.101.9"),
            indicator(IndicatorKind::Email, "boss@mail.bank.example"),
            indicator(IndicatorKind::Cve, "CVE-2021-44228"),
        ],
        ..Extraction::default()
    };
    let about = directory.of_extractions([&extraction]);
    let about: Vec<(&str, Vec<&str>)> = about
        .iter()
        .map(|one| {
            (
                &*one.organisation.name,
                one.values.iter().map(|value| value.value).collect(),
            )
        })
        .collect();
    assert_eq!(
        about,
        [
            (
                "School",
                vec!["https://user@www.school.example:8443/x?y=bank.example"]
            ),
            (
                "Bank",
                vec![
                    "http://198.51.100.7/x",
                    "198.51.100.7",
                    "198.51.100.3-198.51.100.9",
                    "boss@mail.bank.example"
                ]
            ),
        ]
    );
    // The sender's organisation is called first, and nobody twice.
    let called = Called::of(
        &directory,
        [
            ("noc@bank.example", &extraction),
            ("noc@bank.example", &extraction),
        ],
    );
    let contacts = called.contacts(true);
    let names: Vec<&str> = contacts.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["Bank", "School"]);
    assert_eq!(
        called.concerned[1].values.len(),
        4,
        "each value once, however many messages name it"
    );
}
