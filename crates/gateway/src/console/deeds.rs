//! One thing done with one ticket of many that were chosen: what, whether it was done, and why not.

use vault::VaultError;

use super::session::{Analyst, actor};
use super::told;
use super::why::Why;
use crate::actions::refusal::{PlaceRefusal, Refusal, TagRefusal};
use crate::actions::{ActionFault, owner, tag, undo};
use crate::cli::merge::{self, Named};
use crate::store::{QueueRow, StoreFault};
use crate::ticket::{self, Step, TicketFault};

/// What is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Deed {
    #[default]
    Claim,
    Release,
    Assign,
    Open,
    Resolve,
    Reject,
    Reopen,
    Tag,
    Untag,
    Merge,
    Unmerge,
    Undo,
}

impl Deed {
    const ALL: [(Deed, &'static str); 12] = [
        (Deed::Claim, "claim"),
        (Deed::Release, "release"),
        (Deed::Assign, "assign"),
        (Deed::Open, "open"),
        (Deed::Resolve, "resolve"),
        (Deed::Reject, "reject"),
        (Deed::Reopen, "reopen"),
        (Deed::Tag, "tag"),
        (Deed::Untag, "untag"),
        (Deed::Merge, "merge"),
        (Deed::Unmerge, "unmerge"),
        (Deed::Undo, "undo"),
    ];

    pub(super) fn of(word: &str) -> Option<Deed> {
        let mut all = Deed::ALL.iter();
        all.find(|(_, known)| *known == word).map(|(deed, _)| *deed)
    }

    /// What undoes it; `None` for what is such an undoing itself. What was before is kept with each ticket.
    pub(super) fn inverse(self) -> Option<&'static str> {
        match self {
            Deed::Claim => Some("release"),
            Deed::Release
            | Deed::Assign
            | Deed::Open
            | Deed::Resolve
            | Deed::Reject
            | Deed::Reopen => Some("undo"),
            Deed::Tag => Some("untag"),
            Deed::Untag => Some("tag"),
            Deed::Merge => Some("unmerge"),
            Deed::Unmerge | Deed::Undo => None,
        }
    }

    fn step(self) -> Option<Step> {
        match self {
            Deed::Open => Some(Step::Take),
            Deed::Resolve => Some(Step::Resolve),
            Deed::Reject => Some(Step::Reject),
            Deed::Reopen => Some(Step::Reopen),
            Deed::Claim
            | Deed::Release
            | Deed::Assign
            | Deed::Tag
            | Deed::Untag
            | Deed::Merge
            | Deed::Unmerge
            | Deed::Undo => None,
        }
    }
}

/// What is to be done with each.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) deed: Deed,
    /// With an assignment: whose they are to be.
    pub(super) to: String,
    /// With a change of state: why.
    pub(super) reason: String,
    /// With tags: which.
    pub(super) tags: Vec<String>,
    /// With a merge: the number of the ticket that goes on.
    pub(super) heir: i64,
    /// The state and the owner with which the page showed it; `None` when it was named.
    pub(super) heir_seen: Option<(String, String)>,
}

/// Of a merged ticket: tags of it stay on it alone, since the other has no room for them.
pub(super) const NO_ROOM: u32 = 1;
/// The same, since they would be readable without the keys of analysts.
pub(super) const STAYS_SEALED: u32 = 2;
/// The same, since they can't be opened.
pub(super) const STAYS_CLOSED: u32 = 4;

/// What came of it.
pub(super) enum End {
    /// It was done; of tags with which, a bit each; of a merge [`NO_ROOM`] and its like when tags stayed behind; 0 for all else.
    Done(u32),
    /// It was not.
    Left(Why),
    /// It was not, and nothing can be done at the moment: the database does not answer.
    Away,
}

impl Wish {
    /// With which words, or into which ticket, for the address.
    pub(super) fn with(&self) -> String {
        match self.deed {
            Deed::Merge => self.heir.to_string(),
            Deed::Tag | Deed::Untag => self.tags.join(","),
            Deed::Claim
            | Deed::Release
            | Deed::Assign
            | Deed::Open
            | Deed::Resolve
            | Deed::Reject
            | Deed::Reopen
            | Deed::Unmerge
            | Deed::Undo => String::new(),
        }
    }

    /// Whether this is the ticket into which the others are merged.
    pub(super) fn is_heir(&self, serial: i64) -> bool {
        self.deed == Deed::Merge && self.heir == serial
    }

    /// How a ticket stands once that was done with it: who undoes it has seen it so.
    pub(super) fn after(&self, analyst: &Analyst, row: &QueueRow) -> String {
        let own = analyst.desk.actor.as_str();
        let (to, state) = (actor(&self.to), row.state.as_str());
        let (state, owner) = match self.deed {
            Deed::Claim => (state, own),
            Deed::Release => (state, ""),
            Deed::Assign => (state, to.as_str()),
            Deed::Tag | Deed::Untag => (state, row.owner.as_str()),
            Deed::Merge => ("resolved", row.owner.as_str()),
            // Nothing undoes these.
            Deed::Unmerge | Deed::Undo => (state, row.owner.as_str()),
            Deed::Open | Deed::Resolve | Deed::Reject | Deed::Reopen => {
                let state = match self.deed.step() {
                    Some(step) => step.state(),
                    None => state,
                };
                (state, row.owner.as_str())
            }
        };
        told::stands(analyst, row, state, owner)
    }

    /// Those of the words that are meant.
    fn words(&self, which: u32) -> Vec<String> {
        let each = (0..32_u32).zip(&self.tags);
        let meant = each.filter(|(bit, _)| which & (1 << bit) != 0);
        meant.map(|(_, word)| word.clone()).collect()
    }

    /// Which of the words these are.
    fn which(&self, words: &[String]) -> u32 {
        let each = (0..32_u32).zip(&self.tags);
        let there = each.filter(|(_, word)| words.contains(word));
        there.fold(0, |bits, (bit, _)| bits | 1 << bit)
    }
}

/// Does it with one ticket, as long as it stands as it was read. What is wrong with one is said of that one: others are done.
pub(super) async fn one(analyst: &Analyst, row: &QueueRow, wish: &Wish, which: u32) -> End {
    match (wish.deed, wish.deed.step()) {
        (_, Some(step)) => stepped(analyst, row, step, &wish.reason).await,
        (Deed::Tag | Deed::Untag, None) => tagged(analyst, row, wish, which).await,
        (Deed::Merge | Deed::Unmerge, None) => merged(analyst, row, wish).await,
        (Deed::Undo, None) => undone(analyst, row).await,
        (_, None) => handed(analyst, row, wish).await,
    }
}

async fn stepped(analyst: &Analyst, row: &QueueRow, step: Step, reason: &str) -> End {
    let desk = &analyst.desk;
    let (step, place) = ((Some(row.state.as_str()), step), (&desk.store, &desk.ring));
    let by = (desk.actor.as_str(), reason);
    let done = ticket::change_from(place.0, place.1, &desk.team, row.id, step, by).await;
    match done {
        Ok(()) => End::Done(0),
        Err(TicketFault::Already(_)) if row.state == step.1.state() => End::Left(Why::Already),
        Err(TicketFault::Already(state)) if ticket::is_closed(&state) => End::Left(Why::Closed),
        Err(TicketFault::Gone | TicketFault::Already(_)) => End::Left(Why::Changed),
        Err(TicketFault::Vault(VaultError::SealedToAnalysts)) => End::Left(Why::Sealed),
        Err(TicketFault::Store(fault)) => away(analyst, fault),
        Err(TicketFault::Vault(fault)) => broken(analyst, fault),
    }
}

async fn handed(analyst: &Analyst, row: &QueueRow, wish: &Wish) -> End {
    let desk = &analyst.desk;
    let acting = desk.acting(&desk.actor);
    let to = actor(&wish.to);
    let (done, to) = match wish.deed {
        Deed::Claim => (owner::claim(&acting, row.id, false).await, acting.by),
        Deed::Assign => (
            owner::hand(&acting, row.id, &to, &row.owner).await,
            to.as_str(),
        ),
        Deed::Release
        | Deed::Open
        | Deed::Resolve
        | Deed::Reject
        | Deed::Reopen
        | Deed::Tag
        | Deed::Untag
        | Deed::Merge
        | Deed::Unmerge
        | Deed::Undo => (owner::release(&acting, row.id).await, ""),
    };
    match done {
        // Whose it was already, nothing was done with.
        Ok(before) if before == to => End::Left(Why::Already),
        Ok(_) => End::Done(0),
        Err(fault) => left(analyst, fault),
    }
}

/// It stands as before, as long as nobody else acted on it.
async fn undone(analyst: &Analyst, row: &QueueRow) -> End {
    match undo::undo(&analyst.desk.acting(&analyst.desk.actor), row.id).await {
        Ok(_) => End::Done(0),
        Err(fault) => left(analyst, fault),
    }
}

async fn tagged(analyst: &Analyst, row: &QueueRow, wish: &Wish, which: u32) -> End {
    let (desk, words) = (&analyst.desk, wish.words(which));
    let acting = desk.acting(&desk.actor);
    let words: (&[String], &[String]) = match wish.deed == Deed::Tag {
        true => (&words, &[]),
        false => (&[], &words),
    };
    match tag::change(&acting, row.id, words).await {
        Ok(changed) => match wish.which(&[changed.added, changed.removed].concat()) {
            // They were there with a ticket that is merged into it: nobody sees a difference, and nothing is to be undone.
            0 => End::Left(Why::Already),
            which => End::Done(which),
        },
        Err(fault) => left(analyst, fault),
    }
}

async fn merged(analyst: &Analyst, row: &QueueRow, wish: &Wish) -> End {
    let desk = &analyst.desk;
    let (own, heir) = (row.serial.to_string(), wish.heir.to_string());
    let ticket = Named {
        reference: &own,
        seen: Some((&row.state, &row.owner)),
    };
    let seen = wish.heir_seen.as_ref();
    let heir = Named {
        reference: &heir,
        seen: seen.map(|(state, owner)| (state.as_str(), owner.as_str())),
    };
    let done = match wish.deed == Deed::Merge {
        true => merge::merge(desk, ticket, heir).await,
        false => merge::unmerge(desk, ticket).await,
    };
    let error = match done {
        Ok(done) => {
            let no_room = NO_ROOM * u32::from(done.no_room > 0);
            let sealed = STAYS_SEALED * u32::from(done.sealed > 0);
            let closed = STAYS_CLOSED * u32::from(done.closed > 0);
            return End::Done(no_room | sealed | closed);
        }
        Err(error) => error,
    };
    let place = |refusal: &PlaceRefusal| match refusal {
        PlaceRefusal::Changed(serial) if wish.is_heir(*serial) => Why::Heir,
        PlaceRefusal::Changed(_) => Why::Changed,
        PlaceRefusal::NoNumbers
        | PlaceRefusal::SplitCount
        | PlaceRefusal::NoMessage(_)
        | PlaceRefusal::OneStays
        | PlaceRefusal::Moved
        | PlaceRefusal::LettersStay
        | PlaceRefusal::MergeItself
        | PlaceRefusal::MergedAlready { .. }
        | PlaceRefusal::HeirMerged { .. }
        | PlaceRefusal::NotMerged(_) => Why::Merged,
    };
    match error.downcast::<StoreFault>() {
        Ok(fault) => away(analyst, fault),
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(Refusal::Place(refusal)) => End::Left(place(refusal)),
            Some(_) => End::Left(Why::Refused),
            None => broken(analyst, error),
        },
    }
}

/// What an action says that was not done.
fn left(analyst: &Analyst, fault: ActionFault) -> End {
    End::Left(match fault {
        ActionFault::Gone => Why::Changed,
        ActionFault::Closed(_) => Why::Closed,
        ActionFault::Taken(..) => Why::Taken,
        ActionFault::Free => Why::Free,
        ActionFault::Refused(Refusal::Tag(refusal)) => match refusal {
            TagRefusal::There(_) | TagRefusal::NotThere(_) => Why::Already,
            TagRefusal::Merged(_) => Why::Merged,
            TagRefusal::Sealed | TagRefusal::NoKey => Why::Sealed,
            TagRefusal::Many => Why::Full,
            TagRefusal::Word(_) => Why::Refused,
        },
        ActionFault::Refused(Refusal::Undo(_)) => Why::Changed,
        ActionFault::Refused(_) => Why::Refused,
        ActionFault::Store(fault) => return away(analyst, fault),
        ActionFault::Vault(fault) => return broken(analyst, fault),
        ActionFault::OwnKey(error) => return broken(analyst, error),
    })
}

fn away(analyst: &Analyst, fault: StoreFault) -> End {
    match fault {
        StoreFault::Conflict => End::Left(Why::Changed),
        // The database is there: with the others it may be quick. Who is slow again is away: see `bulk::each`.
        StoreFault::Slow => {
            analyst.note_fault(fault);
            End::Left(Why::Slow)
        }
        StoreFault::Unavailable(_) | StoreFault::Full => {
            analyst.note_fault(fault);
            End::Away
        }
        StoreFault::Denied | StoreFault::Refused(_) | StoreFault::Schema(_) => {
            broken(analyst, fault)
        }
    }
}

fn broken(analyst: &Analyst, fault: impl Into<anyhow::Error>) -> End {
    analyst.note_fault(fault);
    End::Left(Why::Fault)
}
