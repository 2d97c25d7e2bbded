//! Synthesis of a scenario whose requests resemble those of a trace.
//!
//! Fitted: the share of new keys over time, reuse distances, the number of requests per key (and
//! with it popularity and the share of one-hit keys), the mix of operations, value sizes, and the
//! mean arrival rate. Not fitted: which keys are requested together, how value size depends on
//! popularity, and the properties listed by [`unfitted_properties`].

mod fit;
mod fit_quality;
mod histogram;

pub use fit::{fit_scenario, unfitted_properties};
pub use fit_quality::{FitError, FitQuality, evaluate_fit};
