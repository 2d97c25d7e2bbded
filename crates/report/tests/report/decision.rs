//! The decision over a real run: constraints first, then the score, and how firm it is.

use std::fs;
use std::path::Path;

use crate::fixture::Fixture;
use bakeoff_protocol::paced::outcome::{Freshness, PacedOutcome, UserCounts};
use bakeoff_report::beside::{Run, beside};
use bakeoff_report::decision::{Wish, decide, decision};
use bakeoff_report::{Report, adopt_decision, load, render};

fn sample() -> Report {
    let folder = tempfile::tempdir().unwrap();
    crate::sample_run::write(folder.path());
    load(folder.path()).unwrap()
}

fn wish(text: &str) -> Wish {
    Wish::parse(text, Path::new("decision.toml"), &["smoke", "user-profiles"]).unwrap()
}

fn names(report: &Report, text: &str) -> Vec<String> {
    decide(report, &wish(text)).scored.into_iter().map(|scored| scored.variant).collect()
}

fn objection(report: &Report, text: &str, variant: &str) -> String {
    let excluded = decide(report, &wish(text)).excluded;
    excluded.into_iter().find(|(name, _)| name == variant).map(|(_, why)| why.join("; ")).unwrap()
}

#[test]
fn constraints_come_before_any_score() {
    let report = sample();
    let shared = names(&report, "[constraints]\nshared = true\nbounded = false");
    assert_eq!(shared.len(), 2, "{shared:?}");
    assert!(shared.iter().all(|name| ["redis", "tiered"].contains(&name.as_str())), "{shared:?}");
    let said = objection(&report, "[constraints]\nshared = true", "moka");
    assert_eq!(said, "processes do not share its entries");
    let alone = "[constraints]\nno_new_service = true\nbounded = false";
    assert_eq!(objection(&report, alone, "redis"), "needs redis, a new service");
    let run_already =
        "[constraints]\nno_new_service = true\noperated = [\"redis\"]\nbounded = false";
    assert_eq!(names(&report, run_already).len(), 5);
    assert!(!names(&report, "").contains(&String::from("dict")), "dict has no limit");
    assert!(objection(&report, "", "dict").contains("unbounded: grew to"));
}

#[test]
fn what_users_were_seen_to_put_up_with_is_a_risk() {
    let risk = |stale, errors| {
        let mut report = sample();
        let freshness = Freshness { fresh: 1_000 - stale, stale, ..Freshness::default() };
        let users = UserCounts { requests: 1_000, errors, ..UserCounts::default() };
        let seen = PacedOutcome { freshness, users, ..PacedOutcome::default() };
        let rows = &mut report.scenarios[0].rows;
        let row = rows.iter_mut().find(|row| row.variant == "lru").unwrap();
        row.behaviour = Some(Box::new(seen));
        let scored = decide(&report, &wish("")).scored;
        scored.into_iter().find(|of| of.variant == "lru").unwrap().scores[4].clone()
    };
    let none = risk(9, 9);
    let less = |than: f64| none.points - than;
    assert!((less(risk(10, 0).points) - 1.0).abs() < 1e-9);
    assert!((less(risk(100, 10).points) - 4.0).abs() < 1e-9);
    let said = risk(350, 0).data;
    assert!(said.contains("35.00 % of the answers old (") && !said.contains("served"), "{said}");
}

#[test]
fn nobody_is_quicker_for_having_been_timed_where_it_is_easy() {
    let performance = |report: &Report| {
        let scored = decide(report, &wish("[weights]\nperformance = 1")).scored;
        let of = |name: &str| {
            let one = scored.iter().find(|scored| scored.variant == name).unwrap();
            one.scores[0].clone()
        };
        (of("lru"), of("moka"))
    };
    let mut report = sample();
    let rate = |report: &Report, place: usize| {
        report.scenarios[place].rows.iter().find(|row| row.variant == "moka").unwrap().hit_ratio
    };
    let hard = if rate(&report, 0) < rate(&report, 1) { 0 } else { 1 };
    let (whole, _) = performance(&report);
    assert!(!whole.data.contains("over the"), "{}", whole.data);
    let rows = &mut report.scenarios[hard].rows;
    rows.iter_mut().find(|row| row.variant == "moka").unwrap().time_ns = None;
    let (lru, moka) = performance(&report);
    for one in [&lru, &moka] {
        let said = "over the 1 of 2 scenarios that all were timed in";
        assert!(one.data.ends_with(said), "{}", one.data);
    }
    assert!((lru.points - moka.points).abs() < 2.0, "{} and {}", lru.data, moka.data);
    // Each in another one: nothing compares them.
    let rows = &mut report.scenarios[1 - hard].rows;
    rows.iter_mut().find(|row| row.variant == "lru").unwrap().time_ns = None;
    let (lru, moka) = performance(&report);
    assert_eq!((lru.points, moka.points), (0.0, 0.0));
    assert_eq!(moka.data, "no scenario has the latency of all");
}

#[test]
fn what_was_not_measured_satisfies_nothing() {
    let report = sample();
    let said = objection(&report, "[constraints]\np99_under = \"1s\"", "lru");
    assert!(said.contains("p99 was not measured"), "{said}");
    assert!(names(&report, "[constraints]\np99_under = \"1s\"").is_empty());
    let record = decision(&report, Some(&wish("[constraints]\np99_under = \"1s\"")));
    assert!(record.contains("No variant satisfies every constraint"), "{record}");
    // Memory was: moka's entries take about 15 MB in all.
    let small = "[constraints]\nmemory_under = \"1MiB\"";
    assert!(objection(&report, small, "moka").contains("when full"));
    assert!(
        names(&report, "[constraints]\nmemory_under = \"1GiB\"").contains(&String::from("moka"))
    );
}

#[test]
fn weights_and_tiers_move_the_score() {
    let report = sample();
    let first = |text: &str| names(&report, text)[0].clone();
    assert_eq!(first("[weights]\nsimplicity = 0\ncost = 0\nlongevity = 0\nrisk = 0"), "moka");
    assert_eq!(first("[weights]\nperformance = 0"), "lru");
    // A shared cache as near as the process, and an origin as near: speed no longer tells.
    let near = "[tiers]\nl1 = \"1us\"\nl2 = \"1us\"\nl3 = \"1us\"";
    let scored = decide(&report, &wish(near)).scored;
    assert!(scored.iter().all(|scored| (scored.scores[0].points - 10.0).abs() < 1e-9));
    for scored in decide(&report, &wish("")).scored {
        assert!(scored.scores.iter().all(|score| (0.0..=10.0).contains(&score.points)));
        let total = scored.total(&[1.0; 5]);
        assert!((total - scored.points().iter().sum::<f64>()).abs() < 1e-9 && total <= 50.0);
    }
}

#[test]
fn the_record_of_a_real_run() {
    let report = sample();
    insta::assert_snapshot!("unasked", decision(&report, None));
    let asked = wish(
        "[constraints]\nshared = true\nbounded = false\noperated = [\"redis\"]\nno_new_service = true\n\
         [tiers]\nl2 = \"0.5ms\"\nl3 = \"20ms\"\n[weights]\nperformance = 30\nrisk = 10",
    );
    insta::assert_snapshot!("asked", decision(&report, Some(&asked)));
}

#[test]
fn an_unproven_run_is_no_reason_to_take_anything() {
    let folder = tempfile::tempdir().unwrap();
    Fixture { twin: 1.05, ..Fixture::typical() }.write(folder.path());
    let report = load(folder.path()).unwrap();
    let wish = Wish::parse("", Path::new("decision.toml"), &["user-profiles"]).unwrap();
    for given in [Some(&wish), None] {
        let record = decision(&report, given);
        assert!(!record.contains("**Take "), "{record}");
        assert!(record.contains("No variant is taken, so none follow yet."), "{record}");
        assert!(record.contains("estimates"), "{record}");
    }
    let record = decision(&report, Some(&wish));
    assert!(record.contains("**No variant is taken yet: the run cannot be believed.** By its"));
}

#[test]
fn a_decision_stays_with_its_exploration() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    let file = folder.path().join("mine.toml");
    fs::write(&file, "[constraints]\nshared = true").unwrap();
    adopt_decision(folder.path(), &file).unwrap();
    let rendered = render(folder.path()).unwrap();
    assert!(fs::read_to_string(&rendered.decision).unwrap().contains("- processes share entries"));
    fs::write(&file, "[constraint]").unwrap();
    let error = adopt_decision(folder.path(), &file).unwrap_err().to_string();
    assert!(error.contains("mine.toml") && error.contains("unknown field"), "{error}");
    assert!(render(folder.path()).is_ok(), "what was kept is still the good one");
}

#[test]
fn runs_stand_side_by_side() {
    let mut fixture = Fixture::typical();
    let before = tempfile::tempdir().unwrap();
    fixture.write(before.path());
    fixture.variant("moka").rate *= 3.0;
    fixture.variant("moka").skill = 0.97;
    let after = tempfile::tempdir().unwrap();
    fixture.write(after.path());
    let (before, after) = (load(before.path()).unwrap(), load(after.path()).unwrap());
    let run = |title: &str, report| Run { title: title.to_owned(), report };
    let text = beside(&[run("before", &before), run("after", &after)]);
    let row = text.lines().find(|line| line.starts_with("| moka")).unwrap();
    assert!(row.contains("faster against the baseline"), "{row}");
    assert!(row.contains("hit ratio −"), "{row}");
    let same = text.lines().find(|line| line.starts_with("| redis")).unwrap();
    assert!(same.trim_end().ends_with("|  |"), "{same}");
}

#[test]
fn what_cannot_be_compared_between_runs_is_not_called_a_change() {
    let said = |change: fn(&mut Fixture), report: fn(&mut Report)| {
        let mut fixture = Fixture::typical();
        let folder = tempfile::tempdir().unwrap();
        fixture.write(folder.path());
        let before = load(folder.path()).unwrap();
        fixture.variant("moka").rate *= 3.0;
        change(&mut fixture);
        fixture.write(folder.path());
        let mut after = load(folder.path()).unwrap();
        report(&mut after);
        let run = |title: &str, report| Run { title: title.to_owned(), report };
        let text = beside(&[run("before", &before), run("after", &after)]);
        let row = text.lines().find(|line| line.starts_with("| moka")).unwrap();
        row.trim_end_matches(" |").rsplit("| ").next().unwrap().to_owned()
    };
    let same = |_: &mut Report| {};
    assert_eq!(said(|_| {}, same), "faster against the baseline: the intervals lie apart");
    let other = |of: &mut Fixture| of.baseline = String::from("redis");
    assert_eq!(said(other, same), "speeds not compared: not the same baseline");
    assert_eq!(said(|of| of.twin = 1.2, same), "speeds not compared: a run is unproven");
    let few = |of: &mut Report| {
        let moka = of.scenarios[0].rows.iter_mut().find(|row| row.variant == "moka").unwrap();
        moka.against_baseline.as_mut().unwrap().confidence = 0.9;
    };
    assert_eq!(said(|_| {}, few), "speeds not compared: too few rounds");
    let requests = |of: &mut Report| of.scenarios[0].scenario.workload = String::from("another");
    assert_eq!(said(|_| {}, requests), "not compared: not the same requests");
    let capacity = |of: &mut Report| {
        of.scenarios[0].scenario.timed_capacity = bakeoff_protocol::Capacity::Unbounded;
    };
    let capacity = said(|_| {}, capacity);
    assert_eq!(capacity, "not compared: not timed at the same capacity and load");
}
