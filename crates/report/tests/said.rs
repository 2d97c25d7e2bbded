//! What a reader has to be told beside the figures.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what is missing fails the test")]

mod fixture;

use bakeoff_protocol::exploration::{Exploration, Stopped, Stopping};
use bakeoff_report::results::compute;
use fixture::Fixture;

fn remarks(change: impl Fn(&mut Exploration)) -> String {
    let fixture = Fixture::typical();
    let mut exploration = fixture.exploration();
    change(&mut exploration);
    compute(&exploration, &fixture.records()).scenarios[0].remarks.join("\n")
}

#[test]
fn two_harnesses_are_two() {
    let with = |harnesses: [&str; 2]| {
        remarks(|exploration| {
            for (place, variant) in exploration.variants.iter_mut().enumerate() {
                variant.harness = String::from(harnesses[usize::from(place == 1)]);
            }
        })
    };
    let said = with(["one", "other"]);
    assert!(said.contains("dict and lru were measured by different harnesses"), "{said}");
    assert!(!with(["one", "one"]).contains("harnesses"));
    assert!(!with(["one", ""]).contains("harnesses"), "what is not known is not said");
}

#[test]
fn a_quick_look_says_what_it_did_not_see() {
    let said = remarks(|exploration| exploration.profile = String::from("quick"));
    assert!(said.contains("A quick look: of half of the pairs, differences below"), "{said}");
    assert!(!remarks(|_| {}).contains("quick look"));
}

#[test]
fn the_reason_for_the_end_of_the_rounds_is_given() {
    let said = |why: Option<Stopped>| {
        let fixture = Fixture::typical();
        let folder = tempfile::tempdir().unwrap();
        fixture.write(folder.path());
        let mut exploration = fixture.exploration();
        exploration.stopping = Some(Stopping {
            precision: 0.01,
            minimum_rounds: 10,
            maximum_rounds: 12,
            budget_seconds: Some(60.0),
        });
        exploration.scenarios[0].stopped = why;
        let text = serde_json::to_string(&exploration).unwrap();
        std::fs::write(folder.path().join("exploration.json"), text).unwrap();
        let rendered = bakeoff_report::render(folder.path()).unwrap();
        let summary = rendered.files.iter().find(|file| file.ends_with("summary.md")).unwrap();
        std::fs::read_to_string(summary).unwrap()
    };
    assert!(said(Some(Stopped::Time)).contains("the time was spent before every interval"));
    assert!(said(Some(Stopped::Precision)).contains("every interval is within ±1.00 %, as asked"));
    assert!(said(Some(Stopped::Rounds)).contains("some interval is wider than ±1.00 %"));
}
