//! How a capacity is shared between the tiers.

use bakeoff_strategy::{Capacity, OpenError, Options};

/// The near tier's part of the entries where nothing else is said.
const DEFAULT_SHARE: f64 = 0.1;
/// Options of the split; all others are the far tier's.
pub(crate) const SHARE: &str = "l1_share";
pub(crate) const ENTRIES: &str = "l1_entries";

/// Entries of each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) near: u64,
    pub(crate) far: Capacity,
}

/// Splits a capacity in entries; of an unlimited one, only the near tier is limited, and has to
/// be by `l1_entries`.
///
/// # Errors
/// [`OpenError`] for options out of range, and for a capacity in bytes.
pub(crate) fn split(capacity: Capacity, options: &Options) -> Result<Split, OpenError> {
    let share = options.get(SHARE, DEFAULT_SHARE)?;
    let fixed = options.get(ENTRIES, 0_u64)?;
    if options.0.contains_key(SHARE) && options.0.contains_key(ENTRIES) {
        return Err(OpenError::Failed(format!("options {SHARE} and {ENTRIES}: give one of them")));
    }
    if !(share > 0.0 && share < 1.0) {
        let why = format!("option {SHARE}={share}: expected a share above 0 and below 1");
        return Err(OpenError::Failed(why));
    }
    if options.0.contains_key(ENTRIES) && fixed == 0 {
        return Err(OpenError::Failed(format!("option {ENTRIES}=0: expected 1 or more")));
    }
    match capacity {
        Capacity::Entries(0) | Capacity::Bytes(_) => Err(OpenError::UnsupportedCapacity(capacity)),
        Capacity::Entries(all) => {
            let near = if fixed > 0 { fixed } else { (all as f64 * share).round() as u64 };
            if near >= all && fixed > 0 && all > 1 {
                return Err(OpenError::Failed(format!(
                    "option {ENTRIES}={fixed}: nothing of a capacity of {all} is left for the far tier"
                )));
            }
            // Each tier has at least one entry: a capacity of 1 is the only one exceeded by that.
            let near = near.clamp(1, all.saturating_sub(1).max(1));
            Ok(Split { near, far: Capacity::Entries((all - near).max(1)) })
        }
        Capacity::Unbounded if fixed > 0 => Ok(Split { near: fixed, far: capacity }),
        Capacity::Unbounded => Err(OpenError::Failed(format!(
            "the near tier of an unlimited cache needs a limit of its own: give {ENTRIES}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> Options {
        Options([(name.to_owned(), value.to_owned())].into())
    }

    fn entries(capacity: u64, options: &Options) -> (u64, u64) {
        let split = split(Capacity::Entries(capacity), options).unwrap();
        (split.near, split.far.entries().unwrap())
    }

    #[test]
    fn shares_are_kept_and_nothing_is_lost() {
        let none = Options::default();
        assert_eq!(entries(1_000, &none), (100, 900));
        assert_eq!(entries(4, &none), (1, 3));
        assert_eq!(entries(2, &none), (1, 1));
        assert_eq!(entries(1, &none), (1, 1));
        assert_eq!(entries(1_000, &options(SHARE, "0.5")), (500, 500));
        assert_eq!(entries(10, &options(SHARE, "0.99")), (9, 1));
        assert_eq!(entries(1_000, &options(ENTRIES, "7")), (7, 993));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (name, value) in
            [(SHARE, "0"), (SHARE, "1"), (SHARE, "NaN"), (ENTRIES, "0"), (ENTRIES, "100")]
        {
            assert!(
                split(Capacity::Entries(100), &options(name, value)).is_err(),
                "{name}={value}"
            );
        }
        assert!(split(Capacity::Unbounded, &Options::default()).is_err());
        assert!(split(Capacity::Bytes(100), &Options::default()).is_err());
        let near = split(Capacity::Unbounded, &options(ENTRIES, "5")).unwrap();
        assert_eq!(near, Split { near: 5, far: Capacity::Unbounded });
    }
}
