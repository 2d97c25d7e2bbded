//! Inputs that all steps of one build share.

use std::path::Path;

use super::cache::key::KeyInputs;
use super::cache::runner_cache::RunnerCache;
use super::cargo::workspace::{CargoWorkspace, StrategyPackage};
use super::error::BuildError;
use super::request::BuildRequest;
use super::runner::Runners;
use crate::source::Checkout;

/// Tree to build, with the inputs of all build steps.
pub(super) struct BuildContext<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) workspace: &'a CargoWorkspace,
    pub(super) request: &'a BuildRequest,
    pub(super) inputs: &'a KeyInputs<'a>,
    pub(super) cache: &'a RunnerCache,
    pub(super) log: &'a Path,
}

impl BuildContext<'_> {
    /// Adds cached native runners to `runners`; returns the strategies that must be built.
    pub(super) fn find_cached(
        &self,
        runners: &mut Runners,
    ) -> Result<Vec<&StrategyPackage>, BuildError> {
        let mut missing = Vec::new();
        let requested = |strategy: &&StrategyPackage| self.request.includes(&strategy.name);
        for strategy in self.workspace.native_strategies().filter(requested) {
            let entry = match self.cache.find(&self.inputs.key(strategy))? {
                Some(entry) => Some(entry),
                None => self.cache.find(&self.inputs.key_with_tree(strategy, self.checkout))?,
            };
            match entry {
                Some(entry) => {
                    let built = self.cache.built(&entry, self.checkout);
                    runners.insert(strategy.name.clone(), Ok(built));
                }
                None => missing.push(strategy),
            }
        }
        Ok(missing)
    }
}
