//! `contact add|set|show|list|remove|import|export|language|clear`: the register of organisations, in which language an address is
//! answered, and addresses that refused our mail for good.

mod address;
mod file;
mod organisations;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::organisations::named;
use super::confirm::{Consent, confirm};
use super::desk::Desk;
use crate::audit::{self, DEPLOYMENT};
use crate::config::Settings;
use crate::contacts::{Opened, Organisation};
use crate::screen::one_line;

/// What to do with contacts.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Add an organisation to the register
    #[command(
        after_help = "Example:\n  pillarbox contact add \"Example Bank\" --network 198.51.100.0/24 --domain bank.example \\\n    \
        --address security@bank.example --telephone \"+352 12 34 56\" --out-of-hours \"+352 99 00 00\" \\\n    \
        --person \"Jane Doe <jane@bank.example> +352 12 34 57\""
    )]
    Add {
        /// What it is called
        name: String,
        #[command(flatten)]
        details: Details,
    },
    /// Change an organisation: what is named is replaced, the rest stays
    #[command(
        after_help = "Examples:\n  pillarbox contact set \"Example Bank\" --telephone \"+352 12 34 99\"\n  \
        pillarbox contact set \"Example Bank\" --rename \"Example Bank SA\" --out-of-hours ''"
    )]
    Set {
        /// What it is called
        name: String,
        /// What it is called from now on
        #[arg(long)]
        rename: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// Show an organisation, whose something is, and whether mail reached an address
    #[command(
        after_help = "Examples:\n  pillarbox contact show \"Example Bank\"\n  pillarbox contact show 198.51.100.7\n  \
        pillarbox contact show noc@bank.example"
    )]
    Show {
        /// A name, a mail address, an address, a network or a domain
        what: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the register
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Remove an organisation from the register
    Remove {
        /// What it is called
        name: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Show what a file would change in the register, and change it with --apply
    #[command(
        after_help = "Examples:\n  pillarbox contact export > contacts.toml\n  pillarbox contact import contacts.toml\n  \
        pillarbox contact import contacts.toml --apply\nOrganisations are known by their names. The file may be JSON, too."
    )]
    Import {
        /// The file, or - for standard input
        file: PathBuf,
        /// Do it
        #[arg(long)]
        apply: bool,
        /// Remove what the file lacks
        #[arg(long)]
        prune: bool,
    },
    /// Write the register as a file for a text editor
    Export {
        /// As JSON instead of TOML
        #[arg(long)]
        json: bool,
    },
    /// Say in which language an address is answered, or `auto` for what its mail says
    #[command(after_help = "Example:\n  pillarbox contact language noc@example.net fr")]
    Language {
        /// The address
        address: String,
        /// One of team.languages, or `auto`
        language: String,
    },
    /// Let automatic mail go to an address again that refused it for good
    #[command(after_help = "Example:\n  pillarbox contact clear noc@example.net")]
    Clear {
        /// The address
        address: String,
    },
}

/// What is known of an organisation; an empty value takes it away.
#[derive(Args, Default)]
pub(super) struct Details {
    /// Mail address of a role
    #[arg(long)]
    address: Option<String>,
    /// Number to call while people are at work
    #[arg(long, value_name = "NUMBER")]
    telephone: Option<String>,
    /// Number to call at other times
    #[arg(long, value_name = "NUMBER")]
    out_of_hours: Option<String>,
    /// A note for analysts
    #[arg(long)]
    note: Option<String>,
    /// A network or address; repeatable
    #[arg(long, value_name = "NETWORK")]
    network: Vec<String>,
    /// A domain; repeatable
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Somebody, as `NAME <ADDRESS> NUMBER`; repeatable
    #[arg(long, value_name = "PERSON")]
    person: Vec<String>,
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let (register, actor) = (desk.register(), audit::actor());
    let mut out = std::io::stdout();
    match action {
        Action::Add { name, details } => {
            let name = name.clone();
            let new = details.put_on(Organisation {
                name,
                ..Organisation::default()
            })?;
            organisations::room(opened(&desk).await?.kept.len() + 1)?;
            register.add(&new, &actor).await?;
            writeln!(out, "added")?;
        }
        Action::Set {
            name,
            rename,
            details,
        } => {
            let kept = named(opened(&desk).await?, name)?;
            let mut changed = details.put_on(kept.organisation.clone())?;
            if let Some(rename) = rename {
                rename.clone_into(&mut changed.name);
                changed = changed.checked()?;
            }
            register.change(&kept, &changed, &actor).await?;
            writeln!(out, "changed")?;
        }
        Action::Show { what, json } => organisations::show(&desk, what, *json, &mut out).await?,
        Action::List { json } => organisations::list(&desk, *json, &mut out).await?,
        Action::Remove { name, consent } => {
            let kept = named(opened(&desk).await?, name)?;
            let question = format!(
                "Remove {} from the register?",
                one_line(&kept.organisation.name, 60)
            );
            confirm(consent, &question)?;
            register.remove(&kept, &actor).await?;
            writeln!(out, "removed")?;
        }
        Action::Import { file, apply, prune } => {
            file::import(&desk, file, *prune, *apply, &mut out).await?;
        }
        Action::Export { json } => file::export(&desk, *json, &mut out).await?,
        Action::Language { address, language } => {
            address::set_language(&desk, settings, address, language).await?;
        }
        Action::Clear { address } => address::clear(&desk, address, &mut out).await?,
    }
    Ok(())
}

/// The register; what of it can't be opened is told.
pub(super) async fn opened(desk: &Desk) -> anyhow::Result<Opened> {
    let opened = desk.register().open().await?;
    if !opened.damaged.is_empty() {
        let count = opened.damaged.len();
        writeln!(
            std::io::stderr(),
            "{count} organisations of the register can't be opened: run `pillarbox verify`"
        )?;
    }
    Ok(opened)
}

/// Writes down that so many were shown, before they are.
async fn note_list(desk: &Desk, count: usize) -> anyhow::Result<()> {
    let detail = format!("what=contacts count={count}");
    desk.note(DEPLOYMENT, "listed", detail).await
}
