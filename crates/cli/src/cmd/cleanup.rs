//! `bakeoff cleanup`: removes worktrees, data and cached files of explorations.

use bakeoff_driver::cleanup::{self, CleanupError, CleanupOptions};

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `cleanup`.
#[derive(clap::Args)]
#[command(after_help = "Branches with new commits and worktrees with changes are kept unless \
--delete-branches is given; each is printed with the reason.")]
pub struct Args {
    /// NAME of the exploration.
    #[arg(env = "BAKEOFF_NAME", required_unless_present = "cache")]
    name: Option<String>,
    /// Also remove the branches of the exploration, with all commits and changes in worktrees.
    #[arg(long, env = "BAKEOFF_DELETE_BRANCHES", value_parser = clap::builder::BoolishValueParser::new(),
          num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    delete_branches: bool,
    /// Remove worktrees only; keep samples, logs and report.
    #[arg(long)]
    keep_results: bool,
    /// Remove built runners and compiled workloads.
    #[arg(long)]
    cache: bool,
    /// With --cache: print the size, remove nothing.
    #[arg(long, requires = "cache")]
    dry_run: bool,
    /// Clean up in a directory that is not a git repository.
    #[arg(long)]
    in_place: bool,
}

/// Cleans up and prints what was removed and kept.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.cache {
        let bytes =
            cleanup::cleanup_cache(&workspace::root()?, args.dry_run).map_err(usage_or_internal)?;
        let verb = if args.dry_run { "would free" } else { "freed" };
        output::text(&format!("cache: {verb} {}", mebibytes(bytes)))?;
    }
    let Some(name) = &args.name else { return Ok(Exit::Done) };
    let options = CleanupOptions {
        start: workspace::current_directory()?,
        name: name.clone(),
        delete_branches: args.delete_branches,
        delete_results: !args.keep_results,
        in_place: args.in_place,
    };
    let cleaned = cleanup::cleanup(&options).map_err(usage_or_internal)?;
    output::text(&format!(
        "{name}: {} worktrees, {} branches and {} snapshots removed{}, {} freed",
        cleaned.code.worktrees.len(),
        cleaned.code.branches.len(),
        cleaned.code.snapshots,
        if cleaned.results { ", results removed too" } else { "" },
        mebibytes(cleaned.freed_bytes)
    ))?;
    for kept in &cleaned.code.kept {
        eprintln!("bakeoff: kept {}: {}", kept.name, kept.reason);
    }
    Ok(Exit::Done)
}

fn usage_or_internal(error: CleanupError) -> anyhow::Error {
    match error {
        CleanupError::File(_) => error.into(),
        _ => UsageError(error.to_string()).into(),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
