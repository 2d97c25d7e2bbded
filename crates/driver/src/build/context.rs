//! Everything that the steps of one build share.

use std::path::Path;

use super::cache::Cache;
use super::cargo::workspace::{Strategy, Workspace};
use super::error::BuildError;
use super::key::Inputs;
use super::request::BuildRequest;
use super::runner::Runners;
use crate::source::Checkout;

/// A tree to build, with everything that is known about it.
pub(super) struct Context<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) workspace: &'a Workspace,
    pub(super) request: &'a BuildRequest,
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) cache: &'a Cache,
    pub(super) log: &'a Path,
}

impl Context<'_> {
    /// Adds the cached native runners to `runners` and returns the strategies without one.
    pub(super) fn find_cached(&self, runners: &mut Runners) -> Result<Vec<&Strategy>, BuildError> {
        let mut missing = Vec::new();
        let requested = |strategy: &&Strategy| self.request.includes(&strategy.name);
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
