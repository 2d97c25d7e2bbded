//! What someone who is to write a variant needs to know, in one file.

use bakeoff_protocol::exploration::Variant;

/// The brief of a variant. `strategy_trait` is the source of the trait, `guide` the guide for
/// authors, `check` the command that has to pass.
#[must_use]
pub fn brief(variant: &Variant, strategy_trait: &str, guide: &str, check: &str) -> String {
    let Variant { name, description, strategy, options, .. } = variant;
    let options: Vec<String> =
        options.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let options = if options.is_empty() { String::from("none") } else { options.join(", ") };
    format!(
        "# The variant {name}\n\n\
         {description}\n\n\
         - Where: `variants/{strategy}/` in the folder that you were started in, a git worktree of \
         its own. No other folder is needed. The code there builds and passes; make it what the \
         description says.\n\
         - Options that it will be opened with: {options}.\n\
         - Done when this passes: `{check}`\n\
         - Commit or leave it: what is left uncommitted is committed on this worktree's branch.\n\
         - Then it is built, held against the conformance kit, and measured beside the others on \
         the same requests.\n\n\
         ## The guide\n\n{guide}\n\n\
         ## The trait\n\n```rust\n{strategy_trait}\n```\n"
    )
}
