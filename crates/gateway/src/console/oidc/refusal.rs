//! Why nobody was let in, for whoever stands before it; what exactly was wrong is for the log and the audit trail.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::provider::ProviderFault;
use crate::console::App;
use crate::console::guard::{Wrong, render};
use crate::console::words::Words;
use crate::store::StoreFault;

/// Why nobody was let in.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The provider does not answer, or can't be used.
    Away,
    /// The provider, or what is configured of it here or there, must be changed first.
    Unfit,
    /// It came from elsewhere, too late, twice, or not as the provider signs it.
    Failed,
    /// The provider itself said no, or somebody went back there.
    Denied,
    /// No group has a role.
    NoGroup,
    /// The provider names nobody, or in a way that is no name here.
    NoName,
    /// Another account has the name.
    NameTaken,
    /// The account can't sign in.
    Disabled,
    /// Too many attempts.
    Wait,
    Store(StoreFault),
    /// What is sealed can't be sealed or opened; the log says it.
    Broken,
}

impl From<StoreFault> for Refusal {
    fn from(fault: StoreFault) -> Self {
        Refusal::Store(fault)
    }
}

/// What a fault of the provider means for whoever wants in.
pub(super) fn of_provider(fault: &ProviderFault) -> Refusal {
    match fault {
        ProviderFault::Away(_) => Refusal::Away,
        ProviderFault::Unfit(_) => Refusal::Unfit,
        ProviderFault::Refused(_) => Refusal::Failed,
    }
}

#[derive(Template)]
#[template(path = "kept_out.html")]
struct KeptOut {
    w: &'static Words,
    head: &'static str,
    text: &'static str,
    /// Where a person whom the provider knows signs out there, to come as another one.
    leave: Option<String>,
    leave_text: &'static str,
}

impl Refusal {
    /// Whether the provider has said who it is: then it says so again, until he signs out there.
    pub(super) fn is_of_somebody_known(&self) -> bool {
        matches!(
            self,
            Refusal::NoGroup | Refusal::NoName | Refusal::NameTaken | Refusal::Disabled
        )
    }

    /// The page, with an address of the provider's where one leaves it.
    pub(super) fn page(self, w: &'static Words, app: &App, leave: Option<String>) -> Response {
        let status = match &self {
            Refusal::Store(_) | Refusal::Broken => return self.fault(w),
            Refusal::Away | Refusal::Unfit => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Wait => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Failed
            | Refusal::Denied
            | Refusal::NoGroup
            | Refusal::NoName
            | Refusal::NameTaken
            | Refusal::Disabled => StatusCode::FORBIDDEN,
        };
        let page = KeptOut {
            w,
            head: in_words(w, "You are not signed in", "Vous n’êtes pas connecté"),
            text: self.text(w, app.settings.console.local_sign_in),
            leave,
            leave_text: in_words(
                w,
                "Sign out at the sign-in service",
                "Se déconnecter du service de connexion",
            ),
        };
        (status, render(&page)).into_response()
    }

    fn fault(self, w: &'static Words) -> Response {
        match self {
            Refusal::Store(fault) => Wrong::fault(w, &fault.into()).into_response(),
            Refusal::Away
            | Refusal::Unfit
            | Refusal::Failed
            | Refusal::Denied
            | Refusal::NoGroup
            | Refusal::NoName
            | Refusal::NameTaken
            | Refusal::Disabled
            | Refusal::Wait
            | Refusal::Broken => Wrong::unavailable(w).into_response(),
        }
    }

    fn text(&self, w: &Words, has_local: bool) -> &'static str {
        let (english, french) = match self {
            Refusal::Away if has_local => (
                "The sign-in service does not answer as it should. Please try again in a moment; accounts with a password can sign in meanwhile.",
                "Le service de connexion ne répond pas comme il devrait. Réessayez dans un instant ; les comptes avec mot de passe peuvent se connecter en attendant.",
            ),
            Refusal::Away => (
                "The sign-in service does not answer as it should. Please try again in a moment.",
                "Le service de connexion ne répond pas comme il devrait. Réessayez dans un instant.",
            ),
            Refusal::Unfit => (
                "The sign-in service and this console do not fit together. Whoever manages the console finds the reason in its log.",
                "Le service de connexion et cette console ne s’accordent pas. La personne qui gère la console en trouve la raison dans son journal.",
            ),
            Refusal::Failed => (
                "Signing in did not work: it was begun in another browser or too long ago, or the answer was not as it must be. Please begin again.",
                "La connexion n’a pas abouti : elle a été commencée dans un autre navigateur ou il y a trop longtemps, ou la réponse n’était pas conforme. Recommencez.",
            ),
            Refusal::Denied => (
                "The sign-in service did not let you in.",
                "Le service de connexion ne vous a pas laissé entrer.",
            ),
            Refusal::NoGroup => (
                "The sign-in service knows you, but none of your groups has a role in this console. Whoever manages the groups can change that.",
                "Le service de connexion vous connaît, mais aucun de vos groupes n’a de rôle dans cette console. La personne qui gère les groupes peut y remédier.",
            ),
            Refusal::NoName => (
                "The sign-in service gives no name that can be used here. Whoever manages this console can change which claim it is.",
                "Le service de connexion ne donne aucun nom utilisable ici. La personne qui gère cette console peut changer l’attribut utilisé.",
            ),
            Refusal::NameTaken => (
                "Another account here has your name. If it is yours, whoever manages this console can bind it to you.",
                "Un autre compte porte votre nom ici. Si c’est le vôtre, la personne qui gère cette console peut vous le rattacher.",
            ),
            Refusal::Disabled => (
                "Your account in this console is switched off.",
                "Votre compte dans cette console est désactivé.",
            ),
            Refusal::Wait | Refusal::Store(_) | Refusal::Broken => (
                "There were several attempts that did not work. Please wait up to fifteen minutes.",
                "Plusieurs essais n’ont pas abouti. Attendez jusqu’à quinze minutes.",
            ),
        };
        in_words(w, english, french)
    }
}

/// The one in the language of these words.
pub(super) fn in_words(w: &Words, english: &'static str, french: &'static str) -> &'static str {
    match w.lang {
        "fr" => french,
        _ => english,
    }
}
