//! Template for the `variant.toml` of a new strategy, with the keys that the copied code needs.

use std::collections::BTreeMap;

use bakeoff_protocol::variant::{Command, Manifest, PLACEHOLDER};
use serde::Serialize;

/// Keys that are copied, because the copied code depends on them.
#[derive(Serialize)]
struct CopiedKeys<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    services: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a Command>,
}

/// Returns the manifest of strategy `name`, whose code is a copy of `from`.
pub(super) fn render(
    name: &str,
    from: &str,
    copied: &Manifest,
) -> Result<String, toml::ser::Error> {
    let code = toml::to_string(&CopiedKeys {
        services: &copied.services,
        options: &copied.options,
        command: copied.command.as_ref(),
    })?;
    Ok(format!(
        "# The code started as a copy of `{from}`. Replace each text that begins with\n\
         # \"{PLACEHOLDER}\"; `bakeoff check {name}` names the rest. docs/STRATEGIES.md\n\
         # explains the keys.\n\
         title = \"{name}\"\n\
         summary = \"{PLACEHOLDER}: one line that says what it does and what it is for\"\n\
         pros = [\"{PLACEHOLDER}: an advantage over other strategies\"]\n\
         cons = [\"{PLACEHOLDER}: a disadvantage\"]\n\
         # True if `make parallel-explore` without VARIANTS includes it.\n\
         default = false\n\
         # Years that the idea or its library has been in production use:\n\
         # years_in_production = 1\n\
         # Last release of the library that the strategy wraps, and if it is maintained:\n\
         # last_release = \"2026-01-31\"\n\
         # maintained = true\n\
         operating_cost = \"{PLACEHOLDER}: none, or what has to be operated\"\n\
         {code}"
    ))
}
