//! A DNS server of the test's own on loopback: a private signed root and zones, keys made at run time.
//!
//! It answers as a recursive resolver that passes DNSSEC records on. Everything below a name can be told to fail.
//!
//! ```text
//! let dns = TestDns::start(&[("example.org", Zone::Signed, "@ TXT \"hello\"")]);
//! [dns] servers = ["<dns.address>"], trust_anchor_file = "<dns.trust_anchor()>"
//! ```

#![allow(
    dead_code,
    reason = "each test binary uses its own part of the harness"
)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::dnssec::NxProofKind;
use hickory_server::net::runtime::{Time, TokioRuntimeProvider};
use hickory_server::proto::dnssec::crypto::EcdsaSigningKey;
use hickory_server::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
use hickory_server::proto::dnssec::{Algorithm, DigestType, DnssecSigner, SigningKey};
use hickory_server::proto::op::{
    Header, HeaderCounts, MessageType, Metadata, OpCode, ResponseCode,
};
use hickory_server::proto::rr::rdata::{NS, SOA};
use hickory_server::proto::rr::{LowerName, Name, RData, Record, RecordType, RrKey};
use hickory_server::proto::serialize::txt::Parser;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{
    AxfrPolicy, Catalog, MessageResponseBuilder, ZoneHandler, ZoneType,
};

type Store = InMemoryZoneHandler<TokioRuntimeProvider>;

/// How a zone is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Signed, with a DS record in the root, denials by NSEC.
    Signed,
    /// The same with NSEC3.
    SignedNsec3,
    /// Not signed, provably: the root denies a DS record.
    Unsigned,
    /// Signed, and then every signature but the keys' is altered.
    Broken,
    /// Not signed although the root has a DS record: what a stripping attacker shows.
    Stripped,
    /// Every question is answered with SERVFAIL.
    Servfail,
    /// No question is answered.
    Silent,
}

/// What happens to questions for a name and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// SERVFAIL.
    Servfail,
    /// REFUSED.
    Refused,
    /// No answer.
    Silent,
    /// The answer comes later.
    Delay(Duration),
    /// The true answer, and with it the signed records of another name: what an attacker with a zone of his own can add.
    Smuggle(&'static str),
    /// A forged denial: "no such name", with an unsigned SOA record of this zone for evidence; or with none, when empty.
    Deny(&'static str),
}

/// The running server; stops when dropped.
pub struct TestDns {
    /// UDP and TCP.
    pub address: SocketAddr,
    folder: tempfile::TempDir,
    state: Arc<State>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    trouble: Mutex<Vec<(LowerName, Option<RecordType>, Trouble)>>,
    asked: Mutex<HashMap<(LowerName, RecordType), usize>>,
}

impl TestDns {
    /// Serves the zones: origin, kind, and records in master file form (SOA and NS are added).
    pub fn start(zones: &[(&str, Zone, &str)]) -> TestDns {
        let folder = tempfile::tempdir().unwrap();
        let state = Arc::new(State::default());
        let (catalogs, anchor) = build(zones, &state);
        std::fs::write(folder.path().join("root.key"), anchor).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let (udp, tcp) = sockets().await;
                tell.send(udp.local_addr().unwrap()).unwrap();
                let mut server = Server::new(catalogs);
                server.register_socket(udp);
                server.register_listener(tcp, Duration::from_secs(5), 64);
                let _ = stopped.await;
            });
        });
        TestDns {
            address: told.recv().unwrap(),
            folder,
            state,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The file with the key of the private root.
    pub fn trust_anchor(&self) -> PathBuf {
        self.folder.path().join("root.key")
    }

    /// The `[dns]` section that asks this server and trusts its root.
    pub fn configuration(&self) -> String {
        format!(
            "[dns]\nservers = [\"{}\"]\ntrust_anchor_file = \"{}\"\n",
            self.address,
            self.trust_anchor().display()
        )
    }

    /// From now on questions for `name` and below fail like this.
    pub fn trouble(&self, name: &str, trouble: Trouble) {
        let name = LowerName::from(fqdn(name));
        let mut troubles = self.state.trouble.lock().unwrap();
        troubles.push((name, None, trouble));
    }

    /// From now on questions of one type for `name` and below fail like this.
    pub fn trouble_with(&self, name: &str, kind: &str, trouble: Trouble) {
        let name = LowerName::from(fqdn(name));
        let mut troubles = self.state.trouble.lock().unwrap();
        troubles.push((name, Some(kind.parse().unwrap()), trouble));
    }

    /// Ends all trouble but that of zones which were started with it.
    pub fn heal(&self, name: &str) {
        let name = LowerName::from(fqdn(name));
        let mut trouble = self.state.trouble.lock().unwrap();
        trouble.retain(|(troubled, ..)| *troubled != name);
    }

    /// How often this question came.
    pub fn asked(&self, name: &str, kind: &str) -> usize {
        let key = (LowerName::from(fqdn(name)), kind.parse().unwrap());
        let asked = self.state.asked.lock().unwrap();
        asked.get(&key).copied().unwrap_or(0)
    }

    /// How many questions came.
    pub fn asked_at_all(&self) -> usize {
        self.state.asked.lock().unwrap().values().sum()
    }
}

impl Drop for TestDns {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn sockets() -> (tokio::net::UdpSocket, tokio::net::TcpListener) {
    // The same port for both: another process may hold one of them.
    for _ in 0..50 {
        let udp = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = udp.local_addr().unwrap();
        if let Ok(tcp) = tokio::net::TcpListener::bind(address).await {
            return (udp, tcp);
        }
    }
    panic!("no port that is free for UDP and TCP");
}

fn fqdn(name: &str) -> Name {
    let mut name = Name::from_ascii(name).unwrap();
    name.set_fqdn(true);
    name
}

struct Key {
    pkcs8: Vec<u8>,
}

impl Key {
    fn generate() -> Key {
        let pkcs8 = EcdsaSigningKey::generate_pkcs8(Algorithm::ECDSAP256SHA256).unwrap();
        Key {
            pkcs8: pkcs8.secret_pkcs8_der().to_vec(),
        }
    }

    fn signing(&self) -> EcdsaSigningKey {
        EcdsaSigningKey::from_pkcs8(&self.pkcs8.as_slice().into(), Algorithm::ECDSAP256SHA256)
            .unwrap()
    }

    fn dnskey(&self) -> DNSKEY {
        DNSKEY::from_key(&self.signing().to_public_key().unwrap())
    }

    fn sign(&self, store: &mut Store, origin: &Name) {
        let week = Duration::from_secs(7 * 86_400);
        let signer = DnssecSigner::new(
            self.dnskey(),
            Box::new(self.signing()),
            origin.clone(),
            week,
        );
        store.add_zone_signing_key_mut(signer).unwrap();
        store.secure_zone_mut().unwrap();
    }
}

/// The zones, and the trust anchor file.
fn build(zones: &[(&str, Zone, &str)], state: &Arc<State>) -> (Handler, String) {
    let mut root = store(&Name::root(), "", Some(NxProofKind::Nsec));
    let mut all = Catalog::new();
    let (mut apexes, mut stores) = (Vec::new(), Vec::new());
    for (origin, kind, records) in zones {
        let origin = fqdn(origin);
        let key = Key::generate();
        let delegation = RData::NS(NS(origin.prepend_label("ns").unwrap()));
        root.upsert_mut(Record::from_rdata(origin.clone(), 300, delegation), 1);
        if !matches!(kind, Zone::Unsigned) {
            let public = key.signing().to_public_key().unwrap();
            let ds = DS::from_key(&public, &origin, DigestType::SHA256).unwrap();
            let ds = RData::DNSSEC(DNSSECRData::DS(ds));
            root.upsert_mut(Record::from_rdata(origin.clone(), 300, ds), 1);
        }
        let nsec3 = NxProofKind::Nsec3 {
            algorithm: Default::default(),
            salt: Arc::new([]),
            iterations: 0,
            opt_out: false,
        };
        let mut trouble = state.trouble.lock().unwrap();
        let zone = match kind {
            Zone::Signed => signed(&key, &origin, records, NxProofKind::Nsec),
            Zone::SignedNsec3 => signed(&key, &origin, records, nsec3),
            Zone::Broken => broken(signed(&key, &origin, records, NxProofKind::Nsec)),
            Zone::Unsigned | Zone::Stripped => store(&origin, records, None),
            Zone::Servfail => {
                trouble.push((origin.clone().into(), None, Trouble::Servfail));
                store(&origin, records, None)
            }
            Zone::Silent => {
                trouble.push((origin.clone().into(), None, Trouble::Silent));
                store(&origin, records, None)
            }
        };
        apexes.push(LowerName::from(origin.clone()));
        let zone = Arc::new(zone);
        stores.push(Arc::clone(&zone));
        all.upsert(origin.into(), vec![zone]);
    }
    let key = Key::generate();
    key.sign(&mut root, &Name::root());
    let root: Arc<dyn ZoneHandler> = Arc::new(root);
    all.upsert(LowerName::from(Name::root()), vec![Arc::clone(&root)]);
    let mut parent = Catalog::new();
    parent.upsert(LowerName::from(Name::root()), vec![root]);
    let handler = Handler {
        all,
        parent,
        apexes,
        stores,
        state: Arc::clone(state),
    };
    (handler, format!(". 300 IN DNSKEY {}\n", key.dnskey()))
}

fn store(origin: &Name, records: &str, denial: Option<NxProofKind>) -> Store {
    let text = format!(
        "$TTL 300\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\n{records}\n"
    );
    let (_, sets) = Parser::new(text, None, Some(origin.clone()))
        .parse()
        .unwrap();
    Store::new(
        origin.clone(),
        sets,
        ZoneType::Primary,
        AxfrPolicy::Deny,
        denial,
    )
    .unwrap()
}

fn signed(key: &Key, origin: &Name, records: &str, denial: NxProofKind) -> Store {
    let mut store = store(origin, records, Some(denial));
    key.sign(&mut store, origin);
    store
}

/// Alters one bit of every signature but those of the keys.
fn broken(mut store: Store) -> Store {
    for set in store.records_get_mut().values_mut() {
        if set.record_type() == RecordType::DNSKEY {
            continue;
        }
        let set = Arc::make_mut(set);
        let signatures = set.rrsigs().to_vec();
        set.clear_rrsigs();
        for mut signature in signatures {
            if let RData::DNSSEC(DNSSECRData::RRSIG(rrsig)) = &signature.data {
                let mut octets = rrsig.sig().to_vec();
                octets[10] ^= 1;
                let altered = RRSIG::from_sig(rrsig.input().clone(), octets);
                signature.data = RData::DNSSEC(DNSSECRData::RRSIG(altered));
            }
            set.insert_rrsig(signature);
        }
    }
    store
}

struct Handler {
    all: Catalog,
    /// DS records are the parent's: this one knows the root only.
    parent: Catalog,
    apexes: Vec<LowerName>,
    stores: Vec<Arc<Store>>,
    state: Arc<State>,
}

impl Handler {
    fn trouble(&self, name: &LowerName, kind: RecordType) -> Option<Trouble> {
        let trouble = self.state.trouble.lock().unwrap();
        let troubled = trouble
            .iter()
            .filter(|(above, only, _)| above.zone_of(name) && only.is_none_or(|only| only == kind));
        troubled.map(|(.., trouble)| trouble.clone()).next_back()
    }

    /// The records of a name and type with their signatures.
    async fn signed(&self, name: &LowerName, kind: RecordType) -> Vec<Record> {
        let mut found = Vec::new();
        for store in &self.stores {
            let records = store.records().await;
            if let Some(set) = records.get(&RrKey::new(name.clone(), kind)) {
                found.extend(set.records_with_rrsigs().cloned());
            }
        }
        found
    }

    async fn smuggle<R: ResponseHandler>(
        &self,
        request: &Request,
        mut response: R,
        names: [LowerName; 2],
        kind: RecordType,
    ) -> ResponseInfo {
        let mut records = Vec::new();
        for name in names {
            records.extend(self.signed(&name, kind).await);
        }
        let metadata = Metadata::response_from_request(&request.metadata);
        let message = MessageResponseBuilder::from_message_request(request);
        let message = message.build(metadata, &records, &[], &[], &[]);
        let sent = response.send_response(message).await;
        sent.unwrap_or_else(|_| nothing())
    }

    async fn answer<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response: R,
    ) -> ResponseInfo {
        let Ok(info) = request.request_info() else {
            return nothing();
        };
        let (name, kind) = (info.query.name().clone(), info.query.query_type());
        *self
            .state
            .asked
            .lock()
            .unwrap()
            .entry((name.clone(), kind))
            .or_default() += 1;
        let parents = kind == RecordType::DS && self.apexes.contains(&name);
        let trouble = self.trouble(&name, kind).filter(|_| !parents);
        let code = match trouble {
            Some(Trouble::Silent) => return nothing(),
            Some(Trouble::Servfail) => Some(ResponseCode::ServFail),
            Some(Trouble::Refused) => Some(ResponseCode::Refused),
            Some(Trouble::Delay(time)) => {
                tokio::time::sleep(time).await;
                None
            }
            Some(Trouble::Smuggle(other)) => {
                let other = LowerName::from(fqdn(other));
                return self.smuggle(request, response, [name, other], kind).await;
            }
            Some(Trouble::Deny(zone)) => return deny(request, response, zone).await,
            None => None,
        };
        if let Some(code) = code {
            let message = MessageResponseBuilder::from_message_request(request);
            let message = message.error_msg(&request.metadata, code);
            let sent = response.send_response(message).await;
            return sent.unwrap_or_else(|_| nothing());
        }
        let catalog = if parents { &self.parent } else { &self.all };
        catalog.handle_request::<R, T>(request, response).await
    }
}

async fn deny<R: ResponseHandler>(request: &Request, mut response: R, zone: &str) -> ResponseInfo {
    let zone = fqdn(zone);
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 3600, 600, 86400, 60);
    let soa = Record::from_rdata(zone.clone(), 60, RData::SOA(soa));
    let soa: Vec<Record> = [soa].into_iter().filter(|_| !zone.is_root()).collect();
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.response_code = ResponseCode::NXDomain;
    let message = MessageResponseBuilder::from_message_request(request);
    let message = message.build(metadata, &[], &[], &soa, &[]);
    let sent = response.send_response(message).await;
    sent.unwrap_or_else(|_| nothing())
}

fn nothing() -> ResponseInfo {
    let metadata = Metadata::new(0, MessageType::Response, OpCode::Query);
    let counts = HeaderCounts::default();
    ResponseInfo::from(Header { metadata, counts })
}

impl RequestHandler for Handler {
    fn handle_request<'a, 'b, 'c, R, T>(
        &'a self,
        request: &'b Request,
        response: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
        R: ResponseHandler + 'c,
        T: Time + 'c,
    {
        Box::pin(self.answer::<R, T>(request, response))
    }
}
