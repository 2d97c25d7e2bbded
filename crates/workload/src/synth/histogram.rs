//! Histograms with exact classes for small numbers and logarithmic classes above.

use std::collections::BTreeMap;

/// Largest number with a class of its own.
const EXACT_LIMIT: u64 = 32;
/// Ratio of the upper ends of consecutive classes above [`EXACT_LIMIT`].
const CLASS_RATIO: f64 = 1.04;

/// Returns the upper end of the class of a number.
fn class(number: u64) -> u64 {
    if number <= EXACT_LIMIT {
        return number;
    }
    let steps = ((number as f64 / EXACT_LIMIT as f64).ln() / CLASS_RATIO.ln()).ceil();
    // Rounding can put the number above the computed end of its class.
    ((EXACT_LIMIT as f64 * CLASS_RATIO.powf(steps)).floor() as u64).max(number)
}

/// Sums counts by class; each class is represented by the largest number in it.
///
/// Takes and returns pairs of a number and its count. Gaps are filled with an empty class, because
/// the generator spreads each class evenly down to the number of the previous class.
pub(super) fn by_upper_end(numbers: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, f64)> {
    let mut classes = BTreeMap::new();
    for (number, count) in numbers.filter(|&(_, count)| count > 0) {
        let (largest, sum) = classes.entry(class(number)).or_insert((0, 0.0));
        *largest = number.max(*largest);
        *sum += count as f64;
    }
    insert_empty_classes(classes.into_values().collect())
}

fn insert_empty_classes(classes: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let mut all: Vec<(u64, f64)> = Vec::new();
    for (largest, sum) in classes {
        let lowest =
            if largest <= EXACT_LIMIT { largest } else { (largest as f64 / CLASS_RATIO) as u64 };
        let previous = all.last().map_or(0, |&(last, _)| last);
        if lowest > previous + 1 {
            all.push((lowest - 1, 0.0));
        }
        all.push((largest, sum));
    }
    all
}

/// Sums counts by class; each class is represented by its mean, which preserves the total.
pub(super) fn by_mean(numbers: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, f64)> {
    let mut classes = BTreeMap::new();
    for (number, count) in numbers.filter(|&(number, _)| number > 0) {
        let (sum, weight) = classes.entry(class(number)).or_insert((0.0, 0.0));
        *sum += number as f64 * count as f64;
        *weight += count as f64;
    }
    classes
        .into_values()
        .map(|(sum, weight): (f64, f64)| ((sum / weight).round() as u64, weight))
        .collect()
}
