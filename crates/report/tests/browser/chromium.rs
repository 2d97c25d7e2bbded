//! Starts a headless Chromium with a temporary profile and ends it with the test.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child, SpawnOptions};
use bakeoff_test_support::{is_ci, report_skip};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::devtools::{DevTools, TIMEOUT};

/// Allows one browser at a time: two would slow each other down.
static ONE_BROWSER: Mutex<()> = Mutex::new(());

/// Running browser.
pub struct Chromium {
    connection: Rc<RefCell<DevTools>>,
    // Fields are dropped in order: the process must end before its profile is deleted.
    _process: Child,
    _profile: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Open page that records its errors and requests.
pub struct Page {
    connection: Rc<RefCell<DevTools>>,
    session: String,
    events: RefCell<Vec<Value>>,
}

impl Chromium {
    /// Starts Chromium; reports a skip and returns `None` if it is missing (fails if `CI=true`).
    pub fn start() -> Option<Self> {
        let Some(program) = find(&["chromium", "chromium-browser", "google-chrome"]) else {
            missing("chromium");
            return None;
        };
        let turn = ONE_BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        // The shell connects the pipes to descriptors 3 and 4.
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(program)
            .args([
                "--headless",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
            ]);
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = process::spawn(command, SpawnOptions::default()).unwrap();
        let (input, output) = (process.take_stdin().unwrap(), process.take_stdout().unwrap());
        let connection = Rc::new(RefCell::new(DevTools::new(input, output)));
        Some(Self { connection, _process: process, _profile: profile, _turn: turn })
    }

    /// Opens an empty page that records its errors and requests.
    pub fn page(&self, width: u32, height: u32) -> Page {
        let call = |method, params| self.connection.borrow_mut().call(None, method, params);
        let target = call("Target.createTarget", json!({ "url": "about:blank" }));
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = call("Target.attachToTarget", params);
        let page = Page {
            connection: Rc::clone(&self.connection),
            session: attached["sessionId"].as_str().unwrap().to_owned(),
            events: RefCell::default(),
        };
        for domain in ["Log", "Runtime", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page.resize(width, height);
        page
    }
}

impl Page {
    /// Opens a file with a URL fragment and waits until the scripts of the page are done.
    pub fn open(&self, file: &Path, hash: &str) {
        self.load(file, hash);
        self.wait("document.documentElement.dataset.ready === 'yes'");
    }

    /// Opens a file with scripts disabled.
    pub fn open_without_scripts(&self, file: &Path) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        self.load(file, "");
    }

    fn load(&self, file: &Path, hash: &str) {
        let url = format!("file://{}{hash}", file.display());
        let navigated = self.call("Page.navigate", json!({ "url": url }));
        assert!(navigated["errorText"].is_null(), "{url}: {}", navigated["errorText"]);
        self.wait("document.readyState === 'complete'");
    }

    /// Resizes the page.
    pub fn resize(&self, width: u32, height: u32) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 }),
        );
    }

    /// Emulates a medium and a light or dark theme.
    pub fn media(&self, media: &str, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "media": media, "features": features }));
    }

    /// Presses the arrow to the right or the enter key.
    pub fn key(&self, key: &str) {
        let (code, text) = match key {
            "ArrowRight" => (39, ""),
            "Enter" => (13, "\r"),
            _ => panic!("the key {key} has no code here"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut params =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// Returns a PNG picture of the visible part of the page.
    pub fn screen(&self) -> Vec<u8> {
        self.binary("Page.captureScreenshot", json!({ "format": "png" }))
    }

    /// Returns a PNG picture of the whole page.
    pub fn picture(&self) -> Vec<u8> {
        let height = self.value("document.documentElement.scrollHeight").as_u64().unwrap();
        let width = self.value("innerWidth").as_u64().unwrap();
        self.resize(width as u32, height as u32);
        self.screen()
    }

    /// Prints the page as a PDF.
    pub fn printed(&self) -> Vec<u8> {
        self.binary("Page.printToPDF", json!({}))
    }

    fn binary(&self, method: &str, params: Value) -> Vec<u8> {
        STANDARD.decode(self.call(method, params)["data"].as_str().unwrap()).unwrap()
    }

    fn call(&self, method: &str, params: Value) -> Value {
        self.connection.borrow_mut().call(Some(&self.session), method, params)
    }

    /// Returns the value of an expression; waits for promises.
    pub fn value(&self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Returns the text of an expression.
    pub fn text(&self, expression: &str) -> String {
        let value = self.value(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression is true.
    pub fn wait(&self, expression: &str) {
        let begun = Instant::now();
        while self.value(expression) != Value::Bool(true) {
            assert!(begun.elapsed() < TIMEOUT, "never true: {expression}; {:?}", self.errors());
            sleep(Duration::from_millis(20));
        }
    }

    /// Returns console messages and uncaught errors.
    pub fn errors(&self) -> Vec<String> {
        self.take_events();
        let events = self.events.borrow();
        let errors = events.iter().filter(|event| {
            let method = event["method"].as_str();
            matches!(
                method,
                Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded")
            )
        });
        errors.map(|event| event["params"].to_string()).collect()
    }

    /// Returns the address of every request.
    pub fn requests(&self) -> Vec<String> {
        self.take_events();
        let events = self.events.borrow();
        let sent = events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned))
            .collect()
    }

    /// Moves all events that have arrived to the events of this page.
    fn take_events(&self) {
        // The answer to this call arrives after all events that were sent before it.
        self.call("Runtime.evaluate", json!({ "expression": "0" }));
        let events = self.connection.borrow_mut().take_events(&self.session);
        self.events.borrow_mut().extend(events);
    }
}

/// Finds a program on the path.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// Reports that a test is skipped because a program is missing; fails it in CI.
pub fn missing(what: &str) {
    let reason = format!("{what} is missing; scripts/setup test installs it");
    assert!(!is_ci(), "{reason}");
    report_skip(&reason);
}
