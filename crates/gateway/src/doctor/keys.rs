//! The ring, the listener's key, the team's keys.

use jiff::Timestamp;

use super::Line;
use crate::config::Settings;
use crate::reader::{Done, Job, Readers};
use crate::{keyfiles, settings};

/// The ring opens what it seals; the listener seals for this ring; a team key can sign.
pub(super) async fn check(settings: &Settings) -> Vec<Line> {
    let mut lines = storage(settings);
    lines.push(team(settings).await);
    lines
}

fn storage(settings: &Settings) -> Vec<Line> {
    let ring = match keyfiles::ring(&settings.storage) {
        Ok(ring) => ring,
        Err(error) => {
            let advice = "put it back from your copy; `pillarbox keys generate storage` makes one for a new installation only";
            return vec![Line::fail("storage keys", format!("{error:#}"), advice)];
        }
    };
    let lines = vec![Line::ok("storage keys", format!("{ring:?}"))];
    let (public, own) = (
        keyfiles::inbox_key(&settings.storage),
        ring.inbox_public_key(),
    );
    let line = match (public, own) {
        (Err(error), _) => Line::fail(
            "inbox key",
            format!("{error:#}"),
            "the listener can't seal without it",
        ),
        (Ok(public), Ok(own)) if public.to_string() == own.to_string() => {
            Line::ok("inbox key", "is the ring's")
        }
        (Ok(_), _) => Line::warn(
            "inbox key",
            format!(
                "{} is not the ring's newest",
                settings.storage.inbox_key_file.display()
            ),
            "give the listener the ring's public key",
        ),
    };
    lines.into_iter().chain([line]).collect()
}

async fn team(settings: &Settings) -> Line {
    let advice = "`pillarbox keys generate team` makes one";
    let files = match keyfiles::team_files(&settings.openpgp) {
        Ok(files) => files,
        Err(error) => {
            return Line::fail(
                "team keys",
                format!("{error:#}"),
                "mend the folder's rights",
            );
        }
    };
    if files.is_empty() {
        let seen = format!("none in {}", settings.openpgp.secret_dir.display());
        return Line::fail("team keys", seen, advice);
    }
    let count = files.len();
    let mut readers = settings::readers(settings);
    readers.secrets = files;
    readers.count = 1;
    let job = Job::TeamCard {
        now: Timestamp::now(),
    };
    match Readers::new(readers).run(&job).await {
        Ok(Done::TeamCard(Some(card))) => {
            Line::ok("team keys", format!("{count}, {} signs", card.fingerprint))
        }
        Ok(_) => Line::fail("team keys", format!("{count}, none can sign today"), advice),
        Err(_) => Line::fail(
            "team keys",
            "a reader process can't use them",
            "see openpgp.passphrase_file and the message above",
        ),
    }
}
