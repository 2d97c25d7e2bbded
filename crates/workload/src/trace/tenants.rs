//! Numbers for the names of tenants.

use std::collections::HashMap;

/// Numbers in the order of the tenants' first requests.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    numbers: HashMap<Vec<u8>, u16>,
    sharing: u64,
}

impl Tenants {
    /// The number of a tenant. Those beyond the last number share it.
    pub(super) fn number(&mut self, name: &[u8]) -> u16 {
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        let Ok(next) = u16::try_from(self.numbers.len()) else {
            self.sharing += 1;
            return u16::MAX;
        };
        self.numbers.insert(name.to_vec(), next);
        next
    }

    /// What is to be said of them.
    pub(super) fn note(&self) -> Option<String> {
        (self.sharing > 0).then(|| {
            format!(
                "there are more than {} tenants: those beyond, with {} requests, count as the last one",
                self.numbers.len(),
                self.sharing
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_beyond_the_last_number_share_it_and_that_is_said() {
        let mut tenants = Tenants::default();
        for number in 0..=u16::MAX {
            assert_eq!(tenants.number(&number.to_le_bytes()), number);
        }
        assert_eq!((tenants.number(&[7, 0]), tenants.note()), (7, None));
        assert_eq!((tenants.number(b"one"), tenants.number(b"more")), (u16::MAX, u16::MAX));
        assert!(tenants.note().is_some_and(|note| note.contains("with 2 requests")));
    }
}
