//! Words that mean alike in four languages.

/// Folded words by meaning. A trailing `*` lets the word go on.
pub(super) const CONCEPTS: [&str; 50] = [
    // Attacks, scans, floods, guesses.
    "attack* assault* assail* hammer* bombard* flood* scan* probe* probing sweep* swept brute* guess* hack hacks hacked hacking storm* batter* pound* pelt* knock* harass* bother* overrun besieg* rattl* comb* \
     attaqu* assaill* balay* scann* sond* inond* martel* frapp* devin* secou* acharn* ratiss* importun* submerg* noy* deferl* harcel* assieg* \
     angriff* angreif* angegriff* griff* greif* attackier* flut* uberflut* abgesuch* absuch* abgras* durchkamm* errat* rat klopf* ruttel* beschuss beschoss* uberrann* belastig* durchprob* bombardier* \
     atac* ataqu* escan* barr* inund* machac* adivin* golp* aporre* arroll* rastre* pein* molest* acos* ahog* asedi* \
     assail* crawl* spray* swamp* drown* saturat* overwhelm* clog* cripple* besieg* rattle ddos* dos barrage onslaught pester* poke* ransack* siege hit-and-run raid* strafe* thrash*      cogn* tambourin* pilonn* submerg* satur* engorg* gratt* toqu* bombard* mitraill* crible* ecras* noye* deluge* rafale* salve*      bestuerm* besturm* uberlast* uberschwemm* uberzog* geballert* weggeballert* befeuer* trommel* klingel* rutteln grast grasen lahmgeleg* abgegrast*      satur* colaps* tumb* acribill* bombarde* aporre* inund* riada avalancha* desbord* machac*",
    // Who was hit.
    "victim* target* affected hit suffer* harmed damaged struck drown* blow \
     cible* vise* visait subi* souffr* touche* atteint* pris \
     opfer* ziel betroffen* getroffen* gelitten leidet abbekommen abgesehen ertrank* beschadig* \
     blanco objetivo afectad* sufr* golpead* tocad* agredid* perjudicad* \
     target aimed sufferer* losing lost receiving recipient*      cible visee visees victime* destinataire* lese*      geschadigt* leidtragend* empfanger* angegriffene* getroffene*      victima* destinatari* blanco atacado damnificad*",
    // Who did it.
    "attacker* culprit* offender* offending perpetrator* aggressor* intruder* hacker* abuser* guilty blame* villain* troublemaker* adversar* criminal* crook* thief thieves burglar* kiddie competitor* somebody someone whoever stranger* miscreant* \
     attaquant* coupabl* fautif* fautiv* agresseur* intrus* pirate* auteur* malfaiteur* assaillant* quelqu inconnu* fraudeur* voleur* malveillant* \
     angreifer* tater* schuld* storer* verursach* eindringling* ubeltat* kriminell* betruger* einbrecher* jemand unbekannt* fremde* \
     atacant* culpab* infractor* agresor* delincuent* ladron* estafador* alguien desconocid* extran* malhechor* \
     robber* impostor* scammer* spammer* botmaster* actor* blackmailer* extortionist* swindler* bully stalker prankster mastermind* outsider* visitor* caller* wrongdoer* crawler* bad rogue      escroc* arnaqueur* spammeur* rancon* individu* plaisantin* mauvais* bandit* truand* visiteur*      spammer* tater* taeter* erpresser* gauner* schurke* bosewicht* besucher* fremdling* aussenstehend* boser bose bosen      estafador* chantajista* spammer* individuo* sujeto tipo malo malos mala visitante* gracioso bandido* ajeno",
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
     servidor* tienda* buzon* pagina* portal cuenta* centralita plataforma \
     exchange imap smtp webmail wiki* forum* jenkins gitlab nextcloud wordpress typo3 joomla citrix drive* share* hypervisor* controller* domain directory ldap sql catalogue* library exam* booking* checkout* payroll* concentrator* appliance* service* system* gameserver* minecraft application* app apps api backend* storage cluster terminal* intranet ticketing registry hotline switchboard pbx trunk      partage* annuaire* concentrateur* catalogue* billetterie reservation* service* systeme* applicatif* appli application* intranet stockage hyperviseur* guichet* standard autocom* espace      dienst* system* freigabe* verzeichnis* katalog* buchung* bestell* anwendung* speicher* laufwerk* konzentrator* telefonanlage* leitstelle* kasse* app plattform* domanen* auftritt      servicio* sistema* catalogo* reserva* carpeta* directorio* concentrador* aplicacion* almacen* consola* panel* intranet centralita* sede buzones correo",
    // Computers and lines of people.
    "machine* host hosts computer* pc laptop* workstation* line lines router* box device* phone* camera* printer* exchange \
     machine* poste* ordinateur* portable* ligne* box routeur* appareil* standard camera* imprimante* autocommutateur* tuyau \
     rechner* maschine* gerat* anschluss* leitung* laptop* arbeitsplatz* drucker* kamera* telefonanlage \
     maquina* equipo* ordenador* portatil* linea* dispositivo* puesto camara* impresora* \
     tablet* modem* tv television* mobile* smartphone* webcam* recorder* thermostat* desktop* terminal till kiosk* fridge toaster kettle dvr nvr iot workstation* notebook* mac android iphone antenna* plc panel* sensor*      tablette* modem* tele televiseur* mobile* smartphone* webcam* enregistreur* caisse* borne* ecran* automate* antenne* photocopieur* tondeuse*      tablet* modem* fernseh* handy* smartphone* webcam* rekorder* notebook* bildschirm* kasten kasse terminal* router* fritzbox* box steuerung* roboter*      tableta* modem* tele televis* movil* camara* grabador* caja cajita pantalla* terminal* sensor* robot* cafetera lavadora",
    // What only stands between, or looks on.
    "resolver* gateway* proxy proxies relay* firewall* scanner* monitor* probe sensor* ids nameserver* dns bastion jump hop backup* vpn uptime checker watchdog \
     resolveur* passerelle* mandataire* relais pare scanneur* supervision sonde* ids rebond sauvegarde* surveillance \
     resolver* sicherung* uberwach* sprung* sprungrechner* sprungserver* nameserver* messger* prufrechner* zeitserver* \
     resolutor* pasarela* rele cortafuegos escaner* supervision sonda* salto copias vigilan* bastion \
     balancer* collector* exit nat egress mirror* recorder* waf scrubb* jumphost* bench sandbox reverse upstream load border edge core smarthost outgoing forwarder* mx monitoring observ* watch      equilibreur* frontal* frontaux collecteur* sortie nat miroir* superviseur* bac banc traverse bordure edge amont reverse capteur* concentrateur captif      lastverteiler* kollektor* ausgang* nat spiegel* weiterleit* durchgang* rand edge knoten basisstation vermittl* zwischen* prufstand* testrechner* sandkasten messpunkt*      balanceador* colector* salida nat espejo* reenv* borde intermedi* transito banco supervis* monitor* sonda",
    // Nothing to do with it.
    "clean harmless innocent* unharmed fine untouched unaffected healthy involved wrongly disregard ignore ignored \
     sain saine propre inoffensi* innocent* indemne* tort ignorer rapport impliqu* \
     sauber* harmlos* unschuld* unversehrt* gesund* unrecht ubergehen beteiligt ordnung \
     limpi* inofensiv* inocent* intact* sana sano razon relacion ver implicad* \
     unrelated mistake* mistaken wrong correction typo misread instead apolog* sorry retract* innocuous blameless exclude excluded except unconcerned whitelist* false      erreur* rectificat* desole excus* exclu* rien epargne* hors blanchi* confond* trompe*      irrtum* verwechsel* vertan entwarnung* korrektur* entschuldig* ausschließ* ausgenommen falschmeldung* verschont* unbeteiligt* fehler      equivoc* error* disculp* correccion rectific* confund* exclu* salvo librar* descart* ajen*",
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
     gusano troyano* comprometid* secuestr* pillado minero* tomado \
     mirai emotet qakbot lumma stealer* ransomware zombie* implant* rootkit backdoor* beacon* coin* cryptominer*      rancongiciel* infostealer* voleur implant* derobee minait zombie*      erpressungs* verseucht* hintertur* schurft* schadprogramm* schadling* zombie*      ransomware rescate minaba zombi* puerta implant* ladron",
    // Who controls infected machines.
    "controller* command commands orders sinkhole* steer* c2 drop \
     controleur* commande ordres pilot* dirigent \
     steuer* befehl* lenk* ablage \
     controlador* mando ordenes deposito",
    // Talks to.
    "connect* talk* call* reach* speak* exchange* upload* beacon* report* touch gets posted \
     contact* parle* appel* joindre echang* rend dialogu* \
     kontakt* verbind* verband* spricht ruft erreich* tauscht melde* verbindung \
     conect* habla* llama* intercambi* sube rinde* comunic* \
     phones phoned dials contacts contacted reports reported queries resolv* pings checks uploads beacons tunnel* posts handshake* exfiltrat* delivers deliver*      telephon* joint joignait renvoie remonte remontait rapport* expedi* tunnel* livre      funkt* telefonier* wendet ansprechen angesprochen gesprochen abliefer* liefert nachhause tunnel* hochgeladen      telefone* reporta* entrega* tunel contacta* marca* rinde rendir subio suben",
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
     caid* cayo caer reinici* cifrad* desfigur* robad* rodillas desenchuf* restaur* reinstal* muert* respond* \
     locked ransom* wiped deleted destroyed hijacked tampered altered changed damaged froze frozen buckled gave overloaded knocked tampered saturated choking offline      verrouill* efface* supprime* detruit* altere* modifi* satur* gele* rame ramait plante* fige* rancon*      gelosch* zerstor* verandert* manipulier* geandert* eingefroren* zusammengebroch* abgesturzt* uberlastet stillgelegt gesperrt      bloquead* borrad* destru* alterad* modificad* saturad* congelad* cifr* rescat*",
    // Open to all.
    "open* expos* vulnerab* outdated unpatched unprotected answers everyone anybody anyone anywhere hole \
     ouvert* expose* obsolete* faille* quiconque veut monde tous \
     offen* ungeschutz* verwundbar* veralt* anfallig* jedem jeder jeden lucke \
     abiert* expuest* desactualiz* cualquiera todos mundo fallo \
     reachable listing indexed readable public publicly anonymous default unauthenticated password-less exposes leaks leaking monlist amplif* reflect* recursive obsolete eol      accessible* lisible* public publique* anonyme* indexe* reflex* amplif* recursi* perime*      offentlich* lesbar* frei zuganglich* anonym* reflekt* verstark* rekursiv* ungepatcht*      accesible* legible* public* anonim* reflej* amplif* recursiv* obsolet*",
    // Customers.
    "customer* subscriber* client clients user users tenant* student pupil \
     client* abonne* utilisateur* locataire* etudiant* \
     kunde* teilnehmer* nutzer* mandant* abonnent* student* \
     cliente* abonad* usuario* inquilino* estudiante* \
     member members employee* staff guest* resident*      adherent* membre* employe* salarie* habitant* eleve*      mitglied* mitarbeiter* angestellt* bewohner* gast* schuler*      miembro* socio* emplead* huesped* vecino* alumno*",
    // Whose network.
    "network* range ranges block isp hoster* provider* allocat* registered announced belong* premises hosted host constituency \
     reseau* plage* bloc heberg* fournisseur* annonce* enregistr* appartien* perimetre \
     netz* bereich* anbieter* angekundigt eingetragen gehort gehoren zustandigkeit rechenzentrum \
     red redes rango* bloque alojad* alojan proveedor* anuncia* registrad* pertenec* ambito \
     as asn prefix* subnet* customer's whois address-space space ripe hosting datacentre datacenter hosted rented rents assigned      as prefixe* whois loue* louee attribu* espace centre      as prafix* whois gemietet* zugewiesen* vergeben* adressraum haus hosting      as prefijo* whois alquilad* asignad* centro hospedad* espacio",
    // Own tests.
    "test* check* verif* survey* measur* audit* tested \
     essai* verif* controle* mesur* releve* teste* \
     pruf* gepruft erhebung* mess* getestet \
     prueb* comprob* verific* sondeo* medi*",
    // Logs, and what is seen.
    "log logs logged recorded record* noticed observed saw see seen shows show traces \
     journal journaux consign* enregistre* constat* observ* vu vois voit montre* affiche \
     protokoll* aufgezeichn* erwischt* aufgefallen beobacht* gesehen sehe sehen zeigt zeigen \
     registro* anotad* observ* visto veo vemos muestra* senal* \
     excerpt extract dump capture* pcap screenshot* evidence trace* alert* alarm* siem rule      extrait* capture* trace* alerte* preuve* regle* releve      auszug mitschnitt* alarm* beleg* regel* meldung      extracto captura* alerta* prueba* regla* alarma*",
    // Accounts.
    "login* logon signed sign password* session* \
     connexion* passe session* identifi* \
     anmeld* angemeldet passwort* kennwort* sitzung* \
     acceso* clave* contrasen* sesion* entro entrar",
    // Unwanted mail.
    "spam* junk unwanted advert* mails mail message* rubbish \
     pourriel* indesirable* reclame* courriel* courrier ordure* \
     werbung mull nachricht* unerwunscht* \
     basura publicidad correo* mensaje* \
     newsletter* mailing pourriel letter* invoice* attachment* sms text      lettre* facture* piece sms message*      rundschreiben brief* rechnung* anhang sms      boletin* carta* factura* adjunto* sms",
    // Where it lies.
    "lies lives sits runs located served stands resolves points \
     trouve trouvent situe* pose* tourne* servi* mene resout \
     liegt steht lauft ausgeliefert zeigt \
     esta estan vive corre sirve sirven apunta resuelve \
     stored kept placed uploaded dropped parked answers answering listens reachable running      heberge* stocke* depose* ecoute repond* tournait      abgelegt* hinterlegt* lauscht antwortet horcht betrieben lag lief stand      guardad* deposit* escucha* responde aloja* coloc* corria",
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
    "you vous sie ihnen ustedes les \
     your yourselves euch ihr tu te toi dir dich vosotros usted",
    // Is.
    "is was were are be been est etait sont ist war sind sei es fue era son sea",
    // Address.
    "address* ip adresse* direcci* lautet \
     number number's digits ips      numero numeros      nummer* ip-adresse anschrift ips      numero* ips direccion",
    // Traps.
    "honeypot* honeynet* trap* decoy* tarpit* canary pot \
     piege* leurre* miel \
     falle* lockvogel* kodersystem* honigtopf* \
     trampa* miel senuelo* sebo",
    // Sends, does.
    "send sends sent sending tries tried trying fires fired pours poured pouring pushed pushes throws threw launched launches ran runs opened requests requested asks asked asking fetches fetched pulls pulled visited visits submitted places placed typed offered uploads behaves behaved \
     envoie envoya* envoye* envoi* demandait demandes essaie* essaye* essayait tent* lance lancait lances depose execute* ouvr* soumis passe propos* pousse* balanc* \
     schick* sende* sandte* versend* versucht* probier* fragt* fragte* stellt* offnet* ruft jagt feuert* ballert* wirft setzte absetzt* ausgeht lud hochlud \
     manda* mando envia* envio envian pide pidio prueb* intent* lanz* abrio abre ejecut* hizo hace solicit* consult* tira tiro dispar* ofrec*",
    // Receives.
    "receives received receiving gets getting sees takes took taking absorbs swallowed \
     recoit recu recue recoivent recevait encaisse* essuie* \
     bekommt bekam bekommen erhalt erhielt empfang* kassiert* bezog steckt \
     recibe* recibi* reciben encaj* soport* aguant*",
    // By means of.
    "used uses use using via through abused misused means \
     utilise* utilisa* servi sert servait via moyen biais abuse* \
     benutz* verwend* nutz* missbrauch* mittels \
     usa* uso usado usaron usando utiliz* mediante traves via abus*",
    // What goes over the line.
    "packet* traffic flow flows request query queries udp tcp syn icmp gbit* gbps gigabit mbit* bandwidth fragments datagram* connections \
     paquet* trafic requete* flux debit bande trame* connexions \
     paket* verkehr* anfrage* datenverkehr bandbreite strom verbindungen \
     paquete* trafico peticion* consultas caudal ancho flujo* conexiones",
    // Attempts.
    "attempt* tries guesses failures failed retries dictionary wordlist password-guessing \
     tentative* essais echec* echoue* dictionnaire \
     versuche* fehlversuch* fehlgeschlagen* anlauf* worterbuch* \
     intento* fallid* fallo fallos diccionario",
    // Gets in.
    "entered enters entry intrusion* broke got-in door foothold pivot* lateral moved jumped burgled breach* \
     entre entra entree entrees penetr* intrusion* introdui* porte pivot* rebondi* infiltr* \
     eingedrungen* drang eindring* reingekommen zutritt zugriff* zugang* eingang* tur seitwarts sprang gesprungen \
     entrada* entrado penetr* intrusion* puerta salto saltar colo colado coló pivot* infiltr*",
    // What is fetched.
    "download* payload* stage loader* dropper* script* build binary binaries kit installer* shell* file files apk package* \
     telecharg* charge* charges script* binaire* fichier* kit installe* paquetage \
     heruntergeladen* nachgeladen* geladen* ladt nachlad* skript* datei* programm* bausatz abruf* \
     descarg* cargador* carga script* binario* archivo* fichero* instalador* programa* bajo bajar",
    // Holes.
    "exploit* cve hole injection injected rce sqli traversal overflow deserial* log4shell zero-day \
     exploit* faille* injection* injecte* \
     lucke* sicherheitslucke* schwachstelle* ausnutz* ausgenutzt* eingeschleust* \
     explot* vulnerabilidad* inyecc* inyect* agujero*",
    // Money.
    "bank* card* order* payment* paid pay money purchase* transfer* invoice euro pounds dollars \
     banque* carte* commande* paiement* paye* argent virement* achat* \
     bank* karte* bestellung* zahlung* bezahlt* geld* uberweis* kauf* \
     banco* tarjeta* pedido* pago* pagado dinero transferenc* compra*",
    // At the reporter's.
    "home office desk workplace laboratory lab branch headquarters reading measured surveyed \
     maison domicile bureau laboratoire agence siege locaux \
     zuhause hause buro standort* labor filiale zentrale \
     casa oficina domicilio laboratorio sucursal sede",
    // Where to read on.
    "help details documentation info information faq read wiki guide explained download-page \
     aide detail* documentation renseignement* notice savoir lire explication* \
     hilfe einzelheit* anleitung* infos nahere* erklarung* nachlesen hintergrund* \
     ayuda detalle* documentacion informacion leer guia explicacion*",
    // Who tells.
    "told tells according says said writes reporter* witness sender's researcher* measurement* partner* source's colleague* police informant \
     selon dit disent indique* signale* temoin* chercheur* partenaire* collegue* police gendarmerie \
     laut sagt sagte meldet* gemeldet mitgeteilt* zeuge* forscher* partner* kolleg* polizei melder \
     segun dice dicen indic* senal* testigo* investigador* socio colega* policia denunciante*",
    // Which of several.
    "first second third former latter one other both each another last next \
     premier* deuxieme second seconde troisieme derniere* autre* chacun* premiere* \
     erste* zweite* dritte* letzte* andere* beide* jede* weitere* \
     primer* segund* tercer* ultim* otro otra ambos cada",
];
