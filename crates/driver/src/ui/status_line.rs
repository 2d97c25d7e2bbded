//! Where a variant stands, in one line: figures so far, what is under way in which lane, what is
//! left. Pure.

use std::collections::VecDeque;

use bakeoff_protocol::progress::{Phase, Progress, Status};

use crate::record::progress::word;

/// Points that a sparkline shows.
const POINTS: usize = 8;

/// What was seen of a variant's throughput so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    scenario: String,
    rates: VecDeque<f64>,
}

impl Seen {
    /// Takes note of a state; the throughput of another scenario begins anew.
    pub fn take(&mut self, progress: &Progress) {
        let Some((scenario, rate)) = present(progress, &progress.requests_per_second) else {
            return;
        };
        if self.scenario != scenario {
            *self = Self { scenario: scenario.to_owned(), rates: VecDeque::new() };
        }
        if self.rates.back() != Some(&rate) {
            self.rates.push_back(rate);
        }
        if self.rates.len() > POINTS {
            self.rates.pop_front();
        }
    }

    /// The throughput as bars of eight heights, the lowest seen to the highest.
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

/// The figure of the scenario that is under way, else of the last one that has any.
fn present<'a>(
    progress: &Progress,
    figures: &'a std::collections::BTreeMap<String, f64>,
) -> Option<(&'a str, f64)> {
    let named = |scenario: &&String| progress.step.ends_with(scenario.as_str());
    let scenario = figures.keys().find(named).or_else(|| figures.keys().next_back())?;
    Some((scenario, *figures.get(scenario)?))
}

/// Hit ratio and throughput so far, before what is said in words.
#[must_use]
pub fn figures(progress: &Progress, seen: &Seen, words: String) -> String {
    let hits = present(progress, &progress.hit_ratio)
        .map(|(_, ratio)| format!("{:>5.1} % hits", ratio * 100.0));
    let rate = present(progress, &progress.requests_per_second)
        .map(|(_, rate)| format!("{} {}", rate_word(rate), seen.sparkline()).trim_end().to_owned());
    let parts = hits.into_iter().chain(rate).chain(Some(words).filter(|words| !words.is_empty()));
    parts.collect::<Vec<_>>().join("  ")
}

/// `16.9 M/s`, in a column of its own width.
fn rate_word(rate: f64) -> String {
    let (divisor, prefix) = match rate {
        rate if rate >= 1e9 => (1e9, "G"),
        rate if rate >= 1e6 => (1e6, "M"),
        rate if rate >= 1e3 => (1e3, "k"),
        _ => (1.0, " "),
    };
    format!("{:>5.1} {prefix}/s", rate / divisor)
}

/// What is under way, in which lane, and how long it will take.
#[must_use]
pub fn under_way(progress: &Progress) -> String {
    let lane = match progress.phase {
        Phase::Measuring => " (alone on the machine)",
        _ => "",
    };
    let words = match (progress.status, progress.phase, progress.step.as_str()) {
        (Status::Pending, Phase::Preparing, _) => return String::new(),
        (Status::Pending, _, _) => return String::from("paused"),
        (_, phase, "") => word(phase).to_owned(),
        (_, phase, step) => format!("{}: {step}", word(phase)),
    };
    // What a narrow terminal cuts off first stands last.
    format!("{words}{}{lane}", remaining(progress.eta_seconds))
}

/// How it ended.
#[must_use]
pub fn end(progress: &Progress) -> String {
    match (&progress.error, &progress.disqualified) {
        (Some(error), _) => {
            let status = if progress.status == Status::Skipped { "skipped" } else { "failed" };
            format!("{status} ({}): {}; {}", error.kind, error.message, error.hint)
        }
        (None, Some(why)) => format!("completed, but disqualified: {why}"),
        (None, None) => String::from("completed"),
    }
}

/// `, about 1:23 left`; nothing where it is not known.
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
    fn one_line_says_figures_lane_and_time_left() {
        let mut progress = crate::record::progress::tests::pending_variant();
        progress.status = Status::Running;
        progress.phase = Phase::Measuring;
        progress.step = String::from("round 3 of scan");
        progress.eta_seconds = Some(83.0);
        let mut seen = Seen::default();
        for rate in [16.0e6, 16.4e6, 16.4e6, 16.9e6] {
            progress.requests_per_second.insert(String::from("scan"), rate);
            progress.requests_per_second.insert(String::from("zipf"), 1.0);
            progress.hit_ratio.insert(String::from("scan"), 0.7132);
            seen.take(&progress);
        }
        assert_eq!(
            figures(&progress, &seen, under_way(&progress)),
            " 71.3 % hits   16.9 M/s ▁▄█  measuring: round 3 of scan, about 1:23 left \
             (alone on the machine)"
        );
        for rate in 0..20 {
            progress.requests_per_second.insert(String::from("scan"), f64::from(rate));
            seen.take(&progress);
        }
        assert_eq!(seen.sparkline().chars().count(), POINTS);
    }
}
