//! Builds as the driver asks for them: cargo's, or a test's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::authoring::facts::{self, Facts};
use crate::build::{BuildError, Builder, Built, Tree, Wanted};
use crate::interrupt::Interrupt;
use crate::record::paths::Results;
use crate::source::Checkout;
use crate::trial::process::Launch;

/// What makes runners.
pub trait Build: Sync {
    /// Builds strategies of a checkout, or finds the runners where nothing has changed.
    ///
    /// # Errors
    /// [`BuildError`] for what concerns the whole tree.
    fn build(&self, checkout: &Checkout, wanted: &Wanted, log: &Path) -> Result<Tree, BuildError>;

    /// What can be said of every strategy of a checkout without running it.
    ///
    /// # Errors
    /// [`BuildError`] if cargo or the files cannot be read.
    fn facts(
        &self,
        checkout: &Checkout,
        strategies: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Facts>, BuildError>;
}

impl Build for Builder {
    fn build(&self, checkout: &Checkout, wanted: &Wanted, log: &Path) -> Result<Tree, BuildError> {
        self.build(checkout, wanted, log)
    }

    fn facts(
        &self,
        checkout: &Checkout,
        strategies: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Facts>, BuildError> {
        facts::of_strategies(&checkout.path, strategies)
    }
}

/// How a built runner is started.
#[must_use]
pub fn launch(built: &Built) -> Launch {
    let mut words = built.command.iter();
    let program = words.next().map_or_else(|| built.runner.clone(), |word| word.into());
    Launch { program, arguments: words.cloned().collect(), folder: Some(built.folder.clone()) }
}

/// Returns a builder whose cargo processes end when this process ends.
pub(crate) fn supervised_builder(results: &Results, interrupt: &Interrupt) -> Builder {
    let builder = Builder::new(results.cache(), interrupt.clone());
    match std::env::current_exe() {
        Ok(executable) => builder.supervisor(executable),
        Err(_) => builder,
    }
}
