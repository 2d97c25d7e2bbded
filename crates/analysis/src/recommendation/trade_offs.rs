//! Finds disadvantages of a recommended variant in paced replays, which its throughput and hit
//! ratio do not show.

use bakeoff_protocol::PacedOutcome;
use bakeoff_protocol::results::{ScenarioResults, TradeOff, TradeOffKind};

/// Figure to compare, and the difference above which it is a trade-off.
struct Rule {
    kind: TradeOffKind,
    compared: fn(&PacedOutcome) -> f64,
    tolerance: f64,
    /// Figure to report; differs from `compared` if the share would be too small in percent.
    shown: fn(&PacedOutcome) -> f64,
}

const RULES: [Rule; 4] = [
    // Shares that differ by at most one percentage point count as equal.
    Rule {
        kind: TradeOffKind::StaleReads,
        compared: PacedOutcome::stale_share,
        tolerance: 0.01,
        shown: PacedOutcome::stale_share,
    },
    Rule {
        kind: TradeOffKind::Unanswered,
        compared: PacedOutcome::error_share,
        tolerance: 0.01,
        shown: PacedOutcome::error_share,
    },
    // A single lost write is too many.
    Rule {
        kind: TradeOffKind::LostWrites,
        compared: lost_share,
        tolerance: 0.0,
        shown: lost_writes,
    },
    // A few concurrent loads of one key happen by chance.
    Rule {
        kind: TradeOffKind::Stampedes,
        compared: stampede_factor,
        tolerance: 9.0,
        shown: stampede_factor,
    },
];

/// Returns the trade-offs of a variant; none without paced replays.
pub fn trade_offs(variant: &str, results: &ScenarioResults) -> Vec<TradeOff> {
    let Some(own) = results.paced(variant) else { return Vec::new() };
    let others: Vec<(&str, &PacedOutcome)> = results
        .eligible()
        .filter(|name| *name != variant)
        .filter_map(|name| Some((name, results.paced(name)?)))
        .collect();
    RULES
        .iter()
        .filter_map(|&Rule { kind, compared, tolerance, shown }| {
            let (by, best) =
                others.iter().min_by(|(_, a), (_, b)| compared(a).total_cmp(&compared(b)))?;
            let (amount, least) = (shown(own), shown(best));
            (compared(own) - compared(best) > tolerance).then(|| TradeOff {
                kind,
                amount,
                least,
                by: (*by).to_owned(),
            })
        })
        .collect()
}

/// Returns lost writes as a share of all requests that were due.
fn lost_share(paced: &PacedOutcome) -> f64 {
    paced.lost.writes as f64 / paced.users.due().max(1) as f64
}

fn lost_writes(paced: &PacedOutcome) -> f64 {
    paced.lost.writes as f64
}

fn stampede_factor(paced: &PacedOutcome) -> f64 {
    paced.origin.stampede_factor as f64
}
