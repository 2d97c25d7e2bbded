//! Tests rankings by mean access time, and notes on the run.

use crate::fixture::{Fixture, SyntheticVariant};
use bakeoff_analysis::analyze;
use bakeoff_protocol::exploration::{Exploration, RoundsEndReason, StoppingRule};
use bakeoff_protocol::results::{
    AccessTimeLine, Check, Conclusion, Eligibility, NetworkDistance, Note, Results,
};

fn with_exploration(change: impl Fn(&mut Exploration)) -> Results {
    let fixture = Fixture::typical();
    let mut exploration = fixture.exploration();
    change(&mut exploration);
    analyze(&fixture.input_with(exploration, fixture.records()), None)
}

/// Returns the results of variants with the same hit ratio, given by name and rate.
fn results(variants: &[(&str, f64)], rounds: u32) -> Results {
    let variants: Vec<SyntheticVariant> =
        variants.iter().map(|(name, rate)| SyntheticVariant::new(name, *rate, 0.95)).collect();
    let baseline = variants[0].name.clone();
    Fixture { variants, baseline, rounds, ..Fixture::typical() }.results()
}

#[test]
fn different_harnesses_are_noted() {
    let noted = |harnesses: [&str; 2]| {
        let results = with_exploration(|exploration| {
            for (index, variant) in exploration.variants.iter_mut().enumerate() {
                variant.harness = String::from(harnesses[usize::from(index == 1)]);
            }
        });
        results.scenarios[0].notes.iter().any(|note| {
            matches!(note, Note::DifferentHarnesses { variant, others }
                if variant == "dict" && others == &["lru"])
        })
    };
    assert!(noted(["one", "other"]));
    assert!(!noted(["one", "one"]));
    assert!(!noted(["one", ""]), "an unknown harness is not reported");
}

#[test]
fn quick_run_notes_its_resolution() {
    let noted = |profile: &str| {
        let results = with_exploration(|exploration| exploration.profile = profile.to_owned());
        results.scenarios[0].notes.iter().any(|note| matches!(note, Note::LowResolution { .. }))
    };
    assert!(noted("quick") && !noted("standard"));
}

#[test]
fn run_checks_contain_the_reason_for_the_end_of_the_rounds() {
    let reasons = |stopped: Option<RoundsEndReason>| {
        let results = with_exploration(|exploration| {
            exploration.stopping = Some(StoppingRule {
                precision: 0.01,
                minimum_rounds: 10,
                maximum_rounds: 12,
                budget_seconds: Some(60.0),
            });
            exploration.scenarios[0].stopped = stopped;
        });
        results.run_checks.iter().find_map(|check| match &check.check {
            Check::Rounds { out_of_time, precise, .. } => Some((*out_of_time, *precise)),
            _ => None,
        })
    };
    assert_eq!(reasons(Some(RoundsEndReason::Time)), Some((true, false)));
    assert_eq!(reasons(Some(RoundsEndReason::Precision)), Some((false, true)));
    assert_eq!(reasons(Some(RoundsEndReason::Rounds)), Some((false, false)));
}

#[test]
fn variants_are_equivalent_only_if_the_intervals_show_it() {
    let conclusion = |rounds| {
        let variants = [("one", 20e6), ("two", 20e6), ("slow", 2e6)]
            .map(|(name, rate)| SyntheticVariant::new(name, rate, 0.95));
        let fixture = Fixture {
            variants: variants.to_vec(),
            baseline: String::from("one"),
            rounds,
            miss_cost_ns: 100.0,
            ..Fixture::typical()
        };
        fixture.results().scenarios.remove(0).conclusion
    };
    let many = conclusion(300);
    let Conclusion::Equivalent { variants } = &many else { panic!("{many:?}") };
    assert_eq!(variants.len(), 2);
    let few = conclusion(9);
    let Conclusion::Undecided { variants, needed: Some(needed), .. } = &few else {
        panic!("{few:?}")
    };
    assert_eq!(variants.len(), 2);
    // A round has four trials of 0.7 s.
    assert!((needed.minutes * 60.0 / f64::from(needed.rounds) - 2.8).abs() < 1e-6, "{needed:?}");
}

#[test]
fn ineligible_variants_leave_nothing_to_compare() {
    let mut fixture = Fixture::typical();
    fixture.variants.truncate(2);
    let results = fixture.results();
    let of = &results.scenarios[0];
    assert_eq!(of.eligible().collect::<Vec<_>>(), ["lru"]);
    assert_eq!(of.eligibility[0].eligibility, Eligibility::Unbounded);
}

#[test]
fn leaders_that_are_not_separated_are_reported() {
    let equal = results(&[("one", 20e6), ("two", 20e6), ("slow", 2e6)], 30);
    let measured = equal.scenarios[0].access_time.as_measured().unwrap();
    assert!(measured.crossovers.is_empty());
    let [unseparated] = &measured.unseparated[..] else { panic!("{:?}", measured.unseparated) };
    let mut names = [unseparated.leader.as_str(), unseparated.rival.as_str()];
    names.sort_unstable();
    assert_eq!((names, unseparated.up_to_miss_ns), (["one", "two"], None));

    let apart = results(&[("quick", 40e6), ("lru", 20e6), ("slow", 2e6)], 30);
    let measured = apart.scenarios[0].access_time.as_measured().unwrap();
    assert_eq!(measured.lowest_first.as_deref(), Some("quick"));
    assert!(measured.crossovers.is_empty() && measured.unseparated.is_empty());

    // One pair has a crossover whose interval contains the lowest miss cost.
    for of in &Fixture::large().results().scenarios {
        let measured = of.access_time.as_measured().unwrap();
        assert!(!measured.crossovers.is_empty() && measured.unseparated.is_empty());
    }
}

#[test]
fn segments_cover_the_range_and_agree_with_the_lines() {
    for of in &Fixture::large().results().scenarios {
        let access_time = &of.access_time;
        assert_eq!(access_time.by_distance.len(), NetworkDistance::ALL.len());
        for ranking in &access_time.by_distance {
            let segments = &ranking.segments;
            assert_eq!(segments[0].from_miss_ns, 1e3);
            assert_eq!(segments.last().unwrap().to_miss_ns, 1e9);
            assert!(segments.windows(2).all(|two| two[0].to_miss_ns == two[1].from_miss_ns));
            for segment in segments {
                let middle = (segment.from_miss_ns * segment.to_miss_ns).sqrt();
                let means: Vec<f64> = segment
                    .ranking
                    .iter()
                    .map(|&index| access_time.line(index).unwrap())
                    .map(|line: &AccessTimeLine| line.at(middle, ranking.distance_ns)[0])
                    .collect();
                assert!(means.windows(2).all(|two| two[0] <= two[1]), "{means:?}");
                let eligible = |index: &&usize| access_time.line(**index).unwrap().eligible;
                assert_eq!(segment.ranking.iter().find(eligible), segment.lowest.as_ref());
            }
        }
    }
}
