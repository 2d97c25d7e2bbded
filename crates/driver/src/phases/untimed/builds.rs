//! Worktrees and builds: variants of one tree share one build.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Instant;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{Build, Facts, Record};

use super::variant::Job;
use crate::build::{BuildError, Built, Tree, Wanted};
use crate::phases::run::{Run, Stop};
use crate::record::atomic_file::FileError;
use crate::record::keys;
use crate::record::paths::Exploration;
use crate::record::progress::Event;
use crate::request::Entrant;
use crate::resources::workloads::Prepared;
use crate::source::Checkout;
use crate::ui::reporter::News;

/// A variant with its code on disk.
struct CheckedOut<'a> {
    entrant: &'a Entrant,
    checkout: Checkout,
}

/// Lays out and builds every variant, and hands over those that have a runner.
pub(super) fn run(run: &Run<'_>, entrants: &[Entrant], queue: &Sender<Job>) -> Result<(), Stop> {
    let mut trees: Vec<(String, Vec<CheckedOut<'_>>)> = Vec::new();
    // A server's replays take longest: whoever needs one goes first, so that nobody waits for it
    // at the end with the other workers idle.
    let mut entrants: Vec<&Entrant> = entrants.iter().collect();
    entrants.sort_by_key(|entrant| !entrant.variant.manifest.needs_service());
    for entrant in entrants {
        let Some(checkout) = check_out(run, entrant)? else { continue };
        let of_tree = CheckedOut { entrant, checkout };
        match trees.iter_mut().find(|(tree, _)| *tree == of_tree.checkout.tree) {
            Some((_, members)) => members.push(of_tree),
            None => trees.push((of_tree.checkout.tree.clone(), vec![of_tree])),
        }
    }
    for (_, members) in &trees {
        build(run, members, queue)?;
    }
    Ok(())
}

fn check_out(run: &Run<'_>, entrant: &Entrant) -> Result<Option<Checkout>, Stop> {
    let name = &entrant.variant.name;
    stop_if_asked(run)?;
    run.tell(name, Event::Began(Phase::Preparing))?;
    run.board.step(name, "worktree");
    let begun = Instant::now();
    let worktree = run.files.worktree(name);
    match run.ports.code.checkout(&run.spec.name, name, &entrant.at, &worktree) {
        Ok(checkout) => {
            let root = run.ports.code.root();
            let shown = checkout.path.strip_prefix(root).unwrap_or(&checkout.path);
            let worktree = shown.display().to_string();
            run.tell(name, Event::CheckedOut { worktree, branch: checkout.branch.clone() })?;
            spent(run, name, Phase::Preparing, begun)?;
            Ok(Some(checkout))
        }
        Err(error) => {
            let failure = Failure {
                kind: String::from("worktree"),
                message: error.to_string(),
                hint: String::from("run the same command again once that is mended"),
                log: String::new(),
            };
            run.tell(name, Event::Failed(failure))?;
            Ok(None)
        }
    }
}

/// One cargo call for all variants of a tree.
fn build(run: &Run<'_>, members: &[CheckedOut<'_>], queue: &Sender<Job>) -> Result<(), Stop> {
    let Some(first) = members.first() else { return Ok(()) };
    for member in members {
        run.tell(&member.entrant.variant.name, Event::Began(Phase::Building))?;
        run.board.step(&member.entrant.variant.name, "cargo build");
    }
    let begun = Instant::now();
    let log = run.files.log(&first.entrant.variant.name, "build");
    let hold = run.ports.machine.share(run.ports.interrupt)?;
    let outcome = run.ports.build.build(&first.checkout, &wanted(run, members), &log);
    facts(run, members)?;
    drop(hold);
    stop_if_asked(run)?;
    for (index, member) in members.iter().enumerate() {
        let name = &member.entrant.variant.name;
        if index > 0 {
            share_log(&log, &run.files.log(name, "build"))?;
        }
        spent(run, name, Phase::Building, begun)?;
        match &outcome {
            Ok(tree) => one(run, member, tree, index > 0, queue)?,
            Err(BuildError::Interrupted) => return Err(Stop::Interrupted),
            Err(error) => fail(run, name, &error.to_string(), kind_of(error))?,
        }
    }
    Ok(())
}

/// Their strategies, and what the scenarios need of a runner.
fn wanted(run: &Run<'_>, members: &[CheckedOut<'_>]) -> Wanted {
    let strategies = members.iter().map(|member| member.entrant.variant.strategy.clone());
    let features: BTreeSet<_> = run.prepared.iter().filter_map(Prepared::origin_feature).collect();
    Wanted { strategies: Some(strategies.collect()), features: features.into_iter().collect() }
}

/// Takes the facts of a tree, unless they are known. They explain figures and decide nothing, so
/// a tree whose facts cannot be taken is measured without them.
fn facts(run: &Run<'_>, members: &[CheckedOut<'_>]) -> Result<(), FileError> {
    let unknown: Vec<&CheckedOut<'_>> = members
        .iter()
        .filter(|member| {
            let name = &member.entrant.variant.name;
            run.ask(|history| history.facts(name, &member.checkout.tree).is_none())
        })
        .collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let strategies =
        unknown.iter().map(|member| member.entrant.variant.strategy.as_str()).collect();
    let taken = match run.ports.build.facts(&first.checkout, &strategies) {
        Ok(taken) => taken,
        Err(error) => {
            let note = format!("lines and dependencies are not known: {error}");
            run.ports.reporter.hear(&News::Note(&note));
            return Ok(());
        }
    };
    for member in unknown {
        let variant = &member.entrant.variant;
        let Some(facts) = taken.get(&variant.strategy) else { continue };
        run.append(Record::Facts(Facts {
            schema: SCHEMA_VERSION,
            variant: variant.name.clone(),
            tree: member.checkout.tree.clone(),
            lines_of_code: facts.lines_of_code,
            own_dependencies: facts.own_dependencies,
            dependencies: facts.dependencies,
        }))?;
    }
    Ok(())
}

fn one(
    run: &Run<'_>,
    member: &CheckedOut<'_>,
    tree: &Tree,
    shared: bool,
    queue: &Sender<Job>,
) -> Result<(), Stop> {
    let variant = &member.entrant.variant;
    match tree.runners.get(&variant.strategy) {
        Some(Ok(built)) => {
            record(run, member, tree, built, shared)?;
            let job = Job { entrant: member.entrant.clone(), built: built.clone() };
            // Workers take from the queue until it is closed, which is after this.
            let _ = queue.send(job);
            Ok(())
        }
        Some(Err(failure)) => fail(run, &variant.name, &failure.message, "build"),
        None => {
            let message = format!("no package bakeoff-variant-{} was built", variant.strategy);
            fail(run, &variant.name, &message, "build")
        }
    }
}

/// Writes the build down, once for each runner.
fn record(
    run: &Run<'_>,
    member: &CheckedOut<'_>,
    tree: &Tree,
    built: &Built,
    shared: bool,
) -> Result<(), FileError> {
    let variant = &member.entrant.variant;
    let key = keys::digest(&("build", &member.checkout.tree, &built.digest));
    if run.ask(|history| history.build(&variant.name, &key).is_some()) {
        return Ok(());
    }
    run.append(Record::Build(Build {
        schema: SCHEMA_VERSION,
        key,
        variant: variant.name.clone(),
        tree: member.checkout.tree.clone(),
        runner: built.digest.clone(),
        seconds: tree.seconds,
        cpu_seconds: built.cpu_seconds,
        how: String::from(if shared { "shared" } else { tree.how.word() }),
        binary_bytes: built.binary_bytes,
    }))
}

fn fail(run: &Run<'_>, variant: &str, message: &str, kind: &str) -> Result<(), Stop> {
    let failure = Failure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        hint: String::from("the log holds all that the compiler said"),
        log: Exploration::log_within(variant, "build"),
    };
    Ok(run.tell(variant, Event::Failed(failure))?)
}

fn kind_of(error: &BuildError) -> &'static str {
    match error {
        BuildError::TimeLimit { .. } => "timeout",
        _ => "build",
    }
}

/// Every variant's folder has the log of the build that made its runner.
fn share_log(from: &Path, to: &Path) -> Result<(), FileError> {
    if !from.exists() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(FileError::at(folder))?;
    }
    fs::copy(from, to).map(drop).map_err(FileError::at(to))
}

fn spent(run: &Run<'_>, variant: &str, phase: Phase, since: Instant) -> Result<(), FileError> {
    run.tell(variant, Event::Spent { phase, seconds: since.elapsed().as_secs_f64() })
}

fn stop_if_asked(run: &Run<'_>) -> Result<(), Stop> {
    if run.ports.interrupt.asked() { Err(Stop::Interrupted) } else { Ok(()) }
}
