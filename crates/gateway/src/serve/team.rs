//! The team's OpenPGP keys while the daemon runs: read anew on SIGHUP, and looked after as time goes by.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use intake::answer::Letterhead;
use intake::openpgp::TeamCard;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::config::{OpenPgp, Settings};
use crate::reader::{Done, Job, Readers};
use crate::telemetry::Metrics;
use crate::{keyfiles, settings, templates};

/// What is needed to take new team keys into use.
#[derive(Clone)]
pub(super) struct TeamKeys {
    pub(super) settings: OpenPgp,
    pub(super) templates_dir: Option<PathBuf>,
    pub(super) readers: Arc<Readers>,
    pub(super) letterhead: watch::Sender<Letterhead>,
    pub(super) metrics: Arc<Metrics>,
}

/// How often the keys are looked at: one begins to sign, or ends, at any time.
const LOOK: Duration = Duration::from_secs(3_600);
/// How often an end that comes near is told.
const TELL_AGAIN: i64 = 24 * 3_600;
const DAY: i64 = 24 * 3_600;

/// The key that signs, as its readers see it; also proves that the keys can be used before mail is taken.
pub(super) async fn card(readers: &Readers) -> anyhow::Result<Option<TeamCard>> {
    let now = Timestamp::now();
    match readers.run(&Job::TeamCard { now }).await {
        Ok(Done::TeamCard(card)) => Ok(card.map(|card| *card)),
        Ok(_) => bail!("a reader gave a wrong answer"),
        Err(fault) => {
            Err(fault).context("no reader process could be started; its message stands above")
        }
    }
}

impl TeamKeys {
    /// Reads the keys, and gives what stands on our mail along.
    pub(super) async fn load(
        settings: &Settings,
        metrics: &Arc<Metrics>,
    ) -> anyhow::Result<(TeamKeys, watch::Receiver<Letterhead>)> {
        let files = keyfiles::team_files(&settings.openpgp)?;
        let keyless = files.is_empty();
        if keyless {
            tracing::warn!(
                "there is no team key in {}: nothing can be decrypted or signed; `pillarbox keys generate team` makes one",
                settings.openpgp.secret_dir.display()
            );
        }
        let mut reader_settings = settings::readers(settings);
        reader_settings.secrets = files;
        let readers = Readers::new(reader_settings);
        let card = card(&readers).await?;
        let templates_dir = settings.acknowledge.templates_dir.clone();
        let (templates, broken) = templates::load_or_tell(templates_dir.as_deref());
        metrics.template_fault(broken);
        let letterhead =
            settings::letterhead(settings, templates, card, keyless).map_err(anyhow::Error::msg)?;
        let (letterhead, current) = watch::channel(letterhead);
        let keys = TeamKeys {
            settings: settings.openpgp.clone(),
            templates_dir,
            readers,
            letterhead,
            metrics: Arc::clone(metrics),
        };
        Ok((keys, current))
    }

    /// Reads the texts of answers anew, and the keys.
    pub(super) async fn reload(&self) -> anyhow::Result<()> {
        let (templates, broken) = templates::load_or_tell(self.templates_dir.as_deref());
        self.metrics.template_fault(broken);
        self.letterhead
            .send_modify(|letterhead| letterhead.templates = templates);
        let files = keyfiles::team_files(&self.settings)?;
        let keyless = files.is_empty();
        let started = self.readers.reload(files).await;
        started.context("a reader did not start with the new keys; its message stands above")?;
        let card = card(&self.readers).await?;
        self.letterhead
            .send_modify(|letterhead| letterhead.keyless = keyless);
        self.show(card.as_ref());
        Ok(())
    }

    /// Follows the keys: what is shown is always the one that signs, and its end is told 60, 30 and 7 days before (C8).
    pub(super) async fn watch(self, mut stop: watch::Receiver<bool>) {
        let mut told: Option<Timestamp> = None;
        loop {
            match card(&self.readers).await {
                Ok(card) => {
                    self.show(card.as_ref());
                    let now = Timestamp::now();
                    let again =
                        told.is_none_or(|at| now.as_second() - at.as_second() >= TELL_AGAIN);
                    if again {
                        let keyless = self.letterhead.borrow().keyless;
                        tell(card.as_ref(), keyless, now);
                        told = Some(now);
                    }
                }
                Err(error) => tracing::debug!(%error, "the team key was not looked at"),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn show(&self, card: Option<&TeamCard>) {
        let until = card.map(|card| card.usable_until);
        let left = until.map(|until| until.map(|until| seconds_left(until, Timestamp::now())));
        let key = card.map_or("", |card| card.fingerprint.as_str());
        // No key at all has ended.
        self.metrics.team_key_expires(key, left.unwrap_or(Some(0)));
        let (fingerprint, certificate, autocrypt) = card.map_or_else(Default::default, |card| {
            let card = card.clone();
            (card.fingerprint, card.certificate, card.autocrypt)
        });
        self.letterhead.send_if_modified(|letterhead| {
            let changed = letterhead.certificate != certificate;
            letterhead.fingerprint = fingerprint;
            letterhead.certificate = certificate;
            letterhead.autocrypt = autocrypt;
            changed
        });
    }
}

fn seconds_left(until: Timestamp, now: Timestamp) -> i64 {
    until.as_second().saturating_sub(now.as_second()).max(0)
}

/// Says once a day what needs a hand.
fn tell(card: Option<&TeamCard>, keyless: bool, now: Timestamp) {
    let Some(card) = card else {
        if !keyless {
            tracing::error!(
                "no team key may sign now: nothing is acknowledged; `pillarbox keys check` says why"
            );
        }
        return;
    };
    let Some(until) = card.usable_until else {
        return;
    };
    let days = seconds_left(until, now) / DAY;
    let fingerprint = card.fingerprint.as_str();
    let hint = "`pillarbox keys extend` makes it last longer, `pillarbox keys rotate team` makes the next one";
    match days {
        ..=7 => tracing::error!(
            fingerprint,
            days,
            hint,
            "the team key expires within a week"
        ),
        8..=30 => tracing::warn!(
            fingerprint,
            days,
            hint,
            "the team key expires within a month"
        ),
        31..=60 => tracing::warn!(
            fingerprint,
            days,
            hint,
            "the team key expires within two months"
        ),
        61.. => {}
    }
}
