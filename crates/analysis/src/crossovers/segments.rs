//! Splits the range of miss costs into segments with the same ranking and significance.

use bakeoff_protocol::results::{AccessTime, AccessTimeLine, RankingSegment};

use super::lines::LinesAtDistance;

impl LinesAtDistance<'_> {
    /// Returns the segments by ascending miss cost; empty without lines.
    pub(super) fn segments(&self) -> Vec<RankingSegment> {
        let mut segments: Vec<RankingSegment> = Vec::new();
        if self.all.lines.is_empty() {
            return segments;
        }
        let [lowest, highest] = AccessTime::MISS_COST_RANGE_NS;
        let mut ends = self.breakpoints();
        ends.retain(|cost| *cost > lowest && *cost < highest);
        ends.push(highest);
        ends.sort_by(f64::total_cmp);
        let mut from = lowest;
        for to in ends {
            if to <= from {
                continue;
            }
            let next = self.segment(from, to);
            match segments.last_mut().filter(|last| is_same(last, &next)) {
                Some(last) => last.to_miss_ns = to,
                None => segments.push(next),
            }
            from = to;
        }
        segments
    }

    /// Returns the miss costs at which two lines cross, or at which an end of the interval of their
    /// difference is zero.
    fn breakpoints(&self) -> Vec<f64> {
        let lines = &self.all.lines;
        let mut costs = Vec::new();
        for (index, one) in lines.iter().enumerate() {
            for other in &lines[index + 1..] {
                costs.push(self.crossing(one, other));
                let Some(difference) = self.all.difference(one.index, other.index) else {
                    continue;
                };
                let far = (one.round_trips - other.round_trips) * self.distance_ns;
                let [least, most] = difference.fewer_misses;
                costs.push((difference.high_ns + far) / least);
                costs.push((difference.low_ns + far) / most);
            }
        }
        costs.retain(|cost| cost.is_finite());
        costs
    }

    /// Returns the segment from `from` to `to`, with the ranking in its middle.
    fn segment(&self, from: f64, to: f64) -> RankingSegment {
        let miss_ns = (from * to).sqrt();
        let mut ranked: Vec<&AccessTimeLine> = self.all.lines.iter().collect();
        ranked.sort_by(|a, b| self.mean(a, miss_ns).total_cmp(&self.mean(b, miss_ns)));
        let mut segment = RankingSegment {
            from_miss_ns: from,
            to_miss_ns: to,
            ranking: ranked.iter().map(|line| line.index).collect(),
            lowest: None,
            higher: Vec::new(),
            not_separated: Vec::new(),
            not_paired: Vec::new(),
        };
        let mut eligible = ranked.into_iter().filter(|line| line.eligible);
        let Some(lowest) = eligible.next() else { return segment };
        segment.lowest = Some(lowest.index);
        for other in eligible {
            let list = match self.difference(lowest, other, miss_ns) {
                Some([_, most]) if most < 0.0 => &mut segment.higher,
                Some(_) => &mut segment.not_separated,
                None => &mut segment.not_paired,
            };
            list.push(other.index);
        }
        segment
    }
}

fn is_same(one: &RankingSegment, other: &RankingSegment) -> bool {
    let content = |segment: &RankingSegment| {
        let RankingSegment { ranking, lowest, higher, not_separated, not_paired, .. } = segment;
        (ranking.clone(), *lowest, higher.clone(), not_separated.clone(), not_paired.clone())
    };
    content(one) == content(other)
}
