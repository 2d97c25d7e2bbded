//! Renders `report.html`, one self-contained file that works without scripts and loads nothing.
//!
//! The markup contains all figures; the scripts only hide, sort and redraw them.

mod data;
mod encoding;
mod explain_terms;
mod figure;
mod first_screen;
mod method;
mod nonbreaking;
mod sections;
mod terms;

use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::Results;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use crate::charts::{Chart, custom_properties, variant_mark_svg};
use crate::error::RenderError;
use crate::paced_replay_table;
use crate::sentences::answer::answer;
use crate::sentences::strategy_facts::strategy_facts;
use crate::sizing_tables::sizing_tables;
use crate::tables;
use crate::text::number::counted;
use data::ScriptData;
use encoding::{gzip_base64, percent_encoded};
use method::{measured_code_rows, method, scenario_rows};
use sections::{Section, sections_with_charts};

const TEMPLATE: &str = include_str!("report.html");
const FIGURE: &str = include_str!("figure.html");
const SCENARIO: &str = include_str!("scenario.html");
const SIZING: &str = include_str!("sizing.html");
const STYLE: &str = include_str!("style.css");
const SCRIPTS: [&str; 5] = [
    include_str!("tables.js"),
    include_str!("terms.js"),
    include_str!("chart.js"),
    include_str!("state.js"),
    include_str!("main.js"),
];

/// Typical miss costs in nanoseconds, with names for the buttons below the slider.
const MISS_STOPS: [(f64, &str); 5] = [
    (1e5, "local SSD 0.1 ms"),
    (1e6, "key lookup 1 ms"),
    (5e6, "database query 5 ms"),
    (2e7, "other service 20 ms"),
    (1e8, "other region 100 ms"),
];

#[derive(Serialize)]
struct Absence<'a> {
    mark_svg: Value,
    variant: &'a str,
    /// Reason in one word: `skipped`.
    brief: &'static str,
    reason: String,
    hint: &'a str,
    log: &'a str,
}

/// Renders the page, with `csv` for the download of `results.csv`.
///
/// # Errors
/// [`RenderError`] if the template fails or the data cannot be written into it.
pub fn page(results: &Results, charts: &[Chart], csv: &str) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.add_filter("nonbreaking", nonbreaking::nonbreaking);
    environment.add_template("report.html", TEMPLATE)?;
    environment.add_template("figure.html", FIGURE)?;
    environment.add_template("scenario.html", SCENARIO)?;
    environment.add_template("sizing.html", SIZING)?;
    let charted = sections_with_charts(results, charts);
    let data = ScriptData::from_results(results, &environment)?;
    let packed = gzip_base64(&serde_json::to_vec(&data)?);
    let answer = answer(results);
    let paced = paced_replay_table::paced_tables(results);
    let sizing = sizing_tables(results);
    let terms = terms::explanations();
    let page = environment.get_template("report.html")?.render(context! {
        name => results.name.clone(),
        lead => run_overview(results),
        light => custom_properties(false),
        dark => custom_properties(true),
        css => Value::from_safe_string(STYLE.to_owned()),
        sections => contents(&charted, !paced.is_empty(), !sizing.is_empty()),
        preliminary => results.preliminary,
        headline => answer.headline,
        sentences => answer.sentences,
        quality => answer.quality.badge(),
        alternatives => answer
            .alternatives
            .into_iter()
            .map(|one| context! { variants => one.variants, text => one.text })
            .collect::<Vec<_>>(),
        panels => Value::from(Serde(first_screen::panels(results, charts))),
        terms => terms.clone(),
        absences => Value::from(Serde(absences(results))),
        checks => first_screen::run_checks(results),
        properties => Value::from(Serde(tables::properties_rows(results))),
        baseline => results.exploration.baseline.clone(),
        marks => variant_marks(results),
        timed => timed_variants(results),
        miss_stops => miss_stops(&data),
        last_miss => data.miss_costs.len() - 1,
        distances => distances(),
        rankings => Value::from(Serde(data::static_rankings(results))),
        feature_head => crate::features::HEAD
            .map(|(name, meaning)| context! { name, meaning })
            .to_vec(),
        features => Value::from(Serde(crate::features::feature_rows(results))),
        paced_head => paced_replay_table::HEAD.to_vec(),
        paced => Value::from(Serde(paced)),
        sizing => Value::from(Serde(sizing)),
        charted => Value::from(Serde(charted)),
        options => options(results),
        command => results.exploration.command.clone(),
        method => method(results),
        scenarios => scenario_rows(results),
        code => measured_code_rows(results),
        csv => percent_encoded(csv),
        json => gzip_base64(&serde_json::to_vec(results)?),
        data => packed.map(Value::from_safe_string),
        script => Value::from_safe_string(format!("(()=>{{\n{}}})();", SCRIPTS.concat())),
        tool_version => results.exploration.tool_version.clone(),
        date => results.trials.span.map(|(_, last)| format_time(last)),
    })?;
    Ok(explain_terms::explain_terms(&page, &terms))
}

fn format_time(at: jiff::Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn run_overview(results: &Results) -> String {
    let mut parts = vec![
        counted(results.variants.len() as u64, "variant"),
        counted(results.scenarios.len() as u64, "scenario"),
    ];
    let rounds = results.scenarios.iter().map(|of| of.rounds).max().unwrap_or(0);
    parts.push(if rounds == 0 {
        String::from("no complete round yet")
    } else {
        counted(u64::from(rounds), "round")
    });
    parts.extend(results.trials.span.map(|(_, last)| last.strftime("%-d %B %Y").to_string()));
    parts.push(tables::machine(results));
    parts.join(" · ")
}

/// Names of the variants that were timed in any scenario and so can be the baseline.
fn timed_variants(results: &Results) -> Vec<String> {
    let timed = |name: &str| {
        results.scenarios.iter().any(|of| of.timed().any(|(row, _)| row.variant == name))
    };
    let names = results.variants.iter().map(|variant| variant.name.as_str());
    names.filter(|name| timed(name)).map(String::from).collect()
}

/// Returns the slider positions of the typical miss costs, with their names.
fn miss_stops(data: &ScriptData) -> Vec<(usize, &'static str)> {
    MISS_STOPS
        .into_iter()
        .filter_map(|(ns, name)| {
            let at = |step: &data::Step| (step.ns - ns).abs() < 1.0;
            Some((data.miss_costs.iter().position(at)?, name))
        })
        .collect()
}

fn distances() -> Vec<&'static str> {
    use bakeoff_protocol::results::NetworkDistance;
    NetworkDistance::ALL.map(crate::sentences::access_time::distance_name).to_vec()
}

fn variant_marks(results: &Results) -> Vec<Value> {
    results
        .variants
        .iter()
        .map(|variant| Value::from_safe_string(variant_mark_svg(variant.index)))
        .collect()
}

fn absences(results: &Results) -> Vec<Absence<'_>> {
    tables::absent_variants(results)
        .into_iter()
        .map(|(variant, reason)| Absence {
            mark_svg: Value::from_safe_string(variant_mark_svg(variant.index)),
            variant: &variant.name,
            brief: match variant.status {
                Status::Failed => "failed",
                Status::Skipped => "was skipped",
                Status::Completed => "is disqualified",
                Status::Pending | Status::Running => "is not finished",
            },
            reason,
            hint: variant.error.as_ref().map_or("", |error| &error.hint),
            log: variant.error.as_ref().map_or("", |error| &error.log),
        })
        .collect()
}

fn contents(charted: &[Section], has_paced: bool, has_sizing: bool) -> Vec<Value> {
    let entry = |anchor: &'static str, heading: &'static str| context! { anchor, heading };
    let mut before =
        vec![entry("recommendation", "Recommendation"), entry("run-checks", "Run checks")];
    if has_paced {
        before.push(entry("paced", "Paced replays"));
    }
    let after = [
        entry("properties-of-variants", "Features and facts"),
        entry("options", "Pros and cons"),
        entry("method", "Method and data"),
    ];
    let charts = charted.iter().map(|section| entry(section.anchor, section.heading));
    let sizing = has_sizing.then(|| entry("sizing", "Sizing and break-even"));
    before.into_iter().chain(charts).chain(sizing).chain(after).collect()
}

fn options(results: &Results) -> Vec<Value> {
    results
        .variants
        .iter()
        .map(|variant| {
            context! {
                index => variant.index,
                mark_svg => Value::from_safe_string(variant_mark_svg(variant.index)),
                variant => variant.name.clone(),
                description => variant.description.clone(),
                summary => variant.manifest.summary.clone(),
                pros => variant.manifest.pros.clone(),
                cons => variant.manifest.cons.clone(),
                facts => strategy_facts(variant),
            }
        })
        .collect()
}
