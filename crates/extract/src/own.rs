//! What the words around one address say of it: its cue, its verbs, its owner.

use std::sync::LazyLock;

use regex::Regex;

use crate::Role;
use crate::clause;
use crate::cue::{Cue, last_cue};
use crate::frame::{self, Hints};
use crate::pattern::Tiered;
use crate::role::{NEITHER, NOTHING, Verdict};
use crate::state;
use crate::text::regex;

/// What an address's own words say.
pub(crate) struct Own {
    pub(crate) verdict: Verdict,
    /// Only a bare preposition stands before it.
    pub(crate) weak: bool,
    /// Said by the words behind it.
    pub(crate) behind: bool,
    /// Told to control others.
    pub(crate) controller: bool,
}

impl Own {
    pub(crate) fn new(role: Role, confidence: f64) -> Self {
        Self::of(Verdict { role, confidence })
    }

    pub(crate) fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            weak: false,
            behind: false,
            controller: false,
        }
    }

    fn behind(role: Role, confidence: f64) -> Self {
        Self {
            behind: true,
            ..Self::new(role, confidence)
        }
    }
}

/// The words around an address: those before it in its sentence, and those behind it up to the next address.
struct Words<'t> {
    lead: &'t str,
    tail: &'t str,
    /// Behind it, past the next address.
    rest: &'t str,
    before: Hints,
    after: Hints,
    cue: Option<Cue>,
    /// In sentences, not in a log line.
    prose: bool,
}

/// The verdict of the words before an address in its sentence, and of those behind it. A log line has no clauses.
pub(crate) fn alone(lead: &str, tail: &str, rest: &str, prose: bool) -> Own {
    let heading = lead
        .trim_end_matches([' ', '\n', '\r', '\t', '-', '*', '•'])
        .ends_with(':');
    if heading && HEADING.is_match(lead) {
        return Own::new(Role::Source, 0.85);
    }
    let hints = |text| match prose {
        true => Hints::of(text),
        false => Hints::none(),
    };
    let (before, after) = (hints(lead), hints(tail));
    if frame::dismissed(lead, before, tail, after) {
        return Own {
            behind: true,
            ..Own::of(NEITHER)
        };
    }
    let words = Words {
        lead,
        tail,
        rest,
        before,
        after,
        cue: last_cue(lead, before),
        prose,
    };
    words
        .device()
        .or_else(|| words.cued())
        .or_else(|| words.voice())
        .or_else(|| words.owned())
        .unwrap_or_else(|| words.place())
}

impl Words<'_> {
    fn has(&self, cue: Cue) -> bool {
        self.cue == Some(cue)
    }

    /// A machine that stands between the parties is none, unless it was hit itself.
    fn device(&self) -> Option<Own> {
        let named = frame::device(self.lead, self.before);
        if !named || self.has(Cue::Destination) || self.has(Cue::Yours) || self.state() {
            return None;
        }
        let hit = PASSIVE.is_match(self.tail)
            || frame::undergoes(self.lead, self.before, self.rest)
            || state::sensor(self.lead) && self.hit() && !state::against(self.rest);
        Some(match hit {
            true => Own::new(Role::Destination, 0.85),
            false => Own::of(NEITHER),
        })
    }

    /// Whether its own state is told of, which is that of somebody else's machine.
    fn state(&self) -> bool {
        self.prose && !self.has(Cue::Ours) && state::told(self.tail) && !state::ours(self.lead)
    }

    /// What the nearest strong cue says.
    fn cued(&self) -> Option<Own> {
        // `a scan of our server by ADDRESS`: who did it stands last.
        let agent = self.lead.trim_end().rsplit([' ', '\n']).next();
        let agent = agent.is_some_and(|word| ["by", "par", "durch", "por", "von"].contains(&word));
        Some(match self.cue? {
            Cue::Source if self.prose && HOUSED.is_match(self.lead) && self.hit() => {
                Own::behind(Role::Destination, 0.85)
            }
            Cue::Source if OURS_HIT.is_match(self.lead) => Own::new(Role::Destination, 0.9),
            Cue::Source => Own::new(Role::Source, 0.9),
            Cue::Nothing => Own::of(NOTHING),
            Cue::Destination | Cue::Ours if agent => Own::new(Role::Source, 0.8),
            Cue::Destination if self.prose && clause::done_by(self.lead) => {
                Own::new(Role::Source, 0.8)
            }
            Cue::Destination if self.prose && clause::the_one(self.lead) => {
                Own::new(Role::Source, 0.85)
            }
            Cue::Destination => Own::new(Role::Destination, 0.9),
            Cue::Towards | Cue::Yours | Cue::Ours | Cue::Controller => return None,
        })
    }

    /// What the verbs say: whom something is done to, and who does it.
    fn voice(&self) -> Option<Own> {
        let yours = self.has(Cue::Yours);
        if PASSIVE.is_match(self.tail) {
            return Some(Own::behind(Role::Destination, 0.9));
        }
        if !yours && frame::undergoes(self.lead, self.before, self.rest) {
            return Some(Own::new(Role::Destination, 0.85));
        }
        let harmed = self
            .after
            .harm()
            .then(|| HARMED.captures(self.tail))
            .flatten();
        let mild = |found: &regex::Captures<'_>| found.name("mild").is_some();
        if harmed.is_some_and(|found| !yours && (self.has(Cue::Ours) || !mild(&found))) {
            return Some(Own::behind(Role::Destination, 0.8));
        }
        if ACTIVE.is_match(self.tail) && !self.hit() {
            return Some(Own::behind(Role::Source, 0.85));
        }
        if let Some(role) = self.predicate() {
            return Some(Own::behind(role, 0.85));
        }
        let shut_out = self.after.harm() && SHUT_OUT.is_match(self.tail);
        shut_out.then(|| Own::behind(Role::Source, 0.8))
    }

    /// What the clause behind it says, where there are clauses.
    fn predicate(&self) -> Option<Role> {
        self.prose.then(|| clause::predicate(self.tail)).flatten()
    }

    /// Whether something is done to it.
    fn hit(&self) -> bool {
        PASSIVE.is_match(self.tail) || self.predicate() == Some(Role::Destination)
    }

    /// Whose it is, or whom it controls.
    fn owned(&self) -> Option<Own> {
        if self.has(Cue::Ours) && frame::lies_with_you(self.tail, self.after) {
            return Some(Own::new(Role::Source, 0.75));
        }
        if self.has(Cue::Ours) && clause::the_one(self.lead) {
            return Some(Own::new(Role::Source, 0.85));
        }
        let yours = match self.cue? {
            Cue::Controller => {
                return Some(Own {
                    controller: true,
                    ..Own::of(NOTHING)
                });
            }
            Cue::Towards if self.before.owned() => {
                OWNER.captures(self.lead)?.name("yours").is_some()
            }
            Cue::Yours => true,
            Cue::Ours => false,
            Cue::Towards | Cue::Nothing | Cue::Source | Cue::Destination => return None,
        };
        Some(match yours && !possessive_target(self.lead) {
            true => Own::new(Role::Source, 0.75),
            false => Own::new(Role::Destination, 0.75),
        })
    }

    /// What lies there, or where it lies.
    fn place(&self) -> Own {
        if frame::holds(self.lead, self.before, self.after) {
            return Own::new(Role::Source, 0.8);
        }
        if frame::yours(self.tail, self.after) || self.state() {
            return Own::new(Role::Source, 0.75);
        }
        let continued = self.prose.then(|| clause::continued(self.tail)).flatten();
        if let (Some(role), None | Some(Cue::Towards)) = (continued, self.cue) {
            return Own::behind(role, 0.75);
        }
        Own {
            weak: self.has(Cue::Towards),
            ..Own::of(NOTHING)
        }
    }
}

/// `the account, hosted on ADDRESS, was taken over`: what lies there may be good.
static HOUSED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:hosted|h[ée]berg[ée]e?s?|gehostet|alojad[oa]s?)\s[^\s.,;:]{1,4}\s(?:[^\s.,;:]+\s){0,3}[(\[]?$",
    )
});

/// What the address undergoes.
static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:which\s|that\s|qui\s|die\s|que\s)?(?:
          (?:was|were|is|are|has\sbeen|have\sbeen|had\sbeen|(?:is|was|are|were)\sbeing|got|gets?)\s(?:\w+ly\s|also\s)?(?:attacked|scanned|probed|targeted|flooded|hit|hammered|swept|bombarded|brute-?forced|attempted|the\s(?:target|victim|destination)|under\s(?:attack|a\sddos)|(?:compromised|infected|hacked|abused|accessed)\s(?:by|from))
        | (?:es|son|era)\s(?:\w+mente\s)?(?:atacad|escanead|inundad|objeto|v[íi]ctima|blanco)
        | (?:receiv(?:ed|es|ing)|re[çc]oit|a\sre[çc]u|erhielt|recibi[óo])\s(?:[^.\n]{0,40}\s)?(?:attack|attempt|scan|request|traffic|packet|spam|connection|tentative|attaque|requ[êe]te|trafic|angriff|ataque|intento)
        | (?:a|ont|avait|avaient)\s[ée]t[ée]\s(?:\w+ment\s)?(?:attaqu|scann|cibl|vis[ée]|la\scible|(?:la\s)?victime|l'objet|sond|inond|bombard|satur|(?:compromis|infect[ée]|pirat[ée])e?s?\s(?:par|depuis))
        | (?:est|sont|[ée]tait|[ée]taient|fait|font|subit|subissent|a\ssubi)\s(?:la\scible|vis[ée]|attaqu|cibl|satur[ée]|inond[ée]|victimes?|l['’]objet|une\sattaque|des\sattaques)
        | (?:wurde|wurden|wird|werden)\s[^.\n]{0,60}?(?:angegriffen|gescannt|attackiert|[üu]berlastet|[üu]berflutet|bombardiert|(?:das\s)?ziel[\s.,])
        | (?:fue|fueron|ha\ssido|han\ssido|est[áa]n?\s(?:siendo|sufriendo)|est[áa]n?)\s(?:un\s|el\s)?(?:atac|escanead|saturad|inundad|bombardead|objetivo|objeto|blanco|v[íi]ctima)
        )"#,
    )
});

/// What the address does.
static ACTIVE: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:,?\s?(?:which|that|qui|die|que)\s)?
          (?:(?:has|have|had|is|are|was|were|been|a|ont|avait|est|sont|hat|haben|ist|ha|han|est[áa]|keeps?|continues?\sto|repeatedly|actively|currently|apparently|probably|appears?\sto(?:\sbe|\shave)?|seems?\sto(?:\sbe|\shave)?|observed|seen|caught|found|trying\sto|en\strain\sde|d'avoir|semble|a\s[ée]t[ée]|wurde|tried\sto|attempted\sto|started|started\sto|did|does|may\sbe|might\sbe|nous|nos|uns|us|se|sich)\s){0,4}(?:s['’])?
          (?:(?:hat|haben|griff)\s|attack|scann|scans?\b|prob(?:e|ing)|tr(?:y|ied|ies)|attempt|launch|flood|brute|hack|spam|send|sent|connect|initiat|infect|compromis|host(?:s|ed|ing)\b|participat|perform|conduct|generat|abus|exploit|part\sof|a\s(?:bot|spam|source)|member|vulnerable|running\s(?:an?\s)?(?:open|vulnerable)|attaqu|tent[eéa]|essa[iy]|effectu|lanc|envo|h[ée]berg|particip|[àa]\sl'origine|versuch|infizier|greif|sende|atac|intent|escane|realiz|envi|logged\sin|made\b|was\sblocked|is\sblocked|responsible|origin|shar(?:ed|ing)|upload|download|distribut|offer(?:s|ed|ing)|hammer|guess|partag|mis(?:e)?\s[àa]\sdisposition|t[ée]l[ée]charg|inond|scanne|balay|cherch|fait\spartie\sd['’e]|teil\s(?:eine|von)|forma\sparte|parte\sde|[üu]berflut|bombard|verbreit|verteil|teilt|compart|distribu|inund|descarg|prueba|probando|probiert|busca)"#,
    )
});

/// The words of a list's heading that blame what follows.
static HEADING: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)(?:(?:vuln[ée]rable|infect[ée]|compromis|infectado|comprometido|infizierte|verwundbare|infected|vulnerable|open|offene|ouvert|abierto)[^\s.,;:]*\s(?:[^\s.,;:]+\s){0,3}?(?:suivante?s|siguientes)\b|(?:following|folgende[nr]?)\s(?:[^\s.,;:]+\s){0,2}?(?:infected|vulnerable|compromised|infizierte|verwundbare|anf[äa]llige|kompromittierte|offene|open))[^.\n]{0,60}$|(?:\b(?:following|these|suivante?s?|folgende[nr]?|siguientes?|ces|diese)\s(?:\w+\s){0,2}?(?:ips?|hosts?|address\w*|adress\w*|machines?|systems?|syst[èe]mes?|servers?|serveurs?|sources?|rechner|equipos?|direcciones)\b|\b(?:adresses?|machines?|serveurs?|h[ôo]tes?|syst[èe]mes?|ips?|direcciones|equipos|servidores|sistemas)\s(?:\w+\s)?(?:suivante?s?|siguientes)\b)[^.\n]{0,60}?\b(?:attack|scan|prob|tr(?:y|ied)|attempt|flood|brute|spam|sen[dt]|connect|infect|compromis|particip|attaqu|tent|ont|haben|griff|versuch|atac|intent|are\s(?:part|infected|vulnerable))",
    )
});

/// Broken into or damaged; the mild words are said of culprits too.
static HARMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?,?\s?
          (?:was|were|has\sbeen|have\sbeen|got|is|a\s[ée]t[ée]|ont\s[ée]t[ée]|est|wurde|wurden|ist|fue|fueron|ha\ssido|han\ssido|est[áa])\s(?:[^.,;\n]{0,40}?\s)?
          (?:(?P<mild>compromised|compromise?e?s?(?-u:\b)|kompromittier|comprometid)|hacked|defaced|encrypted|broken\sinto|wiped|stolen|pirat[ée]|d[ée]figur|chiffr[ée]|vol[ée]|gehackt|verunstaltet|verschl[üu]sselt|eingebrochen|hackead|desfigurad|cifrad)"#,
    )
});

/// `ADDRESS wegen … gesperrt`.
static SHUT_OUT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^\s(?:[^\s.,;:]+\s){0,6}(?:gesperrt|blockiert|geblockt|ausgesperrt)(?-u:\b)")
});

/// What was broken into is ours: `our compromised server`.
static OURS_HIT: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?i)\b(?:(?:we\shave|nous\savons|wir\shaben|tenemos)\s(?:an?|one|une?|einen?|un)\s|(?:our|notre|unsere?[mnrs]?|nuestro)\s)(?:\w+\s)?(?:compromised|hacked|kompromittierte\w*|gehackte\w*|comprometido|compromis|pirat[ée])",
    )
});

/// `our server at ADDRESS`.
static OWNER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:(?P<yours>your|votre|vos|ihre?[mnrs]?)|(?:i|we)\s(?:run|operate|own|host)(?:\san?|\sthe)?|our|my|notre|nos|mon|unsere?[mnrs]?|unser|nuestr[oa]s?)\s(?:[^\s.,;:]+\s){1,2}(?:at|on|sur|[àa]|unter|auf|en)\s(?:(?:l['’]|la\s|der\s)?(?:ip|address|adresse|direcci[óo]n)\s){0,2}[(\[]?$",
    )
});

/// `attacks against your server`: yours, but hit.
fn possessive_target(lead: &str) -> bool {
    static AIMED: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::new(
            r"(?i)\b(?:against|towards?|targeting|attack(?:s|ed|ing)?(?: on)?|contre|visant|ciblant|gegen|contra|hacia)\s(?:your|votre|vos|ihre?[mnrs]?|sus?)\b",
        )
    });
    AIMED.is_match(lead)
}
