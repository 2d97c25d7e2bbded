//! Taking what cargo built into the cache, after making sure that it is what it should be.

use std::path::Path;

use super::ask::tree_of;
use super::cache::Entry;
use super::cost::Costs;
use super::dep_info::sources_of;
use super::key::NOT_COMPILED;
use super::members::Member;
use super::outcome::Outcome;
use super::{BuildError, BuildFailure, Built, Order};

/// Keeps one runner, or an equal one that is there already. Unless the files are `settled`, it is
/// not remembered what the runner was built from.
pub(super) fn keep(
    order: &Order<'_>,
    member: &Member,
    outcome: &Outcome,
    costs: &Costs,
    settled: bool,
) -> Result<Result<Built, BuildFailure>, BuildError> {
    let failure = |message: String| BuildFailure { message, log: order.log.to_path_buf() };
    let Some(executable) = outcome.executable(member) else {
        return Ok(Err(failure(outcome.complaint(member, order.log))));
    };
    let reach = if settled { Reach::of(executable, order) } else { Reach::Beyond };
    let found = match reach {
        Reach::Packages => order.context.found(order.members, member, outcome),
        Reach::Tree | Reach::Beyond => None,
    };
    let equal = match &found {
        Some(key) => order.cache.find(key)?,
        None => None,
    };
    let entry = match equal {
        Some(entry) => entry,
        None => match take_in(order, member, executable, outcome, costs)? {
            Ok(entry) => entry,
            Err(message) => return Ok(Err(failure(message))),
        },
    };
    if let Some(key) = &found {
        order.cache.note(key, &entry)?;
    }
    match reach {
        Reach::Packages => {
            let asked = order.context.asked(order.checkout, order.members, member);
            order.cache.note(&asked, &entry)?;
        }
        Reach::Tree => {
            order.cache.note(&order.context.asked_of_tree(order.checkout, member), &entry)?;
        }
        Reach::Beyond => {}
    }
    Ok(Ok(order.cache.built(&entry, order.checkout)))
}

/// Copies a new runner and asks it for its tree.
fn take_in(
    order: &Order<'_>,
    member: &Member,
    executable: &Path,
    outcome: &Outcome,
    costs: &Costs,
) -> Result<Result<Entry, String>, BuildError> {
    let (digest, binary_bytes) = order.cache.keep(executable)?;
    let expected = &order.checkout.tree;
    let refused = match tree_of(&order.cache.runner(&digest)) {
        Ok(tree) if &tree == expected => None,
        Ok(tree) => Some(format!(
            "the runner says that it was built from tree `{tree}`, not `{expected}`: its main.rs \
             has to hand over to bakeoff_runner, whose `hello` names BAKEOFF_TREE"
        )),
        Err(why) => Some(format!("the runner does not answer `hello`: {why}")),
    };
    if let Some(message) = refused {
        order.cache.forget(&digest)?;
        return Ok(Err(message));
    }
    let cpu_seconds = costs.of(order.members, member, outcome);
    Ok(Ok(Entry { digest, tree: expected.clone(), binary_bytes, cpu_seconds }))
}

/// How far the sources of a runner reach.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Into the folders of the workspace's packages, whose content is part of the key.
    Packages,
    /// To other files of the tree, through `include_str!` and the like.
    Tree,
    /// Out of the tree, or to files that are being edited: no key can tell what they were.
    Beyond,
}

impl Reach {
    fn of(executable: &Path, order: &Order<'_>) -> Self {
        let Some(sources) = sources_of(executable) else { return Self::Beyond };
        let mut reach = Self::Packages;
        for source in &sources {
            if !source.starts_with(&order.checkout.path) {
                return Self::Beyond;
            }
            if !is_in_a_package(source, order) {
                reach = Self::Tree;
            }
        }
        reach
    }
}

fn is_in_a_package(source: &Path, order: &Order<'_>) -> bool {
    order.members.by_package.values().any(|member| {
        source.strip_prefix(&member.folder).is_ok_and(|below| {
            let top = below.components().next();
            !top.is_some_and(|top| NOT_COMPILED.iter().any(|skip| top.as_os_str() == *skip))
        })
    })
}
