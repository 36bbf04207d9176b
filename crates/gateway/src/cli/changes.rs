//! What changes tickets: one that is named, or several, each on its own.

use std::io::Write;

use super::desk::Desk;
use super::each::{Said, each};
use super::tickets::Action;
use super::{close, correct, links, mark, merge, owner, reply, split, tag, undo};
use crate::config::Settings;

impl Action {
    /// It writes a file, or nothing: there is nothing to say as JSON.
    pub(super) fn is_silent(&self) -> bool {
        matches!(
            self,
            Action::Attachment(_) | Action::Erase(_) | Action::Export(_)
        )
    }
}

/// Where tickets are changed, and how that is said.
#[derive(Clone, Copy)]
pub(super) struct Changes<'a> {
    pub(super) desk: &'a Desk,
    pub(super) settings: &'a Settings,
    pub(super) as_json: bool,
}

impl Changes<'_> {
    async fn one(
        self,
        reference: &String,
        work: impl AsyncFn(&str, &mut Said) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.all(std::slice::from_ref(reference), work).await
    }

    async fn all(
        self,
        references: &[String],
        work: impl AsyncFn(&str, &mut Said) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        each(self.desk, references, self.as_json, work).await
    }

    pub(super) async fn correct(self, options: &correct::Options) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| correct::run(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn unmerge(self, reference: &String) -> anyhow::Result<()> {
        let work = async |one: &str, out: &mut Said| {
            let said = merge::unmerge(self.desk, one).await?.words;
            Ok(writeln!(out, "{said}")?)
        };
        self.one(reference, work).await
    }

    pub(super) async fn merge(self, references: &[String], into: &str) -> anyhow::Result<()> {
        let work = async |one: &str, out: &mut Said| {
            let said = merge::merge(self.desk, one, into).await?.words;
            Ok(writeln!(out, "{said}")?)
        };
        self.all(references, work).await
    }

    pub(super) async fn link(self, options: &links::Link) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| links::link(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn unlink(self, options: &links::Unlink) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| links::unlink(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn reply(self, options: &reply::Reply) -> anyhow::Result<()> {
        options.can_be_asked(self.as_json)?;
        let work = async |_: &str, out: &mut Said| {
            reply::run(self.desk, self.settings, options, out).await
        };
        self.one(&options.reference, work).await
    }

    pub(super) async fn split(self, options: &split::Options) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| split::run(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn note(self, options: &reply::Note) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| reply::note(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn undo(self, options: &undo::Undo) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| undo::undo(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn refuse_claim(self, options: &undo::Refuse) -> anyhow::Result<()> {
        let work = async |_: &str, out: &mut Said| undo::refuse(self.desk, options, out).await;
        self.one(&options.reference, work).await
    }

    pub(super) async fn tag(self, options: &tag::Tag) -> anyhow::Result<()> {
        let (references, words) = options.parts()?;
        let work =
            async |one: &str, out: &mut Said| tag::change(self.desk, one, (&words, &[]), out).await;
        self.all(&references, work).await
    }

    pub(super) async fn untag(self, options: &tag::Tag) -> anyhow::Result<()> {
        let (references, words) = options.parts()?;
        let work =
            async |one: &str, out: &mut Said| tag::change(self.desk, one, (&[], &words), out).await;
        self.all(&references, work).await
    }

    pub(super) async fn mark(self, options: &mark::Mark) -> anyhow::Result<()> {
        let work =
            async |one: &str, out: &mut Said| mark::mark(self.desk, (one, options), out).await;
        self.all(&options.references, work).await
    }

    pub(super) async fn status(self, options: &close::Status) -> anyhow::Result<()> {
        let zone = &self.settings.team.timezone;
        let work = async |one: &str, out: &mut Said| {
            close::status(self.desk, zone, (one, options), out).await
        };
        self.all(&options.references, work).await
    }

    pub(super) async fn claim(self, options: &owner::Claim) -> anyhow::Result<()> {
        let work =
            async |one: &str, out: &mut Said| owner::claim(self.desk, (one, options), out).await;
        self.all(&options.references, work).await
    }

    pub(super) async fn release(self, options: &owner::Release) -> anyhow::Result<()> {
        let work = async |one: &str, out: &mut Said| owner::release(self.desk, one, out).await;
        self.all(&options.references, work).await
    }

    pub(super) async fn assign(self, options: &owner::Assign) -> anyhow::Result<()> {
        let work =
            async |one: &str, out: &mut Said| owner::assign(self.desk, (one, options), out).await;
        self.all(&options.references, work).await
    }

    pub(super) async fn close(self, options: &close::Close) -> anyhow::Result<()> {
        let work =
            async |one: &str, out: &mut Said| close::close(self.desk, (one, options), out).await;
        self.all(&options.references, work).await
    }

    pub(super) async fn reopen(self, options: &close::Reopen) -> anyhow::Result<()> {
        let work =
            async |one: &str, out: &mut Said| close::reopen(self.desk, (one, options), out).await;
        self.all(&options.references, work).await
    }
}
