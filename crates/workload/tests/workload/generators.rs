//! What generators make has the distribution that it should have, and changes as it is told.

use std::collections::{HashMap, HashSet};

use bakeoff_workload::Op;
use bakeoff_workload::generate::{Exponential, ScrambledZipf, generate};
use bakeoff_workload::scenario::{
    Arrivals, Bursts, Changes, GeneratedPlan, Generator, Lifetime, Mix, Phase, ReusePlan, Stream,
    Values,
};
use bakeoff_workload::source::{Sink, SourceKey, SourceRequest, Stop};

/// A request as a test looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Made {
    key: u64,
    op: Op,
    tenant: u16,
    group: u32,
    time_us: u64,
}

#[derive(Default)]
struct Kept(Vec<Made>);

impl Sink for Kept {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        let SourceKey::Number(key) = request.key else { panic!("a generator makes numbers") };
        let &SourceRequest { op, tenant, group, time_us, .. } = request;
        self.0.push(Made { key, op, tenant, group, time_us });
        Ok(())
    }
}

fn made(streams: Vec<Stream>, requests: u64, arrivals: Option<Arrivals>) -> Vec<Made> {
    let plan = GeneratedPlan { phases: vec![Phase { requests, streams }], repeat: 1, arrivals };
    let mut kept = Kept::default();
    let values = Values::Fixed { bytes: 1 };
    generate(&plan, &values, Lifetime::Endless, 11, &mut kept).unwrap();
    assert_eq!(kept.0.len() as u64, requests);
    kept.0
}

fn reads(generator: Generator, changes: Changes, requests: u64) -> Vec<u64> {
    let stream = Stream { changes, ..Stream::new(generator, Mix::READS) };
    made(vec![stream], requests, None).iter().map(|made| made.key).collect()
}

/// How far Pearson's statistic lies from its mean, in standard deviations (Wilson and Hilferty
/// 1931); small classes are joined.
fn deviate(keys: &[u64], probability: &[f64]) -> f64 {
    let mut counts = vec![0.0; probability.len()];
    for &key in keys {
        counts[key as usize] += 1.0;
    }
    let all = keys.len() as f64;
    let (mut statistic, mut classes, mut expected, mut seen) = (0.0, 0.0_f64, 0.0, 0.0);
    for (index, (count, share)) in counts.iter().zip(probability).enumerate() {
        expected += share * all;
        seen += count;
        if expected >= 20.0 || index + 1 == counts.len() {
            statistic += (seen - expected) * (seen - expected) / expected.max(1e-9);
            classes += 1.0;
            (expected, seen) = (0.0, 0.0);
        }
    }
    let spread = 2.0 / (9.0 * (classes - 1.0));
    ((statistic / (classes - 1.0)).cbrt() - (1.0 - spread)) / spread.sqrt()
}

fn zipf_shares(keys: u64, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=keys).map(|rank| (rank as f64).powf(-exponent)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[test]
fn hotspot_and_exponential_have_their_shares() {
    let generator =
        Generator::Hotspot { keys: 100, hot_keys: 0.2, hot_requests: 0.8, first_key: 0 };
    let shares: Vec<f64> =
        (0..100).map(|key| if key < 20 { 0.8 / 20.0 } else { 0.2 / 80.0 }).collect();
    assert!(deviate(&reads(generator, Changes::default(), 200_000), &shares) < 4.0);

    let generator =
        Generator::Exponential { keys: 200, percentile: 95.0, share: 0.5, first_key: 0 };
    let whole = Exponential::new(200, 95.0, 0.5);
    let shares: Vec<f64> =
        (0..200).map(|key| (whole.below(key + 1) - whole.below(key)) / whole.below(200)).collect();
    // By definition 95 % below the half, before the cut.
    assert!((whole.below(100) - 0.95).abs() < 1e-12);
    assert!(deviate(&reads(generator, Changes::default(), 200_000), &shares) < 4.0);
}

#[test]
fn scrambled_zipf_spreads_the_ranks_of_zipf() {
    let (keys, ranks) = (50, 1_000_000_u64);
    let spread = ScrambledZipf::new(keys, 0.99);
    // Ranks beyond the first million are so many and so small that every key gets its share.
    let mut head = vec![0.0; keys as usize];
    for rank in 1..=ranks {
        head[spread.key_of(rank) as usize] += (rank as f64).powf(-0.99);
    }
    // The rest of the ranks by the Euler–Maclaurin formula.
    let integral = |x: f64| x.powf(0.01) / 0.01;
    let tail = integral(1e10 + 0.5) - integral(ranks as f64 + 0.5);
    let sum: f64 = head.iter().sum::<f64>() + tail;
    let shares: Vec<f64> = head.iter().map(|h| (h + tail / keys as f64) / sum).collect();
    let generator = Generator::ScrambledZipf { keys, exponent: 0.99, first_key: 0 };
    assert!(deviate(&reads(generator, Changes::default(), 200_000), &shares) < 4.0);
}

#[test]
fn the_latest_key_is_the_most_popular() {
    let generator = Generator::Latest { keys: 1_000, exponent: 0.99, first_key: 0 };
    let mut shares = zipf_shares(1_000, 0.99);
    shares.reverse();
    assert!(deviate(&reads(generator.clone(), Changes::default(), 200_000), &shares) < 4.0);
    // With inserts, ages keep their distribution while keys grow.
    let mix = Mix { reads: 0.95, inserts: 0.05, ..Mix::READS };
    let made = made(vec![Stream::new(generator, mix)], 100_000, None);
    let (mut newest, mut freshest, mut read) = (999, 0, 0);
    for request in &made {
        if request.op == Op::Write {
            assert_eq!(request.key, newest + 1, "an insert is the next key");
            newest = request.key;
        } else {
            assert!(request.key <= newest);
            read += 1;
            freshest += u64::from(request.key == newest);
        }
    }
    assert!((4_650..5_350).contains(&(newest - 999)), "{newest}");
    // 1 / H(n, 0.99) for n from 1,000 to 6,000 lies between 0.133 and 0.105.
    let share = freshest as f64 / f64::from(read);
    assert!((0.105..0.133).contains(&share), "{share}");
}

#[test]
fn related_keys_come_level_by_level() {
    let generator =
        Generator::Related { keys: 50, exponent: 0.8, children: vec![4, 3], first_key: 0 };
    assert_eq!(generator.keys(), 50 + 200 + 600);
    let keys = reads(generator, Changes::default(), 250_000);
    let top: Vec<u64> = keys.iter().copied().step_by(5).collect();
    assert!(deviate(&top, &zipf_shares(50, 0.8)) < 4.0);
    let second: Vec<u64> =
        keys.iter().copied().skip(1).step_by(5).map(|key| (key - 50) % 4).collect();
    assert!(deviate(&second, &[0.25; 4]) < 4.0);
}

#[test]
fn scans_and_modifications_belong_together() {
    let mix = Mix { reads: 0.0, scans: 0.5, modifies: 0.5, scan_length: 10, ..Mix::READS };
    let generator = Generator::Uniform { keys: 1_000, first_key: 100 };
    let made = made(vec![Stream::new(generator, mix)], 100_000, None);
    let mut lengths: HashMap<u32, Vec<u64>> = HashMap::new();
    for request in made.iter().filter(|request| request.group > 0) {
        assert_eq!(request.op, Op::Read);
        lengths.entry(request.group).or_default().push(request.key);
    }
    for keys in lengths.values() {
        assert!(keys.windows(2).all(|pair| pair[1] == pair[0] + 1) && keys.len() <= 10);
        assert!(keys.iter().all(|key| (100..1_100).contains(key)));
    }
    let inner = lengths.values().filter(|keys| keys[0] < 1_080).map(|keys| keys.len() as u64 - 1);
    assert!(deviate(&inner.collect::<Vec<_>>(), &[0.1; 10]) < 4.0);
    for pair in made.windows(2) {
        if pair[1].op == Op::Write {
            assert_eq!((pair[0].op, pair[0].key, pair[0].group), (Op::Read, pair[1].key, 0));
        }
    }
}

#[test]
fn popularity_drifts_and_keys_are_born() {
    let zipf = |exponent| Generator::Zipf { keys: 1_000, exponent, first_key: 0 };
    let most = |keys: &[u64]| {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        keys.iter().for_each(|&key| *counts.entry(key).or_default() += 1);
        counts.into_iter().max_by_key(|&(_, count)| count).unwrap().0
    };
    let drifting = reads(zipf(2.0), Changes { drift: 0.001, ..Changes::default() }, 60_000);
    // Popularity moves on by a key every thousand requests.
    assert_eq!(most(&drifting[50_000..51_000]), 50);
    assert_eq!(most(&drifting[..1_000]), 0);

    let churning = reads(zipf(1.2), Changes { churn: 0.05, ..Changes::default() }, 60_000);
    let distinct: HashSet<u64> = churning.iter().copied().collect();
    assert!(churning.iter().all(|&key| key < 1_000 + 3_000));
    assert!(distinct.iter().filter(|&&key| key >= 1_000).count() > 1_000);
    // A dead key never comes back: after its place was taken it is not seen again.
    let late: HashSet<u64> = churning[40_000..].iter().copied().collect();
    assert!(late.iter().filter(|&&key| key < 1_000).count() < 300);
}

#[test]
fn bursts_take_their_share_for_their_time() {
    let bursts = Bursts { every: 5_000, length: 1_000, share: 0.5, keys: 1 };
    let changes = Changes { bursts: Some(bursts), ..Changes::default() };
    let keys = reads(Generator::Uniform { keys: 100_000, first_key: 0 }, changes, 600_000);
    let mut counts: HashMap<u64, u32> = HashMap::new();
    keys.iter().for_each(|&key| *counts.entry(key).or_default() += 1);
    let hot: Vec<u32> = counts.into_values().filter(|&count| count > 300).collect();
    // 600,000 / 6,000 bursts of about 500 requests each.
    assert!((60..140).contains(&hot.len()), "{}", hot.len());
    let mean = f64::from(hot.iter().sum::<u32>()) / hot.len() as f64;
    assert!((490.0..530.0).contains(&mean), "{mean}");
}

#[test]
fn tenants_take_turns_by_weight() {
    let stream = |first_key, weight| {
        let generator = Generator::Uniform { keys: 10, first_key };
        Stream { weight, ..Stream::new(generator, Mix::READS) }
    };
    let made = made(vec![stream(0, 3.0), stream(10, 1.0)], 100_000, None);
    assert!(made.iter().all(|request| u64::from(request.tenant) == request.key / 10));
    let tenants: Vec<u64> = made.iter().map(|request| u64::from(request.tenant)).collect();
    assert!(deviate(&tenants, &[0.75, 0.25]) < 4.0);
}

#[test]
fn arrivals_are_poisson_and_follow_the_day() {
    let generator = || Generator::Uniform { keys: 10, first_key: 0 };
    let stream = || vec![Stream::new(generator(), Mix::READS)];
    let steady = Arrivals { rate: 1_000.0, amplitude: 0.0, period_seconds: 1.0 };
    let made_steady = made(stream(), 100_000, Some(steady));
    let mut gaps = made_steady.windows(2).map(|pair| (pair[1].time_us - pair[0].time_us) as f64);
    let (sum, squares) = gaps.by_ref().fold((0.0, 0.0), |(s, q), gap| (s + gap, q + gap * gap));
    let mean = sum / 99_999.0;
    let deviation = (squares / 99_999.0 - mean * mean).sqrt();
    // Of an exponential distribution the deviation is the mean; both to five of their errors.
    assert!((mean - 1_000.0).abs() < 16.0 && (deviation - 1_000.0).abs() < 25.0, "{mean}");
    let daily = Arrivals { rate: 1_000.0, amplitude: 0.8, period_seconds: 10.0 };
    let made_daily = made(stream(), 200_000, Some(daily));
    let quarters: Vec<u64> = made_daily
        .iter()
        .filter(|request| request.time_us < 190_000_000)
        .map(|request| request.time_us % 10_000_000 / 2_500_000)
        .collect();
    // The integral of the rate over each quarter of its period.
    let share = |sign: f64| 0.25 + sign * 0.8 / std::f64::consts::TAU;
    let shares = [share(1.0), share(1.0), share(-1.0), share(-1.0)];
    assert!(deviate(&quarters, &shares) < 4.0);
}

#[test]
fn reuse_distances_and_counts_come_out_as_planned() {
    let plan = ReusePlan {
        births: vec![0.3],
        distances: vec![(1, 0.5), (100, 0.0), (1_000, 0.5)],
        counts: vec![(1, 0.6), (10, 0.4)],
    };
    let generator = Generator::Reuse { keys: 30_000, first_key: 0, plan: Box::new(plan) };
    let keys = reads(generator, Changes::default(), 100_000);
    let distinct = keys.iter().collect::<HashSet<_>>().len();
    assert!((29_000..31_000).contains(&distinct), "{distinct}");
    let again = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    // Half of the 70 % that are no births.
    assert!((33_500..36_500).contains(&again), "{again}");
}
