//! Inserts new runners into the cache, after checking that they report the expected tree.

use std::fs;
use std::path::{Path, PathBuf};

use super::key::NOT_COMPILED;
use super::runner_cache::CacheEntry;
use crate::build::cargo::compile_time::CompileTimes;
use crate::build::cargo::messages::CargoOutcome;
use crate::build::cargo::workspace::StrategyPackage;
use crate::build::context::BuildContext;
use crate::build::error::{BuildError, BuildFailure};
use crate::build::handshake::reported_tree;
use crate::build::runner::BuiltRunner;

/// Inserts the runner of a strategy into the cache.
///
/// With `files_changed`, the runner gets no cache key, so that the next build compiles the strategy
/// again.
pub(in crate::build) fn insert(
    context: &BuildContext<'_>,
    strategy: &StrategyPackage,
    outcome: &CargoOutcome,
    times: &CompileTimes,
    files_changed: bool,
) -> Result<Result<BuiltRunner, BuildFailure>, BuildError> {
    let failure = |message: String| BuildFailure { message, log: context.log.to_path_buf() };
    let Some(executable) = outcome.executable(strategy) else {
        return Ok(Err(failure(outcome.failure_message(context.workspace, strategy, context.log))));
    };
    let (digest, binary_bytes) = context.cache.copy(executable)?;
    if let Err(message) = check_tree(&context.cache.runner(&digest), &context.checkout.tree) {
        context.cache.remove(&digest)?;
        return Ok(Err(failure(message)));
    }
    let cpu_seconds = times.sum(context.workspace, strategy, outcome);
    let entry =
        CacheEntry { digest, tree: context.checkout.tree.clone(), binary_bytes, cpu_seconds };
    let key = match sources_of(executable, context) {
        _ if files_changed => None,
        SourceLocation::Packages => Some(context.inputs.key(strategy)),
        SourceLocation::Tree => Some(context.inputs.key_with_tree(strategy, context.checkout)),
        SourceLocation::Elsewhere => None,
    };
    if let Some(key) = key {
        context.cache.record_build(&key, &entry)?;
    }
    Ok(Ok(context.cache.built(&entry, context.checkout)))
}

fn check_tree(runner: &Path, expected: &str) -> Result<(), String> {
    match reported_tree(runner) {
        Ok(tree) if tree == expected => Ok(()),
        Ok(tree) => Err(format!(
            "cannot use the runner: it reports tree `{tree}` instead of `{expected}`; its main.rs \
             must call bakeoff_runner::run, whose `hello` reports BAKEOFF_TREE"
        )),
        Err(cause) => Err(format!("cannot use the runner: it does not answer `hello`: {cause}")),
    }
}

/// Location of the files that a runner was compiled from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceLocation {
    /// All files are in packages whose content is part of the cache key.
    Packages,
    /// Some files are elsewhere in the tree, for example included with `include_str!`.
    Tree,
    /// Some files are outside of the tree, or the files are unknown; no cache key covers them.
    Elsewhere,
}

fn sources_of(executable: &Path, context: &BuildContext<'_>) -> SourceLocation {
    let folders: Vec<PathBuf> = context.inputs.folders().filter_map(canonical).collect();
    let (Some(root), Some(files)) = (canonical(&context.checkout.path), dep_info(executable))
    else {
        return SourceLocation::Elsewhere;
    };
    let in_package = |file: &Path| folders.iter().any(|folder| is_compiled_from(folder, file));
    if files.iter().all(|file| in_package(file)) {
        SourceLocation::Packages
    } else if files.iter().all(|file| file.starts_with(&root)) {
        SourceLocation::Tree
    } else {
        SourceLocation::Elsewhere
    }
}

/// Returns the local files that an executable was compiled from.
///
/// Reads the dep-info file next to the executable (The Cargo Book, "Build cache"). Its format is
/// `output: file file …`, with escaped spaces in file names.
fn dep_info(executable: &Path) -> Option<Vec<PathBuf>> {
    let text = fs::read_to_string(executable.with_extension("d")).ok()?;
    parse_dep_info(&text).iter().map(|path| canonical(path)).collect()
}

fn parse_dep_info(text: &str) -> Vec<PathBuf> {
    const ESCAPED_SPACE: &str = "\0";
    let files = text.split_once(": ").map_or("", |(_, files)| files);
    let files = files.replace("\\ ", ESCAPED_SPACE);
    files.split_whitespace().map(|file| PathBuf::from(file.replace(ESCAPED_SPACE, " "))).collect()
}

fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn is_compiled_from(folder: &Path, file: &Path) -> bool {
    file.strip_prefix(folder).is_ok_and(|relative| {
        let first = relative.components().next();
        !first.is_some_and(|first| NOT_COMPILED.iter().any(|skip| first.as_os_str() == *skip))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_in_dep_info_may_contain_spaces() {
        let files = parse_dep_info("/t/a\\ b/x: /w/my\\ work/lib.rs /w/main.rs\n");
        assert_eq!(files, [PathBuf::from("/w/my work/lib.rs"), PathBuf::from("/w/main.rs")]);
        assert!(parse_dep_info("/t/x:\n").is_empty());
    }
}
