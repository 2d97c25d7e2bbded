//! `bakeoff new-variant`: creates a strategy as a copy of an existing one.

use bakeoff_driver::scaffold::{ScaffoldError, new_variant};
use bakeoff_protocol::variant::PLACEHOLDER;

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `new-variant`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the new strategy: lower-case letters, digits and dashes.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// Strategy to copy.
    #[arg(long, env = "BAKEOFF_FROM", default_value = "lru")]
    from: String,
}

/// Writes the folder and prints its files and the next step.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let root = workspace::root()?;
    let written = new_variant(&root, &args.name, &args.from).map_err(|error| match error {
        ScaffoldError::Io { .. } | ScaffoldError::Manifest { .. } => anyhow::Error::from(error),
        mistake => UsageError(mistake.to_string()).into(),
    })?;
    for path in &written {
        output::text(&path.strip_prefix(&root).unwrap_or(path).display().to_string())?;
    }
    eprintln!(
        "next: edit src/lib.rs in variants/{0} and replace each text that begins with \
         \"{PLACEHOLDER}\" in its variant.toml, then run `bakeoff check {0}`",
        args.name
    );
    Ok(Exit::Done)
}
