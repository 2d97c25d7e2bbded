//! Where the ranking turns: in order, and the same in the page as in the computation.

use bakeoff_analysis::crossovers::{Costs, Line};
use bakeoff_protocol::results::MeanTime;
use serde_json::{Value, json};

use crate::chromium::Chromium;

/// Lines that turn one after the other at nearly the same cost, with pairs that know better than
/// the medians by a per cent.
fn invented(seed: u64) -> Costs {
    let mut state = seed;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut line = |place: usize| {
        let time = 50.0 + place as f64 * (400.0 + 40.0 * random());
        let misses = 0.4 - 0.01 * place as f64 - 0.001 * random();
        Line {
            place,
            variant: ["a", "b", "c", "d"][place].to_owned(),
            time_ns: [time; 3],
            misses: [misses; 2],
            trips: 0.0,
            estimated: false,
            eligible: true,
        }
    };
    let lines: Vec<Line> = (0..4).map(&mut line).collect();
    let mut pairs = Vec::new();
    for variant in 0..lines.len() {
        for baseline in 0..variant {
            let [own, theirs] = [&lines[variant], &lines[baseline]];
            let time_ns = (own.time_ns[0] - theirs.time_ns[0]) * (0.99 + 0.02 * random());
            let difference = MeanTime {
                time_ns,
                low_ns: 0.98 * time_ns,
                high_ns: 1.02 * time_ns,
                confidence: 0.99,
                fewer_misses: [theirs.misses[0] - own.misses[0]; 2],
            };
            pairs.push((variant, baseline, difference));
        }
    }
    Costs { lines, pairs, proven: true }
}

#[test]
fn turns_stand_in_the_order_of_their_costs() {
    let mut dropped = 0;
    for seed in 0..2_000 {
        let costs = invented(seed);
        let (first, turns) = costs.turns(0.0).unwrap();
        let said = costs.turning_sentence(0.0);
        assert!(turns.windows(2).all(|two| two[0].miss_ns < two[1].miss_ns), "{said}");
        let (mut takes_least, last) = (first.place, turns.last().unwrap().above);
        for turn in &turns {
            assert_eq!(turn.below, takes_least, "{said}");
            takes_least = turn.above;
        }
        assert_eq!(last, 3, "who misses least takes least where misses are dear: {said}");
        dropped += usize::from(turns.len() < 3);
    }
    assert!(dropped > 100, "only {dropped} had a turn to drop");
}

#[test]
fn the_page_turns_where_the_computation_does() {
    let Some(chromium) = Chromium::start() else { return };
    let page = chromium.page(800, 600);
    let costs: Vec<Costs> = (0..500).map(invented).collect();
    let scenarios: Vec<Value> = costs.iter().map(in_page).collect();
    let said = page.value(&format!(
        "(() => {{ {}\n{}\n return {}.map((one) => turningSentence(one, ['a', 'b', 'c', 'd'], 0)); }})()",
        include_str!("../../src/page/number.js"),
        include_str!("../../src/page/costs.js"),
        Value::from(scenarios),
    ));
    let said: Vec<String> = serde_json::from_value(said).unwrap();
    assert_eq!(said.len(), costs.len());
    for (said, costs) in said.iter().zip(&costs) {
        assert_eq!(*said, costs.turning_sentence(0.0));
    }
}

/// As the page's data have it.
fn in_page(costs: &Costs) -> Value {
    let line = |line: &Line| {
        json!({"place": line.place, "time": line.time_ns, "misses": line.misses,
               "trips": line.trips, "eligible": line.eligible})
    };
    let pair = |(variant, baseline, told): &(usize, usize, MeanTime)| {
        json!({"variant": variant, "baseline": baseline, "time": told.time_ns,
               "low": told.low_ns, "high": told.high_ns, "fewer": told.fewer_misses})
    };
    json!({
        "lines": costs.lines.iter().map(line).collect::<Vec<_>>(),
        "pairs": costs.pairs.iter().map(pair).collect::<Vec<_>>(),
        "proven": costs.proven,
    })
}
