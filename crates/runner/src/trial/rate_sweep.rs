//! Rate sweep: an open loop at ascending rates, each over the next part of the window.

use std::sync::Arc;

use bakeoff_protocol::TrialSpec;
use bakeoff_protocol::trial::{Meter, RateStepReport};
use bakeoff_strategy::Strategy;

use super::nanoseconds;
use super::supported_load::SupportedLoad;
use crate::data::trial_context::TrialContext;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::replay::request_range::RequestRange;
use crate::replay::{ReplayPlan, ReplayResult};
use crate::timing::instrumentation::Instrumentation;
use crate::timing::latency::Latencies;

/// Result of a rate sweep.
#[derive(Default)]
pub(crate) struct RateSweep {
    /// Measured steps; no step follows a saturated one.
    pub(crate) steps: Vec<RateStepReport>,
    /// Counts and times of all steps, added up.
    pub(crate) sum: ReplayResult,
}

/// Replays the window at the rates of a trial, up to the first rate that the strategy cannot
/// sustain.
///
/// # Errors
/// Any [`Failure`] of a replay.
pub(crate) fn measure<S: Strategy>(
    (executor, strategy): (&Executor, &Arc<S>),
    context: &Arc<TrialContext>,
    load: SupportedLoad,
    spec: &TrialSpec,
    window: RequestRange,
) -> Result<RateSweep, Failure> {
    let mut sweep = RateSweep::default();
    let mut first = 0;
    for step in &spec.rate_steps {
        let plan = ReplayPlan {
            instrumentation: Instrumentation::Schedule {
                rate: f64::from(step.requests_per_second),
            },
            ..load.plan(window.section(first, step.requests))
        };
        let result = executor.replay(strategy, context, plan)?;
        let histogram = result.latencies.as_ref().map(Latencies::encode).transpose()?;
        let report = RateStepReport {
            requests_per_second: step.requests_per_second,
            requests: step.requests,
            elapsed_ns: nanoseconds(result.elapsed),
            missed_deadlines: result.missed_deadlines,
            histogram: histogram.unwrap_or_default(),
        };
        let is_saturated = report.is_saturated();
        sweep.steps.push(report);
        sweep.sum.add_section(&result);
        if is_saturated {
            break;
        }
        first += step.requests;
    }
    Ok(sweep)
}

/// Checks that a trial has rates only with the meter `response-time`, and always with that meter.
/// Rates must be positive and fill the window.
///
/// # Errors
/// [`Failure::Protocol`] if one of these conditions does not hold.
pub(crate) fn check(spec: &TrialSpec) -> Result<(), Failure> {
    let steps = &spec.rate_steps;
    if steps.is_empty() == (spec.meter == Meter::ResponseTime) {
        return Err(Failure::Protocol(format!(
            "cannot use {} rates with the meter {}: `response-time` needs rates, and no other \
             meter accepts them",
            steps.len(),
            spec.meter
        )));
    }
    if steps.iter().any(|step| step.requests_per_second == 0 || step.requests == 0) {
        return Err(Failure::Protocol(String::from(
            "cannot use a rate step without requests: rate and number of requests must be positive",
        )));
    }
    let requests: u64 = steps.iter().map(|step| step.requests).sum();
    let window = spec.window.map_or(0, |window| window.length);
    if !steps.is_empty() && requests != window {
        return Err(Failure::Protocol(format!(
            "cannot replay {requests} requests at fixed rates: the window has {window} requests"
        )));
    }
    Ok(())
}
