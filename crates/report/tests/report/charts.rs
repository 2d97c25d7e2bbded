//! Charts of what only some runs measure: latency, threads, tiers, faults.

use crate::fixture::Fixture;
use bakeoff_analysis::figures::{Report, ScalingStep};
use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome, TimelineBucket};
use bakeoff_protocol::results::{Estimate, LatencyFigures, Spread};
use bakeoff_protocol::trial::{Load, Timing};
use bakeoff_report::charts::{Chart, Kind, all};
use bakeoff_report::load;

fn report() -> Report {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    load(folder.path()).unwrap()
}

fn of(report: &Report, kind: Kind) -> Vec<Chart> {
    all(report).unwrap().into_iter().filter(|chart| chart.kind == kind).collect()
}

fn latency(nanoseconds: f64) -> LatencyFigures {
    let spread = |factor: f64| Spread {
        value: nanoseconds * factor,
        low: nanoseconds * factor * 0.9,
        high: nanoseconds * factor * 1.1,
    };
    LatencyFigures {
        p50: spread(1.0),
        p90: spread(2.0),
        p99: spread(4.0),
        p99_9: spread(9.0),
        max: spread(500.0),
        curve: [0.0, 50.0, 90.0, 99.0, 99.9, 99.99]
            .map(|percentile: f64| [percentile, nanoseconds / (1.01 - percentile / 100.0)])
            .to_vec(),
        timed: 100_000,
        missed_share: 0.02,
        rate: None,
        timing: None,
    }
}

#[test]
fn absent_figures_leave_no_charts() {
    let report = report();
    for kind in
        [Kind::Latency, Kind::Threads, Kind::Tiers, Kind::Trouble, Kind::Timeline, Kind::Staleness]
    {
        assert!(of(&report, kind).is_empty(), "{kind:?}");
    }
}

#[test]
fn latency_has_a_chart_for_each_load() {
    let mut report = report();
    let half = Load { open_loop_percent: Some(50), ..Load::ONE };
    for (place, row) in report.scenarios[0].rows.iter_mut().enumerate() {
        let base = 50.0 * (place + 1) as f64;
        row.latencies = vec![(Load::ONE, latency(base)), (half, latency(base * 3.0))];
    }
    let charts = of(&report, Kind::Latency);
    let names: Vec<String> = charts.iter().map(Chart::name).collect();
    assert_eq!(
        names,
        ["latency-user-profiles-full-speed", "latency-user-profiles-50-of-its-own-capacity"]
    );
    assert_eq!(
        charts[0].title,
        "lru answers 99 of 100 requests within 400 ns, the least of those with a limit, at full speed"
    );
    let svg = charts[0].file();
    assert!(svg.contains("99.99 %") && svg.contains("moka"), "{svg}");
    // Several loads in several scenarios must fit into one page.
    let size = charts[0].wide().len() + charts[0].narrow().len();
    assert!(size < 16_000, "{size} bytes");
    assert_eq!(charts[0].table.rows.len(), 5);
    assert_eq!(charts[0].table.rows[0][3], "200 ns [180 ns to 220 ns]");
}

#[test]
fn the_least_latency_is_claimed_where_rounds_show_it() {
    let titled = |change: fn(&mut Report)| {
        let mut report = report();
        for (place, row) in report.scenarios[0].rows.iter_mut().enumerate() {
            row.latencies = vec![(Load::ONE, latency(50.0 * (place + 1) as f64))];
        }
        change(&mut report);
        of(&report, Kind::Latency)[0].title.clone()
    };
    let range = "With a limit, 99 of 100 requests are answered within 400 ns (lru) to 1.00 µs (tiered) at full speed";
    assert!(titled(|_| {}).starts_with("lru answers"));
    let overlapping = titled(|report| report.scenarios[0].rows[2].latencies[0].1.p99.low = 430.0);
    assert_eq!(overlapping, range);
    let unproven = titled(|report| {
        report.scenarios[0].verdict.as_mut().unwrap().proven = false;
    });
    assert_eq!(unproven, range);
    let of_one_round = titled(|report| {
        let p99 = &mut report.scenarios[0].rows[1].latencies[0].1.p99;
        (p99.low, p99.high) = (p99.value, p99.value);
    });
    assert_eq!(of_one_round, range);
}

#[test]
fn what_the_clock_adds_is_drawn_and_said_where_it_is_much() {
    let charts = |scale: f64| {
        let mut report = report();
        for row in &mut report.scenarios[0].rows {
            let timing = Timing { mean_gap: 50, clock_ns: 30.0, overhead_share: 0.04 };
            let figures = LatencyFigures { timing: Some(timing), ..latency(scale) };
            row.latencies = vec![(Load::ONE, figures)];
        }
        of(&report, Kind::Latency)
    };
    let [short] = &charts(50.0)[..] else { panic!("no chart of latency") };
    assert_eq!(short.table.rows[1][1], "50.0 ns, about 30 ns of it the clock");
    assert!(short.file().contains("the clock"), "{}", short.file());
    assert!(short.subtitle.contains("dashed: the clock, about 30 ns of every time"));
    let [long] = &charts(5_000.0)[..] else { panic!("no chart of latency") };
    assert_eq!(long.table.rows[1][1], "5.00 µs");
    assert!(!long.file().contains("the clock"));
}

#[test]
fn threads_and_tiers_are_drawn_for_those_that_have_them() {
    let mut report = report();
    let rate = |median: f64| Estimate {
        median,
        low: median * 0.95,
        high: median * 1.05,
        confidence: 0.95,
        samples: 12,
    };
    let rows = &mut report.scenarios[0].rows;
    rows[1].scaling = [(1, 40e6, None), (2, 44e6, Some(0.55))]
        .map(|(workers, total, kept)| ScalingStep {
            workers,
            rate: rate(total),
            efficiency: kept.map(rate),
        })
        .to_vec();
    rows[4].tiers = vec![0.3, 0.25];
    let [threads] = &of(&report, Kind::Threads)[..] else { panic!("no chart of threads") };
    assert_eq!(
        threads.title,
        "With 2 workers lru keeps 55 % of its speed each, the most: 44.0 M requests/s in all"
    );
    assert_eq!(threads.table.rows.len(), 2);
    let [tiers] = &of(&report, Kind::Tiers)[..] else { panic!("no chart of tiers") };
    assert_eq!(tiers.title, "The near tier of tiered answers 30.00 % of the reads");
}

#[test]
fn faults_are_marked_where_users_felt_them() {
    let mut report = report();
    for (place, row) in report.scenarios[0].rows.iter_mut().enumerate() {
        let moment = |second: u64| TimelineBucket {
            requests: 100,
            errors: if (4..6).contains(&second) { 10 * place as u64 } else { 0 },
            ..TimelineBucket::default()
        };
        row.behaviour = Some(Box::new(PacedOutcome {
            bucket_ms: 1_000,
            timeline: (0..10).map(moment).collect(),
            events: vec![AppliedEvent {
                at_ms: 4_000,
                until_ms: Some(6_000),
                kind: FaultKind::RedisDown,
            }],
            ..PacedOutcome::default()
        }));
    }
    let [chart] = &of(&report, Kind::Trouble)[..] else { panic!("no chart of trouble") };
    assert_eq!(
        chart.title,
        "Redis down: dict troubles the fewest, 0 % of its users in its worst moment"
    );
    assert!(chart.file().contains("Redis down"));
    let [_, failed, slow, nobody, ..] = &chart.table.rows[1][..] else { panic!("too few cells") };
    assert_eq!([failed, slow, nobody], ["10.00 %", "0.00 %", "0.00 %"], "within the fault alone");
}

#[test]
fn ages_of_stale_answers_are_drawn_for_those_that_gave_any() {
    let mut report = report();
    for row in &mut report.scenarios[0].rows[..2] {
        let mut seen = PacedOutcome::default();
        seen.freshness.fresh = 900;
        if row.place == 1 {
            seen.freshness.stale = 100;
            (0..90).for_each(|_| seen.freshness.age.record(10_000));
            (0..10).for_each(|_| seen.freshness.age.record(2_000_000));
        }
        row.behaviour = Some(Box::new(seen));
    }
    let [chart] = &of(&report, Kind::Staleness)[..] else { panic!("no chart of staleness") };
    assert_eq!(chart.title, "dict never answers with an old value");
    let told: Vec<&str> = chart.table.rows[1].iter().map(String::as_str).collect();
    assert_eq!(told[..2], ["lru", "10.00 %"]);
    assert_eq!(told[4..], ["2.00 s", "2.00 s"]);
    assert_eq!(chart.table.rows[0][5], "–");
    assert_eq!(chart.name(), "age-of-stale-answers-user-profiles");
    report.scenarios[0].rows[1].behaviour = None;
    assert!(of(&report, Kind::Staleness).is_empty(), "nobody gave any");
}
