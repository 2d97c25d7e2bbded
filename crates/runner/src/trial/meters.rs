//! Meter of a trial: instrumentation, its calibration and its part of the report.

use std::sync::Arc;

use bakeoff_protocol::trial::{Meter, MeterReport, RateStepReport, TrialSpec};
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
        let instrumentation = match spec.meter {
            Meter::Instructions => Instrumentation::Instructions,
            Meter::Latency => {
                let calibration = Calibration::measure(context)?;
                let mean_gap = if S::MODE.is_sync() { calibration.mean_gap(request_ns) } else { 1 };
                let instrumentation = Instrumentation::Requests { mean_gap };
                return Ok(Self { instrumentation, calibration: Some(calibration) });
            }
            // Each step of the rate sweep has its own schedule.
            Meter::ResponseTime => {
                let calibration = Some(Calibration::measure(context)?);
                return Ok(Self { instrumentation: Instrumentation::None, calibration });
            }
            Meter::HitRatio | Meter::Throughput | Meter::Memory | Meter::Paced => {
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
        (result, steps): (&ReplayResult, Vec<RateStepReport>),
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
                }
            }
            Meter::ResponseTime => {
                let timing = self.calibration.map(|costs| costs.timing(1, result, workers));
                MeterReport::ResponseTime { steps, timing: timing.unwrap_or_default() }
            }
            Meter::Memory => MeterReport::Memory,
            // The driver's simulator counts the instructions.
            Meter::Instructions => MeterReport::Instructions { count: None },
            Meter::Throughput | Meter::Paced => MeterReport::Throughput,
        })
    }
}

/// Checks that only a whole hit-ratio replay has a virtual clock.
///
/// # Errors
/// [`Failure::Protocol`] otherwise.
pub(crate) fn check_virtual_rate(spec: &TrialSpec) -> Result<(), Failure> {
    if spec.virtual_rate.is_some() && (spec.meter != Meter::HitRatio || spec.window.is_some()) {
        return Err(Failure::Protocol(format!(
            "cannot use a virtual clock with the meter {} and the window {:?}: only whole \
             `hit-ratio` replays have one",
            spec.meter, spec.window
        )));
    }
    Ok(())
}
