//! The kit catches every broken strategy by the rule that is meant, and passes the sound one.

use std::collections::BTreeSet;

use bakeoff_broken::{Visitor, names, visit};
use bakeoff_strategy::kit::{self, Case, Immediate};
use bakeoff_strategy::{OpenConfig, Strategy};

/// No kit can end a strategy that never answers.
const ENDLESS: &str = "hangs";

/// What the kit found wrong with a broken strategy, and what it was meant to find.
struct Examined {
    rule: &'static str,
    also: &'static [&'static str],
    failed: Vec<Case>,
}

struct Examine;

impl Visitor for Examine {
    type Output = Examined;

    fn visit<S: Strategy>(
        self,
        _name: &'static str,
        rule: &'static str,
        also: &'static [&'static str],
    ) -> Examined {
        let cases = kit::check::<S, _>(&OpenConfig::with_capacity, &Immediate, 7);
        let failed = cases.into_iter().filter(|case| !case.passed).collect();
        Examined { rule, also, failed }
    }
}

fn examined(name: &str) -> Examined {
    visit(name, Examine).expect("a name of the list")
}

#[test]
fn each_is_caught_by_the_rule_that_is_meant() {
    for &name in names().iter().filter(|name| ![ENDLESS, "sound"].contains(name)) {
        let Examined { rule, also, failed } = examined(name);
        let seen: BTreeSet<&str> = failed.iter().map(|case| case.name.as_str()).collect();
        assert!(seen.contains(rule), "{name} is not caught by {rule}: {failed:#?}");
        let mut expected = BTreeSet::from([rule, "model", "model-when-full"]);
        expected.extend(also);
        assert!(
            seen.is_subset(&expected),
            "{name} is caught by more than {expected:?}: {failed:#?}"
        );
    }
}

#[test]
fn the_sound_one_passes() {
    let Examined { failed, .. } = examined("sound");
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Names and rules of all strategies here, without examining them.
struct Rule;

impl Visitor for Rule {
    type Output = (&'static str, Vec<&'static str>);

    fn visit<S: Strategy>(
        self,
        _name: &'static str,
        rule: &'static str,
        _also: &'static [&'static str],
    ) -> Self::Output {
        (rule, kit::rule_names::<S>())
    }
}

#[test]
fn every_rule_has_a_strategy_that_breaks_it() {
    let (mut broken, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for name in names() {
        let (rule, all) = visit(name, Rule).expect("a name of the list");
        broken.insert(rule);
        rules.extend(all);
    }
    // Those with an awaited origin are the same rules over another origin.
    rules.retain(|rule| !rule.ends_with("-awaited"));
    let unbroken: Vec<_> = rules.difference(&broken).collect();
    assert!(unbroken.is_empty(), "no strategy here breaks {unbroken:?}");
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    let Examined { failed, .. } = examined("panics");
    assert_eq!(failed[0].detail, "panicked: slot 76 is out of bounds");
}

#[test]
fn a_random_finding_comes_with_its_smallest_sequence() {
    let Examined { failed, .. } = examined("skips-a-removal");
    let model = failed.iter().find(|case| case.name == "model").expect("caught by the model");
    assert!(model.detail.contains("Remove(0), Remove(0)"), "{}", model.detail);
    assert!(model.detail.len() < 300, "{}", model.detail);
}
