//! Checks the charts of optional measurements: latency, threads, tiers, faults.

use crate::fixture::{Fixture, SyntheticVariant};
use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome, TimelineBucket};
use bakeoff_protocol::results::{
    Cell, Conclusion, Estimate, HighestRate, LatencyFigures, LatencyPercentiles, Measurement,
    PacedFigures, RateFigures, RateRange, ResponseTimeFigures, Results, Reversal, ScalingStep,
    Spread,
};
use bakeoff_protocol::trial::Load;
use bakeoff_report::charts::{Chart, Kind, all};
use bakeoff_report::{Format, format};

fn results() -> Results {
    Fixture::typical().results()
}

fn of(results: &Results, kind: Kind) -> Vec<Chart> {
    all(results).unwrap().into_iter().filter(|chart| chart.kind == kind).collect()
}

fn names(results: &Results) -> Vec<String> {
    results.variants.iter().map(|variant| variant.name.clone()).collect()
}

/// Adds a cell for a variant.
fn add_cell(results: &mut Results, variant: &str, load: Load, measurement: Measurement) {
    let cells = &mut results.scenarios[0].cells;
    let template = cells.iter().find(|cell| cell.variant == variant).unwrap().clone();
    cells.push(Cell { load, measurement, ..template });
}

fn add_latency(results: &mut Results, variant: &str, load: Load, percentiles: LatencyPercentiles) {
    let figures = LatencyFigures { percentiles: Some(percentiles), ..LatencyFigures::default() };
    add_cell(results, variant, load, Measurement::Latency(figures));
}

fn add_paced(results: &mut Results, variant: &str, paced: PacedOutcome) {
    let measurement =
        Measurement::Paced(Box::new(PacedFigures { paced, samples: Default::default() }));
    add_cell(results, variant, Load::ONE, measurement);
}

fn percentiles(nanoseconds: f64) -> LatencyPercentiles {
    let spread = |factor: f64| Spread {
        value: nanoseconds * factor,
        low: nanoseconds * factor * 0.9,
        high: nanoseconds * factor * 1.1,
        samples: 12,
    };
    LatencyPercentiles {
        p50: spread(1.0),
        p90: spread(2.0),
        p99: spread(4.0),
        p99_9: spread(9.0),
        max: spread(500.0),
        curve: [0.0, 50.0, 90.0, 99.0, 99.9, 99.99]
            .map(|percentile: f64| [percentile, nanoseconds / (1.01 - percentile / 100.0)])
            .to_vec(),
        timed: 100_000,
        timing: None,
        significant_clock_ns: None,
    }
}

#[test]
fn missing_figures_leave_no_charts() {
    let results = results();
    for kind in [
        Kind::Latency,
        Kind::ResponseTime,
        Kind::Threads,
        Kind::Tiers,
        Kind::ErrorsOverTime,
        Kind::OriginLoad,
        Kind::Staleness,
    ] {
        assert!(of(&results, kind).is_empty(), "{kind:?}");
    }
}

#[test]
fn latency_is_drawn_by_percentile() {
    let mut results = results();
    for (index, name) in names(&results).iter().enumerate() {
        add_latency(&mut results, name, Load::ONE, percentiles(50.0 * (index + 1) as f64));
    }
    let [chart] = &of(&results, Kind::Latency)[..] else { panic!("no chart of latency") };
    assert_eq!(chart.name(), "latency-user-profiles");
    assert_eq!(
        chart.title,
        "lru has the lowest p99 of the variants with a size limit: 400 ns at full speed"
    );
    let svg = chart.file();
    assert!(svg.contains("99.99 %") && svg.contains("moka"), "{svg}");
    // Charts of several scenarios must fit into one page.
    let size = chart.wide().len() + chart.narrow().len();
    assert!(size < 16_000, "{size} bytes");
    assert_eq!(chart.table.rows.len(), 5);
    assert_eq!(chart.table.rows[0][3], "200 ns [180 ns to 220 ns]");
}

fn highest(median: f64, within: RateRange, samples: u32) -> HighestRate {
    HighestRate {
        p99_limit_ns: 1_000_000,
        requests_per_second: Estimate {
            median,
            low: median * 0.9,
            high: median * 1.1,
            confidence: 0.95,
            samples,
        },
        within,
        high_is_lower_bound: within == RateRange::AtOrAboveMeasured,
    }
}

/// Adds response times with these 99th percentiles in milliseconds at 1,000, 10,000 and 100,000
/// requests/s. The last rate is saturated if less than the whole rate is completed.
fn add_rates(
    results: &mut Results,
    variant: &str,
    (p99_ms, completed_share): (&[f64], f64),
    highest_rate: HighestRate,
) {
    let last = p99_ms.len() - 1;
    let at = |(index, p99_ms): (usize, &f64)| RateFigures {
        requests_per_second: 1_000 * 10_u32.pow(index as u32),
        saturated: index == last && completed_share < 1.0,
        saturated_rounds: 0,
        completed_share: if index == last { completed_share } else { 1.0 },
        missed_share: 0.0,
        percentiles: Some(percentiles(p99_ms * 1e6 / 4.0)),
        samples: vec![p99_ms * 1e6],
        rounds: vec![0],
    };
    let figures = ResponseTimeFigures {
        rates: p99_ms.iter().enumerate().map(at).collect(),
        highest_rate: Some(highest_rate),
        window_hit_ratio: None,
    };
    add_cell(results, variant, Load::ONE, Measurement::ResponseTime(figures));
}

#[test]
fn response_times_are_drawn_at_the_same_rates_for_all_variants() {
    let mut results = results();
    let fast = highest(100_000.0, RateRange::AtOrAboveMeasured, 12);
    add_rates(&mut results, "lru", (&[0.01, 0.01, 0.02], 1.0), fast);
    let slow = highest(20_000.0, RateRange::Measured, 12);
    add_rates(&mut results, "redis", (&[0.1, 0.3, 300.0], 0.64), slow);
    add_rates(
        &mut results,
        "tiered",
        (&[0.1, 40.0], 0.5),
        highest(2_500.0, RateRange::Measured, 1),
    );
    let [chart] = &of(&results, Kind::ResponseTime)[..] else { panic!("no chart of rates") };
    assert_eq!(chart.name(), "response-time-user-profiles");
    assert_eq!(
        chart.title,
        "p99 is at most 1 ms up to 100 k requests/s or more with lru, 20.0 k requests/s with redis \
         and 2.50 k requests/s with tiered"
    );
    let cells = |row: usize| chart.table.rows[row].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(chart.table.head[1..3], ["highest rate with p99 ≤ 1 ms", "p99 at 1.00 k/s"]);
    assert_eq!(cells(0)[..2], ["lru", "100 k requests/s or more [90, ≥ 110]"]);
    assert_eq!(cells(1)[1], "20.0 k requests/s [18.0, 22.0]");
    assert_eq!(cells(1)[3..], ["300 µs [270 µs to 330 µs]", "saturated (64 % completed)"]);
    assert_eq!(cells(2)[1], "2.50 k requests/s (1 sample)");
    assert_eq!(cells(2)[3..], ["saturated (50 % completed)", "saturated"]);
    results.scenarios[0].confirmed = false;
    assert_eq!(of(&results, Kind::ResponseTime)[0].title, "Response time by request rate");
}

#[test]
fn one_sample_is_never_shown_as_an_interval() {
    let mut fixture = Fixture::typical();
    fixture.rounds = 1;
    let mut results = fixture.results();
    for name in names(&results) {
        let mut found = percentiles(50.0);
        for spread in [&mut found.p50, &mut found.p99] {
            (spread.low, spread.high, spread.samples) = (spread.value, spread.value, 1);
        }
        add_latency(&mut results, &name, Load::ONE, found);
        let highest = highest(20_000.0, RateRange::Measured, 1);
        add_rates(&mut results, &name, (&[0.1, 0.3, 300.0], 1.0), highest);
    }
    let charts: Vec<String> =
        all(&results).unwrap().iter().map(|chart| format!("{:?}", chart.table)).collect();
    let plain = [Format::Table, Format::Markdown].map(|kind| format(&results, kind).unwrap());
    let text = [charts.join("\n"), plain.join("\n")].join("\n");
    assert!(text.contains("(1 sample)"), "{text}");
    // `[x, x]` and `[x to x]`.
    for bracket in text.split('[').skip(1).filter_map(|rest| rest.split(']').next()) {
        let ends: Vec<&str> = bracket.split(", ").flat_map(|end| end.split(" to ")).collect();
        assert!(ends.len() != 2 || ends[0] != ends[1], "[{bracket}]");
    }
    let csv = format(&results, Format::Csv).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for column in ["requests_per_second", "ratio", "highest_rate", "bytes_per_entry"] {
        for end in ["low", "high"] {
            let place = place(&format!("{column}_{end}"));
            assert!(rows.iter().all(|row| row[place].is_empty()), "{column}_{end}");
        }
    }
    let medians = place("requests_per_second");
    assert!(rows.iter().any(|row| !row[medians].is_empty()));
}

#[test]
fn lowest_latency_is_stated_only_if_the_rounds_show_it() {
    let title = |change: fn(&mut LatencyPercentiles, &str), confirmed: bool| {
        let mut results = results();
        for (index, name) in names(&results).iter().enumerate() {
            let mut found = percentiles(50.0 * (index + 1) as f64);
            change(&mut found, name);
            add_latency(&mut results, name, Load::ONE, found);
        }
        results.scenarios[0].confirmed = confirmed;
        of(&results, Kind::Latency)[0].title.clone()
    };
    let lowest = title(|_, _| {}, true);
    assert!(lowest.starts_with("lru has the lowest p99"), "{lowest}");
    let range = title(|_, _| {}, false);
    assert_ne!(range, lowest, "an unconfirmed run");
    let overlapping = |found: &mut LatencyPercentiles, name: &str| {
        if name == "moka" {
            found.p99.low = 430.0;
        }
    };
    assert_eq!(title(overlapping, true), range);
    let one_round = |found: &mut LatencyPercentiles, name: &str| {
        if name == "lru" {
            found.p99.samples = 1;
        }
    };
    assert_eq!(title(one_round, true), range);
}

#[test]
fn significant_clock_overhead_is_shown() {
    let charts = |clock: Option<f64>| {
        let mut results = results();
        for name in names(&results) {
            let found = LatencyPercentiles { significant_clock_ns: clock, ..percentiles(50.0) };
            add_latency(&mut results, &name, Load::ONE, found);
        }
        of(&results, Kind::Latency)
    };
    let [short] = &charts(Some(30.0))[..] else { panic!("no chart of latency") };
    assert_eq!(short.table.rows[1][1], "50.0 ns; about 30 ns of it is clock overhead");
    assert!(short.file().contains("clock overhead"), "{}", short.file());
    let [long] = &charts(None)[..] else { panic!("no chart of latency") };
    assert_eq!(long.table.rows[1][1], "50.0 ns");
    assert!(!long.file().contains("clock"));
}

#[test]
fn caption_names_only_the_percentile_of_its_table() {
    let mut results = results();
    let found = LatencyPercentiles { significant_clock_ns: Some(30.0), ..percentiles(50.0) };
    add_latency(&mut results, "lru", Load::ONE, found);
    let summary = format(&results, Format::Markdown).unwrap();
    let caption = summary.lines().find(|line| line.contains("clock overhead")).unwrap();
    assert!(caption.contains("p99 includes about 30 ns"), "{caption}");
    for absent in ["p50", "p99.9"] {
        assert!(!summary.contains(absent), "a percentile that the table does not have: {caption}");
    }
}

/// Estimate over twelve rounds with an interval of ±5 %.
fn rate(median: f64) -> Estimate {
    Estimate { median, low: median * 0.95, high: median * 1.05, confidence: 0.95, samples: 12 }
}

#[test]
fn threads_and_tiers_are_drawn_if_measured() {
    let mut results = results();
    let rows = &mut results.scenarios[0].figures;
    rows[1].scaling = [(1, 40e6, None), (2, 44e6, Some(0.55))]
        .map(|(workers, total, kept)| ScalingStep {
            workers,
            rate: rate(total),
            efficiency: kept.map(rate),
        })
        .to_vec();
    rows[4].tiers = vec![0.3, 0.25];
    let [threads] = &of(&results, Kind::Threads)[..] else { panic!("no chart of threads") };
    assert_eq!(
        threads.title,
        "lru scales best: with 2 workers, each keeps 55 % of its speed, 44.0 M requests/s in total"
    );
    assert_eq!(threads.table.rows.len(), 2);
    let [tiers] = &of(&results, Kind::Tiers)[..] else { panic!("no chart of tiers") };
    assert_eq!(tiers.title, "The near tier of tiered answers 30.0 % of the reads");
}

#[test]
fn thread_scaling_states_the_variant_that_leads_with_more_workers() {
    let mut results = results();
    let of_scenario = &mut results.scenarios[0];
    for (index, factor) in [(1, 1.1), (2, 1.9)] {
        of_scenario.figures[index].scaling = [(1, 1.0), (2, factor)]
            .map(|(workers, factor)| ScalingStep {
                workers,
                rate: rate(40e6 * factor),
                efficiency: None,
            })
            .to_vec();
    }
    let title = |results: &Results| of(results, Kind::Threads)[0].title.clone();
    let range = title(&results);
    assert!(range.contains("44.0 M requests/s (lru) to 76.0 M requests/s (moka)"), "{range}");
    let variant = String::from("lru");
    results.scenarios[0].reversals = vec![Reversal::Threads { variant, workers: 2, ratio: 1.5 }];
    let lead = title(&results);
    assert!(lead.contains("lru has 1.50 times the throughput of moka"), "{lead}");
}

#[test]
fn variants_without_a_size_limit_have_a_stated_hit_ratio() {
    let mut fixture = Fixture::typical();
    fixture.variants =
        ["dict", "map"].map(|name| SyntheticVariant::new(name, 50.0e6, 1.0).unbounded()).to_vec();
    fixture.baseline = String::from("dict");
    let title = of(&fixture.results(), Kind::HitRatio)[0].title.clone();
    assert!(title.contains("95.0 %"), "{title}");
}

#[test]
fn fault_events_are_marked_over_time() {
    let mut results = results();
    for (index, name) in names(&results).iter().enumerate() {
        let moment = |second: u64| TimelineBucket {
            requests: 100,
            errors: if (4..6).contains(&second) { 10 * index as u64 } else { 0 },
            ..TimelineBucket::default()
        };
        let paced = PacedOutcome {
            bucket_ms: 1_000,
            timeline: (0..10).map(moment).collect(),
            events: vec![AppliedEvent {
                at_ms: 4_000,
                until_ms: Some(6_000),
                kind: FaultKind::RedisDown,
            }],
            ..PacedOutcome::default()
        };
        add_paced(&mut results, name, paced);
    }
    let [chart] = &of(&results, Kind::ErrorsOverTime)[..] else {
        panic!("no chart of errors over time")
    };
    assert_eq!(
        chart.title,
        "Redis down: dict has the fewest failed or slow requests, at most 0 % at any time"
    );
    assert!(chart.file().contains("Redis down"));
    let [_, failed, slow, unserved, ..] = &chart.table.rows[1][..] else { panic!("too few cells") };
    assert_eq!([failed, slow, unserved], ["10.0 %", "0 %", "0 %"], "shares during the fault only");
    let Conclusion::Recommended(found) = &mut results.scenarios[0].conclusion else {
        panic!("no recommendation")
    };
    found.decided_by = DecidingQuantity::FailedRequests;
    found.closest_rival.as_mut().unwrap().values = Some([0.027, 0.252]);
    let (variant, rival) =
        (found.variant.clone(), found.closest_rival.as_ref().unwrap().variant.clone());
    let title = &of(&results, Kind::ErrorsOverTime)[0].title;
    for part in [variant.as_str(), "2.70 %", "25.2 %", rival.as_str(), "Redis down"] {
        assert!(title.contains(part), "{part}: {title}");
    }
}

#[test]
fn ages_of_stale_answers_are_drawn_if_answers_were_stale() {
    let mut results = results();
    for name in ["dict", "lru"] {
        let mut paced = PacedOutcome::default();
        paced.freshness.fresh = 900;
        if name == "lru" {
            paced.freshness.stale = 100;
            (0..90).for_each(|_| paced.freshness.age.record(10_000));
            (0..10).for_each(|_| paced.freshness.age.record(2_000_000));
        }
        add_paced(&mut results, name, paced);
    }
    let [chart] = &of(&results, Kind::Staleness)[..] else { panic!("no chart of staleness") };
    assert_eq!(chart.title, "dict has no stale answers");
    let cells: Vec<&str> = chart.table.rows[1].iter().map(String::as_str).collect();
    assert_eq!(cells[..2], ["lru", "10.0 %"]);
    assert_eq!(cells[4..], ["2.00 s", "2.00 s"]);
    assert_eq!(chart.table.rows[0][5], "–");
    assert_eq!(chart.name(), "age-of-stale-answers-user-profiles");
    results.scenarios[0].cells.retain(|cell| cell.variant != "lru");
    assert!(of(&results, Kind::Staleness).is_empty(), "no stale answer");
}
