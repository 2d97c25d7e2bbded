//! One-line status of a variant: its measurements, its current step, and the remaining time.

use std::collections::VecDeque;

use bakeoff_protocol::progress::{Phase, Progress, Status};

use crate::record::progress::phase_name;

/// Number of points of a sparkline.
const SPARKLINE_POINTS: usize = 8;

/// Recent throughput of a variant in one scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThroughputHistory {
    scenario: String,
    rates: VecDeque<f64>,
}

impl ThroughputHistory {
    /// Adds the current throughput; a new scenario starts a new history.
    pub fn add(&mut self, progress: &Progress) {
        let Some((scenario, rate)) = current(progress, &progress.requests_per_second) else {
            return;
        };
        if self.scenario != scenario {
            *self = Self { scenario: scenario.to_owned(), rates: VecDeque::new() };
        }
        if self.rates.back() != Some(&rate) {
            self.rates.push_back(rate);
        }
        if self.rates.len() > SPARKLINE_POINTS {
            self.rates.pop_front();
        }
    }

    /// Draws the throughput in bars of eight heights, from the minimum to the maximum.
    fn sparkline(&self) -> String {
        const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let low = self.rates.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.rates.iter().copied().fold(0.0, f64::max);
        if self.rates.len() < 2 {
            return String::new();
        }
        let height = |rate: f64| ((rate - low) / (high - low).max(f64::MIN_POSITIVE) * 7.0).round();
        self.rates.iter().map(|&rate| HEIGHTS[(height(rate) as usize).min(7)]).collect()
    }
}

/// Returns the value of the current scenario, or else the value of the last scenario by name.
fn current<'a>(
    progress: &Progress,
    figures: &'a std::collections::BTreeMap<String, f64>,
) -> Option<(&'a str, f64)> {
    let named = |scenario: &&String| progress.step.ends_with(scenario.as_str());
    let scenario = figures.keys().find(named).or_else(|| figures.keys().next_back())?;
    Some((scenario, *figures.get(scenario)?))
}

/// Prefixes a text with the hit ratio and the throughput.
#[must_use]
pub fn with_measurements(progress: &Progress, history: &ThroughputHistory, text: String) -> String {
    let hits = current(progress, &progress.hit_ratio)
        .map(|(_, ratio)| format!("{:>5.1} % hits", ratio * 100.0));
    let rate = current(progress, &progress.requests_per_second).map(|(_, rate)| {
        format!("{} {}", format_rate(rate), history.sparkline()).trim_end().to_owned()
    });
    let parts = hits.into_iter().chain(rate).chain(Some(text).filter(|text| !text.is_empty()));
    parts.collect::<Vec<_>>().join("  ")
}

/// Formats a rate with a fixed width, such as `16.9 M/s`.
fn format_rate(rate: f64) -> String {
    let (divisor, prefix) = match rate {
        rate if rate >= 1e9 => (1e9, "G"),
        rate if rate >= 1e6 => (1e6, "M"),
        rate if rate >= 1e3 => (1e3, "k"),
        _ => (1.0, " "),
    };
    format!("{:>5.1} {prefix}/s", rate / divisor)
}

/// Describes the current step and the remaining time.
#[must_use]
pub fn current_step(progress: &Progress) -> String {
    let phase_note = match progress.phase {
        Phase::Measuring => " (alone on the machine)",
        _ => "",
    };
    let words = match (progress.status, progress.phase, progress.step.as_str()) {
        (Status::Pending, Phase::Preparing, _) => return String::new(),
        (Status::Pending, _, _) => return String::from("paused"),
        (_, phase, "") => phase_name(phase).to_owned(),
        (_, phase, step) => format!("{}: {step}", phase_name(phase)),
    };
    // The least important part comes last, because a narrow terminal cuts it off.
    format!("{words}{}{phase_note}", remaining(progress.eta_seconds))
}

/// Describes the final state.
#[must_use]
pub fn final_state(progress: &Progress) -> String {
    match (&progress.error, &progress.disqualified) {
        (Some(error), _) => {
            let status = if progress.status == Status::Skipped { "skipped" } else { "failed" };
            format!("{status} ({}): {}; {}", error.kind, error.message, error.hint)
        }
        (None, Some(why)) => format!("completed, but disqualified: {why}"),
        (None, None) => String::from("completed"),
    }
}

/// Formats the remaining time as `, about 1:23 left`; empty if it is unknown.
#[must_use]
pub fn remaining(eta_seconds: Option<f64>) -> String {
    let Some(seconds) = eta_seconds.filter(|seconds| seconds.is_finite()) else {
        return String::new();
    };
    let left = seconds.max(0.0).round() as u64;
    format!(", about {}:{:02} left", left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_contains_measurements_step_and_remaining_time() {
        let mut progress = crate::record::progress::tests::pending_variant();
        progress.status = Status::Running;
        progress.phase = Phase::Measuring;
        progress.step = String::from("round 3 of scan");
        progress.eta_seconds = Some(83.0);
        let mut history = ThroughputHistory::default();
        for rate in [16.0e6, 16.4e6, 16.4e6, 16.9e6] {
            progress.requests_per_second.insert(String::from("scan"), rate);
            progress.requests_per_second.insert(String::from("zipf"), 1.0);
            progress.hit_ratio.insert(String::from("scan"), 0.7132);
            history.add(&progress);
        }
        assert_eq!(
            with_measurements(&progress, &history, current_step(&progress)),
            " 71.3 % hits   16.9 M/s ▁▄█  measuring: round 3 of scan, about 1:23 left \
             (alone on the machine)"
        );
        for rate in 0..20 {
            progress.requests_per_second.insert(String::from("scan"), f64::from(rate));
            history.add(&progress);
        }
        assert_eq!(history.sparkline().chars().count(), SPARKLINE_POINTS);
    }
}
