//! Assigns numbers to tenants.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Tenant numbers in the order of the tenants' first requests.
#[derive(Debug, Default)]
pub(in crate::trace) struct TenantNumbers {
    numbers: HashMap<Vec<u8>, u16, RandomState>,
    /// Number of requests of tenants that have no number of their own.
    overflow_requests: u64,
}

impl TenantNumbers {
    /// Returns the number of a tenant; tenants beyond the 65,536th share the last number.
    pub(in crate::trace) fn number(&mut self, name: &[u8]) -> u16 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let Ok(next) = u16::try_from(self.numbers.len()) else {
            self.overflow_requests += 1;
            return u16::MAX;
        };
        self.numbers.insert(name.to_vec(), next);
        next
    }

    /// Describes tenants that share a number; `None` if there are none.
    pub(in crate::trace) fn note(&self) -> Option<String> {
        (self.overflow_requests > 0).then(|| {
            format!(
                "the trace has more than {} tenants; {} requests of the others count as requests of the last one",
                self.numbers.len(),
                self.overflow_requests
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_beyond_the_limit_share_the_last_number_with_a_note() {
        let mut tenants = TenantNumbers::default();
        for number in 0..=u16::MAX {
            assert_eq!(tenants.number(&number.to_le_bytes()), number);
        }
        assert_eq!((tenants.number(&[7, 0]), tenants.note()), (7, None));
        assert_eq!((tenants.number(b"one"), tenants.number(b"more")), (u16::MAX, u16::MAX));
        assert!(tenants.note().is_some_and(|note| note.contains("2 requests")));
    }
}
