//! The kit catches every mutant by the intended rule and passes the correct strategy.

use std::collections::BTreeSet;

use bakeoff_mutants::{CATALOGUE, Mutant, OPTION};
use bakeoff_strategy::OpenConfig;
use bakeoff_strategy::kit::{self, Case, PollOnce};

/// Returns the rules that a mutant fails.
fn failed_rules(name: &str) -> Vec<Case> {
    let configs = |capacity| {
        let mut config = OpenConfig::with_capacity(capacity);
        config.options.0.insert(OPTION.to_owned(), name.to_owned());
        config
    };
    let mut cases = kit::check::<Mutant, _>(&configs, &PollOnce, 7);
    cases.retain(|case| !case.passed);
    cases
}

#[test]
fn each_mutant_is_caught_by_the_intended_rule() {
    let mut wrong = Vec::new();
    for entry in CATALOGUE.iter().filter(|entry| !entry.rule.is_empty()) {
        let (name, rule) = (entry.name, entry.rule);
        let failed = failed_rules(name);
        let caught: BTreeSet<&str> = failed.iter().map(|case| case.name.as_str()).collect();
        if !caught.contains(rule) {
            wrong.push(format!("{name} escapes {rule}: {failed:#?}"));
        }
        let mut expected = BTreeSet::from([rule, "model", "model-when-full"]);
        expected.extend(entry.also);
        if !caught.is_subset(&expected) {
            wrong.push(format!("{name}: {caught:?}, expected at most {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_correct_strategy_passes() {
    let failed = failed_rules("correct");
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_rule_has_a_mutant_that_fails_it() {
    let caught: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.rule).collect();
    // The names with `-async` are the same rules over another origin.
    let rules = kit::rule_names::<Mutant>();
    let untested: Vec<_> =
        rules.iter().filter(|rule| !rule.ends_with("-async") && !caught.contains(*rule)).collect();
    assert!(untested.is_empty(), "no mutant fails {untested:?}");
}

#[test]
fn a_panic_is_reported_with_its_message() {
    assert_eq!(failed_rules("panics")[0].detail, "panicked: slot 76 is out of bounds");
}

#[test]
fn a_random_failure_is_shrunk_to_its_smallest_sequence() {
    let failed = failed_rules("skips-one-removal");
    let model = failed.iter().find(|case| case.name == "model").expect("caught by the model");
    assert!(model.detail.contains("Remove(0), Remove(0)"), "{}", model.detail);
    assert!(model.detail.len() < 300, "{}", model.detail);
}
