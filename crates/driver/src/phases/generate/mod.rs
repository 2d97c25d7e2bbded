//! `--generate-cmd`: a command generates the code of each variant before the build.
//!
//! It runs in the variant's worktree, and its changes are committed to the variant's branch.

mod brief;
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

use crate::phases::context::Context;
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
const MODEL: &str = "lru";

/// Runs the command for every variant, several at a time.
///
/// Returns the variants at the tips of their branches, without those that failed.
///
/// # Errors
/// [`StopReason`] if the user interrupts it, or a file cannot be written.
pub fn run(context: &Context<'_>, command: &str) -> Result<Vec<ResolvedVariant>, StopReason> {
    let entrants = &context.spec.variants;
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let ends: Mutex<Vec<Option<Result<ResolvedVariant, StopReason>>>> =
        Mutex::new(entrants.iter().map(|_| None).collect());
    let work = || {
        while let Some((place, entrant)) = take(&next, entrants) {
            let end = match generate_or_reuse(context, entrant, command) {
                Ok(entrant) => Some(Ok(entrant)),
                Err(StepError::Stop(stop)) => Some(Err(stop)),
                Err(StepError::Failed(failure)) => {
                    let applied = context
                        .recorder
                        .apply(&entrant.variant.name, VariantEvent::Failed(failure));
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

fn take<'a>(
    next: &AtomicUsize,
    entrants: &'a [ResolvedVariant],
) -> Option<(usize, &'a ResolvedVariant)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    entrants.get(place).map(|entrant| (place, entrant))
}

/// Writes heartbeats; the next step reports a file that cannot be written.
fn send_heartbeats(context: &Context<'_>, is_over: &AtomicBool) {
    let mut last = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20));
        if last.elapsed() >= HEARTBEAT_INTERVAL {
            last = Instant::now();
            let _ = context.recorder.heartbeat();
        }
    }
}

/// Runs the command for one variant, unless an earlier run did so with the same command.
fn generate_or_reuse(
    context: &Context<'_>,
    entrant: &ResolvedVariant,
    command: &str,
) -> Result<ResolvedVariant, StepError> {
    if context.environment.interrupt.asked() {
        return Err(StepError::Stop(StopReason::Interrupted));
    }
    let name = &entrant.variant.name;
    let variant = &entrant.variant;
    let key = keys::digest(&("implement", command, &variant.strategy, &variant.description));
    let worktree = context.files.worktree(name);
    let before = format!("Changes of {name} from an interrupted run\n");
    let work = commit(context, name, &worktree, &before)?;
    let known = context.recorder.query(|history| history.generation(name, &key).cloned());
    let record = match (known, &work) {
        (Some(known), _) if known.failure.is_some() && !context.settings.retry_failed => known,
        (Some(known), Some(_)) if known.failure.is_none() => known,
        _ => {
            let at = work.unwrap_or_else(|| entrant.at.clone());
            let entrant = ResolvedVariant { at, ..entrant.clone() };
            let record = implement(context, &entrant, command, key)?;
            context.recorder.append(Record::Generation(record.clone()))?;
            record
        }
    };
    tell(context, name, &record)?;
    match record.failure {
        Some(failure) => Err(StepError::Failed(failure)),
        None => at_its_branch(context, entrant),
    }
}

fn tell(context: &Context<'_>, name: &str, record: &GenerationRecord) -> Result<(), FileError> {
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
fn implement(
    context: &Context<'_>,
    entrant: &ResolvedVariant,
    command: &str,
    key: String,
) -> Result<GenerationRecord, StepError> {
    let variant = &entrant.variant;
    let name = &variant.name;
    context.recorder.apply(name, VariantEvent::Started(Phase::Generating))?;
    context.recorder.step(name, "--generate-cmd");
    let begun = Instant::now();
    let worktree = context.files.worktree(name);
    let checkout =
        context.environment.source.checkout(&context.spec.name, name, &entrant.at, &worktree);
    let checkout = checkout.map_err(|error| failed(name, "worktree", error.to_string()))?;
    let root = context.environment.source.root();
    let shown = checkout.path.strip_prefix(root).unwrap_or(&checkout.path).display().to_string();
    context.recorder.apply(
        name,
        VariantEvent::CheckedOut { worktree: shown, branch: checkout.branch.clone() },
    )?;
    let ended = prepare(context, entrant, &checkout).and_then(|environment| {
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
    context: &Context<'_>,
    entrant: &ResolvedVariant,
    checkout: &source::Checkout,
) -> Result<Vec<(&'static str, OsString)>, StepError> {
    let variant = &entrant.variant;
    let (name, strategy) = (&variant.name, &variant.strategy);
    let variants = checkout.path.join("variants");
    if entrant.scaffold && !variants.join(strategy).exists() {
        let model = context
            .environment
            .source
            .strategies(&entrant.at)
            .map_err(|error| worktree(name, &error))?;
        let model = model.iter().find(|known| *known == MODEL).or(model.first());
        let model = model.map_or(MODEL, String::as_str);
        scaffold::new_variant(&checkout.path, strategy, model)
            .map_err(|error| failed(name, "implement", error.to_string()))?;
    }
    let read = |path: &str| fs::read_to_string(checkout.path.join(path)).unwrap_or_default();
    let executable = std::env::current_exe().unwrap_or_else(|_| "bakeoff".into());
    let check = format!("{} check {strategy}", quoted(&executable.to_string_lossy()));
    let text = brief::brief(
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
    context: &Context<'_>,
    name: &str,
    path: &Path,
    message: &str,
) -> Result<Option<Revision>, StepError> {
    let kept =
        context.environment.source.commit_uncommitted(&context.spec.name, name, path, message);
    kept.map_err(|error| worktree(name, &error))
}

/// Returns the variant at the tip of its branch, which this run and later runs measure.
fn at_its_branch(
    context: &Context<'_>,
    entrant: &ResolvedVariant,
) -> Result<ResolvedVariant, StepError> {
    let name = &entrant.variant.name;
    let tip = context.environment.source.commit_uncommitted(
        &context.spec.name,
        name,
        &context.files.worktree(name),
        "",
    );
    let Some(at) = tip.map_err(|error| worktree(name, &error))? else {
        // Without changes, the variant is measured as it was, if it exists.
        return match entrant.scaffold {
            false => Ok(entrant.clone()),
            true => Err(failed(
                name,
                "implement",
                String::from("the command did not create the strategy"),
            )),
        };
    };
    let mut variant = entrant.variant.clone();
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
