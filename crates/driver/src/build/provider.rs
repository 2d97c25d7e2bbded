//! Interface for building runners, which tests replace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::builder::RunnerBuilder;
use super::error::BuildError;
use super::facts::{StrategyFacts, facts_of};
use super::request::BuildRequest;
use super::runner::{BuiltRunner, TreeBuild};
use crate::interrupt::Interrupt;
use crate::record::paths::ResultsDir;
use crate::source::Checkout;
use crate::trial::process::LaunchCommand;
use crate::ui::reporter::Reporter;

/// Builds runners and determines static facts about strategies.
pub trait BuildProvider: Sync {
    /// Builds strategies of a checkout, or returns their cached runners.
    ///
    /// # Errors
    /// [`BuildError`] for errors of the whole tree.
    fn build(
        &self,
        checkout: &Checkout,
        request: &BuildRequest,
        log: &Path,
    ) -> Result<TreeBuild, BuildError>;

    /// Returns the static facts of the given strategies, by name.
    ///
    /// # Errors
    /// [`BuildError`] if cargo fails or a file cannot be read.
    fn facts(
        &self,
        checkout: &Checkout,
        strategies: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, StrategyFacts>, BuildError>;
}

impl BuildProvider for RunnerBuilder<'_> {
    fn build(
        &self,
        checkout: &Checkout,
        request: &BuildRequest,
        log: &Path,
    ) -> Result<TreeBuild, BuildError> {
        self.build(checkout, request, log)
    }

    fn facts(
        &self,
        checkout: &Checkout,
        strategies: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, StrategyFacts>, BuildError> {
        facts_of(&checkout.path, strategies)
    }
}

/// Returns the command that starts a runner.
#[must_use]
pub fn launch(built: &BuiltRunner) -> LaunchCommand {
    let mut words = built.command.iter();
    let program = words.next().map_or_else(|| built.runner.clone(), |word| word.into());
    LaunchCommand {
        program,
        arguments: words.cloned().collect(),
        folder: Some(built.folder.clone()),
    }
}

/// Returns a builder whose cargo processes end when this process ends.
pub(crate) fn supervised_builder<'a>(
    results: &ResultsDir,
    interrupt: &Interrupt,
    reporter: &'a dyn Reporter,
) -> RunnerBuilder<'a> {
    let builder = RunnerBuilder::new(results.cache(), interrupt.clone()).reporter(reporter);
    match std::env::current_exe() {
        Ok(executable) => builder.supervisor(executable),
        Err(_) => builder,
    }
}
