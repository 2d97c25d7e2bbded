//! The command that runs an exploration again, as its user would type it.

use std::env;

use bakeoff_driver::ui::shell::quoted;

/// Values that come by way of `make`, in the order in which the README shows them.
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

/// The present call, quoted for a shell.
#[must_use]
pub fn command() -> String {
    let given = MAKE_VARIABLES.iter().filter_map(|name| {
        let value = env::var(format!("BAKEOFF_{name}")).ok()?;
        Some(format!("{name}={}", quoted(&value)))
    });
    let words: Vec<String> = env::args().skip(1).map(|word| quoted(&word)).collect();
    let given: Vec<String> = given.collect();
    if given.is_empty() && words.len() > 1 {
        return format!("bakeoff {}", words.join(" "));
    }
    let make = std::iter::once(String::from("make parallel-explore"));
    make.chain(given).chain(words.into_iter().skip(1)).collect::<Vec<_>>().join(" ")
}
