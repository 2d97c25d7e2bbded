//! Tests the decision over a real run: constraints, scores, and the sensitivity to weights.

use std::path::Path;

use crate::sample_run;
use bakeoff_analysis::decision::{config, decide};
use bakeoff_protocol::paced::outcome::{Freshness, PacedOutcome, UserCounts};
use bakeoff_protocol::results::decision::{
    ConstraintViolation, Decision, DecisionConfig, Score, ScoreEvidence,
};
use bakeoff_protocol::results::{Cell, Measurement, PacedFigures, Results};

fn parsed(text: &str) -> DecisionConfig {
    config::parse(text, Path::new("decision.toml"), &["smoke", "user-profiles"]).unwrap()
}

fn decided(results: &Results, text: &str) -> Decision {
    decide(results, Some(&parsed(text)))
}

fn names(results: &Results, text: &str) -> Vec<String> {
    decided(results, text).scores.into_iter().map(|scored| scored.variant).collect()
}

fn violations(results: &Results, text: &str, variant: &str) -> Vec<ConstraintViolation> {
    let excluded = decided(results, text).excluded;
    excluded.into_iter().find(|one| one.variant == variant).unwrap().violations
}

#[test]
fn constraints_apply_before_the_score() {
    let results = sample_run::results();
    let shared = names(&results, "[constraints]\nshared = true\nbounded = false");
    assert_eq!(shared.len(), 2, "{shared:?}");
    assert!(shared.iter().all(|name| ["redis", "tiered"].contains(&name.as_str())), "{shared:?}");
    assert_eq!(
        violations(&results, "[constraints]\nshared = true", "moka"),
        [ConstraintViolation::NotShared { tried: true }]
    );
    let no_service = "[constraints]\nno_new_service = true\nbounded = false";
    assert_eq!(
        violations(&results, no_service, "redis"),
        [ConstraintViolation::NewService { service: String::from("redis") }]
    );
    let operated = "[constraints]\nno_new_service = true\noperated = [\"redis\"]\nbounded = false";
    assert_eq!(names(&results, operated).len(), 5);
    assert_eq!(violations(&results, "", "dict"), [ConstraintViolation::NotBounded]);
}

#[test]
fn stale_reads_and_failures_in_paced_replays_lower_the_risk_score() {
    let risk = |stale, errors| {
        let mut results = sample_run::results();
        let freshness = Freshness { fresh: 1_000 - stale, stale, ..Freshness::default() };
        let users = UserCounts { requests: 1_000, errors, ..UserCounts::default() };
        let paced = PacedOutcome { freshness, users, ..PacedOutcome::default() };
        let cells = &mut results.scenarios[0].cells;
        let template = cells.iter().find(|cell| cell.variant == "lru").unwrap().clone();
        let measurement =
            Measurement::Paced(Box::new(PacedFigures { paced, samples: Default::default() }));
        cells.push(Cell { measurement, ..template });
        let scores = decided(&results, "").scores;
        scores.into_iter().find(|of| of.variant == "lru").unwrap().scores[4].clone()
    };
    let none = risk(9, 9).points.unwrap();
    assert!((none - risk(10, 0).points.unwrap() - 1.0).abs() < 1e-9);
    assert!((none - risk(100, 10).points.unwrap() - 4.0).abs() < 1e-9);
    let ScoreEvidence::Risk { stale, errors, .. } = risk(350, 0).evidence else {
        panic!("the fifth criterion is the risk");
    };
    assert_eq!((stale.unwrap().share, errors), (0.35, None));
}

#[test]
fn performance_compares_only_scenarios_in_which_every_variant_was_timed() {
    let performance = |results: &Results| {
        let scores = decided(results, "[weights]\nperformance = 1").scores;
        let of = |name: &str| -> Score {
            scores.iter().find(|scored| scored.variant == name).unwrap().scores[0].clone()
        };
        (of("lru"), of("moka"))
    };
    let compared = |score: &Score| match score.evidence {
        ScoreEvidence::Performance { mean_latency_ns, compared_scenarios, scenarios } => {
            (mean_latency_ns.is_some(), compared_scenarios, scenarios)
        }
        _ => panic!("the first criterion is the performance"),
    };
    let forget = |results: &mut Results, scenario: usize, name: &str| {
        let rows = &mut results.scenarios[scenario].figures;
        rows.iter_mut().find(|row| row.variant == name).unwrap().time_ns = None;
    };
    let mut results = sample_run::results();
    let rate = |results: &Results, scenario: usize| {
        let rows = &results.scenarios[scenario].figures;
        rows.iter().find(|row| row.variant == "moka").unwrap().hit_ratio
    };
    let hard = if rate(&results, 0) < rate(&results, 1) { 0 } else { 1 };
    assert_eq!(compared(&performance(&results).0), (true, 2, 2));
    forget(&mut results, hard, "moka");
    let (lru, moka) = performance(&results);
    assert_eq!((compared(&lru), compared(&moka)), ((true, 1, 2), (true, 1, 2)));
    assert!((lru.points.unwrap() - moka.points.unwrap()).abs() < 2.0, "{lru:?} and {moka:?}");
    // Each variant is timed in a different scenario, so no scenario compares both.
    forget(&mut results, 1 - hard, "lru");
    let (lru, moka) = performance(&results);
    assert_eq!((lru.points, moka.points), (None, None), "unknown, not zero");
    assert_eq!(compared(&moka), (false, 0, 2));
}

#[test]
fn unknown_criterion_is_left_out_of_the_total() {
    let mut results = sample_run::results();
    let moka = results.variants.iter_mut().find(|variant| variant.name == "moka").unwrap();
    moka.manifest.years_in_production = None;
    let scores = decided(&results, "").scores;
    let moka = scores.iter().find(|scored| scored.variant == "moka").unwrap();
    let known: Vec<f64> = moka.points().into_iter().flatten().collect();
    assert_eq!((moka.points()[3], known.len()), (None, 4));
    let expected = 5.0 * known.iter().sum::<f64>() / 4.0;
    assert!((moka.total - expected).abs() < 1e-9, "{moka:?}");
}

#[test]
fn unmeasured_figures_satisfy_no_constraint() {
    let results = sample_run::results();
    let p99 = "[constraints]\np99_under = \"1s\"";
    assert_eq!(violations(&results, p99, "lru"), [ConstraintViolation::P99 { p99_ns: None }]);
    assert!(names(&results, p99).is_empty());
    // Memory was measured: the entries of moka take about 15 MB.
    let small = violations(&results, "[constraints]\nmemory_under = \"1MiB\"", "moka");
    assert!(matches!(small[..], [ConstraintViolation::Memory { bytes: Some(_) }]), "{small:?}");
    let large = names(&results, "[constraints]\nmemory_under = \"1GiB\"");
    assert!(large.contains(&String::from("moka")));
}

#[test]
fn weights_and_tiers_change_the_score() {
    let results = sample_run::results();
    let first = |text: &str| names(&results, text)[0].clone();
    assert_eq!(first("[weights]\nsimplicity = 0\ncost = 0\nlongevity = 0\nrisk = 0"), "moka");
    assert_eq!(first("[weights]\nperformance = 0"), "lru");
    // With the same latency in every tier, performance does not differ.
    let near = "[tiers]\nl1 = \"1us\"\nl2 = \"1us\"\nl3 = \"1us\"";
    let scores = decided(&results, near).scores;
    assert!(scores.iter().all(|scored| (scored.scores[0].points.unwrap() - 10.0).abs() < 1e-9));
    for scored in decided(&results, "").scores {
        assert!(scored.points().iter().flatten().all(|points| (0.0..=10.0).contains(points)));
        let sum = scored.points().iter().flatten().sum::<f64>();
        assert!((scored.total - sum).abs() < 1e-9 && scored.total <= 50.0);
    }
}

#[test]
fn unconfirmed_run_chooses_no_variant() {
    let fixture = crate::fixture::Fixture { aa_ratio: 1.05, ..crate::fixture::Fixture::typical() };
    let results = fixture.results();
    for decision in [decide(&results, Some(&DecisionConfig::default())), decide(&results, None)] {
        assert!(!decision.confirmed && decision.chosen.is_empty(), "{:?}", decision.chosen);
        assert!(!decision.scores.is_empty());
    }
}
