//! The command that repeats an exploration, for its record and report.

use std::env;

use bakeoff_driver::ui::shell::quoted;

use crate::credentials;

/// Variables of the Makefile, in the README's order.
const MAKE_VARIABLES: [&str; 12] = [
    "NAME",
    "VARIANTS",
    "SCENARIOS",
    "TRACE",
    "PROFILE",
    "ROUNDS",
    "BASELINE",
    "BASE_REF",
    "MAX_PARALLEL",
    "TIMEOUT_MINUTES",
    "SEED",
    "GENERATE_CMD",
];

/// Returns the command line of this process, quoted for a shell.
///
/// The command contains no password, because [`credentials::move_to_environment`] ran first.
#[must_use]
pub fn rerun_command() -> String {
    let variables = MAKE_VARIABLES.iter().filter_map(|name| {
        let value = env::var(format!("BAKEOFF_{name}")).ok()?;
        Some(format!("{name}={}", quoted(&value)))
    });
    let variables: Vec<String> = variables.collect();
    let arguments: Vec<String> = env::args().skip(1).map(|word| quoted(&word)).collect();
    let command = if variables.is_empty() && arguments.len() > 1 {
        format!("bakeoff {}", arguments.join(" "))
    } else {
        let make = std::iter::once(String::from("make parallel-explore"));
        let words = make.chain(variables).chain(arguments.into_iter().skip(1));
        words.collect::<Vec<_>>().join(" ")
    };
    command + &credentials::variables_to_set()
}
