//! Meter of a trial: instrumentation, its calibration and its part of the report.

use std::sync::Arc;

use bakeoff_protocol::trial::{Meter, MeterReport, TrialSpec};
use bakeoff_strategy::Strategy;

use crate::data::trial_context::TrialContext;
use crate::data::virtual_clock;
use crate::failure::Failure;
use crate::replay::ReplayResult;
use crate::timing::calibration::Calibration;
use crate::timing::instrumentation::Instrumentation;
use crate::timing::latency::Latencies;

/// Meter of a trial, calibrated and ready to measure.
pub(crate) struct PreparedMeter {
    pub(crate) instrumentation: Instrumentation,
    calibration: Option<Calibration>,
}

impl PreparedMeter {
    /// Prepares the meter of a trial. `request_ns` is the time per request, if it is known.
    ///
    /// # Errors
    /// [`Failure::Runner`] if a histogram cannot be created.
    pub(crate) fn new<S: Strategy>(
        spec: &TrialSpec,
        context: &Arc<TrialContext>,
        request_ns: Option<f64>,
    ) -> Result<Self, Failure> {
        let instrumentation = match (spec.meter, spec.rate) {
            (Meter::Instructions, _) => Instrumentation::Instructions,
            (Meter::Latency, None) => {
                let calibration = Calibration::measure(context)?;
                let mean_gap = if S::MODE.is_sync() { calibration.mean_gap(request_ns) } else { 1 };
                let instrumentation = Instrumentation::Requests { mean_gap };
                return Ok(Self { instrumentation, calibration: Some(calibration) });
            }
            (Meter::Latency, Some(rate)) => {
                let calibration = Some(Calibration::measure(context)?);
                return Ok(Self {
                    instrumentation: Instrumentation::Schedule { rate },
                    calibration,
                });
            }
            (Meter::HitRatio | Meter::Throughput | Meter::Memory | Meter::Paced, _) => {
                Instrumentation::None
            }
        };
        Ok(Self { instrumentation, calibration: None })
    }

    /// Creates the part of the report that only this meter has.
    ///
    /// # Errors
    /// [`Failure::Runner`] if the histogram cannot be encoded.
    pub(crate) fn report(
        &self,
        spec: &TrialSpec,
        context: &TrialContext,
        result: &ReplayResult,
        (workers, tiers): (u64, usize),
    ) -> Result<MeterReport, Failure> {
        Ok(match spec.meter {
            Meter::HitRatio => MeterReport::HitRatio {
                after_warmup: result.after_warmup.counts(context.fixed_bytes(), tiers),
                clock: virtual_clock::replay_clock(
                    context.clock.as_ref(),
                    &context.workload,
                    spec.virtual_rate,
                    result.elapsed,
                ),
            },
            Meter::Latency => {
                let mean_gap = match self.instrumentation {
                    Instrumentation::Requests { mean_gap } => mean_gap,
                    _ => 1,
                };
                let timing = self.calibration.map(|costs| costs.timing(mean_gap, result, workers));
                let histogram = result.latencies.as_ref().map(Latencies::encode).transpose()?;
                MeterReport::Latency {
                    histogram: histogram.unwrap_or_default(),
                    timing: timing.unwrap_or_default(),
                    missed_deadlines: result.missed_deadlines,
                }
            }
            Meter::Memory => MeterReport::Memory,
            // The driver's simulator counts the instructions.
            Meter::Instructions => MeterReport::Instructions { count: None },
            Meter::Throughput | Meter::Paced => MeterReport::Throughput,
        })
    }
}

/// Checks that only a latency trial has a rate, that only a hit-ratio trial has a virtual clock, and
/// that the rate is positive.
///
/// # Errors
/// [`Failure::Protocol`] if one of these conditions does not hold.
pub(crate) fn check_rate(spec: &TrialSpec) -> Result<(), Failure> {
    if spec.virtual_rate.is_some() && (spec.meter != Meter::HitRatio || spec.window.is_some()) {
        return Err(Failure::Protocol(format!(
            "cannot use a virtual clock with the meter {} and the window {:?}: only whole \
             `hit-ratio` replays have one",
            spec.meter, spec.window
        )));
    }
    match spec.rate {
        Some(_) if spec.meter != Meter::Latency => Err(Failure::Protocol(format!(
            "cannot use a rate with the meter {}: only `latency` has an open loop",
            spec.meter
        ))),
        Some(rate) if !(rate.is_finite() && rate > 0.0) => Err(Failure::Protocol(format!(
            "cannot use the rate {rate}: it must be a positive number of requests per second"
        ))),
        _ => Ok(()),
    }
}
