//! `bakeoff watch`: how an exploration gets on, from another terminal.

use std::thread::sleep;
use std::time::Duration;

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::request::name::Name;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_driver::ui::watch::{WatchEnd, watch};

use crate::cmd::report::folder;
use crate::exit::{Exit, UsageError};
use crate::workspace;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// Arguments of `watch`.
#[derive(clap::Args)]
#[command(after_help = "Example: bakeoff watch mine
It reads the exploration's progress files and nothing else, and ends when all is done; ctrl-C ends \
the watching, not the exploration.")]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// Show where it stands now, and end.
    #[arg(long)]
    once: bool,
}

/// Shows it until all is done.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    folder(&args.name)?;
    let name: Name = args.name.parse().map_err(|_| UsageError(String::from("no such name")))?;
    let files = ResultsDir::in_workspace(&workspace::root()?).exploration(&name);
    let end = watch(&files.progress_folder(), &Terminal::on_stdout(), || {
        if !args.once {
            sleep(PAUSE);
        }
        !args.once
    });
    if end == WatchEnd::Silent && !args.once {
        eprintln!(
            "bakeoff: nobody works on {name}; `bakeoff explore --name {name}` goes on with it"
        );
    }
    Ok(Exit::Done)
}
