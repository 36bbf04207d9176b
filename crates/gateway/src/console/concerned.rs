//! Whose problem a report is, as pages show it: organisations of the register, networks and domains, and what only looks like them (E5).

use extract::{Belonging, Relation, Rule};

use super::shown;
use super::words::Words;
use crate::cli::desk::Desk;

/// Lines of a ticket in the queue, and on its page.
const MOST_LISTED: usize = 2;
const MOST_SHOWN: usize = 12;

/// Whose something is, or only looks to be.
pub(super) struct Concern {
    /// The value that says so; empty in lists.
    pub(super) value: String,
    /// The organisation; else the network or domain, which stands behind it as well.
    pub(super) name: String,
    pub(super) of: String,
    /// The organisation's page; `None` for what the configuration alone names.
    pub(super) href: Option<String>,
    /// By which rule it only looks so; `None` for what is its own.
    pub(super) like: Option<&'static str>,
}

/// Whose problem a report is.
#[derive(Default)]
pub(super) struct Concerned {
    pub(super) all: Vec<Concern>,
    /// Those that are not named.
    pub(super) more: usize,
}

impl Concerned {
    /// For a line of the queue: each organisation once.
    pub(super) fn listed(desk: &Desk, concerns: &[Belonging], w: &Words) -> Concerned {
        let mut all: Vec<Concern> = Vec::new();
        for one in concerns {
            let new = concern(desk, "", one, w);
            let is_same = |known: &Concern| known.name == new.name && known.like == new.like;
            if !all.iter().any(is_same) {
                all.push(new);
            }
        }
        Concerned::cut(all, MOST_LISTED)
    }

    /// For a ticket's page: each value.
    pub(super) fn shown(desk: &Desk, values: &[(String, Belonging)], w: &Words) -> Concerned {
        let all = values.iter();
        let all = all.map(|(value, one)| concern(desk, value, one, w));
        Concerned::cut(all.collect(), MOST_SHOWN)
    }

    fn cut(mut all: Vec<Concern>, most: usize) -> Concerned {
        let more = all.len().saturating_sub(most);
        all.truncate(most);
        Concerned { all, more }
    }
}

fn concern(desk: &Desk, value: &str, one: &Belonging, w: &Words) -> Concern {
    let directory = &desk.directory;
    let whose = directory.having(&one.of).into_iter().next();
    let of = shown::line(&one.of, 80);
    let value = match value.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => shown::defanged(value),
    };
    Concern {
        name: whose.map_or_else(|| of.clone(), |whose| shown::line(&whose.name, 60)),
        href: whose
            .and_then(|whose| directory.id(whose))
            .map(|id| format!("/contacts/{id}")),
        like: match one.relation {
            Relation::Own => None,
            Relation::LookAlike => Some(w.rule(one.rule)),
        },
        value,
        of,
    }
}

impl Words {
    /// Before whose problem it is.
    pub(super) fn concerns(&self) -> &'static str {
        self.one("Concerns", "Concerne")
    }

    /// Before what a name only looks like.
    pub(super) fn looks_like(&self) -> &'static str {
        self.one("looks like", "ressemble à")
    }

    /// By which rule a name looks like another.
    fn rule(&self, rule: Option<Rule>) -> &'static str {
        let (english, french) = match rule {
            Some(Rule::Inside) => ("holds the name", "contient le nom"),
            Some(Rule::Confusable) => ("letters that look the same", "lettres qui se ressemblent"),
            Some(Rule::Digits) => ("digits for letters", "chiffres pour des lettres"),
            Some(Rule::Hyphen) => ("another hyphen", "un autre trait d’union"),
            Some(Rule::Suffix) => ("another suffix", "un autre suffixe"),
            Some(Rule::Edit) => ("a letter or two differ", "une ou deux lettres diffèrent"),
            Some(Rule::Word) => ("another word beside it", "un autre mot à côté"),
            None => ("", ""),
        };
        self.one(english, french)
    }
}
