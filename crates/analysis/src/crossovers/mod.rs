//! What a request takes on average, by what a miss costs and how far away a shared cache is.
//!
//! For a variant with time t a request (misses free), μ misses a request and τ round trips a request
//! to a shared cache: t + τ·d + μ·m, where a miss costs m and a round trip takes d longer than it
//! did when it was measured. Two variants are told apart by the interval of their pair, at a level
//! at which those of all pairs hold together; where they were never paired, only estimates stand.

mod caveats;

use bakeoff_protocol::results::{MeanTime, Place};

use crate::figures::{Report, ScenarioFigures};
use crate::number::{self, duration, percent};
use caveats::{DOUBT, reservation};

/// What a miss costs where nobody said otherwise: a query to a database in the same zone.
pub const MISS_NS: f64 = 5e6;
/// The range of costs that is looked at: from a microsecond to a second.
pub const RANGE_NS: (f64, f64) = (1e3, 1e9);

/// One variant's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its place in the user's order.
    pub place: usize,
    /// Its name.
    pub variant: String,
    /// Nanoseconds a request, misses free: median, low, high.
    pub time_ns: [f64; 3],
    /// Misses a request, least and greatest.
    pub misses: [f64; 2],
    /// Round trips a request to a shared cache.
    pub trips: f64,
    /// Whether its misses were counted over fewer requests: then they are those of the variant most
    /// like it, and what it missed more or less over the same requests; without a pair, scaled by
    /// the clairvoyant bound.
    pub estimated: bool,
    /// Whether it may be named.
    pub eligible: bool,
}

/// The lines of one scenario and what tells them apart.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// One line a variant with both figures, in the user's order.
    pub lines: Vec<Line>,
    /// Paired differences, by the places of variant and baseline.
    pub pairs: Vec<(usize, usize, MeanTime)>,
    /// Whether the run can be believed: where it cannot, nothing of all this is sure.
    pub proven: bool,
}

/// Where one variant takes over from another as misses grow dearer.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Takes least below, by place.
    pub below: usize,
    /// Takes least above.
    pub above: usize,
    /// Cost of a miss there, in nanoseconds.
    pub miss_ns: f64,
    /// Its range, where the pair's intervals say that the order surely flips.
    pub range_ns: Option<[f64; 2]>,
}

impl Line {
    /// Nanoseconds a request: estimate, low, high.
    #[must_use]
    pub fn at(&self, miss_ns: f64, distance_ns: f64) -> [f64; 3] {
        let [time, low, high] = self.time_ns;
        let [least, most] = self.misses;
        let far = self.trips * distance_ns;
        [
            time + far + f64::midpoint(least, most) * miss_ns,
            low + far + least * miss_ns,
            high + far + most * miss_ns,
        ]
    }

    fn middle(&self) -> f64 {
        f64::midpoint(self.misses[0], self.misses[1])
    }
}

impl Costs {
    /// The lines of a scenario; none before anything was timed.
    #[must_use]
    pub fn of(report: &Report, of: &ScenarioFigures) -> Self {
        let scenario = &of.scenario;
        let reads = scenario.reads as f64 / scenario.requests.max(1) as f64;
        let place = |name: &str| report.entrants.iter().position(|entrant| entrant.name == name);
        let standings = of.verdict.iter().flat_map(|verdict| &verdict.standings);
        let eligible: Vec<&str> = standings
            .filter(|standing| standing.place == Place::Eligible)
            .map(|standing| standing.variant.as_str())
            .collect();
        let lines = of.rows.iter().filter_map(|row| {
            let [low, high] = row.hit_ratio_range.or(row.hit_ratio.map(|ratio| [ratio; 2]))?;
            let scale = row.fewer_requests.and_then(|_| whole_by_prefix(of, row.allowed_entries?));
            let misses = [high, low].map(|hit| (1.0 - hit * scale.unwrap_or(1.0)).max(0.0) * reads);
            Some(Line {
                place: row.place,
                variant: row.variant.clone(),
                time_ns: row.time_ns?,
                misses,
                trips: row.trips,
                estimated: row.fewer_requests.is_some(),
                eligible: eligible.contains(&row.variant.as_str()),
            })
        });
        let pairs = of.pairs.iter().filter_map(|pair| {
            Some((place(&pair.variant)?, place(&pair.baseline)?, pair.mean_time?))
        });
        let mut costs =
            Self { lines: lines.collect(), pairs: pairs.collect(), proven: of.proven() };
        costs.tell_estimates_by_pairs();
        costs
    }

    /// Who was counted over fewer requests misses as much more than the variant most like it over
    /// the whole workload as it did over those, where both were counted.
    fn tell_estimates_by_pairs(&mut self) {
        let told = |line: &Line| {
            let counted = self.lines.iter().filter(|other| !other.estimated);
            let differences = counted.filter_map(|other| {
                let MeanTime { fewer_misses, .. } = self.between(line.place, other.place)?;
                Some((other, fewer_misses))
            });
            let (other, [least, most]) = differences.min_by(|(_, a), (_, b)| {
                let distance = |ends: &[f64; 2]| f64::midpoint(ends[0], ends[1]).abs();
                distance(a).total_cmp(&distance(b))
            })?;
            Some([(other.misses[0] - most).max(0.0), (other.misses[1] - least).max(0.0)])
        };
        let misses: Vec<_> =
            self.lines.iter().map(|line| line.estimated.then(|| told(line)).flatten()).collect();
        for (line, misses) in self.lines.iter_mut().zip(misses) {
            line.misses = misses.unwrap_or(line.misses);
        }
    }

    /// Lines by mean time, the least first.
    #[must_use]
    pub fn ranked(&self, miss_ns: f64, distance_ns: f64) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        let at = |line: &Line| line.at(miss_ns, distance_ns)[0];
        lines.sort_by(|a, b| at(a).total_cmp(&at(b)));
        lines
    }

    /// Least and greatest difference of mean times, `one` minus `other`; `None` where they were
    /// never paired.
    #[must_use]
    pub fn difference(
        &self,
        one: &Line,
        other: &Line,
        miss_ns: f64,
        distance_ns: f64,
    ) -> Option<[f64; 2]> {
        let far = (one.trips - other.trips) * distance_ns;
        Some(self.between(one.place, other.place)?.at(miss_ns).map(|end| end + far))
    }

    fn between(&self, one: usize, other: usize) -> Option<MeanTime> {
        self.pairs.iter().find_map(|&(variant, baseline, difference)| {
            if (variant, baseline) == (one, other) {
                Some(difference)
            } else if (variant, baseline) == (other, one) {
                Some(difference.inverted())
            } else {
                None
            }
        })
    }

    /// Who of those that may be named takes least at the low end of [`RANGE_NS`], and every turn
    /// from there to its high end.
    #[must_use]
    pub fn turns(&self, distance_ns: f64) -> Option<(&Line, Vec<Turn>)> {
        let eligible = || self.lines.iter().filter(|line| line.eligible);
        let start = |line: &Line| line.at(RANGE_NS.0, distance_ns)[0];
        let first = eligible().min_by(|a, b| start(a).total_cmp(&start(b)))?;
        let mut turns = Vec::new();
        let (mut best, mut from) = (first, RANGE_NS.0);
        loop {
            // Only a line that misses less can pass; the next one is that which passes first.
            let next = eligible()
                .filter(|line| line.middle() < best.middle())
                .map(|line| (meeting(best, line, distance_ns), line))
                .filter(|(at, _)| *at >= from && *at <= RANGE_NS.1)
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.middle().total_cmp(&b.1.middle())));
            let Some((miss_ns, line)) = next else { return Some((first, turns)) };
            self.add(&mut turns, (best, line), distance_ns);
            (best, from) = (line, miss_ns);
        }
    }

    /// Adds the turn from one line to another. Turns are found by medians and said by pairs, which
    /// know better; where a pair puts it before the last one, nobody takes least between the two.
    fn add(&self, turns: &mut Vec<Turn>, (below, above): (&Line, &Line), distance_ns: f64) {
        let mut turn = self.turn(below, above, distance_ns);
        while let Some(last) = turns.pop() {
            if last.miss_ns < turn.miss_ns {
                turns.push(last);
                break;
            }
            let Some(before) = self.lines.iter().find(|line| line.place == last.below) else {
                break;
            };
            turn = self.turn(before, above, distance_ns);
        }
        turns.push(turn);
    }

    /// The turn from one line to another, as it is said.
    fn turn(&self, below: &Line, above: &Line, distance_ns: f64) -> Turn {
        let sure = self.sure_turn(below, above, distance_ns);
        let by_medians = || (meeting(below, above, distance_ns), None);
        let (miss_ns, range_ns) = sure.map_or_else(by_medians, |(at, range)| (at, Some(range)));
        Turn { below: below.place, above: above.place, miss_ns, range_ns }
    }

    /// Cost at which `above` passes `below` and its range, where it surely does.
    fn sure_turn(&self, below: &Line, above: &Line, distance_ns: f64) -> Option<(f64, [f64; 2])> {
        let difference = self.between(above.place, below.place)?;
        let far = (above.trips - below.trips) * distance_ns;
        let (low, high) = (difference.low_ns + far, difference.high_ns + far);
        let [least, most] = difference.fewer_misses;
        let at = (difference.time_ns + far) / f64::midpoint(least, most);
        (low > 0.0 && least > 0.0).then(|| (at, [low / most, high / least]))
    }

    /// The ranking in a sentence: who takes least of those that may be named, and how sure that is.
    #[must_use]
    pub fn ranking_sentence(&self, miss_ns: f64, distance_ns: f64) -> String {
        let ranked: Vec<&Line> =
            self.ranked(miss_ns, distance_ns).into_iter().filter(|line| line.eligible).collect();
        let [best, others @ ..] = ranked.as_slice() else {
            return String::from("No bounded variant left figures to rank.");
        };
        let mean = duration(best.at(miss_ns, distance_ns)[0] / 1e9);
        if others.is_empty() {
            return format!(
                "Where a miss costs {}, {} takes {mean} a request on average; no other bounded \
                 variant left figures.",
                duration(miss_ns / 1e9),
                best.variant
            );
        }
        let between = |other: &Line| self.difference(best, other, miss_ns, distance_ns);
        let named = |wanted: fn(Option<[f64; 2]>) -> bool| -> Vec<&str> {
            let found = others.iter().filter(|other| wanted(between(other)));
            found.map(|line| line.variant.as_str()).collect()
        };
        let parts = [
            ("surely less than", named(|told| told.is_some_and(|[_, most]| most < 0.0))),
            ("not surely less than", named(|told| told.is_some_and(|[_, most]| most >= 0.0))),
            ("by estimate less than", named(|told| told.is_none())),
        ];
        let said = parts.iter().filter(|(_, names)| !names.is_empty());
        let said = said.map(|(words, names)| format!("{words} {}", crate::words::listed(names)));
        let sure = said.collect::<Vec<_>>().join(", ");
        let sure = if self.proven { &sure } else { DOUBT };
        format!(
            "Where a miss costs {}, {} takes least on average: {mean} a request, {sure}.",
            duration(miss_ns / 1e9),
            best.variant
        )
    }

    /// Where the order turns, in a sentence.
    #[must_use]
    pub fn turning_sentence(&self, distance_ns: f64) -> String {
        let Some((first, turns)) = self.turns(distance_ns) else { return String::new() };
        let name = |place: usize| {
            self.lines.iter().find(|line| line.place == place).map_or("", |line| &line.variant)
        };
        let doubt = reservation(self, first, &turns, distance_ns);
        if turns.is_empty() {
            return format!("{} takes least at every cost from 1 µs to 1 s{doubt}.", first.variant);
        }
        let mut text = format!("{} takes least", first.variant);
        let mut above = "";
        for turn in turns {
            let at = match turn.range_ns.filter(|_| self.proven) {
                Some([low, high]) => number::cost(turn.miss_ns, low, high),
                None => format!("about {} (not certain)", duration(turn.miss_ns / 1e9)),
            };
            if above.is_empty() {
                text.push_str(&format!(" up to {at} a miss"));
            } else {
                text.push_str(&format!(", then {above} up to {at}"));
            }
            above = name(turn.above);
        }
        text.push_str(&format!(", {above} above{doubt}."));
        text
    }
}

/// Cost of a miss at which two lines meet.
fn meeting(one: &Line, other: &Line, distance_ns: f64) -> f64 {
    let slower = other.at(0.0, distance_ns)[0] - one.at(0.0, distance_ns)[0];
    slower / (one.middle() - other.middle())
}

/// How much more the clairvoyant cache hits over the whole workload than over the requests that a
/// service replayed.
fn whole_by_prefix(of: &ScenarioFigures, entries: u64) -> Option<f64> {
    let whole = of.bounds.iter().find(|bounds| bounds.capacity_entries == entries)?.clairvoyant;
    let prefix = of
        .rows
        .iter()
        .flat_map(|row| &row.curve)
        .filter(|point| point.requests < of.scenario.requests)
        .find(|point| point.capacity_entries == Some(entries))?
        .clairvoyant
        .filter(|&bound| bound > 0.0)?;
    Some(whole / prefix)
}

/// A line's mean time a request with its interval, as it stands in a table.
#[must_use]
pub fn mean(line: &Line, miss_ns: f64, distance_ns: f64) -> String {
    let [mean, low, high] = line.at(miss_ns, distance_ns);
    let said = number::cost(mean, low, high);
    // An interval that is as narrow as what is written says nothing more.
    let Some((value, range)) = said.split_once(" [") else { return said };
    let figure = value.split(' ').next().unwrap_or_default();
    if range == format!("{figure}, {figure}]") { value.to_owned() } else { said }
}

/// What a line is made of.
#[must_use]
pub fn parts(line: &Line) -> String {
    let hit = format!("{} a request without the miss", duration(line.time_ns[0] / 1e9));
    let misses = percent(line.middle());
    let about = if line.estimated { "about " } else { "" };
    let choice = if line.eligible { "" } else { "; not in the choice" };
    format!("{hit}; {about}{misses} of requests miss{choice}")
}
