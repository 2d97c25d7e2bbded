//! A runner of one of the broken strategies: `bakeoff-mutants NAME`.

use std::process::ExitCode;

use bakeoff_mutants::{Broken, names};

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    if !names().contains(&name.as_str()) {
        eprintln!("usage: bakeoff-mutants NAME, with NAME one of: {}", names().join(", "));
        return ExitCode::from(2);
    }
    bakeoff_runner::serve::<Broken>(&name)
}
