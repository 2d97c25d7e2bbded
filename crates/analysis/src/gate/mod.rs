//! Gates: how much worse a change may be, and whether the evidence proves that it is worse still.
//!
//! A regression is proven only where a whole interval lies beyond the tolerance. Where a whole
//! interval lies within it there is none. Anything else is inconclusive, and no regression: a
//! busy machine widens intervals, and must not fail a build.

mod delta;
mod evaluate;
mod threshold;

use std::fmt;

pub use evaluate::judge;
pub use threshold::{BadGate, Figure, Term};

use serde::Serialize;

/// `throughput -2%, hit-ratio -0.1pp`: every term has to hold in every scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The terms, in the user's order.
    pub terms: Vec<Term>,
}

impl std::str::FromStr for Gate {
    type Err = BadGate;

    fn from_str(text: &str) -> Result<Self, BadGate> {
        let terms: Vec<Term> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        for (place, term) in terms.iter().enumerate() {
            if terms[..place].iter().any(|before| before.figure == term.figure) {
                return Err(BadGate::twice(term));
            }
        }
        Ok(Self { terms })
    }
}

/// What the evidence says of a term in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Worse by no more than the tolerance, surely.
    NoRegression,
    /// It cannot be told.
    Inconclusive,
    /// Worse by more than the tolerance, surely.
    Regression,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoRegression => "no regression",
            Self::Inconclusive => "inconclusive",
            Self::Regression => "REGRESSION",
        })
    }
}

/// One term in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// The term, as it was given.
    pub term: String,
    /// What is said.
    pub word: Word,
    /// The change that was seen, as a share (−0.02: 2 % less) or, of a hit ratio, a difference;
    /// `None` where nothing was measured.
    pub change: Option<f64>,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
    /// The same in words, or why nothing can be said.
    pub because: String,
    /// Loads and capacities of which too little was measured for a word, and why: `word` says
    /// nothing of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_judged: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, term, word, because, not_judged, .. } = self;
        write!(f, "{word:<13}  {scenario}: {term}: {because}")?;
        if not_judged.is_empty() {
            return Ok(());
        }
        write!(f, "; not judged: {}", not_judged.join("; "))
    }
}
