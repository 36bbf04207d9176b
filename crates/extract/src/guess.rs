//! Who is taken for a party where no wording tells: the host of an example, the only address, the one that is left.

use std::collections::BTreeSet;

use crate::gather::{Gathering, Record};
use crate::layout::Standing;
use crate::learned::LEARNED;
use crate::{Endpoint, Format, Role};

impl Gathering {
    /// What was only learned is left open in a mail that tells of no incident, and where rules, forms or records tell that
    /// party already: another is more likely somebody else.
    pub(crate) fn doubt_the_learned(&mut self) {
        let known = |role: Role| {
            let known = |party: &&(_, _, Role, Endpoint)| party.2 == role;
            let mut known = self.parties.iter().filter(known);
            let recorded = |record: &Record| match role {
                Role::Source => record.source.is_some(),
                Role::Destination => record.destination.is_some(),
                Role::Unknown => false,
            };
            known.any(|party| party.3.confidence > LEARNED) || self.records.iter().any(recorded)
        };
        let (blamed, hit) = (known(Role::Source), known(Role::Destination));
        let told = self.kinds.iter().any(|kind| kind.0 < Standing::Signature);
        let worded = self.settled.as_ref().is_some_and(|kinds| !kinds.is_empty());
        let incident = told || worded;
        let calm = self.calm && !self.records.iter().any(Record::holds);
        let (kept, open) = std::mem::take(&mut self.parties)
            .into_iter()
            .partition(|party| {
                let quiet = calm && party.1 == Format::FreeText;
                let logged = party.1 == Format::Log;
                !quiet && (logged || party.3.confidence > LEARNED || incident || blamed || hit)
            });
        self.parties = kept;
        let learned = |party: &(_, _, _, Endpoint)| party.3.confidence <= LEARNED;
        self.learned = self.parties.iter().any(learned);
        let open: Vec<_> = open;
        let open = open.into_iter().map(|(standing, _, _, one)| {
            let confidence = 0.0;
            (standing, Endpoint { confidence, ..one })
        });
        self.unplaced.extend(open);
    }

    /// A report of unwanted mail that blames nobody blames the host that its example came from.
    pub(crate) fn blame_the_sender(&mut self) {
        let blamed = self.parties.iter().any(|party| party.2 == Role::Source)
            || self.records.iter().any(|record| record.source.is_some());
        let mail = ["spam", "phishing", "malware-distribution"];
        let unwanted = self
            .types()
            .first()
            .is_some_and(|kind| mail.contains(&kind.kind.as_str()));
        if unwanted && !blamed {
            self.records.extend(self.injected.take());
        }
    }

    /// A report that names one address and a type of incident blames that address.
    pub(crate) fn guess_lone_source(&mut self) {
        let placed = !self.parties.is_empty() || self.records.iter().any(Record::holds);
        let Some((standing, first)) = self
            .unplaced
            .iter()
            .min_by_key(|(standing, _)| *standing)
            .cloned()
        else {
            return;
        };
        let alone = self
            .unplaced
            .iter()
            .filter(|(other, _)| *other <= standing)
            .all(|(_, endpoint)| endpoint.ip == first.ip);
        let weight: f64 = self
            .kinds
            .iter()
            .filter(|kind| kind.0 <= standing)
            .map(|kind| kind.2)
            .sum();
        // Whose files were changed or stolen was hit.
        let harmed = self
            .types()
            .first()
            .is_some_and(|kind| kind.classification == "information-content-security");
        let role = if harmed {
            Role::Destination
        } else {
            Role::Source
        };
        if !self.calm && !placed && alone && weight >= 2.0 && standing < Standing::Signature {
            self.parties.push((
                standing,
                Format::FreeText,
                role,
                Endpoint {
                    confidence: 0.55,
                    ..first
                },
            ));
        }
    }

    /// Where only outsiders are blamed and nobody is told to be hit, it is the constituency's own.
    pub(crate) fn guess_own_target(&mut self, networks: &[ipnet::IpNet]) {
        let own = |one: &Endpoint| {
            let ip = one.ip.as_ref().and_then(|ip| ip.parse().ok());
            ip.is_some_and(|ip: std::net::IpAddr| networks.iter().any(|net| net.contains(&ip)))
        };
        let hit = self
            .parties
            .iter()
            .any(|party| party.2 == Role::Destination)
            || self
                .records
                .iter()
                .any(|record| record.destination.is_some());
        let told = self.parties.iter().filter(|party| party.2 == Role::Source);
        let told = told.map(|party| &party.3);
        let logged = self
            .records
            .iter()
            .filter_map(|record| record.source.as_ref());
        let mut blamed = told.chain(logged).peekable();
        // What was only learned carries no further guess.
        if hit || self.learned || blamed.peek().is_none() || blamed.any(own) {
            return;
        }
        let hit = self
            .unplaced
            .iter()
            .filter(|(standing, one)| own(one) && *standing < Standing::Signature);
        let hit = hit.map(|(standing, one)| {
            let one = Endpoint {
                confidence: 0.6,
                ..one.clone()
            };
            (*standing, Format::FreeText, Role::Destination, one)
        });
        self.parties.extend(hit.collect::<Vec<_>>());
    }

    /// Where somebody is told to be hit and nobody to have done it, the one address that is left did it.
    pub(crate) fn blame_the_rest(&mut self) {
        let classes = [
            "intrusion-attempts",
            "information-gathering",
            "availability",
            "malicious-code",
            "abusive-content",
            "intrusions",
        ];
        let attack = self.types().first().is_some_and(|kind| {
            kind.confidence >= 0.66 && classes.contains(&kind.classification.as_str())
        });
        let told = |role| self.parties.iter().filter(move |party| party.2 == role);
        let Some(floor) = told(Role::Destination).map(|party| party.0).min() else {
            return;
        };
        if !attack || told(Role::Source).next().is_some() || self.records.iter().any(Record::holds)
        {
            return;
        }
        let hit: BTreeSet<_> = told(Role::Destination).map(|party| &party.3.ip).collect();
        let left = self.unplaced.iter().filter(|(standing, one)| {
            *standing <= floor && *standing < Standing::Signature && !hit.contains(&one.ip)
        });
        let left: Vec<_> = left.cloned().collect();
        let Some((_, first)) = left.first() else {
            return;
        };
        // A flood comes from several sides.
        let flood = self
            .types()
            .first()
            .is_some_and(|kind| kind.classification == "availability");
        if flood || left.iter().all(|(_, one)| one.ip == first.ip) {
            let blamed = |(standing, one): (Standing, Endpoint)| {
                let one = Endpoint {
                    confidence: 0.55,
                    ..one
                };
                (standing, Format::FreeText, Role::Source, one)
            };
            self.parties.extend(left.into_iter().map(blamed));
        }
    }
}
