//! Checks out and builds the variants; variants of the same tree share one build.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Instant;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{BuildRecord, Record, StaticFacts};

use super::variant_steps::QueuedVariant;
use crate::build::{BuildError, BuildRequest, BuiltRunner, TreeBuild};
use crate::phases::context::PhaseContext;
use crate::record::atomic_file::FileError;
use crate::record::keys;
use crate::record::paths::ExplorationDir;
use crate::record::progress::VariantEvent;
use crate::request::ResolvedVariant;
use crate::resources::workloads::CompiledScenario;
use crate::source::Checkout;
use crate::stop::StopReason;
use crate::ui::reporter::ReporterEvent;

/// Variant with its code on disk.
struct CheckedOutVariant<'a> {
    resolved: &'a ResolvedVariant,
    checkout: Checkout,
}

/// Checks out and builds every variant, and queues those that have a runner.
pub(super) fn run(
    context: &PhaseContext<'_>,
    all_resolved: &[ResolvedVariant],
    queue: &Sender<QueuedVariant>,
) -> Result<(), StopReason> {
    let mut trees: Vec<(String, Vec<CheckedOutVariant<'_>>)> = Vec::new();
    // Replays with a server take longest. They start first, so that no worker is idle at the end.
    let mut all_resolved: Vec<&ResolvedVariant> = all_resolved.iter().collect();
    all_resolved.sort_by_key(|resolved| !resolved.variant.manifest.needs_service());
    for resolved in all_resolved {
        let Some(checkout) = check_out(context, resolved)? else { continue };
        let of_tree = CheckedOutVariant { resolved, checkout };
        match trees.iter_mut().find(|(tree, _)| *tree == of_tree.checkout.tree) {
            Some((_, members)) => members.push(of_tree),
            None => trees.push((of_tree.checkout.tree.clone(), vec![of_tree])),
        }
    }
    for (_, members) in &trees {
        build(context, members, queue)?;
    }
    Ok(())
}

fn check_out(
    context: &PhaseContext<'_>,
    resolved: &ResolvedVariant,
) -> Result<Option<Checkout>, StopReason> {
    let name = &resolved.variant.name;
    stop_if_asked(context)?;
    context.recorder.apply(name, VariantEvent::Started(Phase::Preparing))?;
    context.recorder.set_step(name, "worktree");
    let begun = Instant::now();
    let worktree = context.files.worktree(name);
    match context.environment.source.checkout(&context.spec.name, name, &resolved.at, &worktree) {
        Ok(checkout) => {
            let root = context.environment.source.root();
            let shown = checkout.path.strip_prefix(root).unwrap_or(&checkout.path);
            let worktree = shown.display().to_string();
            context.recorder.apply(
                name,
                VariantEvent::CheckedOut { worktree, branch: checkout.branch.clone() },
            )?;
            record_time_spent(context, name, Phase::Preparing, begun)?;
            Ok(Some(checkout))
        }
        Err(error) => {
            let failure = Failure {
                kind: String::from("worktree"),
                message: error.to_string(),
                hint: String::from("solve the problem, then run the same command again"),
                log: String::new(),
            };
            context.recorder.apply(name, VariantEvent::Failed(failure))?;
            Ok(None)
        }
    }
}

/// Builds all variants of a tree in one cargo call.
fn build(
    context: &PhaseContext<'_>,
    members: &[CheckedOutVariant<'_>],
    queue: &Sender<QueuedVariant>,
) -> Result<(), StopReason> {
    let Some(first) = members.first() else { return Ok(()) };
    for member in members {
        context
            .recorder
            .apply(&member.resolved.variant.name, VariantEvent::Started(Phase::Building))?;
        context.recorder.set_step(&member.resolved.variant.name, "cargo build");
    }
    let begun = Instant::now();
    let log = context.files.log(&first.resolved.variant.name, "build");
    let hold = context.share_machine()?;
    let outcome =
        context.environment.builder.build(&first.checkout, &build_request(context, members), &log);
    facts(context, members)?;
    drop(hold);
    stop_if_asked(context)?;
    for (index, member) in members.iter().enumerate() {
        let name = &member.resolved.variant.name;
        if index > 0 {
            share_log(&log, &context.files.log(name, "build"))?;
        }
        record_time_spent(context, name, Phase::Building, begun)?;
        match &outcome {
            Ok(tree) => queue_or_fail(context, member, tree, index > 0, queue)?,
            Err(BuildError::Interrupted) => return Err(StopReason::Interrupted),
            Err(error) => fail(context, name, &error.to_string(), kind_of(error))?,
        }
    }
    Ok(())
}

/// Returns the strategies of the variants, and the features that the scenarios need.
fn build_request(context: &PhaseContext<'_>, members: &[CheckedOutVariant<'_>]) -> BuildRequest {
    let strategies = members.iter().map(|member| member.resolved.variant.strategy.clone());
    let features: BTreeSet<_> =
        context.scenarios.iter().filter_map(CompiledScenario::origin_feature).collect();
    BuildRequest {
        strategies: Some(strategies.collect()),
        features: features.into_iter().collect(),
    }
}

/// Records the lines of code and dependencies of a tree's strategies, unless they are known.
///
/// If they cannot be counted, the tree is measured anyway, because they only explain results.
fn facts(context: &PhaseContext<'_>, members: &[CheckedOutVariant<'_>]) -> Result<(), FileError> {
    let unknown: Vec<&CheckedOutVariant<'_>> = members
        .iter()
        .filter(|member| {
            let name = &member.resolved.variant.name;
            context.recorder.query(|history| history.facts(name, &member.checkout.tree).is_none())
        })
        .collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let strategies =
        unknown.iter().map(|member| member.resolved.variant.strategy.as_str()).collect();
    let taken = match context.environment.builder.facts(&first.checkout, &strategies) {
        Ok(taken) => taken,
        Err(error) => {
            let note = format!("cannot count lines of code and dependencies: {error}");
            context.environment.reporter.report(&ReporterEvent::Note(&note));
            return Ok(());
        }
    };
    for member in unknown {
        let variant = &member.resolved.variant;
        let Some(facts) = taken.get(&variant.strategy) else { continue };
        context.recorder.append(Record::Facts(StaticFacts {
            schema: SCHEMA_VERSION,
            variant: variant.name.clone(),
            tree: member.checkout.tree.clone(),
            lines_of_code: facts.lines_of_code,
            own_dependencies: facts.own_dependencies,
            dependencies: facts.dependencies,
            libraries: facts.libraries.clone(),
        }))?;
    }
    Ok(())
}

fn queue_or_fail(
    context: &PhaseContext<'_>,
    member: &CheckedOutVariant<'_>,
    tree: &TreeBuild,
    shared: bool,
    queue: &Sender<QueuedVariant>,
) -> Result<(), StopReason> {
    let variant = &member.resolved.variant;
    match tree.runners.get(&variant.strategy) {
        Some(Ok(built)) => {
            record(context, member, tree, built, shared)?;
            let job = QueuedVariant { resolved: member.resolved.clone(), built: built.clone() };
            // Cannot fail: the receiver exists until all builds are done.
            let _ = queue.send(job);
            Ok(())
        }
        Some(Err(failure)) => fail(context, &variant.name, &failure.message, "build"),
        None => {
            let message =
                format!("cargo did not build package bakeoff-variant-{}", variant.strategy);
            fail(context, &variant.name, &message, "build")
        }
    }
}

/// Records the build, once for each runner.
fn record(
    context: &PhaseContext<'_>,
    member: &CheckedOutVariant<'_>,
    tree: &TreeBuild,
    built: &BuiltRunner,
    shared: bool,
) -> Result<(), FileError> {
    let variant = &member.resolved.variant;
    let key = keys::digest(&("build", &member.checkout.tree, &built.digest));
    if context.recorder.query(|history| history.build(&variant.name, &key).is_some()) {
        return Ok(());
    }
    context.recorder.append(Record::Build(BuildRecord {
        schema: SCHEMA_VERSION,
        key,
        variant: variant.name.clone(),
        tree: member.checkout.tree.clone(),
        runner: built.digest.clone(),
        seconds: tree.seconds,
        cpu_seconds: built.cpu_seconds,
        how: String::from(if shared { "shared" } else { tree.kind.name() }),
        binary_bytes: built.binary_bytes,
    }))
}

fn fail(
    context: &PhaseContext<'_>,
    variant: &str,
    message: &str,
    kind: &str,
) -> Result<(), StopReason> {
    let failure = Failure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        hint: String::from("the log contains the output of the compiler"),
        log: ExplorationDir::log_within(variant, "build"),
    };
    Ok(context.recorder.apply(variant, VariantEvent::Failed(failure))?)
}

fn kind_of(error: &BuildError) -> &'static str {
    match error {
        BuildError::TimeLimit { .. } => "timeout",
        _ => "build",
    }
}

/// Copies the log of a shared build to the logs of another variant.
fn share_log(from: &Path, to: &Path) -> Result<(), FileError> {
    if !from.exists() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(FileError::at(folder))?;
    }
    fs::copy(from, to).map(drop).map_err(FileError::at(to))
}

fn record_time_spent(
    context: &PhaseContext<'_>,
    variant: &str,
    phase: Phase,
    since: Instant,
) -> Result<(), FileError> {
    context
        .recorder
        .apply(variant, VariantEvent::Spent { phase, seconds: since.elapsed().as_secs_f64() })
}

fn stop_if_asked(context: &PhaseContext<'_>) -> Result<(), StopReason> {
    if context.environment.interrupt.is_set() { Err(StopReason::Interrupted) } else { Ok(()) }
}
