//! Data directory, programs and start of a private PostgreSQL server.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{self, Child, Signal, SpawnOptions};
use crate::service_dir::ServiceDir;
use crate::unprivileged::RunAs;
use crate::virtual_clock::{ServerTime, VirtualClock};
use crate::{Error, find_program, log};

/// Environment variable with the path of the server; `initdb` is expected in the same directory.
pub const PROGRAM_VARIABLE: &str = "BAKEOFF_POSTGRES_SERVER";
/// Only role of a private server, a superuser.
pub(super) const ROLE: &str = "bakeoff";
/// Database of a private server.
pub(super) const DATABASE: &str = "postgres";
/// Users that run the server if this process runs as root.
const USERS: [&str; 2] = ["postgres", "nobody"];
/// Time limit of `initdb`; 0.5 to 1 s are usual.
const INITDB_TIMEOUT: Duration = Duration::from_secs(60);
/// Settings that differ from the server's defaults.
const SETTINGS: [(&str, &str); 9] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    // No data has to survive a crash of the machine. The operating system has the data of a commit
    // when it returns, so a commit survives a crash of the server. SQLite as an origin gives the
    // same guarantee, and no figure depends on the speed of this machine's disk.
    ("fsync", "off"),
    ("full_page_writes", "off"),
    // Uses files in the data directory, which is always removed.
    ("dynamic_shared_memory_type", "mmap"),
    // Several workers and instances have connections of their own.
    ("max_connections", "300"),
    ("logging_collector", "off"),
    // A fast replay makes as many dead rows in a second as a service in a minute, which is the
    // default interval of the vacuum.
    ("autovacuum_naptime", "1s"),
    ("autovacuum_vacuum_cost_delay", "0"),
];

/// Programs of one installation.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) server: PathBuf,
    initdb: PathBuf,
    run_as: RunAs,
}

impl Programs {
    /// Finds the programs by [`PROGRAM_VARIABLE`], on `PATH` or in Debian's directories.
    pub(super) fn find() -> Result<Self, Error> {
        Self::with_server(program()?)
    }

    /// Finds the programs of the installation that contains `server`.
    pub(super) fn with_server(server: PathBuf) -> Result<Self, Error> {
        let real = server.canonicalize().unwrap_or_else(|_| server.clone());
        let with_server = |path: &Path| path.with_file_name("initdb").into_os_string();
        let candidates = [with_server(&server), with_server(&real)];
        let initdb = find_program::find(&candidates).ok_or_else(|| missing(&candidates))?;
        let run_as = RunAs::one_of(&USERS).ok_or(Error::NeedsOrdinaryUser {
            service: "PostgreSQL",
            users: "postgres, nobody",
            variable: "DATABASE_URL",
        })?;
        Ok(Self { server, initdb, run_as })
    }

    fn not_ready(&self, program: &Path, reason: String, log: &Path) -> Error {
        Error::NotReady { program: program.to_owned(), reason, log: log::last_lines(log) }
    }
}

/// Returns the server from [`PROGRAM_VARIABLE`], from `PATH`, or the newest from Debian's packages.
///
/// # Errors
/// [`Error::Missing`].
pub fn program() -> Result<PathBuf, Error> {
    let named = std::env::var_os(PROGRAM_VARIABLE).filter(|name| !name.is_empty());
    let candidates = [named.unwrap_or_else(|| OsString::from("postgres"))];
    find_program::find(&candidates).ok_or_else(|| missing(&candidates))
}

fn missing(candidates: &[OsString]) -> Error {
    let shown: Vec<String> = candidates.iter().map(|name| name.display().to_string()).collect();
    Error::Missing {
        service: "PostgreSQL server",
        searched: shown.join(", "),
        install: if cfg!(target_os = "macos") {
            "brew install postgresql@17"
        } else {
            "apt-get install postgresql (Debian, Ubuntu), dnf install postgresql-server (Fedora), \
             apk add postgresql (Alpine), pacman -S postgresql (Arch)"
        },
        alternative: "set BAKEOFF_POSTGRES_SERVER to the path of its program postgres, or \
             DATABASE_URL to the URL of a running server",
    }
}

/// Data directory of a server that was never started. Copying it is much faster than `initdb`.
#[derive(Debug)]
pub struct Template {
    cluster: Cluster,
}

impl Template {
    /// Creates a data directory with `initdb`.
    ///
    /// # Errors
    /// [`Error::Missing`] if no server is installed; [`Error::NotReady`] if `initdb` fails;
    /// [`Error::Directory`]; [`Error::NeedsOrdinaryUser`].
    pub fn make() -> Result<Self, Error> {
        Ok(Self { cluster: Cluster::make(Programs::find()?)? })
    }

    pub(super) fn copy(&self) -> Result<Cluster, Error> {
        let made = &self.cluster;
        let cluster = Cluster::with_directory(made.programs.clone())?;
        let copied = copy(&made.data(), &cluster.data(), cluster.programs.run_as);
        copied.map_err(|source| Error::Directory { base: cluster.data(), source })?;
        Ok(cluster)
    }
}

/// Directory with the data, the socket and the log of one server.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) programs: Programs,
    clock: Option<VirtualClock>,
    directory: ServiceDir,
}

impl Cluster {
    /// Creates the directory and runs `initdb`.
    pub(super) fn make(programs: Programs) -> Result<Self, Error> {
        let cluster = Self::with_directory(programs)?;
        let initdb = &cluster.programs.initdb;
        let failed = |reason: String| cluster.programs.not_ready(initdb, reason, &cluster.log());
        let mut command = cluster.command(initdb).map_err(|error| failed(error.to_string()))?;
        command
            .args(["--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"])
            // A sixteenth of the default segment size, so that there is less to copy.
            .args(["--wal-segsize", "1", "--no-sync", "--pgdata"])
            .arg(cluster.data());
        let mut running = process::spawn(command, SpawnOptions::default())
            .map_err(|error| failed(error.to_string()))?;
        match running.wait_timeout(INITDB_TIMEOUT) {
            Ok(Some(status)) if status.success() => Ok(cluster),
            Ok(Some(status)) => Err(failed(format!("it ended with {status}"))),
            Ok(None) => {
                Err(failed(format!("it did not finish within {} s", INITDB_TIMEOUT.as_secs())))
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn with_directory(programs: Programs) -> Result<Self, Error> {
        let directory =
            ServiceDir::create().map_err(|(base, source)| Error::Directory { base, source })?;
        let cluster = Self { programs, clock: None, directory };
        cluster
            .programs
            .run_as
            .make_owner_of(cluster.path())
            .map_err(|source| Error::Directory { base: cluster.path().to_owned(), source })?;
        Ok(cluster)
    }

    /// Starts the server without waiting until it is ready.
    pub(super) fn start(&self) -> Result<Child, Error> {
        let failed = |error: io::Error| self.not_ready(error.to_string());
        let mut command = self.command(&self.programs.server).map_err(failed)?;
        command.arg("-D").arg(self.data()).arg("-k").arg(self.path());
        for (name, value) in SETTINGS {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        if let Some(clock) = &self.clock {
            clock.apply_to(&mut command);
        }
        // SIGKILL would leave a shared memory segment behind.
        let options =
            SpawnOptions { death_signal: Signal::QUIT, own_group: true, stop_signal: Signal::QUIT };
        process::spawn(command, options).map_err(failed)
    }

    /// Gives the server a clock, which it follows from its next start.
    pub(super) fn set_time(&mut self, time: ServerTime) -> Result<(), Error> {
        self.clock = VirtualClock::create_in(self.path(), time, self.programs.run_as)
            .map_err(|source| Error::Directory { base: self.path().to_owned(), source })?;
        Ok(())
    }

    /// Returns the path of the page with the server's virtual clock; `None` if the server does not
    /// follow one.
    pub(super) fn clock_page(&self) -> Option<&Path> {
        self.clock.as_ref().and_then(VirtualClock::followed_page)
    }

    /// Returns a command that runs as the server's user and writes to the log.
    fn command(&self, program: &Path) -> io::Result<Command> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(program);
        command.current_dir(self.path()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.programs.run_as.apply_to(&mut command);
        Ok(command)
    }

    pub(super) fn not_ready(&self, reason: String) -> Error {
        self.programs.not_ready(&self.programs.server, reason, &self.log())
    }

    /// Returns the directory of the socket.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }
}

/// Copies a directory recursively and gives it to the server's user.
fn copy(from: &Path, to: &Path, owner: RunAs) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    owner.make_owner_of(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, owner)?;
        } else {
            fs::copy(entry.path(), &target)?;
            owner.make_owner_of(&target)?;
        }
    }
    Ok(())
}
