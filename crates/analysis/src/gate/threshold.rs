//! One term of a gate: a figure and how much worse it may become.

use std::str::FromStr;

use bakeoff_protocol::Meter;

/// What a gate looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Requests per second.
    Throughput,
    /// Exact hit ratio, at every capacity.
    HitRatio,
    /// 99th percentile of the time per request.
    P99,
    /// Instructions per request.
    Instructions,
}

/// How far a figure may move to its bad side.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The figure.
    pub figure: Figure,
    /// −0.02: it may fall by 2 %; 0.05: it may rise by 5 %. Of a hit ratio, a difference.
    pub tolerance: f64,
    /// As it was given.
    pub text: String,
}

/// A gate that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "--gate {given:?}: {what}; expected terms such as \"throughput -2%, hit-ratio -0.1pp, \
     p99 +5%, instructions +1%\""
)]
pub struct BadGate {
    given: String,
    what: String,
}

impl BadGate {
    fn new(given: &str, what: impl Into<String>) -> Self {
        Self { given: given.to_owned(), what: what.into() }
    }

    pub(super) fn twice(term: &Term) -> Self {
        Self::new(&term.text, format!("{} comes twice", term.figure.word()))
    }
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Throughput, Self::HitRatio, Self::P99, Self::Instructions];

    /// The word that a user types.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::HitRatio => "hit-ratio",
            Self::P99 => "p99",
            Self::Instructions => "instructions",
        }
    }

    /// Whether less of it is worse.
    #[must_use]
    pub const fn falls(self) -> bool {
        matches!(self, Self::Throughput | Self::HitRatio)
    }

    /// What has to be measured for it beside what always is.
    #[must_use]
    pub const fn meter(self) -> Option<Meter> {
        match self {
            Self::Throughput | Self::HitRatio => None,
            Self::P99 => Some(Meter::Latency),
            Self::Instructions => Some(Meter::Instructions),
        }
    }

    const fn unit(self) -> &'static str {
        if matches!(self, Self::HitRatio) { "pp" } else { "%" }
    }
}

impl FromStr for Term {
    type Err = BadGate;

    fn from_str(text: &str) -> Result<Self, BadGate> {
        let bad = |what: String| BadGate::new(text, what);
        let text = text.trim();
        let mut words = text.split_whitespace();
        let (Some(name), Some(amount), None) = (words.next(), words.next(), words.next()) else {
            return Err(bad(String::from("a term is a figure and an amount")));
        };
        let figure = Figure::ALL.into_iter().find(|figure| figure.word() == name);
        let figure = figure.ok_or_else(|| bad(format!("there is no figure {name:?}")))?;
        let unit = figure.unit();
        let number = amount.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok());
        let Some(number) = number.filter(|number| number.is_finite()) else {
            return Err(bad(format!(
                "{amount:?} is no amount of {name}, which is given in {unit}"
            )));
        };
        // What a figure may do to its bad side; the sign says which side that is.
        let (sign, bad_side) = if figure.falls() { ("-", -1.0) } else { ("+", 1.0) };
        if number * bad_side < 0.0 || (number != 0.0 && !amount.starts_with(['-', '+'])) {
            return Err(bad(format!(
                "{name} gets worse with {sign}: write {sign}{}{unit}",
                number.abs()
            )));
        }
        if number <= -100.0 {
            return Err(bad(format!("{name} cannot fall by more than it is")));
        }
        Ok(Self { figure, tolerance: number / 100.0, text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Gate;
    use super::*;

    #[test]
    fn gates_are_read() {
        let gate: Gate =
            "throughput -2%, hit-ratio -0.1pp,p99 +5%, instructions +1%".parse().unwrap();
        let read: Vec<(Figure, f64)> =
            gate.terms.iter().map(|term| (term.figure, term.tolerance)).collect();
        assert_eq!(
            read,
            [
                (Figure::Throughput, -0.02),
                (Figure::HitRatio, -0.001),
                (Figure::P99, 0.05),
                (Figure::Instructions, 0.01),
            ]
        );
        assert_eq!("hit-ratio 0pp".parse::<Gate>().unwrap().terms[0].tolerance, 0.0);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, what) in [
            ("", "a figure and an amount"),
            ("throughput", "a figure and an amount"),
            ("speed -2%", "there is no figure \"speed\""),
            ("throughput -2pp", "given in %"),
            ("hit-ratio -1%", "given in pp"),
            ("throughput +2%", "write -2%"),
            ("throughput 2%", "write -2%"),
            ("p99 -5%", "write +5%"),
            ("throughput -NaN%", "no amount"),
            ("throughput -120%", "more than it is"),
            ("p99 +1%, p99 +2%", "comes twice"),
        ] {
            let said = text.parse::<Gate>().unwrap_err().to_string();
            assert!(said.contains(what), "{text}: {said}");
        }
    }
}
