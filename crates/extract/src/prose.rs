//! The addresses of prose: where each stands, and what it is told to be.

use crate::address::Address;
use crate::formats::port;
use crate::hosts::{Name, Said};
use crate::layout::{Page, Standing};
use crate::learned::{self, Site};
use crate::reader::{Reading, endpoint};
use crate::role::{self, NOTHING, Verdict};
use crate::{Endpoint, Format, Role, loose};

/// Addresses of log lines of one page whose role is asked for.
const LINES: usize = 48;

/// Named hosts of one page whose role is asked for.
const NAMES: usize = 48;

impl Reading<'_> {
    /// Each address and each named host of the page with what is known of it: by the wording of the rules in prose, by other readers elsewhere.
    pub(crate) fn sites<'s>(&'s self, addresses: &'s [Address], prose: &[bool]) -> Vec<Site<'s>> {
        let page = self.page;
        let free = |address: &&Address| in_prose(page, prose, address.start);
        let left: Vec<&Address> = addresses.iter().filter(free).collect();
        let places = places(page, &left, prose);
        let verdicts = role::roles(page.text(), &places);
        let mut own = places.iter().zip(verdicts).peekable();
        let told = self.gathering.told_of();
        let floor = floors(page, prose);
        let site = |address: &'s Address| {
            let found = own.next_if(|(place, _)| place.start() == address.start);
            let known = || told.get(address.value.as_str()).copied();
            let verdict = match found {
                Some((_, verdict)) => verdict,
                None => known().map_or(NOTHING, |role| Verdict {
                    role,
                    confidence: 0.9,
                }),
            };
            let left = self.left.binary_search(&address.start);
            let logged = left.is_ok_and(|rank| rank < LINES) && verdict == NOTHING;
            let (from, to) = match logged {
                true => (floor(address.start), line_end(page, address.start)),
                false => (found.map_or(0, |(place, _)| place.floor()), usize::MAX),
            };
            Site {
                start: address.start,
                full: address.full,
                floor: from,
                until: to,
                logged,
                value: &address.value,
                named: false,
                port: address.port,
                ruled: verdict,
                open: found.is_some() || logged,
            }
        };
        let mut sites: Vec<Site<'s>> = addresses.iter().map(site).collect();
        sites.extend(self.named(addresses, prose));
        sites.sort_by_key(|site| site.start);
        sites
    }

    /// The names of hosts that stand clear of addresses.
    fn named<'s>(
        &'s self,
        addresses: &[Address],
        prose: &[bool],
    ) -> impl Iterator<Item = Site<'s>> {
        let page = self.page;
        let floor = floors(page, prose);
        let clear = move |name: &&'s Name| {
            let at = addresses.partition_point(|address| address.full <= name.start);
            addresses.get(at).is_none_or(|next| name.end <= next.start)
        };
        let names = self.names.iter().filter(clear).enumerate();
        names.map(move |(index, name)| Site {
            start: name.start,
            full: name.end,
            floor: floor(name.start),
            until: usize::MAX,
            logged: false,
            value: &name.host,
            named: true,
            port: None,
            ruled: name.ruled(),
            open: index < NAMES && !name.reference && in_prose(page, prose, name.start),
        })
    }

    /// What was learned of a host that is named.
    fn name(&mut self, start: usize, verdict: Verdict) {
        let mut names = self.names.iter_mut();
        let Some(name) = names.find(|name| name.start == start) else {
            return;
        };
        name.said = match verdict.role {
            Role::Source => Said::Blamed,
            Role::Destination => Said::Hit,
            Role::Unknown if verdict == NOTHING => Said::Nothing,
            Role::Unknown => Said::Innocent,
        };
    }

    /// What was learned of an address of a log line.
    fn logged(&mut self, standing: Standing, address: &Address, verdict: Verdict) {
        let found = endpoint(self.page, address, verdict.confidence);
        match verdict.role {
            Role::Unknown if verdict == NOTHING => self.gathering.unplaced.push((standing, found)),
            Role::Unknown => {}
            role @ (Role::Source | Role::Destination) => {
                let party = (standing, Format::Log, role, found);
                self.gathering.parties.push(party);
            }
        }
    }

    /// A party of prose, once for each of its ports.
    fn party(&mut self, standing: Standing, address: &Address, role: Role, mut found: Endpoint) {
        let text = self.page.text();
        let more = crate::beside::more_ports(text, address);
        let parties = &mut self.gathering.parties;
        // `from ADDRESS on port 22`: the port that was tried.
        if role == Role::Source && crate::beside::aimed(text, address) {
            let aims = found.port.into_iter().chain(more).map(|port| Endpoint {
                ip: None,
                port: Some(port),
                confidence: 0.8,
                ..found.clone()
            });
            let told = aims.map(|one| (standing, Format::FreeText, Role::Destination, one));
            parties.extend(told);
            (found.port, found.protocol) = (None, None);
            parties.push((standing, Format::FreeText, role, found));
            return;
        }
        let others = more.into_iter().map(|port| Endpoint {
            port: Some(port),
            ..found.clone()
        });
        let told = std::iter::once(found.clone()).chain(others);
        parties.extend(told.map(|one| (standing, Format::FreeText, role, one)));
    }

    /// Roles by wording, for the addresses of lines that no other reader took.
    pub(crate) fn prose(&mut self, addresses: &[Address], prose: &[bool]) {
        let page = self.page;
        let sites = self.sites(addresses, prose);
        let open = |site: &Site<'_>| site.open && !site.named && !site.logged;
        let open = sites.iter().any(open);
        let verdicts = learned::fill(page.text(), &sites);
        let told = sites.iter().zip(verdicts).filter(|(site, _)| site.open);
        let told: Vec<_> = told
            .map(|(site, verdict)| (site.start, site.ruled, verdict, site.logged))
            .collect();
        drop(sites);
        if open {
            let loose = loose::told(page, addresses, prose);
            self.gathering.loose.extend(loose);
        }
        for (start, ruled, verdict, logged) in told {
            let Ok(at) = addresses.binary_search_by_key(&start, |address| address.start) else {
                if ruled != verdict {
                    self.name(start, verdict);
                }
                continue;
            };
            let Some(address) = addresses.get(at) else {
                continue;
            };
            let standing = page.standing(address.start);
            if logged {
                self.logged(standing, address, verdict);
                continue;
            }
            let mut found = endpoint(page, address, verdict.confidence);
            found.port = found
                .port
                .or_else(|| port::before(page.text(), address.start));
            match verdict.role {
                // Told to be neither.
                Role::Unknown if verdict.confidence > 0.0 => {}
                // Words say that it was hit: nobody guesses that it did it.
                Role::Unknown if ruled.role == Role::Destination => {}
                Role::Unknown => self.gathering.unplaced.push((standing, found)),
                Role::Source | Role::Destination if standing < Standing::Signature => {
                    self.party(standing, address, verdict.role, found);
                }
                Role::Source | Role::Destination => {}
            }
        }
    }
}

/// Whether no other reader took the line.
fn in_prose(page: &Page<'_>, prose: &[bool], at: usize) -> bool {
    let line = page.lines.partition_point(|line| line.start <= at);
    let line = line.checked_sub(1).and_then(|line| prose.get(line));
    line.copied().unwrap_or(false)
}

/// Where the line of an octet ends.
fn line_end(page: &Page<'_>, at: usize) -> usize {
    let line = page.lines.partition_point(|line| line.start <= at);
    let line = line.checked_sub(1).and_then(|line| page.lines.get(line));
    line.map_or(usize::MAX, |line| line.end)
}

/// Where the last line ends that another reader took: its words aren't read again.
fn floors(page: &Page<'_>, prose: &[bool]) -> impl Fn(usize) -> usize {
    let taken = page.lines.iter().zip(prose).filter(|(_, prose)| !**prose);
    let ends: Vec<usize> = taken.map(|(line, _)| line.end).collect();
    move |at: usize| {
        let index = ends.partition_point(|end| *end <= at).checked_sub(1);
        index
            .and_then(|index| ends.get(index))
            .copied()
            .unwrap_or_default()
    }
}

/// Where addresses stand in lines that no other reader took.
fn places(page: &Page<'_>, left: &[&Address], prose: &[bool]) -> Vec<role::Place> {
    let floor = floors(page, prose);
    let place = |address: &&Address| role::Place::behind(address, floor(address.start));
    left.iter().map(place).collect()
}
