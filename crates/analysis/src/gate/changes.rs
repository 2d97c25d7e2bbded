//! Verdict of a gate on the interval of a change.

use bakeoff_protocol::results::gate::{FigureChange, GateVerdict, NotJudged};

use super::threshold::Threshold;

/// Changes of one figure.
#[derive(Default)]
pub(super) struct Changes {
    /// One change for every load or capacity with enough data.
    pub(super) judged: Vec<FigureChange>,
    /// Loads and capacities without enough data.
    pub(super) not_judged: Vec<NotJudged>,
}

/// Returns the lowest and highest change, with the sign that makes a worse figure positive.
fn worsening(change: &FigureChange, threshold: &Threshold) -> [f64; 2] {
    if threshold.lower_is_worse() { [-change.high, -change.low] } else { [change.low, change.high] }
}

fn verdict(change: &FigureChange, threshold: &Threshold) -> GateVerdict {
    let [least, most] = worsening(change, threshold);
    // Allowance for rounding in the computed change.
    let tolerance = threshold.tolerance.abs() + 1e-9;
    match () {
        () if !least.is_finite() || !most.is_finite() => GateVerdict::Inconclusive,
        () if least > tolerance => GateVerdict::Regression,
        () if most <= tolerance => GateVerdict::NoRegression,
        () => GateVerdict::Inconclusive,
    }
}

impl Changes {
    pub(super) fn single(change: FigureChange) -> Self {
        Self { judged: vec![change], not_judged: Vec::new() }
    }

    /// Returns the worst verdict of all changes, and the change that decides it.
    ///
    /// Regression is the worst verdict, then inconclusive. Of several changes with the worst
    /// verdict, the one with the worst end of its interval decides.
    pub(super) fn worst_verdict(
        &self,
        threshold: &Threshold,
    ) -> Option<(GateVerdict, &FigureChange)> {
        let verdicts = self.judged.iter().map(|change| (verdict(change, threshold), change));
        verdicts.max_by(|(verdict, change), (other_verdict, other)| {
            let [[_, most], [_, other_most]] =
                [worsening(change, threshold), worsening(other, threshold)];
            verdict.cmp(other_verdict).then(most.total_cmp(&other_most))
        })
    }
}

/// Converts a ratio and its interval to a relative change.
pub(super) fn from_ratio(ratio: f64, low: f64, high: f64) -> FigureChange {
    let [estimate, low, high] = [ratio, low, high].map(|ratio| ratio - 1.0);
    FigureChange { estimate, low, high, arrivals: None, capacity_entries: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change([low, high]: [f64; 2]) -> FigureChange {
        FigureChange { estimate: low, low, high, arrivals: None, capacity_entries: None }
    }

    #[test]
    fn verdict_is_conclusive_only_for_the_whole_interval() {
        let verdict =
            |text: &str, low: f64, high: f64| verdict(&change([low, high]), &text.parse().unwrap());
        assert_eq!(verdict("throughput -2%", -0.05, -0.021), GateVerdict::Regression);
        assert_eq!(verdict("throughput -2%", -0.05, -0.019), GateVerdict::Inconclusive);
        assert_eq!(verdict("throughput -2%", -0.02, 0.03), GateVerdict::NoRegression);
        assert_eq!(verdict("throughput -2%", -0.9, 0.9), GateVerdict::Inconclusive);
        assert_eq!(verdict("hit-ratio -0.1pp", -0.001, -0.001), GateVerdict::NoRegression);
        assert_eq!(verdict("hit-ratio -0.1pp", -0.0011, -0.0011), GateVerdict::Regression);
        assert_eq!(verdict("p99 +5%", 0.06, 0.2), GateVerdict::Regression);
        assert_eq!(verdict("p99 +5%", -0.5, 0.05), GateVerdict::NoRegression);
        assert_eq!(verdict("instructions +1%", 0.0, 0.02), GateVerdict::Inconclusive);
        assert_eq!(verdict("throughput -2%", f64::NAN, f64::NAN), GateVerdict::Inconclusive);
    }

    #[test]
    fn one_regression_decides_and_one_inconclusive_change_prevents_a_pass() {
        let worst = |ends: &[[f64; 2]]| {
            let changes =
                Changes { judged: ends.iter().copied().map(change).collect(), not_judged: vec![] };
            let worst = changes.worst_verdict(&"hit-ratio -0.1pp".parse().unwrap());
            worst.map(|(verdict, change)| (verdict, [change.low, change.high]))
        };
        let (good, open, worse) = ([-0.0005, 0.0], [-0.01, 0.01], [-0.005, -0.005]);
        assert_eq!(worst(&[good, open, worse]), Some((GateVerdict::Regression, worse)));
        assert_eq!(worst(&[good, open]), Some((GateVerdict::Inconclusive, open)));
        assert_eq!(worst(&[[0.0, 0.0], good]), Some((GateVerdict::NoRegression, good)));
        assert_eq!(worst(&[]), None);
    }
}
