//! Generators produce the configured distributions and changes of popularity.

use std::collections::{HashMap, HashSet};

use bakeoff_workload::Op;
use bakeoff_workload::generate::{Exponential, ScrambledZipf, generate};
use bakeoff_workload::scenario::{
    ArrivalPlan, Bursts, GeneratedPlan, Generator, OperationMix, PopularityChanges, RequestStream,
    ReusePlan, SizeDistribution, TtlDistribution, WorkloadPhase,
};
use bakeoff_workload::source::{Sink, SinkStop, SourceKey, SourceRequest};

/// Fields of a generated request.
#[derive(Clone, Copy, Debug, PartialEq)]
struct GeneratedRequest {
    key: u64,
    op: Op,
    tenant: u16,
    group: u32,
    time_us: u64,
}

#[derive(Default)]
struct CollectingSink(Vec<GeneratedRequest>);

impl Sink for CollectingSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        let SourceKey::Number(key) = request.key else { panic!("generated keys are numbers") };
        let &SourceRequest { op, tenant, group, time_us, .. } = request;
        self.0.push(GeneratedRequest { key, op, tenant, group, time_us });
        Ok(())
    }
}

fn generate_requests(
    streams: Vec<RequestStream>,
    requests: u64,
    arrivals: Option<ArrivalPlan>,
) -> Vec<GeneratedRequest> {
    let plan =
        GeneratedPlan { phases: vec![WorkloadPhase { requests, streams }], repeat: 1, arrivals };
    let mut sink = CollectingSink::default();
    let sizes = SizeDistribution::Fixed { bytes: 1 };
    generate(&plan, &sizes, TtlDistribution::None, 11, &mut sink).unwrap();
    assert_eq!(sink.0.len() as u64, requests);
    sink.0
}

fn reads(generator: Generator, changes: PopularityChanges, requests: u64) -> Vec<u64> {
    let stream = RequestStream { changes, ..RequestStream::new(generator, OperationMix::READS) };
    generate_requests(vec![stream], requests, None).iter().map(|request| request.key).collect()
}

/// Pearson's chi-squared statistic as a normal deviate (Wilson and Hilferty, 1931).
///
/// Classes with fewer than 20 expected requests are pooled.
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
fn hotspot_and_exponential_match_their_distributions() {
    let generator =
        Generator::Hotspot { keys: 100, hot_keys: 0.2, hot_requests: 0.8, first_key: 0 };
    let shares: Vec<f64> =
        (0..100).map(|key| if key < 20 { 0.8 / 20.0 } else { 0.2 / 80.0 }).collect();
    assert!(deviate(&reads(generator, PopularityChanges::default(), 200_000), &shares) < 4.0);

    let generator =
        Generator::Exponential { keys: 200, percentile: 95.0, share: 0.5, first_key: 0 };
    let unlimited = Exponential::new(200, 95.0, 0.5);
    let shares: Vec<f64> = (0..200)
        .map(|key| {
            (unlimited.cumulative_probability(key + 1) - unlimited.cumulative_probability(key))
                / unlimited.cumulative_probability(200)
        })
        .collect();
    // Without an upper limit of keys, 95 % of the requests go to the first 100 keys.
    assert!((unlimited.cumulative_probability(100) - 0.95).abs() < 1e-12);
    assert!(deviate(&reads(generator, PopularityChanges::default(), 200_000), &shares) < 4.0);
}

#[test]
fn scrambled_zipf_scatters_the_ranks_of_zipf() {
    let (keys, ranks) = (50, 1_000_000_u64);
    let spread = ScrambledZipf::new(keys, 0.99);
    // Ranks beyond the first million are distributed evenly over the keys.
    let mut head = vec![0.0; keys as usize];
    for rank in 1..=ranks {
        head[spread.key_of_rank(rank) as usize] += (rank as f64).powf(-0.99);
    }
    // Sum over the other ranks by the Euler–Maclaurin formula.
    let integral = |x: f64| x.powf(0.01) / 0.01;
    let tail = integral(1e10 + 0.5) - integral(ranks as f64 + 0.5);
    let sum: f64 = head.iter().sum::<f64>() + tail;
    let shares: Vec<f64> = head.iter().map(|h| (h + tail / keys as f64) / sum).collect();
    let generator = Generator::ScrambledZipf { keys, exponent: 0.99, first_key: 0 };
    assert!(deviate(&reads(generator, PopularityChanges::default(), 200_000), &shares) < 4.0);
}

#[test]
fn the_latest_key_is_the_most_popular() {
    let generator = Generator::Latest { keys: 1_000, exponent: 0.99, first_key: 0 };
    let mut shares = zipf_shares(1_000, 0.99);
    shares.reverse();
    assert!(
        deviate(&reads(generator.clone(), PopularityChanges::default(), 200_000), &shares) < 4.0
    );
    // With inserts, the distribution of ages does not change.
    let mix = OperationMix { reads: 0.95, inserts: 0.05, ..OperationMix::READS };
    let requests = generate_requests(vec![RequestStream::new(generator, mix)], 100_000, None);
    let (mut newest, mut newest_reads, mut reads) = (999, 0, 0);
    for request in &requests {
        if request.op == Op::Write {
            assert_eq!(request.key, newest + 1, "an insert writes the next key");
            newest = request.key;
        } else {
            assert!(request.key <= newest);
            reads += 1;
            newest_reads += u64::from(request.key == newest);
        }
    }
    assert!((4_650..5_350).contains(&(newest - 999)), "{newest}");
    // 1 / H(n, 0.99) is between 0.133 and 0.105 for n from 1,000 to 6,000.
    let share = newest_reads as f64 / f64::from(reads);
    assert!((0.105..0.133).contains(&share), "{share}");
}

#[test]
fn related_keys_match_the_distribution_of_each_level() {
    let generator =
        Generator::Related { keys: 50, exponent: 0.8, children: vec![4, 3], first_key: 0 };
    assert_eq!(generator.keys(), 50 + 200 + 600);
    let keys = reads(generator, PopularityChanges::default(), 250_000);
    let top: Vec<u64> = keys.iter().copied().step_by(5).collect();
    assert!(deviate(&top, &zipf_shares(50, 0.8)) < 4.0);
    let second: Vec<u64> =
        keys.iter().copied().skip(1).step_by(5).map(|key| (key - 50) % 4).collect();
    assert!(deviate(&second, &[0.25; 4]) < 4.0);
}

#[test]
fn scans_form_groups_and_read_modify_writes_form_pairs() {
    let mix = OperationMix {
        reads: 0.0,
        scans: 0.5,
        read_modify_writes: 0.5,
        scan_length: 10,
        ..OperationMix::READS
    };
    let generator = Generator::Uniform { keys: 1_000, first_key: 100 };
    let requests = generate_requests(vec![RequestStream::new(generator, mix)], 100_000, None);
    let mut lengths: HashMap<u32, Vec<u64>> = HashMap::new();
    for request in requests.iter().filter(|request| request.group > 0) {
        assert_eq!(request.op, Op::Read);
        lengths.entry(request.group).or_default().push(request.key);
    }
    for keys in lengths.values() {
        assert!(keys.windows(2).all(|pair| pair[1] == pair[0] + 1) && keys.len() <= 10);
        assert!(keys.iter().all(|key| (100..1_100).contains(key)));
    }
    let inner = lengths.values().filter(|keys| keys[0] < 1_080).map(|keys| keys.len() as u64 - 1);
    assert!(deviate(&inner.collect::<Vec<_>>(), &[0.1; 10]) < 4.0);
    for pair in requests.windows(2) {
        if pair[1].op == Op::Write {
            assert_eq!((pair[0].op, pair[0].key, pair[0].group), (Op::Read, pair[1].key, 0));
        }
    }
}

#[test]
fn popularity_drifts_and_keys_are_replaced() {
    let zipf = |exponent| Generator::Zipf { keys: 1_000, exponent, first_key: 0 };
    let most = |keys: &[u64]| {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        keys.iter().for_each(|&key| *counts.entry(key).or_default() += 1);
        counts.into_iter().max_by_key(|&(_, count)| count).unwrap().0
    };
    let drifting = reads(
        zipf(2.0),
        PopularityChanges { drift: 0.001, ..PopularityChanges::default() },
        60_000,
    );
    // Popularity shifts by one key every thousand requests.
    assert_eq!(most(&drifting[50_000..51_000]), 50);
    assert_eq!(most(&drifting[..1_000]), 0);

    let churning =
        reads(zipf(1.2), PopularityChanges { churn: 0.05, ..PopularityChanges::default() }, 60_000);
    let distinct: HashSet<u64> = churning.iter().copied().collect();
    assert!(churning.iter().all(|&key| key < 1_000 + 3_000));
    assert!(distinct.iter().filter(|&&key| key >= 1_000).count() > 1_000);
    // After 40,000 requests, most original keys have been replaced and are no longer requested.
    let late: HashSet<u64> = churning[40_000..].iter().copied().collect();
    assert!(late.iter().filter(|&&key| key < 1_000).count() < 300);
}

#[test]
fn bursts_get_their_share_of_requests_for_their_duration() {
    let bursts = Bursts { every: 5_000, length: 1_000, share: 0.5, keys: 1 };
    let changes = PopularityChanges { bursts: Some(bursts), ..PopularityChanges::default() };
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
fn tenants_are_chosen_by_weight() {
    let stream = |first_key, weight| {
        let generator = Generator::Uniform { keys: 10, first_key };
        RequestStream { weight, ..RequestStream::new(generator, OperationMix::READS) }
    };
    let requests = generate_requests(vec![stream(0, 3.0), stream(10, 1.0)], 100_000, None);
    assert!(requests.iter().all(|request| u64::from(request.tenant) == request.key / 10));
    let tenants: Vec<u64> = requests.iter().map(|request| u64::from(request.tenant)).collect();
    assert!(deviate(&tenants, &[0.75, 0.25]) < 4.0);
}

#[test]
fn arrivals_are_a_poisson_process_with_a_periodic_rate() {
    let generator = || Generator::Uniform { keys: 10, first_key: 0 };
    let stream = || vec![RequestStream::new(generator(), OperationMix::READS)];
    let steady = ArrivalPlan { rate: 1_000.0, amplitude: 0.0, period_seconds: 1.0 };
    let steady_requests = generate_requests(stream(), 100_000, Some(steady));
    let mut gaps =
        steady_requests.windows(2).map(|pair| (pair[1].time_us - pair[0].time_us) as f64);
    let (sum, squares) = gaps.by_ref().fold((0.0, 0.0), |(s, q), gap| (s + gap, q + gap * gap));
    let mean = sum / 99_999.0;
    let deviation = (squares / 99_999.0 - mean * mean).sqrt();
    // Mean and standard deviation of exponential gaps are equal; tolerance: five standard errors.
    assert!((mean - 1_000.0).abs() < 16.0 && (deviation - 1_000.0).abs() < 25.0, "{mean}");
    let daily = ArrivalPlan { rate: 1_000.0, amplitude: 0.8, period_seconds: 10.0 };
    let daily_requests = generate_requests(stream(), 200_000, Some(daily));
    let quarters: Vec<u64> = daily_requests
        .iter()
        .filter(|request| request.time_us < 190_000_000)
        .map(|request| request.time_us % 10_000_000 / 2_500_000)
        .collect();
    // Share of each quarter of the period: the integral of the rate.
    let share = |sign: f64| 0.25 + sign * 0.8 / std::f64::consts::TAU;
    let shares = [share(1.0), share(1.0), share(-1.0), share(-1.0)];
    assert!(deviate(&quarters, &shares) < 4.0);
}

#[test]
fn reuse_generator_matches_distances_and_counts() {
    let plan = ReusePlan {
        new_key_shares: vec![0.3],
        reuse_distances: vec![(1, 0.5), (100, 0.0), (1_000, 0.5)],
        requests_per_key: vec![(1, 0.6), (10, 0.4)],
    };
    let generator = Generator::Reuse { keys: 30_000, first_key: 0, plan: Box::new(plan) };
    let keys = reads(generator, PopularityChanges::default(), 100_000);
    let distinct = keys.iter().collect::<HashSet<_>>().len();
    assert!((29_000..31_000).contains(&distinct), "{distinct}");
    let repeated = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    // 70 % of the requests reuse a key, and half of these have reuse distance 1.
    assert!((33_500..36_500).contains(&repeated), "{repeated}");
}
