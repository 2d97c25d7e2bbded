//! One sentence over all scenarios.

use std::collections::BTreeSet;

use bakeoff_protocol::results::DrawbackKind;

use crate::sure::Standing;
use bakeoff_analysis::figures::Report;
use bakeoff_analysis::number::cost_alone;
use bakeoff_analysis::words::{conditions, grouped, listed, miss_cost};

/// A winner, the scenarios that name it, and what has to hold for that.
#[derive(Clone)]
struct Choice<'a> {
    winner: &'a str,
    scenarios: Vec<&'a str>,
    /// At least so many nanoseconds: the highest of the scenarios' conditions.
    from: Option<f64>,
    /// At most so many: the lowest.
    to: Option<f64>,
    /// What users put up with in any of them.
    put_up_with: BTreeSet<DrawbackKind>,
}

impl Choice<'_> {
    /// Whether one condition can be said of both: the same winner, overtaken in both or in
    /// neither where misses cost more, at costs that both have in common.
    fn goes_with(&self, other: &Self) -> bool {
        let from = self.from.unwrap_or(0.0).max(other.from.unwrap_or(0.0));
        let overlap = [self.to, other.to].into_iter().flatten().all(|to| from < to);
        self.winner == other.winner && self.to.is_some() == other.to.is_some() && overlap
    }

    fn add(&mut self, other: Self) {
        self.from = self.from.into_iter().chain(other.from).reduce(f64::max);
        self.to = self.to.into_iter().chain(other.to).reduce(f64::min);
        self.put_up_with.extend(other.put_up_with);
        self.scenarios.extend(other.scenarios);
    }

    /// As it stands in a sentence; empty where nothing has to hold.
    fn condition(&self) -> String {
        let miss = miss_cost(self.from, self.to.map(cost_alone));
        conditions(miss, self.put_up_with.iter().copied())
    }

    /// Where it is taken: `a and b where a miss costs 100 µs or more`.
    fn there(&self) -> String {
        format!("{}{}", listed(&self.scenarios), self.condition())
    }
}

/// The sentence; `None` where there is only one scenario.
#[must_use]
pub fn overall(report: &Report) -> Option<String> {
    let total = report.scenarios.len();
    if total < 2 {
        return None;
    }
    let open: Vec<&str> = report
        .scenarios
        .iter()
        .filter(|of| Standing::of(of) != Standing::Proven)
        .map(|of| of.scenario.name.as_str())
        .collect();
    let but = if open.is_empty() {
        String::new()
    } else {
        format!(" Nothing is named for {}.", listed(&open))
    };
    Some(sentence(&choices(report), total) + &but)
}

/// Who is named where, as few conditions as can be said of all.
fn choices(report: &Report) -> Vec<Choice<'_>> {
    let mut choices: Vec<Choice> = Vec::new();
    for of in &report.scenarios {
        let Some(verdict) = &of.verdict else { continue };
        let Some(winner) = verdict.winner.as_deref() else { continue };
        let (from, to) = (verdict.winner_from_miss_ns, verdict.winner_to_miss_ns);
        let scenario = of.scenario.name.as_str();
        let put_up_with = verdict.winner_drawbacks.iter().map(|drawback| drawback.kind).collect();
        let more = Choice { winner, scenarios: vec![scenario], from, to, put_up_with };
        match choices.iter_mut().find(|choice| choice.goes_with(&more)) {
            Some(choice) => choice.add(more),
            None => choices.push(more),
        }
    }
    choices
}

fn sentence(choices: &[Choice], total: usize) -> String {
    let winners = grouped(choices.iter().map(|choice| (choice.winner, choice)));
    match winners.as_slice() {
        [] => String::from("No scenario names a variant."),
        [(winner, choices)] => one_winner(winner, choices, total),
        several => {
            let each: Vec<String> = several
                .iter()
                .map(|(winner, choices)| {
                    let there: Vec<String> = choices.iter().map(|one| one.there()).collect();
                    format!("{winner} for {}", there.join(", and for "))
                })
                .collect();
            format!("No one variant is best everywhere: take {}.", each.join("; "))
        }
    }
}

/// The same variant in every scenario that names one, though not on the same condition.
fn one_winner(winner: &str, choices: &[&Choice], total: usize) -> String {
    let scenarios: Vec<&str> =
        choices.iter().flat_map(|choice| choice.scenarios.iter().copied()).collect();
    let everywhere = if total == 2 { String::from("both") } else { format!("all {total}") };
    match choices {
        [one] if scenarios.len() == total => {
            let condition = one.condition();
            format!("Take {winner}{condition}: it is the answer in {everywhere} scenarios.")
        }
        [one] => format!("Take {winner} for {}.", one.there()),
        several => {
            let place = if scenarios.len() == total {
                format!("in {everywhere} scenarios")
            } else {
                format!("for {}", listed(&scenarios))
            };
            let only: Vec<String> = several
                .iter()
                .filter(|one| !one.condition().is_empty())
                .map(|one| format!("in {} only{}", listed(&one.scenarios), one.condition()))
                .collect();
            format!("Take {winner} {place}, but {}.", only.join(", and "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice<'a>(scenario: &'a str, from: Option<f64>, to: Option<f64>) -> Choice<'a> {
        let put_up_with = BTreeSet::new();
        Choice { winner: "moka", scenarios: vec![scenario], from, to, put_up_with }
    }

    #[test]
    fn a_condition_over_several_scenarios_is_the_strictest() {
        let mut both = choice("a", None, None);
        assert_eq!(both.condition(), "");
        let other = choice("b", Some(100_000.0), None);
        assert!(both.goes_with(&other));
        both.add(other);
        assert_eq!(both.condition(), " where a miss costs 100 µs or more");
        assert_eq!(both.scenarios, ["a", "b"]);
        both.put_up_with.extend([DrawbackKind::LostWrites, DrawbackKind::OldAnswers]);
        assert_eq!(
            both.condition(),
            " where a miss costs 100 µs or more, old answers do no harm and writes may be lost"
        );

        let mut cheap = choice("c", None, Some(34_000.0));
        assert!(!both.goes_with(&cheap), "overtaken there, and not here");
        assert!(!cheap.goes_with(&choice("d", Some(100_000.0), Some(1e6))), "no cost in common");
        cheap.add(choice("e", None, Some(50_000.0)));
        assert_eq!(cheap.condition(), " where a miss costs less than 34.0 µs");
    }

    #[test]
    fn one_winner_on_several_conditions_is_one() {
        let free = choice("loops", None, None);
        let cheap = choice("hot", None, Some(102_000.0));
        let dear = choice("scan", Some(100_000.0), None);
        let said = |choices: &[&Choice], total| {
            let choices: Vec<Choice> = choices.iter().map(|&choice| choice.clone()).collect();
            sentence(&choices, total)
        };
        assert_eq!(
            said(&[&cheap, &free], 2),
            "Take moka in both scenarios, but in hot only where a miss costs less than 0.102 ms."
        );
        assert_eq!(
            said(&[&cheap, &free, &dear], 4),
            "Take moka for hot, loops and scan, but in hot only where a miss costs less than \
             0.102 ms, and in scan only where a miss costs 100 µs or more."
        );
        let other = Choice { winner: "lru", ..choice("noise", None, None) };
        assert_eq!(
            said(&[&cheap, &free, &other], 3),
            "No one variant is best everywhere: take moka for hot where a miss costs less than \
             0.102 ms, and for loops; lru for noise."
        );
        assert_eq!(said(&[&free], 2), "Take moka for loops.");
        assert_eq!(said(&[], 2), "No scenario names a variant.");
    }
}
