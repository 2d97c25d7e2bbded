//! `report.html`: one self-contained file that works without scripts and loads nothing.
//!
//! Everything stands in the markup; the scripts beside this file only change what is shown.

mod data;
mod method;
mod numbers;
mod pack;
mod sections;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use crate::ReportError;
use crate::behaviour;
use crate::charts::{Chart, look, mark};
use crate::health::signs;
use crate::overall::overall;
use crate::sure::{Standing, changes, sure};
use crate::tables::{self, Measured};
use bakeoff_analysis::crossovers::{self as cost, Costs};
use bakeoff_analysis::figures::Report;
use bakeoff_analysis::number::{counted, duration};
use method::{code, method, scenarios};
use pack::{compressed, in_address};
use sections::{Section, charted};

const TEMPLATE: &str = include_str!("report.html");
const FIGURE: &str = include_str!("figure.html");
const STYLE: &str = include_str!("style.css");
/// One scope; each file holds one idea.
const SCRIPTS: [&str; 6] = [
    include_str!("number.js"),
    include_str!("costs.js"),
    include_str!("chart.js"),
    include_str!("tables.js"),
    include_str!("state.js"),
    include_str!("main.js"),
];

/// What a miss costs, in nanoseconds, where the origin is somewhere familiar.
const MISS_STOPS: [(u64, &str); 5] = [
    (100_000, "local SSD 0.1 ms"),
    (1_000_000, "key lookup 1 ms"),
    (5_000_000, "database query 5 ms"),
    (20_000_000, "other service 20 ms"),
    (100_000_000, "other region 100 ms"),
];
/// How much farther away a shared cache is than it was measured, in nanoseconds.
const DISTANCE_STOPS: [(u64, &str); 5] = [
    (0, "as measured"),
    (50_000, "same machine, TCP 0.05 ms"),
    (500_000, "same zone 0.5 ms"),
    (1_500_000, "other zone 1.5 ms"),
    (50_000_000, "other region 50 ms"),
];

#[derive(Serialize)]
struct Answer<'a> {
    scenario: &'a str,
    summary: &'a str,
    standing: &'static str,
    sentence: &'a str,
    sure: String,
    changes: Vec<String>,
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
    proven: bool,
    rate_head: String,
    memory_head: &'static str,
    has_latency: bool,
    rows: Vec<Measured>,
}

/// The variants of a scenario by mean time, as they stand before anything is moved.
#[derive(Serialize)]
struct Ranking<'a> {
    scenario: &'a str,
    ranking: String,
    turning: String,
    rows: Vec<Ranked<'a>>,
}

#[derive(Serialize)]
struct Ranked<'a> {
    place: usize,
    variant: &'a str,
    mean: String,
    parts: String,
}

/// Renders the page.
///
/// # Errors
/// [`ReportError`] if the template fails or the raw data cannot be written into it.
pub fn page(report: &Report, charts: &[Chart]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_filter("whole", numbers::whole);
    environment.add_template("report.html", TEMPLATE)?;
    environment.add_template("figure.html", FIGURE)?;
    let charted = charted(charts);
    let data = serde_json::to_vec(&data::Data::of(report, &environment)?);
    let page = environment.get_template("report.html")?.render(context! {
        name => report.exploration.name.clone(),
        lead => lead(report),
        light => look::custom_properties(false),
        dark => look::custom_properties(true),
        css => Value::from_safe_string(STYLE.to_owned()),
        sections => contents(&charted),
        overall => overall(report),
        answers => Value::from(Serde(answers(report))),
        absences => Value::from(Serde(absences(report))),
        health => health(report),
        measured => Value::from(Serde(measured_tables(report))),
        properties => Value::from(Serde(tables::properties(report))),
        baseline => report.exploration.baseline.clone(),
        marks => marks(report),
        timed => timed(report),
        miss_stops => MISS_STOPS.to_vec(),
        distance_stops => DISTANCE_STOPS.to_vec(),
        rankings => Value::from(Serde(rankings(report))),
        seen_head => behaviour::HEAD.to_vec(),
        seen => Value::from(Serde(behaviour::seen(report))),
        charted => Value::from(Serde(charted)),
        options => options(report),
        command => report.exploration.command.clone(),
        method => method(report),
        scenarios => scenarios(report),
        code => code(report),
        csv => in_address(&crate::formats::csv(report)?),
        json => compressed(&serde_json::to_vec(&report.results).map_err(ReportError::Json)?),
        data => compressed(&data.map_err(ReportError::Json)?).map(Value::from_safe_string),
        script => Value::from_safe_string(format!("(()=>{{\n{}}})();", SCRIPTS.concat())),
        tool_version => report.exploration.tool_version.clone(),
        date => report.health.span.map(|(_, last)| day(last)),
    })?;
    Ok(page)
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

/// Variants that were timed anywhere: those that can be the baseline.
fn timed(report: &Report) -> Vec<String> {
    let timed = |name: &str| {
        report.scenarios.iter().any(|of| of.timed().any(|(row, _)| row.variant == name))
    };
    let names = report.entrants.iter().map(|entrant| entrant.name.as_str());
    names.filter(|name| timed(name)).map(String::from).collect()
}

fn rankings(report: &Report) -> Vec<Ranking<'_>> {
    report
        .scenarios
        .iter()
        .filter_map(|of| {
            let costs = Costs::of(report, of);
            let rows = costs.ranked(cost::MISS_NS, 0.0).into_iter().map(|line| Ranked {
                place: line.place,
                variant: report.entrants.get(line.place).map_or("", |entrant| &entrant.name),
                mean: cost::mean(line, cost::MISS_NS, 0.0),
                parts: cost::parts(line),
            });
            (costs.lines.len() > 1).then(|| Ranking {
                scenario: &of.scenario.name,
                ranking: costs.ranking_sentence(cost::MISS_NS, 0.0),
                turning: costs.turning_sentence(0.0),
                rows: rows.collect(),
            })
        })
        .collect()
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
                standing: Standing::of(of).word(),
                sentence: verdict.map_or("Nothing was measured yet.", |verdict| &verdict.answer),
                sure: sure(of),
                changes: changes(report, of),
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
            caption: tables::caption(of),
            proven: of.proven(),
            rate_head: tables::rate_head(of),
            memory_head: tables::memory_head(of),
            has_latency: of.rows.iter().any(|row| row.latency().is_some()),
            rows: tables::measured(report, of),
        })
        .collect()
}

fn contents(charted: &[Section]) -> Vec<Value> {
    let fixed = |anchor: &'static str, heading: &'static str| context! { anchor, heading };
    let before = [
        fixed("answer", "Answer"),
        fixed("health", "Can it be believed?"),
        fixed("variants", "Side by side"),
    ];
    let after =
        [fixed("options", "For and against"), fixed("method", "Run it again, method, data")];
    let charts = charted.iter().map(|section| fixed(section.anchor, section.heading));
    before.into_iter().chain(charts).chain(after).collect()
}

fn options(report: &Report) -> Vec<Value> {
    report
        .entrants
        .iter()
        .map(|entrant| {
            context! {
                place => entrant.place,
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
