//! Timing of single requests: histograms, schedules and calibration.

pub(crate) mod calibration;
pub(crate) mod instrumentation;
pub(crate) mod latency;
pub(crate) mod schedule;
