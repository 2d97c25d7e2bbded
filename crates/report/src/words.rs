//! The words that stand beside figures, the same in every output.

use bakeoff_protocol::results::{Pair, Verdict};

/// A verdict in words.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::SlightlyFaster => "slightly faster",
        Verdict::Equivalent => "equivalent",
        Verdict::SlightlySlower => "slightly slower",
        Verdict::Slower => "slower",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// What is said of a pair: its verdict, or that none can be given.
#[must_use]
pub fn of_pair(pair: &Pair) -> &'static str {
    if pair.not_comparable.is_some() { "not comparable" } else { verdict(pair.verdict) }
}

/// A ratio of speeds and its verdict in one: `21.7× faster`, `13.1× slower`, `+0.4 % equivalent`.
#[must_use]
pub fn ratio_and_verdict(ratio: &str, verdict: &str) -> String {
    let ratio = if verdict.ends_with("slower") { ratio.trim_end_matches(" less") } else { ratio };
    format!("{ratio} {verdict}").trim_end().to_owned()
}

/// Names by what holds of them, in the order in which it first holds of one.
pub fn grouped<'a, T: PartialEq>(
    said: impl IntoIterator<Item = (T, &'a str)>,
) -> Vec<(T, Vec<&'a str>)> {
    let mut groups: Vec<(T, Vec<&str>)> = Vec::new();
    for (what, name) in said {
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, names)) => names.push(name),
            None => groups.push((what, vec![name])),
        }
    }
    groups
}

/// Names in a row: `lru`, `lru and moka`, `dict, lru and moka`.
#[must_use]
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
