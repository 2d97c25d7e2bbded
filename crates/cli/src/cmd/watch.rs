//! `bakeoff watch`: progress of an exploration, from another terminal.

use std::thread::sleep;
use std::time::Duration;

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::request::name::Name;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_driver::ui::watch::{WatchEnd, watch};

use crate::cmd::report::folder;
use crate::exit::{Exit, UsageError};
use crate::workspace;

/// Pause between two readings of the progress files.
const PAUSE: Duration = Duration::from_millis(300);

/// Arguments of `watch`.
#[derive(clap::Args)]
#[command(after_help = "Example: bakeoff watch mine
It only reads the progress files, and exits when the exploration ends. ctrl-C does not stop the \
exploration.")]
pub struct Args {
    /// NAME of the exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// Print the current state and exit.
    #[arg(long)]
    once: bool,
}

/// Prints the progress until the exploration ends.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    folder(&args.name)?;
    let name: Name = args.name.parse().map_err(|_| UsageError(String::from("invalid name")))?;
    let files = ResultsDir::in_workspace(&workspace::root()?).exploration(&name);
    let end = watch(&files.progress_folder(), &Terminal::on_stdout(), || {
        if !args.once {
            sleep(PAUSE);
        }
        !args.once
    });
    if end == WatchEnd::Silent && !args.once {
        eprintln!("bakeoff: {name} is not running; `bakeoff explore --name {name}` continues it");
    }
    Ok(Exit::Done)
}
