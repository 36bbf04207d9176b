//! Every statement of the store against a real Postgres.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a failed step is a failed test, and a story is told from beginning to end"
)]

#[path = "support/mod.rs"]
mod support;

#[path = "store/analysts.rs"]
mod analysts;
#[path = "store/audit.rs"]
mod audit;
#[path = "store/backup.rs"]
mod backup;
#[path = "store/certificates.rs"]
mod certificates;
#[path = "store/commit.rs"]
mod commit;
#[path = "store/connections.rs"]
mod connections;
#[path = "store/console.rs"]
mod console;
#[path = "store/contacts.rs"]
mod contacts;
#[path = "store/epochs.rs"]
mod epochs;
#[path = "store/facts.rs"]
mod facts;
#[path = "store/fixture.rs"]
mod fixture;
#[path = "store/flags.rs"]
mod flags;
#[path = "store/heirs.rs"]
mod heirs;
#[path = "store/inbox.rs"]
mod inbox;
#[path = "store/letters.rs"]
mod letters;
#[path = "store/named.rs"]
mod named;
#[path = "store/observables.rs"]
mod observables;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/overdue.rs"]
mod overdue;
#[path = "store/programs.rs"]
mod programs;
#[path = "store/promote.rs"]
mod promote;
#[path = "store/queue.rs"]
mod queue;
#[path = "store/rates.rs"]
mod rates;
#[path = "store/relist.rs"]
mod relist;
#[path = "store/repeats.rs"]
mod repeats;
#[path = "store/reseal.rs"]
mod reseal;
#[path = "store/retention.rs"]
mod retention;
#[path = "store/roles.rs"]
mod roles;
#[path = "store/schema.rs"]
mod schema;
#[path = "store/sealed.rs"]
mod sealed;
#[path = "store/search.rs"]
mod search;
#[path = "store/sharing.rs"]
mod sharing;
#[path = "store/shred.rs"]
mod shred;
#[path = "store/tags.rs"]
mod tags;
#[path = "store/ticket.rs"]
mod ticket;
#[path = "store/transport.rs"]
mod transport;
