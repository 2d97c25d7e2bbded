//! The memory limit at which a Redis holds as many entries as the other caches may.
//!
//! Redis counts bytes, not entries, and what an entry costs depends on the lengths of key and
//! value, on the allocator's size classes, and on two hash tables that double at powers of two.
//! No constant would do. So the strategy itself fills a private server with as many entries as it
//! is to hold, the memory then used is the first guess, and each further guess is tried from an
//! empty server, overfilled, and judged by what it really holds. docs/OPERATIONS.md has figures.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use crate::{Error, Redis};

/// A difference that further steps do not try to mend: 1 % of the entries.
const CLOSE_ENOUGH: f64 = 0.01;
/// Guesses that are tried before the best of them is taken.
const MOST_STEPS: usize = 6;
/// What one more connection holds on the server while it is busy: a buffer of 16 KiB for
/// replies and one about as large for requests (34 KB measured on 7.0, requests of 512 bytes).
pub const BYTES_PER_CONNECTION: u64 = 34 << 10;
/// Pause between two looks at the memory used, longer than the server's own housekeeping cycle.
const PAUSE: Duration = Duration::from_millis(120);
/// Looks at the memory used, at most: 12 s, enough to move a table of millions of entries.
const MOST_LOOKS: u32 = 100;

/// A limit that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The limit in bytes.
    pub maxmemory_bytes: u64,
    /// Entries held after it was overfilled.
    pub held_entries: u64,
}

/// What a calibration came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Parity {
    /// Entries that were asked for.
    pub target_entries: u64,
    /// Entries really held at the limit, when overfilled.
    pub held_entries: u64,
    /// The limit.
    pub maxmemory_bytes: u64,
    /// Bytes an entry, key, value and tables together, at that number of entries.
    pub bytes_per_entry: f64,
    /// Limits that were tried, in order.
    pub steps: Vec<Step>,
}

impl Parity {
    /// Held by asked, less 1: 0.03 is 3 % too many.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        deviation(self.target_entries, self.held_entries)
    }

    /// The limit for a load with more connections than the one that the calibration had: their
    /// buffers count against it.
    #[must_use]
    pub const fn maxmemory_for_connections(&self, connections: u64) -> u64 {
        self.maxmemory_bytes + connections.saturating_sub(1) * BYTES_PER_CONNECTION
    }
}

/// Finds the limit at which a private server holds `target_entries`, to within 1 % where that
/// can be had in six steps, and leaves the server empty with that limit.
///
/// `fill` makes the strategy put the entries with the given dense ids, one after the other, with
/// the sizes that the workload has.
///
/// # Errors
/// Those of `fill`; [`Error::NotOurs`] for a server that we did not start.
pub fn calibrate<E: From<Error>>(
    redis: &Redis,
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

    let mut steps: Vec<Step> = Vec::new();
    let mut guess = Some(full);
    while let Some(maxmemory_bytes) = guess {
        redis.empty()?;
        redis.set_maxmemory(maxmemory_bytes)?;
        // Beyond full, so that tables that grow late have grown.
        fill(0..target * 2 + target / 2)?;
        steps.push(Step { maxmemory_bytes, held_entries: redis.dbsize()? });
        guess = next_guess(target, bytes_per_entry, &steps);
    }
    let best = best(target, &steps).unwrap_or(Step { maxmemory_bytes: full, held_entries: 0 });
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

/// The next limit to try; `None` if one of those tried is close enough, or no better one is to be
/// had.
///
/// Between a limit that held too few and one that held too many, the straight line is followed;
/// else the last step is corrected by what an entry costs.
#[must_use]
pub fn next_guess(target_entries: u64, bytes_per_entry: f64, steps: &[Step]) -> Option<u64> {
    let best = best(target_entries, steps)?;
    if deviation(target_entries, best.held_entries).abs() <= CLOSE_ENOUGH
        || steps.len() >= MOST_STEPS
    {
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

/// The limit on the straight line between two, never closer to either end than an eighth of the
/// way: where a table doubles the line is bent, and would be followed in tiny steps.
fn between(target_entries: u64, low: &Step, high: &Step) -> u64 {
    let entries = (high.held_entries - low.held_entries) as f64;
    let share = ((target_entries - low.held_entries) as f64 / entries).clamp(0.125, 0.875);
    let bytes = (high.maxmemory_bytes - low.maxmemory_bytes) as f64;
    low.maxmemory_bytes + (bytes * share) as u64
}

fn best(target_entries: u64, steps: &[Step]) -> Option<Step> {
    steps.iter().copied().min_by_key(|step| step.held_entries.abs_diff(target_entries))
}

fn deviation(target_entries: u64, held_entries: u64) -> f64 {
    held_entries as f64 / target_entries.max(1) as f64 - 1.0
}

/// The memory used once it no longer changes: freed buffers and tables that are moved go on
/// changing it for a while.
fn settled_memory(redis: &Redis) -> Result<u64, Error> {
    let mut used = redis.used_memory()?;
    for _ in 0..MOST_LOOKS {
        thread::sleep(PAUSE);
        let now = redis.used_memory()?;
        if now.abs_diff(used) <= now / 1_000 && !is_rehashing(redis)? {
            return Ok(now);
        }
        used = now;
    }
    Ok(used)
}

fn is_rehashing(redis: &Redis) -> Result<bool, Error> {
    // A figure of newer servers; older ones show it in the memory alone.
    Ok(redis.info("memory")?.get("mem_overhead_db_hashtable_rehashing").is_some_and(|it| it != "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server with a fixed cost, a cost an entry, and tables that double.
    fn held(maxmemory: u64, fixed: u64, entry: u64) -> u64 {
        let cost = |entries: u64| fixed + entries * entry + 16 * entries.next_power_of_two();
        (0..200_000).take_while(|&entries| cost(entries) <= maxmemory).last().unwrap_or(0)
    }

    fn run(target: u64, fixed: u64, entry: u64, first: u64) -> (Step, usize) {
        let mut steps = Vec::new();
        let mut guess = Some(first);
        while let Some(maxmemory_bytes) = guess {
            let held_entries = held(maxmemory_bytes, fixed, entry);
            steps.push(Step { maxmemory_bytes, held_entries });
            guess = next_guess(target, entry as f64, &steps);
        }
        (best(target, &steps).unwrap(), steps.len())
    }

    #[test]
    fn a_good_guess_is_kept() {
        let (best, steps) = run(20_000, 900_000, 200, 900_000 + 20_000 * 200 + 16 * 32_768);
        assert_eq!((best.held_entries, steps), (20_000, 1));
    }

    #[test]
    fn bad_guesses_are_mended() {
        for target in [500, 2_000, 4_097, 8_300, 20_000, 70_000] {
            let ideal = 900_000 + target * 216;
            for first in [ideal * 8 / 10, ideal * 9 / 10, ideal * 11 / 10, ideal * 3] {
                let (best, steps) = run(target, 900_000, 200, first);
                let off = deviation(target, best.held_entries).abs();
                assert!(off <= 0.05 && steps <= MOST_STEPS, "{target} from {first}: {best:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_had_ends() {
        let steps = [Step { maxmemory_bytes: 10, held_entries: 0 }; MOST_STEPS];
        assert_eq!(next_guess(100, 200.0, &steps), None);
        assert_eq!(next_guess(100, 0.0, &steps[..1]), None);
    }

    #[test]
    fn connections_are_allowed_for() {
        let parity = Parity {
            target_entries: 100,
            held_entries: 103,
            maxmemory_bytes: 1_000,
            bytes_per_entry: 5.0,
            steps: Vec::new(),
        };
        assert!((parity.deviation() - 0.03).abs() < 1e-12);
        assert_eq!(parity.maxmemory_for_connections(1), 1_000);
        assert_eq!(parity.maxmemory_for_connections(3), 1_000 + 2 * BYTES_PER_CONNECTION);
    }
}
