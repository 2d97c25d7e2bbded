//! `bakeoff new-variant`: a strategy crate that builds and passes the kit at once.

use bakeoff_driver::scaffold::{ScaffoldError, new_variant};

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `new-variant`.
#[derive(clap::Args)]
pub struct Args {
    /// Its name: lower-case letters, digits and dashes.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// The strategy to begin with.
    #[arg(long, env = "BAKEOFF_FROM", default_value = "lru")]
    from: String,
}

/// Writes the folder, and says what comes next.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let root = workspace::root()?;
    let written = new_variant(&root, &args.name, &args.from).map_err(|error| match error {
        ScaffoldError::Io { .. } => anyhow::Error::from(error),
        mistake => UsageError(mistake.to_string()).into(),
    })?;
    for path in &written {
        output::text(&path.strip_prefix(&root).unwrap_or(path).display().to_string())?;
    }
    eprintln!(
        "next: edit variants/{0}/src/lib.rs and variant.toml, then `bakeoff check {0}`",
        args.name
    );
    Ok(Exit::Done)
}
