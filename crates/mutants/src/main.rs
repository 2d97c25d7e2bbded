//! Runner of one mutant: `bakeoff-mutants NAME`.

use std::process::ExitCode;

use bakeoff_mutants::{CATALOGUE, Mutant, find};

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    if find(&name).is_none() {
        let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
        eprintln!("usage: bakeoff-mutants NAME, with NAME one of: {}", names.join(", "));
        return ExitCode::from(2);
    }
    bakeoff_runner::serve::<Mutant>(&name)
}
