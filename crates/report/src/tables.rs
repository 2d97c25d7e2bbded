//! Rows of formatted figures, shared by page, summary, decision record and terminal.

use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::{
    MemoryGrowthFigures, ReferenceKind, Results, ScenarioResults, TestedProperty, VariantFigures,
    VariantResults,
};
use bakeoff_protocol::sample::StaticFacts;
use serde::Serialize;

use crate::sentences::conclusion::memory_grows;
use crate::text::clock;
use crate::text::number::{
    RateUnit, bytes, count, counted, duration, entry_bytes, figures, percent, percent_with, rate,
    tick_duration,
};
use crate::text::phrases::{
    MISSING, clock_time, estimate_interval, not_comparable, pair_intervals, pair_ratio,
    ratio_and_verdict, rounds, throughput_intervals, timed_capacity, verdict,
};

/// Formatted figures of one variant in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasuredRow {
    /// Position of the variant in the user's order.
    pub index: usize,
    pub variant: String,
    /// Hit ratio at the timed capacity.
    pub hit_ratio: String,
    /// Hit ratio as a share of the optimal bound.
    pub share_of_optimal: String,
    /// Requests per second in the unit of the column.
    pub requests_per_second: String,
    /// Interval of the requests per second, in brackets.
    pub interval: String,
    /// Difference from the baseline with its interval; `baseline` for the baseline itself.
    pub against: String,
    /// Verdict; empty for the baseline and without a comparison.
    pub verdict: String,
    pub p99: String,
    /// Verdict with the difference, without the interval: `21.6× slower`.
    pub against_short: String,
    /// Bytes per entry (`712 B`), otherwise the peak memory of the runner.
    pub memory: String,
    /// Memory of all entries of the timed cache.
    pub memory_held: String,
    pub memory_per_entry: String,
    /// Reasons why figures are missing or not comparable.
    pub note: String,
}

/// Returns the caption of a scenario's table.
pub fn caption(of: &ScenarioResults) -> String {
    let timed = if of.rounds == 0 {
        String::from("not timed yet")
    } else {
        let differences = if of.pairs.is_empty() {
            String::new()
        } else {
            format!("; differences with {}", pair_intervals(of.pairs.iter()))
        };
        format!("medians over {} with {}{differences}", rounds(of), throughput_intervals(of))
    };
    let clock = clock_time(of.figures.iter().filter_map(|row| of.latency(&row.variant)));
    let clock =
        clock.map_or_else(String::new, |clock| format!("; p99 includes {clock} of clock overhead"));
    let doubt =
        if of.confirmed { "" } else { " The run is unconfirmed: its verdicts do not count." };
    format!("At {}; {timed}{clock}.{doubt}", timed_capacity(of))
}

/// Returns the head of the memory column, which depends on whether bytes per entry were measured.
pub fn memory_head(of: &ScenarioResults) -> &'static str {
    let weighed = of.figures.iter().any(|row| row.bytes_per_entry.is_some());
    if weighed { "memory per entry" } else { "memory" }
}

/// Returns the head of the throughput column: `M requests/s`.
pub fn rate_head(of: &ScenarioResults) -> String {
    rate_unit(of).head()
}

fn rate_unit(of: &ScenarioResults) -> RateUnit {
    RateUnit::of(of.timed().map(|(_, rate)| rate.median).fold(0.0, f64::max))
}

/// Returns a row for every variant of a scenario.
pub fn measured_rows(results: &Results, of: &ScenarioResults) -> Vec<MeasuredRow> {
    let unit = rate_unit(of);
    of.figures.iter().map(|row| measured_row(results, of, row, unit)).collect()
}

fn measured_row(
    results: &Results,
    of: &ScenarioResults,
    row: &VariantFigures,
    unit: RateUnit,
) -> MeasuredRow {
    let timed = row.requests_per_second.map(|estimate| {
        let median = estimate.median / unit.divisor;
        (figures(median), estimate_interval(estimate, unit.divisor))
    });
    let (requests_per_second, interval) = timed.unwrap_or((MISSING.to_owned(), String::new()));
    let [against, verdict] =
        difference_and_verdict(of, &row.variant, &results.exploration.baseline);
    MeasuredRow {
        index: row.index,
        variant: row.variant.clone(),
        hit_ratio: row.hit_ratio.map_or_else(|| MISSING.to_owned(), percent),
        share_of_optimal: match (row.share_of_optimal, row.hit_ratio) {
            (Some(share), _) => percent(share),
            (None, Some(_)) if row.server_capacity => String::from("server's own capacity"),
            (None, Some(_)) if row.allowed_entries.is_none() => String::from("no size limit"),
            _ => MISSING.to_owned(),
        },
        requests_per_second,
        interval,
        against_short: short_difference(&against, &verdict),
        against,
        verdict,
        p99: of
            .latency(&row.variant)
            .map_or_else(|| MISSING.to_owned(), |found| duration(found.p99.value / 1e9)),
        memory: memory(row),
        memory_held: row.growth_bytes.map_or_else(|| MISSING.to_owned(), |held| bytes(held as f64)),
        memory_per_entry: row
            .bytes_per_entry
            .map_or_else(|| MISSING.to_owned(), |found| entry_bytes(found.median)),
        note: note(results, row),
    }
}

/// Returns the difference from a baseline with its interval (or `baseline`), and the verdict.
pub fn difference_and_verdict(of: &ScenarioResults, variant: &str, baseline: &str) -> [String; 2] {
    if variant == baseline {
        return [String::from("baseline"), String::new()];
    }
    match of.pair(variant, baseline) {
        Some(pair) => [pair_ratio(&pair), verdict(pair.verdict).to_owned()],
        None => [MISSING.to_owned(), String::new()],
    }
}

/// Joins a difference without its interval and the verdict: `21.6× slower`.
pub fn short_difference(against: &str, verdict: &str) -> String {
    ratio_and_verdict(against.split(" [").next().unwrap_or_default(), verdict)
}

/// Reference row to compare the variants with, such as the optimal bound, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReferenceText {
    pub name: &'static str,
    pub hit_ratio: String,
    pub share_of_optimal: String,
    pub requests_per_second: String,
    pub note: String,
}

/// Returns the rows of the bounds and of a system without a cache.
pub fn reference_rows(of: &ScenarioResults) -> Vec<ReferenceText> {
    let unit = rate_unit(of);
    let optimal = of.reference.rows.iter().find(|row| row.kind == ReferenceKind::OptimalBound);
    let order = [ReferenceKind::OptimalBound, ReferenceKind::InfiniteCache, ReferenceKind::NoCache];
    let found =
        order.iter().filter_map(|kind| of.reference.rows.iter().find(|row| row.kind == *kind));
    found
        .map(|row| {
            let (name, note) = match row.kind {
                ReferenceKind::OptimalBound => (
                    "optimal bound",
                    String::from(
                        "the best that any cache of this capacity can reach; it knows the future",
                    ),
                ),
                ReferenceKind::InfiniteCache => (
                    "infinite cache",
                    format!("a cache without a limit: {} keys", count(row.entries)),
                ),
                ReferenceKind::NoCache => (
                    "no cache",
                    format!(
                        "every read goes to the origin, {} each",
                        tick_duration(of.reference.miss_cost_ns / 1e9)
                    ),
                ),
            };
            let share = optimal.filter(|optimal| row.hit_ratio <= optimal.hit_ratio);
            let share = share.filter(|optimal| row.hit_ratio > 0.0 && optimal.hit_ratio > 0.0);
            ReferenceText {
                name,
                hit_ratio: percent(row.hit_ratio),
                share_of_optimal: share
                    .map_or_else(String::new, |optimal| percent(row.hit_ratio / optimal.hit_ratio)),
                requests_per_second: row
                    .requests_per_second
                    .map_or_else(String::new, |rate| figures(rate / unit.divisor)),
                note,
            }
        })
        .collect()
}

/// Returns processor and number of cores.
pub fn machine(results: &Results) -> String {
    let machine = &results.exploration.machine;
    let cpu = machine.cpu.replace("(R)", "").replace("(TM)", "");
    let cpu = cpu.split(" @ ").next().unwrap_or_default();
    let cpu = cpu.split_whitespace().filter(|word| *word != "CPU" && *word != "Processor");
    let cores = counted(u64::from(machine.cores), "core");
    format!("{}, {cores}", cpu.collect::<Vec<_>>().join(" "))
}

fn memory(row: &VariantFigures) -> String {
    match (row.bytes_per_entry, row.peak_rss_bytes) {
        (Some(estimate), _) => entry_bytes(estimate.median),
        (None, Some(peak)) => format!("{} peak", bytes(peak as f64)),
        (None, None) => MISSING.to_owned(),
    }
}

fn note(results: &Results, row: &VariantFigures) -> String {
    let mut notes = Vec::new();
    notes.extend(results.variant(&row.variant).and_then(absence));
    notes.extend(
        row.not_comparable.iter().map(|why| format!("not comparable: {}", not_comparable(why))),
    );
    notes.extend(row.hit_ratio_absence.iter().map(|reason| format!("no hit ratio: {reason}")));
    notes.extend(row.hit_ratio_range.map(|[low, high]| {
        format!("the hit ratio varies between replays: {} to {}", percent(low), percent(high))
    }));
    notes.extend(expires(results, row).then(|| row.clock.and_then(clock::speed_up)).flatten());
    notes.extend(row.generator_saturated.map(|processors| {
        format!(
            "throughput is a lower bound: the load generator was saturated ({} of a processor, the \
             service {})",
            percent_with(processors.generator, 0),
            percent_with(processors.service, 0)
        )
    }));
    if row.bimodal {
        notes.push(String::from("the samples fall into two groups"));
    }
    notes.join("; ")
}

/// Returns true if the entries of a variant age with the time, so that its hit ratio depends on the
/// clock.
fn expires(results: &Results, row: &VariantFigures) -> bool {
    let properties = results.variant(&row.variant).and_then(|variant| variant.properties);
    properties.is_some_and(|properties| properties.ttl)
}

/// Returns the reason why a variant is missing or disqualified; `None` for any other variant.
pub fn absence(variant: &VariantResults) -> Option<String> {
    let message = || {
        let error = variant.error.as_ref();
        error.map_or("no reason was recorded", |error| error.message.as_str())
    };
    match variant.status {
        Status::Failed => Some(format!("failed: {}", message())),
        Status::Skipped => Some(format!("skipped: {}", message())),
        Status::Completed => {
            variant.disqualified.as_ref().map(|reason| format!("disqualified: {reason}"))
        }
        // Also the status of a variant whose run was interrupted.
        Status::Pending => Some(String::from("not finished")),
        Status::Running => Some(String::from("still running")),
    }
}

/// Returns the missing and disqualified variants, each with the reason.
pub fn absent_variants(results: &Results) -> Vec<(&VariantResults, String)> {
    results.variants.iter().filter_map(|variant| Some((variant, absence(variant)?))).collect()
}

/// Properties of one variant, as observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertiesRow {
    /// Position of the variant in the user's order.
    pub index: usize,
    pub variant: String,
    /// The user's description.
    pub description: String,
    /// Range of requests per second over all scenarios.
    pub performance: String,
    /// Observed size compared with the size limit.
    pub memory_safety: String,
    /// `shared between processes` or `process-local`.
    pub distribution: String,
    /// `yes` if entries survive a restart of the process.
    pub survives_restart: String,
    pub lines_of_code: String,
    /// Number of crates that the harness does not need, and of all crates.
    pub dependencies: String,
    pub build_time: String,
    /// Published crates with version and licence; `none` without any.
    pub libraries: String,
    /// `yes`, `no`, or a dash if unknown.
    pub bounded: &'static str,
    /// `kept`, `exceeded`, `none`, `of the server`, or a dash if unknown.
    pub limit: &'static str,
    /// `yes`, `no`, or a dash if unknown.
    pub shared: &'static str,
}

/// Returns a row for every variant.
pub fn properties_rows(results: &Results) -> Vec<PropertiesRow> {
    results.variants.iter().map(|variant| properties_row(results, variant)).collect()
}

fn properties_row(results: &Results, variant: &VariantResults) -> PropertiesRow {
    let facts = variant.facts.as_ref();
    let missing = || MISSING.to_owned();
    let bounded = variant.memory_limit.kept.or(variant.declares_limit());
    PropertiesRow {
        index: variant.index,
        variant: variant.name.clone(),
        description: variant.description.clone(),
        performance: performance(results, variant),
        memory_safety: memory_safety(variant),
        distribution: property_value(
            variant.shared.as_ref(),
            "shared between processes",
            "process-local",
        ),
        survives_restart: property_value(variant.survives_restart.as_ref(), "yes", "no"),
        lines_of_code: facts.map_or_else(missing, |facts| count(facts.lines_of_code)),
        dependencies: facts.map_or_else(missing, |facts| {
            format!("{} own, {} in total", count(facts.own_dependencies), count(facts.dependencies))
        }),
        libraries: facts.map_or_else(missing, libraries),
        build_time: variant.build_seconds.map_or_else(missing, duration),
        bounded: bounded.map_or(MISSING, yes_or_no),
        limit: limit(variant),
        shared: variant.shared.as_ref().map_or(MISSING, |tried| yes_or_no(tried.observed)),
    }
}

fn limit(variant: &VariantResults) -> &'static str {
    match (variant.declares_limit(), variant.memory_limit.kept) {
        _ if variant.memory_limit.server_capacity => "of the server",
        (Some(false), _) => "none",
        (_, Some(true)) => "kept",
        (Some(true), Some(false)) => "exceeded",
        (None, Some(false)) => "none",
        (Some(true), None) => "not tested",
        (None, None) => MISSING,
    }
}

/// Formats a known property.
pub const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Formats crates with version and licence: `moka 0.12.10 (MIT OR Apache-2.0)`.
fn libraries(facts: &StaticFacts) -> String {
    if facts.libraries.is_empty() {
        // Records of earlier versions list no libraries.
        return String::from(if facts.own_dependencies > 0 { MISSING } else { "none" });
    }
    let texts = facts.libraries.iter().map(|library| {
        let license = library.license.as_deref().unwrap_or("licence not stated");
        format!("{} {} ({license})", library.name, library.version)
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Formats the range of median throughputs over the scenarios.
fn performance(results: &Results, variant: &VariantResults) -> String {
    let medians = || {
        results
            .scenarios
            .iter()
            .filter_map(|of| Some(of.figures.get(variant.index)?.requests_per_second?.median))
    };
    let low = medians().min_by(f64::total_cmp).map(rate);
    let high = medians().max_by(f64::total_cmp).map(rate);
    match low.zip(high) {
        None => MISSING.to_owned(),
        Some((low, high)) if low == high => format!("{low} requests/s"),
        Some((low, high)) => format!("{low} to {high} requests/s"),
    }
}

/// Formats an observed property, and notes if the variant declares the opposite.
fn property_value(tried: Option<&TestedProperty>, yes: &str, no: &str) -> String {
    let Some(tried) = tried else { return String::from("not tested") };
    let observed = if tried.observed { yes } else { no };
    if tried.observed == tried.declared {
        return observed.to_owned();
    }
    format!("{observed}, although it declares the opposite")
}

/// Describes how the observed size of a variant compares with its size limit.
pub fn memory_safety(variant: &VariantResults) -> String {
    if let Some(reason) = &variant.disqualified {
        return format!("not safe: {reason}");
    }
    let limit = &variant.memory_limit;
    let declared = variant.declares_limit();
    let grew = limit.largest.as_ref().map(|growth| {
        let size = if growth.bytes > 0 {
            format!(" (+{})", bytes(growth.bytes as f64))
        } else {
            String::new()
        };
        format!("{} entries{size}", count(growth.entries))
    });
    if limit.server_capacity {
        let held = grew.map_or_else(String::new, |grew| format!("; held {grew}"));
        return format!("limited by its server's own configuration{held}");
    }
    if let Some(MemoryGrowthFigures { from_bytes, to_bytes, turnovers, .. }) = limit.grows {
        return format!("not safe: {}", memory_grows(from_bytes, to_bytes, turnovers));
    }
    match (limit.kept, grew) {
        (Some(true), Some(grew)) if declared != Some(false) => match &limit.at_most_entries {
            Some(at) if at.held > at.allowed => format!(
                "bounded: held {} entries, {} above its limit of {}",
                count(at.held),
                percent_with(at.held as f64 / at.allowed as f64 - 1.0, 1),
                count(at.allowed)
            ),
            Some(at) => {
                format!("bounded: held {} of {} allowed entries", count(at.held), count(at.allowed))
            }
            None => format!("bounded: held {grew}"),
        },
        (Some(false), Some(grew)) if declared == Some(true) => {
            format!("declares a limit, but grew past it to {grew}")
        }
        (_, Some(grew)) => format!("unbounded: grew to {grew}"),
        (_, None) => match declared {
            Some(true) => String::from("declares a limit; not measured"),
            Some(false) => String::from("declares no limit; not measured"),
            None => MISSING.to_owned(),
        },
    }
}
