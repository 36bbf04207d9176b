//! People at the console: curl, with a cookie jar of its own, and Debian's Chromium.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vault::TotpSecret;

use crate::support::{Installation, free_port, wait_for};

/// Somebody who may sign in.
pub struct Login {
    pub password: &'static str,
    pub secret: TotpSecret,
}

impl Login {
    /// Made with the command, its secret read from what that printed.
    pub fn new(installation: &Installation, name: &str, role: &str) -> Login {
        let password = "a long enough password";
        let add = ["analyst", "add", name, "--role", role];
        let said = with_input(installation, &add, password);
        Login {
            password,
            secret: secret(&said),
        }
    }

    /// The code of now.
    pub fn code(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.secret.code(now.as_secs().try_into().unwrap())
    }
}

/// Runs a command that must succeed, with a line of input; what it printed.
pub fn with_input(installation: &Installation, arguments: &[&str], line: &str) -> String {
    let file = installation.path("line");
    std::fs::write(&file, format!("{line}\n")).unwrap();
    let mut command = installation.command(arguments);
    let input = std::fs::File::open(file).unwrap();
    let output = command.stdin(input).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The secret that was printed, decoded (RFC 4648 section 6).
pub fn secret(said: &str) -> TotpSecret {
    let text = said.split("Secret for codes: ").nth(1).unwrap();
    let (mut octets, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text
        .trim_start()
        .bytes()
        .take_while(u8::is_ascii_alphanumeric)
    {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        };
        held = held << 5 | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            octets.push(u8::try_from(held >> bits & 255).unwrap());
        }
    }
    TotpSecret::from_bytes(&octets).unwrap()
}

/// An answer of the console.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    pub octets: Vec<u8>,
}

impl Answer {
    /// Of what `curl -i` printed.
    fn of(output: Output) -> Answer {
        // The server had refused and hung up before all was sent (curl's codes 55 and 56): no answer, status 0.
        let hung_up = matches!(output.status.code(), Some(55 | 56)) && output.stdout.is_empty();
        let octets = match hung_up {
            true => b"HTTP/1.1 000\r\n\r\n".to_vec(),
            false => output.stdout,
        };
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let head = String::from_utf8(octets[..end].to_vec()).unwrap();
        let octets = octets[end + 4..].to_vec();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: String::from_utf8_lossy(&octets).into_owned(),
            head,
            octets,
        }
    }

    /// A field of the head; of several the first.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }

    /// The word that goes back with a form of this page.
    pub fn word(&self) -> String {
        let rest = self.body.split("name=\"word\" value=\"").nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no form in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// Somebody with curl.
pub struct Curl {
    authority: PathBuf,
    jar: tempfile::NamedTempFile,
    pub port: u16,
}

impl Curl {
    pub fn new(installation: &Installation, port: u16) -> Curl {
        Curl {
            authority: installation.path("ca.crt"),
            jar: tempfile::NamedTempFile::new().unwrap(),
            port,
        }
    }

    /// curl with more arguments, for a place on the console.
    pub fn with(&self, place: &str, more: &[&str]) -> Answer {
        let jar = self.jar.path().to_str().unwrap();
        let url = format!("https://localhost:{}{place}", self.port);
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "-i",
            "--max-time",
            "60",
            "--path-as-is",
            "--cookie",
            jar,
            "--cookie-jar",
            jar,
        ]);
        curl.arg("--cacert")
            .arg(&self.authority)
            .args(more)
            .arg(url);
        Answer::of(curl.output().unwrap())
    }

    pub fn get(&self, place: &str) -> Answer {
        self.with(place, &[])
    }

    /// A form as a page of the console sends it.
    pub fn post(&self, place: &str, pairs: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: https://localhost:{}", self.port);
        self.post_from(place, pairs, &["-H", &origin])
    }

    pub fn post_from(&self, place: &str, pairs: &[(&str, &str)], more: &[&str]) -> Answer {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut arguments = more.to_vec();
        for pair in &pairs {
            arguments.extend(["--data-urlencode", pair]);
        }
        self.with(place, &arguments)
    }

    /// Fills the first page in.
    pub fn sign_in(&self, name: &str, password: &str, code: &str) -> Answer {
        let word = self.get("/sign-in").word();
        self.post(
            "/sign-in",
            &[
                ("word", &word),
                ("name", name),
                ("password", password),
                ("code", code),
            ],
        )
    }

    /// The cookies that are held.
    pub fn jar(&self) -> String {
        std::fs::read_to_string(self.jar.path()).unwrap()
    }
}

/// Somebody with Chromium.
pub struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Debian's packages chromium and chromium-driver.
    pub fn new() -> Chromium {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1300,900",
            &folder,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "acceptInsecureCerts": true,
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}, "goog:chromeOptions": {"args": arguments}}}});
        wait_for("chromedriver", Duration::from_secs(30), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let mut chromium = Chromium {
            driver,
            port,
            session: String::new(),
            _profile: profile,
        };
        let made = chromium.ask("POST", "/session", &wanted);
        chromium.session = made["sessionId"].as_str().unwrap().to_owned();
        chromium
    }

    /// A command of W3C WebDriver.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--max-time",
            "120",
            "-X",
            method,
            "-H",
            "Content-Type: application/json",
        ]);
        // A script may be longer than an argument can be.
        let mut file = tempfile::NamedTempFile::new().unwrap();
        if method == "POST" {
            file.write_all(body.to_string().as_bytes()).unwrap();
            curl.arg("--data-binary");
            curl.arg(format!("@{}", file.path().display()));
        }
        let output = curl
            .arg(format!("http://127.0.0.1:{}{path}", self.port))
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{method} {path}: {value}");
        value
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}{path}", self.session), body)
    }

    pub fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// The window or tab that is looked at.
    pub fn window(&self) -> String {
        let path = format!("/session/{}/window", self.session);
        self.ask("GET", &path, &Value::Null)
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Looks at this one.
    pub fn switch(&self, window: &str) {
        self.post("/window", &json!({"handle": window}));
    }

    /// Opens a tab and looks at it.
    pub fn tab(&self) {
        let tab = self.post("/window/new", &json!({"type": "tab"}));
        self.switch(tab["handle"].as_str().unwrap());
    }

    /// Keys, pressed wherever the page's focus is.
    pub fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                let key = key.to_string();
                [
                    json!({"type": "keyDown", "value": key}),
                    json!({"type": "keyUp", "value": key}),
                ]
            })
            .collect();
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// A key while another one is held down.
    pub fn chord(&self, held: char, key: &str) {
        let [down, up] = ["keyDown", "keyUp"];
        let actions: Vec<Value> = [
            (down, held.to_string()),
            (down, key.to_owned()),
            (up, key.to_owned()),
            (up, held.to_string()),
        ]
        .iter()
        .map(|(kind, value)| json!({"type": kind, "value": value}))
        .collect();
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Signs in, and waits for the queue.
    pub fn sign_in(&self, port: u16, login: &Login) {
        self.open(&format!("https://localhost:{port}/"));
        self.write("#name", "alice");
        self.write("#password", login.password);
        self.write("#code", &login.code());
        self.click("button.main");
        self.wait("return location.pathname == '/q/CSIRT'");
    }

    /// Waits until a script of the test's own says so.
    pub fn wait(&self, script: &str) {
        wait_for(script, Duration::from_secs(30), || {
            self.ask_page(script) == true
        });
    }

    /// What axe-core calls a serious or critical fault of accessibility on this page.
    pub fn axe(&self) -> Vec<Value> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/scanners/lib");
        assert!(folder.is_dir(), "no axe-core: run deploy/unpack-scanners");
        let mut python = std::fs::read_dir(&folder).unwrap();
        let python = python.next().unwrap().unwrap().path();
        let axe = python.join("site-packages/axe_playwright_python/axe.min.js");
        self.ask_page(&std::fs::read_to_string(axe).unwrap());
        let script = "const done = arguments[0]; axe.run(document).then((found) => done(found.violations
            .filter((one) => one.impact == 'serious' || one.impact == 'critical')
            .map((one) => ({id: one.id, help: one.help, at: one.nodes.map((node) => node.html)}))), (error) => done([String(error)]))";
        let found = self.post("/execute/async", &json!({"script": script, "args": []}));
        found.as_array().unwrap().clone()
    }

    /// How a page is shown: width, and `light` or `dark`.
    pub fn look(&self, width: u32, scheme: &str) {
        self.emulate(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}),
        );
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.emulate("Emulation.setEmulatedMedia", &json!({"features": features}));
        // A bar would be cut off of pictures, and what is below it.
        self.emulate("Emulation.setScrollbarsHidden", &json!({"hidden": true}));
    }

    /// Whether pages run scripts.
    pub fn scripts(&self, run: bool) {
        self.emulate(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": !run}),
        );
    }

    /// The first element of this selector.
    fn element(&self, selector: &str) -> String {
        let found = self.post(
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        format!("/element/{}", id.as_str().unwrap())
    }

    pub fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("{element}/value"), &json!({"text": text}));
    }

    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("{element}/click"), &json!({}));
    }

    /// What a script of the test's own gives: the page has none.
    pub fn ask_page(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// The same page in the dark, or on a telephone: what Chromium emulates.
    pub fn emulate(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", &body)
    }

    /// Keeps a picture of the whole page in the folder that PILLARBOX_SHOTS names; does nothing without one.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("PILLARBOX_SHOTS") else {
            return;
        };
        let whole = json!({"captureBeyondViewport": true});
        let taken = self.emulate("Page.captureScreenshot", &whole);
        let text = PathBuf::from(folder).join(format!("{name}.png.b64"));
        std::fs::write(text, taken["data"].as_str().unwrap()).unwrap();
    }

    /// Every address that was asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "performance"}));
        let log = log.as_array().unwrap().iter();
        let events = log
            .map(|line| serde_json::from_str::<Value>(line["message"].as_str().unwrap()).unwrap());
        let events = events.map(|event| event["message"].clone());
        let asked = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        asked
            .map(|event| {
                event["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// What the browser complains about: a blocked script stands there.
    pub fn complaints(&self) -> Vec<Value> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        log.as_array().unwrap().clone()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.ask(
                "DELETE",
                &format!("/session/{}", self.session),
                &Value::Null,
            );
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
