//! The files of a private server: programs, data folder, and how they are started.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::process::{self, Child, Signal, SpawnOptions};
use crate::unprivileged::RunAs;
use crate::{Error, log, programs};

/// The environment variable that names the server's program; `initdb` lies beside it.
pub const PROGRAM_VARIABLE: &str = "BAKEOFF_POSTGRES_SERVER";
/// The one role of a private server, and its superuser.
pub(super) const ROLE: &str = "bakeoff";
/// Its database.
pub(super) const DATABASE: &str = "postgres";
/// Who a server of root's runs as.
const USERS: [&str; 2] = ["postgres", "nobody"];
/// How long `initdb` may take; half a second to one are usual.
const PATIENCE: Duration = Duration::from_secs(60);
/// Settings that are not the server's defaults.
const SETTINGS: [(&str, &str); 7] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    // Nothing here outlives us. A commit is written when it returns, so that it survives the death
    // of the server; it would not survive that of the machine. So does SQLite as an origin, and no
    // figure depends on how long this machine's disk takes to flush.
    ("fsync", "off"),
    ("full_page_writes", "off"),
    // In its own folder, where nothing is left behind, however it ends.
    ("dynamic_shared_memory_type", "mmap"),
    // Several workers and instances, each with its connections.
    ("max_connections", "300"),
    ("logging_collector", "off"),
];

/// The programs of one installation.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) server: PathBuf,
    initdb: PathBuf,
    run_as: RunAs,
}

impl Programs {
    /// Those that [`PROGRAM_VARIABLE`] names, else those on the path or where Debian keeps them.
    pub(super) fn find() -> Result<Self, Error> {
        Self::beside(program()?)
    }

    /// A server, and the `initdb` of the same installation.
    pub(super) fn beside(server: PathBuf) -> Result<Self, Error> {
        let real = server.canonicalize().unwrap_or_else(|_| server.clone());
        let beside = |path: &Path| path.with_file_name("initdb").into_os_string();
        let candidates = [beside(&server), beside(&real)];
        let initdb = programs::find(&candidates).ok_or_else(|| missing(&candidates))?;
        let run_as = RunAs::one_of(&USERS).ok_or(Error::OnlyRoot {
            service: "PostgreSQL",
            users: "postgres, nobody",
            variable: "DATABASE_URL",
        })?;
        Ok(Self { server, initdb, run_as })
    }

    fn not_ready(&self, program: &Path, why: String, log: &Path) -> Error {
        Error::NotReady { program: program.to_owned(), why, log: log::last_lines(log) }
    }
}

/// The program of a private server: the one that [`PROGRAM_VARIABLE`] names, else `postgres` on the
/// path, else the newest that Debian's packages have installed.
///
/// # Errors
/// [`Error::Missing`].
pub fn program() -> Result<PathBuf, Error> {
    let named = std::env::var_os(PROGRAM_VARIABLE).filter(|name| !name.is_empty());
    let candidates = [named.unwrap_or_else(|| OsString::from("postgres"))];
    programs::find(&candidates).ok_or_else(|| missing(&candidates))
}

fn missing(candidates: &[OsString]) -> Error {
    let shown: Vec<String> = candidates.iter().map(|name| name.display().to_string()).collect();
    Error::Missing {
        service: "PostgreSQL server",
        looked_for: shown.join(", "),
        install: if cfg!(target_os = "macos") {
            "brew install postgresql@17"
        } else {
            "apt-get install postgresql (Debian, Ubuntu), dnf install postgresql-server (Fedora), \
             apk add postgresql (Alpine), pacman -S postgresql (Arch)"
        },
        or: "name its program postgres in BAKEOFF_POSTGRES_SERVER, or a running server in \
             DATABASE_URL",
    }
}

/// A data folder that was made and never used: servers start from copies of it, which takes a
/// fraction of the time that `initdb` does.
#[derive(Debug)]
pub struct Template {
    cluster: Cluster,
}

impl Template {
    /// Has `initdb` make one.
    ///
    /// # Errors
    /// [`Error::Missing`] where no server is installed, with the command that mends it;
    /// [`Error::NotReady`] where `initdb` fails; [`Error::Folder`]; [`Error::OnlyRoot`].
    pub fn make() -> Result<Self, Error> {
        Ok(Self { cluster: Cluster::make(Programs::find()?)? })
    }

    pub(super) fn copy(&self) -> Result<Cluster, Error> {
        let made = &self.cluster;
        let cluster = Cluster::folder(made.programs.clone())?;
        let copied = copy(&made.data(), &cluster.data(), cluster.programs.run_as);
        copied.map_err(|source| Error::Folder { base: cluster.data(), source })?;
        Ok(cluster)
    }
}

/// A folder with the data, the socket and the log of one server.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) programs: Programs,
    folder: Folder,
}

impl Cluster {
    /// A new one, by `initdb`.
    pub(super) fn make(programs: Programs) -> Result<Self, Error> {
        let cluster = Self::folder(programs)?;
        let initdb = &cluster.programs.initdb;
        let failed = |why: String| cluster.programs.not_ready(initdb, why, &cluster.log());
        let mut command = cluster.command(initdb).map_err(|error| failed(error.to_string()))?;
        command
            .args(["--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"])
            // A sixteenth of the usual segment: less to copy.
            .args(["--wal-segsize", "1", "--no-sync", "--pgdata"])
            .arg(cluster.data());
        let mut running = process::spawn(command, SpawnOptions::default())
            .map_err(|error| failed(error.to_string()))?;
        match running.wait_timeout(PATIENCE) {
            Ok(Some(status)) if status.success() => Ok(cluster),
            Ok(Some(status)) => Err(failed(format!("it ended with {status}"))),
            Ok(None) => Err(failed(format!("not done within {} s", PATIENCE.as_secs()))),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn folder(programs: Programs) -> Result<Self, Error> {
        let folder = Folder::make().map_err(|(base, source)| Error::Folder { base, source })?;
        let cluster = Self { programs, folder };
        cluster
            .programs
            .run_as
            .own(cluster.path())
            .map_err(|source| Error::Folder { base: cluster.path().to_owned(), source })?;
        Ok(cluster)
    }

    /// Starts the server; whether it came up is for others to find out.
    pub(super) fn start(&self) -> Result<Child, Error> {
        let failed = |error: io::Error| self.not_ready(error.to_string());
        let mut command = self.command(&self.programs.server).map_err(failed)?;
        command.arg("-D").arg(self.data()).arg("-k").arg(self.path());
        for (name, value) in SETTINGS {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // Killed outright, it would leave a segment of shared memory behind.
        let options =
            SpawnOptions { death_signal: Signal::QUIT, own_group: true, stop_signal: Signal::QUIT };
        process::spawn(command, options).map_err(failed)
    }

    /// A program of ours, writing to the log.
    fn command(&self, program: &Path) -> io::Result<Command> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(program);
        command.current_dir(self.path()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.programs.run_as.command(&mut command);
        Ok(command)
    }

    pub(super) fn not_ready(&self, why: String) -> Error {
        self.programs.not_ready(&self.programs.server, why, &self.log())
    }

    /// Where the socket lies.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }
}

/// Copies a folder with all that is in it, for whom the server runs as.
fn copy(from: &Path, to: &Path, owner: RunAs) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    owner.own(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, owner)?;
        } else {
            fs::copy(entry.path(), &target)?;
            owner.own(&target)?;
        }
    }
    Ok(())
}
