//! Places labels so that no label covers another label or a mark.

/// Moves positions along a line as little as possible so that they are at least `gap` apart.
///
/// They stay within `limits` if they fit. Equal positions keep their order.
#[must_use]
pub fn spread(wanted: &[f64], gap: f64, limits: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Pool adjacent violators: after subtracting `index · gap`, the positions only have to ascend.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (index, &label) in order.iter().enumerate() {
        let mut pool = (wanted[label] - index as f64 * gap, 1);
        while let Some(&(centre, size)) = pools.last() {
            if centre <= pool.0 {
                break;
            }
            let total = size + pool.1;
            pool = ((centre * size as f64 + pool.0 * pool.1 as f64) / total as f64, total);
            pools.pop();
        }
        pools.push(pool);
    }
    let highest = limits.1 - wanted.len().saturating_sub(1) as f64 * gap;
    let places = pools
        .iter()
        .flat_map(|&(centre, size)| std::iter::repeat_n(centre.min(highest).max(limits.0), size));
    let mut spread = vec![0.0; wanted.len()];
    for (index, (place, label)) in places.zip(order).enumerate() {
        spread[label] = place + index as f64 * gap;
    }
    spread
}

/// Rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// Returns the rectangle centred on a point.
    #[must_use]
    pub fn centred_at(at: (f64, f64), half_width: f64, half_height: f64) -> Self {
        Self {
            left: at.0 - half_width,
            top: at.1 - half_height,
            right: at.0 + half_width,
            bottom: at.1 + half_height,
        }
    }

    /// Returns the overlap of two rectangles in square pixels.
    #[must_use]
    pub fn overlap(self, other: Self) -> f64 {
        let across = self.right.min(other.right) - self.left.max(other.left);
        let down = self.bottom.min(other.bottom) - self.top.max(other.top);
        across.max(0.0) * down.max(0.0)
    }

    /// Returns the point of the rectangle that is nearest to another point.
    #[must_use]
    pub fn nearest(self, point: (f64, f64)) -> (f64, f64) {
        (point.0.clamp(self.left, self.right), point.1.clamp(self.top, self.bottom))
    }

    fn distance(self, point: (f64, f64)) -> f64 {
        let nearest = self.nearest(point);
        (nearest.0 - point.0).hypot(nearest.1 - point.1)
    }

    fn holds(self, point: (f64, f64)) -> bool {
        self.distance(point) == 0.0
    }

    fn outside(self, bounds: Self) -> f64 {
        (bounds.left - self.left).max(0.0)
            + (self.right - bounds.right).max(0.0)
            + (bounds.top - self.top).max(0.0)
            + (self.bottom - bounds.bottom).max(0.0)
    }
}

/// Cost of a label that overlaps something; any line from a point to its label costs less.
const OVERLAP_COST: f64 = 1_000.0;

/// Returns the centre of each label: near its point, within `bounds`, and clear of obstacles and
/// earlier labels.
///
/// `sizes` has the width and height of each label.
#[must_use]
pub fn label_centres(
    points: &[(f64, f64)],
    sizes: &[(f64, f64)],
    obstacles: &[Area],
    bounds: Area,
) -> Vec<(f64, f64)> {
    let mut taken: Vec<Area> = obstacles.to_vec();
    let mut places = Vec::with_capacity(points.len());
    for (&point, &(width, height)) in points.iter().zip(sizes) {
        let best = candidates(point, width, height)
            .map(|centre| {
                let area = Area::centred_at(centre, width / 2.0, height / 2.0);
                let overlap: f64 = taken.iter().map(|other| area.overlap(*other)).sum();
                let outside = area.outside(bounds);
                let crossed = crossings(point, area, &taken);
                let away = area.distance(point);
                // A long or crossed line can still be followed, but overlapping texts cannot be
                // read.
                let unread = if overlap + outside > 0.0 { OVERLAP_COST } else { 0.0 };
                let cost = unread + overlap * 10.0 + outside * 100.0 + crossed * 30.0 + away;
                (centre, cost)
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(point, |(centre, _)| centre);
        taken.push(Area::centred_at(best, width / 2.0, height / 2.0));
        places.push(best);
    }
    places
}

/// Returns the number of areas that a line from point to label crosses, except those that contain
/// the point.
fn crossings(point: (f64, f64), label: Area, taken: &[Area]) -> f64 {
    let end = label.nearest(point);
    let along =
        |share: f64| (point.0 + (end.0 - point.0) * share, point.1 + (end.1 - point.1) * share);
    let others = taken.iter().filter(|area| !area.holds(point));
    others.filter(|area| (1..=8).any(|step| area.holds(along(f64::from(step) / 8.0)))).count()
        as f64
}

/// Candidate positions: right, left, above, below and diagonal, at increasing distance.
fn candidates(point: (f64, f64), width: f64, height: f64) -> impl Iterator<Item = (f64, f64)> {
    [10.0, 18.0, 30.0, 46.0, 66.0, 90.0].into_iter().flat_map(move |distance| {
        let aside = distance + width / 2.0;
        let above = distance + height / 2.0;
        [
            (aside, 0.0),
            (-aside, 0.0),
            (0.0, -above),
            (0.0, above),
            (width / 2.0 - 5.0, -above),
            (5.0 - width / 2.0, -above),
            (width / 2.0 - 5.0, above),
            (5.0 - width / 2.0, above),
            (aside, -above),
            (aside, above),
            (-aside, -above),
            (-aside, above),
        ]
        .map(|(x, y)| (point.0 + x, point.1 + y))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn positions_that_fit_stay_and_overlapping_positions_move_equally() {
        assert_eq!(spread(&[10.0, 50.0], 14.0, (0.0, 100.0)), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 14.0, (0.0, 100.0)), [43.0, 57.0]);
        assert_eq!(spread(&[99.0, 98.0], 14.0, (0.0, 100.0)), [100.0, 86.0]);
    }

    proptest! {
        #[test]
        fn positions_are_at_least_the_gap_apart(wanted in prop::collection::vec(0.0..200.0_f64, 0..10)) {
            let mut places = spread(&wanted, 15.0, (0.0, 200.0));
            places.sort_by(f64::total_cmp);
            for pair in places.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 15.0 - 1e-9, "{places:?}");
            }
            prop_assert!(places.iter().all(|place| (-1e-9..=200.0 + 1e-9).contains(place)));
        }

        #[test]
        fn labels_of_eight_points_never_cover_each_other(
            points in prop::collection::vec((60.0..500.0_f64, 30.0..300.0_f64), 1..9),
        ) {
            let sizes = vec![(50.0, 15.0); points.len()];
            let bounds = Area { left: 0.0, top: 0.0, right: 560.0, bottom: 330.0 };
            let marks: Vec<Area> =
                points.iter().map(|&at| Area::centred_at(at, 7.0, 7.0)).collect();
            let placed = label_centres(&points, &sizes, &marks, bounds);
            for (index, &one) in placed.iter().enumerate() {
                let one = Area::centred_at(one, 25.0, 7.5);
                prop_assert_eq!(one.outside(bounds), 0.0);
                for &other in &placed[..index] {
                    prop_assert_eq!(one.overlap(Area::centred_at(other, 25.0, 7.5)), 0.0);
                }
            }
        }
    }
}
