//! Storage keys of a running installation: rotated, renewed and destroyed, with kills inside (threats.md T73).

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use pillarbox::config::Database;
use pillarbox::sealing;
use pillarbox::store::Store;
use uuid::Uuid;
use vault::{CaseKey, KeyRing, VaultError, WrappedKey};

use crate::mail::{TEAM, mail};
use crate::support::{Conversation, Installation, send, wait_for};

pub const NOC: &str = "noc@partner.example";
/// The team's name in every installation of the tests.
pub const NAME: &str = "CSIRT";

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

pub fn store(installation: &Installation) -> Store {
    store_at(&installation.cluster.url())
}

pub fn store_at(url: &str) -> Store {
    Store::new(&Database {
        url: url.to_owned(),
        ..Database::default()
    })
    .unwrap()
}

pub fn ring(installation: &Installation) -> KeyRing {
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    pillarbox::keyfiles::ring(&settings.storage).unwrap()
}

pub fn report(number: usize) -> String {
    mail(
        NOC,
        &format!("Scan {number}"),
        &format!("h.{number}@partner.example"),
        "",
        &format!(
            "198.51.100.7 is attacked from 192.0.2.10, case {number}, at 2026-03-05 02:11:09 UTC."
        ),
    )
}

pub fn deliver(installation: &Installation, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let reply = send(installation.ports.smtp, NOC, TEAM, &report(number));
        assert!(reply.starts_with("250"), "{reply}");
    }
}

pub fn cases(installation: &Installation) -> Vec<Uuid> {
    let ids = installation.sql("SELECT id FROM case_key ORDER BY id");
    ids.lines().map(|id| id.parse().unwrap()).collect()
}

/// Opens every sealed value of the database with a ring: how many open, and what the first says that doesn't.
pub fn open_all(store: &Store, ring: &KeyRing, cases: &[Uuid]) -> (usize, Option<String>) {
    runtime().block_on(async {
        let (mut opened, mut first) = (0, None);
        for &case in cases {
            let Some(mut work) = store.take_case(case).await.unwrap() else {
                continue;
            };
            let key = sealing::case_key(ring, NAME, case, &work.wrapped);
            for place in work.places().await.unwrap() {
                let sealed = work.read(&place).await.unwrap();
                let aad = sealing::place_aad(NAME, case, &place);
                match key.clone().and_then(|key| key.open(&aad, &sealed)) {
                    Ok(_) => opened += 1,
                    Err(error) => {
                        first.get_or_insert_with(|| format!("{case} {place:?}: {error}"));
                    }
                }
            }
        }
        (opened, first)
    })
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// A ring and a folder of epochs as a thief has them.
fn stolen(installation: &Installation, name: &str) -> KeyRing {
    let keys = installation.path("keys");
    let copy = installation.path(name);
    copy_folder(&keys, &copy);
    copy_folder(&keys.join("epochs"), &copy.join("epochs"));
    let settings = pillarbox::config::Storage {
        ring_file: copy.join("storage.ring"),
        epoch_dir: None,
        inbox_key_file: copy.join("inbox.pub"),
        ..pillarbox::config::Storage::default()
    };
    pillarbox::keyfiles::ring(&settings).unwrap()
}

#[test]
fn rotation_is_followed_by_a_running_daemon_and_old_keys_can_go() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    deliver(&installation, 0..2);
    installation.settle();
    let said = installation.run(&["keys", "rotate", "storage"]);
    assert!(said.contains("wrapped anew: 2"), "{said}");
    installation.run(&["keys", "rotate", "inbox"]);
    let refused = installation.output(&["keys", "destroy", "storage", "2", "--yes"]);
    assert!(!refused.status.success(), "the primary one");
    let unasked = installation.output(&["keys", "destroy", "storage", "1"]);
    assert_eq!(
        unasked.status.code(),
        Some(1),
        "without a terminal --yes is wanted"
    );
    installation.run(&["keys", "destroy", "storage", "1", "--yes"]);
    assert!(!installation.path("keys/storage.ring.previous").exists());

    // Nobody told the daemon: the worker reads the ring when it meets a key that it doesn't know, the listener its file.
    wait_for("the listener to follow", Duration::from_secs(30), || {
        installation
            .log()
            .contains("sealing with another inbox key")
    });
    installation.run(&["keys", "destroy", "inbox", "1", "--yes"]);
    deliver(&installation, 2..4);
    installation.settle();
    assert_eq!(installation.tickets().len(), 4);
    let (opened, failed) = open_all(
        &store(&installation),
        &ring(&installation),
        &cases(&installation),
    );
    assert!(failed.is_none() && opened >= 16, "{opened} {failed:?}");
    let listed = installation.run(&["keys", "list"]);
    for line in [
        "storage key 1: destroyed",
        "storage key 2: primary",
        "inbox key 2: primary",
    ] {
        assert!(listed.contains(line), "{listed}");
    }
    assert!(
        listed.contains("key of standing.1: under storage key 2"),
        "{listed}"
    );
    let ring = fs::metadata(installation.path("keys/storage.ring")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&ring.permissions()) & 0o777,
        0o400
    );
}

#[test]
fn a_key_that_is_missing_stops_the_start_and_loses_no_mail() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    deliver(&installation, 0..1);
    installation.settle();
    let epochs = installation.path("keys/epochs");
    let month = fs::read_dir(&epochs)
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| {
            path.extension().is_some_and(|ending| ending == "epoch")
                && !path.ends_with("standing.1.epoch")
        })
        .unwrap();
    let name = month.file_name().unwrap().to_str().unwrap().to_owned();
    let aside = installation.path("aside");
    fs::rename(&epochs, &aside).unwrap();
    // The folder is away, as an unmounted one is: mail is taken and waits, and no key is made elsewhere.
    deliver(&installation, 1..2);
    wait_for("the worker to say so", Duration::from_secs(30), || {
        installation.log().contains("storage.epoch_dir")
    });
    assert_eq!(installation.sql("SELECT count(*) FROM inbox").trim(), "1");
    fs::create_dir(&epochs).unwrap();
    fs::set_permissions(&epochs, fs::metadata(&aside).unwrap().permissions()).unwrap();
    wait_for(
        "the missing key to be named",
        Duration::from_secs(60),
        || installation.log().contains("standing.1.epoch"),
    );
    assert_eq!(fs::read_dir(&epochs).unwrap().count(), 0);
    daemon.kill();

    fs::copy(
        aside.join("standing.1.epoch"),
        epochs.join("standing.1.epoch"),
    )
    .unwrap();
    let ended = installation.start(&[], &[], "daemon.log").wait();
    assert_eq!(ended, Some(78), "{}", installation.log());
    assert!(
        installation.log().contains(&format!("names: {name}")),
        "{}",
        installation.log()
    );

    fs::remove_dir_all(&epochs).unwrap();
    fs::rename(&aside, &epochs).unwrap();
    let _daemon = installation.serve();
    installation.settle();
    assert_eq!(installation.tickets().len(), 2);
}

/// Old keys and rows, and what they still open.
struct Loot {
    ring: KeyRing,
    keys: Vec<(Uuid, WrappedKey, CaseKey)>,
}

fn loot(installation: &Installation) -> Loot {
    let ring = stolen(installation, "stolen");
    let store = store(installation);
    let keys = runtime().block_on(async {
        let mut keys = Vec::new();
        for case in cases(installation) {
            let work = store.take_case(case).await.unwrap().unwrap();
            let key = sealing::case_key(&ring, NAME, case, &work.wrapped).unwrap();
            keys.push((case, work.wrapped.clone(), key));
        }
        keys
    });
    Loot { ring, keys }
}

/// How many values of the database open with the loot.
fn opened_with(loot: &Loot, installation: &Installation) -> usize {
    let store = store(installation);
    let new = runtime().block_on(async {
        let mut opened = 0;
        for (case, _, key) in &loot.keys {
            let mut work = store.take_case(*case).await.unwrap().unwrap();
            for place in work.places().await.unwrap() {
                let sealed = work.read(&place).await.unwrap();
                let aad = sealing::place_aad(NAME, *case, &place);
                opened += usize::from(key.open(&aad, &sealed).is_ok());
            }
        }
        opened
    });
    new + open_all(&store, &loot.ring, &cases(installation)).0
}

#[test]
fn after_a_deep_reseal_stolen_keys_open_nothing() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    deliver(&installation, 0..3);
    installation.settle();
    // Certificates are under the standing key.
    let certificate = installation.path("certificate.asc");
    fs::write(&certificate, installation.run(&["keys", "export"])).unwrap();
    installation.run(&["keys", "import", certificate.to_str().unwrap()]);
    let loot = loot(&installation);
    let all = opened_with(&loot, &installation);
    assert!(all >= 24, "{all}");

    // One ticket first.
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = installation.run(&["keys", "reseal", "--deep", &reference]);
    assert!(said.contains("sealed anew"), "{said}");
    let fewer = opened_with(&loot, &installation);
    assert!(fewer < all && fewer > 0, "{fewer} of {all}");

    let said = installation.run(&["keys", "reseal", "--deep", "--all"]);
    assert!(said.contains("standing: "), "{said}");
    assert_eq!(opened_with(&loot, &installation), 0);
    let settled = open_all(
        &store(&installation),
        &ring(&installation),
        &cases(&installation),
    );
    assert_eq!(settled, (all / 2, None));
    // Reading, joining and searching go on, and old generations are gone.
    assert_eq!(installation.tickets().len(), 3);
    installation.run(&["ticket", "show", &reference, "--text"]);
    installation.run(&["ticket", "search", "192.0.2.10"]);
    let files = fs::read_dir(installation.path("keys/epochs")).unwrap();
    let files = files.filter(|file| {
        let path = file.as_ref().unwrap().path();
        path.extension().is_some_and(|ending| ending == "epoch")
    });
    assert_eq!(files.count(), 2);
    deliver(&installation, 3..4);
    installation.settle();
    assert_eq!(installation.tickets().len(), 4);
    let left = "SELECT count(*) FROM reseal WHERE ended_at IS NULL";
    assert_eq!(installation.sql(left).trim(), "0");
    installation.run(&["verify"]);
    let (_, old, _) = &loot.keys[0];
    let now = ring(&installation).unwrap(old, &sealing::case_aad(NAME, loot.keys[0].0));
    assert!(matches!(now, Err(VaultError::MissingEpoch(_))), "{now:?}");
}

/// A run for one month that was broken off is no run for everything: the root is rotated, and the month gets yet another key.
#[test]
fn a_reseal_that_was_broken_off_does_not_spoil_the_next() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    deliver(&installation, 0..2);
    installation.settle();
    assert!(daemon.terminate());
    let loot = loot(&installation);
    let name = loot.keys[0].1.epoch_key().unwrap();
    let month = name.epoch.to_string();
    let damage = |statement: &str| {
        installation.sql(&format!("UPDATE entry SET summary = {statement} WHERE id = (SELECT min(id::text)::uuid FROM entry)"));
    };
    let flip = "set_byte(summary, 40, get_byte(summary, 40) # 1)";
    let reseal = |arguments: &[&str]| {
        let output = installation.output(&[&["keys", "reseal", "--deep"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    };
    damage(flip);
    let (code, said) = reseal(&["--month", &month]);
    assert!(code == Some(1) && !said.contains("wrapped anew"), "{said}");
    let unfinished = "SELECT count(*) FROM reseal WHERE ended_at IS NULL";
    assert_eq!(installation.sql(unfinished).trim(), "1");

    let (code, said) = reseal(&["--all"]);
    assert!(code == Some(1) && said.contains("wrapped anew"), "{said}");
    assert_eq!(
        installation.sql(unfinished).trim(),
        "1",
        "the others are done"
    );
    damage(flip);
    let (code, said) = reseal(&["--all"]);
    assert!(
        code == Some(0)
            && said.contains("going on with what was begun at")
            && !said.contains("wrapped anew"),
        "{said}"
    );
    assert_eq!(installation.sql(unfinished).trim(), "0");
    assert_eq!(opened_with(&loot, &installation), 0);
    let all = open_all(
        &store(&installation),
        &ring(&installation),
        &cases(&installation),
    );
    assert!(all.0 >= 8 && all.1.is_none(), "{all:?}");

    // Broken off once more, and begun anew on demand.
    damage(flip);
    assert_eq!(reseal(&["--all"]).0, Some(1));
    damage(flip);
    let (code, said) = reseal(&["--all", "--anew"]);
    assert!(code == Some(0) && said.contains("wrapped anew"), "{said}");
    assert_eq!(installation.sql(unfinished).trim(), "0");
    installation.run(&["verify"]);
}

/// Sends until told to stop; counts what was taken for certain. Connections break when the daemon is killed.
fn load(port: u16, first: usize, stop: &AtomicBool, taken: &AtomicUsize) {
    let mut number = first;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let sent = Conversation::connect(port).and_then(|mut conversation| {
            conversation.say("EHLO client.example")?;
            conversation.send(NOC, TEAM, &report(number))
        });
        match sent {
            Ok(reply) if reply.starts_with("250") => {
                taken.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) | Err(_) => std::thread::park_timeout(Duration::from_millis(20)),
        }
        std::thread::park_timeout(Duration::from_millis(60));
    }
}

/// T73: twenty rotations and reseals under load, each killed at another moment; the daemon, too.
#[test]
fn rotation_killed_twenty_times_under_load_loses_nothing() {
    let installation = Installation::new(
        "[limits]\nmessages_per_address = 0\nconnects_per_address = 0\nconnects_per_network = 0\n",
    );
    let mut daemon = Some(installation.serve());
    let (stop, taken) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut kills = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| load(installation.ports.smtp, 100_000, &stop, &taken));
        let steps: [&[&str]; 4] = [
            &["keys", "rotate", "storage"],
            &["keys", "rotate", "inbox"],
            &["keys", "reseal", "--deep", "--all"],
            &["keys", "rewrap"],
        ];
        for round in 0..20_u64 {
            let arguments = steps[usize::try_from(round).unwrap() % steps.len()];
            let mut child = installation.command(arguments).spawn().unwrap();
            // A reseal takes seconds, the others milliseconds.
            let moment = if arguments.contains(&"reseal") {
                15 + 37 * round
            } else {
                3 + 2 * round
            };
            std::thread::park_timeout(Duration::from_millis(moment));
            // Some had ended before: those rotations are whole.
            kills += usize::from(child.try_wait().unwrap().is_none());
            let _ = child.kill();
            child.wait().unwrap();
            if round % 5 == 4 {
                daemon.take().unwrap().kill();
                daemon = Some(installation.serve());
            }
        }
        // On a machine with much else to do little was taken so far.
        for _ in 0..1_200 {
            if taken.load(Ordering::Relaxed) > 20 {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(kills >= 8, "only {kills} were killed inside");
    installation.run(&["keys", "rewrap"]);
    // What the killed workers held need not wait for the end of their leases.
    installation.sql("UPDATE inbox SET due_at = now()");
    installation.run(&["keys", "reseal", "--deep", "--all"]);
    wait_for("all mail to be filed", Duration::from_secs(120), || {
        installation.sql("SELECT count(*) FROM inbox").trim() == "0"
    });
    let store = store(&installation);
    let (opened, failed) = open_all(&store, &ring(&installation), &cases(&installation));
    assert_eq!(failed, None, "after {opened}");
    let (taken, tickets) = (taken.load(Ordering::Relaxed), installation.tickets().len());
    assert!(
        taken > 20 && tickets >= taken,
        "{taken} were taken, {tickets} are there"
    );
    let listed = installation.run(&["keys", "list"]);
    let roots: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("storage key"))
        .collect();
    for line in roots[..roots.len() - 1].iter().take(4) {
        let number = line.split([' ', ':']).nth(2).unwrap();
        installation.run(&["keys", "destroy", "storage", number, "--yes"]);
    }
    let after = open_all(&store, &ring(&installation), &cases(&installation));
    assert_eq!(after.1, None, "without old roots");
    assert!(daemon.take().unwrap().terminate());
}
