//! Recomputes every number in the sentences of the first screen from `results.json`.

use std::path::Path;

use bakeoff_protocol::results::{Estimate, Results, Reversal};
use bakeoff_report::render;

use crate::fixture::{Fixture, SyntheticVariant};
use crate::markup::text_of;

/// Largest relative error of a figure with three significant digits.
const ROUNDING: f64 = 0.005_001;

/// Unit in which a number is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Nanoseconds,
    Percent,
    Bytes,
    Rate,
    Factor,
    Count,
}

/// Returns unit and factor of a word after a number; `None` for any other word.
fn unit_of(word: &str) -> Option<(Unit, f64)> {
    Some(match word {
        "ns" => (Unit::Nanoseconds, 1.0),
        "µs" => (Unit::Nanoseconds, 1e3),
        "ms" => (Unit::Nanoseconds, 1e6),
        "s" => (Unit::Nanoseconds, 1e9),
        "%" => (Unit::Percent, 1.0),
        "B" => (Unit::Bytes, 1.0),
        "KiB" => (Unit::Bytes, 1024.0),
        "MiB" => (Unit::Bytes, 1_048_576.0),
        "GiB" => (Unit::Bytes, 1_073_741_824.0),
        "k" => (Unit::Rate, 1e3),
        "M" => (Unit::Rate, 1e6),
        "times" => (Unit::Factor, 1.0),
        _ => return None,
    })
}

/// Returns the numbers of a sentence in their base units.
fn numbers(sentence: &str) -> Vec<(f64, Unit)> {
    let trimmed = |word: &str| word.trim_matches(['.', ',', ':', ';', '(', ')']).to_owned();
    let words: Vec<String> = sentence.split_whitespace().map(trimmed).collect();
    let number = |word: &String| {
        let plain = word.replace(',', "");
        plain.starts_with(|letter: char| letter.is_ascii_digit()).then(|| plain.parse().ok())?
    };
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(value): Option<f64> = number(word) else { continue };
        // In "2.02 to 2.36 ms" the unit follows the second number.
        let next = |offset: usize| words.get(index + offset).map_or("", String::as_str);
        let unit = unit_of(next(1)).or_else(|| {
            let is_range = next(1) == "to" && number(&next(2).to_owned()).is_some();
            is_range.then(|| unit_of(next(3))).flatten()
        });
        let (unit, factor) = unit.unwrap_or((Unit::Count, 1.0));
        found.push((value * factor, unit));
    }
    found
}

/// Returns every figure that a sentence may state, computed independently of the report.
fn figures(results: &Results) -> Vec<(f64, Unit)> {
    let mut all = vec![(95.0, Unit::Percent), (1e3, Unit::Nanoseconds), (1e9, Unit::Nanoseconds)];
    let mut add = |value: f64, unit| all.push((value, unit));
    // A headline can state the number of scenarios in which a variant is recommended.
    (1..=results.scenarios.len()).for_each(|scenarios| add(scenarios as f64, Unit::Count));
    for of in &results.scenarios {
        let miss = of.scenario.miss_cost_ns;
        add(f64::from(of.rounds), Unit::Count);
        add(miss, Unit::Nanoseconds);
        add(of.scenario.reads as f64 / of.scenario.requests as f64 * miss, Unit::Nanoseconds);
        for line in &of.access_time.lines {
            let misses = (line.misses[0] + line.misses[1]) / 2.0;
            add(line.time_ns[0] + misses * miss, Unit::Nanoseconds);
        }
        for crossover in of.access_time.by_distance.iter().flat_map(|one| &one.crossovers) {
            add(crossover.miss_cost_ns, Unit::Nanoseconds);
        }
        let bounds = of.bounds.iter().map(|bounds| (bounds.capacity_entries, bounds.optimal));
        let bounds: std::collections::BTreeMap<u64, f64> = bounds.collect();
        for row in &of.figures {
            if let Some(ratio) = row.hit_ratio {
                add(ratio * 100.0, Unit::Percent);
                let optimal = row.allowed_entries.and_then(|entries| bounds.get(&entries));
                optimal.iter().for_each(|optimal| add(ratio / **optimal * 100.0, Unit::Percent));
            }
            if let Some(Estimate { median, .. }) = row.requests_per_second {
                add(median, Unit::Rate);
            }
        }
        for pair in &of.pairs {
            add(pair.ratio, Unit::Factor);
            add(1.0 / pair.ratio, Unit::Factor);
        }
        for reversal in &of.reversals {
            match reversal {
                Reversal::Capacity { from_entries, to_entries, .. } => {
                    add(*from_entries as f64, Unit::Count);
                    add(*to_entries as f64, Unit::Count);
                }
                Reversal::Threads { workers, .. } => add(f64::from(*workers), Unit::Count),
                _ => {}
            }
        }
    }
    for variant in &results.variants {
        let largest = variant.memory_limit.largest.as_ref();
        largest.iter().for_each(|growth| add(growth.bytes as f64, Unit::Bytes));
    }
    all
}

/// Returns headline, sentences, alternatives and titles of the charts of the first screen.
fn sentences(results: &Results) -> Vec<String> {
    let files = render(results).unwrap();
    let page = files.iter().find(|file| file.path == Path::new("report.html")).unwrap();
    let page = String::from_utf8(page.bytes.clone()).unwrap();
    let screen = page.split("id=\"run-checks\"").next().unwrap();
    [
        ("<h1>", "</h1>"),
        ("class=\"answer\">", "</p>"),
        ("<li>", "</li>"),
        ("<figcaption><strong>", "</strong>"),
    ]
    .into_iter()
    .flat_map(|(start, end)| {
        screen.split(start).skip(1).map(move |rest| text_of(rest.split(end).next().unwrap()))
    })
    .collect()
}

/// Returns the numbers of the sentences that no figure explains, each with its sentence.
fn unexplained(sentences: &[String], figures: &[(f64, Unit)]) -> Vec<String> {
    let explains = |value: f64, unit: Unit| {
        figures
            .iter()
            .any(|(figure, of)| *of == unit && (figure - value).abs() <= figure.abs() * ROUNDING)
    };
    let mut found = Vec::new();
    for sentence in sentences {
        for (value, unit) in numbers(sentence) {
            if !explains(value, unit) {
                found.push(format!("{value} {unit:?} in {sentence:?}"));
            }
        }
    }
    found
}

/// Returns runs of one, two and many scenarios and variants.
fn runs() -> Vec<Results> {
    let typical = Fixture::typical();
    let mut two_shared = typical.clone();
    two_shared.scenarios.push(String::from("scan-resistance"));
    let mut one_shared = typical.clone();
    one_shared.variants.retain(|variant| variant.name != "tiered");
    let mut many_shared = Fixture::large();
    many_shared.variants.push(SyntheticVariant::new("memcached", 0.3e6, 0.94).on_a_service());
    many_shared.variants.push(SyntheticVariant::new("map", 50e6, 1.0).unbounded());
    let fixtures = [typical, two_shared, one_shared, many_shared];
    let mut runs: Vec<Results> = fixtures.iter().map(Fixture::results).collect();
    runs.push(crate::sample_run::results());
    runs
}

#[test]
fn every_number_of_the_first_screen_follows_from_the_results() {
    for results in runs() {
        let json = serde_json::to_vec(&results).unwrap();
        let read: Results = serde_json::from_slice(&json).unwrap();
        let sentences = sentences(&results);
        assert!(sentences.iter().map(|sentence| numbers(sentence).len()).sum::<usize>() >= 8);
        assert_eq!(unexplained(&sentences, &figures(&read)), Vec::<String>::new());
    }
}

#[test]
fn changed_results_do_not_explain_the_sentences() {
    let results = Fixture::typical().results();
    let sentences = sentences(&results);
    let mut changed = results.clone();
    for of in &mut changed.scenarios {
        of.rounds += 1;
        of.figures
            .iter_mut()
            .for_each(|row| row.hit_ratio = row.hit_ratio.map(|ratio| ratio * 0.97));
        of.access_time.lines.iter_mut().for_each(|line| line.misses = [0.9, 0.9]);
    }
    let found = unexplained(&sentences, &figures(&changed));
    assert!(found.len() >= 4, "{found:?}");
}

#[test]
fn lists_of_alternatives_name_one_two_and_many() {
    let names: Vec<Vec<String>> = runs()
        .iter()
        .map(|results| {
            let found = sentences(results).into_iter();
            found.filter(|sentence| sentence.contains("must share entries")).collect()
        })
        .collect();
    let starts = |index: usize, start: &str| {
        assert!(
            names[index].iter().any(|text| text.trim().starts_with(start)),
            "{:?}",
            names[index]
        );
    };
    starts(0, "redis or tiered ");
    starts(2, "redis ");
    starts(3, "redis, tiered or memcached ");
}
