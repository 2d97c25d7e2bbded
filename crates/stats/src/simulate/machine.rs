//! A machine that disturbs what is measured on it.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What disturbs a trial, in log time: 0.01 is 1 % longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// Standard deviation of the normal noise of a trial.
    pub noise: f64,
    /// Amplitude of a slow sine.
    pub sine: f64,
    /// Its period, in seconds.
    pub sine_seconds: f64,
    /// Standard deviation of the step that a random walk takes from trial to trial.
    pub walk: f64,
    /// Probability of a burst during a trial.
    pub burst_probability: f64,
    /// A burst lasts |N(0, this)|.
    pub burst: f64,
    /// Penalty of the first trial of a round.
    pub first: f64,
    /// Jumps between two speeds, if any.
    pub jumps: Option<Jumps>,
    /// From the beginning of a trial to that of the next, in seconds.
    pub trial_seconds: f64,
}

/// Jumps between two speeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jumps {
    /// The slower speed costs this much more.
    pub cost: f64,
    /// Mean seconds between jumps.
    pub mean_seconds: f64,
}

impl Machine {
    /// A shared virtual machine: 1.5 % noise a trial, a slow wave of 2 %, now and then a burst,
    /// and a penalty of 5 % for whoever goes first.
    pub const SHARED: Self = Self {
        noise: 0.015,
        sine: 0.02,
        sine_seconds: 600.0,
        walk: 0.001,
        burst_probability: 0.05,
        burst: 0.3,
        first: 0.05,
        jumps: None,
        trial_seconds: 0.5,
    };

    /// The same, jumping by a factor of 2 about once a minute.
    pub const BIMODAL: Self =
        Self { jumps: Some(Jumps { cost: 0.69, mean_seconds: 60.0 }), ..Self::SHARED };
}

/// The machine at work.
pub struct Clockwork<'m> {
    machine: &'m Machine,
    random: ChaCha8Rng,
    seconds: f64,
    phase: f64,
    walked: f64,
    slow: bool,
}

impl<'m> Clockwork<'m> {
    /// A machine at a random moment.
    pub fn new(machine: &'m Machine, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let phase = random.random_range(0.0..std::f64::consts::TAU);
        let slow = random.random_bool(0.5);
        Self { machine, random, seconds: 0.0, phase, walked: 0.0, slow }
    }

    /// Seconds since the beginning.
    pub const fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Log time that the machine adds to one trial.
    pub fn trial(&mut self, is_first: bool) -> f64 {
        let machine = self.machine;
        self.seconds += machine.trial_seconds;
        self.walked += machine.walk * normal(&mut self.random);
        let turn = std::f64::consts::TAU * self.seconds / machine.sine_seconds + self.phase;
        let mut added =
            machine.noise * normal(&mut self.random) + machine.sine * turn.sin() + self.walked;
        if self.random.random_bool(machine.burst_probability) {
            added += (machine.burst * normal(&mut self.random)).abs();
        }
        if is_first {
            added += machine.first;
        }
        if let Some(jumps) = machine.jumps {
            let stays = (-machine.trial_seconds / jumps.mean_seconds).exp();
            self.slow ^= !self.random.random_bool(stays);
            added += if self.slow { jumps.cost } else { 0.0 };
        }
        added
    }
}

/// A standard normal number (G. E. P. Box and M. E. Muller, 1958).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}
