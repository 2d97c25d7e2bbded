//! Division of a capacity between the two tiers.

use bakeoff_strategy::{Capacity, OpenError, Options};

/// Default fraction of the entries in the first tier.
const DEFAULT_L1_SHARE: f64 = 0.1;
const L1_SHARE: &str = "l1_share";
const L1_ENTRIES: &str = "l1_entries";
/// Names of the options that set the split.
pub(super) const OPTIONS: &[&str] = &[L1_SHARE, L1_ENTRIES];

/// Capacity of each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CapacitySplit {
    /// Entries of the first tier.
    pub(super) l1: u64,
    pub(super) l2: Capacity,
}

/// Splits a capacity in entries. With an unlimited capacity only the first tier is limited, by the
/// option `l1_entries`, which is then required.
///
/// # Errors
/// [`OpenError`] for options out of range, and for a capacity in bytes.
pub(super) fn split(capacity: Capacity, options: &Options) -> Result<CapacitySplit, OpenError> {
    let share = options.get(L1_SHARE, DEFAULT_L1_SHARE)?;
    let fixed = options.get(L1_ENTRIES, 0_u64)?;
    if options.0.contains_key(L1_SHARE) && options.0.contains_key(L1_ENTRIES) {
        return Err(OpenError::Failed(format!(
            "options {L1_SHARE} and {L1_ENTRIES} exclude each other; give one of them"
        )));
    }
    if !(share > 0.0 && share < 1.0) {
        return Err(invalid(L1_SHARE, share.to_string(), "a number above 0 and below 1"));
    }
    if options.0.contains_key(L1_ENTRIES) && fixed == 0 {
        return Err(invalid(L1_ENTRIES, String::from("0"), "1 or more"));
    }
    match capacity {
        Capacity::Entries(0) | Capacity::Bytes(_) => Err(OpenError::UnsupportedCapacity(capacity)),
        Capacity::Entries(all) => {
            let l1 = if fixed > 0 { fixed } else { (all as f64 * share).round() as u64 };
            if l1 >= all && fixed > 0 && all > 1 {
                let expected =
                    format!("less than the capacity of {all}, so that the second tier has entries");
                return Err(invalid(L1_ENTRIES, fixed.to_string(), &expected));
            }
            // Each tier has at least one entry, so a capacity of 1 is exceeded by 1.
            let l1 = l1.clamp(1, all.saturating_sub(1).max(1));
            Ok(CapacitySplit { l1, l2: Capacity::Entries((all - l1).max(1)) })
        }
        Capacity::Unbounded if fixed > 0 => Ok(CapacitySplit { l1: fixed, l2: capacity }),
        Capacity::Unbounded => Err(OpenError::Failed(format!(
            "the first tier of an unlimited cache needs its own limit; give the option {L1_ENTRIES}"
        ))),
    }
}

fn invalid(name: &str, given: String, expected: &str) -> OpenError {
    OpenError::InvalidOption { name: name.to_owned(), given, expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> Options {
        Options([(name.to_owned(), value.to_owned())].into())
    }

    fn entries(capacity: u64, options: &Options) -> (u64, u64) {
        let split = split(Capacity::Entries(capacity), options).unwrap();
        (split.l1, split.l2.entries().unwrap())
    }

    #[test]
    fn both_tiers_together_have_the_capacity() {
        let none = Options::default();
        assert_eq!(entries(1_000, &none), (100, 900));
        assert_eq!(entries(4, &none), (1, 3));
        assert_eq!(entries(2, &none), (1, 1));
        assert_eq!(entries(1, &none), (1, 1));
        assert_eq!(entries(1_000, &options(L1_SHARE, "0.5")), (500, 500));
        assert_eq!(entries(10, &options(L1_SHARE, "0.99")), (9, 1));
        assert_eq!(entries(1_000, &options(L1_ENTRIES, "7")), (7, 993));
    }

    #[test]
    fn invalid_options_are_rejected() {
        for (name, value) in [
            (L1_SHARE, "0"),
            (L1_SHARE, "1"),
            (L1_SHARE, "NaN"),
            (L1_ENTRIES, "0"),
            (L1_ENTRIES, "100"),
        ] {
            assert!(
                split(Capacity::Entries(100), &options(name, value)).is_err(),
                "{name}={value}"
            );
        }
        assert!(split(Capacity::Unbounded, &Options::default()).is_err());
        assert!(split(Capacity::Bytes(100), &Options::default()).is_err());
        let unlimited = split(Capacity::Unbounded, &options(L1_ENTRIES, "5")).unwrap();
        assert_eq!(unlimited, CapacitySplit { l1: 5, l2: Capacity::Unbounded });
    }
}
