//! The kit catches every broken strategy by the rule that is meant, and passes the sound one.

use std::collections::BTreeSet;

use bakeoff_mutants::{Broken, OPTION, fault, names};
use bakeoff_strategy::OpenConfig;
use bakeoff_strategy::kit::{self, Case, Immediate};

/// No kit can end a strategy that never answers.
const ENDLESS: &str = "hangs";
const SOUND: &str = "sound";

/// The rules that do not hold for the strategy with this fault.
fn failed(name: &str) -> Vec<Case> {
    let configs = |capacity| {
        let mut config = OpenConfig::with_capacity(capacity);
        config.options.0.insert(OPTION.to_owned(), name.to_owned());
        config
    };
    let mut cases = kit::check::<Broken, _>(&configs, &Immediate, 7);
    cases.retain(|case| !case.passed);
    cases
}

#[test]
fn each_is_caught_by_the_rule_that_is_meant() {
    for &name in names().iter().filter(|name| ![ENDLESS, SOUND].contains(name)) {
        let fault = fault(name).expect("a name of the list");
        let failed = failed(name);
        let seen: BTreeSet<&str> = failed.iter().map(|case| case.name.as_str()).collect();
        assert!(seen.contains(fault.rule()), "{name} escapes {}: {failed:#?}", fault.rule());
        let mut expected = BTreeSet::from([fault.rule(), "model", "model-when-full"]);
        expected.extend(fault.also());
        assert!(seen.is_subset(&expected), "{name}: more than {expected:?}: {failed:#?}");
    }
}

#[test]
fn the_sound_one_passes() {
    let failed = failed(SOUND);
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_rule_has_a_strategy_that_breaks_it() {
    let broken: BTreeSet<&str> =
        names().iter().filter_map(|name| fault(name)).map(|fault| fault.rule()).collect();
    // Those with an awaited origin are the same rules over another origin.
    let rules = kit::rule_names::<Broken>();
    let unbroken: Vec<_> = rules
        .iter()
        .filter(|rule| !rule.ends_with("-awaited") && !broken.contains(*rule))
        .collect();
    assert!(unbroken.is_empty(), "no strategy here breaks {unbroken:?}");
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    assert_eq!(failed("panics")[0].detail, "panicked: slot 76 is out of bounds");
}

#[test]
fn a_random_finding_comes_with_its_smallest_sequence() {
    let failed = failed("skips-a-removal");
    let model = failed.iter().find(|case| case.name == "model").expect("caught by the model");
    assert!(model.detail.contains("Remove(0), Remove(0)"), "{}", model.detail);
    assert!(model.detail.len() < 300, "{}", model.detail);
}
