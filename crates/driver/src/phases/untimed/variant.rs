//! One variant's way through the lane, once it has a runner.

use std::time::Instant;

use bakeoff_protocol::progress::{Failure, Phase};

use super::{check, instructions, probes, replays};
use crate::build::Built;
use crate::build::provider;
use crate::phases::run::{End, Ready, Run, Stop};
use crate::record::keys::Subject;
use crate::record::paths::Exploration;
use crate::record::progress::Event;
use crate::request::Entrant;
use crate::trial::Candidate;
use crate::trial::process::Limits;

/// A variant with its runner.
pub(super) struct Job {
    pub(super) entrant: Entrant,
    pub(super) built: Built,
}

/// Takes a variant to the end of the lane; `None` if it ends before, with its reason on the board.
pub(super) fn run(run: &Run<'_>, job: Job) -> Result<Option<Ready>, Stop> {
    let name = job.entrant.variant.name.clone();
    match all_steps(run, job) {
        Ok(ready) => Ok(Some(ready)),
        Err(End::Stop(stop)) => Err(stop),
        Err(End::Failed(failure)) => {
            run.tell(&name, Event::Failed(failure))?;
            Ok(None)
        }
    }
}

fn all_steps(run: &Run<'_>, job: Job) -> Result<Ready, End> {
    let name = job.entrant.variant.name.clone();
    let deadline = Instant::now() + run.settings.time_limit;
    let limits = run.limits(deadline);
    let mut ready = greeted(run, job, limits)?;
    phase(run, &name, Phase::Checking, || {
        check::run(run, &ready, limits)?;
        probes::run(run, &ready, limits)
    })?;
    run.tell(&name, Event::Advanced { percent: 25.0, eta_seconds: None })?;
    let outgrew = phase(run, &name, Phase::Replaying, || replays::run(run, &ready, limits))?;
    ready.outgrew = outgrew;
    instructions::run(run, &ready, limits)?;
    run.tell(&name, Event::Advanced { percent: 60.0, eta_seconds: None })?;
    run.board.step(&name, "waiting for the timed rounds");
    Ok(ready)
}

/// Starts the runner once: the receipt that it runs, and what it declares.
fn greeted(run: &Run<'_>, job: Job, limits: Limits) -> Result<Ready, End> {
    let variant = &job.entrant.variant;
    run.board.step(&variant.name, "greeting");
    let candidate = Candidate {
        strategy: variant.strategy.clone(),
        launch: provider::launch(&job.built),
        tree: job.built.tree.clone(),
        options: variant.options.clone(),
        services: variant.manifest.services.clone(),
        namespace: format!("bakeoff:{}:{}", run.spec.name, variant.name),
        log: run.files.log(&variant.name, "check"),
    };
    let greeted = run.bench.greet(&candidate, "hello", limits);
    let greeted = greeted.and_then(|(client, hello)| {
        client.bye()?;
        Ok(hello)
    });
    let hello = match greeted {
        Ok(hello) => hello,
        Err(error) if error.is_interrupt() => return Err(End::Stop(Stop::Interrupted)),
        Err(error) => {
            return Err(End::Failed(
                error.failure(&Exploration::log_within(&variant.name, "check")),
            ));
        }
    };
    let mut services = std::collections::BTreeMap::new();
    for service in &candidate.services {
        let version = run.ports.servers.version(service).map_err(|error| {
            End::Failed(Failure {
                kind: String::from("service"),
                message: error.to_string(),
                hint: String::from("see `bakeoff doctor`"),
                log: String::new(),
            })
        })?;
        services.insert(service.clone(), version);
    }
    let subject =
        Subject { runner: job.built.digest.clone(), options: candidate.options.clone(), services };
    Ok(Ready { entrant: job.entrant, candidate, hello, subject, outgrew: Vec::new() })
}

/// Does a phase's steps and notes the time that they took.
fn phase<T>(
    run: &Run<'_>,
    variant: &str,
    phase: Phase,
    steps: impl FnOnce() -> Result<T, End>,
) -> Result<T, End> {
    run.tell(variant, Event::Began(phase))?;
    let begun = Instant::now();
    let done = steps();
    run.tell(variant, Event::Spent { phase, seconds: begun.elapsed().as_secs_f64() })?;
    done
}
