//! `--generate-cmd`: a command generates the code of each variant before the build.
//!
//! The command runs in the variant's worktree. Its changes are committed to the variant's branch.

mod generation_brief;
pub mod shell;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Generation, Phase, Status};
use bakeoff_protocol::sample::{GenerationRecord, Record};
use jiff::Timestamp;

use crate::phases::context::PhaseContext;
use crate::record::atomic_file::{self, FileError};
use crate::record::keys;
use crate::record::paths::ExplorationDir;
use crate::record::progress::VariantEvent;
use crate::request::strategies::manifest_at;
use crate::request::{InvalidRequest, ResolvedVariant};
use crate::scaffold;
use crate::source;
use crate::source::{Revision, SourceError};
use crate::stop::{StepError, StopReason};
use crate::ui::shell::quoted;

pub use shell::{Shell, ShellCall, ShellError, SupervisedShell};

/// Interval of the heartbeats in the progress files.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);
/// Strategy that new strategies are copied from, if it exists.
const MODEL_STRATEGY: &str = "lru";

/// Runs the command for every variant, several at a time.
///
/// Returns the variants at the tips of their branches, without those that failed.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub fn run(context: &PhaseContext<'_>, command: &str) -> Result<Vec<ResolvedVariant>, StopReason> {
    let all_resolved = &context.spec.variants;
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let ends: Mutex<Vec<Option<Result<ResolvedVariant, StopReason>>>> =
        Mutex::new(all_resolved.iter().map(|_| None).collect());
    let work = || {
        while let Some((place, resolved)) = next_variant(&next, all_resolved) {
            let end = match generate_or_reuse(context, resolved, command) {
                Ok(resolved) => Some(Ok(resolved)),
                Err(StepError::Stop(stop)) => Some(Err(stop)),
                Err(StepError::Failed(failure)) => {
                    let applied = context
                        .recorder
                        .apply(&resolved.variant.name, VariantEvent::Failed(failure));
                    applied.err().map(|error| Err(error.into()))
                }
            };
            ends.lock().unwrap_or_else(PoisonError::into_inner)[place] = end;
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| send_heartbeats(context, &is_over));
        let workers: Vec<_> =
            (0..context.settings.max_parallel.max(1)).map(|_| scope.spawn(work)).collect();
        let ends: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        if let Some(panic) = ends.into_iter().find_map(Result::err) {
            std::panic::resume_unwind(panic);
        }
    });
    ends.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

fn next_variant<'a>(
    next: &AtomicUsize,
    all_resolved: &'a [ResolvedVariant],
) -> Option<(usize, &'a ResolvedVariant)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    all_resolved.get(place).map(|resolved| (place, resolved))
}

/// Writes heartbeats. Errors are ignored here: the next step reports a file that cannot be written.
fn send_heartbeats(context: &PhaseContext<'_>, is_over: &AtomicBool) {
    let mut last = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20));
        if last.elapsed() >= HEARTBEAT_INTERVAL {
            last = Instant::now();
            let _ = context.recorder.heartbeat();
        }
    }
}

/// Runs the command for one variant, unless an earlier run already ran the same command.
fn generate_or_reuse(
    context: &PhaseContext<'_>,
    resolved: &ResolvedVariant,
    command: &str,
) -> Result<ResolvedVariant, StepError> {
    if context.environment.interrupt.is_set() {
        return Err(StepError::Stop(StopReason::Interrupted));
    }
    let name = &resolved.variant.name;
    let variant = &resolved.variant;
    let key = keys::digest(&("implement", command, &variant.strategy, &variant.description));
    let worktree = context.files.worktree(name);
    let before = format!("Changes of {name} from an interrupted run\n");
    let work = commit(context, name, &worktree, &before)?;
    let known = context.recorder.query(|history| history.generation(name, &key).cloned());
    let record = match (known, &work) {
        (Some(known), _) if known.failure.is_some() && !context.settings.retry_failed => known,
        (Some(known), Some(_)) if known.failure.is_none() => known,
        _ => {
            let at = work.unwrap_or_else(|| resolved.at.clone());
            let resolved = ResolvedVariant { at, ..resolved.clone() };
            let record = run_command(context, &resolved, command, key)?;
            context.recorder.append(Record::Generation(record.clone()))?;
            record
        }
    };
    report_generation(context, name, &record)?;
    match record.failure {
        Some(failure) => Err(StepError::Failed(failure)),
        None => at_branch_tip(context, resolved),
    }
}

fn report_generation(
    context: &PhaseContext<'_>,
    name: &str,
    record: &GenerationRecord,
) -> Result<(), FileError> {
    let failed = record.failure.is_some();
    context.recorder.apply(
        name,
        VariantEvent::Generated {
            seconds: record.seconds,
            end: Generation {
                status: if failed { Status::Failed } else { Status::Completed },
                commit: record.commit.clone(),
                log: ExplorationDir::log_within(name, "implement"),
            },
        },
    )
}

/// Runs the command in a worktree and commits its changes, even if it fails.
fn run_command(
    context: &PhaseContext<'_>,
    resolved: &ResolvedVariant,
    command: &str,
    key: String,
) -> Result<GenerationRecord, StepError> {
    let variant = &resolved.variant;
    let name = &variant.name;
    context.recorder.apply(name, VariantEvent::Started(Phase::Generating))?;
    context.recorder.set_step(name, "--generate-cmd");
    let begun = Instant::now();
    let worktree = context.files.worktree(name);
    let checkout =
        context.environment.source.checkout(&context.spec.name, name, &resolved.at, &worktree);
    let checkout = checkout.map_err(|error| failed(name, "worktree", error.to_string()))?;
    let root = context.environment.source.root();
    let shown = checkout.path.strip_prefix(root).unwrap_or(&checkout.path).display().to_string();
    context.recorder.apply(
        name,
        VariantEvent::CheckedOut { worktree: shown, branch: checkout.branch.clone() },
    )?;
    let ended = prepare(context, resolved, &checkout).and_then(|environment| {
        let hold = context.share_machine()?;
        let call = ShellCall {
            command,
            folder: &checkout.path,
            environment: &environment,
            log: &context.files.log(name, "implement"),
            time_limit: context.settings.time_limit,
        };
        let ended = context.environment.shell.run(&call, context.environment.interrupt);
        drop(hold);
        match ended {
            Err(ShellError::Interrupted) => Err(StepError::Stop(StopReason::Interrupted)),
            Err(error) => Err(failed(name, "implement", error.to_string())),
            Ok(()) => Ok(()),
        }
    });
    let failure = match ended {
        Ok(()) => None,
        Err(StepError::Failed(failure)) => Some(failure),
        // The changes stay in the worktree; the next run commits them and continues.
        Err(StepError::Stop(stop)) => return Err(StepError::Stop(stop)),
    };
    let message = format!("{name}: {}\n", variant.description);
    let tip = commit(context, name, &worktree, &message)?;
    let seconds = begun.elapsed().as_secs_f64();
    context.recorder.apply(name, VariantEvent::Spent { phase: Phase::Generating, seconds })?;
    Ok(GenerationRecord {
        schema: SCHEMA_VERSION,
        key,
        variant: name.clone(),
        command: command.to_owned(),
        at: Timestamp::now(),
        seconds,
        commit: tip.map_or_else(|| checkout.commit.clone(), |tip| tip.commit),
        failure,
    })
}

/// Creates a missing strategy and writes the instructions; returns the command's environment.
fn prepare(
    context: &PhaseContext<'_>,
    resolved: &ResolvedVariant,
    checkout: &source::Checkout,
) -> Result<Vec<(&'static str, OsString)>, StepError> {
    let variant = &resolved.variant;
    let (name, strategy) = (&variant.name, &variant.strategy);
    let variants = checkout.path.join("variants");
    if resolved.scaffold && !variants.join(strategy).exists() {
        let model = context
            .environment
            .source
            .strategies(&resolved.at)
            .map_err(|error| worktree(name, &error))?;
        let model = model.iter().find(|known| *known == MODEL_STRATEGY).or(model.first());
        let model = model.map_or(MODEL_STRATEGY, String::as_str);
        scaffold::new_variant(&checkout.path, strategy, model)
            .map_err(|error| failed(name, "implement", error.to_string()))?;
    }
    let read = |path: &str| fs::read_to_string(checkout.path.join(path)).unwrap_or_default();
    let executable = std::env::current_exe().unwrap_or_else(|_| "bakeoff".into());
    let check = format!("{} check {strategy}", quoted(&executable.to_string_lossy()));
    let text = generation_brief::brief(
        variant,
        &read("crates/strategy/src/strategy_trait.rs"),
        &read("docs/STRATEGIES.md"),
        &check,
    );
    let path = context.files.brief(name);
    atomic_file::write(&path, text.as_bytes())?;
    Ok(vec![
        ("BAKEOFF_VARIANT", name.into()),
        ("BAKEOFF_STRATEGY", strategy.into()),
        ("BAKEOFF_DESCRIPTION", variant.description.as_str().into()),
        ("BAKEOFF_BRIEF", path.into_os_string()),
    ])
}

/// Commits the changes in a worktree; returns the branch's tip if it contains work.
fn commit(
    context: &PhaseContext<'_>,
    name: &str,
    path: &Path,
    message: &str,
) -> Result<Option<Revision>, StepError> {
    let kept =
        context.environment.source.commit_uncommitted(&context.spec.name, name, path, message);
    kept.map_err(|error| worktree(name, &error))
}

/// Returns the variant at the tip of its branch, which this run and later runs measure.
fn at_branch_tip(
    context: &PhaseContext<'_>,
    resolved: &ResolvedVariant,
) -> Result<ResolvedVariant, StepError> {
    let name = &resolved.variant.name;
    let tip = context.environment.source.commit_uncommitted(
        &context.spec.name,
        name,
        &context.files.worktree(name),
        "",
    );
    let Some(at) = tip.map_err(|error| worktree(name, &error))? else {
        // Without changes, an existing strategy is measured as it was.
        return match resolved.scaffold {
            false => Ok(resolved.clone()),
            true => Err(failed(
                name,
                "implement",
                String::from("cannot measure the variant: the command did not create its strategy"),
            )),
        };
    };
    let mut variant = resolved.variant.clone();
    variant.manifest = manifest_at(context.environment.source, &variant.strategy, &at).map_err(
        |error| match error {
            InvalidRequest::Source(error) => worktree(name, &error),
            error => failed(name, "implement", error.to_string()),
        },
    )?;
    variant.git_ref = crate::source::branch(&context.spec.name, name);
    variant.commit.clone_from(&at.commit);
    variant.tree.clone_from(&at.tree);
    variant.harness.clone_from(&at.harness);
    Ok(ResolvedVariant { variant, at, scaffold: false })
}

fn worktree(name: &str, error: &SourceError) -> StepError {
    failed(name, "worktree", error.to_string())
}

fn failed(name: &str, kind: &str, message: String) -> StepError {
    StepError::Failed(Failure {
        kind: kind.to_owned(),
        message,
        hint: String::from(
            "use --retry-failed to run the command again on top of the changes on the branch",
        ),
        log: ExplorationDir::log_within(name, "implement"),
    })
}
