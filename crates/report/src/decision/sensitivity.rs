//! How far each weight can move before another variant comes first. Pure.

use super::score::{CRITERIA, Scored};

/// Shares of one criterion's weight between which the first stays first, the other weights keeping
/// their proportions; `None` at an end where it stays first all the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Its share now.
    pub now: f64,
    /// Under this share another comes first.
    pub from: Option<f64>,
    /// Over this share another comes first.
    pub to: Option<f64>,
}

/// The span of every criterion's weight; `scored` is ordered, the highest total first.
#[must_use]
pub fn spans(scored: &[Scored], weights: &[f64; 5]) -> Vec<Span> {
    let sum: f64 = weights.iter().sum();
    (0..CRITERIA.len())
        .map(|criterion| {
            let now = weights[criterion] / sum;
            let mut span = Span { now, from: None, to: None };
            let Some((first, others)) = scored.split_first() else { return span };
            for other in others {
                // Total at share w: w·s + (1 − w)·r, with r the mean over the other criteria.
                let lead = first.points()[criterion] - other.points()[criterion];
                let rest = rest(first, weights, criterion) - rest(other, weights, criterion);
                if (rest - lead).abs() < 1e-12 {
                    continue;
                }
                let turn = rest / (rest - lead);
                if !(0.0..=1.0).contains(&turn) {
                    continue;
                }
                if turn <= now && lead > rest {
                    span.from = Some(span.from.map_or(turn, |from| from.max(turn)));
                } else if turn >= now && lead < rest {
                    span.to = Some(span.to.map_or(turn, |to| to.min(turn)));
                }
            }
            span
        })
        .collect()
}

/// Weighted mean of all criteria but one; their plain mean where they weigh nothing.
fn rest(scored: &Scored, weights: &[f64; 5], without: usize) -> f64 {
    let others = || (0..CRITERIA.len()).filter(|&criterion| criterion != without);
    let sum: f64 = others().map(|criterion| weights[criterion]).sum();
    let points = scored.points();
    if sum > 0.0 {
        others().map(|criterion| points[criterion] * weights[criterion]).sum::<f64>() / sum
    } else {
        others().map(|criterion| points[criterion]).sum::<f64>() / (CRITERIA.len() - 1) as f64
    }
}

/// The spans in a sentence: `lru stays first unless performance weighs under 12 % (now 20 %).`
#[must_use]
pub fn sentence(scored: &[Scored], weights: &[f64; 5]) -> String {
    let Some(first) = scored.first() else { return String::new() };
    if scored.len() == 1 {
        return format!("{} is the only one left, whatever weighs how much.", first.variant);
    }
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut limits = Vec::new();
    for ((name, _), span) in CRITERIA.iter().zip(spans(scored, weights)) {
        let now = percent(span.now);
        let under = span.from.map(|from| format!("under {}", percent(from)));
        let over = span.to.map(|to| format!("over {}", percent(to)));
        let ends: Vec<String> = under.into_iter().chain(over).collect();
        if !ends.is_empty() {
            limits.push(format!("{name} weighs {} (now {now})", ends.join(" or ")));
        }
    }
    if limits.is_empty() {
        return format!("{} stays first whatever one criterion weighs.", first.variant);
    }
    format!("{} stays first unless {}.", first.variant, limits.join(", or "))
}

#[cfg(test)]
mod tests {
    use super::super::score::Score;
    use super::*;

    fn of(variant: &str, points: [f64; 5]) -> Scored {
        let scores = points.map(|points| Score { points, data: String::new() });
        Scored { variant: variant.to_owned(), scores }
    }

    #[test]
    fn the_turn_is_where_the_totals_are_equal() {
        let scored = [of("lru", [10.0, 5.0, 5.0, 5.0, 5.0]), of("map", [5.0, 6.0, 6.0, 6.0, 6.0])];
        let weights = [1.0; 5];
        assert!(scored[0].total(&weights) > scored[1].total(&weights));
        let spans = spans(&scored, &weights);
        let from = spans[0].from.unwrap();
        // At w = 1/6: 10/6 + 5·5/6 = 5/6 + 6·5/6.
        assert!((from - 1.0 / 6.0).abs() < 1e-12 && spans[0].to.is_none(), "{spans:?}");
        let weight = from * 4.0 / (1.0 - from);
        let at = [weight, 1.0, 1.0, 1.0, 1.0];
        assert!((scored[0].total(&at) - scored[1].total(&at)).abs() < 1e-9);
        let said = sentence(&scored, &weights);
        assert!(
            said.starts_with("lru stays first unless performance weighs under 17 % (now 20 %)")
        );
    }

    #[test]
    fn the_best_in_everything_stays_first() {
        let scored = [of("a", [9.0; 5]), of("b", [1.0; 5])];
        assert_eq!(sentence(&scored, &[1.0; 5]), "a stays first whatever one criterion weighs.");
    }
}
