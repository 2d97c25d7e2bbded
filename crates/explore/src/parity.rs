//! Capacity parity for strategies whose server counts only bytes: how much it has to be allowed
//! so that the strategy really holds as many entries as the others.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::message::{ProbeAction, Request};

use crate::client::Limits;
use crate::trial::{Bench, Candidate, TrialError};

/// Corrections at most; the first guess is usually within a few percent.
const CORRECTIONS: u32 = 3;
/// Share by which the entries held may differ from those asked for.
const CLOSE_ENOUGH: f64 = 0.02;

impl Bench<'_> {
    /// Bytes that a private server has to be allowed so that the candidate holds `capacity`
    /// values of `value_bytes`. `None` where no limit applies.
    ///
    /// The first guess is what the server uses when exactly as many entries were put as it has
    /// to hold. Then twice as many are put under that limit, and it is corrected by what is held.
    ///
    /// # Errors
    /// [`TrialError`] if the runner or the server fails.
    pub fn calibrate(
        &self,
        candidate: &Candidate,
        capacity: Capacity,
        value_bytes: u32,
        limits: Limits,
    ) -> Result<Option<u64>, TrialError> {
        let empty = {
            let leased = self.lease(candidate, None)?;
            if leased.as_configured() {
                return Ok(None);
            }
            leased.used_bytes()?
        };
        let entries = match capacity {
            Capacity::Unbounded => return Ok(None),
            Capacity::Bytes(bytes) => return Ok(Some(empty + bytes)),
            Capacity::Entries(entries) => entries,
        };
        let fill = Fill { bench: self, candidate, capacity, value_bytes, limits };
        let Some(share) = fill.planned()? else { return Ok(None) };
        let mut limit = fill.put(share, None)?.used_bytes;
        for _ in 0..CORRECTIONS {
            let held = fill.put(2 * entries.max(share), Some(limit))?.entries_held.max(1);
            if (held as f64 / entries as f64 - 1.0).abs() <= CLOSE_ENOUGH {
                break;
            }
            limit = corrected(empty, limit, entries, held);
        }
        Ok(Some(limit))
    }
}

/// Scales what the limit leaves for entries.
fn corrected(empty: u64, limit: u64, wanted: u64, held: u64) -> u64 {
    let room = limit.saturating_sub(empty) as f64;
    empty + (room * wanted as f64 / held as f64).round() as u64
}

struct Fill<'a> {
    bench: &'a Bench<'a>,
    candidate: &'a Candidate,
    capacity: Capacity,
    value_bytes: u32,
    limits: Limits,
}

struct Filled {
    used_bytes: u64,
    entries_held: u64,
}

impl Fill<'_> {
    /// Entries that the server itself has to hold; `None` if none.
    fn planned(&self) -> Result<Option<u64>, TrialError> {
        let Capacity::Entries(capacity_entries) = self.capacity else { return Ok(None) };
        let (mut client, _) = self.bench.greet(self.candidate, "plan", self.limits)?;
        let options = self.candidate.options.clone();
        let entries = client.plan(&Request::Plan { capacity_entries, options })?;
        client.bye()?;
        Ok((entries > 0).then_some(entries))
    }

    fn put(&self, entries: u64, limit_bytes: Option<u64>) -> Result<Filled, TrialError> {
        let leased = self.bench.lease(self.candidate, limit_bytes)?;
        let (mut client, _) = self.bench.greet(self.candidate, "calibration", self.limits)?;
        let probed = client.probe(&Request::Probe {
            action: ProbeAction::Put,
            ids: (0..entries).collect(),
            value_bytes: self.value_bytes,
            capacity: self.capacity,
            namespace: leased.namespace.clone(),
            services: leased.addresses(),
            options: self.candidate.options.clone(),
        })?;
        let used_bytes = leased.used_bytes()?;
        client.bye()?;
        Ok(Filled { used_bytes, entries_held: probed.entries_held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_corrected_by_what_was_held() {
        assert_eq!(corrected(1_000, 3_000, 100, 50), 5_000);
        assert_eq!(corrected(1_000, 3_000, 100, 200), 2_000);
        assert_eq!(corrected(1_000, 500, 100, 200), 1_000);
    }
}
