//! Parser of a gate: figures with their tolerances, as in `throughput -2%`.

use std::str::FromStr;

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::gate::GateFigure;

/// Thresholds that must hold in every scenario, parsed from text:
/// `throughput -2%, hit-ratio -0.1pp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Thresholds in the user's order, at most one per figure.
    pub thresholds: Vec<Threshold>,
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let thresholds: Vec<Threshold> =
            text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        for (index, threshold) in thresholds.iter().enumerate() {
            if thresholds[..index].iter().any(|before| before.figure == threshold.figure) {
                return Err(GateError::duplicate(threshold));
            }
        }
        Ok(Self { thresholds })
    }
}

/// Tolerance of one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Figure that the tolerance limits.
    pub figure: GateFigure,
    /// Allowed change: −0.02 is a decrease of 2 %. For the hit ratio it is a difference: −0.001 is
    /// 0.1 percentage points less.
    pub tolerance: f64,
    /// Text as the user wrote it.
    pub text: String,
}

/// Error in the text of a gate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot parse --gate {given:?}: {cause}; expected thresholds such as \"throughput -2%, \
     hit-ratio -0.1pp, p99 +5%, instructions +1%\""
)]
pub struct GateError {
    given: String,
    cause: String,
}

impl GateError {
    fn new(given: &str, cause: impl Into<String>) -> Self {
        Self { given: given.to_owned(), cause: cause.into() }
    }

    fn duplicate(threshold: &Threshold) -> Self {
        Self::new(&threshold.text, format!("duplicate figure {}", name(threshold.figure)))
    }
}

const FIGURES: [GateFigure; 4] =
    [GateFigure::Throughput, GateFigure::HitRatio, GateFigure::P99, GateFigure::Instructions];

const fn name(figure: GateFigure) -> &'static str {
    match figure {
        GateFigure::Throughput => "throughput",
        GateFigure::HitRatio => "hit-ratio",
        GateFigure::P99 => "p99",
        GateFigure::Instructions => "instructions",
    }
}

const fn unit(figure: GateFigure) -> &'static str {
    if matches!(figure, GateFigure::HitRatio) { "pp" } else { "%" }
}

impl Threshold {
    /// Returns true if a lower figure is worse.
    #[must_use]
    pub const fn lower_is_worse(&self) -> bool {
        matches!(self.figure, GateFigure::Throughput | GateFigure::HitRatio)
    }

    /// Returns the meter that the figure needs besides the default meters.
    #[must_use]
    pub const fn meter(&self) -> Option<Meter> {
        match self.figure {
            GateFigure::Throughput | GateFigure::HitRatio => None,
            GateFigure::P99 => Some(Meter::Latency),
            GateFigure::Instructions => Some(Meter::Instructions),
        }
    }
}

impl FromStr for Threshold {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let error = |cause: String| GateError::new(text, cause);
        let text = text.trim();
        let mut words = text.split_whitespace();
        let (Some(figure), Some(amount), None) = (words.next(), words.next(), words.next()) else {
            return Err(error(String::from("each threshold needs a figure and an amount")));
        };
        let known = FIGURES.into_iter().find(|known| name(*known) == figure);
        let figure = known.ok_or_else(|| error(format!("unknown figure {figure:?}")))?;
        let (name, unit) = (name(figure), unit(figure));
        let number = amount.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok());
        let Some(number) = number.filter(|number| number.is_finite()) else {
            return Err(error(format!(
                "invalid amount {amount:?}; {name} needs a number in {unit}"
            )));
        };
        let threshold = Self { figure, tolerance: number / 100.0, text: text.to_owned() };
        let (sign, worse) = if threshold.lower_is_worse() { ("-", -1.0) } else { ("+", 1.0) };
        if number * worse < 0.0 || (number != 0.0 && !amount.starts_with(['-', '+'])) {
            return Err(error(format!(
                "the tolerance of {name} must have the sign {sign}: write {sign}{}{unit}",
                number.abs()
            )));
        }
        if number <= -100.0 {
            return Err(error(format!("{name} cannot decrease by 100 % or more")));
        }
        Ok(threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gate_is_parsed() {
        let gate: Gate =
            "throughput -2%, hit-ratio -0.1pp,p99 +5%, instructions +1%".parse().unwrap();
        let parsed: Vec<(GateFigure, f64)> =
            gate.thresholds.iter().map(|one| (one.figure, one.tolerance)).collect();
        assert_eq!(
            parsed,
            [
                (GateFigure::Throughput, -0.02),
                (GateFigure::HitRatio, -0.001),
                (GateFigure::P99, 0.05),
                (GateFigure::Instructions, 0.01),
            ]
        );
        assert_eq!("hit-ratio 0pp".parse::<Gate>().unwrap().thresholds[0].tolerance, 0.0);
    }

    #[test]
    fn invalid_gates_are_rejected() {
        for (text, cause) in [
            ("", "a figure and an amount"),
            ("throughput", "a figure and an amount"),
            ("speed -2%", "unknown figure \"speed\""),
            ("throughput -2pp", "a number in %"),
            ("hit-ratio -1%", "a number in pp"),
            ("throughput +2%", "write -2%"),
            ("throughput 2%", "write -2%"),
            ("p99 -5%", "write +5%"),
            ("throughput -NaN%", "invalid amount"),
            ("throughput -120%", "cannot decrease"),
            ("p99 +1%, p99 +2%", "duplicate figure p99"),
        ] {
            let error = text.parse::<Gate>().unwrap_err().to_string();
            assert!(error.contains(cause), "{text}: {error}");
        }
    }
}
