//! `bakeoff cleanup`: takes away what explorations left.

use bakeoff_driver::cleanup::{self, CleanupError, CleanupOptions};

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `cleanup`.
#[derive(clap::Args)]
#[command(
    after_help = "Branches with commits of their own, and worktrees with changes, stay unless \
--delete-branches is given; what stayed is told with the reason."
)]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME", required_unless_present = "cache")]
    name: Option<String>,
    /// Remove its branches too, and whatever work is on them or in the worktrees.
    #[arg(long, env = "BAKEOFF_DELETE_BRANCHES", value_parser = clap::builder::BoolishValueParser::new(),
          num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    delete_branches: bool,
    /// Keep samples, logs and report; only worktrees go.
    #[arg(long)]
    keep_results: bool,
    /// Empty the cache of built runners and compiled workloads.
    #[arg(long)]
    cache: bool,
    /// With --cache: only say how much that would free.
    #[arg(long, requires = "cache")]
    dry_run: bool,
    /// The folder is no git repository.
    #[arg(long)]
    in_place: bool,
}

/// Cleans up, and tells what went and what stayed.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.cache {
        let bytes = cleanup::cleanup_cache(&workspace::root()?, args.dry_run).map_err(told)?;
        let verb = if args.dry_run { "would free" } else { "freed" };
        output::text(&format!("cache: {verb} {}", mebibytes(bytes)))?;
    }
    let Some(name) = &args.name else { return Ok(Exit::Done) };
    let options = CleanupOptions {
        start: workspace::here()?,
        name: name.clone(),
        delete_branches: args.delete_branches,
        delete_results: !args.keep_results,
        in_place: args.in_place,
    };
    let cleaned = cleanup::cleanup(&options).map_err(told)?;
    output::text(&format!(
        "{name}: {} worktrees, {} branches and {} snapshots removed{}, {} freed",
        cleaned.code.worktrees.len(),
        cleaned.code.branches.len(),
        cleaned.code.snapshots,
        if cleaned.results { ", results too" } else { "" },
        mebibytes(cleaned.freed_bytes)
    ))?;
    for kept in &cleaned.code.kept {
        eprintln!("bakeoff: kept {}: {}", kept.what, kept.why);
    }
    Ok(Exit::Done)
}

fn told(error: CleanupError) -> anyhow::Error {
    match error {
        CleanupError::File(_) => error.into(),
        _ => UsageError(error.to_string()).into(),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
