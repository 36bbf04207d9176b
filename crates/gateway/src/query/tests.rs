#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

use proptest::prelude::*;

use super::super::Query;
use super::super::term::{Age, Is, Signed, State, Tlp, Unit};
use super::*;

fn read(text: &str) -> Query {
    parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

fn is(is: Is) -> Query {
    Query::Term(Term::Is(is))
}

#[test]
fn terms_are_read_as_they_are_meant() {
    for (text, term) in [
        ("is:unclaimed", Term::Is(Is::Unclaimed)),
        ("IS:Mine", Term::Is(Is::Mine)),
        ("status:closed", Term::Status(State::Closed)),
        ("tlp:amber+strict", Term::Tlp(Tlp::AmberStrict)),
        ("sig:bad", Term::Signature(Signed::Bad)),
        ("enc:yes", Term::Encrypted(true)),
        ("kind:phishing", Term::Type("phishing".into())),
        ("type:brute-force", Term::Type("brute-force".into())),
        ("owner:Kim", Term::Owner("kim".into())),
        ("owner:\"kim lee\"", Term::Owner("kim lee".into())),
        ("from:@bank.example", Term::From("@bank.example".into())),
        ("from:a@b.example", Term::From("a@b.example".into())),
        ("obs:192.0.2.0/24", Term::Value("192.0.2.0/24".into())),
        ("192.0.2.7", Term::Value("192.0.2.7".into())),
        ("2001:db8::1", Term::Value("2001:db8::1".into())),
        ("evil(.)example", Term::Value("evil(.)example".into())),
        (
            "hxxp://evil.example/a",
            Term::Value("hxxp://evil.example/a".into()),
        ),
        ("cve:CVE-2024-3094", Term::Value("cve:CVE-2024-3094".into())),
        ("123", Term::Number(123)),
        ("CSIRT#000123", Term::Number(123)),
        ("[CSIRT#000123]", Term::Number(123)),
        ("tag:123", Term::Number(123)),
        ("tag:CSIRT#000123", Term::Number(123)),
        ("tag:\"Phishing Wave\"", Term::Tag("phishing-wave".into())),
        ("tag:campaign:bank", Term::Tag("campaign:bank".into())),
        ("org:\"Bank of\"", Term::Organisation("bank of".into())),
        ("concerns:Bank", Term::Concerns("bank".into())),
        ("Scan", Term::Words("scan".into())),
        ("\"two: (words)\"", Term::Words("two: (words)".into())),
        (
            "age>4h",
            Term::Age(Age {
                older: true,
                count: 4,
                unit: Unit::Hours,
            }),
        ),
    ] {
        assert_eq!(read(text), Query::Term(term), "{text}");
    }
}

#[test]
fn joints_bind_as_people_expect() {
    let [open, mine, late] = [Is::Open, Is::Mine, Is::Overdue].map(is);
    assert_eq!(read(" "), Query::default());
    assert_eq!(
        read("is:open (is:mine or -is:overdue)"),
        Query::all([
            open.clone(),
            Query::any([mine.clone(), late.clone().negated()])
        ])
    );
    assert_eq!(
        read("is:open is:mine | is:overdue"),
        Query::any([Query::all([open.clone(), mine.clone()]), late.clone()])
    );
    assert_eq!(
        read("not (is:open AND is:mine)"),
        Query::all([open, mine]).negated()
    );
    assert_eq!(read("--is:overdue"), late);
}

#[test]
fn faults_say_where_and_what_was_meant() {
    for (text, at, length, said) in [
        ("is:open is:unclamed", 8, 11, "Did you mean unclaimed?"),
        ("statsu:new", 0, 10, "Did you mean status?"),
        ("tlp:", 0, 4, "missing behind tlp:"),
        ("é (is:open", 3, 1, "not closed"),
        ("is:open)", 7, 1, "never opened"),
        ("is:open or", 10, 0, "missing here"),
        ("or is:open", 0, 0, "missing here"),
        ("- is:open", 1, 0, "missing here"),
        ("()", 1, 0, "missing here"),
        ("a \"b", 2, 1, "no other at the end"),
        ("age>4", 0, 5, "age>4h"),
        ("age>4y", 0, 6, "age>4h"),
        ("type:fishing", 0, 12, "Did you mean phishing?"),
        ("obs:port:22", 0, 11, "A port alone"),
        ("tag:=x", 0, 6, "has letters, digits"),
        ("tag:tlp:red", 0, 11, "marking"),
        ("ticket:abc", 0, 10, "is no ticket"),
        ("owner:\"a\0\"", 8, 1, "can't be looked for"),
        ("192.0.2.*", 0, 9, "192.0.2.0/24"),
    ] {
        let fault = parse(text).expect_err(text);
        assert!(fault.to_string().contains(said), "{text}: {fault}");
        assert_eq!((fault.at, fault.length), (at, length), "{text}");
    }
    assert_eq!(
        parse(&"(".repeat(900)).map_err(|fault| fault.problem),
        Err(Problem::Much)
    );
    assert_eq!(
        parse(&"a ".repeat(41)).map_err(|fault| fault.problem),
        Err(Problem::Much)
    );
    // The forty-first term begins with a letter of two octets: all of it is marked.
    let fault = parse(&format!("{}été", "a ".repeat(40)));
    let fault = fault.expect_err("forty-one terms");
    assert_eq!((fault.at, fault.length), (80, 2));
}

fn term() -> impl Strategy<Value = Term> {
    let text = "[a-z0-9 \"\\\\():|.é-]{0,8}[a-z0-9()\"\\\\]";
    prop_oneof![
        (0..Is::ALL.len()).prop_map(|at| Term::Is(Is::ALL[at].0)),
        (0..State::ALL.len()).prop_map(|at| Term::Status(State::ALL[at].0)),
        (0..Signed::ALL.len()).prop_map(|at| Term::Signature(Signed::ALL[at].0)),
        (0..Tlp::ALL.len()).prop_map(|at| Term::Tlp(Tlp::ALL[at].0)),
        any::<bool>().prop_map(Term::Encrypted),
        (any::<bool>(), any::<u32>(), 0..Unit::ALL.len()).prop_map(|(older, count, at)| {
            Term::Age(Age {
                older,
                count,
                unit: Unit::ALL[at].0,
            })
        }),
        (0..i64::MAX).prop_map(Term::Number),
        text.prop_map(|text| Term::Owner(text.trim().to_owned())),
        text.prop_map(Term::Words),
        text.prop_map(|text| Term::Organisation(text.trim().to_owned())),
        "[a-zé][a-zé0-9.:/+&_-]{0,8}".prop_map(Term::Tag),
        text.prop_map(|text| Term::From(text.trim().to_owned())),
        (0..extract::RSIT.len()).prop_map(|at| Term::Type(extract::RSIT[at].kind.to_owned())),
        any::<u32>()
            .prop_map(|address| { Term::Value(std::net::Ipv4Addr::from(address).to_string()) }),
        Just(Term::Value("CERT #7 (a)".into())),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let leaf = term().prop_map(Query::Term);
    leaf.prop_recursive(4, 12, 3, |inner| {
        let some = proptest::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            some.clone().prop_map(Query::all),
            some.prop_map(Query::any),
            inner.prop_map(Query::negated),
        ]
    })
}

#[test]
fn a_word_with_marks_is_written_so_that_what_follows_stays_outside() {
    let words = Query::Term(Term::Words("0(\\".into()));
    let query = Query::all([is(Is::Open), words]).negated();
    assert_eq!(parse(&query.to_string()), Ok(query));
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(query in query()) {
        let text = query.to_string();
        prop_assume!(text.len() <= LONGEST);
        prop_assert_eq!(parse(&text), Ok(query), "{}", text);
    }

    #[test]
    fn anything_is_read_or_refused_and_reads_the_same_again(
        text in "[a-z0-9 \"\\\\():|.#@<>é-]{0,40}|(is:open|or|-|\\(|\\)|\"| |obs:|age>|and|not|1\\.2\\.3\\.4|x){0,12}|\\PC{0,40}"
    ) {
        match parse(&text) {
            Ok(query) => {
                let again = query.to_string();
                prop_assert_eq!(parse(&again), Ok(query), "{} / {}", text, again);
            }
            Err(fault) => {
                prop_assert!(text.get(fault.at..fault.at + fault.length).is_some(), "{:?}", fault);
            }
        }
    }
}
