//! What a trial watches of its measured section, and what that costs.

use std::sync::Arc;

use bakeoff_protocol::trial::{Meter, Timing, TrialRequest};
use bakeoff_strategy::Strategy;

use crate::context::Context;
use crate::failure::Failure;
use crate::replay::{Calibration, Measured, Watch};

/// What watches the measured section.
pub(crate) struct Meters {
    /// What the replay has to watch.
    pub(crate) watch: Watch,
    calibration: Option<Calibration>,
}

impl Meters {
    /// Sets up the meter that was asked for; a request takes about `request_ns`, if that is known.
    ///
    /// # Errors
    /// [`Failure::Runner`] if there can be no histogram.
    pub(crate) fn prepare<S: Strategy>(
        request: &TrialRequest,
        context: &Arc<Context>,
        request_ns: Option<f64>,
    ) -> Result<Self, Failure> {
        let watch = match (request.meter, request.rate) {
            (Meter::Instructions, _) => Watch::Instructions,
            (Meter::Latency, None) => {
                let calibration = Calibration::measure(context)?;
                let mean_gap = if S::MODE.is_sync() { calibration.mean_gap(request_ns) } else { 1 };
                let watch = Watch::Requests { mean_gap };
                return Ok(Self { watch, calibration: Some(calibration) });
            }
            (Meter::Latency, Some(rate)) => {
                let calibration = Some(Calibration::measure(context)?);
                return Ok(Self { watch: Watch::Schedule { rate }, calibration });
            }
            (Meter::HitRatio | Meter::Throughput | Meter::Memory | Meter::Behaviour, _) => {
                Watch::Nothing
            }
        };
        Ok(Self { watch, calibration: None })
    }

    /// For the record: how single requests were timed.
    pub(crate) fn timing(&self, measured: &Measured, workers: u64) -> Option<Timing> {
        let mean_gap = match self.watch {
            Watch::Requests { mean_gap } => mean_gap,
            Watch::Schedule { .. } => 1,
            Watch::Nothing | Watch::Instructions => return None,
        };
        Some(self.calibration?.timing(mean_gap, measured, workers))
    }
}

/// A schedule is for latencies, and needs a rate that is one.
///
/// # Errors
/// [`Failure::Protocol`] otherwise.
pub(crate) fn check_rate(request: &TrialRequest) -> Result<(), Failure> {
    match request.rate {
        Some(_) if request.meter != Meter::Latency => Err(Failure::Protocol(format!(
            "rate: only the meter `latency` keeps to a schedule, and {:?} was asked for",
            request.meter
        ))),
        Some(rate) if !(rate.is_finite() && rate > 0.0) => {
            Err(Failure::Protocol(format!("rate: {rate} is no number of requests per second")))
        }
        _ => Ok(()),
    }
}
