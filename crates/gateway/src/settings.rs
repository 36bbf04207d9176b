//! What each part is told of the configuration: every part gets its own, and nobody the whole tree.

use std::collections::BTreeSet;

use intake::answer::Letterhead;
use intake::answer::calendar::Calendar;
use intake::answer::templates::Templates;
use intake::openpgp::TeamCard;
use intake::pipeline::{AnswerPolicy, Answered, Policy};
use intake::thread::{ForeignPattern, ReferenceFinder};
use intake::triage::TriagePolicy;

use crate::config::Settings;
use crate::contacts::Directory;
use crate::reader::ReaderSettings;

/// What decides about mail. The error says which key is wrong.
pub fn policy(settings: &Settings, loop_token: String) -> Result<Policy, String> {
    let own: BTreeSet<String> = own_addresses(settings).into_iter().collect();
    let domain = domain_of(&settings.team.address).to_lowercase();
    let own_id_domains = BTreeSet::from([domain.clone()]);
    let triage = TriagePolicy {
        own_addresses: own,
        own_id_domains,
        own_loop_token: false,
        own_lists: lower(&settings.triage.own_lists),
        obey_spam_flag: settings.triage.obey_spam_flag,
        disabled_rules: disabled_rules(&settings.triage.disabled_rules)?,
    };
    let foreign = settings
        .team
        .foreign_references
        .iter()
        .map(|pattern| ForeignPattern::new("", pattern));
    let foreign: Vec<ForeignPattern> = foreign
        .collect::<Result<_, _>>()
        .map_err(|error| format!("team.foreign_references: {error}"))?;
    let references = ReferenceFinder::new(std::slice::from_ref(&settings.team.name), foreign);
    let acknowledge = &settings.acknowledge;
    Ok(Policy {
        triage,
        references,
        id_domains: vec![domain],
        context: extract::Context {
            date: None,
            default_zone: Some(settings.team.timezone.clone()),
            networks: settings.constituency.networks.clone(),
            domains: settings
                .constituency
                .domains
                .iter()
                .map(|domain| domain.to_lowercase())
                .collect(),
            language: None,
        },
        authserv_ids: settings.authentication.authserv_ids.clone(),
        loop_token,
        answers: AnswerPolicy {
            enabled: acknowledge.enabled,
            unauthenticated: acknowledge.unauthenticated,
            follow_ups: acknowledge.follow_ups,
            own_addresses: own_addresses(settings),
            most: Answered {
                address_hour: acknowledge.per_address_hour,
                address_day: acknowledge.per_address_day,
                domain_day: acknowledge.per_domain_day,
                hour: acknowledge.per_hour,
            },
        },
    })
}

/// Whose networks and domains are ours to look after: those of the configuration, and of the register.
pub fn constituency(settings: &Settings, register: &Directory) -> extract::Constituency {
    let lists = &settings.constituency;
    let (networks, domains) = register.blocks();
    let listed = lists.domains.iter().map(String::as_str);
    extract::Constituency::new(
        lists.networks.iter().copied().chain(networks),
        listed.chain(domains),
    )
}

/// Names of rules; one that there is not is a mistake that would leave a wrong rule on.
fn disabled_rules(names: &[String]) -> Result<BTreeSet<String>, String> {
    for name in names {
        if !intake::triage::rules().iter().any(|rule| rule.name == name) {
            return Err(format!(
                "triage.disabled_rules: there is no rule {name:?}; `pillarbox config rules` prints them"
            ));
        }
    }
    Ok(names.iter().cloned().collect())
}

fn lower(names: &[String]) -> BTreeSet<String> {
    names
        .iter()
        .map(|name| name.trim_matches(['<', '>', ' ']).to_lowercase())
        .collect()
}

/// Every address that is exactly ours, lower case.
fn own_addresses(settings: &Settings) -> Vec<String> {
    let addresses = settings
        .intake
        .recipients
        .iter()
        .chain([&settings.team.address]);
    addresses.map(|address| address.to_lowercase()).collect()
}

/// The domains that take mail for us, lower case.
pub fn own_domains(settings: &Settings) -> Vec<String> {
    let intake = &settings.intake;
    let domains = intake.domains.iter().map(|domain| domain.to_lowercase());
    let addresses = intake.recipients.iter().chain([&settings.team.address]);
    let mut own: Vec<String> = domains
        .chain(addresses.map(|address| domain_of(address).to_lowercase()))
        .collect();
    own.sort();
    own.dedup();
    own
}

/// The part behind the last `@` of an address of ours.
pub(crate) fn domain_of(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain)
}

/// What stands on acknowledgements; `card` is absent when no team key may sign, `keyless` says that there is none.
pub fn letterhead(
    settings: &Settings,
    templates: Templates,
    card: Option<TeamCard>,
    keyless: bool,
) -> Result<Letterhead, String> {
    let team = &settings.team;
    let (fingerprint, certificate, autocrypt) = card.map_or_else(Default::default, |card| {
        (card.fingerprint, card.certificate, card.autocrypt)
    });
    Ok(Letterhead {
        display_name: team.display_name.clone(),
        address: team.address.clone(),
        languages: team.languages.clone(),
        templates,
        calendar: Calendar::parse(&team.hours, &team.timezone, &team.holidays)?,
        emergency_phone: team.emergency_phone.clone(),
        website: team.website.clone(),
        fingerprint,
        certificate,
        autocrypt,
        keyless,
    })
}

/// How readers are started.
pub fn readers(settings: &Settings) -> ReaderSettings {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let worker = &settings.worker;
    let count = if worker.readers == 0 {
        cores
    } else {
        worker.readers
    };
    ReaderSettings {
        count,
        cpu: worker.cpu.0,
        wall: worker.wall.0,
        memory: worker.memory.0,
        secrets: vec![settings.openpgp.secret_dir.clone()],
        passphrase_file: settings.openpgp.passphrase_file.clone(),
        gnupg_home: settings.openpgp.gnupg_home.clone(),
        certifiers: settings.openpgp.certifiers.clone(),
    }
}
