//! How sure an answer is, and what would change it, in words that need no statistics.

use bakeoff_protocol::results::Pair;

use crate::undecided::undecided;
use bakeoff_analysis::crossovers::Costs;
use bakeoff_analysis::figures::{Entrant, Report, ScenarioFigures};
use bakeoff_analysis::number::{counted, percent_with, ratio, ratio_with_interval};
use bakeoff_analysis::words::{against, listed};

/// A twin whose interval reaches further than this tells of a noisy machine.
const BLUR: f64 = 0.1;

/// What is said of a scenario's run before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be believed, and names a variant.
    Proven,
    /// It can be believed, and does not tell the best ones apart.
    Undecided,
    /// It cannot be believed.
    Unproven,
}

impl Standing {
    /// Of one scenario.
    #[must_use]
    pub fn of(of: &ScenarioFigures) -> Self {
        match &of.verdict {
            Some(verdict) if verdict.proven && verdict.winner.is_some() => Self::Proven,
            Some(verdict) if verdict.proven => Self::Undecided,
            _ => Self::Unproven,
        }
    }

    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Undecided => "undecided",
            Self::Unproven => "unproven",
        }
    }
}

/// How sure the answer is, in a sentence or two.
#[must_use]
pub fn sure(of: &ScenarioFigures) -> String {
    let Some(verdict) = &of.verdict else { return String::from("Nothing was measured yet.") };
    if !verdict.proven {
        return String::from(
            "Not sure enough to act on. Run it again on a quiet machine, or with more rounds.",
        );
    }
    let twin = of.twin.as_ref().map_or_else(String::new, |pair| {
        let figure = ratio_with_interval(pair.ratio, pair.low, pair.high);
        format!(
            " {} entered twice, and differs from itself by {figure}: {}.",
            pair.baseline,
            twin(pair)
        )
    });
    let rounds = of.in_rounds();
    let compared = counted(of.pairs.len() as u64, "comparison");
    match Standing::of(of) {
        Standing::Proven => format!(
            "Proven: measured in {rounds} of random order; {} 95 % confidence.{twin}",
            if of.pairs.len() == 1 {
                format!("the word of its {compared} holds with")
            } else {
                format!("the words of all {compared} hold together with")
            }
        ),
        _ => format!(
            "The run can be believed ({rounds} of random order), {}.{twin}",
            undecided(of, verdict)
        ),
    }
}

/// What the intervals of some pairs are, in words.
#[must_use]
pub fn intervals<'a>(pairs: impl Iterator<Item = &'a Pair> + Clone) -> String {
    let short = pairs.clone().filter(|pair| !pair.is_told()).map(|pair| pair.confidence);
    let Some(least) = short.reduce(f64::min) else {
        return String::from("intervals that the words are read from");
    };
    let least = percent_with(least, 0);
    if pairs.into_iter().any(Pair::is_told) {
        format!(
            "intervals that the words are read from, ranges where rounds were too few ({least})"
        )
    } else {
        format!("ranges of all rounds, too few for any word ({least})")
    }
}

/// The twin's difference from the baseline, with its interval where it has one.
#[must_use]
pub fn twin_figure(pair: &Pair) -> String {
    if pair.is_told() {
        ratio_with_interval(pair.ratio, pair.low, pair.high)
    } else {
        format!("{}, too few rounds to tell", ratio(pair.ratio))
    }
}

/// How far the twin's interval reaches from no difference.
fn reach(pair: &Pair) -> f64 {
    (pair.high - 1.0).max(1.0 - pair.low)
}

/// Whether the twin tells of a noisy machine.
#[must_use]
pub fn is_blurred(pair: &Pair) -> bool {
    reach(pair) > BLUR
}

/// What the twin's interval says of the machine.
#[must_use]
pub fn twin(pair: &Pair) -> String {
    if is_blurred(pair) {
        let lost = percent_with(reach(pair), 0);
        format!("no difference, but a noisy machine that would hide one of up to {lost}")
    } else {
        String::from("no difference")
    }
}

/// What would change the answer, a sentence each.
#[must_use]
pub fn changes(report: &Report, of: &ScenarioFigures) -> Vec<String> {
    let mut said = Vec::new();
    let costs = Costs::of(report, of);
    // An unproven run names nobody, at no cost of a miss.
    if costs.proven && costs.lines.iter().filter(|line| line.eligible).count() > 1 {
        said.push(format!("The cost of a miss: {}", costs.turning_sentence(0.0)));
    }
    let winner = of.verdict.as_ref().and_then(|verdict| verdict.winner.as_deref());
    if let (Some(verdict), Some(winner)) = (&of.verdict, winner) {
        said.extend(verdict.winner_drawbacks.iter().map(|drawback| against(winner, drawback)));
    }
    let shared = |entrant: &Entrant| entrant.shared.as_ref().map(|tried| tried.observed);
    let survives = |entrant: &Entrant| entrant.survives_restart.as_ref().map(|t| t.observed);
    said.extend(needed(report, winner, "processes must share entries", shared));
    said.extend(needed(report, winner, "entries must survive a restart", survives));
    said
}

/// Who was seen to have a property that the winner was seen to lack.
fn needed(
    report: &Report,
    winner: Option<&str>,
    need: &str,
    has: impl Fn(&Entrant) -> Option<bool>,
) -> Option<String> {
    let having: Vec<&str> = report
        .entrants
        .iter()
        .filter(|entrant| has(entrant) == Some(true))
        .map(|entrant| entrant.name.as_str())
        .collect();
    let lacks = winner.is_none_or(|name| report.entrant(name).and_then(&has) == Some(false));
    (lacks && !having.is_empty() && having.len() < report.entrants.len())
        .then(|| format!("If {need}: only {} did when tried.", listed(&having)))
}
