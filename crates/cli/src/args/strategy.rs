//! Flags of `check` and `replay` that select a strategy.

use std::collections::BTreeMap;

use bakeoff_driver::in_place::{InPlaceError, InPlaceStrategy};

use crate::args::server::ServerArgs;
use crate::exit::{Exit, UsageError};
use crate::workspace;

/// A strategy of the working tree.
#[derive(clap::Args)]
pub struct StrategyArgs {
    /// Strategy: a directory under variants/.
    strategy: String,
    /// Option of the strategy; can be repeated.
    #[arg(long = "option", value_name = "K=V", value_parser = option)]
    options: Vec<(String, String)>,
    #[command(flatten)]
    servers: ServerArgs,
}

impl StrategyArgs {
    /// Returns the strategy for the driver.
    pub fn into_driver(self) -> anyhow::Result<InPlaceStrategy> {
        let mut options = BTreeMap::new();
        for (name, value) in self.options {
            if options.insert(name.clone(), value).is_some() {
                return Err(
                    UsageError(format!("invalid --option {name}: it is given twice")).into()
                );
            }
        }
        Ok(InPlaceStrategy {
            start: workspace::current_directory()?,
            strategy: self.strategy,
            options,
            servers: self.servers.external(),
            ..InPlaceStrategy::default()
        })
    }
}

/// Converts an error to an exit code, or to the error that the process reports.
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

/// Parses `name=value`.
pub fn option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("invalid option {text:?}; expected name=value"))?;
    Ok((name.to_owned(), value.to_owned()))
}
