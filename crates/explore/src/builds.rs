//! Builds as the driver asks for them: cargo's, or a test's own.

use std::path::Path;

use crate::build::{BuildError, Builder, Built, Tree};
use crate::client::Launch;
use crate::source::Checkout;

/// What makes runners.
pub trait Build: Sync {
    /// Builds every strategy of a checkout, or finds the runners where nothing has changed.
    ///
    /// # Errors
    /// [`BuildError`] for what concerns the whole tree.
    fn build(&self, checkout: &Checkout, log: &Path) -> Result<Tree, BuildError>;
}

impl Build for Builder {
    fn build(&self, checkout: &Checkout, log: &Path) -> Result<Tree, BuildError> {
        self.build(checkout, log)
    }
}

/// How a built runner is started.
#[must_use]
pub fn launch(built: &Built) -> Launch {
    let mut words = built.command.iter();
    let program = words.next().map_or_else(|| built.runner.clone(), |word| word.into());
    Launch { program, arguments: words.cloned().collect(), folder: Some(built.folder.clone()) }
}
