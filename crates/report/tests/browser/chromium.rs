//! Starts a headless Chromium with a temporary profile and ends it with the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child, SpawnOptions};
use bakeoff_test_support::{is_ci, report_skip};
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::protocol::cdp::Runtime::Evaluate;
use headless_chrome::protocol::cdp::types::{Event, Method};
use headless_chrome::protocol::cdp::{Emulation, Network};
use headless_chrome::{Browser, Tab};
use serde_json::Value;

/// Time limit of one step on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Allows one browser at a time: two would slow each other down.
static ONE_BROWSER: Mutex<()> = Mutex::new(());

/// Running browser.
pub struct Chromium {
    browser: Browser,
    // Fields are dropped in order: the process must end before its profile is deleted.
    _process: Child,
    _profile: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Open page that records its errors and requests.
pub struct Page {
    tab: Arc<Tab>,
    events: Arc<Mutex<Events>>,
}

/// Errors and requests of a page.
#[derive(Default)]
struct Events {
    errors: Vec<String>,
    requests: Vec<String>,
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
        let mut command = Command::new(program);
        command.args([
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
        ]);
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = process::spawn(command, SpawnOptions::default()).unwrap();
        let browser = Browser::connect_with_timeout(address(profile.path()), TIMEOUT).unwrap();
        Some(Self { browser, _process: process, _profile: profile, _turn: turn })
    }

    /// Opens an empty page that records its errors and requests.
    pub fn page(&self, width: u32, height: u32) -> Page {
        let tab = self.browser.new_tab().unwrap();
        tab.set_default_timeout(TIMEOUT);
        let events = Arc::new(Mutex::new(Events::default()));
        let listener = Arc::clone(&events);
        tab.enable_log().unwrap();
        tab.enable_runtime().unwrap();
        tab.call_method(network()).unwrap();
        let record = move |event: &Event| {
            let mut events = listener.lock().unwrap();
            match event {
                Event::RuntimeExceptionThrown(thrown) => {
                    events.errors.push(format!("{:?}", thrown.params.exception_details));
                }
                Event::RuntimeConsoleAPICalled(called) => {
                    events.errors.push(format!("{:?}", called.params));
                }
                Event::LogEntryAdded(entry) => events.errors.push(entry.params.entry.text.clone()),
                Event::NetworkRequestWillBeSent(sent) => {
                    events.requests.push(sent.params.request.url.clone());
                }
                _ => {}
            }
        };
        tab.add_event_listener(Arc::new(record)).unwrap();
        let page = Page { tab, events };
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
        self.call(Emulation::SetScriptExecutionDisabled { value: true });
        self.load(file, "");
    }

    fn load(&self, file: &Path, hash: &str) {
        self.tab.navigate_to(&format!("file://{}{hash}", file.display())).unwrap();
        self.tab.wait_until_navigated().unwrap();
    }

    /// Resizes the page.
    pub fn resize(&self, width: u32, height: u32) {
        self.call(Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: width < 500,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        });
    }

    /// Emulates a medium and a light or dark theme.
    pub fn media(&self, media: &str, dark: bool) {
        let scheme = Emulation::MediaFeature {
            name: String::from("prefers-color-scheme"),
            value: String::from(if dark { "dark" } else { "light" }),
        };
        let (media, features) = (Some(media.to_owned()), Some(vec![scheme]));
        self.call(Emulation::SetEmulatedMedia { media, features });
    }

    /// Presses a key.
    pub fn key(&self, key: &str) {
        self.tab.press_key(key).unwrap();
    }

    /// Returns a picture of the visible part of the page.
    pub fn screen(&self, format: CaptureScreenshotFormatOption) -> Vec<u8> {
        self.tab.capture_screenshot(format, None, None, true).unwrap()
    }

    /// Returns a picture of the whole page.
    pub fn picture(&self, format: CaptureScreenshotFormatOption) -> Vec<u8> {
        let height = self.value("document.documentElement.scrollHeight").as_u64().unwrap();
        let width = self.value("innerWidth").as_u64().unwrap();
        self.resize(width as u32, height as u32);
        self.screen(format)
    }

    /// Prints the page as a PDF.
    pub fn printed(&self) -> Vec<u8> {
        self.tab.print_to_pdf(None).unwrap()
    }

    fn call<C>(&self, method: C)
    where
        C: Method + serde::Serialize + std::fmt::Debug,
    {
        self.tab.call_method(method).unwrap();
    }

    /// Returns the value of an expression; waits for promises.
    pub fn value(&self, expression: &str) -> Value {
        let asked = Evaluate {
            expression: expression.to_owned(),
            return_by_value: Some(true),
            await_promise: Some(true),
            ..evaluate()
        };
        let answer = self.tab.call_method(asked).unwrap();
        assert!(answer.exception_details.is_none(), "{expression}: {:?}", answer.exception_details);
        answer.result.value.unwrap_or(Value::Null)
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
        self.events.lock().unwrap().errors.clone()
    }

    /// Returns the address of every request.
    pub fn requests(&self) -> Vec<String> {
        self.events.lock().unwrap().requests.clone()
    }
}

fn network() -> Network::Enable {
    Network::Enable {
        max_total_buffer_size: None,
        max_resource_buffer_size: None,
        max_post_data_size: None,
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    }
}

fn evaluate() -> Evaluate {
    Evaluate {
        expression: String::new(),
        object_group: None,
        include_command_line_api: None,
        silent: None,
        context_id: None,
        return_by_value: None,
        generate_preview: None,
        user_gesture: None,
        await_promise: None,
        throw_on_side_effect: None,
        timeout: None,
        disable_breaks: None,
        repl_mode: None,
        allow_unsafe_eval_blocked_by_csp: None,
        unique_context_id: None,
        serialization_options: None,
    }
}

/// Waits for the browser and returns its debugging address.
fn address(profile: &Path) -> String {
    let begun = Instant::now();
    loop {
        let written = fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let [port, path] = written.lines().collect::<Vec<_>>()[..] {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        assert!(begun.elapsed() < TIMEOUT, "Chromium has not written its port");
        sleep(Duration::from_millis(20));
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
