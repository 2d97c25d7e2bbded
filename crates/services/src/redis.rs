//! Redis (or Valkey): a private server of our own, or the one that a URL names.

use std::collections::BTreeMap;
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
/// Keys that one step of a scan looks at: a reply beyond 16 KiB takes memory for which a full
/// server would evict entries.
const SCAN_STEP: &str = "400";

/// A running server. Dropping a private one ends it and removes its folder.
pub struct Redis {
    address: Address,
    /// The address with its password, for those who connect.
    url: String,
    connection: Mutex<Connection>,
    own: Option<Own>,
}

/// What only a private server has. Fields are dropped in order: the server before its folder.
struct Own {
    server: Mutex<Child>,
    program: PathBuf,
    folder: Folder,
}

impl Own {
    fn server(&self) -> MutexGuard<'_, Child> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    /// Where the socket lies while nobody is to find it.
    fn hidden_socket(&self) -> PathBuf {
        self.folder.path().join("hidden")
    }

    fn not_ready(&self, why: String) -> Error {
        Error::NotReady { program: self.program.clone(), why, log: log::last_lines(&self.log()) }
    }
}

impl Redis {
    /// Starts a private server: a Unix socket in a short temporary folder, nothing on disk,
    /// `allkeys-lru`. It ends with us, however we end.
    ///
    /// `maxmemory_bytes` is its memory limit; 0 is none.
    ///
    /// # Errors
    /// [`Error::Missing`] where no server is installed, with the command that mends it;
    /// [`Error::NotReady`] where it does not come up; [`Error::Folder`].
    pub fn start(maxmemory_bytes: u64) -> Result<Self, Error> {
        Self::start_program(&program()?, maxmemory_bytes)
    }

    /// The same, with the server's program.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_program(program: &Path, maxmemory_bytes: u64) -> Result<Self, Error> {
        let folder = Folder::make().map_err(|(base, source)| Error::Folder { base, source })?;
        let log = folder.path().join("log");
        let not_ready = |why: String| Error::NotReady {
            program: program.to_owned(),
            why,
            log: log::last_lines(&log),
        };
        let command = command(program, folder.path(), &log, maxmemory_bytes)
            .map_err(|error| not_ready(error.to_string()))?;
        let mut server = process::spawn(command, SpawnOptions::default())
            .map_err(|error| not_ready(error.to_string()))?;
        let url = format!("unix://{}", socket(folder.path()).display());
        let address = Address::parse(&url)?;
        let connection = wait_until_ready(&mut server, &address).map_err(not_ready)?;
        let own = Own { server: Mutex::new(server), program: program.to_owned(), folder };
        let own = Some(own);
        let redis = Self { address, url, connection: Mutex::new(connection), own };
        redis.call_everything_once()?;
        Ok(redis)
    }

    /// Since version 7 a server sets up a histogram of 24 KiB when a command is first called. In a
    /// small cache that is a hundred entries, evicted the moment somebody counts them; so all
    /// commands that strategies and we use are called before anything is measured.
    fn call_everything_once(&self) -> Result<(), Error> {
        let commands: [&[&str]; 15] = [
            &["HELLO"],
            &["PING"],
            &["PUBLISH", "bakeoff", ""],
            &["SUBSCRIBE", "bakeoff"],
            &["UNSUBSCRIBE", "bakeoff"],
            &["CLIENT", "TRACKING", "OFF"],
            &["GET", "bakeoff"],
            &["MGET", "bakeoff"],
            &["SET", "bakeoff", "", "PX", "1000"],
            &["UNLINK", "bakeoff"],
            &["SCAN", "0"],
            &["DBSIZE"],
            &["INFO", "memory"],
            &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
            &["CONFIG", "GET", "maxmemory"],
        ];
        for command in commands {
            match self.ask(command) {
                // A limit below the server's own needs lets nothing be stored: the user's choice.
                Ok(_) | Err(Error::Server { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.empty()
    }

    /// Connects to the server that a URL names. Nothing of it is changed, ever: not its
    /// configuration, and no key outside the prefixes that [`clean_prefix`](Self::clean_prefix)
    /// is given.
    ///
    /// # Errors
    /// [`Error::Address`]; [`Error::Remote`] if it is not on this machine and `allow_remote` is
    /// false; [`Error::Refused`] if nobody answers there.
    pub fn from_url(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        if !allow_remote && !address.is_local() {
            return Err(Error::Remote { url: address.to_string() });
        }
        let refused =
            |source| Error::Refused { url: address.to_string(), source, variable: "REDIS_URL" };
        let mut connection = Connection::open(&address).map_err(refused)?;
        match connection.ask(&["PING"]).map_err(refused)? {
            Reply::Error(message) => Err(refused(io::Error::other(message))),
            _ => Ok(Self {
                address,
                url: url.to_owned(),
                connection: Mutex::new(connection),
                own: None,
            }),
        }
    }

    /// Where strategies connect to: `unix:///path` or `redis://host:port`. It holds the
    /// password, if there is one: not for logs or records.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.url
    }

    /// The address without its password.
    #[must_use]
    pub fn shown_address(&self) -> String {
        self.address.to_string()
    }

    /// Whether we started it.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.own.is_some()
    }

    /// The process of a private server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(|own| own.server().pid())
    }

    /// Kills a private server, as a crash would: whoever is connected loses the connection, and
    /// what it held is gone.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it cannot be killed.
    pub fn kill(&self) -> Result<(), Error> {
        let own = self.own("killing")?;
        own.server().kill().map(drop).map_err(|error| own.not_ready(error.to_string()))
    }

    /// Starts a killed private server again, empty, where it was.
    ///
    /// `maxmemory_bytes` is its memory limit; 0 is none.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it does not come up.
    pub fn revive(&self, maxmemory_bytes: u64) -> Result<(), Error> {
        let own = self.own("starting again")?;
        let failed = |error: io::Error| own.not_ready(error.to_string());
        let log = own.log();
        fs::remove_file(&log).map_err(failed)?;
        let command =
            command(&own.program, own.folder.path(), &log, maxmemory_bytes).map_err(failed)?;
        let mut server = process::spawn(command, SpawnOptions::default()).map_err(failed)?;
        let ready = wait_until_ready(&mut server, &self.address);
        let connection = ready.map_err(|why| own.not_ready(why))?;
        *own.server() = server;
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
        self.call_everything_once()
    }

    /// Cuts a private server off, as a broken cable would: every connection but ours ends, and
    /// nobody finds the server any more. It keeps what it holds.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if the socket cannot be moved; [`Error::Broken`],
    /// [`Error::Server`].
    pub fn cut_off(&self) -> Result<(), Error> {
        let own = self.own("cutting off")?;
        fs::rename(own.socket(), own.hidden_socket())
            .map_err(|error| own.not_ready(error.to_string()))?;
        // Those that publish and listen are of a type of their own.
        for kind in ["normal", "pubsub"] {
            self.ask(&["CLIENT", "KILL", "TYPE", kind])?;
        }
        Ok(())
    }

    /// Lets everybody reach a server again that was cut off.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it was not cut off.
    pub fn reconnect(&self) -> Result<(), Error> {
        let own = self.own("reconnecting")?;
        fs::rename(own.hidden_socket(), own.socket())
            .map_err(|error| own.not_ready(error.to_string()))
    }

    /// Version and allocator, such as `redis 7.0.15 (jemalloc-5.3.0)`: the allocator changes
    /// what an entry costs.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn version(&self) -> Result<String, Error> {
        let server = self.info("server")?;
        let memory = self.info("memory")?;
        let of = |fields: &BTreeMap<String, String>, name: &str| fields.get(name).cloned();
        let (name, version) = match of(&server, "valkey_version") {
            Some(version) => ("valkey", version),
            None => ("redis", of(&server, "redis_version").unwrap_or_default()),
        };
        Ok(format!("{name} {version} ({})", of(&memory, "mem_allocator").unwrap_or_default()))
    }

    /// The fields of a section of `INFO`.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn info(&self, section: &str) -> Result<BTreeMap<String, String>, Error> {
        let Reply::Bulk(text) = self.ask(&["INFO", section])? else {
            return Err(self.unexpected("INFO"));
        };
        let text = String::from_utf8_lossy(&text);
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Bytes that the server has allocated (`used_memory`).
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn used_memory(&self) -> Result<u64, Error> {
        self.memory("used_memory")
    }

    /// The most bytes that the server has had allocated at once (`used_memory_peak`).
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn used_memory_peak(&self) -> Result<u64, Error> {
        self.memory("used_memory_peak")
    }

    fn memory(&self, field: &str) -> Result<u64, Error> {
        self.info("memory")?
            .get(field)
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// The memory limit in bytes; 0 is none.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn maxmemory(&self) -> Result<u64, Error> {
        self.info("memory")?
            .get("maxmemory")
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// Keys in the database, other people's included.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn dbsize(&self) -> Result<u64, Error> {
        match self.ask(&["DBSIZE"])? {
            Reply::Number(keys) => Ok(u64::try_from(keys).unwrap_or(0)),
            _ => Err(self.unexpected("DBSIZE")),
        }
    }

    /// Sets the memory limit in bytes of a private server; 0 is none.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Broken`], [`Error::Server`].
    pub fn set_maxmemory(&self, bytes: u64) -> Result<(), Error> {
        self.ours("setting maxmemory")?;
        self.ask(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]).map(drop)
    }

    /// Empties a private server, and gives freed memory back to the system.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Broken`], [`Error::Server`].
    pub fn empty(&self) -> Result<(), Error> {
        self.ours("emptying")?;
        self.ask(&["FLUSHALL", "SYNC"])?;
        // Builds without jemalloc refuse; nothing is lost then.
        match self.ask(&["MEMORY", "PURGE"]) {
            Ok(_) | Err(Error::Server { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Counts the keys that begin with a prefix.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn count_prefix(&self, prefix: &str) -> Result<u64, Error> {
        let mut keys = std::collections::HashSet::new();
        self.scan(prefix, |_, page| {
            keys.extend(page);
            Ok(())
        })?;
        Ok(keys.len() as u64)
    }

    /// Removes the keys that begin with a prefix, and no others; how many there were.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn clean_prefix(&self, prefix: &str) -> Result<u64, Error> {
        let mut removed = 0;
        self.scan(prefix, |redis, page| {
            if page.is_empty() {
                return Ok(());
            }
            let mut words = vec![b"UNLINK".to_vec()];
            words.extend(page);
            if let Reply::Number(keys) = redis.ask(&words)? {
                removed += u64::try_from(keys).unwrap_or(0);
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// Goes through the keys that begin with a prefix, page by page; a key may come twice.
    fn scan(
        &self,
        prefix: &str,
        mut page: impl FnMut(&Self, Vec<Vec<u8>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pattern = pattern(prefix);
        let mut cursor = b"0".to_vec();
        loop {
            let words = [b"SCAN", &*cursor, b"MATCH", &*pattern, b"COUNT", SCAN_STEP.as_bytes()];
            let Reply::Array(reply) = self.ask(&words)? else {
                return Err(self.unexpected("SCAN"));
            };
            let Ok([Reply::Bulk(next), Reply::Array(keys)]) = <[Reply; 2]>::try_from(reply) else {
                return Err(self.unexpected("SCAN"));
            };
            let keys = keys.into_iter().filter_map(|key| match key {
                Reply::Bulk(key) => Some(key),
                _ => None,
            });
            page(self, keys.collect())?;
            if next == b"0" {
                return Ok(());
            }
            cursor = next;
        }
    }

    fn ask<W: AsRef<[u8]>>(&self, words: &[W]) -> Result<Reply, Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = match connection.ask(words) {
            Ok(reply) => reply,
            Err(source) => {
                // Half a reply may be left on the line; the next command wants a clean one.
                if let Ok(fresh) = Connection::open(&self.address) {
                    *connection = fresh;
                }
                return Err(Error::Broken { url: self.shown_address(), source });
            }
        };
        match reply {
            Reply::Error(message) => Err(Error::Server {
                url: self.shown_address(),
                command: words.first().map(shown).unwrap_or_default(),
                message,
            }),
            reply => Ok(reply),
        }
    }

    fn ours(&self, what: &'static str) -> Result<(), Error> {
        self.own(what).map(drop)
    }

    fn own(&self, what: &'static str) -> Result<&Own, Error> {
        self.own.as_ref().ok_or_else(|| Error::NotOurs { what, url: self.shown_address() })
    }

    fn unexpected(&self, command: &str) -> Error {
        Error::Server {
            url: self.shown_address(),
            command: command.to_owned(),
            message: String::from("its reply has another form than Redis gives it"),
        }
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

/// The pattern of `SCAN` that matches a prefix and no more than that.
fn pattern(prefix: &str) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for &byte in prefix.as_bytes() {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'^' | b'-' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern.push(b'*');
    pattern
}

fn shown(word: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(word.as_ref()).into_owned()
}
