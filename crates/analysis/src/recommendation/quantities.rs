//! Collects the values of the quantities by which a scenario chooses a variant.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::results::{
    Cell, QuantityResults, QuantityValue, ScenarioResults, VariantFigures,
};

/// Returns the values of every deciding quantity, in the order in which they decide.
pub fn quantities(results: &ScenarioResults) -> Vec<QuantityResults> {
    let rules = results.scenario.decide.iter();
    rules
        .map(|rule| QuantityResults {
            quantity: rule.quantity,
            tolerance: rule.tolerance,
            values: results
                .figures
                .iter()
                .filter_map(|row| value(results, rule.quantity, row))
                .collect(),
        })
        .collect()
}

fn value(
    results: &ScenarioResults,
    quantity: DecidingQuantity,
    row: &VariantFigures,
) -> Option<QuantityValue> {
    let eligible = results.eligible().any(|name| name == row.variant);
    if !quantity.is_paced() {
        let line = results.access_time.line(row.index)?;
        let rounds = results.throughput(&row.variant).map_or(0, |figures| figures.rounds.len());
        let [value, low, high] = line.at(results.scenario.miss_cost_ns, 0.0);
        return Some(QuantityValue {
            index: row.index,
            variant: row.variant.clone(),
            value,
            low,
            high,
            samples: rounds as u32,
            exact: false,
            eligible,
        });
    }
    let figures = results.cells_of(&row.variant).find_map(Cell::paced)?;
    let samples = figures.samples.get(&quantity)?;
    Some(QuantityValue {
        index: row.index,
        variant: row.variant.clone(),
        value: quantity.of(&figures.paced)?,
        low: samples.iter().copied().reduce(f64::min)?,
        high: samples.iter().copied().reduce(f64::max)?,
        samples: samples.len() as u32,
        exact: figures.paced.virtual_clock,
        eligible,
    })
}
