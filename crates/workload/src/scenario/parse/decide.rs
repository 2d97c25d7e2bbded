//! Parser of `[decide]`, and of the miss cost in `[origin]`.

use bakeoff_protocol::deciding::{DecidingQuantity, DecidingRule};

use super::document::{Section, TomlValue};
use crate::scenario::decision_plan::DecisionPlan;
use crate::scenario::error::ScenarioError;

/// Parses `[decide]`; a scenario without it is decided by mean access time.
///
/// Timed rounds are run if the mean access time decides, or if `throughput = true`.
pub(super) fn parse_decide(
    top: &Section<'_>,
    miss_cost_ns: f64,
    is_paced: bool,
) -> Result<DecisionPlan, ScenarioError> {
    let default = DecisionPlan::by_mean_access_time(miss_cost_ns);
    let Some(item) = top.get("decide") else { return Ok(default) };
    let section = item.section("[decide]", &["question", "by", "throughput"])?;
    let question = section.get("question").map(|item| item.text()).transpose()?;
    let rules = match section.get("by") {
        Some(item) => parse_rules(&item)?,
        None => default.rules,
    };
    if let Some(rule) = rules.iter().find(|rule| rule.quantity.is_paced() && !is_paced) {
        return Err(item.error(format!(
            "`{}` needs a paced replay; add [time], [instances] or [[event]]",
            rule.quantity
        )));
    }
    let by_access_time = rules.iter().any(|rule| !rule.quantity.is_paced());
    let throughput = section.get("throughput").map(|item| item.boolean()).transpose()?;
    Ok(DecisionPlan {
        question: question.map_or(default.question, str::to_owned),
        timed: by_access_time || throughput.unwrap_or(false),
        rules,
        miss_cost_ns,
    })
}

fn parse_rules(item: &TomlValue<'_>) -> Result<Vec<DecidingRule>, ScenarioError> {
    let rules: Vec<DecidingRule> =
        item.items()?.iter().map(parse_rule).collect::<Result<_, _>>()?;
    if rules.is_empty() {
        return Err(item.error("expected at least one quantity"));
    }
    Ok(rules)
}

/// Parses a rule: the name of a quantity, or a table with `quantity` and `tolerance`.
fn parse_rule(item: &TomlValue<'_>) -> Result<DecidingRule, ScenarioError> {
    if item.is_text() {
        return Ok(DecidingRule::new(quantity(item)?));
    }
    let section = item.section("[decide] `by`", &["quantity", "tolerance"])?;
    let quantity = quantity(&section.require("quantity", "name a deciding quantity")?)?;
    let tolerance = section.get("tolerance").map(|item| item.number(0.0, 1e12)).transpose()?;
    let default = DecidingRule::new(quantity);
    Ok(DecidingRule { tolerance: tolerance.unwrap_or(default.tolerance), ..default })
}

fn quantity(item: &TomlValue<'_>) -> Result<DecidingQuantity, ScenarioError> {
    let text = item.text()?;
    DecidingQuantity::ALL.into_iter().find(|quantity| quantity.name() == text).ok_or_else(|| {
        let known = DecidingQuantity::ALL.map(DecidingQuantity::name).join(", ");
        item.error(format!("unknown quantity {text:?}; available: {known}"))
    })
}

/// Returns the miss cost of a scenario in nanoseconds: `latency_ms` of `[origin]`, or the default.
pub(super) fn parse_miss_cost(top: &Section<'_>) -> Result<f64, ScenarioError> {
    let Some(item) = top.get("origin") else { return Ok(DecisionPlan::DEFAULT_MISS_COST_NS) };
    let latency = item.section("[origin]", &super::paced::ORIGIN_KEYS)?.get("latency_ms");
    let Some(latency) = latency else { return Ok(DecisionPlan::DEFAULT_MISS_COST_NS) };
    Ok(latency.number(0.0, 60_000.0)? * 1e6)
}
