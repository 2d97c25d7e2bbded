//! Instructions for the command that generates a variant.

use bakeoff_protocol::exploration::Variant;

/// Returns the instructions for one variant as Markdown.
///
/// `strategy_trait` is the source code of the trait `Strategy`, `guide` is the guide for authors of
/// strategies, and `check` is the command that must pass.
#[must_use]
pub fn brief(variant: &Variant, strategy_trait: &str, guide: &str, check: &str) -> String {
    let Variant { name, description, strategy, options, .. } = variant;
    let options: Vec<String> =
        options.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let options = if options.is_empty() { String::from("none") } else { options.join(", ") };
    format!(
        "# Variant {name}\n\n\
         {description}\n\n\
         - Edit `variants/{strategy}/` in the current directory, which is a separate git worktree. \
         Change no other directory. The code there builds and passes the check; change it to what \
         the description says.\n\
         - Options at run time: {options}.\n\
         - The work is complete when this command passes: `{check}`\n\
         - Commits are optional: uncommitted changes are committed to the worktree's branch.\n\
         - Afterwards the variant is built, checked for conformance, and measured with the same \
         requests as the other variants.\n\n\
         ## Guide for authors\n\n{guide}\n\n\
         ## Trait `Strategy`\n\n```rust\n{strategy_trait}\n```\n"
    )
}
