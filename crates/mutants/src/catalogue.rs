//! Table of all mutants: name, planted defect, and the rules of the kit that must catch it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::defect::Defect;

/// Mutant, with the rules that must catch its defect.
pub struct CatalogueEntry {
    /// Name that `bakeoff-mutants` accepts.
    pub name: &'static str,
    /// Rule that must catch the defect; empty if no rule can.
    pub rule: &'static str,
    /// Other rules that may catch the defect; `model` and `model-when-full` may catch every defect.
    pub also: &'static [&'static str],
    pub(crate) create: fn() -> Box<dyn Defect>,
}

/// Returns the entry with a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CatalogueEntry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// Declares a struct for each defect, with the state that the defect needs, and the table.
macro_rules! catalogue {
    ($(
        $(#[$doc:meta])*
        $defect:ident { $($field:ident: $type:ty)? } $name:literal: $rule:literal $(, $also:literal)*;
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default)]
            pub(crate) struct $defect { $(pub(crate) $field: $type)? }
        )*

        /// All mutants, and the correct strategy that they are derived from.
        pub static CATALOGUE: &[CatalogueEntry] = &[$(CatalogueEntry {
            name: $name,
            rule: $rule,
            also: &[$($also),*],
            create: || Box::new($defect::default()),
        },)*];
    };
}

catalogue! {
    /// Has no defect and passes every rule.
    Correct {} "correct": "";
    /// Answers the second of two overlapping reads of a missing key without a value.
    AnswersOneOfTwoReads { loading: Mutex<Vec<Key>> } "answers-one-of-two-reads":
        "overlapping-reads";
    /// Accepts unknown options.
    AcceptsUnknownOptions {} "accepts-unknown-options": "options";
    /// Clears every namespace that begins with its own name.
    ClearsOtherNamespaces { namespace: String } "clears-other-namespaces": "namespaces";
    /// Returns an error when it is closed.
    CloseFails {} "close-fails": "close", "close-flushes";
    /// Counts an overwritten entry twice.
    CountsOverwrites { overwrites: AtomicU64 } "counts-overwrites": "len", "threads";
    /// Reports a removal as an eviction.
    CountsRemovalsAsEvictions { removals: AtomicU64 } "counts-removals-as-evictions": "snapshot";
    /// Loses its 700th put although there is room.
    DropsOnePut { puts: AtomicU64 } "drops-one-put": "keeps", "eviction";
    /// Drops queued writes when it is closed.
    DropsQueuedWrites {} "drops-queued-writes": "close-flushes", "write-through-async",
        "failing-origin";
    /// Keeps recently read entries instead of new ones, although it declares FIFO.
    EvictsByRecency {} "evicts-by-recency": "eviction";
    /// Holds one entry more than its capacity.
    ExceedsCapacity {} "exceeds-capacity": "capacity-entries", "eviction", "threads";
    /// Never returns from a get.
    Hangs {} "hangs": "";
    /// Answers an error of the origin like a missing row.
    HidesOriginErrors {} "hides-origin-errors": "failing-origin";
    /// Ignores `clear`.
    IgnoresClear {} "ignores-clear": "clear", "namespaces", "len",
        "releases-values";
    /// Keeps the first value of a key.
    IgnoresOverwrites {} "ignores-overwrites": "overwrite", "capacity-bytes", "ttl",
        "write-through", "write-through-async", "threads";
    /// Ignores `remove`.
    IgnoresRemove {} "ignores-remove": "remove", "keys", "len", "read-through",
        "read-through-async", "releases-values";
    /// Declares support for a time to live and ignores it.
    IgnoresTtl {} "ignores-ttl": "ttl";
    /// Counts every entry as one byte.
    IgnoresWeights {} "ignores-weights": "capacity-bytes";
    /// Keeps every evicted value in memory.
    LeaksEvicted { leaked: Mutex<Vec<Value>> } "leaks-evicted": "releases-values";
    /// Keeps every removed value in memory.
    LeaksRemoved { leaked: Mutex<Vec<Value>> } "leaks-removed": "releases-values";
    /// Keeps every replaced value in memory.
    LeaksReplaced { leaked: Mutex<Vec<Value>> } "leaks-replaced": "releases-values";
    /// Loads a missing value twice.
    LoadsTwice {} "loads-twice": "read-through", "read-through-async", "read-many";
    /// Misses if another thread reads at the same time.
    MissesUnderReaders { busy: AtomicBool } "misses-under-readers": "readers", "threads";
    /// Declares `ExecutionMode::Sync`, but `snapshot` never completes.
    NeverCompletes {} "never-completes": "sync", "snapshot";
    /// Counts one entry before the first put.
    OpensNonEmpty {} "opens-non-empty": "open";
    /// Panics on one of the values that the kit puts.
    Panics {} "panics": "get-after-put";
    /// Passes answers through a slot that all threads share.
    RacesOnAnswers { slot: Mutex<Option<Value>> } "races-on-answers": "threads", "readers";
    /// Returns the answers of a multi-get with the hits first.
    ReordersHits {} "reorders-hits": "read-many";
    /// Reports every answer as a hit.
    ReportsHits {} "reports-hits": "read-through", "ttl", "read-through-async",
        "failing-origin", "read-many";
    /// Restores the last evicted entry when a removal makes room, even if it was overwritten.
    RestoresEvicted { victim: Mutex<Option<(Value, PutOptions)>> }
        "restores-evicted": "model-when-full";
    /// Answers a hit with the value of another key.
    ReturnsNextKey {} "returns-next-key": "read-through", "read-through-async", "read-many";
    /// Answers a missing key with the value of the previous key.
    ReturnsPreviousKey {} "returns-previous-key": "get-after-put", "namespaces", "ttl", "remove",
        "len", "clear", "keys", "get-many", "read-through", "read-through-async",
        "write-through", "write-through-async", "threads", "capacity-entries",
        "capacity-bytes", "snapshot", "close", "keeps", "failing-origin", "read-many", "eviction",
        "overlapping-reads";
    /// Rounds a large capacity up to equal shares of eight shards.
    RoundsCapacityUp {} "rounds-capacity-up": "capacity-entries";
    /// Skips the first effective removal after two removals of missing keys.
    SkipsOneRemoval { missing: AtomicU64 } "skips-one-removal": "model";
    /// Returns the answers of a multi-get in sorted key order instead of request order.
    SortsKeys {} "sorts-keys": "get-many";
    /// Ignores the upper half of each key.
    TruncatesKeys {} "truncates-keys": "keys", "capacity-entries";
    /// Keeps the first 65,535 bytes of a body.
    TruncatesBodies {} "truncates-bodies": "value-sizes";
    /// Writes to the origin and leaves the old value in the cache.
    WritesOnlyOrigin {} "writes-only-origin": "write-through", "write-through-async";
    /// Writes to the cache and never to the origin.
    WritesOnlyCache {} "writes-only-cache": "write-through", "write-through-async",
        "failing-origin", "close-flushes";
}
