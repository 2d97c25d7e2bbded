//! Process and directory of a private Redis server.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::process::{self, Child, SpawnOptions};
use crate::resp::{Connection, Reply};
use crate::service_dir::ServiceDir;
use crate::unprivileged::RunAs;
use crate::virtual_clock::{ServerTime, VirtualClock};
use crate::{Error, find_program, log};

/// Environment variable with the path of the server.
pub const PROGRAM_VARIABLE: &str = "BAKEOFF_REDIS_SERVER";
/// Time limit of a private server's start; 3 to 7 ms are usual.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Parts of a private server. Fields are dropped in order: the process before its directory.
pub(super) struct PrivateServer {
    server: Mutex<Child>,
    program: PathBuf,
    clock: Option<VirtualClock>,
    directory: ServiceDir,
}

impl PrivateServer {
    /// Starts a server and returns its address and a connection to it.
    pub(super) fn start(
        program: &Path,
        maxmemory: u64,
        time: ServerTime,
    ) -> Result<(Self, Address, Connection), Error> {
        let directory =
            ServiceDir::create().map_err(|(base, source)| Error::Directory { base, source })?;
        let clock = VirtualClock::create_in(directory.path(), time, RunAs::Ourselves)
            .map_err(|source| Error::Directory { base: directory.path().to_owned(), source })?;
        let log = directory.path().join("log");
        let not_ready = |reason: String| Error::NotReady {
            program: program.to_owned(),
            reason,
            log: log::last_lines(&log),
        };
        let address = Address::parse(&url(directory.path()))?;
        let settings = Settings { maxmemory, clock: clock.as_ref() };
        let (server, connection) =
            launch(program, directory.path(), &log, settings, &address).map_err(not_ready)?;
        let server = Mutex::new(server);
        let own = Self { server, program: program.to_owned(), clock, directory };
        Ok((own, address, connection))
    }

    /// Starts the server again at the same address.
    pub(super) fn restart(&self, maxmemory: u64, address: &Address) -> Result<Connection, Error> {
        let failed = |reason: String| self.not_ready(reason);
        let log = self.log();
        fs::remove_file(&log).map_err(|error| failed(error.to_string()))?;
        let folder = self.directory.path();
        let settings = Settings { maxmemory, clock: self.clock.as_ref() };
        let (server, connection) =
            launch(&self.program, folder, &log, settings, address).map_err(failed)?;
        *self.server() = server;
        Ok(connection)
    }

    pub(super) fn url(&self) -> String {
        url(self.directory.path())
    }

    pub(super) fn server(&self) -> MutexGuard<'_, Child> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the path of the page with the server's virtual clock; `None` if the server does not
    /// follow one.
    pub(super) fn clock_page(&self) -> Option<&Path> {
        self.clock.as_ref().and_then(VirtualClock::followed_page)
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    pub(super) fn socket(&self) -> PathBuf {
        socket(self.directory.path())
    }

    /// Returns the path of the socket while the server is disconnected.
    pub(super) fn unreachable_socket(&self) -> PathBuf {
        self.directory.path().join("hidden")
    }

    pub(super) fn not_ready(&self, reason: String) -> Error {
        Error::NotReady { program: self.program.clone(), reason, log: log::last_lines(&self.log()) }
    }
}

/// Returns the server from [`PROGRAM_VARIABLE`], or `redis-server` or `valkey-server` from `PATH`.
///
/// # Errors
/// [`Error::Missing`].
pub fn program() -> Result<PathBuf, Error> {
    let named = std::env::var_os(PROGRAM_VARIABLE).filter(|name| !name.is_empty());
    let candidates = match &named {
        Some(name) => vec![name.clone()],
        None => ["redis-server", "valkey-server"].map(OsString::from).to_vec(),
    };
    find_program::find(&candidates).ok_or_else(|| Error::Missing {
        service: "Redis server",
        searched: candidates
            .iter()
            .map(|name| name.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
        install: if cfg!(target_os = "macos") {
            "brew install redis"
        } else {
            "apt-get install redis-server (Debian, Ubuntu), dnf install valkey (Fedora), \
             apk add redis (Alpine), pacman -S valkey (Arch)"
        },
        alternative: "set BAKEOFF_REDIS_SERVER to the path of a server program, or REDIS_URL to \
                     the URL of a running server",
    })
}

/// Memory limit and clock of a server.
#[derive(Clone, Copy)]
struct Settings<'a> {
    maxmemory: u64,
    clock: Option<&'a VirtualClock>,
}

/// Starts a server and waits until it answers.
fn launch(
    program: &Path,
    folder: &Path,
    log: &Path,
    settings: Settings<'_>,
    address: &Address,
) -> Result<(Child, Connection), String> {
    let words = |error: io::Error| error.to_string();
    let mut command = command(program, folder, log, settings.maxmemory).map_err(words)?;
    if let Some(clock) = settings.clock {
        clock.apply_to(&mut command);
    }
    let mut server = process::spawn(command, SpawnOptions::default()).map_err(words)?;
    let connection = wait_until_ready(&mut server, address)?;
    Ok((server, connection))
}

fn command(program: &Path, folder: &Path, log: &Path, maxmemory: u64) -> io::Result<Command> {
    let mut command = Command::new(program);
    // Without a configuration file: all settings that matter are given here.
    command
        .args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"])
        .arg(socket(folder))
        .args(["--daemonize", "no", "--save", "", "--appendonly", "no", "--dir"])
        .arg(folder)
        .args(["--maxmemory-policy", "allkeys-lru", "--maxmemory", &maxmemory.to_string()])
        .stdin(Stdio::null())
        .stdout(fs::File::create_new(log)?)
        .stderr(fs::File::options().append(true).open(log)?);
    Ok(command)
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("s")
}

fn url(folder: &Path) -> String {
    format!("unix://{}", socket(folder).display())
}

fn wait_until_ready(server: &mut Child, address: &Address) -> Result<Connection, String> {
    let started = Instant::now();
    loop {
        let refusal = match Connection::open(address) {
            Ok(mut connection) => match connection.call(&["PING"]) {
                Ok(Reply::Status(_)) => return Ok(connection),
                Ok(other) => format!("its answer to PING is {other:?}"),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        match server.try_wait() {
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if started.elapsed() < START_TIMEOUT => {
                thread::sleep(Duration::from_millis(1))
            }
            Ok(None) => return Err(format!("{refusal} for {} s", START_TIMEOUT.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
}
