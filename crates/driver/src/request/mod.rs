//! What was asked, and what it means: resolved whole before anything is made on the disk.

pub mod error;
pub mod json;
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
use bakeoff_protocol::exploration::{Exploration, Stopping, Variant};

pub use error::SpecError;

use self::profile::Profile;
use self::scenarios::AskedScenario;
use self::strategies::Strategies;
use self::variants::Asked;
use crate::record::atomic_file::FileError;
use crate::record::paths::Results;
use crate::request::name::Name;
use crate::request::options::Request;
use crate::source::Revision;
use crate::source::provider::SourceProvider;

/// An exploration, resolved.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name.
    pub name: Name,
    /// Entrants, in the user's order.
    pub entrants: Vec<Entrant>,
    /// Scenarios, in the user's order.
    pub scenarios: Vec<AskedScenario>,
    /// The variant that the user chose to compare with.
    pub baseline: Option<String>,
    /// How much to measure.
    pub profile: Profile,
    /// When measuring stops.
    pub stopping: Stopping,
    /// What is measured beyond the usual.
    pub meters: Vec<Meter>,
    /// Root of all randomness.
    pub seed: u64,
    /// Variants to work on now; `None`: all.
    pub only: Option<BTreeSet<String>>,
    /// What was saved under this name before.
    pub saved: Option<Exploration>,
    /// What the user should know: files left out of a snapshot and the like.
    pub notes: Vec<String>,
}

/// One entrant.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// Its record.
    pub variant: Variant,
    /// Where its code is.
    pub at: Revision,
    /// Whether its strategy is not there yet.
    pub scaffold: bool,
}

impl Spec {
    /// Whether an entrant needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        self.entrants.iter().any(|entrant| entrant.variant.manifest.needs_service())
    }
}

/// The name of a bare `make parallel-explore`.
const ALL_BUNDLED: &str = "cache-strategy-all";
/// The name of an exploration whose user gave variants and no name.
const UNNAMED: &str = "cache-strategy";

/// Resolves a request.
///
/// # Errors
/// [`SpecError`]: a mistake of the user's, with what to write instead.
pub fn resolve(request: &Request, code: &dyn SourceProvider) -> Result<Spec, SpecError> {
    let unnamed = if request.variants.is_some() { UNNAMED } else { ALL_BUNDLED };
    let name: Name = request.name.as_deref().unwrap_or(unnamed).parse()?;
    let saved = saved(&Results::of(code.root()).exploration(&name).record())?;
    let mut strategies =
        Strategies::new(code, request.base_ref.as_deref(), request.generate_cmd.is_some());
    let asked = match (&request.variants, &saved) {
        (Some(given), saved) => upon_work(&name, variants::parse(given)?, saved.as_ref()),
        (None, Some(saved)) if request.name.is_some() => of_saved(saved, request)?,
        (None, _) => strategies.bundled()?,
    };
    let entrants: Vec<Entrant> = asked
        .iter()
        .map(|(name, asked)| strategies.entrant(name, asked))
        .collect::<Result<_, _>>()?;
    let saved_scenarios = saved.as_ref().map_or(&[][..], |saved| &saved.scenarios);
    let scenarios = scenarios::resolve(request, code.root(), saved_scenarios)?;
    let baseline = request.baseline.clone();
    for named in baseline.iter().chain(&request.only) {
        known_variant(named, &entrants)?;
    }
    let profile = request.profile.unwrap_or_else(|| saved_profile(saved.as_ref()));
    let stopping = stopping(request, profile, saved.as_ref());
    let meters = match &saved {
        Some(saved) if request.meters.is_empty() => saved.meters.clone(),
        _ => request.meters.clone(),
    };
    let mut notes = strategies.notes();
    notes.extend(profile.blind_to().map(str::to_owned).filter(|_| request.rounds.is_none()));
    Ok(Spec {
        seed: request
            .seed
            .or(saved.as_ref().map(|saved| saved.seed))
            .unwrap_or_else(|| seed_of(&name)),
        only: (!request.only.is_empty()).then(|| request.only.iter().cloned().collect()),
        name,
        entrants,
        scenarios,
        baseline,
        profile,
        stopping,
        meters,
        saved,
        notes,
    })
}

/// The saved exploration, if there is one.
fn saved(path: &Path) -> Result<Option<Exploration>, SpecError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| SpecError::Saved { path: path.to_owned(), what: error.to_string() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::at(path)(error).into()),
    }
}

/// What the saved exploration asked for: refs are resolved anew, so that commits since then count.
fn of_saved(saved: &Exploration, request: &Request) -> Result<Vec<(Name, Asked)>, SpecError> {
    let asked = |variant: &Variant| {
        let base = request.base_ref.is_some() || variant.git_ref == strategies::WORKING_TREE;
        let asked = Asked {
            strategy: Some(variant.strategy.clone()),
            git_ref: (!base).then(|| variant.git_ref.clone()),
            harness: variant.harness_ref.clone(),
            description: Some(variant.description.clone()),
            options: variant.options.clone(),
        };
        Ok((variant.name.parse()?, asked))
    };
    saved.variants.iter().map(asked).collect()
}

/// A variant that was written on its own branch by an earlier run is that branch, unless its user
/// names another ref now.
fn upon_work(
    exploration: &Name,
    mut asked: Vec<(Name, Asked)>,
    saved: Option<&Exploration>,
) -> Vec<(Name, Asked)> {
    for (name, asked) in asked.iter_mut().filter(|(_, asked)| asked.git_ref.is_none()) {
        let branch = crate::source::branch(exploration, name);
        let strategy = asked.strategy.as_deref().unwrap_or(name);
        let written = saved.into_iter().flat_map(|saved| &saved.variants).any(|variant| {
            variant.name == **name && variant.strategy == strategy && variant.git_ref == branch
        });
        asked.git_ref = written.then_some(branch);
    }
    asked
}

fn saved_profile(saved: Option<&Exploration>) -> Profile {
    saved.and_then(|saved| saved.profile.parse().ok()).unwrap_or_default()
}

/// A number of rounds that the user gave is a number; else the profile's rule, with what the user
/// put in its place.
fn stopping(request: &Request, profile: Profile, saved: Option<&Exploration>) -> Stopping {
    let exactly = |rounds| Stopping {
        precision: 0.0,
        minimum_rounds: rounds,
        maximum_rounds: rounds,
        budget_seconds: None,
    };
    let asked = [request.precision, request.measure_seconds];
    let rule = match (request.rounds, saved) {
        (Some(rounds), _) if asked == [None; 2] => return exactly(rounds),
        (None, Some(saved)) if request.profile.is_none() => {
            saved.stopping.unwrap_or_else(|| exactly(saved.rounds))
        }
        _ => profile.stopping(),
    };
    let maximum_rounds = request.rounds.unwrap_or(rule.maximum_rounds);
    Stopping {
        precision: request.precision.unwrap_or(rule.precision),
        minimum_rounds: rule.minimum_rounds.min(maximum_rounds),
        maximum_rounds,
        budget_seconds: request.measure_seconds.or(rule.budget_seconds),
    }
}

fn known_variant(named: &str, entrants: &[Entrant]) -> Result<(), SpecError> {
    let names = || entrants.iter().map(|entrant| entrant.variant.name.clone());
    if names().any(|name| name == named) {
        return Ok(());
    }
    Err(SpecError::UnknownVariant { named: named.to_owned(), known: names().collect() })
}

/// The same name gives the same orders and sections, until its user gives a seed.
fn seed_of(name: &Name) -> u64 {
    let hash = blake3::hash(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
