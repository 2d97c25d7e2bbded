//! Section `[decide]`: the question of a scenario and the quantities that answer it.

use bakeoff_protocol::deciding::{DecidingQuantity, DecidingRule};
use serde::Serialize;

/// Question of a scenario and the quantities that answer it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionPlan {
    /// Question that the scenario answers.
    pub question: String,
    /// Deciding quantities in their order; never empty.
    pub rules: Vec<DecidingRule>,
    /// Time that the origin needs for one miss, in nanoseconds.
    pub miss_cost_ns: f64,
    /// True if throughput is measured in timed rounds.
    pub timed: bool,
}

impl DecisionPlan {
    /// Miss cost of a scenario that states none, in nanoseconds: a database query in the same zone.
    pub const DEFAULT_MISS_COST_NS: f64 = 5e6;

    /// Returns the plan of a scenario without `[decide]`.
    #[must_use]
    pub fn by_mean_access_time(miss_cost_ns: f64) -> Self {
        Self {
            question: String::from("Which cache has the lowest mean access time?"),
            rules: vec![DecidingRule::new(DecidingQuantity::MeanAccessTime)],
            miss_cost_ns,
            timed: true,
        }
    }
}
