//! Compares the statistics with known answers from tables, scipy, R or brute force.
//!
//! Fixtures of scipy 1.17: `numpy.random.default_rng(20240607)`, for n in 6, 9, 15, 30, 60 in turn
//! `d = numpy.round(rng.normal(0.4, 1, n), 4)`, `scipy.stats.wilcoxon(d, method="exact").pvalue`.

use bakeoff_protocol::exploration::{RoundsEndReason, StoppingRule};
use bakeoff_stats::signed_rank::{EXACT_LIMIT, p_value, standard_normal_cdf};
use bakeoff_stats::{
    Comparison, Interval, SignedRank, Walsh, drift, median, modes, outliers, rounds, summarize,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn critical_values_match_the_tables() {
    // Two-sided 5 % and 1 %, n = 6…20 (Wilcoxon 1945 and every textbook since).
    let five = [0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 29, 34, 40, 46, 52];
    let one = [0, 1, 3, 5, 7, 9, 12, 15, 19, 23, 27, 32, 37];
    for (n, expected) in (6..=20).zip(five) {
        assert_eq!(SignedRank::new(n).critical(0.025), Some(expected), "n = {n}, 5 %");
    }
    for (n, expected) in (8..=20).zip(one) {
        assert_eq!(SignedRank::new(n).critical(0.005), Some(expected), "n = {n}, 1 %");
    }
    assert_eq!(SignedRank::new(5).critical(0.025), None, "five differences are too few at 5 %");
    assert_eq!(SignedRank::new(7).critical(0.005), None, "seven differences are too few at 1 %");
}

#[test]
fn published_examples_are_reproduced() {
    // Darwin's maize, the example of scipy's documentation: statistic 24, p = 0.041259765625.
    let maize = [6., 8., 14., 16., 23., 24., 28., 29., 41., -48., 49., 56., 60., -67., 75.];
    assert!((p_value(&maize) - 0.041_259_765_625).abs() < 1e-12);
    // Depression scores (Hollander and Wolfe, table 3.1): R's wilcox.test(x, y, paired = TRUE,
    // conf.int = TRUE) gives V = 40, p = 0.03906, 95 % interval 0.010 to 0.786, estimate 0.46.
    let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 314.0 / 100.0, 1.29];
    let d: Vec<f64> = before.iter().zip(after).map(|(x, y)| x - y).collect();
    assert!((p_value(&d) - 0.039_062_5).abs() < 1e-12);
    let walsh = Walsh::new(&d).unwrap();
    let interval = walsh.interval(0.05, &SignedRank::new(9));
    assert!((walsh.estimate() - 0.46).abs() < 1e-9, "{}", walsh.estimate());
    assert!((interval.low - 0.010).abs() < 1e-9 && (interval.high - 0.786).abs() < 1e-9);
    assert!(interval.confidence >= 0.95 && interval.confidence < 0.97);
}

#[test]
fn p_values_match_scipy() {
    for (differences, expected) in SCIPY {
        let p = p_value(differences);
        assert!(
            (p - expected).abs() < 1e-12,
            "n = {}: {p} instead of {expected}",
            differences.len()
        );
    }
}

#[test]
fn the_estimate_is_the_median_of_all_walsh_averages_and_the_interval_inverts_the_test() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for n in 1..=24 {
        let d: Vec<f64> = (0..n).map(|_| random.random_range(-1.0..2.0)).collect();
        let mut averages = Vec::new();
        for i in 0..n {
            for j in i..n {
                averages.push((d[i] + d[j]) / 2.0);
            }
        }
        let walsh = Walsh::new(&d).unwrap();
        assert!((walsh.estimate() - median(&averages).unwrap()).abs() < 1e-12);
        let interval = walsh.interval(0.05, &SignedRank::new(n));
        if interval.confidence < 0.95 {
            assert!(n < 6, "n = {n}");
            continue;
        }
        // The test rejects a shift just outside the interval and accepts a shift just inside.
        let rejects =
            |shift: f64| p_value(&d.iter().map(|x| x - shift).collect::<Vec<_>>()) <= 0.05;
        assert!(rejects(interval.low - 1e-9) && rejects(interval.high + 1e-9), "n = {n}");
        assert!(!rejects(interval.low + 1e-9) && !rejects(interval.high - 1e-9), "n = {n}");
    }
    assert!(Walsh::new(&[]).is_none() && Walsh::new(&[1.0, f64::NAN]).is_none());
}

#[test]
fn p_values_with_zeros_and_ties_match_brute_force() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for _ in 0..60 {
        let n = random.random_range(1..=12);
        let d: Vec<f64> = (0..n).map(|_| f64::from(random.random_range(-3_i32..=4))).collect();
        assert!((p_value(&d) - pratt_by_brute_force(&d)).abs() < 1e-12, "{d:?}");
    }
    assert_eq!(p_value(&[0.0, 0.0]), 1.0);
    assert_eq!(p_value(&[]), 1.0);
}

/// Computes the p-value of Pratt's test by enumerating the signs of the nonzero ranks.
fn pratt_by_brute_force(d: &[f64]) -> f64 {
    let rank = |x: f64| {
        let below = d.iter().filter(|y| y.abs() < x.abs()).count() as f64;
        let equal = d.iter().filter(|y| y.abs() == x.abs()).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    let ranks: Vec<f64> = d.iter().filter(|x| **x != 0.0).map(|&x| rank(x)).collect();
    let positive: f64 = d.iter().filter(|x| **x > 0.0).map(|&x| rank(x)).sum();
    let sums = (0..1_u32 << ranks.len()).map(|signs| {
        (0..ranks.len()).filter(|bit| signs >> bit & 1 == 1).map(|bit| ranks[bit]).sum::<f64>()
    });
    let (mut below, mut above, mut all) = (0, 0, 0);
    for sum in sums {
        below += u32::from(sum <= positive);
        above += u32::from(sum >= positive);
        all += 1;
    }
    (2.0 * f64::from(below.min(above)) / f64::from(all)).min(1.0)
}

#[test]
fn normal_approximation_is_close_to_the_exact_distribution_at_the_limit() {
    let exact = SignedRank::new(EXACT_LIMIT);
    let n = EXACT_LIMIT as f64;
    let (mean, deviation) = (n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt());
    for t in (0..=EXACT_LIMIT * (EXACT_LIMIT + 1) / 2).step_by(37) {
        let near = standard_normal_cdf((t as f64 + 0.5 - mean) / deviation);
        assert!((exact.at_most(t) - near).abs() < 4e-4, "t = {t}");
        // The approximation is closer in the tails, which determine intervals.
        assert!(near > 0.025 || (exact.at_most(t) - near).abs() < 1e-4, "t = {t}");
    }
    // On both sides of the limit, the interval has about the same width.
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let d: Vec<f64> = (0..=EXACT_LIMIT).map(|_| random.random_range(-1.0..1.0)).collect();
    let width =
        |d: &[f64]| Walsh::new(d).unwrap().interval(0.05, &SignedRank::new(d.len())).half_width();
    let (below, above) = (width(&d[..EXACT_LIMIT]), width(&d));
    assert!((below / above - 1.0).abs() < 0.02, "{below} and {above}");
}

#[test]
fn medians_have_order_statistic_intervals() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[1.0, f64::INFINITY]), None);
    // Order statistics by hand: of n = 10 the 2nd and 9th (97.85 %), of 30 the 10th and 21st
    // (95.72 %), of 6 the whole range (96.88 %); five have 93.75 % at most.
    for (n, low, high, confidence) in [
        (6, 1.0, 6.0, 0.96875),
        (10, 2.0, 9.0, 0.978_515_625),
        (30, 10.0, 21.0, 0.957_226_054_742_931),
        (5, 1.0, 5.0, 0.9375),
        (1, 1.0, 1.0, 0.0),
    ] {
        let samples: Vec<f64> = (1..=n).rev().map(f64::from).collect();
        let interval = summarize(&samples, 0.05).unwrap().interval;
        assert_eq!((interval.low, interval.high), (low, high), "n = {n}");
        assert!((interval.confidence - confidence).abs() < 1e-8, "n = {n}: {interval:?}");
    }
}

#[test]
fn trends_match_known_values() {
    let rising = [3.1, 2.9, 3.5, 3.3, 3.9, 3.8, 4.4, 4.0, 4.6, 4.5];
    let trend = drift::drift(&rising).unwrap();
    // scipy.stats.theilslopes(rising).slope; the score is 35 of 45, its variance 125, so that
    // p = 2·Φ(−34/√125).
    assert!((trend.slope - 0.1875).abs() < 1e-12, "{trend:?}");
    assert!((trend.p_value - 2.0 * standard_normal_cdf(-34.0 / 125.0_f64.sqrt())).abs() < 1e-12);
    let flat = drift::drift(&[1.0; 8]).unwrap();
    assert_eq!((flat.slope, flat.p_value), (0.0, 1.0));
    assert!(drift::drift(&[1.0, 2.0, 3.0]).is_none());
    // Ties shrink the variance: 1 1 2 2 3 3 has score 12 and variance (6·5·17 − 3·2·1·9)/18.
    let tied = drift::drift(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]).unwrap();
    let variance: f64 = (510.0 - 54.0) / 18.0;
    assert!((tied.p_value - 2.0 * standard_normal_cdf(-11.0 / variance.sqrt())).abs() < 1e-12);
}

#[test]
fn outliers_are_marked() {
    let samples = [10.0, 10.2, 9.9, 10.1, 9.8, 10.0, 13.0, 10.1, 7.0];
    assert_eq!(outliers::outliers(&samples), [6, 8]);
    assert_eq!(outliers::outliers(&[5.0, 5.0, 5.0, 5.0, 5.0, 9.0]), [5], "more than half equal");
    assert!(outliers::outliers(&[5.0; 7]).is_empty());
    assert!(outliers::outliers(&[]).is_empty());
}

/// Nearly normal random number: the sum of twelve uniform numbers minus six.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

#[test]
fn two_speeds_are_detected_and_a_single_speed_is_not() {
    let mut random = ChaCha8Rng::seed_from_u64(17);
    for n in [12, 20, 30, 60] {
        let mut false_alarms = [0, 0, 0];
        let mut found = 0;
        for _ in 0..1000 {
            let mut noise = |scale: f64| scale * normal(&mut random);
            let one: Vec<f64> = (0..n).map(|_| noise(0.02)).collect();
            let skewed: Vec<f64> = one.iter().map(|x| (30.0 * x).exp()).collect();
            let bursts: Vec<f64> = (0..n)
                .map(|i| noise(0.015) - if i % 20 == 7 { noise(0.3).abs() } else { 0.0 })
                .collect();
            let two: Vec<f64> =
                (0..n).map(|i| noise(0.03) + if i % 4 == 0 { 0.69 } else { 0.0 }).collect();
            for (count, samples) in false_alarms.iter_mut().zip([&one, &skewed, &bursts]) {
                *count += i32::from(modes::bimodal(samples).is_some());
            }
            found += i32::from(modes::bimodal(&two).is_some());
        }
        println!("{n}: false alarms {false_alarms:?}, found {found} of 1000");
        assert!(false_alarms[0] <= 10 && false_alarms[2] <= 10, "{n}: {false_alarms:?}");
        assert!(found >= 990, "{n}: found {found} of 1000");
    }
}

#[test]
fn min_rounds_grow_with_the_confidence() {
    assert_eq!(rounds::min_rounds(0.05), 6);
    assert_eq!(rounds::min_rounds(0.05 / 4.0), 8);
    assert_eq!(rounds::min_rounds(0.05 / 10.0), 9);
    assert_eq!(rounds::min_rounds(0.01), 8);
}

#[test]
fn the_forecast_of_rounds_follows_the_width() {
    let comparison = |estimate: f64, half: f64| bakeoff_stats::Comparison {
        estimate,
        interval: bakeoff_stats::Interval {
            low: estimate - half,
            high: estimate + half,
            confidence: 0.96,
        },
        required: 0.95,
        verdict: bakeoff_stats::verdict::Verdict::Inconclusive,
        p_value: 0.5,
    };
    // The half-width is twice the estimate: four times the rounds exclude 0.
    assert_eq!(rounds::required(&comparison(0.02, 0.04), 0.01, 30, 2000), Some(120));
    // An estimate of 0 is equivalent as soon as the half-width is below the margin.
    assert_eq!(rounds::required(&comparison(0.0, 0.02), 0.01, 30, 2000), Some(120));
    // For an estimate of half the margin, a half-width of half the margin gives a verdict.
    assert_eq!(rounds::required(&comparison(0.005, 0.02), 0.01, 30, 2000), Some(480));
    assert_eq!(rounds::required(&comparison(0.005, 0.2), 0.01, 30, 2000), None, "too many");
    // Too few rounds for any verdict at that level.
    assert_eq!(rounds::required(&comparison(1.0, 0.1), 0.01, 3, 2000), Some(6));
    assert_eq!(rounds::required(&comparison(0.0, 0.1), 0.0, 30, 2000), None);
}

#[test]
fn stopping_depends_on_interval_widths_and_budget() {
    let rule = StoppingRule {
        precision: 0.01,
        minimum_rounds: 12,
        maximum_rounds: 60,
        budget_seconds: Some(100.0),
    };
    let pair = |estimate: f64, half: f64| {
        let interval = Interval { low: estimate - half, high: estimate + half, confidence: 0.99 };
        let verdict = bakeoff_stats::verdict::Verdict::Inconclusive;
        Some(Comparison { estimate, interval, required: 0.99, verdict, p_value: 0.5 })
    };
    let stop = |rounds, seconds, pairs: &[Option<Comparison>]| {
        rounds::stop(&rule, rounds, seconds, pairs.len(), || pairs.to_vec())
    };
    let narrow = [pair(0.0, 0.009), pair(0.5, 0.005), None];
    assert_eq!(stop(10, 0.0, &narrow), None, "never fewer than the minimum");
    assert_eq!(stop(15, 0.0, &narrow), Some(RoundsEndReason::Precision));
    assert_eq!(stop(16, 0.0, &narrow), None, "the precision is not checked in every round");
    assert_eq!(
        stop(20, 0.0, &[pair(0.0, 0.011), pair(0.0, 0.001)]),
        None,
        "every interval must be precise"
    );
    assert_eq!(
        stop(20, 0.0, &[pair(3.0, 0.1)]),
        Some(RoundsEndReason::Precision),
        "5 % of a factor of 20 is precise"
    );
    assert_eq!(
        stop(60, 0.0, &[pair(0.0, 1.0)]),
        Some(RoundsEndReason::Rounds),
        "never more than the maximum"
    );
    assert_eq!(stop(8, 100.0, &[pair(0.0, 1.0)]), Some(RoundsEndReason::Time));
    assert_eq!(stop(7, 100.0, &[pair(0.0, 1.0)]), None, "too few for any verdict");
    // Significance does not matter: with equal widths, both continue or both stop.
    assert_eq!(stop(20, 0.0, &[pair(0.1, 0.02)]), stop(20, 0.0, &[pair(0.0, 0.02)]));
    let few = Comparison { required: 0.999, ..narrow[0].unwrap() };
    assert_eq!(stop(15, 0.0, &[Some(few)]), None, "narrow, but below the required confidence");
    let fixed = StoppingRule { precision: 0.0, budget_seconds: None, ..rule };
    let at = |rounds| rounds::stop(&fixed, rounds, 1e9, 2, || narrow.to_vec());
    assert_eq!((at(55), at(60)), (None, Some(RoundsEndReason::Rounds)), "a fixed number of rounds");
}

const SCIPY: [(&[f64], f64); 5] = [
    (&[0.3145, -0.0288, -2.4735, 3.6452, 0.5467, 1.7116], 0.4375),
    (&[0.7509, -0.3204, 1.2165, -1.7176, 0.6939, 0.964, -0.5789, -0.6014, 0.9715], 0.42578125),
    (
        &[
            0.9924, -0.7419, -1.0414, 2.4935, 0.9132, 0.4295, -0.7681, -0.4886, -0.1584, -0.1587,
            -0.1735, 2.458, 0.9782, -1.0175, 0.8664,
        ],
        0.5614013671875,
    ),
    (
        &[
            -1.5518, -0.4603, 0.017, 1.2845, -0.8489, 0.3048, 0.4896, -1.1028, -0.0407, 1.2814,
            0.3906, -0.3594, 0.1352, 0.6782, -0.4163, -1.3821, 1.4006, 0.3105, 0.0128, 0.0449,
            1.5361, 0.5097, 1.6661, 2.2471, -1.1533, 0.6846, 0.8569, 2.6354, 0.8564, 1.682,
        ],
        0.047259049490094185,
    ),
    (
        &[
            -0.7389, 0.6706, 0.6418, 1.0341, -0.6139, -0.3157, -0.1932, -0.3239, 0.6845, 0.485,
            0.9654, 1.5461, -1.6377, 0.1255, 0.5791, -0.2175, -1.7726, -0.5723, -0.9189, 0.6755,
            -2.1258, 0.804, -0.4099, -0.2531, 1.0123, 0.3109, 1.4359, -1.1245, -0.7412, 0.6696,
            0.8075, 0.3302, 0.1924, -0.4238, 1.1122, 1.2706, -1.2407, -0.3658, 0.826, -0.5248,
            0.5591, -0.1704, 1.9316, 0.3397, 2.2751, 0.6184, 1.1291, 0.529, 1.0783, 1.3182,
            -0.4812, 1.1076, 0.3316, -1.9902, 0.2339, -1.0063, 0.608, -0.7821, 0.7267, 0.3721,
        ],
        0.08982602951916174,
    ),
];
