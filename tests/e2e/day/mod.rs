//! A day in the queue: what came in overnight is triaged by somebody who touches no mouse, in a real Chromium, against the real daemon
//! and Postgres; each step is looked at on the page, and in the database or the mail that came of it.

mod constituents;
mod decisions;
mod french;
mod hands;
mod looks;
pub mod post;
mod reports;
mod special;
mod triage;

use crate::console::with_console;
use hands::Hands;

#[test]
fn a_day_in_the_queue_is_worked_by_keyboard_alone() {
    let (installation, _daemon, port) = with_console();
    installation.run(&["analyst", "list"]);
    crate::browser::Login::new(&installation, "bob", "analyst");
    post::reports(&installation, 30);
    assert_eq!(installation.tickets().len(), 30);
    let partner = post::special(&installation);
    let alice = Hands::sign_in(&installation, port, "alice", "analyst");
    alice.asks("is:open");
    assert_eq!(alice.lines(), 32);

    // Many at once, and one after the other.
    triage::claim_four(&alice, &installation);
    triage::resolve_one_after_the_other(&alice, &installation);
    triage::reject_two(&alice, &installation);
    triage::assign_three(&alice, &installation);
    triage::take_two_in_hand(&alice, &installation);
    // On their pages.
    triage::note_three(&alice, &installation);
    triage::wait_for_two(&alice, &installation);
    triage::merge_and_unmerge(&alice, &installation);
    triage::merge_for_good(&alice, &installation);
    triage::link_duplicates(&alice, &installation);
    triage::read_and_resolve_the_rest(&alice, &installation);
    // What needs more than a look.
    special::letter_in_clear_is_taken_back_and_sent(&alice, &installation, &partner);
    special::letter_is_encrypted(&alice, &installation, &partner);
    special::suppressed_mail_becomes_a_ticket(&alice, &installation);
    special::key_conflict_is_decided(&alice, &installation, &partner);
    special::exports_are_read(&alice, &installation);
    special::two_on_one_ticket(&alice, &installation, port);

    let worked = installation
        .sql("SELECT state || ' ' || count(*) FROM ticket GROUP BY state ORDER BY state");
    assert_eq!(worked, triage::EVENING);
    let others = installation
        .sql("SELECT DISTINCT actor FROM audit WHERE actor LIKE '%(console)' ORDER BY actor");
    assert_eq!(others, "alice (console)\ncarol (console)\n");
    installation.run(&["verify"]);
}
