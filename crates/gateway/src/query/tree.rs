//! How a query is put together.

use super::Term;

/// What is asked for. Made by its functions and by [`parse()`], so that nothing has two forms: no list in a list of its kind, none
/// of one, no denial of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// One term.
    Term(Term),
    /// What doesn't answer it.
    Not(Box<Query>),
    /// What answers all of these; everything when empty.
    All(Vec<Query>),
    /// What answers one of these; never empty.
    Any(Vec<Query>),
}

impl Default for Query {
    fn default() -> Self {
        Query::All(Vec::new())
    }
}

impl Query {
    /// All of these.
    pub fn all(queries: impl IntoIterator<Item = Query>) -> Query {
        let mut all = Vec::new();
        for query in queries {
            match query {
                Query::All(inner) => all.extend(inner),
                Query::Term(_) | Query::Not(_) | Query::Any(_) => all.push(query),
            }
        }
        match all.len() {
            1 => all.pop().unwrap_or_default(),
            _ => Query::All(all),
        }
    }

    /// One of these; everything when there are none.
    pub fn any(queries: impl IntoIterator<Item = Query>) -> Query {
        let mut any = Vec::new();
        for query in queries {
            match query {
                Query::Any(inner) => any.extend(inner),
                Query::Term(_) | Query::Not(_) | Query::All(_) => any.push(query),
            }
        }
        match any.len() {
            0 => Query::default(),
            1 => any.pop().unwrap_or_default(),
            _ => Query::Any(any),
        }
    }

    /// What doesn't answer this.
    #[must_use]
    pub fn negated(self) -> Query {
        match self {
            Query::Not(inner) => *inner,
            Query::Term(_) | Query::All(_) | Query::Any(_) => Query::Not(Box::new(self)),
        }
    }

    /// Every term, in the order in which it is written.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Query::Term(term) => vec![term],
            Query::Not(inner) => inner.terms(),
            Query::All(inner) | Query::Any(inner) => inner.iter().flat_map(Query::terms).collect(),
        }
    }

    /// What it asks for one beside the other: itself, unless it is a list of all.
    pub fn parts(&self) -> &[Query] {
        match self {
            Query::All(parts) => parts,
            Query::Term(_) | Query::Not(_) | Query::Any(_) => std::slice::from_ref(self),
        }
    }
}
