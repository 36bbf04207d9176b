//! `keys fetch`: Web Key Directory and key servers on loopback, found by a DNS server of the test's own.

use std::net::SocketAddr;
use std::process::Output;

use tokio::runtime::Runtime;

use crate::authority::Authority;
use crate::dns::{TestDns, Zone};
use crate::gnupg::Gnupg;
use crate::support::{Installation, free_port};
use crate::web::Web;

const NOC: &str = "noc@partner.example";

struct Scene {
    runtime: Runtime,
    authority: Authority,
    dns: TestDns,
    port: u16,
}

impl Scene {
    fn new(zone: &str) -> Scene {
        Scene {
            runtime: Runtime::new().unwrap(),
            authority: Authority::new(),
            dns: TestDns::start(&[("partner.example", Zone::Unsigned, zone)]),
            port: free_port(),
        }
    }

    fn web(&self, last: u8, name: &str, page: &str) -> Web {
        let address = SocketAddr::from(([127, 0, 0, last], self.port));
        let tls = self.authority.good(name).tls;
        self.runtime.block_on(Web::start(address, tls, page))
    }

    fn installation(&self, keyserver: &str) -> Installation {
        let configuration = format!(
            "{}\n[outbox]\nca_file = \"{}\"\nallowed_networks = [\"127.0.0.0/24\"]\n[openpgp]\nwkd_port = {}\nkeyserver = \"{keyserver}\"\n",
            self.dns.configuration(),
            self.authority.file().display(),
            self.port,
        );
        Installation::new(&configuration)
    }
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).unwrap()
}

fn fetched(installation: &Installation, arguments: &[&str]) -> (Option<i32>, String) {
    let output = installation.output(&[&["keys", "fetch"], arguments].concat());
    (output.status.code(), said(&output))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn a_certificate_of_the_addresss_own_domain_is_kept_and_not_verified() {
    let scene = Scene::new("openpgpkey A 127.0.0.60\n@ A 127.0.0.61\n");
    let gnupg = Gnupg::new();
    let fingerprint = gnupg.make_key(&format!("NOC <{NOC}>"));
    let other = gnupg.make_key("Somebody else <else@partner.example>");
    let page = format!(
        "{}{}",
        gnupg.export("else@partner.example"),
        gnupg.export(NOC)
    );
    let advanced = scene.web(60, "openpgpkey.partner.example", &page);
    let direct = scene.web(61, "partner.example", "");
    let installation = scene.installation("");
    let (code, text) = fetched(&installation, &[NOC]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(&fingerprint) && text.contains("not verified") && text.contains("pinned"),
        "{text}"
    );
    assert!(
        !text.contains(&other),
        "nothing that was not asked for: {text}"
    );
    assert_eq!(
        direct.requests(),
        0,
        "the advanced place is there, so it alone is asked"
    );
    let asked = advanced.asked.lock().unwrap().clone();
    assert!(
        asked[0].starts_with("GET /.well-known/openpgpkey/partner.example/hu/")
            && asked[0].contains("?l=noc "),
        "{asked:?}"
    );
    let listed = installation.json(&["keys", "list", "--json"]);
    let key = listed
        .iter()
        .find(|key| key["fingerprint"] == fingerprint.as_str())
        .unwrap();
    assert_eq!(key["authenticated"], false);
    assert_eq!(
        (&key["bindings"][0]["state"], &key["bindings"][0]["proof"]),
        (&"pinned".into(), &"wkd".into())
    );
    // Another one there, later.
    let newer = Gnupg::new();
    let second = newer.make_key(&format!("NOC <{NOC}>"));
    advanced.serve("200 OK", &newer.export(NOC));
    let (_, text) = fetched(&installation, &[NOC, "--wkd"]);
    assert!(
        text.contains(&second) && text.contains("conflict, not used"),
        "{text}"
    );
    // What goes wrong is said, and nothing is kept.
    let before = installation.json(&["keys", "list", "--json"]).len();
    for (status, body, code, words) in [
        ("404 Not Found", String::new(), 1, "nothing found"),
        ("302 Found", String::new(), 1, "answers 302"),
        ("200 OK", "x".repeat(600 * 1024), 1, "more than 512 KiB"),
        ("200 OK", "no certificate".to_owned(), 1, "nothing found"),
    ] {
        advanced.serve(status, &body);
        let (exit, text) = fetched(&installation, &[NOC]);
        assert_eq!(exit, Some(code), "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(installation.json(&["keys", "list", "--json"]).len(), before);
}

#[test]
fn without_the_advanced_host_the_domain_itself_is_asked_and_only_where_we_may_call() {
    let scene = Scene::new("@ A 127.0.0.62\ninside A 10.9.8.7\nforged A 127.0.0.64\n");
    let gnupg = Gnupg::new();
    let fingerprint = gnupg.make_key(&format!("NOC <{NOC}>"));
    gnupg.make_key("A <a@forged.partner.example>");
    // Nobody whom we trust knows this server.
    let untrusted = Authority::new().good("forged.partner.example").tls;
    let address = SocketAddr::from(([127, 0, 0, 64], scene.port));
    let page = gnupg.export("a@forged.partner.example");
    let _forged = scene
        .runtime
        .block_on(Web::start(address, untrusted, &page));
    let installation = scene.installation("");
    let _web = scene.web(62, "partner.example", &gnupg.export(NOC));
    let (code, text) = fetched(&installation, &[NOC]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&fingerprint), "{text}");
    let (code, text) = fetched(&installation, &["a@forged.partner.example"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("can't be asked"), "{text}");
    let (code, text) = fetched(&installation, &["a@inside.partner.example"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("not of the internet"), "{text}");
}

#[test]
fn a_key_server_is_asked_by_full_fingerprint_when_one_is_configured() {
    let scene = Scene::new("keys A 127.0.0.63\n");
    let gnupg = Gnupg::new();
    let fingerprint = gnupg.make_key(&format!("NOC <{NOC}>"));
    let other = Gnupg::new().make_key(&format!("NOC <{NOC}>"));
    let web = scene.web(63, "keys.partner.example", &gnupg.export(NOC));
    for (scheme, asked) in [
        (
            "https",
            format!("GET /vks/v1/by-fingerprint/{fingerprint} "),
        ),
        (
            "hkps",
            format!("GET /pks/lookup?op=get&options=mr&search=0x{fingerprint} "),
        ),
    ] {
        let server = format!("{scheme}://keys.partner.example:{}", scene.port);
        let installation = scene.installation(&server);
        let (code, text) = fetched(&installation, &[&fingerprint, "--keyserver"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains(&fingerprint) && text.contains("(keyserver), not verified"),
            "{text}"
        );
        assert!(
            web.asked
                .lock()
                .unwrap()
                .last()
                .unwrap()
                .starts_with(&asked),
            "{asked}"
        );
        let shown = installation.run(&["keys", "show", &fingerprint]);
        assert!(
            shown.contains("nobody's yet"),
            "a fingerprint says nothing of an address: {shown}"
        );
        // A server that answers with another key.
        let (code, text) = fetched(&installation, &[&other]);
        assert_eq!(code, Some(1), "{text}");
        let (code, text) = fetched(&installation, &[&fingerprint[24..]]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("full fingerprint"), "{text}");
    }
    let none = scene.installation("");
    let (code, text) = fetched(&none, &[&fingerprint, "--keyserver"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("names no key server"), "{text}");
}
