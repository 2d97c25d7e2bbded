//! Compares summary, decision record, terminal output, page sentences and a chart with snapshots.

use std::path::Path;

use crate::fixture::{Fixture, SyntheticVariant};
use crate::markup::text_of;
use bakeoff_analysis::decision::{config, decide};
use bakeoff_protocol::paced::outcome::{Freshness, PacedOutcome, UserCounts};
use bakeoff_protocol::results::{Cell, Measurement, PacedFigures, Results};
use bakeoff_report::charts::Kind;
use bakeoff_report::{Format, format, gate_finding, render, terminal};

fn terminal_output(results: &Results, width: usize) -> String {
    terminal(results, Path::new("results/cache-strategy"), width)
}

/// Adds paced replays to the first variants.
fn with_paced(mut results: Results, paced: &[PacedOutcome]) -> Results {
    let names: Vec<String> = results.variants.iter().map(|variant| variant.name.clone()).collect();
    let cells = &mut results.scenarios[0].cells;
    for (name, paced) in names.iter().zip(paced) {
        let template = cells.iter().find(|cell| cell.variant == *name).unwrap().clone();
        let measurement = Measurement::Paced(Box::new(PacedFigures {
            paced: paced.clone(),
            samples: Default::default(),
        }));
        cells.push(Cell { measurement, ..template });
    }
    results.decision = decide(&results, None);
    results
}

fn rendered(results: &Results, name: &str) -> String {
    let files = render(results).unwrap();
    let file = files.iter().find(|file| file.path == Path::new(name)).unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

#[test]
fn run_ends_with_recommendation_and_table() {
    insta::assert_snapshot!(terminal_output(&Fixture::typical().results(), 110));
}

#[test]
fn run_of_many_scenarios_ends_with_one_line_per_scenario() {
    insta::assert_snapshot!(terminal_output(&Fixture::large().results(), 100));
}

#[test]
fn terminal_output_fits_its_width_and_height() {
    for fixture in [Fixture::typical(), Fixture::large()] {
        let results = fixture.results();
        for width in [0, 80, 95, 110, 400] {
            let text = terminal_output(&results, width);
            assert!(text.lines().count() <= 20, "{text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= width.clamp(80, 110)),
                "{text}"
            );
            assert!(text.contains("results/cache-strategy/report.html"), "{text}");
        }
    }
}

#[test]
fn terminal_output_of_seven_variants_has_the_whole_table_and_recommendation() {
    let mut fixture = Fixture::large();
    fixture.scenarios.truncate(1);
    fixture.variants.truncate(7);
    let results = fixture.results();
    let recommendation = results.scenarios[0].recommendation().unwrap();
    for width in [80, 110] {
        let text = terminal_output(&results, width);
        assert!(text.lines().count() <= 20, "{text}");
        for variant in &results.variants {
            let row = format!("  {} ", variant.name);
            assert!(text.lines().any(|line| line.starts_with(&row)), "{}: {text}", variant.name);
        }
        assert!(text.contains(&format!("Use {} for user-profiles", recommendation.variant)));
        assert!(text.contains("from the origin.") && !text.contains('…'), "{text}");
    }
}

#[test]
fn terminal_states_the_upper_limit_of_every_recommendation() {
    let results = Fixture { miss_cost_ns: 10_000.0, ..Fixture::large() }.results();
    let limited: Vec<_> = results
        .scenarios
        .iter()
        .filter(|of| of.recommendation().is_some_and(|found| found.valid_up_to.is_some()))
        .collect();
    assert!(!limited.is_empty());
    for width in [80, 100, 110] {
        let text = terminal_output(&results, width);
        for of in &limited {
            let start = format!("Use {} for {}", of.recommended().unwrap(), of.scenario.name);
            let line = text.lines().find(|line| line.contains(&start)).unwrap();
            assert!(line.contains(" if a miss costs less than "), "{line}");
        }
    }
}

#[test]
fn summary_matches_its_snapshot() {
    let summary = format(&Fixture::typical().results(), Format::Markdown).unwrap();
    insta::assert_snapshot!(summary);
}

#[test]
fn summary_contains_paced_replays() {
    let plain = format(&Fixture::typical().results(), Format::Markdown).unwrap();
    assert!(!plain.contains("stale reads |"), "{plain}");
    let freshness = Freshness { fresh: 97, stale: 3, ..Freshness::default() };
    let users = UserCounts { requests: 100, errors: 2, ..UserCounts::default() };
    let paced = PacedOutcome { freshness, users, ..PacedOutcome::default() };
    let results = with_paced(Fixture::typical().results(), &[paced]);
    let summary = format(&results, Format::Markdown).unwrap();
    let head = summary.lines().position(|line| line.contains("stale reads |")).unwrap();
    let row = summary.lines().nth(head + 2).unwrap();
    assert!(row.starts_with("| dict | 3.00 % |") && row.contains("| 2.00 % |"), "{row}");
}

#[test]
fn caption_names_the_clock_of_paced_replays() {
    let captions: Vec<String> = [[true, true], [false, false], [true, false]]
        .iter()
        .map(|clocks| {
            let paced = clocks
                .map(|virtual_clock| PacedOutcome { virtual_clock, ..PacedOutcome::default() });
            let results = with_paced(Fixture::typical().results(), &paced);
            let summary = format(&results, Format::Markdown).unwrap();
            summary.lines().find(|line| line.starts_with("Replayed")).unwrap().to_owned()
        })
        .collect();
    insta::assert_snapshot!(captions.join("\n"));
}

#[test]
fn plain_table_matches_its_snapshot() {
    insta::assert_snapshot!(format(&Fixture::typical().results(), Format::Table).unwrap());
}

#[test]
fn decision_record_and_chart_match_their_snapshots() {
    let results = Fixture::typical().results();
    insta::assert_snapshot!("decision", rendered(&results, "decision.md"));
    let chart = "charts/hit-ratio-against-throughput-user-profiles.svg";
    insta::assert_snapshot!("chart", rendered(&results, chart));
}

#[test]
fn decision_record_of_a_real_run_matches_its_snapshots() {
    let mut results = crate::sample_run::results();
    insta::assert_snapshot!("default_decision", rendered(&results, "decision.md"));
    let config = config::parse(
        "[constraints]\nshared = true\nbounded = false\noperated = [\"redis\"]\nno_new_service = true\n\
         [tiers]\nl2 = \"0.5ms\"\nl3 = \"20ms\"\n[weights]\nperformance = 30\nrisk = 10",
        Path::new("decision.toml"),
        &["smoke", "user-profiles"],
    );
    results.decision = decide(&results, Some(&config.unwrap()));
    insta::assert_snapshot!("configured_decision", rendered(&results, "decision.md"));
}

/// Results of variants with the same hit ratio, by name and rate.
fn equal_hit_ratios(variants: &[(&str, f64)], rounds: u32) -> Results {
    let variants: Vec<SyntheticVariant> =
        variants.iter().map(|(name, rate)| SyntheticVariant::new(name, *rate, 0.95)).collect();
    let baseline = variants[0].name.clone();
    Fixture { variants, baseline, rounds, ..Fixture::typical() }.results()
}

#[test]
fn confidence_explains_decided_and_undecided_runs() {
    let two = [("one", 20e6), ("two", 20e6), ("slow", 2e6)];
    let first = |count: usize| {
        let mut fixture = Fixture::typical();
        fixture.variants.truncate(count);
        fixture.baseline = fixture.variants[count - 1].name.clone();
        fixture.results()
    };
    let runs = [
        equal_hit_ratios(&two, 200),
        equal_hit_ratios(&two, 12),
        first(2),
        first(1),
        equal_hit_ratios(&[("lru", 20e6)], 30),
    ];
    let lines: Vec<String> = runs
        .iter()
        .map(|results| {
            let page = text_of(&rendered(results, "report.html"));
            let start = page.find("The run is valid").or_else(|| page.find("Confirmed: ")).unwrap();
            page[start..].lines().next().unwrap_or_default().trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn few_rounds_claim_no_confidence() {
    let lines: Vec<String> = [1, 2, 12]
        .into_iter()
        .flat_map(|rounds| {
            let results = Fixture { rounds, ..Fixture::typical() }.results();
            let charts = bakeoff_report::charts::all(&results).unwrap();
            let chart = charts.iter().find(|chart| chart.kind == Kind::PairedDifferences).unwrap();
            let summary = format(&results, Format::Markdown).unwrap();
            let caption = summary.lines().find(|line| line.starts_with("At capacity")).unwrap();
            let end = terminal_output(&results, 110).lines().next().unwrap_or_default().to_owned();
            [
                chart.table.head[1].clone(),
                chart.subtitle.clone(),
                caption.to_owned(),
                end,
                String::new(),
            ]
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn gate_findings_match_their_snapshot() {
    let results = Fixture::typical().results();
    let gate = "throughput -2%, hit-ratio -0.1pp, p99 +5%, instructions +1%".parse().unwrap();
    let findings = bakeoff_analysis::gate::evaluate(&results, &gate, "lru", "moka");
    let lines: Vec<String> = findings.iter().map(gate_finding).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_cell_is_a_line_of_csv_and_json_reads_back() {
    let results = Fixture::typical().results();
    let csv = format(&results, Format::Csv).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), results.cells().count());
    let column = |name: &str| head.iter().position(|field| field == name).unwrap();
    let timed = lines
        .iter()
        .find(|line| &line[column("variant")] == "moka" && &line[column("meter")] == "throughput");
    let timed = timed.expect("moka's throughput");
    assert_eq!(&timed[column("verdict")], "slower");
    assert!(timed[column("requests_per_second")].parse::<f64>().unwrap() > 1e6);

    let json = format(&results, Format::Json).unwrap();
    let back: bakeoff_protocol::results::Results = serde_json::from_str(&json).unwrap();
    assert_eq!(back.scenarios[0].recommended(), results.scenarios[0].recommended());
    assert_eq!(back.pairs().count(), results.pairs().count());
}

#[test]
fn format_names_are_parsed_and_listed_in_errors() {
    assert_eq!("csv".parse(), Ok(Format::Csv));
    let error = "xml".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("xml") && error.contains("markdown"), "{error}");
}

#[test]
fn unconfirmed_run_is_announced_before_any_figure() {
    let results = Fixture { aa_ratio: 1.2, ..Fixture::typical() }.results();
    let notice = "The run is unconfirmed, so no variant is recommended";
    for form in [Format::Table, Format::Markdown] {
        let text = format(&results, form).unwrap();
        assert!(text.contains(notice), "{text}");
        let at = text.find("unconfirmed").unwrap();
        let figure = text.find(" M").unwrap_or(text.len());
        assert!(at < figure.min(60), "{text}");
    }
    let decision = rendered(&results, "decision.md");
    assert!(decision.find(notice).unwrap() < decision.find("## Status").unwrap(), "{decision}");
    let csv = format(&results, Format::Csv).unwrap();
    let mut lines = csv.lines();
    let column = lines.next().unwrap().split(',').position(|head| head == "confirmed").unwrap();
    assert!(lines.all(|line| line.split(',').nth(column) == Some("false")), "{csv}");
    assert!(
        terminal_output(&results, 100).lines().take(3).any(|line| line.contains("unconfirmed"))
    );
}
