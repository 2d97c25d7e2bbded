//! Source of runners: cargo, or a fake one in tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::builder::Builder;
use super::error::BuildError;
use super::facts::{Facts, facts_of};
use super::request::BuildRequest;
use super::runner::{Built, TreeBuild};
use crate::interrupt::Interrupt;
use crate::record::paths::ResultsDir;
use crate::source::Checkout;
use crate::trial::process::Launch;

/// Builds runners.
pub trait Build: Sync {
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

    /// Returns figures of strategies that are known without running them.
    ///
    /// # Errors
    /// [`BuildError`] if cargo fails or a file cannot be read.
    fn facts(
        &self,
        checkout: &Checkout,
        strategies: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Facts>, BuildError>;
}

impl Build for Builder {
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
    ) -> Result<BTreeMap<String, Facts>, BuildError> {
        facts_of(&checkout.path, strategies)
    }
}

/// Returns the start command of a runner.
#[must_use]
pub fn launch(built: &Built) -> Launch {
    let mut words = built.command.iter();
    let program = words.next().map_or_else(|| built.runner.clone(), |word| word.into());
    Launch { program, arguments: words.cloned().collect(), folder: Some(built.folder.clone()) }
}

/// Returns a builder whose cargo processes end when this process ends.
pub(crate) fn supervised_builder(results: &ResultsDir, interrupt: &Interrupt) -> Builder {
    let builder = Builder::new(results.cache(), interrupt.clone());
    match std::env::current_exe() {
        Ok(executable) => builder.supervisor(executable),
        Err(_) => builder,
    }
}
