//! Tests properties of the recommendation over generated runs.

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::{Eligibility, Results};
use bakeoff_protocol::sample::{Record, TrialRecord};
use proptest::prelude::*;

use crate::fixture::{Fixture, SyntheticVariant, round_of};
use crate::support::{analyzed, change, eligibility, fail, judged};

/// Possible defect of a generated variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Fine,
    Unbounded,
    Wrong,
    Outgrown,
    Panicked,
    AsConfigured,
    EasierWindow,
    Unread,
}

fn defects() -> impl Strategy<Value = Defect> {
    prop_oneof![
        8 => Just(Defect::Fine),
        1 => Just(Defect::Unbounded),
        1 => Just(Defect::Wrong),
        1 => Just(Defect::Outgrown),
        1 => Just(Defect::Panicked),
        1 => Just(Defect::AsConfigured),
        1 => Just(Defect::EasierWindow),
        1 => Just(Defect::Unread),
    ]
}

/// Generated runs: rates, hit ratios and defects of up to five variants.
fn runs() -> impl Strategy<Value = (Fixture, Vec<Record>, Vec<Defect>)> {
    let rate = prop_oneof![Just(20e6), Just(20.3e6), Just(21e6), Just(2e6), 1e5..60e6];
    let skill = prop_oneof![Just(0.95), Just(0.951), 0.8..1.0];
    let noise = prop_oneof![Just(0.0), Just(0.01), Just(0.05), Just(0.3)];
    let variant = (rate, skill, noise, defects());
    let aa_ratio = prop_oneof![4 => Just(1.0), 1 => Just(1.05), 1 => Just(0.5)];
    (prop::collection::vec(variant, 1..5), 0..40_u32, aa_ratio).prop_map(
        |(made, rounds, aa_ratio)| {
            let mut fixture = Fixture::of(&[("v0", 1.0, 1.0)]);
            fixture.variants.clear();
            (fixture.rounds, fixture.aa_ratio, fixture.memory) = (rounds, aa_ratio, true);
            for (place, (rate, skill, noise, defect)) in made.iter().enumerate() {
                let mut variant = SyntheticVariant::new(&format!("v{place}"), *rate, *skill);
                variant.noise = *noise;
                variant.bounded = *defect != Defect::Unbounded;
                fixture.variants.push(variant);
            }
            let mut records = fixture.records();
            for (place, (.., defect)) in made.iter().enumerate() {
                apply(&mut records, &format!("v{place}"), *defect);
            }
            (fixture, records, made.into_iter().map(|(.., defect)| defect).collect())
        },
    )
}

fn apply(records: &mut [Record], name: &str, defect: Defect) {
    let timed = |t: &TrialRecord| t.spec.variant == name && t.spec.meter == Meter::Throughput;
    let counted = |t: &TrialRecord| t.spec.variant == name && t.spec.meter == Meter::HitRatio;
    match defect {
        Defect::Fine | Defect::Unbounded => {}
        Defect::Wrong => change(records, counted, |t| {
            t.report_mut().unwrap().counts.wrong_answers = 3;
        }),
        Defect::Outgrown => change(records, |t| timed(t) && round_of(t) > 2, |t| fail(t, "memory")),
        Defect::Panicked => change(records, timed, |t| fail(t, "panic")),
        Defect::AsConfigured => {
            change(
                records,
                |t| t.spec.variant == name,
                |t| t.observed.capacity_as_configured = true,
            );
        }
        Defect::EasierWindow => change(records, timed, |t| {
            t.report_mut().unwrap().counts.hits = 0;
        }),
        Defect::Unread => change(
            records,
            |t| t.spec.variant == name,
            |t| {
                let counts = &mut t.report_mut().unwrap().counts;
                (counts.reads, counts.hits) = (0, 0);
            },
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn recommendations_rest_on_the_evidence((fixture, records, defects) in runs()) {
        let results = analyzed(&fixture, &fixture.exploration(), &records);
        let json = serde_json::to_value(&results).unwrap();
        prop_assert!(!json.to_string().contains("NaN"));
        let again: Results = serde_json::from_value(json).unwrap();
        prop_assert_eq!(&again, &results);
        let of = &results.scenarios[0];
        prop_assert_eq!(of.confirmed, of.unconfirmed_because.is_empty());
        let Some(recommended) = of.recommended() else { return Ok(()) };
        prop_assert!(of.confirmed);
        prop_assert_eq!(eligibility(of, recommended), &Eligibility::Eligible);
        let defect = defects[recommended[1..].parse::<usize>().unwrap()];
        // Easier windows are fair if they are equally easy for all variants, as the pairs below
        // show.
        let fair = matches!(defect, Defect::Fine | Defect::EasierWindow);
        prop_assert!(fair, "{recommended} was recommended in spite of {defect:?}");
        let equivalent = &of.recommendation().unwrap().equivalent;
        for rival in of.eligible().filter(|name| *name != recommended) {
            let difference = of.pair(recommended, rival).unwrap().access_time.unwrap();
            let [least, most] = difference.at(of.scenario.miss_cost_ns);
            prop_assert!(most < 0.0, "{recommended} and {rival}");
            let margin = 0.01 * of.deciding[0].value(recommended).unwrap().value;
            let is_equivalent = equivalent.iter().any(|name| name == rival);
            prop_assert_eq!(is_equivalent, least > -margin, "{} and {}", recommended, rival);
        }
    }

    #[test]
    fn order_of_the_records_does_not_matter(
        (fixture, records, _) in runs(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = records.clone();
        let mut state = seed | 1;
        for place in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(place, (state >> 33) as usize % (place + 1));
        }
        prop_assert_eq!(judged(&fixture, &records), judged(&fixture, &shuffled));
    }
}
