//! What letters are written with: certificates, the team's key, what stands on our mail.

use anyhow::Context;
use intake::answer::Letterhead;
use intake::answer::templates::Templates;
use intake::openpgp::Recipients;
use jiff::Timestamp;

use crate::config::{ReadableBy, Settings};
use crate::correspondents::Book;
use crate::press::Press;
use crate::reader::{Done, Job};
use crate::worker::dkim::Signers;
use crate::worker::loop_token;
use crate::{keyfiles, settings};

/// What letters are written with. Its readers hold the team's secret keys.
pub struct Post {
    pub(super) book: Book,
    pub(super) letterhead: Letterhead,
    signers: Signers,
    hidden: bool,
    pub(super) loop_token: String,
    /// Who can read what is filed, when the gateway can't.
    pub(super) analysts: Option<Recipients>,
}

impl Post {
    /// Starts a reader with the team's keys.
    ///
    /// # Errors
    /// Names the key or the file that can't be used.
    pub async fn open(settings: &Settings) -> anyhow::Result<Post> {
        Post::with(settings, Book::open(settings)?).await
    }

    /// With these certificates and readers.
    ///
    /// # Errors
    /// Names the key or the file that can't be used.
    pub(crate) async fn with(settings: &Settings, book: Book) -> anyhow::Result<Post> {
        let now = Timestamp::now();
        let card = match book.readers.run(&Job::TeamCard { now }).await {
            Ok(Done::TeamCard(card)) => card.map(|card| *card),
            Ok(_) => anyhow::bail!("a reader gave a wrong answer"),
            Err(fault) => return Err(fault).context("the team's keys can't be used"),
        };
        let keyless = keyfiles::team_files(&settings.openpgp)?.is_empty();
        let letterhead = settings::letterhead(settings, Templates::default(), card, keyless);
        let analysts = match settings.storage.readable_by {
            ReadableBy::Gateway => None,
            ReadableBy::Analysts => Some(keyfiles::analysts(&settings.storage)?.recipients),
        };
        Ok(Post {
            loop_token: loop_token(&book.ring, &settings.team.name),
            letterhead: letterhead.map_err(anyhow::Error::msg)?,
            signers: Signers::load(&settings.dkim, &settings.team.address)?,
            hidden: settings.acknowledge.hide_recipients,
            analysts,
            book,
        })
    }

    pub(super) fn press(&self) -> Press<'_> {
        Press {
            readers: &self.book.readers,
            signers: &self.signers,
            hidden: self.hidden,
        }
    }
}
