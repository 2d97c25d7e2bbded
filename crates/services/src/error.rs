//! Errors of services, with advice.

use std::io;
use std::path::PathBuf;

/// Reason for which a service cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service is not installed; variants that need it are skipped.
    #[error(
        "cannot find a {service} (searched for {searched}); install it: {install}; \
         or {alternative}"
    )]
    Missing {
        /// Kind of server.
        service: &'static str,
        /// Names of the programs that were searched for.
        searched: String,
        /// Commands that install the service.
        install: &'static str,
        /// Alternative to installing the service.
        alternative: &'static str,
    },
    /// The server does not start.
    #[error("cannot start {}: {reason}; last lines of its log: {log}", program.display())]
    NotReady {
        /// Path of the program.
        program: PathBuf,
        /// Cause.
        reason: String,
        /// Last lines of its log, or `nothing`.
        log: String,
    },
    /// The URL is malformed or unsupported.
    #[error("cannot use the address {url:?}: {reason}; expected {expected}")]
    Address {
        /// URL without its password.
        url: String,
        /// Cause.
        reason: String,
        /// Supported forms.
        expected: &'static str,
    },
    /// The server is on another machine.
    #[error(
        "cannot use {url}: it is not on this machine, so figures would include the network; \
         to use it anyway, give --allow-remote"
    )]
    Remote {
        /// URL without its password.
        url: String,
    },
    /// The connection or the login fails.
    #[error(
        "cannot connect to {url}: {source}; check that server, or unset {variable} to use a \
         private one"
    )]
    Refused {
        /// URL without its password.
        url: String,
        /// Cause.
        source: io::Error,
        /// Environment variable with the URL.
        variable: &'static str,
    },
    /// The server answers a command with an error.
    #[error("the server at {url} refused {command}: {message}")]
    Server {
        /// URL without its password.
        url: String,
        /// Command or statement.
        command: String,
        /// Error message of the server.
        message: String,
    },
    /// The server refuses to run as root, and no other user exists to run it.
    #[error(
        "cannot start {service}: it refuses to run as root, and none of the users {users} exists; \
         run bakeoff as an ordinary user, or give the URL of a running server in {variable}"
    )]
    NeedsOrdinaryUser {
        /// Name of the service.
        service: &'static str,
        /// Users that could run it.
        users: &'static str,
        /// Environment variable with the URL of a running server.
        variable: &'static str,
    },
    /// The operation is allowed on private servers only.
    #[error("cannot {operation} {url}: it is not a private server")]
    NotPrivate {
        /// Operation, as a verb such as `kill`.
        operation: &'static str,
        /// URL without its password.
        url: String,
    },
    /// Writing to the server could evict keys of other owners, or make their writes fail.
    #[error(
        "cannot use {url}: it has {foreign_keys} keys that are not ours, uses {used_mib} of \
         {maxmemory_mib} MiB (policy {policy}), and the load could {consequence}; \
         unset REDIS_URL to use a private server, or accept the loss with --allow-eviction"
    )]
    EvictsForeignKeys {
        /// URL without its password.
        url: String,
        /// Number of keys of other owners.
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
    /// Keys of other owners disappeared while the server was in use.
    #[error(
        "{url} lost keys that are not ours: {before} before the run, {after} after it, {evicted} \
         keys evicted meanwhile; restore them from their source, and use a private server \
         (unset REDIS_URL)"
    )]
    ForeignKeysLost {
        /// URL without its password.
        url: String,
        /// Number of foreign keys before the run.
        before: u64,
        /// Number of foreign keys after the run.
        after: u64,
        /// Number of keys evicted during the run, ours included.
        evicted: u64,
    },
    /// The directory for the socket and the log cannot be created.
    #[error(
        "cannot create a directory for a private server under {}: {source}; set TMPDIR to a \
         short path of a writable directory", base.display()
    )]
    Directory {
        /// Parent directory.
        base: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The connection ended or timed out.
    #[error("lost the connection to {url}: {source}")]
    ConnectionLost {
        /// URL without its password.
        url: String,
        /// Cause.
        source: io::Error,
    },
}
