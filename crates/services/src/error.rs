//! What can go wrong with a service, and what to do about it.

use std::io;
use std::path::PathBuf;

/// A service that is not to be had, or that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No program of the service is installed. Whoever needs it is skipped, with this reason.
    #[error(
        "no {service} on this machine (looked for {looked_for}). Install it: {install}; or {or}"
    )]
    Missing {
        /// The service.
        service: &'static str,
        /// The programs that would do.
        looked_for: String,
        /// Commands that install it.
        install: &'static str,
        /// What else would help.
        or: &'static str,
    },
    /// The program is there, and does not come up.
    #[error("{} did not come up: {why}. Its log said: {log}", program.display())]
    NotReady {
        /// The program.
        program: PathBuf,
        /// How it failed.
        why: String,
        /// The last lines of its log, or "nothing".
        log: String,
    },
    /// A URL that cannot be used as it stands.
    #[error("{url:?} is no usable address: {why}; expected {expected}")]
    Address {
        /// The URL, without its password.
        url: String,
        /// What is wrong with it.
        why: String,
        /// The forms that are understood.
        expected: &'static str,
    },
    /// A server on another machine.
    #[error(
        "{url} is not on this machine; its figures would be those of the network too. To use it all the same, give --allow-remote"
    )]
    Remote {
        /// The URL, without its password.
        url: String,
    },
    /// Nobody answers at the URL, or not as such a server does.
    #[error(
        "{url} does not answer: {source}. Start that server, or unset {variable} so that a private one is started"
    )]
    Refused {
        /// The URL, without its password.
        url: String,
        /// What the connection said.
        source: io::Error,
        /// The environment variable that names it.
        variable: &'static str,
    },
    /// The server answered with an error.
    #[error("the server at {url} refused {command}: {message}")]
    Server {
        /// The URL, without its password.
        url: String,
        /// The command.
        command: String,
        /// The server's words.
        message: String,
    },
    /// A server that refuses to run as root, on a machine without another user for it.
    #[error(
        "{service} refuses to run as root, and this machine has none of the users {users} to run it as; \
         run bakeoff as an ordinary user, or name a running server in {variable}"
    )]
    OnlyRoot {
        /// The service.
        service: &'static str,
        /// Users that would do.
        users: &'static str,
        /// The environment variable that names a running server.
        variable: &'static str,
    },
    /// Something that we do to our own servers only.
    #[error("{what} is done to private servers only, and {url} is not ours")]
    NotOurs {
        /// What was asked for.
        what: &'static str,
        /// The URL, without its password.
        url: String,
    },
    /// A server of another owner whose memory limit makes our load dangerous for its keys.
    #[error(
        "cannot use {url}: it has {foreign_keys} keys that are not ours, uses {used_mib} of {maxmemory_mib} MiB \
         (policy {policy}), and the load could {consequence}; unset REDIS_URL to use a private server, \
         or accept the loss with --allow-eviction"
    )]
    EvictsForeignKeys {
        /// The URL, without its password.
        url: String,
        /// Keys of other owners.
        foreign_keys: u64,
        /// Memory in use, in MiB.
        used_mib: String,
        /// Memory limit, in MiB.
        maxmemory_mib: String,
        /// Eviction policy.
        policy: String,
        /// Damage that the load could do.
        consequence: &'static str,
    },
    /// Keys of another owner disappeared while we used the server.
    #[error(
        "{url} lost keys that are not ours: {before} before the run, {after} after it, {evicted} keys evicted meanwhile; \
         restore them from their source, and use a private server (unset REDIS_URL)"
    )]
    ForeignKeysLost {
        /// The URL, without its password.
        url: String,
        /// Foreign keys before the run.
        before: u64,
        /// Foreign keys after the run.
        after: u64,
        /// Keys evicted during the run, ours included.
        evicted: u64,
    },
    /// The folder for the socket and the log.
    #[error("no folder for a private server under {}: {source}. Set TMPDIR to a short path that can be written", base.display())]
    Folder {
        /// Where it was to be.
        base: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Talk with a server broke off.
    #[error("the server at {url} broke off: {source}")]
    Broken {
        /// The URL, without its password.
        url: String,
        /// What the connection said.
        source: io::Error,
    },
}
