//! oidc-provider (certified by the OpenID Foundation) with its own pages, run by tests/oidc/provider.mjs: somebody else's reading of the
//! standards that our own provider and our own console could misread in the same way.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Chromium;
use crate::support::{Daemon, Installation, free_port, wait_for};

/// Colons, slashes and blanks: not every client encodes them as RFC 6749 section 2.3.1 wants it.
pub const SECRET: &str = "a secret: of/the+client%";

/// A provider, and a console that trusts it.
pub struct House {
    pub installation: Installation,
    pub console: u16,
    pub issuer: String,
    port: u16,
    provider: Option<Child>,
    daemon: Option<Daemon>,
}

impl House {
    /// `configuration` is more of the package's own; `secret` is what the console holds for the client's, and `keys` more of
    /// `[console.oidc]`.
    pub fn new(algorithm: &str, configuration: &Value, secret: &str, keys: &str) -> House {
        let (console, port) = (free_port(), free_port());
        let mut house = House {
            installation: Installation::new(""),
            console,
            issuer: format!("https://127.0.0.1:{port}"),
            port,
            provider: None,
            daemon: None,
        };
        house.starts_provider(algorithm, configuration);
        house.starts_console(secret, keys);
        house
    }

    /// Claims of each subject, who types just that at the provider.
    pub fn people(&self, people: &Value) {
        fs::write(self.installation.path("people.json"), people.to_string()).unwrap();
    }

    /// Anew, if there is one: with another key, and nobody is signed in there.
    pub fn starts_provider(&mut self, algorithm: &str, configuration: &Value) {
        self.stops_provider();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/provider");
        let node = folder.join("bin/node");
        assert!(
            node.is_file() && folder.join("made-from").is_file(),
            "no oidc-provider: run deploy/unpack-provider"
        );
        let origin = format!("https://localhost:{}", self.console);
        let mut wanted = json!({"clients": [{"client_id": "pillarbox", "client_secret": SECRET,
            "id_token_signed_response_alg": algorithm, "redirect_uris": [format!("{origin}/sign-in/oidc/callback")],
            "post_logout_redirect_uris": [format!("{origin}/sign-in")]}],
            "cookies": {"keys": ["of the tests"]}});
        let client = configuration["client"].as_object().into_iter().flatten();
        for (name, value) in client {
            wanted["clients"][0][name] = value.clone();
        }
        let more = configuration.as_object().unwrap().iter();
        for (name, value) in more.filter(|(name, _)| *name != "client") {
            wanted[name] = value.clone();
        }
        let settings = json!({"issuer": self.issuer, "port": self.port, "algorithm": algorithm, "configuration": wanted});
        fs::write(
            self.installation.path("settings.json"),
            settings.to_string(),
        )
        .unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oidc/provider.mjs");
        let log = self.installation.path("provider.log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        // A script that is read from here finds packages in the folder that it runs in.
        let started = Command::new("bin/node")
            .arg("--input-type=module")
            .current_dir(folder)
            .env("FOLDER", self.installation.folder.path())
            .stdin(File::open(script).unwrap())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.provider = Some(started.unwrap());
        wait_for("oidc-provider", Duration::from_secs(30), || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    fn stops_provider(&mut self) {
        if let Some(mut provider) = self.provider.take() {
            provider.kill().unwrap();
            provider.wait().unwrap();
        }
    }

    /// Anew, if there is one.
    pub fn starts_console(&mut self, secret: &str, keys: &str) {
        let file = self.installation.path("oidc.secret");
        fs::write(&file, format!("{secret}\n")).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&file, private).unwrap();
        let (file, authority) = (file.display(), self.installation.path("ca.crt"));
        let text = format!(
            "[console]\naddress = \"127.0.0.1:{0}\"\n[console.oidc]\nissuer = \"{1}\"\nclient_id = \"pillarbox\"\n\
             client_secret_file = \"{file}\"\nconsole_url = \"https://localhost:{0}\"\nca_file = \"{2}\"\n{keys}\n\
             [console.oidc.groups]\nanalyst = [\"soc\"]\nlead = [\"leads\"]\n",
            self.console,
            self.issuer,
            authority.display(),
        );
        fs::write(self.installation.path("conf.d/test.toml"), text).unwrap();
        if let Some(daemon) = self.daemon.take() {
            assert!(daemon.terminate());
        }
        let mut daemon = self.installation.serve();
        self.installation.wait_for_port(&mut daemon, self.console);
        self.daemon = Some(daemon);
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test that fails tells what the provider said"
)]
impl Drop for House {
    fn drop(&mut self) {
        self.stops_provider();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.installation.path("provider.log"));
            eprintln!("{}", log.unwrap_or_default());
        }
    }
}

/// Somebody with a browser.
pub struct Person {
    pub chromium: Chromium,
    console: u16,
}

impl Person {
    pub fn new(house: &House) -> Person {
        Person {
            chromium: Chromium::new(),
            console: house.console,
        }
    }

    /// A page of the console.
    pub fn opens(&self, place: &str) {
        let console = self.console;
        self.chromium
            .open(&format!("https://localhost:{console}{place}"));
    }

    /// From the queue's address to the provider.
    pub fn begins(&self) {
        self.opens("/q/CSIRT");
        self.clicks("a.main");
    }

    /// Clicks on what may have to load first.
    pub fn clicks(&self, selector: &str) {
        self.sees(&format!("document.querySelector(\"{selector}\")"));
        self.chromium.click(selector);
    }

    /// Waits for a page on which this holds; tells what is there instead.
    pub fn sees(&self, condition: &str) {
        let script = format!(
            "return [!!({condition}), location.href, document.body ? document.body.innerText : '']"
        );
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let page = self.chromium.ask_page(&script);
            if page[0] == true {
                return;
            }
            assert!(Instant::now() < deadline, "no {condition}: {page}");
            std::thread::park_timeout(Duration::from_millis(25));
        }
    }

    pub fn reads(&self, words: &str) {
        self.sees(&format!("document.body.textContent.includes('{words}')"));
    }

    /// Fills the provider's pages in: subject and password, then what the console may know.
    pub fn signs_in_as(&self, subject: &str) {
        self.sees("document.querySelector('[name=login]')");
        self.chromium.write("[name=login]", subject);
        self.chromium.write("[name=password]", "any");
        self.chromium.click(".login-submit");
        self.sees("document.querySelector('[name=prompt][value=consent]')");
        self.chromium.click(".login-submit");
    }

    /// Who the queue says that it is, and in which role.
    pub fn is_in_as(&self, name: &str, role: &str) {
        self.sees("location.pathname == '/q/CSIRT' && document.querySelector('.me')");
        let said = self
            .chromium
            .ask_page("return document.querySelector('.me span').textContent");
        assert!(
            said.as_str()
                .unwrap()
                .ends_with(&format!("{name} ({role})")),
            "{said}"
        );
    }

    /// Another browser, as far as sites can tell.
    pub fn forgets(&self) {
        self.chromium
            .emulate("Network.clearBrowserCookies", &json!({}));
    }
}
