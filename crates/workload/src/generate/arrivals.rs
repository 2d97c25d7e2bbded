//! When requests arrive: at random, at a rate that may rise and fall with the day.

use rand_chacha::ChaCha8Rng;

use super::{open_unit, unit};
use crate::scenario::Arrivals;

/// A Poisson process whose rate is `rate · (1 + amplitude · sin(2π t / period))`, by thinning one
/// of the highest rate (P. A. W. Lewis and G. S. Shedler, 1979).
#[derive(Debug)]
pub struct Clock {
    arrivals: Arrivals,
    random: ChaCha8Rng,
    seconds: f64,
}

impl Clock {
    /// A clock that begins at 0.
    #[must_use]
    pub fn new(arrivals: Arrivals, random: ChaCha8Rng) -> Self {
        Self { arrivals, random, seconds: 0.0 }
    }

    /// Microseconds from the start to the next request.
    pub fn tick(&mut self) -> u64 {
        let Arrivals { rate, amplitude, period_seconds } = self.arrivals;
        let highest = rate * (1.0 + amplitude);
        loop {
            self.seconds -= libm::log(open_unit(&mut self.random)) / highest;
            if amplitude == 0.0 {
                break;
            }
            let turn = std::f64::consts::TAU * self.seconds / period_seconds;
            let now = rate * (1.0 + amplitude * libm::sin(turn));
            if unit(&mut self.random) * highest < now {
                break;
            }
        }
        (self.seconds * 1e6) as u64
    }
}
