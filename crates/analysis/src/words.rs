//! The words that stand beside figures, the same in every output.

use bakeoff_protocol::results::{Drawback, DrawbackKind, Pair, Verdict};

use crate::number::{count, percent, tick_duration};

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

/// What is said, most often names, by what holds of it, in the order in which it first holds of one.
pub fn grouped<T: PartialEq, N>(said: impl IntoIterator<Item = (T, N)>) -> Vec<(T, Vec<N>)> {
    let mut groups: Vec<(T, Vec<N>)> = Vec::new();
    for (what, name) in said {
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, names)) => names.push(name),
            None => groups.push((what, vec![name])),
        }
    }
    groups
}

/// What a miss has to cost for an answer: at least so many nanoseconds, at most what is already in
/// words; `None` where it may cost anything.
#[must_use]
pub fn miss_cost(from_ns: Option<f64>, to: Option<String>) -> Option<String> {
    let from = from_ns.map(|ns| tick_duration(ns / 1e9));
    match (from, to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("a miss costs {from} or more")),
        (None, Some(to)) => Some(format!("a miss costs less than {to}")),
        (Some(from), Some(to)) => Some(format!("a miss costs {from} to {to}")),
    }
}

/// What has to hold for an answer, ready to stand behind a name; empty where that is nothing.
#[must_use]
pub fn conditions(cost: Option<String>, put_up_with: impl Iterator<Item = DrawbackKind>) -> String {
    let harmless = put_up_with.map(|kind| match kind {
        DrawbackKind::OldAnswers => "old answers do no harm",
        DrawbackKind::Unanswered => "requests may fail",
        DrawbackKind::LostWrites => "writes may be lost",
        DrawbackKind::Stampedes => "the origin bears stampedes",
    });
    let all: Vec<&str> = cost.as_deref().into_iter().chain(harmless).collect();
    if all.is_empty() { String::new() } else { format!(" where {}", listed(&all)) }
}

/// What speaks against a winner where something may not be put up with, in a sentence.
#[must_use]
pub fn against(winner: &str, drawback: &Drawback) -> String {
    let share = |need: &str, what: &str| {
        let (own, least) = (percent(drawback.amount), percent(drawback.least));
        format!("If {need}: {own} of {winner}'s {what}, {least} of {}'s, the fewest.", drawback.by)
    };
    let number = |amount: f64| match amount as u64 {
        0 => String::from("none"),
        some => count(some),
    };
    match drawback.kind {
        DrawbackKind::OldAnswers => share("old answers do harm", "answers were old"),
        DrawbackKind::Unanswered => {
            share("requests must not fail", "requests failed or were not served")
        }
        DrawbackKind::LostWrites => format!(
            "If no write may be lost: {} of {winner}'s writes got lost, {} of {}'s, the fewest.",
            number(drawback.amount),
            number(drawback.least),
            drawback.by
        ),
        DrawbackKind::Stampedes => format!(
            "If the origin cannot bear stampedes: {winner} loaded one key {} times at once, {} no \
             more than {}, the fewest.",
            count(drawback.amount as u64),
            drawback.by,
            count(drawback.least as u64),
        ),
    }
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
