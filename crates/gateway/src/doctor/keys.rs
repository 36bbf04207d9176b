//! The ring, the listener's key, the team's keys.

use jiff::Timestamp;

use super::Line;
use crate::config::Settings;
use crate::reader::{Done, Job, Readers};
use crate::store::Store;
use crate::{epochs, keyfiles, settings};

const MONTHS: &str = "keys of months";

/// The ring opens what it seals; the listener seals for this ring; a team key can sign.
pub(super) async fn check(settings: &Settings) -> Vec<Line> {
    let mut lines = storage(settings);
    lines.push(team(settings).await);
    lines
}

/// Whether the folder of months has the keys that the database names, and no other ones.
pub(super) async fn epochs(settings: &Settings, store: &Store) -> Vec<Line> {
    let Ok(ring) = keyfiles::ring(&settings.storage) else {
        // Said already, or a machine that only takes mail.
        return Vec::new();
    };
    let found = match epochs::compare(store, &ring, &settings.team.name).await {
        Ok(found) => found,
        Err(fault) => {
            let advice = "see what the server logs, and the folder storage.epoch_dir";
            return vec![Line::warn(MONTHS, fault.to_string(), advice)];
        }
    };
    let findings = found.findings();
    if findings.is_empty() {
        let seen = format!("{}, as the database names them", found.right);
        return vec![Line::ok(MONTHS, seen)];
    }
    let advice = "until then mail that needs the key waits in the inbox";
    let lines = findings.into_iter();
    lines.map(|seen| Line::fail(MONTHS, seen, advice)).collect()
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
            "the listener can't seal without it: `pillarbox keys rewrap` writes it from the ring",
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
            "`pillarbox keys rewrap` writes the ring's public key there",
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
