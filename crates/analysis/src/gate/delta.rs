//! Changes with their intervals, and the word for all of a term's together.

use super::{Term, Word};
use crate::number;

/// A change with its interval, at one load or capacity.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) estimate: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) said: String,
}

/// What was seen of a figure.
#[derive(Default)]
pub(super) struct Seen {
    /// A change for every load or capacity that can be judged.
    pub(super) changes: Vec<Change>,
    /// Of which others there is too little to judge them, in words.
    pub(super) not_judged: Vec<String>,
}

impl Change {
    /// The same, with the load that it was seen at.
    pub(super) fn at(self, place: &str) -> Self {
        Self { said: format!("{} {place}", self.said), ..self }
    }

    /// Least and greatest change to the bad side.
    fn worse(&self, term: &Term) -> [f64; 2] {
        if term.figure.falls() { [-self.high, -self.low] } else { [self.low, self.high] }
    }

    fn word(&self, term: &Term) -> Word {
        let [least, most] = self.worse(term);
        // A hair of slack, since a tolerance is typed and a difference counted.
        let tolerance = term.tolerance.abs() + 1e-9;
        match () {
            () if !least.is_finite() || !most.is_finite() => Word::Inconclusive,
            () if least > tolerance => Word::Regression,
            () if most <= tolerance => Word::NoRegression,
            () => Word::Inconclusive,
        }
    }
}

impl Seen {
    /// Of a figure that there is only one of.
    pub(super) fn of(change: Change) -> Self {
        Self { changes: vec![change], not_judged: Vec::new() }
    }

    /// The word for all changes, and the one that decides it: a regression anywhere is one; where
    /// there is none, whatever cannot be told leaves all of it open. Of several with that word
    /// the one that may be worst.
    pub(super) fn decided(&self, term: &Term) -> Option<(Word, &Change)> {
        let words = self.changes.iter().map(|change| (change.word(term), change));
        words.max_by(|(word, change), (other_word, other)| {
            let [[_, most], [_, other_most]] = [change.worse(term), other.worse(term)];
            word.cmp(other_word).then(most.total_cmp(&other_most))
        })
    }
}

/// A change as a share, out of a ratio.
pub(super) fn share(ratio: f64, low: f64, high: f64) -> Change {
    let [estimate, low, high] = [ratio, low, high].map(|ratio| ratio - 1.0);
    let [middle, from, to] = [estimate, low, high].map(signed_percent);
    Change { estimate, low, high, said: format!("{middle} % [{from}, {to}]") }
}

/// A share in per cent, with its sign.
pub(super) fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", number::fixed(share * 100.0, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_interval_proves_anything() {
        let said = |text: &str, low: f64, high: f64| {
            let change = Change { estimate: low, low, high, said: String::new() };
            change.word(&text.parse().unwrap())
        };
        assert_eq!(said("throughput -2%", -0.05, -0.021), Word::Regression);
        assert_eq!(said("throughput -2%", -0.05, -0.019), Word::Inconclusive);
        assert_eq!(said("throughput -2%", -0.02, 0.03), Word::NoRegression);
        assert_eq!(said("throughput -2%", -0.9, 0.9), Word::Inconclusive);
        assert_eq!(said("hit-ratio -0.1pp", -0.001, -0.001), Word::NoRegression);
        assert_eq!(said("hit-ratio -0.1pp", -0.0011, -0.0011), Word::Regression);
        assert_eq!(said("p99 +5%", 0.06, 0.2), Word::Regression);
        assert_eq!(said("p99 +5%", -0.5, 0.05), Word::NoRegression);
        assert_eq!(said("instructions +1%", 0.0, 0.02), Word::Inconclusive);
        assert_eq!(said("throughput -2%", f64::NAN, f64::NAN), Word::Inconclusive);
    }

    #[test]
    fn one_regression_is_one_and_one_open_change_leaves_all_open() {
        let said = |ends: &[[f64; 2]]| {
            let change =
                |&[low, high]: &[f64; 2]| Change { estimate: low, low, high, said: String::new() };
            let changes = ends.iter().map(change).collect();
            let seen = Seen { changes, not_judged: Vec::new() };
            let decided = seen.decided(&"hit-ratio -0.1pp".parse().unwrap());
            decided.map(|(word, change)| (word, [change.low, change.high]))
        };
        let (sound, open, worse) = ([-0.0005, 0.0], [-0.01, 0.01], [-0.005, -0.005]);
        assert_eq!(said(&[sound, open, worse]), Some((Word::Regression, worse)));
        assert_eq!(said(&[sound, open]), Some((Word::Inconclusive, open)));
        assert_eq!(said(&[[0.0, 0.0], sound]), Some((Word::NoRegression, sound)));
        assert_eq!(said(&[]), None);
    }
}
