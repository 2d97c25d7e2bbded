//! Resolves a request completely before any file is created.

pub mod error;
pub mod json_error;
pub mod name;
pub mod options;
pub mod profile;
pub mod scenarios;
pub mod strategies;
pub mod variants;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bakeoff_protocol::Meter;
use bakeoff_protocol::exploration::{Exploration, StoppingRule, Variant};
use bakeoff_protocol::schema;

pub use error::InvalidRequest;

use self::profile::Profile;
use self::scenarios::RequestedScenario;
use self::strategies::StrategyResolver;
use self::variants::VariantRequest;
use crate::record::atomic_file::FileError;
use crate::record::paths::ResultsDir;
use crate::request::name::Name;
use crate::request::options::ExploreOptions;
use crate::source::Revision;
use crate::source::provider::SourceProvider;

/// Resolved exploration.
#[derive(Clone, Debug)]
pub struct ExplorationSpec {
    /// NAME of the exploration.
    pub name: Name,
    /// Variants, in the order of the request.
    pub variants: Vec<ResolvedVariant>,
    /// Scenarios, in the order of the request.
    pub scenarios: Vec<RequestedScenario>,
    /// Baseline that the user chose.
    pub baseline: Option<String>,
    /// Profile, which determines the amount of measuring.
    pub profile: Profile,
    /// Conditions that end the timed rounds.
    pub stopping: StoppingRule,
    /// Meters to run in addition to those of the scenarios.
    pub meters: Vec<Meter>,
    /// Seed of all randomness.
    pub seed: u64,
    /// Variants to process in this run; `None` for all.
    pub only: Option<BTreeSet<String>>,
    /// Saved exploration of an earlier run.
    pub saved: Option<Exploration>,
    /// Notes for the user, such as files left out of a snapshot.
    pub notes: Vec<String>,
}

/// Variant with its source code.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedVariant {
    /// Variant as stored in the record of the exploration.
    pub variant: Variant,
    /// Revision of its source code.
    pub at: Revision,
    /// True if the strategy does not exist yet and will be generated.
    pub scaffold: bool,
}

/// Default NAME of an exploration without `VARIANTS`.
const NAME_WITHOUT_VARIANTS: &str = "cache-strategy-all";
/// Default NAME of an exploration with `VARIANTS`.
const NAME_WITH_VARIANTS: &str = "cache-strategy";

/// Resolves the names, refs, scenarios and defaults of a request.
///
/// # Errors
/// [`InvalidRequest`] if the request is invalid.
pub fn resolve(
    request: &ExploreOptions,
    code: &dyn SourceProvider,
) -> Result<ExplorationSpec, InvalidRequest> {
    let default_name =
        if request.variants.is_some() { NAME_WITH_VARIANTS } else { NAME_WITHOUT_VARIANTS };
    let name: Name = request.name.as_deref().unwrap_or(default_name).parse()?;
    let saved = read_saved(&ResultsDir::in_workspace(code.root()).exploration(&name).record())?;
    let mut strategies =
        StrategyResolver::new(code, request.base_ref.as_deref(), request.generate_cmd.is_some());
    let requested = match (&request.variants, &saved) {
        (Some(given), saved) => on_generated_branch(&name, variants::parse(given)?, saved.as_ref()),
        (None, Some(saved)) if request.name.is_some() => from_saved(saved, request)?,
        (None, _) => strategies.bundled()?,
    };
    let variants: Vec<ResolvedVariant> = requested
        .iter()
        .map(|(name, requested)| strategies.resolve_variant(name, requested))
        .collect::<Result<_, _>>()?;
    let saved_scenarios = saved.as_ref().map_or(&[][..], |saved| &saved.scenarios);
    let scenarios = scenarios::resolve(request, code.root(), saved_scenarios)?;
    let baseline = request.baseline.clone();
    for named in baseline.iter().chain(&request.only) {
        known_variant(named, &variants)?;
    }
    let profile = request.profile.unwrap_or_else(|| saved_profile(saved.as_ref()));
    let stopping = stopping(request, profile, saved.as_ref());
    let meters = match &saved {
        Some(saved) if request.meters.is_empty() => saved.meters.clone(),
        _ => request.meters.clone(),
    };
    let mut notes = strategies.notes();
    notes.extend(profile.limitation().map(str::to_owned).filter(|_| request.rounds.is_none()));
    Ok(ExplorationSpec {
        seed: request
            .seed
            .or(saved.as_ref().map(|saved| saved.seed))
            .unwrap_or_else(|| seed_from_name(&name)),
        only: (!request.only.is_empty()).then(|| request.only.iter().cloned().collect()),
        name,
        variants,
        scenarios,
        baseline,
        profile,
        stopping,
        meters,
        saved,
        notes,
    })
}

/// Reads the saved exploration, if it exists.
fn read_saved(path: &Path) -> Result<Option<Exploration>, InvalidRequest> {
    match fs::read(path) {
        Ok(text) => schema::parse(&text).map(Some).map_err(|error| InvalidRequest::Saved {
            path: path.to_owned(),
            what: error.to_string(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::at(path)(error).into()),
    }
}

/// Returns the variants of the saved exploration.
///
/// Their refs are resolved again, so that new commits are measured.
fn from_saved(
    saved: &Exploration,
    request: &ExploreOptions,
) -> Result<Vec<(Name, VariantRequest)>, InvalidRequest> {
    let requested = |variant: &Variant| {
        let base = request.base_ref.is_some() || variant.git_ref == strategies::WORKING_TREE;
        let requested = VariantRequest {
            strategy: Some(variant.strategy.clone()),
            git_ref: (!base).then(|| variant.git_ref.clone()),
            harness: variant.harness_ref.clone(),
            description: Some(variant.description.clone()),
            options: variant.options.clone(),
        };
        Ok((variant.name.parse()?, requested))
    };
    saved.variants.iter().map(requested).collect()
}

/// Sets the ref of each variant that an earlier run generated to the branch of that variant.
///
/// A ref that the user gives takes precedence.
fn on_generated_branch(
    exploration: &Name,
    mut requested: Vec<(Name, VariantRequest)>,
    saved: Option<&Exploration>,
) -> Vec<(Name, VariantRequest)> {
    for (name, requested) in
        requested.iter_mut().filter(|(_, requested)| requested.git_ref.is_none())
    {
        let branch = crate::source::branch(exploration, name);
        let strategy = requested.strategy.as_deref().unwrap_or(name);
        let written = saved.into_iter().flat_map(|saved| &saved.variants).any(|variant| {
            variant.name == **name && variant.strategy == strategy && variant.git_ref == branch
        });
        requested.git_ref = written.then_some(branch);
    }
    requested
}

fn saved_profile(saved: Option<&Exploration>) -> Profile {
    saved.and_then(|saved| saved.profile.parse().ok()).unwrap_or_default()
}

/// Returns the stopping rule: a fixed number of rounds, or the profile's rule with the user's
/// changes.
fn stopping(
    request: &ExploreOptions,
    profile: Profile,
    saved: Option<&Exploration>,
) -> StoppingRule {
    let exactly = |rounds| StoppingRule {
        precision: 0.0,
        minimum_rounds: rounds,
        maximum_rounds: rounds,
        budget_seconds: None,
    };
    let requested = [request.precision, request.measure_seconds];
    let rule = match (request.rounds, saved) {
        (Some(rounds), _) if requested == [None; 2] => return exactly(rounds),
        (None, Some(saved)) if request.profile.is_none() => {
            saved.stopping.unwrap_or_else(|| exactly(saved.rounds))
        }
        _ => profile.stopping(),
    };
    let maximum_rounds = request.rounds.unwrap_or(rule.maximum_rounds);
    StoppingRule {
        precision: request.precision.unwrap_or(rule.precision),
        minimum_rounds: rule.minimum_rounds.min(maximum_rounds),
        maximum_rounds,
        budget_seconds: request.measure_seconds.or(rule.budget_seconds),
    }
}

fn known_variant(named: &str, variants: &[ResolvedVariant]) -> Result<(), InvalidRequest> {
    let names = || variants.iter().map(|resolved| resolved.variant.name.clone());
    if names().any(|name| name == named) {
        return Ok(());
    }
    Err(InvalidRequest::UnknownVariant { named: named.to_owned(), known: names().collect() })
}

/// Derives the default seed from the NAME, so that the same NAME gives the same schedule.
fn seed_from_name(name: &Name) -> u64 {
    let hash = blake3::hash(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
