//! The page about the bundled scenarios, made from their files.

use std::fmt::Write;

use super::{GeneratedPlan, Scenario, WorkloadPlan};

/// Where the generated part of `docs/SCENARIOS.md` begins.
pub const BEGIN: &str =
    "<!-- made by `bakeoff scenario docs`; change the scenario files instead -->";
/// Where it ends.
pub const END: &str = "<!-- up to here -->";

/// A table of scenarios, then what each imitates and on what evidence: the comment at the head of
/// its file. Each scenario comes with the text of its file.
#[must_use]
pub fn catalogue(scenarios: &[(Scenario, String)]) -> String {
    let mut page =
        String::from("| name | what it is | requests | keys | timed at |\n|---|---|---|---|---|\n");
    for (scenario, _) in scenarios {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{}", row(scenario));
    }
    for (scenario, text) in scenarios {
        let _ = write!(page, "\n### {}\n\n{}", scenario.name, head_comment(text));
    }
    page
}

fn row(scenario: &Scenario) -> String {
    let (requests, keys) = match &scenario.workload {
        WorkloadPlan::Generated(plan) => (grouped(plan.requests()), keys(plan)),
        WorkloadPlan::Trace(source) => (source.name(), String::new()),
    };
    format!(
        "| `{}` | {} | {requests} | {keys} | {} |",
        scenario.name, scenario.summary, scenario.capacity.timed
    )
}

fn keys(plan: &GeneratedPlan) -> String {
    let mut numbers = Vec::new();
    let mut grow = false;
    let streams = plan.phases.iter().flat_map(|phase| &phase.streams);
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for stream in streams {
        let range = (stream.generator.first_key(), stream.generator.keys());
        grow |= stream.changes.churn > 0.0 || stream.mix.inserts > 0.0;
        // Phases may share keys.
        if !ranges.contains(&range) {
            ranges.push(range);
            numbers.push(grouped(range.1));
        }
    }
    format!("{}{}", numbers.join(" + "), if grow { ", growing" } else { "" })
}

/// A whole number with its thousands parted.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The comment at the head of a file, without its marks; an empty line ends a paragraph.
fn head_comment(text: &str) -> String {
    text.lines()
        .take_while(|line| line.starts_with('#'))
        .map(|line| format!("{}\n", line.trim_start_matches('#').trim()))
        .collect()
}

impl GeneratedPlan {
    /// Requests that it makes in all.
    #[must_use]
    pub fn requests(&self) -> u64 {
        let round: u64 = self.phases.iter().map(|phase| phase.requests).sum();
        round.saturating_mul(self.repeat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_in_thousands() {
        assert_eq!([7, 1_000, 12_345_678].map(grouped), ["7", "1,000", "12,345,678"]);
    }
}
