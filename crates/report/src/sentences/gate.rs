//! Findings of a gate as lines of text.

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::gate::{
    Arrivals, FigureChange, GateFigure, GateFinding, GateVerdict, NotJudged, NotMeasured,
};

use super::unconfirmed::reason;
use crate::text::number::{count, counted, fixed, points};

/// Formats a finding as one line: verdict, scenario, threshold, and the change or a reason.
#[must_use]
pub fn finding(finding: &GateFinding) -> String {
    let GateFinding { scenario, threshold, verdict, .. } = finding;
    let verdict = match verdict {
        GateVerdict::NoRegression => "no regression",
        GateVerdict::Inconclusive => "inconclusive",
        GateVerdict::Regression => "REGRESSION",
    };
    let because = match (&finding.change, &finding.not_measured) {
        (Some(found), _) => change(finding.figure, found),
        (None, Some(reason)) => not_measured(reason),
        (None, None) => String::new(),
    };
    let line = format!("{verdict:<13}  {scenario}: {threshold}: {because}");
    if finding.not_judged.is_empty() {
        return line;
    }
    let others: Vec<String> = finding.not_judged.iter().map(not_judged).collect();
    format!("{line}; not judged: {}", others.join("; "))
}

fn change(figure: GateFigure, change: &FigureChange) -> String {
    let FigureChange { estimate, low, high, arrivals, capacity_entries } = change;
    if figure == GateFigure::HitRatio {
        let range = if low == high {
            String::new()
        } else {
            format!(" [{}, {}]", points(*low), points(*high))
        };
        return format!("{}{range} {}", points(*estimate), at_capacity(*capacity_entries));
    }
    let [middle, from, to] = [*estimate, *low, *high].map(signed_percent);
    let arrivals = arrivals.map_or_else(String::new, |of| format!(" {}", arrivals_name(of)));
    format!("{middle} % [{from}, {to}]{arrivals}")
}

fn not_measured(reason_of: &NotMeasured) -> String {
    match reason_of {
        NotMeasured::Unconfirmed { reasons } => {
            format!("unconfirmed: {}", reasons.iter().map(reason).collect::<Vec<_>>().join("; "))
        }
        NotMeasured::NoCommonRound => String::from("no round contains both variants"),
        NotMeasured::TooFewRounds { rounds: Some(rounds) } => {
            format!("{} are too few for a verdict", counted((*rounds).into(), "round"))
        }
        NotMeasured::TooFewRounds { rounds: None } => {
            String::from("latency was measured in too few rounds for a verdict")
        }
        NotMeasured::DifferentRequests => {
            String::from("the hit ratios were not counted over the same requests")
        }
        NotMeasured::MeterMissing { meter: Meter::Instructions } => String::from(
            "no instructions were counted; use --meter instructions, which needs valgrind or the \
             processor's counters",
        ),
        NotMeasured::MeterMissing { .. } => {
            String::from("no latency was measured; use --meter latency")
        }
    }
}

fn not_judged(reason: &NotJudged) -> String {
    match reason {
        NotJudged::Capacity { capacity_entries } => {
            let place = at_capacity(*capacity_entries);
            format!("the hit ratio {place}, which was not counted for both variants")
        }
        NotJudged::Latency { arrivals, change, rounds } => {
            let change = change
                .map_or_else(String::new, |share| format!("{} % over ", signed_percent(share)));
            let rounds = counted(*rounds as u64, "round");
            format!("{} ({change}{rounds}, too few for a verdict)", arrivals_name(*arrivals))
        }
    }
}

fn at_capacity(entries: Option<u64>) -> String {
    entries.map_or_else(
        || String::from("without a size limit"),
        |entries| format!("at a capacity of {} entries", count(entries)),
    )
}

fn arrivals_name(arrivals: Arrivals) -> String {
    match arrivals {
        Arrivals::ClosedLoop { .. } => String::from("in the closed loop"),
        Arrivals::OpenLoop { requests_per_second } => {
            format!("at {} requests/s", count(requests_per_second.into()))
        }
    }
}

/// Formats a share in percent with its sign and without the percent sign.
fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", fixed(share * 100.0, 2))
}
