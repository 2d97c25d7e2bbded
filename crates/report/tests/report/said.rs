//! What a reader has to be told beside the figures.

use crate::fixture::{Fixture, Invented};
use bakeoff_analysis::compute;
use bakeoff_analysis::crossovers::{Costs, Line};
use bakeoff_protocol::exploration::{Exploration, Stopped, Stopping};
use bakeoff_protocol::results::{Pair, Verdict};
use bakeoff_report::charts::Kind;
use bakeoff_report::sure::sure;
use bakeoff_report::{Format, Report, format, load, terminal};
use serde_json::Value;

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

/// A run over variants with the same hit ratio, by name and rate.
fn run(variants: &[(&str, f64)], rounds: u32) -> Report {
    let variants: Vec<Invented> =
        variants.iter().map(|(name, rate)| Invented::new(name, *rate, 0.95)).collect();
    let baseline = variants[0].name.clone();
    let fixture = Fixture { variants, baseline, rounds, ..Fixture::typical() };
    report(&fixture)
}

fn report(fixture: &Fixture) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    load(folder.path()).unwrap()
}

#[test]
fn only_what_is_shown_to_be_equivalent_is_called_no_mistake() {
    let two = [("one", 20e6), ("two", 20e6), ("slow", 2e6)];
    let said = |rounds| sure(&run(&two, rounds).scenarios[0]);
    let equal = "and one and two are equivalent, in throughput within ±1.00 % and in hit ratio within \
                 0.100 points: none of them is a mistake.";
    assert!(said(200).contains(equal), "{}", said(200));
    // Who is out by mean time is no rival, though its speed cannot be compared.
    let mut apart = run(&two, 200);
    let slow = |pair: &&mut Pair| [&pair.variant, &pair.baseline].contains(&&String::from("slow"));
    for pair in apart.scenarios[0].pairs.iter_mut().filter(slow) {
        pair.not_comparable = Some(String::from("another section"));
        pair.verdict = Verdict::Inconclusive;
    }
    assert!(sure(&apart.scenarios[0]).contains(equal), "{}", sure(&apart.scenarios[0]));
    let open = "but it does not tell the best ones apart, which is no proof that they are alike.";
    assert!(said(12).contains(open) && !said(12).contains("mistake"), "{}", said(12));
}

#[test]
fn where_there_was_nothing_to_compare_it_is_said_why() {
    let mut fixture = Fixture::typical();
    fixture.variants.truncate(2);
    let one = sure(&report(&fixture).scenarios[0]);
    let said = "but there was nothing to compare lru with; out of the choice: dict (has no limit).";
    assert!(one.contains(said), "{one}");
    fixture.variants.truncate(1);
    fixture.baseline = String::from("dict");
    let none = sure(&report(&fixture).scenarios[0]);
    let said = "but there was nothing to compare; out of the choice: dict (has no limit).";
    assert!(none.contains(said), "{none}");
    let alone = sure(&run(&[("lru", 20e6)], 30).scenarios[0]);
    assert!(alone.contains("to compare lru with: no other variant took part."), "{alone}");
}

#[test]
fn who_takes_least_by_estimate_alone_is_not_told_apart_from_its_rivals() {
    let said = |report: &Report| Costs::of(report, &report.scenarios[0]).turning_sentence(0.0);
    let equals = said(&run(&[("one", 20e6), ("two", 20e6), ("slow", 2e6)], 30));
    let ends = ["one is not separated from two.", "two is not separated from one."];
    assert!(ends.iter().any(|end| equals.ends_with(end)), "{equals}");
    assert!(equals.contains(" at every cost from 1 µs to 1 s, by estimate: "), "{equals}");
    let apart = said(&run(&[("quick", 40e6), ("lru", 20e6), ("slow", 2e6)], 30));
    assert_eq!(apart, "quick takes least at every cost from 1 µs to 1 s.");
    // One of them has a turn whose range holds the least cost that is looked at.
    let large = report(&Fixture::large());
    for of in &large.scenarios {
        let said = Costs::of(&large, of).turning_sentence(0.0);
        assert!(said.contains(" up to ") && !said.contains("separated"), "{said}");
    }
    // As quick as each other, as far as is known, and three in 10,000 more hits: told by dear misses.
    let mut close = Fixture::typical();
    close.variants = vec![Invented::new("one", 20e6, 0.95), Invented::new("two", 20e6, 0.9504)];
    (close.baseline, close.rounds) = (String::from("one"), 30);
    let close = said(&report(&close));
    assert!(close.contains("two is not separated from one below "), "{close}");
}

#[test]
fn too_few_rounds_claim_no_confidence() {
    let texts = |rounds| {
        let report = report(&Fixture { rounds, ..Fixture::typical() });
        let charts = bakeoff_report::charts::all(&report).unwrap();
        let forest = charts.iter().find(|chart| chart.kind == Kind::Forest).unwrap();
        let summary = format(&report, Format::Markdown).unwrap();
        let end = terminal(&report, std::path::Path::new("results/x"), 100);
        (forest.table.head[1].clone(), forest.subtitle.clone(), summary, end)
    };
    let (head, subtitle, summary, end) = texts(2);
    let few = "ranges of all rounds, too few for any word (50 %)";
    assert_eq!(head, format!("against lru [{few}]"));
    assert!(subtitle.contains(few), "{subtitle}");
    assert!(summary.contains(&format!("; differences with {few}")), "{summary}");
    assert!(summary.contains(" (2 rounds are too few to tell lru from itself)"), "{summary}");
    assert!(!summary.contains("favoured a place"), "{summary}");
    let end: Vec<&str> = end.split_whitespace().collect();
    assert!(end.join(" ").contains(" %, too few rounds to tell)"), "{end:?}");
    let (.., one, _) = texts(1);
    assert!(one.contains("% (1 round is too few to tell lru from itself)"), "{one}");
    let (head, subtitle, summary, _) = texts(12);
    assert_eq!(head, "against lru [intervals that the words are read from]");
    assert!(subtitle.contains("with intervals that the words are read from, a dot"), "{subtitle}");
    assert!(
        summary.contains(
            "with 95 % intervals; differences with intervals that the words are read from."
        )
    );
}

#[test]
fn who_was_counted_over_fewer_requests_misses_more_by_what_it_missed_more_there() {
    let fixture = Fixture::typical();
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    // Those in process replay as many requests as the service did, too, and hit a little less there.
    let path = folder.path().join("samples.jsonl");
    let mut samples = std::fs::read_to_string(&path).unwrap();
    let records: Vec<Value> =
        samples.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_replay = |record: &&Value| record["meter"] == "hit-ratio";
    let requests = |record: &Value| record["report"]["counts"]["requests"].as_u64().unwrap();
    let least = records.iter().filter(is_replay).map(requests).min().unwrap();
    for record in records.iter().filter(is_replay).filter(|record| requests(record) > least) {
        let mut fewer = record.clone();
        let counts = &mut fewer["report"]["counts"];
        let share = counts["hits"].as_f64().unwrap() / counts["requests"].as_f64().unwrap();
        let hits = (0.97 * share * least as f64) as u64;
        for (name, count) in [("requests", least), ("reads", least), ("hits", hits)] {
            counts[name] = Value::from(count);
        }
        for name in ["misses", "loads"] {
            counts[name] = Value::from(least - hits);
        }
        samples += &format!("{fewer}\n");
    }
    std::fs::write(&path, samples).unwrap();
    let report = load(folder.path()).unwrap();
    let costs = Costs::of(&report, &report.scenarios[0]);
    let middle = |line: &Line| f64::midpoint(line.misses[0], line.misses[1]);
    let estimated: Vec<_> = costs.lines.iter().filter(|line| line.estimated).collect();
    assert!(!estimated.is_empty());
    for line in estimated {
        let counted = costs.lines.iter().filter(|other| !other.estimated);
        let apart = |other: &Line| {
            let fewer = costs.pairs.iter().find_map(|&(variant, baseline, told)| {
                let fewer = f64::midpoint(told.fewer_misses[0], told.fewer_misses[1]);
                match (variant, baseline) {
                    pair if pair == (line.place, other.place) => Some(fewer),
                    pair if pair == (other.place, line.place) => Some(-fewer),
                    _ => None,
                }
            });
            Some((fewer?, middle(other) - middle(line)))
        };
        let nearest = counted.filter_map(apart).min_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        let (over_the_same, over_all) = nearest.unwrap();
        assert!((over_the_same - over_all).abs() < 1e-9, "{line:?}");
    }
}
