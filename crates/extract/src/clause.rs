//! What the predicate behind an address says: that it is hit, or that it acts; in its own clause or the next one's pronoun.

use std::sync::LazyLock;

use regex::Regex;

use crate::Role;
use crate::text::{cut, regex};

/// What stands between an address and its verb: brackets, a parenthesis, a relative pronoun.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)^[\])"'»]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)[\])]?)?\s?,?\s?(?:(?:who|which|that|qui|quien|que|der|die|das|welche[rs]?|and|et|und|y|it|he|she|elle|il|er|sie|es)\s){0,2}"#,
    )
});

/// An insertion, or where the address lies: `, which is yours,`, ` in your network`.
static INSERTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)^[\])"'»]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:,[^,.;:\n]{1,70},|\s?(?:in|of|from|within|on|at|chez|dans|de|aus|en|im)\s(?:your|our|the|vous|votre|vos|notre|nos|ihre[mnrs]?|unsere[mnrs]?|sus?|nuestr[ao])(?:\s[^\s.,;:]+){0,2}?)\s"#,
    )
});

/// The next sentence or clause speaks of the address by a pronoun.
static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[^.;:!?\n]{0,70}[.;:!?]\s(?:(?:in\sfact|actually|in\sreality|en\sr[ée]alit[ée]|en\sfait|tats[äa]chlich|en\srealidad),?\s)?(?:(?:it|elle|il|er|sie|es)\s|(?:this|that|the|cette|ce|cet|la|diese[rs]?|est[ae]|la|el)\s(?:same\s|said\s)?(?:machine|host|server|address|computer|ip|adresse|serveur|poste|rechner|m[áa]quina|servidor|equipo|direcci[óo]n)\s?)(?:,[^,.;:\n]{1,30},\s)?",
    )
});

/// The next sentence tells what comes from there.
static THENCE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[^.;:!?\n]{0,70}[.;:,!?]\s(?:from\s(?:there|where|which)|von\s(?:dort|da|wo)|de\sl[àa]|d['’]o[ùu]|depuis\s(?:cette|laquelle)|desde\s(?:all[íi]|ah[íi]|donde|la\scual))\s",
    )
});

/// What it undergoes.
static HIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:
          (?:was|were|is|are|(?:has|have|had)\sbeen|(?:is|was|are|were)\sbeing|got|gets?|being)\s(?:\w+ly\s|also\s|then\s)?(?:contacted|reached|approached|brute-?forced|attacked|(?:port-?)?scanned|probed|targeted|flooded|hit|swept|hammered|bombarded|taken\sover|exploited|the\s(?:target|victim)|(?:accessed|compromised|infected|hacked|abused|visited|tried)\s(?:by|from))
        | (?:can(?:not|\sno\slonger)\s(?:\w+\s)?be\s(?:reached|accessed)|(?:is|was|has\sbeen|became)\s(?:\w+ly\s|now\s)?(?:unreachable|unavailable))\s(?:[^.;\n]{0,30}\s)?(?:because|due|as)\s|(?:is|was|went|has\sbeen|became)\s(?:\w+ly\s|now\s)?(?:overwhelmed|saturated|overloaded|(?:knocked|brought)\s(?:down|off)|(?:replaced|altered|modified|overwritten)\s(?:[^\s.,;:]+\s){0,2}by)
        | (?:(?:(?:has|have)\sbeen|is|was|keeps|kept)\s(?:logg|record|refus|reject|show)ing|(?:log|record|refuse|reject|show|see)s|logged|recorded|refused|rejected)\s(?:(?:an?|the|many|several|some|hundreds|thousands|dozens|about|around|over|more|repeated|blocked|failed|login|port|incoming|numerous|\d[^\s.,;]*)\s(?:[^\s.,;:]+\s){0,4})?(?:attempt|scan|login|probe|request|attack|packet|connection)
        | n['’]est\splus\s(?:joignable|accessible|disponible)|ne\sr[ée]pond\splus|ya\sno\s(?:responde|es\saccesible|est[áa]\sdisponible)|(?:ist|war)\s(?:[^.;\n]{0,40}\s)?nicht\s(?:mehr\s)?erreichbar
        | (?:came|is|was|are|were)\s(?:\w+ly\s)?under\s(?:\w+\s)?(?:attack|fire)
        | (?:fac(?:es|ed)|suffer(?:s|ed)|experienc(?:es|ed)|sees|saw|receiv(?:es|ed)|gets?|got)\s(?:[^.,;\n]{0,40}\s)?(?:attack|attempt|scan|flood|request|packet|probe|login)
        | (?:a|ont|avait|avaient|aurait)\s(?:\w+\s)?[ée]t[ée]\s(?:[^\s.,;:]+ment\s|aussi\s|[ée]galement\s)?(?:attaqu|scann|balay|sond|cibl|vis[ée]|contact|atteint|pris|bombard|inond|satur|exploit|sollicit|modifi|remplac|alt[ée]r|vandalis|la\scible|(?:la\s)?victime|l['’]objet|(?:compromis|infect|pirat|touch)[^\s.,;:]{0,4}\spar)
        | (?:est|sont|[ée]tait|[ée]taient)\s(?:[^\s.,;:]+ment\s|aussi\s)?(?:attaqu|scann|balay|sond|cibl|vis[ée]|bombard|inond|satur|la\scible|victime|l['’]objet|sous\sle\sfeu)
        | (?:subit|subissent|subissai[^\s]{1,3}|(?:a|ont)\ssubi|essuie|(?:a|ont)\sessuy[ée]|re[çc]oit|re[çc]oivent|(?:a|ont)\sre[çc]u|(?:a|ont)\s(?:relev|enregistr|refus|rejet)[ée]|fait\sface|fait\sl['’]objet)\s(?:[^.,;\n]{0,50}\s|[^.,;\n]{0,50}[dl]['’])?(?:attaque|tentative|balayage|scan|intrusion|inondation|requ[êe]te|connexion|essai|sondage|assaut)
        | (?:wurde|wurden|wird|werden)\s(?:[^.;\n]{0,80}\s)?(?:angegriffen|(?:ab)?gescannt|attackiert|abgetastet|abgesucht|sondiert|[üu]berlastet|[üu]berflutet|[üu]berschwemmt|bombardiert|beschossen|kontaktiert|heimgesucht|ver[äa]ndert|ersetzt|[üu]berschrieben|manipuliert|(?:das\s)?(?:ziel|opfer))
        | (?:erh[äa]lt|erhielt|bekommt|bekam|verzeichnete?|registrierte?|protokollierte?|ist|war|sieht\ssich)\s(?:[^.;\n]{0,50}\s)?(?:[^\s.;]{0,12}angriff|[^\s.;]{0,12}versuch|anfrage|pakete|portscan|(?:das\s)?ziel|opfer)
        | (?:fue|fueron|(?:ha|han)\ssido|est[áa]n?\ssiendo|es|son|sigue\ssiendo|era)\s(?:[^\s.,;:]+mente\s)?(?:atacad|escanead|sondead|barrid|contactad|inundad|saturad|bombardead|modificad|alterad|sustituid|reemplazad|objeto|(?:el\s)?objetivo|blanco|v[íi]ctima|(?:comprometid|infectad|hackead|vulnerad)[oa]s?\s(?:por|desde))
        | (?:sufre|sufri[óo]|sufren|sufrieron|(?:ha|han)\ssufrido|recibe|recibi[óo]|reciben|recibieron|(?:ha|han)\srecibido|registr[óa]|rechaz[óa]|(?:ha|han)\s(?:registrado|rechazado)|lleva\s[^.,;\n]{0,30}(?:recibiendo|sufriendo))\s(?:[^.,;\n]{0,50}\s)?(?:ataque|intento|escaneo|barrido|petici|solicitud|paquete|conexi)
        )",
    )
});

/// What it does.
static ACTS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:
          (?:(?:has|have|had|then|also|repeatedly|later|first)\s){0,3}(?:contacted|connected|beaconed|attempted|exploited|targeted|probed|scanned|attacked|bombarded|flooded|went\sthrough|tried|performed|made|launched|called|reached\sout|logged|communicated|joined|accessed|broke|swept|took\spart)(?-u:\b)
        | (?:was|were|is|are|(?:has|have)\sbeen|(?:is|are)\sbeing)\s(?:ab|mis)?used\s(?:in|for|as|to|by\sthe)
        | (?:a|ont|avait)\s(?:[^\s.,;:]+\s)?servi\s|ser(?:t|vent|vait)\s(?:[àa]|de|d['’])|dient|diente|wurde\s(?:[^.;\n]{0,60}\s)?(?:missbraucht|genutzt|verwendet|benutzt)|(?:fue|ha\ssido)\s(?:usad|utilizad|emplead)|se\s(?:us[óo]|utiliz[óo]|emple[óo])|sirvi[óo]
        | (?:(?:is|are|was|were|has\sbeen|have\sbeen|keeps?|kept|then|also|still|now|constantly|repeatedly)\s){1,3}(?:contacting|connecting|beaconing|attempting|exploiting|targeting|probing|scanning|attacking|bombarding|flooding|sending|trying|performing|making|launching|calling|logging|communicating|hosting|serving|sweeping|looking\sfor|knocking)(?-u:\b)
        | (?:(?:then|also|now|still|constantly|repeatedly|apparently)\s){0,2}(?:contacts|connects|beacons|targets|probes|attacks|sends|tries|exposes|calls\s(?:home|out)|communicates|talks|speaks|phones|resolves|takes\spart|knocks|goes\sthrough)(?-u:\b)
        | (?:(?:a|ont|avait|avaient|aurait|auraient|s['’]est|se\ssont|se|s['’]en\s(?:est|sont|prend|prennent)|nous|vous|y|aussi|bien|effectivement|ensuite|[ée]galement|encore|alors|r[ée]guli[èe]rement|massivement)\s){0,4}(?:s['’])?(?:contact(?:e|ent|[ée]|ait|aient)|tent(?:e|ent|[ée]|ait|aient)|essa(?:ie|ient|ye|y[ée]|yait|yaient)|balay(?:e|[ée]|ent|ait)|balaie|sond(?:e|[ée]|ent|ait)|scann(?:e|[ée]|ent|ait|aient)|attaqu(?:e|[ée]e?|ent|ait|aient)|acharn(?:e|[ée]e?)|vis(?:e|[ée]|ent|ait|aient)|cibl(?:e|[ée]|ent|ait)|connect(?:e|[ée]e?s?|ent|ait|aient)|exploit(?:e|[ée]|ait)|envo(?:ie|ient|y[ée]|yait|yaient)|lanc(?:e|[ée]|ent|ait)|effectu(?:e|[ée]|ent|ait)|multipli(?:e|[ée]|ent|ait)|cherch(?:e|[ée]|ent|ait|aient)|bombard(?:e|[ée]|ent|ait)|inond(?:e|[ée]|ent|ait)|satur(?:e|[ée]|ent|ait)|inject(?:e|[ée])|h[ée]berg(?:e|ent|eait)|particip(?:e|[ée]|ent|ait)|forc(?:e|[ée])|communiqu(?:e|[ée]|ent|ait)|dialogu(?:e|[ée]|ent|ait)|expos(?:e|ent)|pris(?:e|es)?\s[àa]|prise?s?\s[^.;\n]{1,20}\s[àa])(?:[\s,.'’]|$)
        | (?:hat|haben|hatte|hatten)\s(?:[^.;\n]{0,90}\s)?(?:angegriffen|(?:ab)?gescannt|kontaktiert|versucht|attackiert|verschickt|gesendet|verbunden|abgetastet|[üu]berflutet|durchprobiert|aufgebaut|ausgenutzt|angemeldet|gehackt|beteiligt)
        | (?:griff|greift|greifen|griffen|versucht|versuchte|versuchen|versuchten|kontaktiert|kontaktierte|scannt|scannte|scannen|sendet|sandte|verschickt|verschickte|attackiert|attackierte|nimmt|nahm|baut|baute|verbindet|verband|probiert|probierte|tastet|flutet|[üu]berflutet|[üu]berflutete|klopft|meldet|meldete|spricht|beteiligt|beteiligte|fragt)(?:[\s,.]|$)
        | (?:(?:ha|han|hab[íi]an?|ha\sestado|se\sha|se|est[áa]n?|ya|tambi[ée]n|luego|despu[ée]s|no\spara\sde|no\sdeja\sde|sigue|siguen|nos|les?|viene|vienen)\s){0,4}(?:contact(?:a|an|[óo]|aba|ado|ando|aron)|conect(?:a|an|[óo]|aba|ado|ando|aron)|intent(?:a|an|[óo]|aba|ado|ando|aron)|atac(?:a|an|[óo]|aba|ado|ando|aron)|escane(?:a|an|[óo]|aba|ado|ando|aron)|sonde(?:a|an|[óo]|ando|ado)|barr(?:e|i[óo]|iendo|ido)|inund(?:a|an|[óo]|ado|ando)|bombarde(?:a|an|[óo]|ando|ado)|env[íi](?:a|an|[óo]|ado|ando|aron)|lanz(?:a|an|[óo]|ado|ando|aron)|explot(?:a|[óo]|ado|ando)|aprovech(?:a|[óo]|ado|ando)|prob(?:[óo]|ado|ando|aba)|realiz(?:a|[óo]|ado|ando)|efectu(?:a|[óo]|ado|ando)|particip(?:a|an|[óo]|ado|ando|aron)|acced(?:e|i[óo]|ido|iendo)|comunic(?:a|an|[óo]|ado|ando)|trat(?:a|an|[óo]|aba|ado|ando)\sde|entr[óo])(?:[\s,.]|$)
        )",
    )
});

/// The role of an address by the predicate behind it.
pub(crate) fn predicate(tail: &str) -> Option<Role> {
    let opened = |tail: &str| OPENING.find(tail).map_or(0, |found| found.end());
    let plain = cut(tail, opened(tail), tail.len());
    role(plain).or_else(|| {
        let inserted = INSERTED.find(tail)?.end();
        let rest = cut(tail, inserted, tail.len());
        role(cut(rest, opened(rest), rest.len()))
    })
}

/// The role of an address by what the next clause says of it: `ADDRESS. It then connected to …`.
pub(crate) fn continued(tail: &str) -> Option<Role> {
    if THENCE.is_match(tail) {
        return Some(Role::Source);
    }
    let start = PRONOUN.find(tail)?.end();
    role(cut(tail, start, tail.len()))
}

fn role(predicate: &str) -> Option<Role> {
    if HIT
        .find(predicate)
        .is_some_and(|found| !denies(found.as_str()))
    {
        return Some(Role::Destination);
    }
    let acts = ACTS.find(predicate)?;
    let next = cut(predicate, acts.end(), predicate.len());
    let next = next.split_whitespace().next().unwrap_or_default();
    // `ADDRESS, attacked by …` is hit.
    let agent = [
        "by", "from", "par", "depuis", "von", "durch", "por", "desde",
    ]
    .contains(&next);
    (!agent && !denies(acts.as_str())).then_some(Role::Source)
}

fn denies(words: &str) -> bool {
    let no = [
        "not", "never", "pas", "jamais", "nicht", "nie", "kein", "keine", "keinen", "no", "nunca",
    ];
    words.split_whitespace().any(|word| no.contains(&word))
        && !words.contains("no para de")
        && !words.contains("no longer be")
        && !words.contains("ya no")
        && !words.ends_with("erreichbar")
        && !words.contains("no deja de")
}

/// `…, but`, `…, sondern`: the other is meant.
static CONTRAST: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^[\])]?\s?,?\s(?:but|mais|sondern|sino)(?:\s[^\s.,;:]+){0,4}\s[(\[]?$")
});
static DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:(?-u:\b)(?:not|nicht|no|never|pas)\s|n['’]t\s)(?:[^\s.,;:]+\s){0,4}[(\[]?$")
});

/// Whether two addresses stand as `not from A but from B`.
pub(crate) fn contrast(lead: &str, between: &str) -> bool {
    CONTRAST.is_match(between) && DENIAL.is_match(lead)
}

/// Whether what was denied of the first was that it did it: `did not come from`.
static CAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:com(?:e|ing)|came|from|originat|stem|[^\s]*ven[aío]|vien|[ée]man|part|kam|komm|stamm|[^\s]*ging|proced)[^.;\n]{0,40}$",
    )
});

/// The role of the second, where its own words do not tell it.
pub(crate) fn came_from(lead: &str) -> bool {
    CAME.is_match(lead)
}

/// Whether an attack is said to be of the address itself: `attaques de ADDRESS`, and of no machine that is named.
pub(crate) fn done_by(lead: &str) -> bool {
    static BY: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?-u:\b)(?:attaques?|ataques?|tentatives?|intentos?)\sd(?:e\s|['’])(?:l['’]|la\s)?(?:(?:adresse|ip|direcci[óo]n)\s){0,2}[(\[]?$",
        )
    });
    BY.is_match(lead)
}

/// Whether an address is said to be the one that did it: `the one that probed our ports is ADDRESS`.
pub(crate) fn the_one(lead: &str) -> bool {
    static ONE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?-u:\b)(?:the\s(?:one|host|machine|address|ip|system)\s(?:that|which|who)|(?:celle|celui|l['’]adresse|la\smachine|l['’]h[ôo]te)\squi|(?:der|die|das)(?:jenige)?,?\s(?:der|die|das|rechner,\sder|adresse,\sdie)|(?:la|el|la\sdirecci[óo]n|el\sequipo|la\sm[áa]quina)\sque)\s(?:a|has|had|hat|ha)?\s?(?:[^\s.,;:]+\s){0,2}(?:scan|prob|attack|tried|tri|sent|flood|guess|hammer|sond|balay|attaqu|tent|essa|envoy|inond|angegr|versuch|(?:ab)?gescann|attackier|verschick|sonde|escane|atac|intent|envi|inund|prob)[^.;\n]{0,50}\s(?:is|was|est|[ée]tait|ist|war|es|era|fue)\s[(\[]?$",
        )
    });
    ONE.is_match(lead)
}

/// Behind what somebody does: by whom. `attaque de ADDRESS`, `login attempts by ADDRESS`.
static DOER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:attack|attempt|scan|probe|flood|login|connection|traffic|request|packet|intrusion|attaque|tentative|balayage|sondage|connexion|essai|requ[êe]te|trafic|angriff|versuch|zugriff|verbindung|anfrage|paket|ataque|intento|escaneo|barrido|conexi[óo]n|petici[óo]n|tr[áa]fico|acceso)[^\s.,;:]{0,4}\s(?:[^\s.,;:]+\s){0,5}?(?:by|from|of|de|du|depuis|par|von|durch|aus|desde|por|del)\s(?:[^\s.,;:]+\s){0,3}[(\[]?$",
    )
});
static DONE_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[\])]?\s?(?:\([^)\n]{0,40}\)\s)?(?:to|towards?|against|on|vers|contre|sur|nach|gegen|auf|hacia|contra|a|sobre|en\sdirection\sde|[àa]\sdestination\sde|in\sRichtung)\s(?:[^\s.,;:]+\s){0,4}[(\[]?$",
    )
});

/// Whether two addresses stand as `attempts by A against B`, `Zugriffe von A auf B`.
pub(crate) fn aims(lead: &str, between: &str) -> bool {
    DONE_TO.is_match(between) && DOER.is_match(lead)
}

/// A sentence that goes on about what was named before: `It is ADDRESS`, `Its address is ADDRESS`, `The server has the address ADDRESS`.
static SAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[\s>]{0,3}(?:(?:it|this)\sis|il\ss['’]agit\s(?:de|du)|c['’]est|es\shandelt\ssich\s(?:dabei\s)?um|se\strata\sde|(?:its|son|seine|su)\s(?:ip\s|ip-)?(?:address|adresse|direcci[óo]n)\s(?:ip\s)?(?:is|est|ist|lautet|es)|(?:the|le|la|der|die|das|el)\s(?P<noun>[^\s.,;:]+)\s(?:itself\s)?(?:has|a|hat|tiene|is|est|ist|es|porte)\s(?:(?:the|pour|l['’]|la|die|at|on)\s?){0,2}(?:ip\s|ip-)?(?:address|adresse|direcci[óo]n)?(?:\sip)?)\s(?:(?:the|du|de|le|la|l['’])\s?(?:[^\s.,;:]+\s)?)?$",
    )
});
/// Whose something is, in the sentence before.
static OURS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:our|my|notre|mon|unser[^\s.,;:]{0,2}|mein[^\s.,;:]{0,2}|nuestr[oa]|mi)\s(?P<noun>(?:[^\s.,;:]+\s){0,2}[^\s.,;:]+)",
    )
});

/// Whether an address is that of what was called ours in the sentence before.
pub(crate) fn ours_again(lead: &str, earlier: &str) -> bool {
    let Some(same) = SAME.captures(lead) else {
        return false;
    };
    let ours = OURS.captures(earlier).and_then(|found| found.name("noun"));
    ours.is_some_and(|ours| {
        let noun = same.name("noun").map(|noun| noun.as_str().to_lowercase());
        noun.is_none_or(|noun| ours.as_str().to_lowercase().contains(&noun))
    })
}

/// What somebody else has said before of an address: `You wrote that ADDRESS …`.
pub(crate) fn said(lead: &str) -> bool {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)(?:you\s(?:\w+\s){0,2}(?:wrote|reported|said|say|claim\w*|told\sus)|vous\s(?:[^\s.,;:]+\s){0,3}(?:[ée]crit|signal[ée]|indiqu[ée]|dit|affirm[ée]|annonc[ée])|sie\s(?:[^\s.,;:]+\s){0,4}(?:schrieben|meldeten|geschrieben|gemeldet|behauptet\w*)|(?:nos|ustedes)\s(?:[^\s.,;:]+\s){0,2}(?:escribi\w+|dij\w+|inform\w+|comunic\w+))(?:\s?[,:]\s?|\s)(?:(?:that|que|dass|qu['’])\s?|["“«]\s?)(?:[^\s.,;:]+\s){0,4}$"#,
        )
    });
    SAID.is_match(lead)
}
