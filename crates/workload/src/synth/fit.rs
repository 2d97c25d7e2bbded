//! Fits the distributions of a scenario to a workload.

use std::fmt::Write;

use super::histogram::{by_mean, by_upper_end};
use crate::bounds::LruStack;
use crate::compiled::{Header, Workload};
use crate::profile::skip_assumed;

/// Number of intervals for which the share of new keys is measured.
const INTERVALS: usize = 50;
/// Largest value size that a scenario can express; it replaces larger sizes.
const MAX_BYTES: u32 = u32::MAX - 1;

/// Returns the TOML text of a scenario that is fitted to a workload.
///
/// `name` describes the origin of the workload in the summary. `requests` is the number of requests
/// to generate; `None` keeps the number of the original.
#[must_use]
pub fn fit_scenario(workload: &Workload, name: &str, requests: Option<u64>, seed: u64) -> String {
    let header = workload.header();
    let fitted = measure(workload);
    // A path can contain characters that are not allowed in TOML comments and strings.
    let name = name.replace(|c: char| c.is_control() || matches!(c, '"' | '\\'), "'");
    let mut text = format!(
        "# Requests like those of {name}: fitted by `bakeoff workload synth`.\n#\n\
         # Evidence: new keys over time, reuse distances, requests per key and operations are\n\
         # taken from the original. {}\n\n\
         schema = 1\nsummary = \"Requests like those of {name}\"\nseed = {seed}\n\n[workload]\n\
         generator = \"reuse\"\nkeys = {}\nrequests = {}\n",
        size_evidence(header),
        header.unique_keys,
        requests.unwrap_or(header.requests),
    );
    if let Some(us) = workload.times_us().and_then(|times| times.last()).filter(|&&us| us > 0) {
        let rate = header.requests as f64 / (*us as f64 / 1e6);
        push(&mut text, format_args!("arrivals = {{ rate = {rate:.6} }}\n"));
    }
    push(&mut text, format_args!("new_key_shares = {}\n", format_shares(&fitted.new_key_shares)));
    push(&mut text, format_args!("reuse_distances = {}\n", format_pairs(&fitted.reuse_distances)));
    push(
        &mut text,
        format_args!("requests_per_key = {}\n", format_pairs(&fitted.requests_per_key)),
    );
    if header.writes + header.deletes > 0 {
        let share = |count: u64| count as f64 / header.requests as f64;
        let (writes, deletes) = (share(header.writes), share(header.deletes));
        push(&mut text, format_args!("\n[mix]\nwrites = {writes:.9}\ndeletes = {deletes:.9}\n"));
    }
    match workload.sizes() {
        None => push(
            &mut text,
            format_args!("\n[values]\nbytes = {}\n", header.value_bytes.min(MAX_BYTES)),
        ),
        Some(_) => push(
            &mut text,
            format_args!(
                "\n[values]\ndistribution = \"histogram\"\nbins = {}\n",
                format_pairs(&fitted.sizes)
            ),
        ),
    }
    text.push_str(
        "\n[capacity]\nsizes = [\"0.1%\", \"0.3%\", \"1%\", \"3%\", \"10%\", \"30%\"]\n\
         timed = \"10%\"\n\n[load]\nin_flight = 16\n",
    );
    text
}

/// Lists the properties of a workload that a fit does not reproduce.
#[must_use]
pub fn unfitted_properties(workload: &Workload) -> Vec<&'static str> {
    let properties = [
        (workload.ttls_ms().is_some(), "times to live"),
        (workload.tenants().is_some(), "tenants"),
        (workload.groups().is_some(), "multi-gets"),
    ];
    properties.into_iter().filter_map(|(exists, name)| exists.then_some(name)).collect()
}

/// Describes the source of the value sizes, for the comment at the top of the scenario.
fn size_evidence(header: &Header) -> String {
    let Header { unique_keys, unsized_keys, assumed_bytes, .. } = *header;
    match unsized_keys {
        0 => String::from("Value sizes are taken from it, too."),
        _ if unsized_keys == unique_keys => {
            format!("It has no value sizes: {assumed_bytes} bytes are assumed.")
        }
        _ => format!(
            "Value sizes are those of\n# the {:.1} % of its keys with a known size.",
            (unique_keys - unsized_keys) as f64 / unique_keys as f64 * 100.0
        ),
    }
}

/// Shares and histograms measured in a workload.
struct FittedDistributions {
    new_key_shares: Vec<f64>,
    reuse_distances: Vec<(u64, f64)>,
    requests_per_key: Vec<(u64, f64)>,
    sizes: Vec<(u64, f64)>,
}

fn measure(workload: &Workload) -> FittedDistributions {
    let keys = workload.header().unique_keys as usize;
    let ids = workload.ids();
    let mut stack = LruStack::new(keys);
    let mut depths = vec![0_u64; keys + 1];
    let mut counts = vec![0_u32; keys];
    let mut new_key_shares = Vec::new();
    for interval in ids.chunks(ids.len().div_ceil(INTERVALS).max(1)) {
        let mut new_keys = 0;
        for &id in interval {
            counts[id as usize] = counts[id as usize].saturating_add(1);
            match stack.touch(id) {
                Some(depth) => depths[depth] += 1,
                None => new_keys += 1,
            }
        }
        new_key_shares.push(f64::from(new_keys) / interval.len() as f64);
    }
    let depths = depths.into_iter().enumerate().map(|(depth, count)| (depth as u64, count));
    let requests_per_key = counts.iter().map(|&count| (u64::from(count), 1));
    let sizes = last_sizes(workload).into_iter().map(|size| (size.min(MAX_BYTES).into(), 1));
    FittedDistributions {
        new_key_shares,
        reuse_distances: not_empty(by_upper_end(depths)),
        requests_per_key: by_mean(requests_per_key),
        sizes: by_upper_end(sizes),
    }
}

/// Returns the last known size of each key; empty if all sizes are equal.
fn last_sizes(workload: &Workload) -> Vec<u32> {
    let header = workload.header();
    let mut last = Vec::new();
    if let Some(sizes) = workload.sizes() {
        last.resize(header.unique_keys as usize, 0);
        for (&id, &size) in workload.ids().iter().zip(sizes) {
            last[id as usize] = size;
        }
    }
    skip_assumed(header.unsized_keys, header.assumed_bytes, last.iter().copied()).collect()
}

/// Removes depth 0 and ensures at least one entry, which scenarios require.
///
/// If no key is reused, the generator draws only new keys and ignores the entry.
fn not_empty(pairs: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let pairs: Vec<_> = pairs.into_iter().filter(|&(depth, _)| depth > 0).collect();
    if pairs.is_empty() { vec![(1, 1.0)] } else { pairs }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}

fn format_shares(shares: &[f64]) -> String {
    let shares: Vec<String> = shares.iter().map(|share| format!("{share:.6}")).collect();
    format!("[{}]", shares.join(", "))
}

fn format_pairs(pairs: &[(u64, f64)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(number, weight)| format!("[{number}, {weight}]")).collect();
    format!("[{}]", pairs.join(", "))
}
