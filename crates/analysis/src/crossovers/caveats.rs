//! What a sentence about who takes least rests on, where that is no proof.

use crate::crossovers::{Costs, Line, RANGE_NS, Turn};
use crate::number::duration;
use crate::words::listed;

/// What is said of who takes least where a run is unproven.
pub const DOUBT: &str = "by estimate, in a run that cannot be believed";

/// Ready to stand behind the sentence; empty where every leader is told apart from its rivals.
pub fn reservation(costs: &Costs, first: &Line, turns: &[Turn], distance_ns: f64) -> String {
    if !costs.proven {
        return format!(", {DOUBT}");
    }
    let leaders = std::iter::once((first.place, RANGE_NS.0));
    let leaders = leaders.chain(turns.iter().map(|turn| (turn.above, turn.miss_ns)));
    let ends = turns.iter().map(|turn| turn.miss_ns).chain([RANGE_NS.1]);
    // Of two that surely turn, the turn's own range says all.
    let sure = turns.iter().filter(|turn| turn.range_ns.is_some());
    let mut told: Vec<(usize, usize)> =
        sure.flat_map(|turn| [(turn.below, turn.above), (turn.above, turn.below)]).collect();
    let mut said = Vec::new();
    for ((place, from), to) in leaders.zip(ends) {
        let Some(leader) = costs.lines.iter().find(|line| line.place == place) else { continue };
        let mut names = Vec::new();
        for rival in costs.lines.iter().filter(|line| line.eligible && line.place != place) {
            if told.contains(&(rival.place, place)) {
                continue;
            }
            let Some(open) = open(costs, (leader, rival), (from, to), distance_ns) else {
                continue;
            };
            told.push((place, rival.place));
            names.push(format!("{}{open}", rival.variant));
        }
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            said.push(format!("{} is not separated from {}", leader.variant, listed(&names)));
        }
    }
    if said.is_empty() { String::new() } else { format!(", by estimate: {}", said.join("; ")) }
}

/// Where between two costs of a miss the interval of a difference holds zero, in words behind the
/// rival's name: all the way, or below some cost where the range begins with it. `None` where it
/// does not, or they were never paired.
fn open(
    costs: &Costs,
    (leader, rival): (&Line, &Line),
    (from, to): (f64, f64),
    distance_ns: f64,
) -> Option<String> {
    let at = |miss_ns| costs.difference(leader, rival, miss_ns, distance_ns);
    let [least, most] = at(from)?;
    if least > 0.0 || most < 0.0 {
        return None;
    }
    let [_, end] = at(to)?;
    if end >= 0.0 {
        return Some(String::new());
    }
    // The upper end falls along a straight line.
    let zero = from + (to - from) * most / (most - end);
    (from <= RANGE_NS.0).then(|| format!(" below {}", duration(zero / 1e9)))
}
