//! A scenario that makes requests like those of a trace, and how close it comes.
//!
//! What is fitted: the share of new keys over time, reuse distances, the number of requests a key
//! gets (and with it one-hit share and popularity), the mix of operations, sizes, and the mean
//! rate of arrival. What is not: which key goes with which, how sizes go with popularity, and what
//! [`not_imitated`] lists.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::bounds::{LruCurve, Stack};
use crate::compile::{CompileError, compile};
use crate::compiled::{Header, Workload, WorkloadError};
use crate::portrait::{log_spaced, without};
use crate::scenario::{Scenario, ScenarioError};

/// Stretches over which the share of new keys is taken.
const STRETCHES: usize = 50;
/// Depths up to here have a class each; above, a class reaches 4 % further than the one before.
const EXACT_DEPTHS: u64 = 32;
/// The largest size that a scenario can give; a compiled workload cuts larger ones above it.
const LARGEST_BYTES: u32 = u32::MAX - 1;
/// Capacities at which curves are held against each other.
const CAPACITIES: usize = 60;

/// How far the requests that a scenario makes are from those that it was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closeness {
    /// The largest difference of the hit ratios of LRU, in percentage points, over capacities from
    /// 0.1 % to 30 % of the keys.
    pub largest_points: f64,
    /// The mean difference there.
    pub mean_points: f64,
    /// Keys that are asked for once, by keys: of the original.
    pub one_hit_share: f64,
    /// Of the scenario.
    pub one_hit_share_made: f64,
    /// Distinct keys of the original.
    pub unique_keys: u64,
    /// Of the scenario.
    pub unique_keys_made: u64,
    /// Both curves: entries, hits by reads of the original, of the scenario.
    pub curve: Vec<(u64, f64, f64)>,
}

/// Why a fit cannot be held against its original.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The scenario that was made is not valid.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// What was compiled cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
}

/// The text of a scenario that makes requests like those of a workload; `name` says where that
/// came from. `requests`: how many to make, `None` as many as there are.
#[must_use]
pub fn fit(workload: &Workload, name: &str, requests: Option<u64>, seed: u64) -> String {
    let header = workload.header();
    let found = observe(workload);
    // A path may hold any character, a comment or a text of TOML may not.
    let name = name.replace(|c: char| c.is_control() || matches!(c, '"' | '\\'), "'");
    let mut text = format!(
        "# Requests like those of {name}: fitted by `bakeoff workload synth`.\n#\n\
         # Evidence. New keys over time, reuse distances, requests a key and operations are those of\n\
         # the original, as histograms. {}\n\n\
         schema = 1\nsummary = \"Requests like those of {name}\"\nseed = {seed}\n\n[workload]\n\
         generator = \"reuse\"\nkeys = {}\nrequests = {}\n",
        sizes_evidence(header),
        header.unique_keys,
        requests.unwrap_or(header.requests),
    );
    if let Some(seconds) = workload.times_us().and_then(|times| times.last()).filter(|&&t| t > 0) {
        let rate = header.requests as f64 / (*seconds as f64 / 1e6);
        push(&mut text, format_args!("arrivals = {{ rate = {rate:.6} }}\n"));
    }
    push(&mut text, format_args!("births = {}\n", shares(&found.births)));
    push(&mut text, format_args!("distances = {}\n", pairs(&found.distances)));
    push(&mut text, format_args!("counts = {}\n", pairs(&found.counts)));
    if header.writes + header.deletes > 0 {
        let share = |count: u64| count as f64 / header.requests as f64;
        let (writes, deletes) = (share(header.writes), share(header.deletes));
        push(&mut text, format_args!("\n[mix]\nwrites = {writes:.9}\ndeletes = {deletes:.9}\n"));
    }
    match workload.sizes() {
        None => push(
            &mut text,
            format_args!("\n[values]\nbytes = {}\n", header.value_bytes.min(LARGEST_BYTES)),
        ),
        Some(_) => push(
            &mut text,
            format_args!(
                "\n[values]\ndistribution = \"histogram\"\nbins = {}\n",
                pairs(&found.sizes)
            ),
        ),
    }
    text.push_str(
        "\n[capacity]\nsizes = [\"0.1%\", \"0.3%\", \"1%\", \"3%\", \"10%\", \"30%\"]\n\
         timed = \"10%\"\n\n[load]\nin_flight = 16\n",
    );
    text
}

/// What a workload has and a fit to it has not.
#[must_use]
pub fn not_imitated(workload: &Workload) -> Vec<&'static str> {
    let columns = [
        (workload.ttls_ms().is_some(), "times to live"),
        (workload.tenants().is_some(), "tenants"),
        (workload.groups().is_some(), "reads that were asked for together"),
    ];
    columns.into_iter().filter_map(|(is_there, what)| is_there.then_some(what)).collect()
}

/// Where the sizes come from.
fn sizes_evidence(header: &Header) -> String {
    let Header { unique_keys, unsized_keys, assumed_bytes, .. } = *header;
    match unsized_keys {
        0 => String::from("So are sizes."),
        _ if unsized_keys == unique_keys => {
            format!("It has no sizes: {assumed_bytes} bytes are assumed.")
        }
        _ => format!(
            "Sizes are those of the {:.1} % of its keys\n# of which they are known.",
            (unique_keys - unsized_keys) as f64 / unique_keys as f64 * 100.0
        ),
    }
}

/// Compiles a fit in a folder and holds it against the original.
///
/// # Errors
/// [`SynthError`] if it cannot be compiled there.
pub fn closeness(
    original: &Workload,
    fitted: &str,
    folder: &Path,
) -> Result<Closeness, SynthError> {
    let scenario = Scenario::parse(fitted, Path::new("synth.toml"))?;
    let path = folder.join("synth.bkw");
    compile(&scenario, folder, &path)?;
    let made = Workload::open(&path)?;
    let ratios = |workload: &Workload, capacities: &[u64]| -> Vec<f64> {
        let curve = LruCurve::of(workload, None);
        let reads = workload.header().reads.max(1) as f64;
        capacities.iter().map(|&capacity| curve.hits(capacity) as f64 / reads).collect()
    };
    let keys = original.header().unique_keys;
    let share = |share: f64| ((keys as f64 * share).round() as u64).max(1);
    let capacities = log_spaced(share(0.001), share(0.3), CAPACITIES);
    let (first, second) = (ratios(original, &capacities), ratios(&made, &capacities));
    let curve: Vec<(u64, f64, f64)> = capacities
        .iter()
        .zip(first.into_iter().zip(second))
        .map(|(&capacity, (original, made))| (capacity, original, made))
        .collect();
    let points = |&(_, original, made): &(u64, f64, f64)| (original - made).abs() * 100.0;
    let one_hit = |workload: &Workload| {
        let info = crate::info::info(workload);
        info.one_hit_keys as f64 / info.unique_keys.max(1) as f64
    };
    Ok(Closeness {
        largest_points: curve.iter().map(points).fold(0.0, f64::max),
        mean_points: curve.iter().map(points).sum::<f64>() / curve.len().max(1) as f64,
        one_hit_share: one_hit(original),
        one_hit_share_made: one_hit(&made),
        unique_keys: keys,
        unique_keys_made: made.header().unique_keys,
        curve,
    })
}

/// Histograms of a workload.
struct Observed {
    births: Vec<f64>,
    distances: Vec<(u64, f64)>,
    counts: Vec<(u64, f64)>,
    sizes: Vec<(u64, f64)>,
}

fn observe(workload: &Workload) -> Observed {
    let keys = workload.header().unique_keys as usize;
    let ids = workload.ids();
    let mut stack = Stack::new(keys);
    let mut depths = vec![0_u64; keys + 1];
    let mut counts = vec![0_u32; keys];
    let mut births = Vec::new();
    let mut known = 0;
    for part in ids.chunks(ids.len().div_ceil(STRETCHES).max(1)) {
        let before = known;
        for &id in part {
            counts[id as usize] = counts[id as usize].saturating_add(1);
            match stack.touch(id) {
                Some(depth) => depths[depth] += 1,
                None => known += 1,
            }
        }
        births.push((known - before) as f64 / part.len() as f64);
    }
    let depths = depths.into_iter().enumerate().map(|(depth, count)| (depth as u64, count));
    let per_key = counts.iter().map(|&count| (u64::from(count), 1));
    Observed {
        births,
        distances: at_least_one(by_upper_end(depths)),
        counts: by_mean(per_key),
        sizes: by_upper_end(last_sizes(workload).map(|size| (size.min(LARGEST_BYTES).into(), 1))),
    }
}

/// The last size of every key of which one is known, where sizes differ.
fn last_sizes(workload: &Workload) -> impl Iterator<Item = u32> {
    let header = workload.header();
    let mut last = Vec::new();
    if let Some(sizes) = workload.sizes() {
        last.resize(header.unique_keys as usize, 0);
        for (&id, &size) in workload.ids().iter().zip(sizes) {
            last[id as usize] = size;
        }
    }
    let known: Vec<u32> =
        without(header.unsized_keys, header.assumed_bytes, last.iter().copied()).collect();
    known.into_iter()
}

/// The class of a number: the largest that belongs to it.
fn class(number: u64) -> u64 {
    if number <= EXACT_DEPTHS {
        return number;
    }
    let steps = ((number as f64 / EXACT_DEPTHS as f64).ln() / 1.04_f64.ln()).ceil();
    // Rounding may leave a number above the end of its class.
    ((EXACT_DEPTHS as f64 * 1.04_f64.powf(steps)).floor() as u64).max(number)
}

/// Counts by class, named by the largest number that was found in each.
fn by_upper_end(numbers: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, f64)> {
    let mut classes = std::collections::BTreeMap::new();
    for (number, count) in numbers.filter(|&(_, count)| count > 0) {
        let (largest, sum) = classes.entry(class(number)).or_insert((0, 0.0));
        *largest = number.max(*largest);
        *sum += count as f64;
    }
    with_lower_ends(classes.into_values().collect())
}

/// A class begins behind the one before: where none lies right before it, an empty one is put
/// there, so that numbers are not spread over the gap.
fn with_lower_ends(classes: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let mut all: Vec<(u64, f64)> = Vec::new();
    for (largest, sum) in classes {
        let lowest = if largest <= EXACT_DEPTHS { largest } else { (largest as f64 / 1.04) as u64 };
        let before = all.last().map_or(0, |&(last, _)| last);
        if lowest > before + 1 {
            all.push((lowest - 1, 0.0));
        }
        all.push((largest, sum));
    }
    all
}

/// Counts by class, named by the mean of each, so that their sum is kept.
fn by_mean(numbers: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, f64)> {
    let mut classes = std::collections::BTreeMap::new();
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

/// Where no key ever comes back, something must still stand there; births leave it unused.
fn at_least_one(pairs: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let pairs: Vec<_> = pairs.into_iter().filter(|&(depth, _)| depth > 0).collect();
    if pairs.is_empty() { vec![(1, 1.0)] } else { pairs }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(more);
}

fn shares(shares: &[f64]) -> String {
    let shares: Vec<String> = shares.iter().map(|share| format!("{share:.6}")).collect();
    format!("[{}]", shares.join(", "))
}

fn pairs(pairs: &[(u64, f64)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(number, weight)| format!("[{number}, {weight}]")).collect();
    format!("[{}]", pairs.join(", "))
}
