//! The flags that `check` and `replay` share: who is tried, in place.

use std::collections::BTreeMap;

use bakeoff_driver::in_place::{InPlaceError, InPlaceStrategy};

use crate::exit::{Exit, UsageError};
use crate::servers::Servers;
use crate::workspace;

/// One strategy, where it lies.
#[derive(clap::Args)]
pub struct Who {
    /// The strategy: a folder under variants/.
    strategy: String,
    /// An option of the strategy; may be given several times.
    #[arg(long = "option", value_name = "K=V", value_parser = option)]
    options: Vec<(String, String)>,
    #[command(flatten)]
    servers: Servers,
}

impl Who {
    /// The driver's word for it.
    pub fn subject(self) -> anyhow::Result<InPlaceStrategy> {
        let mut options = BTreeMap::new();
        for (name, value) in self.options {
            if options.insert(name.clone(), value).is_some() {
                return Err(UsageError(format!("--option {name} is given twice")).into());
            }
        }
        Ok(InPlaceStrategy {
            start: workspace::here()?,
            strategy: self.strategy,
            options,
            servers: self.servers.external(),
            ..InPlaceStrategy::default()
        })
    }
}

/// Whose fault it is decides the exit code; `None`: an internal error, to be told as one.
pub fn exit(error: InPlaceError) -> anyhow::Result<Exit> {
    if matches!(error, InPlaceError::Interrupted) {
        return Ok(Exit::Interrupted);
    }
    if error.is_usage() {
        return Err(UsageError(error.to_string()).into());
    }
    if error.is_strategy_failure() {
        eprintln!("bakeoff: {error}");
        return Ok(Exit::VariantFailed);
    }
    Err(error.into())
}

/// `name=value`.
pub fn option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} has no =; expected --option name=value"))?;
    Ok((name.to_owned(), value.to_owned()))
}
