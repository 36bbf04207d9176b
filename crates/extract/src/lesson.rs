//! Passages as the model sees them, for training.

use crate::gather::Gathering;
use crate::layout::Page;
use crate::learned::{Mention, Site, mentions};
use crate::reader::Reading;
use crate::when::moment::Clockwork;
use crate::{Context, TextPart};

/// The addresses and named hosts of a passage, in order.
pub struct Lesson {
    /// As they are compared.
    pub values: Vec<String>,
    /// Whether each is the name of a host.
    pub named: Vec<bool>,
    /// Where each stands: its first octet, and one past its last or that of its port.
    pub places: Vec<(usize, usize)>,
    /// As the model sees them.
    pub mentions: Vec<Mention>,
}

/// Reads a passage as the text of a mail is read, up to where roles are decided.
#[must_use]
pub fn lesson(text: &str) -> Lesson {
    let part = TextPart::body(text);
    let page = Page::new(&part);
    let clockwork = Clockwork::new(&Context::default(), None);
    let mut gathering = Gathering::default();
    let (mut reading, addresses) = Reading::of(&page, &clockwork, &mut gathering);
    reading.marks(&addresses);
    let prose = reading.taken(&addresses);
    let sites = reading.sites(&addresses, &prose);
    let place = |site: &Site<'_>| page.clean.original(site.start, site.full);
    Lesson {
        named: sites.iter().map(|site| site.named).collect(),
        places: sites.iter().map(place).collect(),
        values: sites.iter().map(|site| site.value.to_owned()).collect(),
        mentions: mentions(page.text(), &sites),
    }
}
