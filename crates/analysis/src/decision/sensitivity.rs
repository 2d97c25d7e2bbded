//! Computes the range of each weight in which the first variant stays first.

use bakeoff_protocol::results::decision::{Criterion, VariantScore, WeightRange};

/// Returns the range of the weight of every criterion; `scores` start with the highest total.
pub fn weight_ranges(scores: &[VariantScore], weights: &[f64; 5]) -> Vec<WeightRange> {
    let sum: f64 = weights.iter().sum();
    Criterion::ALL
        .into_iter()
        .enumerate()
        .map(|(index, criterion)| {
            let share = weights[index] / sum;
            let mut range = WeightRange { criterion, share, from: None, to: None };
            let Some((first, others)) = scores.split_first() else { return range };
            for other in others {
                // Total at share w: w·s + (1 − w)·r, with r the mean over the other criteria.
                // An unknown criterion does not change a total, so its points are the other mean.
                let of = |score: &VariantScore| {
                    let rest = mean_of_others(score, weights, index);
                    (score.points()[index].unwrap_or(rest), rest)
                };
                let ((own, own_rest), (others, others_rest)) = (of(first), of(other));
                let (lead, rest) = (own - others, own_rest - others_rest);
                if (rest - lead).abs() < 1e-12 {
                    continue;
                }
                let equal_at = rest / (rest - lead);
                if !(0.0..=1.0).contains(&equal_at) {
                    continue;
                }
                if equal_at <= share && lead > rest {
                    range.from = Some(range.from.map_or(equal_at, |from| from.max(equal_at)));
                } else if equal_at >= share && lead < rest {
                    range.to = Some(range.to.map_or(equal_at, |to| to.min(equal_at)));
                }
            }
            range
        })
        .collect()
}

/// Returns the weighted mean of all known criteria but one; their plain mean if they have no
/// weight.
fn mean_of_others(score: &VariantScore, weights: &[f64; 5], without: usize) -> f64 {
    let points = score.points();
    let others = || {
        let all = (0..Criterion::ALL.len()).filter(|&criterion| criterion != without);
        all.filter_map(|criterion| Some((points[criterion]?, weights[criterion])))
    };
    let sum: f64 = others().map(|(_, weight)| weight).sum();
    if sum > 0.0 {
        others().map(|(points, weight)| points * weight).sum::<f64>() / sum
    } else {
        others().map(|(points, _)| points).sum::<f64>() / others().count().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::results::decision::{Score, ScoreEvidence};

    use super::*;
    use crate::decision::score::total;

    fn score(variant: &str, points: [f64; 5]) -> VariantScore {
        let evidence =
            || ScoreEvidence::Longevity { years: None, last_release: None, unmaintained: false };
        let scores =
            points.map(|points| Score { points: Some(points), evidence: evidence() }).to_vec();
        VariantScore { variant: variant.to_owned(), total: total(&scores, &[1.0; 5]), scores }
    }

    #[test]
    fn range_ends_where_the_totals_are_equal() {
        let scores =
            [score("lru", [10.0, 5.0, 5.0, 5.0, 5.0]), score("map", [5.0, 6.0, 6.0, 6.0, 6.0])];
        assert!(scores[0].total > scores[1].total);
        let ranges = weight_ranges(&scores, &[1.0; 5]);
        let from = ranges[0].from.unwrap();
        // At w = 1/6: 10/6 + 5·5/6 = 5/6 + 6·5/6.
        assert!((from - 1.0 / 6.0).abs() < 1e-12 && ranges[0].to.is_none(), "{ranges:?}");
        let weight = from * 4.0 / (1.0 - from);
        let at = [weight, 1.0, 1.0, 1.0, 1.0];
        assert!((total(&scores[0].scores, &at) - total(&scores[1].scores, &at)).abs() < 1e-9);
    }

    #[test]
    fn variant_that_is_best_in_every_criterion_stays_first() {
        let ranges = weight_ranges(&[score("a", [9.0; 5]), score("b", [1.0; 5])], &[1.0; 5]);
        assert!(ranges.iter().all(|range| range.from.is_none() && range.to.is_none()));
    }
}
