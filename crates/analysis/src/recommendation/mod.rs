//! The answer in words, and who may stand in it.
//!
//! A variant is named only where it beats every other eligible one: it takes less mean time a
//! request where a miss goes over a network (said as a condition, unless it leads at the least that
//! a miss may cost as well), or else at that least; surely so together with all other pairs, and no
//! comparison of it with a rival is inconclusive, unless it is only their speeds that cannot be
//! compared. What its users put up with in a paced replay, and a rival's do not, is a condition, too.
//! Mean time at miss cost m is t + μ·m, with the time a request takes t and the misses a request μ.

pub mod eligibility;
mod trade_offs;
mod valid_range;

use bakeoff_protocol::results::{Cell, Drawback, Place, Standing, Verdict};

use crate::pairs::contenders::Contender;

use crate::pairs::Paired;
use crate::pairs::oriented::{LEAST_MISS_NS, View, rivals, view};
use crate::select::Scope;
use crate::{number, words};
use valid_range::Limit;

/// What a miss costs as soon as it goes over a network, as most that are cached for do: asked first.
const REMOTE_MISS_NS: f64 = 100_000.0;

/// The words.
pub struct Answer {
    /// A sentence or a few.
    pub text: String,
    /// The variant that is named.
    pub winner: Option<String>,
    /// What a miss costs at least, where that is a condition of the answer.
    pub from_miss_ns: Option<f64>,
    /// What a miss costs at most, where another overtakes the winner above it.
    pub to_miss_ns: Option<f64>,
    /// What the winner's users put up with and those of another would not: conditions as well.
    pub drawbacks: Vec<Drawback>,
    /// What else to know.
    pub remarks: Vec<String>,
}

/// The answer of a run that cannot be believed.
pub fn unproven(reasons: &[String]) -> Answer {
    let text = format!("Unproven, so no variant is named: {}.", reasons.join("; "));
    nobody(text)
}

/// An answer that names nobody.
fn nobody(text: String) -> Answer {
    Answer {
        text,
        winner: None,
        from_miss_ns: None,
        to_miss_ns: None,
        drawbacks: Vec::new(),
        remarks: Vec::new(),
    }
}

/// The answer of a run that can be believed.
pub fn of(
    scope: &Scope,
    contenders: &[Contender],
    cells: &[Cell],
    standings: &[Standing],
    pairs: &[Paired],
) -> Answer {
    let at = |wanted: Place| -> Vec<&Contender> {
        let stands = |name: &str| standings.iter().any(|s| s.variant == name && s.place == wanted);
        contenders.iter().filter(|contender| stands(contender.name)).collect()
    };
    let (eligible, unbounded) = (at(Place::Eligible), at(Place::Unbounded));
    let scenario = &scope.scenario.name;
    let best = match eligible[..] {
        [] => return nobody(format!("For {scenario}, no bounded variant left figures to judge.")),
        [only] => {
            let text = format!(
                "For {scenario}, {} is the only bounded variant with figures: there is nothing to \
                 choose.",
                only.name
            );
            return Answer { remarks: limitless(only, &unbounded, pairs), ..nobody(text) };
        }
        _ => [REMOTE_MISS_NS, LEAST_MISS_NS].into_iter().find_map(|miss_ns| {
            let best = eligible.iter().find(|one| beats_all(one, &eligible, pairs, miss_ns));
            best.map(|best| (best, miss_ns))
        }),
    };
    let Some((best, miss_ns)) = best else {
        return nobody(undecided(scenario, &eligible, pairs, scope.scenario.delta));
    };
    let miss_ns = match beats_all(best, &eligible, pairs, LEAST_MISS_NS) {
        true => LEAST_MISS_NS,
        false => miss_ns,
    };
    let views: Vec<View> = rivals(best, &eligible, pairs);
    let drawbacks = trade_offs::of(best.name, cells, standings);
    let limit = Limit::of(&views);
    let from_miss_ns = (miss_ns > LEAST_MISS_NS).then_some(miss_ns);
    let condition = condition(from_miss_ns, limit.as_ref(), &drawbacks);
    let mut remarks = limitless(best, &unbounded, pairs);
    remarks.extend(incomparable(&views));
    Answer {
        text: [
            recommendation(scenario, &views, scope.scenario.delta, &condition),
            flips(&views, limit.as_ref()),
        ]
        .concat(),
        winner: Some(best.name.to_owned()),
        from_miss_ns,
        to_miss_ns: limit.as_ref().map(|limit| limit.miss_ns),
        drawbacks,
        remarks,
    }
}

/// Whether a contender surely beats every other eligible one where a miss costs that much.
fn beats_all(one: &Contender, eligible: &[&Contender], pairs: &[Paired], miss_ns: f64) -> bool {
    eligible
        .iter()
        .filter(|other| other.name != one.name)
        .all(|other| view(one, other, pairs).is_some_and(|view| view.beats(miss_ns)))
}

/// The sentence that names the winner, against the rival that comes closest.
fn recommendation(scenario: &str, views: &[View], delta: f64, condition: &str) -> String {
    let nearest = views.iter().max_by(|a, b| a.lead_ns().total_cmp(&b.lead_ns()));
    let Some(view) = nearest else { return String::new() };
    let (winner, rival, speed) = (view.variant.name, view.rival.name, view.speed());
    // Two decimals of a point are all that is said: less than that is no difference.
    let gain = view.gain().map(|gain| (gain * 1e4).round() / 1e4);
    let points = number::fixed(gain.unwrap_or(0.0).abs() * 100.0, 2);
    let because = match (view.pair.verdict, gain) {
        (Verdict::Inconclusive, Some(gain)) if gain > 0.0 => {
            format!("{points} points more hit ratio than {rival}")
        }
        (Verdict::Inconclusive, _) => {
            let less = number::duration(-view.time_ns / 1e9);
            format!("{less} less a request than {rival}, for {points} points of hit ratio")
        }
        (Verdict::Equivalent, _) => format!(
            "{points} points more hit ratio than {rival}, at the same throughput (within {} %)",
            number::figures(delta * 100.0)
        ),
        (Verdict::Slower | Verdict::SlightlySlower, _) => {
            format!("{points} points more hit ratio than {rival}, though {}", view.slowness())
        }
        (_, None) => speed,
        (_, Some(0.0)) => format!("{speed}, at the same hit ratio"),
        (_, Some(gain)) if gain > 0.0 => format!("{speed}, and {points} points more hit ratio"),
        (_, Some(_)) => format!("{speed}, for {points} points of hit ratio"),
    };
    format!("For {scenario}, take {winner}{condition}: {because}.")
}

/// What has to hold for the winner to be the answer, as it stands in a sentence: before the reason,
/// so that whoever reads no further has read it.
fn condition(from_miss_ns: Option<f64>, limit: Option<&Limit>, drawbacks: &[Drawback]) -> String {
    let cost = words::miss_cost(from_miss_ns, limit.map(|limit| limit.cost.clone()));
    words::conditions(cost, drawbacks.iter().map(|drawback| drawback.kind))
}

/// Who comes first where the order flips: above what the condition says, and at the nearest cost
/// below.
fn flips(views: &[View], limit: Option<&Limit>) -> String {
    let crossings = || views.iter().filter_map(|view| Some((view, view.pair.crossing.as_ref()?)));
    let below = crossings()
        .filter(|(view, crossing)| crossing.above == view.variant.name)
        .max_by(|(_, a), (_, b)| a.miss_ns.total_cmp(&b.miss_ns));
    let mut text = String::new();
    if let Some(Limit { rival, is_overtaken, .. }) = limit {
        text += &match is_overtaken {
            true => format!(" Where it costs more, {rival}'s better hit ratio wins."),
            false => format!(
                " Where it costs more, {rival} may be the better: their replays do not tell who \
                 misses less."
            ),
        };
    }
    if let Some((view, crossing)) = below {
        let cost = number::cost(crossing.miss_ns, crossing.low_ns, crossing.high_ns);
        let rival = view.rival.name;
        text += &format!(" Only where a miss costs less than {cost} would {rival} be quicker.");
    }
    text
}

/// The sentence where nobody beats all others: about the two that come nearest to it.
fn undecided(scenario: &str, eligible: &[&Contender], pairs: &[Paired], delta: f64) -> String {
    let beaten = |one: &Contender| {
        eligible.iter().any(|other| {
            other.name != one.name
                && view(other, one, pairs).is_some_and(|view| view.beats(LEAST_MISS_NS))
        })
    };
    let open: Vec<&Contender> = eligible.iter().copied().filter(|one| !beaten(one)).collect();
    let names: Vec<&str> = open.iter().map(|contender| contender.name).collect();
    let doubtful = |view: &View| match view.pair.verdict {
        _ if view.pair.not_comparable.is_some() => 2,
        Verdict::Inconclusive => 1,
        _ => 0,
    };
    // Of all comparisons among those left, the one that most hinders a choice.
    let mut views: Vec<View> = open.iter().flat_map(|one| rivals(one, &open, pairs)).collect();
    views.retain(|view| view.pair.ratio >= 1.0);
    views.sort_by_key(|view| std::cmp::Reverse(doubtful(view)));
    let Some(view) = views.first() else {
        return format!(
            "For {scenario}, the evidence does not separate {}.",
            words::listed(&names)
        );
    };
    if let Some(why) = &view.pair.not_comparable {
        let (one, other) = (view.variant.name, view.rival.name);
        return format!("For {scenario}, {one} and {other} cannot be compared: {why}.");
    }
    let speed = view.speed();
    let one = view.variant.name;
    if doubtful(view) == 0 {
        return format!(
            "For {scenario}, {} are too close to prefer one: {one} has {speed}, and the hit ratios \
             do not decide; differences of {} % are not held to matter.",
            words::listed(&names),
            number::figures(delta * 100.0)
        );
    }
    let forecast = view.pair.more_rounds.map_or(
        " No affordable number of rounds would settle it.".to_owned(),
        |more| {
            format!(
                " About {} would probably settle it.",
                number::counted(more.into(), "more round")
            )
        },
    );
    format!(
        "For {scenario}, the evidence does not separate {}: {one} has {speed} after {}.{forecast}",
        words::listed(&names),
        number::counted(view.pair.rounds.into(), "round")
    )
}

/// What unbounded variants would do beside a bounded one.
fn limitless(best: &Contender, unbounded: &[&Contender], pairs: &[Paired]) -> Vec<String> {
    unbounded
        .iter()
        .filter_map(|other| {
            let view = view(other, best, pairs)?;
            let name = other.name;
            Some(match view.pair.verdict {
                Verdict::Faster | Verdict::SlightlyFaster => {
                    format!("{name} is faster still, {}, but has no limit.", view.speed())
                }
                Verdict::Inconclusive => {
                    format!("{name} has no limit, so it is not in the choice.")
                }
                _ => format!("{name} has no limit, and is not faster."),
            })
        })
        .collect()
}

/// Rivals whose speed is not compared with the winner's, though their mean times are.
fn incomparable(views: &[View]) -> impl Iterator<Item = String> {
    views.iter().filter_map(|view| {
        let why = view.pair.not_comparable.as_ref()?;
        let (winner, rival) = (view.variant.name, view.rival.name);
        Some(format!(
            "The speeds of {winner} and {rival} are not compared ({why}); the choice between them \
             rests on mean time, with allowance for that."
        ))
    })
}

/// A sentence for each entrant that is missing from the choice for a reason of its own, and one for
/// all that were not measured for the same reason.
pub fn absences(standings: &[Standing]) -> Vec<String> {
    let mut said = Vec::new();
    let mut unmeasured = Vec::new();
    for Standing { variant, place, reason } in standings {
        match place {
            Place::Disqualified => said.push(format!("{variant} is disqualified: {reason}.")),
            Place::Failed => said.push(format!("{variant} failed: {reason}.")),
            Place::AsConfigured | Place::Unmeasured => {
                unmeasured.push((reason.as_str(), variant.as_str()));
            }
            Place::Eligible | Place::Unbounded | Place::NoEntrant => {}
        }
    }
    let unmeasured = words::grouped(unmeasured).into_iter();
    said.extend(unmeasured.map(|(reason, names)| match names.as_slice() {
        [one] => format!("{one} is left out of the choice: {reason}."),
        several => {
            format!("{} are left out of the choice, each because {reason}.", words::listed(several))
        }
    }));
    said
}
