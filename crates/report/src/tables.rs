//! The tables that page, summary, decision and terminal share, each cell already in words.

use bakeoff_protocol::results::LatencyFigures;
use serde::Serialize;

use crate::clock;
use crate::sure::intervals;
use bakeoff_analysis::figures::{Entrant, Report, Row, ScenarioFigures, Tried};
use bakeoff_analysis::number::{
    RateUnit, bytes, count, duration, entry_bytes, figures, fixed, interval, percent, percent_with,
    rate, ratio_with_interval,
};
use bakeoff_analysis::words;

/// Stands where nothing was measured.
pub const NOTHING: &str = "–";

/// One variant in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Place in the user's order.
    pub place: usize,
    /// The variant.
    pub variant: String,
    /// Hit ratio at the timed capacity.
    pub hit_ratio: String,
    /// Share of the clairvoyant hit ratio.
    pub of_clairvoyant: String,
    /// Requests per second in the unit of the column.
    pub requests_per_second: String,
    /// Its interval, in brackets.
    pub interval: String,
    /// Difference from the baseline with its interval; `baseline` for the baseline itself.
    pub against: String,
    /// The verdict's word; empty for the baseline and where nothing was compared.
    pub verdict: String,
    /// Half of the requests took no longer; a dash where single requests were not timed.
    pub p50: String,
    /// 99 of 100 did.
    pub p99: String,
    /// 999 of 1,000 did.
    pub p99_9: String,
    /// Bytes an entry (`712 B`), or what the runner took at its highest.
    pub memory: String,
    /// What a reader must know of this row, if anything.
    pub note: String,
}

/// What the figures of a scenario are, under its heading or its table.
#[must_use]
pub fn caption(of: &ScenarioFigures) -> String {
    let timed = if of.rounds == 0 {
        String::from("not timed yet")
    } else {
        let differences = if of.pairs.is_empty() {
            String::new()
        } else {
            format!("; differences with {}", intervals(of.pairs.iter()))
        };
        format!("medians over {} with {}{differences}", of.in_rounds(), of.intervals())
    };
    let doubt = if of.proven() { "" } else { " The run is unproven: its verdicts prove nothing." };
    format!("At {}; {timed}{}.{doubt}", of.at_timed_capacity(), clock::note(of))
}

/// The head of the column of memory: what an entry takes, or what the runner took at its highest.
#[must_use]
pub fn memory_head(of: &ScenarioFigures) -> &'static str {
    let weighed = of.rows.iter().any(|row| row.bytes_per_entry.is_some());
    if weighed { "memory an entry" } else { "memory" }
}

/// The head of the column of rates of a scenario: `M requests/s`.
#[must_use]
pub fn rate_head(of: &ScenarioFigures) -> String {
    rate_unit(of).head()
}

fn rate_unit(of: &ScenarioFigures) -> RateUnit {
    RateUnit::of(of.timed().map(|(_, rate)| rate.median).fold(0.0, f64::max))
}

/// A row for every variant of a scenario.
#[must_use]
pub fn measured(report: &Report, of: &ScenarioFigures) -> Vec<Measured> {
    let unit = rate_unit(of);
    of.rows.iter().map(|row| measured_row(report, of, row, unit)).collect()
}

fn measured_row(report: &Report, of: &ScenarioFigures, row: &Row, unit: RateUnit) -> Measured {
    let timed = row.requests_per_second.map(|estimate| {
        let median = estimate.median / unit.divisor;
        let decimals = bakeoff_analysis::number::decimals(median);
        let low = estimate.low / unit.divisor;
        (figures(median), interval(low, estimate.high / unit.divisor, decimals))
    });
    let (requests_per_second, interval) = timed.unwrap_or((NOTHING.to_owned(), String::new()));
    let [against, verdict] = self::against(of, &row.variant, &report.exploration.baseline);
    Measured {
        place: row.place,
        variant: row.variant.clone(),
        hit_ratio: row.hit_ratio.map_or_else(|| NOTHING.to_owned(), percent),
        of_clairvoyant: match (row.of_clairvoyant, row.hit_ratio) {
            (Some(share), _) => percent_with(share, 1),
            (None, Some(_)) if row.as_configured => String::from("as configured"),
            (None, Some(_)) if row.allowed_entries.is_none() => String::from("no limit"),
            _ => NOTHING.to_owned(),
        },
        requests_per_second,
        interval,
        against,
        verdict,
        p50: time(row.latency(), |found| found.p50.value),
        p99: time(row.latency(), |found| found.p99.value),
        p99_9: time(row.latency(), |found| found.p99_9.value),
        memory: memory(row),
        note: note(report, of, row),
    }
}

/// A variant against any other as it stands in a table: the difference with its interval (or
/// `baseline`), and the verdict's word.
#[must_use]
pub fn against(of: &ScenarioFigures, variant: &str, baseline: &str) -> [String; 2] {
    if variant == baseline {
        return [String::from("baseline"), String::new()];
    }
    match of.pair(variant, baseline) {
        Some(pair) => {
            [ratio_with_interval(pair.ratio, pair.low, pair.high), words::of_pair(&pair).to_owned()]
        }
        None => [NOTHING.to_owned(), String::new()],
    }
}

fn time(found: Option<&LatencyFigures>, of: fn(&LatencyFigures) -> f64) -> String {
    found.map_or_else(|| NOTHING.to_owned(), |found| duration(of(found) / 1e9))
}

fn memory(row: &Row) -> String {
    match (row.bytes_per_entry, row.peak_rss_bytes) {
        (Some(estimate), _) => entry_bytes(estimate.median),
        (None, Some(peak)) => format!("{} at its highest", bytes(peak as f64)),
        (None, None) => NOTHING.to_owned(),
    }
}

fn note(report: &Report, of: &ScenarioFigures, row: &Row) -> String {
    let mut notes = Vec::new();
    notes.extend(report.entrant(&row.variant).and_then(Entrant::absence));
    notes.extend(row.not_comparable.iter().map(|why| format!("not comparable: {why}")));
    notes.extend(row.fewer_requests.map(|requests| {
        format!(
            "hit ratio over the first {} of {} requests",
            count(requests),
            count(of.scenario.requests)
        )
    }));
    notes.extend(row.hit_ratio_range.map(|[low, high]| {
        format!("replays differ: hit ratio {} to {}", percent(low), percent(high))
    }));
    notes.extend(apart(report, of, row));
    if row.bimodal {
        notes.push(String::from("samples fall into two groups"));
    }
    notes.join("; ")
}

/// Why its speed is not compared with the baseline's.
fn apart(report: &Report, of: &ScenarioFigures, row: &Row) -> Option<String> {
    let baseline = &report.exploration.baseline;
    let why = of.pair(&row.variant, baseline)?.not_comparable?;
    Some(format!("speed not comparable with {baseline}'s: {why}"))
}

/// What one variant is, as far as it was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Properties {
    /// Place in the user's order.
    pub place: usize,
    /// The variant.
    pub variant: String,
    /// What its user says of it.
    pub description: String,
    /// Requests per second, over all scenarios.
    pub performance: String,
    /// Whether it keeps a limit, and what it grew to.
    pub memory_safety: String,
    /// Whether processes share it.
    pub distribution: String,
    /// Whether its entries survive a restart.
    pub survives_restart: String,
    /// Lines of code of the strategy.
    pub lines_of_code: String,
    /// Crates that it brings, of all that it depends on.
    pub dependencies: String,
    /// Time to compile it.
    pub build_time: String,
    /// `yes`, `no` or a dash: bounded.
    pub bounded: &'static str,
    /// `yes`, `no` or a dash: shared.
    pub shared: &'static str,
}

/// A row for every variant.
#[must_use]
pub fn properties(report: &Report) -> Vec<Properties> {
    report.entrants.iter().map(|entrant| properties_row(report, entrant)).collect()
}

fn properties_row(report: &Report, entrant: &Entrant) -> Properties {
    let facts = entrant.facts.as_ref();
    let nothing = || NOTHING.to_owned();
    Properties {
        place: entrant.place,
        variant: entrant.name.clone(),
        description: entrant.description.clone(),
        performance: performance(report, entrant),
        memory_safety: memory_safety(report, entrant),
        distribution: tried(entrant.shared.as_ref(), "shared between processes", "process-local"),
        survives_restart: tried(entrant.survives_restart.as_ref(), "yes", "no"),
        lines_of_code: facts.map_or_else(nothing, |facts| count(facts.lines_of_code)),
        dependencies: facts.map_or_else(nothing, |facts| {
            format!("{} own, {} in all", count(facts.own_dependencies), count(facts.dependencies))
        }),
        build_time: entrant.build_seconds().map_or_else(nothing, duration),
        bounded: kept_its_limit(report, entrant).or(entrant.bounded()).map_or(NOTHING, yes_or_no),
        shared: entrant.shared.as_ref().map_or(NOTHING, |tried| yes_or_no(tried.observed)),
    }
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Median throughput, from the scenario with the lowest to that with the highest.
fn performance(report: &Report, entrant: &Entrant) -> String {
    let medians = || {
        report
            .scenarios
            .iter()
            .filter_map(|of| Some(of.rows.get(entrant.place)?.requests_per_second?.median))
    };
    let low = medians().min_by(f64::total_cmp).map(rate);
    let high = medians().max_by(f64::total_cmp).map(rate);
    match low.zip(high) {
        None => NOTHING.to_owned(),
        Some((low, high)) if low == high => format!("{low} requests/s"),
        Some((low, high)) => format!("{low} to {high} requests/s"),
    }
}

/// What was tried, and where it disagrees with what was declared.
fn tried(tried: Option<&Tried>, yes: &str, no: &str) -> String {
    let Some(tried) = tried else { return String::from("not tried") };
    let observed = if tried.observed { yes } else { no };
    if tried.observed == tried.declared {
        return observed.to_owned();
    }
    format!("{observed}, although it declares the opposite")
}

/// A server's limit counts bytes, so that entries come out a little over or under.
const TOLERANCE: f64 = 1.05;

/// Whether it held no more than it was allowed in every replay with a limit; `None` where there
/// was none.
#[must_use]
pub fn kept_its_limit(report: &Report, entrant: &Entrant) -> Option<bool> {
    limits(report, entrant)
        .map(|(_, allowed, held)| held as f64 <= allowed as f64 * TOLERANCE)
        .reduce(|all, kept| all && kept)
}

/// Entries allowed and held in each scenario's timed replay, where there was a limit.
fn limits<'a>(
    report: &'a Report,
    entrant: &'a Entrant,
) -> impl Iterator<Item = (&'a Row, u64, u64)> {
    report.scenarios.iter().filter_map(|of| {
        let row = of.rows.get(entrant.place)?;
        Some((row, row.allowed_entries?, row.held_entries?))
    })
}

/// Whether it keeps a limit, by what was seen.
#[must_use]
pub fn memory_safety(report: &Report, entrant: &Entrant) -> String {
    let growth = report
        .scenarios
        .iter()
        .filter_map(|of| of.rows.get(entrant.place))
        .filter_map(|row| Some((row.held_entries?, row.growth_bytes.unwrap_or(0))))
        .max();
    let grew = growth.map(|(held, size)| {
        let grown = if size > 0 { format!(" (+{})", bytes(size as f64)) } else { String::new() };
        format!("{} entries{grown}", count(held))
    });
    if let Some(reason) = &entrant.disqualified {
        return format!("not safe: {reason}");
    }
    let declared = entrant.bounded();
    if report
        .scenarios
        .iter()
        .filter_map(|of| of.rows.get(entrant.place))
        .any(|row| row.as_configured)
    {
        let held = grew.map_or_else(String::new, |grew| format!("; held {grew}"));
        return format!("limited as its server is configured, which was not changed{held}");
    }
    match (kept_its_limit(report, entrant), grew) {
        (Some(true), Some(grew)) if declared != Some(false) => {
            match limits(report, entrant).max_by_key(|&(_, _, held)| held) {
                Some((_, allowed, held)) if held > allowed => format!(
                    "bounded: held {}, {} over the {} asked for",
                    count(held),
                    percent_with(held as f64 / allowed as f64 - 1.0, 1),
                    count(allowed)
                ),
                Some((_, allowed, held)) => {
                    format!("bounded: held {} of {} allowed", count(held), count(allowed))
                }
                None => format!("bounded: held {grew}"),
            }
        }
        (Some(false), Some(grew)) if declared == Some(true) => {
            format!("declares a limit, yet grew past it to {grew}")
        }
        (_, Some(grew)) => format!("unbounded: grew to {grew}"),
        (_, None) => match declared {
            Some(true) => String::from("declares a limit; not measured"),
            Some(false) => String::from("declares no limit; not measured"),
            None => NOTHING.to_owned(),
        },
    }
}

/// A share of spread as it stands in text: `1.4 %`.
#[must_use]
pub fn spread(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 1))
}
