//! Words that mean alike in four languages: what is learned of one holds for the others.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::hash;

/// Folded words by meaning. A trailing `*` lets the word go on.
const CONCEPTS: [&str; 36] = [
    // Attacks, scans, floods, guesses.
    "attack* assault* assail* hammer* bombard* flood* scan* probe* probing sweep* swept brute* guess* hack hacks hacked hacking storm* batter* pound* pelt* knock* harass* bother* overrun besieg* rattl* comb* \
     attaqu* assaill* balay* scann* sond* inond* martel* frapp* devin* secou* acharn* ratiss* importun* submerg* noy* deferl* harcel* assieg* \
     angriff* angreif* angegriff* griff* greif* attackier* flut* uberflut* abgesuch* absuch* abgras* durchkamm* errat* rat klopf* ruttel* beschuss beschoss* uberrann* belastig* durchprob* bombardier* \
     atac* ataqu* escan* barr* inund* machac* adivin* golp* aporre* arroll* rastre* pein* molest* acos* ahog* asedi*",
    // Who was hit.
    "victim* target* affected hit suffer* harmed damaged struck drown* blow \
     cible* vise* visait subi* souffr* touche* atteint* pris \
     opfer* ziel betroffen* getroffen* gelitten leidet abbekommen abgesehen ertrank* beschadig* \
     blanco objetivo afectad* sufr* golpead* tocad* agredid* perjudicad*",
    // Who did it.
    "attacker* culprit* offender* offending perpetrator* aggressor* intruder* hacker* abuser* guilty blame* villain* troublemaker* adversar* criminal* crook* thief thieves burglar* kiddie competitor* somebody someone whoever stranger* miscreant* \
     attaquant* coupabl* fautif* fautiv* agresseur* intrus* pirate* auteur* malfaiteur* assaillant* quelqu inconnu* fraudeur* voleur* malveillant* \
     angreifer* tater* schuld* storer* verursach* eindringling* ubeltat* kriminell* betruger* einbrecher* jemand unbekannt* fremde* \
     atacant* culpab* infractor* agresor* delincuent* ladron* estafador* alguien desconocid* extran* malhechor*",
    // Messages about it.
    "complain* report* concern* regarding about subject notice notif* matter case \
     plainte* plaign* plaint signal* concern* sujet objet propos \
     beschwer* meld* betr betrifft wegen gegenstand geht hinweis* bezugl* \
     quej* denunci* aviso concern* sobre trata asunto acerca respecto",
    // Who is to be told.
    "inform* pass forward* warn* notify contact holder owner responsible tell assigned \
     informe* informer transmet* suivre prevenir averti* titulaire* attribu* faites \
     informier* leiten weiterleit* benachricht* inhaber* bescheid nenn* zugeteilt zustandig* \
     informen avis* traslad* titular* asignad* diganos diga* llegar hagan",
    // What is asked for.
    "stop* disconnect* block* offline clean* remedy please kindly unplug* shut switch cease remove* act look \
     cesser coup* bloqu* arret* nettoy* debranch* agir merci veuillez supprim* occuper regarder \
     stopp* abschalt* schalten trenn* sperr* gesperrt bereinig* handeln kummer* bitte entfern* abstell* \
     deten* desconect* bloque* actu* apag* retir* por favor rogamos ruego miren dejen",
    // What people run.
    "server* shop* site* web* webserver* website* mailserver* database* portal* nas page* blog* platform* account* mailbox* \
     serveur* boutique* messagerie boite* base bases portail* page* compte* vitrine plateforme \
     laden* seite* postfach* datenbank* portal* webseite* konto konten anlage \
     servidor* tienda* buzon* pagina* portal cuenta* centralita plataforma",
    // Computers and lines of people.
    "machine* host hosts computer* pc laptop* workstation* line lines router* box device* phone* camera* printer* exchange \
     machine* poste* ordinateur* portable* ligne* box routeur* appareil* standard camera* imprimante* autocommutateur* tuyau \
     rechner* maschine* gerat* anschluss* leitung* laptop* arbeitsplatz* drucker* kamera* telefonanlage \
     maquina* equipo* ordenador* portatil* linea* dispositivo* puesto camara* impresora*",
    // What only stands between, or looks on.
    "resolver* gateway* proxy proxies relay* firewall* scanner* monitor* probe sensor* ids nameserver* dns bastion jump hop backup* vpn uptime checker watchdog \
     resolveur* passerelle* mandataire* relais pare scanneur* supervision sonde* ids rebond sauvegarde* surveillance \
     resolver* sicherung* uberwach* sprung* sprungrechner* sprungserver* nameserver* messger* prufrechner* zeitserver* \
     resolutor* pasarela* rele cortafuegos escaner* supervision sonda* salto copias vigilan* bastion",
    // Nothing to do with it.
    "clean harmless innocent* unharmed fine untouched unaffected healthy involved wrongly disregard ignore ignored \
     sain saine propre inoffensi* innocent* indemne* tort ignorer rapport impliqu* \
     sauber* harmlos* unschuld* unversehrt* gesund* unrecht ubergehen beteiligt ordnung \
     limpi* inofensiv* inocent* intact* sana sano razon relacion ver implicad*",
    // The real one.
    "genuine legit* real original authentic proper usual* normally \
     vrai* legitime* veritabl* authentiq* origine original habituel* habitude ordinaire \
     echte* richtige* original* gewohn* ublich* sonst \
     verdader* legitim* autentic* habitual* suele suelen original",
    // The false one.
    "fake* bogus counterfeit* imitat* copy copies cloned phish* forged fraud* pretend* impersonat* impost* \
     faux fausse* contrefa* imitat* copie* hameconn* frauduleu* bidon \
     falsch* gefalscht* nachahm* kopie* falschung* betruger* nachgebau* nachgemacht* \
     fals* imitac* copia fraudulent* falsific* suplant*",
    // Told under a false name.
    "spoof* forged usurp* usurpe* usurpation falsead*",
    // Infected.
    "infect* bot bots botnet* malware worm* trojan* virus* compromis* hijack* miner* caught \
     malicie* ver cheval robot* detourn* attrape mineur* \
     infizier* befall* wurm trojan* kompromitt* gekapert schadsoftware eingefangen ubernommen \
     gusano troyano* comprometid* secuestr* pillado minero* tomado",
    // Who controls infected machines.
    "controller* command commands orders sinkhole* steer* c2 drop \
     controleur* commande ordres pilot* dirigent \
     steuer* befehl* lenk* ablage \
     controlador* mando ordenes deposito",
    // Talks to.
    "connect* talk* call* reach* speak* exchange* upload* beacon* report* touch gets posted \
     contact* parle* appel* joindre echang* rend dialogu* \
     kontakt* verbind* verband* spricht ruft erreich* tauscht melde* verbindung \
     conect* habla* llama* intercambi* sube rinde* comunic*",
    // Comes from.
    "from origin* came come comes coming source sender* stem* trail leads started began behind \
     depuis provien* provenance venait vient venir venu* part parti* partent expediteur* trace* mene commence derriere piste \
     von aus kam kommt kamen stammt herkunft ursprung* absender* ausgeh* fahrte spur fuhrt angefangen hinter \
     desde procede* procedencia origen* viene* venia sale salieron remitente* pista rastro lleva* empezo tras detras",
    // Goes to.
    "to into onto toward* against aimed aim directed addressed \
     vers contre dirig* vis visant destin* adress* \
     auf gegen nach gerichtet richtete \
     hacia contra dirigid* dirigia",
    // By whom.
    "by par durch por",
    // Where.
    "at on in under chez bei unter sur en dans",
    // What of.
    "of de du des del la le",
    // Harm done.
    "down unreachable outage broke broken slow restart* unavailable encrypt* defac* replaced stolen crash* collapse* knees plug restore* rebuil* dead stopped \
     injoignable* panne tombe* redemarr* inaccessible* chiffr* defigur* vole* genoux debranch* restaur* reinstall* coupe repond \
     ausgefallen lahm* verschlussel* verunstalt* gestohlen* tot knie aufgebroch* einbruch zuruckgespielt neu netz \
     caid* cayo caer reinici* cifrad* desfigur* robad* rodillas desenchuf* restaur* reinstal* muert* respond*",
    // Open to all.
    "open* expos* vulnerab* outdated unpatched unprotected answers everyone anybody anyone anywhere hole \
     ouvert* expose* obsolete* faille* quiconque veut monde tous \
     offen* ungeschutz* verwundbar* veralt* anfallig* jedem jeder jeden lucke \
     abiert* expuest* desactualiz* cualquiera todos mundo fallo",
    // Customers.
    "customer* subscriber* client clients user users tenant* student pupil \
     client* abonne* utilisateur* locataire* etudiant* \
     kunde* teilnehmer* nutzer* mandant* abonnent* student* \
     cliente* abonad* usuario* inquilino* estudiante*",
    // Whose network.
    "network* range ranges block isp hoster* provider* allocat* registered announced belong* premises hosted host constituency \
     reseau* plage* bloc heberg* fournisseur* annonce* enregistr* appartien* perimetre \
     netz* bereich* anbieter* angekundigt eingetragen gehort gehoren zustandigkeit rechenzentrum \
     red redes rango* bloque alojad* alojan proveedor* anuncia* registrad* pertenec* ambito",
    // Own tests.
    "test* check* verif* survey* measur* audit* tested \
     essai* verif* controle* mesur* releve* teste* \
     pruf* gepruft erhebung* mess* getestet \
     prueb* comprob* verific* sondeo* medi*",
    // Logs, and what is seen.
    "log logs logged recorded record* noticed observed saw see seen shows show traces \
     journal journaux consign* enregistre* constat* observ* vu vois voit montre* affiche \
     protokoll* aufgezeichn* erwischt* aufgefallen beobacht* gesehen sehe sehen zeigt zeigen \
     registro* anotad* observ* visto veo vemos muestra* senal*",
    // Accounts.
    "login* logon signed sign password* session* \
     connexion* passe session* identifi* \
     anmeld* angemeldet passwort* kennwort* sitzung* \
     acceso* clave* contrasen* sesion* entro entrar",
    // Unwanted mail.
    "spam* junk unwanted advert* mails mail message* rubbish \
     pourriel* indesirable* reclame* courriel* courrier ordure* \
     werbung mull nachricht* unerwunscht* \
     basura publicidad correo* mensaje*",
    // Where it lies.
    "lies lives sits runs located served stands resolves points \
     trouve trouvent situe* pose* tourne* servi* mene resout \
     liegt steht lauft ausgeliefert zeigt \
     esta estan vive corre sirve sirven apunta resuelve",
    // Denied.
    "not never nothing no neither none cannot \
     pas jamais rien aucun* ni personne \
     nicht nie nichts kein* weder niemand \
     nunca nada ni ningun* nadie",
    // Only, except.
    "only merely just except apart besides other also \
     seul* seulement simplement sauf hormis part aussi autre* \
     nur bloss ausser abgesehen auch andere* \
     solo solamente salvo aparte excepto tambien otra* otro*",
    // We.
    "we us i me nous je me m wir uns ich mich mir nos yo nosotros",
    // You.
    "you vous sie ihnen ustedes les",
    // Is.
    "is was were are be been est etait sont ist war sind sei es fue era son sea",
    // Address.
    "address* ip adresse* direcci* lautet",
];

/// Meanings by the hash of a word, or of its beginning.
struct Table {
    whole: HashMap<u32, u8>,
    begin: HashMap<u32, u8>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        whole: HashMap::new(),
        begin: HashMap::new(),
    };
    for (number, words) in (1..).zip(CONCEPTS) {
        for word in words.split_whitespace() {
            let (map, word) = match word.strip_suffix('*') {
                Some(begin) => (&mut table.begin, begin),
                None => (&mut table.whole, word),
            };
            map.entry(hash(word.bytes(), 0)).or_insert(number);
        }
    }
    table
});

/// The meaning of a folded word, from 1; the longest beginning that is known counts.
pub(super) fn concept(word: &str) -> Option<u8> {
    let table = &*TABLE;
    if let Some(number) = table.whole.get(&hash(word.bytes(), 0)) {
        return Some(*number);
    }
    let longest = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let longest = longest.take_while(|end| *end <= 12).collect::<Vec<_>>();
    longest
        .into_iter()
        .rev()
        .take_while(|end| *end >= 3)
        .find_map(|end| {
            let begin = crate::text::cut(word, 0, end);
            table.begin.get(&hash(begin.bytes(), 0)).copied()
        })
}
