//! The rules, one idea a file. A rule is a function from an examiner to a verdict.

mod answers;
mod capacity;
mod close;
mod failing_origin;
mod forgetting;
mod immediate;
mod keeping;
mod keys;
mod many;
mod open;
mod read_many;
mod read_through;
mod snapshot;
mod threads;
mod ttl;
mod write_through;

use super::examiner::Examiner;
use super::executor::Executor;
use super::failure::Verdict;
use super::model;
use super::origin::{Distant, Table};
use crate::Strategy;

/// A rule: tries one promise.
pub(crate) type Rule<S, E> = fn(&Examiner<'_, S, E>) -> Verdict;

/// Every rule with its name, the simplest first, so that the first failure says most.
pub(crate) fn all<S: Strategy, E: Executor>() -> Vec<(&'static str, Rule<S, E>)> {
    vec![
        ("open", open::opens_empty),
        ("options", open::refuses_unknown_options),
        ("namespaces", open::keeps_namespaces_apart),
        ("immediate", immediate::never_pends),
        ("get-after-put", answers::get_after_put),
        ("overwrite", answers::overwrite),
        ("keys", keys::distinct_keys),
        ("value-sizes", answers::value_sizes),
        ("remove", forgetting::remove),
        ("clear", forgetting::clear),
        ("len", keeping::len),
        ("keeps", keeping::keeps_what_fits),
        ("capacity-entries", capacity::entries),
        ("capacity-bytes", capacity::bytes),
        ("ttl", ttl::expires),
        ("get-many", many::same_as_gets),
        ("read-through", read_through::over::<S, E, Table>),
        ("read-through-awaited", read_through::over::<S, E, Distant>),
        ("read-many", read_many::same_as_reads),
        ("write-through", write_through::over::<S, E, Table>),
        ("write-through-awaited", write_through::over::<S, E, Distant>),
        ("failing-origin", failing_origin::says_so),
        ("snapshot", snapshot::counts_evictions),
        ("close", close::ends_cleanly),
        ("threads", threads::overlap),
        ("model", model::roomy),
        ("model-when-full", model::full),
    ]
}
