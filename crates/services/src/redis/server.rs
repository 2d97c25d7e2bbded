//! The process of a private server, and the folder that it lives in.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::folder::Folder;
use crate::process::{self, Child, SpawnOptions};
use crate::resp::{Connection, Reply};
use crate::{Error, log, programs};

/// The environment variable that names the server's program.
pub const PROGRAM_VARIABLE: &str = "BAKEOFF_REDIS_SERVER";
/// How long a private server may take to answer; 3 to 7 ms are usual.
const PATIENCE: Duration = Duration::from_secs(10);

/// What only a private server has. Fields are dropped in order: the server before its folder.
pub(super) struct Own {
    server: Mutex<Child>,
    program: PathBuf,
    folder: Folder,
}

impl Own {
    /// Starts a server in a folder of its own. Where it listens, and a connection to it.
    pub(super) fn start(
        program: &Path,
        maxmemory: u64,
    ) -> Result<(Self, Address, Connection), Error> {
        let folder = Folder::make().map_err(|(base, source)| Error::Folder { base, source })?;
        let log = folder.path().join("log");
        let not_ready = |why: String| Error::NotReady {
            program: program.to_owned(),
            why,
            log: log::last_lines(&log),
        };
        let address = Address::parse(&url(folder.path()))?;
        let (server, connection) =
            launch(program, folder.path(), &log, maxmemory, &address).map_err(not_ready)?;
        let own = Self { server: Mutex::new(server), program: program.to_owned(), folder };
        Ok((own, address, connection))
    }

    /// Starts another one where the first was.
    pub(super) fn start_again(
        &self,
        maxmemory: u64,
        address: &Address,
    ) -> Result<Connection, Error> {
        let failed = |why: String| self.not_ready(why);
        let log = self.log();
        fs::remove_file(&log).map_err(|error| failed(error.to_string()))?;
        let folder = self.folder.path();
        let (server, connection) =
            launch(&self.program, folder, &log, maxmemory, address).map_err(failed)?;
        *self.server() = server;
        Ok(connection)
    }

    pub(super) fn url(&self) -> String {
        url(self.folder.path())
    }

    pub(super) fn server(&self) -> MutexGuard<'_, Child> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub(super) fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    /// Where the socket lies while nobody is to find it.
    pub(super) fn hidden_socket(&self) -> PathBuf {
        self.folder.path().join("hidden")
    }

    pub(super) fn not_ready(&self, why: String) -> Error {
        Error::NotReady { program: self.program.clone(), why, log: log::last_lines(&self.log()) }
    }
}

/// The program of a private server: the one that [`PROGRAM_VARIABLE`] names, else `redis-server`
/// or `valkey-server` on the path.
///
/// # Errors
/// [`Error::Missing`].
pub fn program() -> Result<PathBuf, Error> {
    let named = std::env::var_os(PROGRAM_VARIABLE).filter(|name| !name.is_empty());
    let candidates = match &named {
        Some(name) => vec![name.clone()],
        None => ["redis-server", "valkey-server"].map(OsString::from).to_vec(),
    };
    programs::find(&candidates).ok_or_else(|| Error::Missing {
        service: "Redis server",
        looked_for: candidates
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
        or: "name a program in BAKEOFF_REDIS_SERVER, or a running server in REDIS_URL",
    })
}

/// Starts a server, and waits until it answers; why it does not, in words.
fn launch(
    program: &Path,
    folder: &Path,
    log: &Path,
    maxmemory: u64,
    address: &Address,
) -> Result<(Child, Connection), String> {
    let words = |error: io::Error| error.to_string();
    let command = command(program, folder, log, maxmemory).map_err(words)?;
    let mut server = process::spawn(command, SpawnOptions::default()).map_err(words)?;
    let connection = wait_until_ready(&mut server, address)?;
    Ok((server, connection))
}

fn command(program: &Path, folder: &Path, log: &Path, maxmemory: u64) -> io::Result<Command> {
    let mut command = Command::new(program);
    // No file is read: every setting that matters stands here, the others are the defaults.
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

/// Where a private server listens.
fn socket(folder: &Path) -> PathBuf {
    folder.join("s")
}

fn url(folder: &Path) -> String {
    format!("unix://{}", socket(folder).display())
}

fn wait_until_ready(server: &mut Child, address: &Address) -> Result<Connection, String> {
    let begun = Instant::now();
    loop {
        let refusal = match Connection::open(address) {
            Ok(mut connection) => match connection.ask(&["PING"]) {
                Ok(Reply::Status(_)) => return Ok(connection),
                Ok(other) => format!("it answered PING with {other:?}"),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        match server.try_wait() {
            Ok(Some(status)) => return Err(format!("it ended at once, {status}")),
            Ok(None) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(1)),
            Ok(None) => return Err(format!("{refusal} for {} s", PATIENCE.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
}
