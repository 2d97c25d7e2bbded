//! All faults, one a file.

use crate::fault::Fault;

/// Declares the modules, [`names`] and [`fault`] from one list: name, module, type.
macro_rules! faults {
    ($($name:literal $module:ident $fault:ident),* $(,)?) => {
        $(mod $module;)*

        /// The names of all faults: what `bakeoff-mutants` takes.
        #[must_use]
        pub fn names() -> &'static [&'static str] {
            &[$($name),*]
        }

        /// The fault of a name, if there is one.
        #[must_use]
        pub fn fault(name: &str) -> Option<Box<dyn Fault>> {
            match name {
                $($name => Some(Box::new($module::$fault::default())),)*
                _ => None,
            }
        }
    };
}

faults! {
    "answers-for-another" answers_for_another AnswersForAnother,
    "claims-hits" claims_hits ClaimsHits,
    "clears-neighbours" clears_neighbours ClearsNeighbours,
    "clears-nothing" clears_nothing ClearsNothing,
    "confuses-threads" confuses_threads ConfusesThreads,
    "counts-puts" counts_puts CountsPuts,
    "counts-removals" counts_removals CountsRemovals,
    "cuts-bodies" cuts_bodies CutsBodies,
    "drops-a-put" drops_a_put DropsAPut,
    "fails-to-close" fails_to_close FailsToClose,
    "first-put-wins" first_put_wins FirstPutWins,
    "hangs" hangs Hangs,
    "hides-failures" hides_failures HidesFailures,
    "hits-first" hits_first HitsFirst,
    "ignores-weights" ignores_weights IgnoresWeights,
    "keeps-removed" keeps_removed KeepsRemoved,
    "lives-for-ever" lives_for_ever LivesForEver,
    "loads-twice" loads_twice LoadsTwice,
    "never-commits" never_commits NeverCommits,
    "one-too-many" one_too_many OneTooMany,
    "opens-full" opens_full OpensFull,
    "panics" panics Panics,
    "pends" pends Pends,
    "reads-another" reads_another ReadsAnother,
    "revives-evicted" revives_evicted RevivesEvicted,
    "short-keys" short_keys ShortKeys,
    "skips-a-removal" skips_a_removal SkipsARemoval,
    "sorts-answers" sorts_answers SortsAnswers,
    "sound" sound Sound,
    "takes-any-option" takes_any_option TakesAnyOption,
    "writes-around" writes_around WritesAround,
}
