//! Production checklist: one finding per item, with the figures from which it follows.

use serde::{Deserialize, Serialize};

/// Production checklist of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checklist {
    /// Name of the variant.
    pub variant: String,
    /// Findings in the order of [`ChecklistItem::ALL`].
    pub findings: Vec<ChecklistFinding>,
}

/// Item of the production checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChecklistItem {
    /// Stale entries expire.
    TimeToLive,
    /// Concurrent loads of one key are limited.
    StampedeProtection,
    /// Requests are still served while the cache is unavailable.
    CacheOutage,
    /// The cache keeps its size limit.
    BoundedMemory,
    /// Writes invalidate the entries of other instances.
    Invalidation,
}

/// Result of one checklist item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChecklistFinding {
    /// Item of the checklist.
    pub item: ChecklistItem,
    /// True if the item is satisfied; absent if no measurement shows it.
    pub passed: Option<bool>,
    /// Figures from which the result follows.
    pub evidence: Option<ChecklistEvidence>,
    /// Bundled scenario that tests the item for this variant.
    pub shown_by: String,
}

/// Figures from which the result of a checklist item follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "evidence", rename_all = "kebab-case")]
pub enum ChecklistEvidence {
    /// Staleness after rows were changed behind the cache.
    Expiry {
        /// Name of the scenario.
        scenario: String,
        /// Age of the oldest stale answer, in milliseconds; absent if there was none.
        oldest_ms: Option<f64>,
        /// True if stale answers still occurred in the last quarter of the time.
        continued: bool,
    },
    /// Concurrent loads of one key that many requests missed.
    ConcurrentLoads {
        /// Name of the scenario.
        scenario: String,
        /// Highest number of concurrent loads of one key.
        loads: u64,
        /// Number of instances in the replay.
        instances: u64,
        /// Variant with the highest number of concurrent loads, if it is another variant.
        most: Option<VariantLoads>,
    },
    /// Requests while the cache was unavailable.
    Outage {
        /// Name of the scenario.
        scenario: String,
        /// First fault event of the scenario.
        event: crate::paced::config::FaultKind,
        /// Share of requests during the outage that failed or were not served.
        failed: f64,
        /// Share of requests during the outage that were slow.
        slow: f64,
        /// True if no request failed in the last quarter of the time after the outage.
        recovered: bool,
        /// Milliseconds from the first fault to recovery.
        recovery_ms: Option<u64>,
    },
    /// Staleness after writes of other instances.
    OtherInstances {
        /// Name of the scenario.
        scenario: String,
        /// 99th percentile of the time for which an instance kept an old value, in milliseconds.
        /// Absent if no answer was stale.
        p99_ms: Option<f64>,
        /// Share of stale answers.
        stale_share: f64,
    },
    /// The variant was disqualified because of its memory.
    Disqualified {
        /// Reason for the disqualification.
        message: String,
    },
    /// Number of entries held by a cache with a size limit.
    Limited {
        /// Name of the scenario.
        scenario: String,
        /// Number of entries held.
        held: u64,
        /// Number of entries allowed.
        allowed: u64,
    },
    /// Number of entries held by a cache without a size limit.
    Unlimited {
        /// Name of the scenario.
        scenario: String,
        /// Number of entries held.
        held: u64,
        /// Growth of the memory, in bytes; 0 if unknown.
        bytes: u64,
    },
}

/// Highest number of concurrent loads of one key with one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantLoads {
    /// Name of the variant.
    pub variant: String,
    /// Highest number of concurrent loads of one key.
    pub loads: u64,
}

impl ChecklistItem {
    /// Every item, in the order of the checklist.
    pub const ALL: [Self; 5] = [
        Self::TimeToLive,
        Self::StampedeProtection,
        Self::CacheOutage,
        Self::BoundedMemory,
        Self::Invalidation,
    ];
}
