//! Letters and what they wait for; who has a ticket; notes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pillarbox::actions::{ActionFault, note, owner};
use pillarbox::audit::Link;
use pillarbox::sealing;
use pillarbox::store::{
    AuditLine, EventLine, NewEntry, NewLetter, NewMail, NewTicket, Split, Store, StoreFault,
    TakeBack,
};
use pillarbox::ticket::{self, Step};
use uuid::Uuid;
use vault::WrappedKey;

use crate::fixture::{Fixture, LEASE, Outcome, TEAM, acting};

const HOLD: Duration = Duration::from_secs(15);

async fn opened(fixture: &Fixture) -> Outcome {
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    outcome
}

/// A letter on a ticket to one party who is to answer.
pub struct Sheet {
    pub outcome: Outcome,
    party: Vec<u8>,
}

impl Sheet {
    pub fn new(fixture: &Fixture, party: &[u8]) -> Sheet {
        Sheet {
            outcome: fixture.outcome("letter"),
            party: party.to_vec(),
        }
    }

    async fn send(
        &self,
        fixture: &Fixture,
        place: (Uuid, &WrappedKey),
        states: (&str, &str),
        until: Timestamp,
    ) -> Result<(), StoreFault> {
        let line = fixture.link(place.0).await;
        self.send_by(&fixture.store, place, states, (until, line))
            .await
    }

    pub async fn send_by(
        &self,
        store: &Store,
        (case, key): (Uuid, &WrappedKey),
        (was, becomes): (&str, &str),
        (until, line): (Timestamp, Link),
    ) -> Result<(), StoreFault> {
        let outcome = &self.outcome;
        let mail = [NewMail {
            id: outcome.mail,
            due_at: until,
            message: &outcome.letter,
            purpose: "letter",
            addressed: b"addressed",
        }];
        let letter = NewLetter {
            ticket: (case, key),
            states: (was, becomes),
            clock: Some(Some(until)),
            changed_hour: until,
            entry: NewEntry {
                id: outcome.entry,
                kind: "letter",
                rule: "",
                answer: "",
                signature: "none",
                was_encrypted: false,
                received_hour: until,
                size_bucket: 7,
                raw: &outcome.raw,
                summary: &outcome.summary,
                reading: &outcome.reading,
            },
            own_case: None,
            parties: std::slice::from_ref(&self.party),
            mail: &mail,
            hold: HOLD,
            awaited: &[(outcome.mail, self.party.clone())],
            until: Some(until),
            audit: line.line(),
        };
        store.send_letter(&letter).await
    }
}

async fn state(fixture: &Fixture, case: Uuid) -> (String, bool) {
    let rows = fixture.store.tickets(TEAM, &[], &[case]).await.unwrap();
    (rows[0].state.clone(), rows[0].overdue)
}

async fn ended(fixture: &Fixture, case: Uuid) -> Vec<(String, String, bool)> {
    let rows = fixture.store.awaited(case).await.unwrap().into_iter();
    rows.map(|row| (row.ended, row.failed, row.overdue))
        .collect()
}

fn soon() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(2)
}

#[tokio::test]
async fn a_letter_is_queued_with_its_entry_and_held_before_it_is_due() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    let sheet = Sheet::new(&fixture, b"isp");
    let place = (ticket.case, &ticket.wrapped);
    let other = sheet
        .send(&fixture, place, ("open", "waiting"), soon())
        .await;
    assert!(
        matches!(other, Err(StoreFault::Conflict)),
        "in another state: {other:?}"
    );
    let sealed_anew = sheet
        .send(
            &fixture,
            (ticket.case, &sheet.outcome.wrapped),
            ("new", "waiting"),
            soon(),
        )
        .await;
    assert!(
        matches!(sealed_anew, Err(StoreFault::Conflict)),
        "{sealed_anew:?}"
    );
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 1);
    sheet
        .send(&fixture, place, ("new", "waiting"), soon())
        .await
        .unwrap();
    assert_eq!(
        state(&fixture, ticket.case).await,
        ("waiting".into(), false)
    );
    assert_eq!(fixture.store.entries(ticket.case).await.unwrap().len(), 2);
    let states = fixture.store.mail_states(ticket.case).await.unwrap();
    assert_eq!(
        (states[1].purpose.as_str(), states[1].letter),
        ("letter", Some(sheet.outcome.entry))
    );
    // The acknowledgement is due, the letter is not yet.
    let due = fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    assert_eq!(
        due.iter().map(|mail| mail.id).collect::<Vec<_>>(),
        [ticket.mail]
    );
    assert_eq!(
        ended(&fixture, ticket.case).await,
        [(String::new(), String::new(), false)]
    );
}

#[tokio::test]
async fn a_letter_is_taken_back_once_and_not_when_a_sender_has_begun() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    let (case, store) = (ticket.case, &fixture.store);
    let take_back = async |letter: Uuid| {
        let line = fixture.link(case).await;
        let back = TakeBack {
            ticket: case,
            letter,
            states: ("waiting", "new"),
            clock: Some(None),
            audit: line.line(),
        };
        store.take_back(&back).await.unwrap()
    };
    let sheet = Sheet::new(&fixture, b"isp");
    sheet
        .send(
            &fixture,
            (case, &ticket.wrapped),
            ("new", "waiting"),
            soon(),
        )
        .await
        .unwrap();
    assert!(!take_back(ticket.entry).await, "that is no letter");
    assert!(take_back(sheet.outcome.entry).await);
    assert!(!take_back(sheet.outcome.entry).await);
    assert_eq!(state(&fixture, case).await.0, "new");
    assert_eq!(ended(&fixture, case).await[0].0, "taken-back");
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert_eq!(
        store.due_mail(10, LEASE, &[]).await.unwrap().len(),
        1,
        "the acknowledgement alone"
    );

    let second = Sheet::new(&fixture, b"isp");
    second
        .send(
            &fixture,
            (case, &ticket.wrapped),
            ("new", "waiting"),
            soon(),
        )
        .await
        .unwrap();
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert_eq!(
        store
            .due_mail(10, LEASE, &[ticket.mail])
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(!take_back(second.outcome.entry).await);
    assert_eq!(state(&fixture, case).await.0, "waiting");
}

#[tokio::test]
async fn what_is_awaited_ends_by_an_answer_of_that_party_alone_or_by_an_analyst() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    let (case, store) = (ticket.case, &fixture.store);
    let place = (case, &ticket.wrapped);
    let past = Timestamp::now() - SignedDuration::from_hours(1);
    let (isp, noc) = (Sheet::new(&fixture, b"isp"), Sheet::new(&fixture, b"noc"));
    isp.send(&fixture, place, ("new", "waiting"), past)
        .await
        .unwrap();
    noc.send(&fixture, place, ("waiting", "waiting"), soon())
        .await
        .unwrap();
    assert_eq!(state(&fixture, case).await, ("waiting".into(), true));
    assert_eq!(store.overdue_count().await.unwrap(), 1);
    assert_eq!(store.late_tickets(TEAM, 10).await.unwrap()[0].id, case);
    let mut answer = fixture.outcome("answer");
    (answer.reopens, answer.answers) = (true, vec![b"isp".to_vec(), b"other".to_vec()]);
    let number = store.last_audit(case).await.unwrap().unwrap().0 + 1;
    let inbox = fixture.held().await;
    answer
        .join(store, inbox, case, &ticket.wrapped, number)
        .await
        .unwrap();
    let [first, second] = ended(&fixture, case).await.try_into().unwrap();
    assert_eq!((first.0.as_str(), second.0.as_str()), ("answered", ""));
    assert_eq!(state(&fixture, case).await, ("open".into(), false));

    // Our mail to the other is refused: he can't answer, and those on duty hear of it once.
    store.fail_awaited(b"nobody's", "5.1.1").await.unwrap();
    assert!(!state(&fixture, case).await.1);
    store.fail_awaited(b"addressed", "5.1.1").await.unwrap();
    assert_eq!(
        ended(&fixture, case).await[1],
        (String::new(), "5.1.1".into(), true)
    );
    assert!(state(&fixture, case).await.1);
    let late = store.late_tickets(TEAM, 10).await.unwrap();
    let telling = pillarbox::store::Telling {
        tickets: &late,
        again: None,
        case: None,
        letters: &[],
        hook: None,
    };
    assert!(store.tell_overdue(&telling).await.unwrap());
    assert!(!store.tell_overdue(&telling).await.unwrap());
    assert!(store.late_tickets(TEAM, 10).await.unwrap().is_empty());
    ticket::change(store, &fixture.ring, TEAM, case, Step::Take, ("ann", ""))
        .await
        .unwrap();
    assert_eq!(ended(&fixture, case).await[1].0, "withdrawn");
    assert_eq!(store.overdue_count().await.unwrap(), 0);
}

/// The messages of a ticket: its own, and one that joined.
#[tokio::test]
async fn messages_are_split_off_unless_none_would_stay() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    let (case, store) = (ticket.case, &fixture.store);
    let second = fixture.outcome("second");
    let inbox = fixture.held().await;
    second
        .join(store, inbox, case, &ticket.wrapped, 2)
        .await
        .unwrap();
    let new = fixture.outcome("new");
    let split = async |entries: &[Uuid]| {
        let (old, fresh) = (fixture.link(case).await, fixture.link(new.case).await);
        let columns = NewTicket {
            team: TEAM,
            serial: 2,
            needs_human: "",
            claims: 1,
            link: "split",
        };
        let split = Split {
            events: &[],
            entries,
            ticket: (new.case, &new.wrapped, columns),
            hour: Timestamp::now(),
            parties: &[b"noc".to_vec()],
            foreign: &[b"foreign".to_vec()],
            parted: &[b"foreign".to_vec()],
            lines: [(case, old.line()), (new.case, fresh.line())],
        };
        let work = store.take_case(case).await.unwrap().unwrap();
        work.split(&split).await
    };
    for wrong in [vec![ticket.entry, second.entry], vec![Uuid::now_v7()]] {
        let refused = split(&wrong).await;
        assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 1);
    split(&[second.entry]).await.unwrap();
    let rows = store.case_rows(new.case).await.unwrap();
    assert_eq!(
        (
            rows.entries.len(),
            rows.entries[0].case,
            rows.observables.len(),
            rows.parties.len()
        ),
        (1, new.case, 1, 1)
    );
    assert_eq!(rows.foreign, [b"foreign"]);
    let rows = store.case_rows(case).await.unwrap();
    assert_eq!((rows.entries.len(), rows.observables.len()), (1, 1));
    assert!(rows.foreign.is_empty(), "it went with the message");
}

/// The outbox' own failure counts like a notice.
#[tokio::test]
async fn a_letter_that_is_refused_is_overdue_at_once() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    let sheet = Sheet::new(&fixture, b"isp");
    sheet
        .send(
            &fixture,
            (ticket.case, &ticket.wrapped),
            ("new", "waiting"),
            soon(),
        )
        .await
        .unwrap();
    fixture
        .run("UPDATE outbox SET due_at = now() WHERE purpose = 'letter'")
        .await;
    let due = fixture
        .store
        .due_mail(10, LEASE, &[ticket.mail])
        .await
        .unwrap();
    fixture
        .store
        .failed(due[0].claim(), "550 5.1.1", None)
        .await
        .unwrap();
    assert_eq!(
        ended(&fixture, ticket.case).await[0],
        (String::new(), "550 5.1.1".into(), true)
    );
    // Erasing the ticket takes along what it waited for.
    fixture.run("DELETE FROM party; DELETE FROM foreign_reference; DELETE FROM entry; DELETE FROM ticket").await;
    assert_eq!(fixture.number("SELECT count(*) FROM awaited").await, 0);
}

#[tokio::test]
async fn one_of_many_gets_a_ticket_and_a_closed_one_is_nobodys_to_take() {
    let fixture = Fixture::migrated().await;
    let case = opened(&fixture).await.case;
    let names = ["ann", "bob", "cem", "dov", "eve"];
    let claim = async |name: &'static str| owner::claim(&acting(&fixture, name), case, false).await;
    let all = futures_util::future::join_all(names.map(claim)).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    let taken = |one: &&Result<String, ActionFault>| matches!(one, Err(ActionFault::Taken(..)));
    assert_eq!(all.iter().filter(taken).count(), 4);
    let number = "SELECT count(*) FROM audit WHERE action = 'claimed'";
    assert_eq!(fixture.number(number).await, 1);
    assert!(matches!(
        owner::release(&acting(&fixture, "zoe"), case).await,
        Err(ActionFault::Taken(..))
    ));
    owner::assign(&acting(&fixture, "zoe"), case, "zoe")
        .await
        .unwrap();
    owner::release(&acting(&fixture, "zoe"), case)
        .await
        .unwrap();
    assert!(matches!(
        owner::release(&acting(&fixture, "zoe"), case).await,
        Err(ActionFault::Free)
    ));
    let (store, ring) = (&fixture.store, &fixture.ring);
    ticket::change(store, ring, TEAM, case, Step::Resolve, ("zoe", ""))
        .await
        .unwrap();
    assert!(matches!(claim("ann").await, Err(ActionFault::Closed(_))));
    let line = fixture.link(case).await;
    let late = store.hand_over(case, ("", "ann"), &line.line()).await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
}

#[tokio::test]
async fn a_note_is_sealed_under_the_key_that_the_ticket_has_and_changes_nothing_else() {
    let fixture = Fixture::migrated().await;
    let ticket = opened(&fixture).await;
    note::add(&acting(&fixture, "ann"), ticket.case, "called\nback")
        .await
        .unwrap();
    let (store, ring) = (&fixture.store, &fixture.ring);
    let history = ticket::history(store, ring, TEAM, ticket.case, &ticket.wrapped)
        .await
        .unwrap();
    let [(action, one)] = history.as_slice() else {
        panic!("{history:?}");
    };
    assert_eq!(
        (action.as_str(), one.reason.as_str(), one.by.as_str()),
        ("noted", "called\nback", "ann")
    );
    assert_eq!(state(&fixture, ticket.case).await.0, "new");
    let empty = note::add(&acting(&fixture, "ann"), ticket.case, " \n").await;
    assert!(matches!(empty, Err(ActionFault::Refused(_))), "{empty:?}");
    let aad = sealing::case_aad(TEAM, ticket.case);
    let other = fixture.ring.rewrap(&ticket.wrapped, &aad).unwrap();
    let events = store.ticket_events(ticket.case).await.unwrap();
    let line = AuditLine {
        number: 9,
        at: Timestamp::now(),
        actor: "ann",
        action: "noted",
        detail: "",
        mac: &[7; 32],
        seal: &[8; 32],
    };
    let late = EventLine {
        ticket: ticket.case,
        key: &other,
        event: &events[0],
        audit: line,
    };
    let late = store.add_ticket_event(&late).await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
}

#[tokio::test]
async fn letter_is_held_until_it_is_taken_back_or_begins_to_leave() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let ticket = opened(&fixture).await;
    let place = (ticket.case, &ticket.wrapped);
    assert_eq!(store.held_letters(ticket.case).await.unwrap(), []);
    let sheet = Sheet::new(&fixture, b"party");
    sheet
        .send(&fixture, place, ("new", "waiting"), soon())
        .await
        .unwrap();
    let (letter, seconds) = store.held_letters(ticket.case).await.unwrap()[0];
    assert_eq!(letter, sheet.outcome.entry);
    assert!((1.0..=15.0).contains(&seconds), "{seconds}");
    fixture
        .run("UPDATE outbox SET attempts = 1 WHERE letter IS NOT NULL")
        .await;
    assert_eq!(store.held_letters(ticket.case).await.unwrap(), []);
    fixture
        .run("UPDATE outbox SET attempts = 0, due_at = now() WHERE letter IS NOT NULL")
        .await;
    assert_eq!(store.held_letters(ticket.case).await.unwrap(), []);
}
