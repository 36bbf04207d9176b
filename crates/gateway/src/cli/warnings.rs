//! Warnings of commands, for people: a line each on standard error, in words. Services log instead.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::screen::one_line;

/// Octets of a line.
const MOST: usize = 1_000;

/// From here on warnings and errors of ours are told; those of libraries, which may name what they worked on, are not.
pub(super) fn tell() {
    // A second time, in tests of one process, the first still tells.
    tracing_subscriber::registry().with(Told).try_init().ok();
}

struct Told;

impl<S: Subscriber> Layer<S> for Told {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let target = metadata.target();
        let is_ours = target == "pillarbox" || target.starts_with("pillarbox::");
        is_ours && *metadata.level() <= Level::WARN
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        // Nobody listens any more: nothing to be done.
        writeln!(std::io::stderr(), "pillarbox: {}", words.line()).ok();
    }
}

/// What was said, and about what.
#[derive(Default)]
struct Words {
    message: String,
    fields: Vec<String>,
}

impl Words {
    /// `a certificate could not be kept (spool 0193…, fault …)`
    fn line(&self) -> String {
        let fields = self.fields.join(", ");
        one_line(
            &match fields.is_empty() {
                true => self.message.clone(),
                false => format!("{} ({fields})", self.message),
            },
            MOST,
        )
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            write!(self.message, "{value:?}").ok();
            return;
        }
        let name = field.name().replace('_', " ");
        self.fields.push(format!("{name} {value:?}"));
    }
}
