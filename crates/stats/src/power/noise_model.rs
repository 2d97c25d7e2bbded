//! Model of the noise of a machine, and a source of simulated noise.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Disturbances of a trial, in log time: 0.01 is 1 % longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseModel {
    /// Standard deviation of a trial's normal noise.
    pub noise: f64,
    /// Amplitude of a slow sine wave, which is the drift.
    pub sine: f64,
    /// Period of the wave, in seconds.
    pub sine_seconds: f64,
    /// Standard deviation of a random walk's step from trial to trial.
    pub walk: f64,
    /// Probability of a burst during a trial.
    pub burst_probability: f64,
    /// Standard deviation of a burst, which adds |N(0, burst)|.
    pub burst: f64,
    /// Additional log time of the first trial of a round.
    pub first: f64,
    /// Changes between two speeds.
    pub speed_changes: Option<SpeedChanges>,
    /// Time between the starts of two trials, in seconds.
    pub trial_seconds: f64,
}

/// Random changes between a faster and a slower speed of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeedChanges {
    /// Additional log time of the slower speed.
    pub cost: f64,
    /// Mean time between changes, in seconds.
    pub mean_seconds: f64,
}

impl NoiseModel {
    /// Shared virtual machine: 1.5 % noise per trial, a slow wave of 2 %, occasional bursts, and a
    /// penalty of 5 % for the first trial of a round.
    pub const SHARED: Self = Self {
        noise: 0.015,
        sine: 0.02,
        sine_seconds: 600.0,
        walk: 0.001,
        burst_probability: 0.05,
        burst: 0.3,
        first: 0.05,
        speed_changes: None,
        trial_seconds: 0.5,
    };

    /// Shared virtual machine that changes its speed by a factor of 2 about once a minute.
    pub const BIMODAL: Self = Self {
        speed_changes: Some(SpeedChanges { cost: 0.69, mean_seconds: 60.0 }),
        ..Self::SHARED
    };
}

/// Simulates the noise of consecutive trials.
pub struct NoiseSource<'m> {
    machine: &'m NoiseModel,
    random: ChaCha8Rng,
    seconds: f64,
    phase: f64,
    walked: f64,
    slow: bool,
}

impl<'m> NoiseSource<'m> {
    /// Starts the wave at a random phase, determined by `seed`.
    pub fn new(machine: &'m NoiseModel, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let phase = random.random_range(0.0..std::f64::consts::TAU);
        let slow = random.random_bool(0.5);
        Self { machine, random, seconds: 0.0, phase, walked: 0.0, slow }
    }

    /// Returns the simulated time in seconds.
    pub const fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Returns the log time that is added to the next trial.
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
        if let Some(speed_changes) = machine.speed_changes {
            let stays = (-machine.trial_seconds / speed_changes.mean_seconds).exp();
            self.slow ^= !self.random.random_bool(stays);
            added += if self.slow { speed_changes.cost } else { 0.0 };
        }
        added
    }
}

/// Returns a standard normal random number (G. E. P. Box and M. E. Muller, 1958).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}
