//! Compares a fitted scenario with the original workload.

use std::path::Path;

use serde::Serialize;

use crate::bounds::LruCurve;
use crate::compile::{CompileError, compile};
use crate::compiled::{Workload, WorkloadError};
use crate::profile::log_spaced;
use crate::scenario::{ScenarioDefinition, ScenarioError};
use crate::workload_info::summarize;

/// Number of capacities at which LRU curves are compared.
const CAPACITIES: usize = 60;

/// Differences between a fitted scenario and the original workload.
///
/// LRU hit ratios are compared at capacities from 0.1 % to 30 % of the original's keys.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitQuality {
    /// Largest difference of LRU hit ratios, in percentage points.
    pub max_difference_points: f64,
    /// Mean difference of LRU hit ratios, in percentage points.
    pub mean_difference_points: f64,
    /// Share of the original's keys that are requested exactly once, 0 to 1.
    pub original_one_hit_share: f64,
    /// Share of the fit's keys that are requested exactly once, 0 to 1.
    pub fitted_one_hit_share: f64,
    /// Number of distinct keys of the original.
    pub original_unique_keys: u64,
    /// Number of distinct keys of the fit.
    pub fitted_unique_keys: u64,
    /// Points (capacity in entries, LRU hit ratio of the original, LRU hit ratio of the fit).
    pub curve: Vec<(u64, f64, f64)>,
}

/// Reason that a fit cannot be compared with the original.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The fitted scenario is invalid.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The fitted scenario cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The compiled workload cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
}

/// Compiles a fitted scenario in `folder` and compares it with the original.
///
/// # Errors
/// [`FitError`] if the fitted scenario cannot be compiled.
pub fn evaluate_fit(
    original: &Workload,
    fitted: &str,
    folder: &Path,
) -> Result<FitQuality, FitError> {
    let scenario = ScenarioDefinition::parse(fitted, Path::new("synth.toml"))?;
    let path = folder.join("synth.bkw");
    compile(&scenario, folder, &path)?;
    let fitted = Workload::open(&path)?;
    let keys = original.header().unique_keys;
    let share = |share: f64| ((keys as f64 * share).round() as u64).max(1);
    let capacities = log_spaced(share(0.001), share(0.3), CAPACITIES);
    let original_ratios = lru_hit_ratios(original, &capacities);
    let fitted_ratios = lru_hit_ratios(&fitted, &capacities);
    let curve: Vec<(u64, f64, f64)> = capacities
        .iter()
        .zip(original_ratios.into_iter().zip(fitted_ratios))
        .map(|(&capacity, (original, fitted))| (capacity, original, fitted))
        .collect();
    let points = |&(_, original, fitted): &(u64, f64, f64)| (original - fitted).abs() * 100.0;
    Ok(FitQuality {
        max_difference_points: curve.iter().map(points).fold(0.0, f64::max),
        mean_difference_points: curve.iter().map(points).sum::<f64>() / curve.len().max(1) as f64,
        original_one_hit_share: one_hit_share(original),
        fitted_one_hit_share: one_hit_share(&fitted),
        original_unique_keys: keys,
        fitted_unique_keys: fitted.header().unique_keys,
        curve,
    })
}

fn lru_hit_ratios(workload: &Workload, capacities: &[u64]) -> Vec<f64> {
    let curve = LruCurve::compute(workload);
    let reads = workload.header().reads.max(1) as f64;
    capacities.iter().map(|&capacity| curve.hits(capacity) as f64 / reads).collect()
}

fn one_hit_share(workload: &Workload) -> f64 {
    let info = summarize(workload);
    info.one_hit_keys as f64 / info.unique_keys.max(1) as f64
}
