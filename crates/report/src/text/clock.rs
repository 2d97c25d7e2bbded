//! Texts on the clock of hit-ratio replays.

use std::collections::BTreeSet;

use bakeoff_protocol::results::{Results, ScenarioResults};
use bakeoff_protocol::trial::ReplayClock;

use super::number::{count, figures};

/// Describes the clock of a replay; `None` if nothing is known about it.
pub fn clock(clock: ReplayClock) -> Option<String> {
    match clock {
        ReplayClock::Timestamps => Some(String::from("virtual, the timestamps of the workload")),
        ReplayClock::Rate { requests_per_second } => {
            Some(format!("virtual, {} requests/s", count(requests_per_second.round() as u64)))
        }
        ReplayClock::Real { .. } => speed_up(clock),
    }
}

/// Describes the effect of a replay in real time on entries that age with the time.
///
/// `None` on a virtual clock, and if the speed is unknown.
pub fn speed_up(clock: ReplayClock) -> Option<String> {
    let ReplayClock::Real { speed_up: Some(speed_up) } = clock else { return None };
    Some(format!(
        "real, replayed {} times faster than the workload: the hit ratio is a lower bound unless \
         entries have a time to live",
        figures(speed_up)
    ))
}

/// Describes the clocks of all hit ratios, one entry per scenario and clock.
pub fn clocks(results: &Results) -> Vec<String> {
    let several = results.scenarios.len() > 1;
    let of_scenario = |of: &ScenarioResults| {
        let found: BTreeSet<String> =
            of.figures.iter().filter_map(|row| row.clock.and_then(clock)).collect();
        let name = of.scenario.name.clone();
        found.into_iter().map(move |text| match several {
            true => format!("{text} ({name})"),
            false => text,
        })
    };
    results.scenarios.iter().flat_map(of_scenario).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_clock_is_described_and_only_real_time_is_a_limitation() {
        let rate = ReplayClock::Rate { requests_per_second: 1_000.0 };
        assert_eq!(clock(rate).unwrap(), "virtual, 1,000 requests/s");
        assert!(clock(ReplayClock::Timestamps).unwrap().starts_with("virtual"));
        assert_eq!(clock(ReplayClock::Real { speed_up: None }), None);
        let real = clock(ReplayClock::Real { speed_up: Some(33.04) }).unwrap();
        assert!(real.starts_with("real, replayed 33.0 times faster"), "{real}");
        assert_eq!((speed_up(rate), speed_up(ReplayClock::Timestamps)), (None, None));
    }
}
