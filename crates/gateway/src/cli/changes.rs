//! What changes tickets: one, or several that are named.

use std::io::Write;

use super::desk::Desk;
use super::each::{Said, each};
use super::links;
use super::tickets::Action;
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

/// Changes one ticket.
pub(super) async fn one(
    desk: &Desk,
    settings: &Settings,
    action: &Action,
    as_json: bool,
) -> anyhow::Result<()> {
    let single = std::slice::from_ref::<String>;
    match action {
        Action::Correct(options) => {
            let work =
                async |_: &str, out: &mut Said| super::correct::run(desk, options, out).await;
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::Unmerge { reference } => {
            let work = async |one: &str, out: &mut Said| {
                let said = super::merge::unmerge(desk, one).await?.words;
                Ok(writeln!(out, "{said}")?)
            };
            each(desk, single(reference), as_json, work).await?;
        }
        Action::Link(options) => {
            let work = async |_: &str, out: &mut Said| links::link(desk, options, out).await;
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::Unlink(options) => {
            let work = async |_: &str, out: &mut Said| links::unlink(desk, options, out).await;
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::Reply(options) => {
            options.can_be_asked(as_json)?;
            let work = async |_: &str, out: &mut Said| {
                super::reply::run(desk, settings, options, out).await
            };
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::Split(options) => {
            let work = async |_: &str, out: &mut Said| super::split::run(desk, options, out).await;
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::Note(options) => {
            let work = async |_: &str, out: &mut Said| super::reply::note(desk, options, out).await;
            each(desk, single(&options.reference), as_json, work).await?;
        }
        Action::List(_)
        | Action::Show { .. }
        | Action::Attachment(_)
        | Action::Merge { .. }
        | Action::Tag(_)
        | Action::Untag(_)
        | Action::Claim(_)
        | Action::Release(_)
        | Action::Assign(_)
        | Action::Retry(_)
        | Action::Status(_)
        | Action::Close(_)
        | Action::Reopen(_)
        | Action::Erase(_)
        | Action::Export(_)
        | Action::Search(_)
        | Action::Undo(_)
        | Action::RefuseClaim(_) => {}
    }
    Ok(())
}

/// Takes back the last change of a ticket, or refuses what its first message claims.
pub(super) async fn back(desk: &Desk, action: &Action, as_json: bool) -> anyhow::Result<()> {
    let single = std::slice::from_ref::<String>;
    if let Action::Undo(options) = action {
        let work = async |_: &str, out: &mut Said| super::undo::undo(desk, options, out).await;
        each(desk, single(&options.reference), as_json, work).await?;
    }
    if let Action::RefuseClaim(options) = action {
        let work = async |_: &str, out: &mut Said| super::undo::refuse(desk, options, out).await;
        each(desk, single(&options.reference), as_json, work).await?;
    }
    Ok(())
}

/// Changes several tickets, each on its own.
pub(super) async fn several(
    desk: &Desk,
    settings: &Settings,
    action: &Action,
    as_json: bool,
) -> anyhow::Result<()> {
    match action {
        Action::Merge { references, into } => {
            let work = async |one: &str, out: &mut Said| {
                let said = super::merge::merge(desk, one, into.as_str()).await?.words;
                Ok(writeln!(out, "{said}")?)
            };
            each(desk, references, as_json, work).await?;
        }
        Action::Tag(options) => {
            let (references, words) = options.parts()?;
            let work = async |one: &str, out: &mut Said| {
                super::tag::change(desk, one, (&words, &[]), out).await
            };
            each(desk, &references, as_json, work).await?;
        }
        Action::Untag(options) => {
            let (references, words) = options.parts()?;
            let work = async |one: &str, out: &mut Said| {
                super::tag::change(desk, one, (&[], &words), out).await
            };
            each(desk, &references, as_json, work).await?;
        }
        Action::Status(_)
        | Action::Claim(_)
        | Action::Release(_)
        | Action::Assign(_)
        | Action::Close(_)
        | Action::Reopen(_) => hands(desk, settings, action, as_json).await?,
        Action::List(_)
        | Action::Show { .. }
        | Action::Attachment(_)
        | Action::Correct(_)
        | Action::Unmerge { .. }
        | Action::Link(_)
        | Action::Unlink(_)
        | Action::Reply(_)
        | Action::Split(_)
        | Action::Note(_)
        | Action::Retry(_)
        | Action::Erase(_)
        | Action::Export(_)
        | Action::Search(_)
        | Action::Undo(_)
        | Action::RefuseClaim(_) => {}
    }
    Ok(())
}

/// Whose they are, and how they stand.
async fn hands(
    desk: &Desk,
    settings: &Settings,
    action: &Action,
    as_json: bool,
) -> anyhow::Result<()> {
    match action {
        Action::Status(options) => {
            let zone = &settings.team.timezone;
            let work = async |one: &str, out: &mut Said| {
                super::close::status(desk, zone, (one, options), out).await
            };
            each(desk, &options.references, as_json, work).await?;
        }
        Action::Claim(options) => {
            let work = async |one: &str, out: &mut Said| {
                super::owner::claim(desk, (one, options), out).await
            };
            each(desk, &options.references, as_json, work).await?;
        }
        Action::Release(options) => {
            let work =
                async |one: &str, out: &mut Said| super::owner::release(desk, one, out).await;
            each(desk, &options.references, as_json, work).await?;
        }
        Action::Assign(options) => {
            let work = async |one: &str, out: &mut Said| {
                super::owner::assign(desk, (one, options), out).await
            };
            each(desk, &options.references, as_json, work).await?;
        }
        Action::Close(options) => {
            let work = async |one: &str, out: &mut Said| {
                super::close::close(desk, (one, options), out).await
            };
            each(desk, &options.references, as_json, work).await?;
        }
        Action::Reopen(options) => {
            let work = async |one: &str, out: &mut Said| {
                super::close::reopen(desk, (one, options), out).await
            };
            each(desk, &options.references, as_json, work).await?;
        }
        Action::List(_)
        | Action::Show { .. }
        | Action::Attachment(_)
        | Action::Correct(_)
        | Action::Merge { .. }
        | Action::Unmerge { .. }
        | Action::Link(_)
        | Action::Unlink(_)
        | Action::Tag(_)
        | Action::Untag(_)
        | Action::Reply(_)
        | Action::Split(_)
        | Action::Note(_)
        | Action::Retry(_)
        | Action::Erase(_)
        | Action::Export(_)
        | Action::Search(_)
        | Action::Undo(_)
        | Action::RefuseClaim(_) => {}
    }
    Ok(())
}
