//! Relays and proxies of ours that say who is behind them.

use super::{Session, State};
use crate::smtp::origin::Origin;
use crate::smtp::replies::{Refusal, Reply};
use crate::smtp::step::Step;

impl Session {
    /// The session begins anew, once the caller has judged the client that is named.
    pub(super) fn xclient(&mut self, client: Result<Origin, Refusal>) -> Result<Step, Refusal> {
        if !self.naming.xclient {
            return Err(Refusal::NotAllowed);
        }
        self.outside_of_transaction()?;
        let client = client?;
        // Another client: what was said of the one before is not true of it. Its HELO is the one that it says next.
        self.account = client.login.clone().known();
        self.origin = Origin::default();
        self.state = State::Renaming;
        Ok(Step::Client(client))
    }

    pub(super) fn xforward(
        &mut self,
        origin: Result<Origin, Refusal>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        if !self.naming.xforward {
            return Err(Refusal::NotAllowed);
        }
        self.outside_of_transaction()?;
        self.origin.update(origin?);
        Reply::Noted.write(out);
        Ok(())
    }

    fn outside_of_transaction(&self) -> Result<(), Refusal> {
        match matches!(self.state, State::Greeted | State::Ready) {
            true => Ok(()),
            false => Err(Refusal::OutOfOrder),
        }
    }
}
