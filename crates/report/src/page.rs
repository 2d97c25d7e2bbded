//! `report.html`: one self-contained file that works without scripts and loads nothing.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use crate::ReportError;
use crate::charts::{Chart, Kind, Table, look, mark};
use crate::health::signs;
use crate::model::{Report, ScenarioFigures};
use crate::number::{count, counted, duration};
use crate::tables::{self, Measured};

const TEMPLATE: &str = include_str!("templates/report.html");
const STYLE: &str = include_str!("templates/style.css");

#[derive(Serialize)]
struct Answer<'a> {
    scenario: &'a str,
    summary: &'a str,
    proven: bool,
    sentence: &'a str,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct Absence<'a> {
    mark: Value,
    variant: &'a str,
    reason: String,
    hint: &'a str,
    log: &'a str,
}

#[derive(Serialize)]
struct MeasuredTable<'a> {
    scenario: &'a str,
    caption: String,
    rate_head: String,
    rows: Vec<Measured>,
}

#[derive(Serialize)]
struct Section {
    anchor: &'static str,
    heading: &'static str,
    about: &'static str,
    charts: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    name: String,
    title: String,
    subtitle: String,
    wide: Value,
    narrow: Value,
    table: TableValue,
}

#[derive(Serialize)]
struct TableValue {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Renders the page.
///
/// # Errors
/// [`ReportError`] if the template fails or the raw data cannot be written into it.
pub fn page(report: &Report, charts: &[Chart]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_template("report.html", TEMPLATE)?;
    let charted = charted(charts);
    let page = environment.get_template("report.html")?.render(context! {
        name => report.exploration.name.clone(),
        lead => lead(report),
        light => look::custom_properties(false),
        dark => look::custom_properties(true),
        css => Value::from_safe_string(STYLE.to_owned()),
        sections => contents(&charted),
        answers => Value::from(Serde(answers(report))),
        absences => Value::from(Serde(absences(report))),
        health => health(report),
        measured => Value::from(Serde(measured_tables(report))),
        properties => Value::from(Serde(tables::properties(report))),
        baseline => report.exploration.baseline.clone(),
        marks => marks(report),
        charted => Value::from(Serde(charted)),
        options => options(report),
        command => report.exploration.command.clone(),
        method => method(report),
        scenarios => scenarios(report),
        code => code(report),
        csv => crate::formats::csv(report)?,
        json => compressed(&serde_json::to_vec(&report.results).map_err(ReportError::Json)?),
        tool_version => report.exploration.tool_version.clone(),
        date => report.health.span.map(|(_, last)| day(last)),
    })?;
    Ok(page)
}

/// Data as a browser saves it: compressed, in base64. What cannot be compressed in memory is left
/// out, and the page without its link.
fn compressed(data: &[u8]) -> Option<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).ok()?;
    Some(BASE64_STANDARD.encode(encoder.finish().ok()?))
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn lead(report: &Report) -> String {
    let mut parts = vec![
        counted(report.entrants.len() as u64, "variant"),
        counted(report.scenarios.len() as u64, "scenario"),
    ];
    let rounds = report.scenarios.iter().map(|of| of.rounds).max().unwrap_or(0);
    parts.push(if rounds == 0 {
        String::from("no rounds done yet")
    } else {
        counted(u64::from(rounds), "round")
    });
    if report.health.timed_seconds > 0.0 {
        parts.push(format!("{} of timed trials", duration(report.health.timed_seconds)));
    }
    parts.extend(report.health.span.map(|(_, last)| day(last)));
    parts.join(" · ")
}

fn marks(report: &Report) -> Vec<Value> {
    report.entrants.iter().map(|entrant| Value::from_safe_string(mark(entrant.place))).collect()
}

fn answers(report: &Report) -> Vec<Answer<'_>> {
    report
        .scenarios
        .iter()
        .map(|of| {
            let verdict = of.verdict.as_ref();
            Answer {
                scenario: &of.scenario.name,
                summary: &of.scenario.summary,
                proven: verdict.is_some_and(|verdict| verdict.proven),
                sentence: verdict.map_or("Nothing was measured yet.", |verdict| &verdict.answer),
                remarks: verdict.map_or(&[], |verdict| &verdict.remarks),
            }
        })
        .collect()
}

fn absences(report: &Report) -> Vec<Absence<'_>> {
    report
        .absences()
        .into_iter()
        .map(|(entrant, reason)| Absence {
            mark: Value::from_safe_string(mark(entrant.place)),
            variant: &entrant.name,
            reason,
            hint: entrant.error.as_ref().map_or("", |error| &error.hint),
            log: entrant.error.as_ref().map_or("", |error| &error.log),
        })
        .collect()
}

fn measured_tables(report: &Report) -> Vec<MeasuredTable<'_>> {
    report
        .scenarios
        .iter()
        .map(|of| MeasuredTable {
            scenario: &of.scenario.name,
            caption: caption(report, of),
            rate_head: tables::rate_head(of),
            rows: tables::measured(report, of),
        })
        .collect()
}

fn caption(report: &Report, of: &ScenarioFigures) -> String {
    let timed = if of.rounds == 0 {
        String::from("not timed yet")
    } else {
        format!(
            "medians over {} with {}; differences from {} at the corrected level",
            counted(u64::from(of.rounds), "round"),
            of.intervals(),
            report.exploration.baseline
        )
    };
    format!("At {}; {timed}.", of.at_timed_capacity())
}

/// Kinds, anchors, headings and what is to be said under them.
const CHARTED: [(Kind, &str, &str, &str); 6] = [
    (
        Kind::Tradeoff,
        "tradeoff",
        "Hit ratio against throughput",
        "Further up, fewer requests reach the origin; further right, each answer costs less. What \
         lies above and to the right of another is better in both.",
    ),
    (
        Kind::Capacity,
        "capacity",
        "Hit ratio against capacity",
        "How much each variant makes of the room it is given. No strategy can leave the grey area \
         (it ends where a cache that knows the future would be); none can pass the dashed line \
         (a cache that never forgets).",
    ),
    (
        Kind::Forest,
        "pairs",
        "Paired differences",
        "Each round times all variants on the same requests; what differs within rounds is not \
         blurred by a machine that is faster in one minute than in the next. The first row \
         compares the baseline with itself: it should hold zero.",
    ),
    (
        Kind::Throughput,
        "throughput",
        "Throughput, sample by sample",
        "Nothing is averaged away: one dot a trial.",
    ),
    (
        Kind::HitRatio,
        "hit-ratios",
        "Hit ratio by scenario",
        "Counted over whole replays, not sampled.",
    ),
    (Kind::Memory, "memory", "Memory", "What it costs to hold the entries."),
];

fn charted(charts: &[Chart]) -> Vec<Section> {
    CHARTED
        .into_iter()
        .map(|(kind, anchor, heading, about)| Section {
            anchor,
            heading,
            about,
            charts: charts.iter().filter(|chart| chart.kind == kind).map(figure).collect(),
        })
        .filter(|section| !section.charts.is_empty())
        .collect()
}

fn figure(chart: &Chart) -> Figure {
    let Table { head, rows } = chart.table.clone();
    Figure {
        name: chart.name(),
        title: chart.title.clone(),
        subtitle: chart.subtitle.clone(),
        wide: Value::from_safe_string(chart.wide()),
        narrow: Value::from_safe_string(chart.narrow()),
        table: TableValue { head, rows },
    }
}

fn contents(charted: &[Section]) -> Vec<Value> {
    let fixed = |anchor: &'static str, heading: &'static str| context! { anchor, heading };
    let before = [
        fixed("answer", "Answer"),
        fixed("health", "Can it be believed?"),
        fixed("variants", "Side by side"),
    ];
    let after = [fixed("options", "For and against"), fixed("method", "Method and data")];
    let charts = charted.iter().map(|section| fixed(section.anchor, section.heading));
    before.into_iter().chain(charts).chain(after).collect()
}

fn options(report: &Report) -> Vec<Value> {
    report
        .entrants
        .iter()
        .map(|entrant| {
            context! {
                mark => Value::from_safe_string(mark(entrant.place)),
                variant => entrant.name.clone(),
                description => entrant.description.clone(),
                summary => entrant.manifest.summary.clone(),
                pros => entrant.manifest.pros.clone(),
                cons => entrant.manifest.cons.clone(),
            }
        })
        .collect()
}

fn method(report: &Report) -> Vec<String> {
    let exploration = &report.exploration;
    let mut lines = vec![
        String::from(
            "Every variant replays the same requests in the same order from one compiled file, and \
             every answer is checked for key and version.",
        ),
        String::from(
            "Hit ratios are exact counts over a whole replay, with one worker and one request in \
             flight; the clairvoyant bound is computed from the same requests, and may refuse to \
             store.",
        ),
        format!(
            "Throughput is timed in rounds: in each, every variant runs once, in a fresh process, \
             in random order, alone on the machine, over the same section of the requests after \
             an untimed warm-up. {} takes part twice; what it differs from itself is the twin's \
             figure above.",
            exploration.baseline
        ),
        String::from(
            "Figures are medians over rounds with intervals between order statistics; differences \
             are Hodges–Lehmann estimates of the paired ratios with Wilcoxon signed-rank \
             intervals, corrected for the number of pairs.",
        ),
        format!(
            "Profile {}, seed {}, {} asked for.",
            exploration.profile,
            exploration.seed,
            counted(u64::from(exploration.rounds), "round")
        ),
    ];
    if report.health.torn {
        lines.push(String::from(
            "The last line of samples.jsonl was torn, as a killed run leaves it; it is left out.",
        ));
    }
    lines
}

fn scenarios(report: &Report) -> Vec<Value> {
    report
        .scenarios
        .iter()
        .map(|of| {
            let scenario = &of.scenario;
            let load = scenario.load;
            context! {
                name => scenario.name.clone(),
                summary => scenario.summary.clone(),
                requests => count(scenario.requests),
                reads => count(scenario.reads),
                unique_keys => count(scenario.unique_keys),
                capacity => of.at_timed_capacity(),
                load => format!(
                    "{}, {} in flight each, {}",
                    counted(u64::from(load.workers), "worker"),
                    load.in_flight,
                    counted(u64::from(load.connections), "connection")
                ),
                workload => short(&scenario.workload),
            }
        })
        .collect()
}

fn code(report: &Report) -> Vec<Value> {
    report
        .entrants
        .iter()
        .map(|entrant| {
            let conformance = entrant.check.as_ref().map_or_else(
                || String::from("not checked"),
                |check| {
                    let passed = check.cases.iter().filter(|case| case.passed).count();
                    format!("{passed} of {} rules kept", check.cases.len())
                },
            );
            context! {
                variant => entrant.name.clone(),
                strategy => entrant.strategy.clone(),
                git_ref => entrant.git_ref.clone(),
                commit => short(&entrant.commit),
                conformance,
            }
        })
        .collect()
}

/// The first twelve digits of a digest.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn health(report: &Report) -> Vec<Value> {
    signs(report)
        .into_iter()
        .map(|sign| {
            let state = sign.state.map_or("", |good| if good { "good" } else { "bad" });
            context! { label => sign.label, value => sign.value, note => sign.note, state }
        })
        .collect()
}
