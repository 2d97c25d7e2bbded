//! Removes the points of a line that have no visible effect.

/// Removes points so that the new line stays within `tolerance` of all old points.
///
/// This is the algorithm of Ramer (1972) and of Douglas and Peucker (1973).
#[must_use]
pub fn simplified(points: &[(i32, i32)], tolerance: f64) -> Vec<(i32, i32)> {
    let Some((&last, _)) = points.split_last() else { return Vec::new() };
    let mut kept = Vec::new();
    add_kept_points(points, tolerance, &mut kept);
    kept.push(last);
    kept
}

/// Adds the points to keep of a segment, except its last point.
fn add_kept_points(points: &[(i32, i32)], tolerance: f64, kept: &mut Vec<(i32, i32)>) {
    let [first, between @ .., last] = points else { return };
    let farthest = between
        .iter()
        .enumerate()
        .map(|(place, &point)| (place + 1, distance(point, *first, *last)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match farthest {
        Some((place, off)) if off > tolerance => {
            add_kept_points(&points[..=place], tolerance, kept);
            add_kept_points(&points[place..], tolerance, kept);
        }
        _ => kept.push(*first),
    }
}

/// Returns the distance of a point from the segment between two others.
fn distance(point: (i32, i32), from: (i32, i32), to: (i32, i32)) -> f64 {
    let apart = |a: (i32, i32), b: (i32, i32)| {
        (f64::from(b.0) - f64::from(a.0), f64::from(b.1) - f64::from(a.1))
    };
    let ((along, up), (x, y)) = (apart(from, to), apart(from, point));
    let length = along.mul_add(along, up * up);
    // Clamped: for a point beyond an end of the segment, the distance is that from the end.
    let share = if length > 0.0 { ((x * along + y * up) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - share * along).hypot(y - share * up)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn corners_are_kept_and_points_between_corners_are_removed() {
        let line = [(0, 0), (10, 0), (20, 1), (30, 0), (30, 40), (30, 80)];
        assert_eq!(simplified(&line, 1.0), [(0, 0), (30, 0), (30, 80)]);
        assert_eq!(simplified(&line[..1], 1.0), [(0, 0)]);
        assert_eq!(simplified(&[], 1.0), []);
        // A line to a point and back is not straight, although both ends are equal.
        assert_eq!(simplified(&[(0, 0), (9, 0), (0, 0)], 1.0), [(0, 0), (9, 0), (0, 0)]);
    }

    proptest! {
        #[test]
        fn no_point_is_farther_from_the_new_line_than_allowed(
            points in proptest::collection::vec((0..500_i32, 0..500_i32), 2..60)
        ) {
            let kept = simplified(&points, 3.0);
            prop_assert_eq!((kept[0], kept.last()), (points[0], points.last()));
            for &point in &points {
                let nearest = kept.windows(2).map(|two| distance(point, two[0], two[1]));
                prop_assert!(nearest.fold(f64::INFINITY, f64::min) <= 3.0 + 1e-9);
            }
        }
    }
}
