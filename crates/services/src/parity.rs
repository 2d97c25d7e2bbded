//! Calibrates the memory limit at which a Redis server holds as many entries as the other caches.
//!
//! Redis limits bytes, not entries. The cost of an entry depends on the lengths of key and value,
//! on the allocator's size classes, and on two hash tables that double at powers of two, so no
//! constant works. Instead, the strategy itself fills a private server, and the memory then used is
//! the first guess. Each guess is tested by filling an empty server beyond the limit.
//! docs/OPERATIONS.md has measured values.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use crate::{Error, RedisServer};

/// Largest deviation from the target that needs no further step, as a fraction of the entries.
const TOLERANCE: f64 = 0.003;
const MAX_STEPS: usize = 6;
/// Bytes that a busy connection uses on the server: a reply buffer of 16 KiB and a request buffer
/// of about the same size (34 KB measured on 7.0, requests of 512 bytes).
pub const BYTES_PER_CONNECTION: u64 = 34 << 10;
/// Pause between two readings of the memory used, longer than a cycle of the server's housekeeping.
const PAUSE: Duration = Duration::from_millis(120);
/// Maximum number of readings: 12 s, enough to rehash a table of millions of entries.
const MAX_READINGS: u32 = 100;

/// Memory limit that was tested, and the entries held at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestedLimit {
    /// Memory limit (`maxmemory`), in bytes.
    pub maxmemory_bytes: u64,
    /// Entries held after overfilling.
    pub held_entries: u64,
}

/// Result of a calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Parity {
    /// Requested number of entries.
    pub target_entries: u64,
    /// Entries held at the limit, after overfilling.
    pub held_entries: u64,
    /// Memory limit (`maxmemory`) at which the server held `held_entries`, in bytes.
    pub maxmemory_bytes: u64,
    /// Bytes per entry at the target, including key, value and tables.
    pub bytes_per_entry: f64,
    /// Tested limits, in order.
    pub steps: Vec<TestedLimit>,
}

impl Parity {
    /// Returns the relative deviation of the held entries from the target; 0.03 is 3 % too many.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        deviation(self.target_entries, self.held_entries)
    }
}

/// Finds the memory limit at which a private server holds `target_entries`.
///
/// The result is within 0.3 % if six steps suffice. The server is empty afterwards and has that
/// limit. `fill` makes the strategy put the entries with the given dense ids, in order and with the
/// sizes of the workload.
///
/// # Errors
/// Errors of `fill`; [`Error::NotPrivate`] for a server that is not private.
pub fn calibrate<E: From<Error>>(
    redis: &RedisServer,
    target_entries: u64,
    mut fill: impl FnMut(Range<u64>) -> Result<(), E>,
) -> Result<Parity, E> {
    let target = target_entries.max(1);
    redis.set_maxmemory(0)?;
    redis.empty()?;
    let empty = settled_memory(redis)?;
    fill(0..target)?;
    let full = settled_memory(redis)?;
    let bytes_per_entry = full.saturating_sub(empty) as f64 / target as f64;

    let mut steps: Vec<TestedLimit> = Vec::new();
    let mut guess = Some(full);
    while let Some(maxmemory_bytes) = guess {
        redis.empty()?;
        redis.set_maxmemory(maxmemory_bytes)?;
        // Two and a half times the target, so that hash tables that grow late have grown.
        fill(0..target * 2 + target / 2)?;
        steps.push(TestedLimit { maxmemory_bytes, held_entries: redis.dbsize()? });
        guess = next_guess(target, bytes_per_entry, &steps);
    }
    let best =
        best(target, &steps).unwrap_or(TestedLimit { maxmemory_bytes: full, held_entries: 0 });
    redis.empty()?;
    redis.set_maxmemory(best.maxmemory_bytes)?;
    Ok(Parity {
        target_entries: target,
        held_entries: best.held_entries,
        maxmemory_bytes: best.maxmemory_bytes,
        bytes_per_entry,
        steps,
    })
}

/// Returns the next limit to test, or `None` if a tested one is close enough or cannot be improved.
///
/// Interpolates between a limit that held too few and one that held too many; otherwise corrects a
/// tested limit by the cost of the missing entries.
#[must_use]
pub fn next_guess(target_entries: u64, bytes_per_entry: f64, steps: &[TestedLimit]) -> Option<u64> {
    let best = best(target_entries, steps)?;
    if deviation(target_entries, best.held_entries).abs() <= TOLERANCE || steps.len() >= MAX_STEPS {
        return None;
    }
    let below = steps.iter().filter(|step| step.held_entries < target_entries);
    let above = steps.iter().filter(|step| step.held_entries > target_entries);
    let low = below.max_by_key(|step| step.maxmemory_bytes);
    let high = above.min_by_key(|step| step.maxmemory_bytes);
    let guess = match (low, high) {
        (Some(low), Some(high)) if low.maxmemory_bytes < high.maxmemory_bytes => {
            between(target_entries, low, high)
        }
        (one, other) => {
            let from = one.or(other)?;
            let missing = target_entries as f64 - from.held_entries as f64;
            (from.maxmemory_bytes as f64 + missing * bytes_per_entry).max(1.0) as u64
        }
    };
    let tried = steps.iter().any(|step| step.maxmemory_bytes == guess);
    (!tried).then_some(guess)
}

/// Interpolates linearly, at least an eighth away from both ends.
///
/// The curve bends at each size at which a hash table doubles. There, plain interpolation would
/// approach the target in tiny steps.
fn between(target_entries: u64, low: &TestedLimit, high: &TestedLimit) -> u64 {
    let entries = (high.held_entries - low.held_entries) as f64;
    let share = ((target_entries - low.held_entries) as f64 / entries).clamp(0.125, 0.875);
    let bytes = (high.maxmemory_bytes - low.maxmemory_bytes) as f64;
    low.maxmemory_bytes + (bytes * share) as u64
}

fn best(target_entries: u64, steps: &[TestedLimit]) -> Option<TestedLimit> {
    steps.iter().copied().min_by_key(|step| step.held_entries.abs_diff(target_entries))
}

fn deviation(target_entries: u64, held_entries: u64) -> f64 {
    held_entries as f64 / target_entries.max(1) as f64 - 1.0
}

/// Waits until the memory used is stable: freed buffers and rehashing change it for a while.
fn settled_memory(redis: &RedisServer) -> Result<u64, Error> {
    let mut used = redis.used_memory()?;
    for _ in 0..MAX_READINGS {
        thread::sleep(PAUSE);
        let now = redis.used_memory()?;
        if now.abs_diff(used) <= now / 1_000 && !is_rehashing(redis)? {
            return Ok(now);
        }
        used = now;
    }
    Ok(used)
}

fn is_rehashing(redis: &RedisServer) -> Result<bool, Error> {
    // Older servers do not report rehashing; only a change of the memory used shows it.
    Ok(redis.info("memory")?.get("mem_overhead_db_hashtable_rehashing").is_some_and(|it| it != "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of entries that a simulated server holds, with a fixed cost, a cost per
    /// entry, and tables that double.
    fn held(maxmemory: u64, fixed: u64, entry: u64) -> u64 {
        let cost = |entries: u64| fixed + entries * entry + 16 * entries.next_power_of_two();
        (0..200_000).take_while(|&entries| cost(entries) <= maxmemory).last().unwrap_or(0)
    }

    fn run(target: u64, fixed: u64, entry: u64, first: u64) -> (TestedLimit, usize) {
        let mut steps = Vec::new();
        let mut guess = Some(first);
        while let Some(maxmemory_bytes) = guess {
            let held_entries = held(maxmemory_bytes, fixed, entry);
            steps.push(TestedLimit { maxmemory_bytes, held_entries });
            guess = next_guess(target, entry as f64, &steps);
        }
        (best(target, &steps).unwrap(), steps.len())
    }

    #[test]
    fn a_good_first_guess_needs_one_step() {
        let (best, steps) = run(20_000, 900_000, 200, 900_000 + 20_000 * 200 + 16 * 32_768);
        assert_eq!((best.held_entries, steps), (20_000, 1));
    }

    #[test]
    fn bad_first_guesses_are_corrected() {
        for target in [500, 2_000, 4_097, 8_300, 20_000, 70_000] {
            let ideal = 900_000 + target * 216;
            for first in [ideal * 8 / 10, ideal * 9 / 10, ideal * 11 / 10, ideal * 3] {
                let (best, steps) = run(target, 900_000, 200, first);
                let off = deviation(target, best.held_entries).abs();
                assert!(off <= 0.05 && steps <= MAX_STEPS, "{target} from {first}: {best:?}");
            }
        }
    }

    #[test]
    fn an_unreachable_target_ends_the_search() {
        let steps = [TestedLimit { maxmemory_bytes: 10, held_entries: 0 }; MAX_STEPS];
        assert_eq!(next_guess(100, 200.0, &steps), None);
        assert_eq!(next_guess(100, 0.0, &steps[..1]), None);
    }

    #[test]
    fn the_deviation_is_relative_to_the_target() {
        let parity = Parity {
            target_entries: 100,
            held_entries: 103,
            maxmemory_bytes: 1_000,
            bytes_per_entry: 5.0,
            steps: Vec::new(),
        };
        assert!((parity.deviation() - 0.03).abs() < 1e-12);
    }
}
