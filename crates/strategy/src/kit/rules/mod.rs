//! Rules of the conformance kit, one topic per file. A rule is a function from a harness to a
//! result.

mod capacity;
mod close;
mod eviction;
mod failing_origin;
mod lifecycle;
mod multi_get;
mod overlapping_reads;
mod put_get;
mod read_through;
mod readers;
mod releases;
mod removal;
mod size;
mod sync_mode;
mod threads;
mod ttl;
mod write_through;

use super::failure::RuleResult;
use super::harness::Harness;
use super::model;
use super::test_origin::{AsyncTable, Table};
use crate::Strategy;
use crate::kit::executor::Executor;

/// Function that tests one property of a strategy.
pub(crate) type Rule<S, E> = fn(&Harness<'_, S, E>) -> RuleResult;

/// Returns every rule with its name, the simplest first, so that the first failure is the most
/// informative.
pub(crate) fn all<S: Strategy, E: Executor>() -> Vec<(&'static str, Rule<S, E>)> {
    vec![
        ("open", lifecycle::opens_empty),
        ("options", lifecycle::rejects_unknown_options),
        ("namespaces", lifecycle::separates_namespaces),
        ("sync", sync_mode::is_never_pending),
        ("get-after-put", put_get::get_after_put),
        ("overwrite", put_get::overwrite),
        ("keys", put_get::distinct_keys),
        ("value-sizes", put_get::value_sizes),
        ("remove", removal::remove),
        ("clear", removal::clear),
        ("len", size::len),
        ("keeps", size::keeps_what_fits),
        ("capacity-entries", capacity::entries),
        ("capacity-bytes", capacity::bytes),
        ("releases-values", releases::releases_values),
        ("eviction", eviction::follows_policy),
        ("ttl", ttl::expires),
        ("get-many", multi_get::get_many),
        ("read-through", read_through::reads::<S, E, Table>),
        ("read-through-async", read_through::reads::<S, E, AsyncTable>),
        ("read-many", multi_get::read_many),
        ("overlapping-reads", overlapping_reads::both_answered),
        ("write-through", write_through::writes::<S, E, Table>),
        ("write-through-async", write_through::writes::<S, E, AsyncTable>),
        ("failing-origin", failing_origin::reports_errors),
        ("snapshot", size::counts_evictions),
        ("close", lifecycle::closes_and_reopens),
        ("close-flushes", close::flushes_queued_writes),
        ("readers", readers::never_miss),
        ("threads", threads::concurrent_calls),
        ("model", model::ample),
        ("model-when-full", model::full),
    ]
}
