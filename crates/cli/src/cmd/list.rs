//! `bakeoff list`: which explorations there are.

use bakeoff_explore::list::{Listed, list};
use bakeoff_protocol::progress::Status;

use crate::exit::Exit;
use crate::{output, workspace};

/// Arguments of `list`.
#[derive(clap::Args)]
pub struct Args {
    /// One JSON array instead of text.
    #[arg(long)]
    json: bool,
}

/// Lists them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let listed = list(&workspace::root()?)?;
    if args.json {
        output::json(&listed)?;
    } else if listed.is_empty() {
        output::text("no explorations yet; `make parallel-explore` makes the first")?;
    } else {
        let width = listed.iter().map(|one| one.name.len()).max().unwrap_or(0);
        let lines: Vec<String> = listed.iter().map(|one| line(one, width)).collect();
        output::text(&lines.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn line(one: &Listed, width: usize) -> String {
    let completed = one.variants.iter().filter(|v| v.status == Status::Completed).count();
    let updated = one.updated.map_or_else(String::new, |at| format!("  {at:.0}"));
    format!(
        "{:width$}  {:<11}  {completed}/{} variants  {:>9.1} MiB{updated}  {}",
        one.name,
        one.status,
        one.variants.len(),
        one.bytes as f64 / f64::from(1 << 20),
        one.scenarios.join(", "),
    )
}
