//! What a strategy declares about itself, and is then held to.

use serde::Serialize;

/// What limits a strategy's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Nothing: it grows with the keys that it sees.
    None,
    /// A number of entries.
    Entries,
    /// A number of bytes.
    Bytes,
    /// Either, as the capacity says.
    EntriesOrBytes,
    /// A server's own memory limit, which the driver sets (`maxmemory` of Redis).
    ServerMemory,
}

impl Bound {
    /// Whether anything limits it.
    #[must_use]
    pub const fn is_bounded(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// The properties that a strategy declares. The conformance kit tries those that a program can
/// try; the driver tries `shared` and `persistent` with further processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Properties {
    /// What limits its size.
    pub bound: Bound,
    /// Whether other processes see what one has put.
    pub shared: bool,
    /// Whether entries survive the end of the process.
    pub persistent: bool,
    /// Whether it honours a time to live.
    pub ttl: bool,
    /// Whether many threads may call it at once.
    pub thread_safe: bool,
    /// Whether a read after a finished write always sees that write, as long as one worker with
    /// one request in flight uses it.
    pub fresh: bool,
    /// Whether it may refuse or drop an entry that was just put although it is not full
    /// (admission policies do; an approximate server does).
    pub lossy: bool,
    /// What decides who has to go, in a few words: "least recently used".
    pub evicts: &'static str,
}
