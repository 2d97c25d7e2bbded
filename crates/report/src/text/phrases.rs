//! Phrases that page, summary, decision record and terminal share.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::{
    Estimate, HighestRate, LatencyPercentiles, NotComparable, Pair, RateRange, ScenarioResults,
    Spread, TradeOffKind, Verdict,
};

use super::number::{
    RateUnit, bytes, cost_alone, count, counted, decimals, duration, figures, fixed, interval,
    percent_with, ratio, ratio_with_interval,
};

/// Placeholder for a figure that was not measured.
pub const MISSING: &str = "–";

/// Note on a figure from a single sample, which has no interval.
pub const ONE_SAMPLE: &str = "(1 sample)";

/// Note on a ratio from a single round, which has no interval.
pub const ONE_ROUND: &str = "(1 round)";

/// Formats an estimate with its interval: `41.2 [40.6, 41.9]`, or `41.2 (1 sample)`.
pub fn estimate(of: Estimate) -> String {
    format!("{} {}", figures(of.median), estimate_interval(of, 1.0))
}

/// Formats the interval of an estimate in a unit of `divisor`: `[40.6, 41.9]`, or `(1 sample)`.
pub fn estimate_interval(of: Estimate, divisor: f64) -> String {
    let decimals = decimals(of.median / divisor);
    if of.samples < 2 {
        return ONE_SAMPLE.to_owned();
    }
    interval(of.low / divisor, of.high / divisor, decimals)
}

/// Formats the ratio of a pair with its interval: `21.7× [21.0, 22.4]`, or `21.7× (1 round)`.
pub fn pair_ratio(pair: &Pair) -> String {
    if pair.rounds < 2 {
        return format!("{} {ONE_ROUND}", ratio(pair.ratio));
    }
    ratio_with_interval(pair.ratio, pair.low, pair.high)
}

/// Formats a time in nanoseconds with its range over rounds: `200 ns [180 ns to 220 ns]`, or
/// `200 ns (1 sample)`.
pub fn time_with_spread(of: Spread) -> String {
    let ns = |ns: f64| duration(ns / 1e9);
    if of.samples < 2 {
        return format!("{} {ONE_SAMPLE}", ns(of.value));
    }
    format!("{} [{} to {}]", ns(of.value), ns(of.low), ns(of.high))
}

/// Formats the highest rate with its interval: `85.0 k requests/s [80.1, 90.2]`,
/// `390 k requests/s or more (1 sample)`.
pub fn highest_rate(of: &HighestRate) -> String {
    let found = of.requests_per_second;
    let unit = RateUnit::of(found.median);
    let (before, after) = match of.within {
        RateRange::BelowMeasured => ("less than ", ""),
        RateRange::Measured => ("", ""),
        RateRange::AtOrAboveMeasured => ("", " or more"),
    };
    let interval = if found.samples < 2 || found.low < found.high {
        format!(" {}", estimate_interval(found, unit.divisor))
    } else {
        // All rounds are outside the measured rates.
        String::new()
    };
    let interval = if of.high_is_lower_bound { interval.replace(", ", ", ≥ ") } else { interval };
    let figure = figures(found.median / unit.divisor);
    format!("{before}{figure} {}{after}{interval}", unit.head())
}

/// Returns the word for a verdict.
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::SlightlyFaster => "slightly faster",
        Verdict::Equivalent => "equivalent",
        Verdict::SlightlySlower => "slightly slower",
        Verdict::Slower => "slower",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// Joins a ratio and its verdict: `21.7× faster`, `13.1× slower`, `+0.4 % equivalent`.
pub fn ratio_and_verdict(ratio: &str, verdict: &str) -> String {
    let ratio = if verdict.ends_with("slower") { ratio.trim_end_matches(" less") } else { ratio };
    format!("{ratio} {verdict}").trim_end().to_owned()
}

/// Groups values by key, in the order of the first value of each key.
pub fn grouped<K: PartialEq, V>(entries: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in entries {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

/// Joins names: `lru`, `lru and moka`, `dict, lru and moka`.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "and")
}

/// Joins names as alternatives: `lru`, `lru or moka`, `dict, lru or moka`.
pub fn alternatives<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "or")
}

fn joined<S: AsRef<str>>(names: &[S], conjunction: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Describes a range of miss costs, given a formatted upper end; `None` for every miss cost.
pub fn miss_cost_range(from_ns: Option<f64>, to: Option<String>) -> Option<String> {
    let from = from_ns.map(cost_alone);
    match (from, to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("a miss costs {from} or more")),
        (None, Some(to)) => Some(format!("a miss costs less than {to}")),
        (Some(from), Some(to)) => Some(format!("a miss costs {from} to {to}")),
    }
}

/// Joins the conditions of a recommendation:
/// ` if a miss costs 1 ms or more and writes may be lost`; empty without conditions.
pub fn conditions(miss_cost: Option<String>, trade_offs: &[TradeOffKind]) -> String {
    let acceptable = trade_offs.iter().map(|kind| match kind {
        TradeOffKind::StaleReads => "stale reads are acceptable",
        TradeOffKind::Unanswered => "requests may fail",
        TradeOffKind::LostWrites => "writes may be lost",
        TradeOffKind::Stampedes => "the origin can handle stampedes",
        TradeOffKind::MemoryPerEntry => "its memory per entry is affordable",
    });
    let all: Vec<&str> = miss_cost.as_deref().into_iter().chain(acceptable).collect();
    if all.is_empty() { String::new() } else { format!(" if {}", listed(&all)) }
}

/// Explains why figures are not comparable.
pub fn not_comparable(reason: &NotComparable) -> String {
    match reason {
        NotComparable::ServerCapacity => String::from(
            "the server uses its own capacity setting instead of the scenario's capacity",
        ),
        NotComparable::UnreadableHistogram { message } => message.clone(),
    }
}

/// Describes the timed capacity in entries or bytes, or its absence.
pub fn timed_capacity(of: &ScenarioResults) -> String {
    match (of.scenario.timed_capacity, of.timed_entries()) {
        (Capacity::Bytes(size), _) => format!("capacity {}", bytes(size as f64)),
        (_, Some(entries)) => format!("capacity {} entries", count(entries)),
        (Capacity::Unbounded | Capacity::Entries(_), None) => String::from("no size limit"),
    }
}

/// Describes the intervals of throughput; with too few rounds they are ranges of all samples.
pub fn throughput_intervals(of: &ScenarioResults) -> String {
    if of.timed().all(|(_, rate)| rate.samples < 2) {
        return String::from("no intervals (one sample each)");
    }
    let least = of.timed().map(|(_, rate)| rate.confidence).fold(1.0, f64::min);
    if least >= 0.95 {
        return String::from("95 % intervals");
    }
    format!("ranges of all samples (confidence {}; too few for 95 %)", percent_with(least, 0))
}

/// Describes the intervals of some pairs; with too few rounds they are ranges of all rounds.
pub fn pair_intervals<'a>(pairs: impl Iterator<Item = &'a Pair> + Clone) -> String {
    if pairs.clone().all(|pair| pair.rounds < 2) {
        return String::from("no intervals (a single round)");
    }
    let short = pairs.clone().filter(|pair| !pair.has_enough_rounds()).map(|pair| pair.confidence);
    let Some(least) = short.reduce(f64::min) else {
        return String::from("the intervals that decide the verdicts");
    };
    let least = percent_with(least, 0);
    if pairs.into_iter().any(Pair::has_enough_rounds) {
        format!(
            "the intervals that decide the verdicts; ranges (confidence {least}) if there are too few \
             rounds"
        )
    } else {
        format!("ranges of all rounds (confidence {least}; too few for a verdict)")
    }
}

/// Formats the number of rounds, and the variants with fewer rounds:
/// `40 rounds (redis in 13 of them)`.
pub fn rounds(of: &ScenarioResults) -> String {
    let rounds = counted(u64::from(of.rounds), "round");
    let samples = of.timed().map(|(row, _)| {
        (of.throughput(&row.variant).map_or(0, |found| found.samples.len()), row.variant.as_str())
    });
    let mut fewer = grouped(samples.filter(|(samples, _)| *samples < of.rounds as usize));
    fewer.sort_unstable();
    let parts: Vec<String> = fewer
        .iter()
        .map(|(samples, names)| format!("{} in {samples} of them", names.join(", ")))
        .collect();
    if parts.is_empty() { rounds } else { format!("{rounds} ({})", parts.join("; ")) }
}

/// Formats the largest clock overhead that matters to some latencies: `about 25 ns`.
pub fn clock_time<'a>(latencies: impl Iterator<Item = &'a LatencyPercentiles>) -> Option<String> {
    latencies
        .filter_map(|found| found.significant_clock_ns)
        .reduce(f64::max)
        .map(|clock| format!("about {} ns", fixed(clock, 0)))
}
