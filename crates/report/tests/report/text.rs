//! What a reader gets without the page: summary, decision record, terminal, one chart; held
//! against what was once looked at and found right.

use std::fs;
use std::path::Path;

use crate::fixture::Fixture;
use bakeoff_protocol::paced::outcome::{Freshness, PacedOutcome, UserCounts};
use bakeoff_report::{Format, Report, format, load, render, terminal};

fn report(fixture: &Fixture) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    load(folder.path()).unwrap()
}

fn at_the_end(report: &Report, width: usize) -> String {
    terminal(report, Path::new("results/cache-strategy"), width)
}

#[test]
fn the_end_of_a_run() {
    insta::assert_snapshot!(at_the_end(&report(&Fixture::typical()), 110));
}

#[test]
fn the_end_of_a_run_of_many_scenarios() {
    insta::assert_snapshot!(at_the_end(&report(&Fixture::large()), 100));
}

#[test]
fn the_end_of_a_run_never_leaves_its_frame() {
    for fixture in [Fixture::typical(), Fixture::large()] {
        let report = report(&fixture);
        for width in [0, 80, 95, 110, 400] {
            let text = at_the_end(&report, width);
            assert!(text.lines().count() <= 25, "{text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= width.clamp(80, 110)),
                "{text}"
            );
            assert!(text.contains("results/cache-strategy/report.html"), "{text}");
        }
    }
}

#[test]
fn however_short_the_end_of_a_run_a_winner_stands_with_the_cost_at_which_it_is_overtaken() {
    let report = report(&Fixture::large());
    let overtaken = |of: &&bakeoff_protocol::results::ScenarioVerdict| {
        of.winner.is_some() && of.winner_to_miss_ns.is_some()
    };
    let verdicts: Vec<_> = report.results.scenarios.iter().filter(overtaken).collect();
    assert!(!verdicts.is_empty());
    for width in [80, 100, 110] {
        let text = at_the_end(&report, width);
        for verdict in &verdicts {
            let start = format!("For {}, take ", verdict.scenario);
            let line = text.lines().find(|line| line.contains(&start)).unwrap();
            assert!(line.contains(" where a miss costs less than "), "{line}");
        }
    }
}

#[test]
fn the_summary() {
    let summary = format(&report(&Fixture::typical()), Format::Markdown).unwrap();
    insta::assert_snapshot!(summary);
}

#[test]
fn a_summary_says_what_users_saw_of_a_paced_replay() {
    let mut report = report(&Fixture::typical());
    let plain = format(&report, Format::Markdown).unwrap();
    assert!(!plain.contains("stale answers"), "{plain}");
    let freshness = Freshness { fresh: 97, stale: 3, ..Freshness::default() };
    let users = UserCounts { requests: 100, errors: 2, ..UserCounts::default() };
    let seen = PacedOutcome { freshness, users, ..PacedOutcome::default() };
    report.scenarios[0].rows[0].behaviour = Some(Box::new(seen));
    let summary = format(&report, Format::Markdown).unwrap();
    let head = summary.lines().position(|line| line.contains("stale answers")).unwrap();
    let row = summary.lines().nth(head + 2).unwrap();
    assert!(row.starts_with("| dict | 3.00 % |") && row.contains("| 2.00 % |"), "{row}");
}

#[test]
fn it_is_said_of_each_by_which_clock_it_was_replayed() {
    let summary = |clocks: [bool; 2]| {
        let mut report = report(&Fixture::typical());
        for (row, virtual_clock) in report.scenarios[0].rows.iter_mut().zip(clocks) {
            row.behaviour =
                Some(Box::new(PacedOutcome { virtual_clock, ..PacedOutcome::default() }));
        }
        format(&report, Format::Markdown).unwrap()
    };
    assert!(summary([true, true]).contains("\nReplayed on a virtual clock: exact"));
    assert!(summary([false, false]).contains("\nReplayed on the machine's clock, at the pace"));
    let both = summary([true, false]);
    let exact =
        "\nReplayed on a virtual clock, exact, and nothing of it is the machine's: dict. On";
    assert!(both.contains(exact) && both.contains("than the process: lru.\n"), "{both}");
}

#[test]
fn the_table() {
    insta::assert_snapshot!(format(&report(&Fixture::typical()), Format::Table).unwrap());
}

#[test]
fn the_decision_record_and_a_chart() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    let rendered = render(folder.path()).unwrap();
    insta::assert_snapshot!("decision", fs::read_to_string(&rendered.decision).unwrap());
    let chart = folder.path().join("charts/hit-ratio-against-throughput-user-profiles.svg");
    insta::assert_snapshot!("chart", fs::read_to_string(chart).unwrap());
}

#[test]
fn every_cell_is_a_line_of_csv_and_json_reads_back() {
    let report = report(&Fixture::typical());
    let csv = format(&report, Format::Csv).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), report.results.cells.len());
    let column = |name: &str| head.iter().position(|field| field == name).unwrap();
    let timed = lines
        .iter()
        .find(|line| &line[column("variant")] == "moka" && &line[column("meter")] == "throughput");
    let timed = timed.expect("moka's throughput");
    assert_eq!(&timed[column("verdict")], "slower");
    assert!(timed[column("requests_per_second")].parse::<f64>().unwrap() > 1e6);

    let json = format(&report, Format::Json).unwrap();
    let back: bakeoff_protocol::results::Results = serde_json::from_str(&json).unwrap();
    assert_eq!(back.scenarios[0].answer, report.results.scenarios[0].answer);
    assert_eq!(back.pairs.len(), report.results.pairs.len());
}

#[test]
fn formats_are_named() {
    assert_eq!("csv".parse(), Ok(Format::Csv));
    let error = "xml".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("xml") && error.contains("markdown"), "{error}");
}

#[test]
fn a_run_that_cannot_be_believed_says_so_before_any_figure() {
    let mut fixture = Fixture::typical();
    fixture.twin = 1.2;
    let report = report(&fixture);
    for form in [Format::Table, Format::Markdown] {
        let text = format(&report, form).unwrap();
        let doubt = text.find("Unproven, so no variant is named: ").unwrap();
        let figure = text.find(" M").unwrap_or(text.len());
        assert!(doubt < figure.min(60), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    let rendered = bakeoff_report::render(folder.path()).unwrap();
    let decision = fs::read_to_string(rendered.decision).unwrap();
    let doubt = decision.find("Unproven, so no variant is named").unwrap();
    assert!(doubt < decision.find("## Status").unwrap(), "{decision}");
    let csv = format(&report, Format::Csv).unwrap();
    let mut lines = csv.lines();
    let column = lines.next().unwrap().split(',').position(|head| head == "proven").unwrap();
    assert!(lines.all(|line| line.split(',').nth(column) == Some("false")), "{csv}");
    assert!(at_the_end(&report, 100).lines().take(3).any(|line| line.contains("unproven")));
}
