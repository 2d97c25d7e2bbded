//! Compares the variants over the complete rounds, for the stopping rule.

use std::collections::BTreeMap;

use bakeoff_stats::rounds::pairs;
use bakeoff_stats::{Comparison, JointConfidence, compare};

use super::scenario_rounds::ScenarioRounds;
use crate::phases::context::PhaseContext;

impl ScenarioRounds<'_> {
    /// Returns the number of pairs of variants that compete and are not dropped.
    pub(super) fn pairs(&self) -> usize {
        pairs(self.competing().count())
    }

    /// Compares each pair of competing variants over the complete rounds.
    pub(super) fn comparisons(&self, context: &PhaseContext<'_>) -> Vec<Option<Comparison>> {
        let rates: Vec<BTreeMap<u32, f64>> =
            self.competing().map(|index| self.rates(context, index)).collect();
        let mut log_ratios = Vec::new();
        for (index, first) in rates.iter().enumerate() {
            for second in &rates[index + 1..] {
                let both = first.iter().filter_map(|(round, a)| Some((a, second.get(round)?)));
                log_ratios.push(both.map(|(a, b)| (b / a).ln()).collect());
            }
        }
        compare(&log_ratios, JointConfidence::with_margin(self.scenario.plan.record.delta))
    }

    fn competing(&self) -> impl Iterator<Item = usize> + '_ {
        let variants = self.variants.iter().enumerate();
        variants
            .filter(|(_, variant)| variant.ready.competes() && !variant.dropped)
            .map(|(index, _)| index)
    }
}
