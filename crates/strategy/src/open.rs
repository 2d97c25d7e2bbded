//! Configuration that a strategy is opened with, and errors of opening a strategy.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::num::NonZeroUsize;
use std::ops::RangeBounds;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Clock;

/// Size limit that a strategy is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// No limit.
    Unbounded,
    /// Maximum number of entries after [`settle`](crate::Strategy::settle); at least 1.
    Entries(u64),
    /// Maximum number of bytes: the sum of [`PutOptions::weight`](crate::PutOptions::weight) over
    /// all entries.
    Bytes(u64),
}

impl Capacity {
    /// Returns the limit in entries, or `None` if the capacity is in bytes or unlimited.
    #[must_use]
    pub const fn entries(self) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Unbounded | Self::Bytes(_) => None,
        }
    }

    /// Returns true if the capacity is in bytes.
    #[must_use]
    pub const fn is_in_bytes(self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}

/// Configuration passed to [`Strategy::open`](crate::Strategy::open).
#[derive(Clone, Debug)]
pub struct OpenConfig {
    /// Size limit. A strategy with [`Bound::ServerMemory`](crate::Bound::ServerMemory) ignores it,
    /// because the driver has already set the limit of the server.
    pub capacity: Capacity,
    /// Seed for hashers and all other randomness.
    pub seed: u64,
    /// Prefix of every key and channel on a shared server. A strategy must not touch keys with
    /// another prefix.
    pub namespace: String,
    /// Number of connections to open to a service, per worker; at least 1.
    pub connections: usize,
    /// Addresses by service name, such as `redis` → `unix:///tmp/x/redis.sock`.
    pub services: BTreeMap<String, String>,
    /// Options of the variant.
    pub options: Options,
    /// Clock that decides when entries expire. A strategy that uses no other clock declares
    /// [`SUPPORTS_VIRTUAL_CLOCK`](crate::Strategy::SUPPORTS_VIRTUAL_CLOCK).
    pub clock: Clock,
}

impl OpenConfig {
    /// Returns a configuration with the given capacity and defaults for everything else.
    #[must_use]
    pub fn with_capacity(capacity: Capacity) -> Self {
        Self {
            capacity,
            seed: 1,
            namespace: String::from("bakeoff"),
            connections: 1,
            services: BTreeMap::new(),
            options: Options::default(),
            clock: Clock::system(),
        }
    }

    /// Returns the capacity in entries, for a strategy with [`Bound::Entries`](crate::Bound::Entries).
    ///
    /// # Errors
    /// [`OpenError::UnsupportedCapacity`] if the capacity is 0, in bytes or unlimited.
    pub fn max_entries(&self) -> Result<NonZeroUsize, OpenError> {
        let entries = self.capacity.entries().and_then(|entries| usize::try_from(entries).ok());
        entries.and_then(NonZeroUsize::new).ok_or(OpenError::UnsupportedCapacity(self.capacity))
    }

    /// Returns the address of a service.
    ///
    /// # Errors
    /// [`OpenError::MissingService`] if no address is configured.
    pub fn service(&self, name: &'static str) -> Result<&str, OpenError> {
        self.services.get(name).map(String::as_str).ok_or(OpenError::MissingService { name })
    }
}

/// Options of a variant: values by name, as the user gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(pub BTreeMap<String, String>);

impl Options {
    /// Returns the value of an option, or `default` if it is not set.
    ///
    /// # Errors
    /// [`OpenError::InvalidOption`] if the value cannot be parsed as `T`.
    pub fn get<T: FromStr>(&self, name: &str, default: T) -> Result<T, OpenError> {
        let Some(given) = self.0.get(name) else { return Ok(default) };
        given.parse().map_err(|_| OpenError::InvalidOption {
            name: name.to_owned(),
            given: given.clone(),
            expected: format!("a value of type {}", std::any::type_name::<T>()),
        })
    }

    /// Returns the number of an option, or `default` if it is not set.
    ///
    /// # Errors
    /// [`OpenError::InvalidOption`] if the value is not a number or outside of `range`.
    pub fn in_range<T, R>(&self, name: &str, default: T, range: R) -> Result<T, OpenError>
    where
        T: FromStr + PartialOrd + Display,
        R: RangeBounds<T> + Debug,
    {
        let number = self.get(name, default)?;
        if range.contains(&number) {
            return Ok(number);
        }
        Err(OpenError::InvalidOption {
            name: name.to_owned(),
            given: number.to_string(),
            expected: format!("a number in the range {range:?}"),
        })
    }

    /// Returns the value of an option that must be one of `choices`, by default the first.
    ///
    /// # Errors
    /// [`OpenError::InvalidOption`] for any other value.
    pub fn choice(&self, name: &str, choices: &[&'static str]) -> Result<&'static str, OpenError> {
        let default = choices.first().copied().unwrap_or_default();
        let Some(given) = self.0.get(name) else { return Ok(default) };
        choices.iter().find(|choice| *choice == given).copied().ok_or_else(|| {
            OpenError::InvalidOption {
                name: name.to_owned(),
                given: given.clone(),
                expected: format!("one of {}", choices.join(", ")),
            }
        })
    }

    /// Checks that every option is one of `known`, so that a misspelt option is an error.
    ///
    /// # Errors
    /// [`OpenError::UnknownOption`] for the first option that is not in `known`.
    pub fn reject_unknown(&self, known: &[&str]) -> Result<(), OpenError> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(OpenError::UnknownOption {
                name: name.clone(),
                known: if known.is_empty() { String::from("none") } else { known.join(", ") },
            }),
        }
    }
}

/// Failure to open a strategy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// An option has an invalid value.
    #[error("invalid option {name}={given:?}: expected {expected}")]
    InvalidOption {
        /// Name of the option.
        name: String,
        /// Value as given.
        given: String,
        /// Description of valid values.
        expected: String,
    },
    /// The strategy does not have such an option.
    #[error("unknown option {name:?}; options of this strategy: {known}")]
    UnknownOption {
        /// Name of the option.
        name: String,
        /// Options that exist, separated by commas, or "none".
        known: String,
    },
    /// No address is configured for a required service.
    #[error("the strategy requires the service {name:?}, but no address was given for it")]
    MissingService {
        /// Name of the service.
        name: &'static str,
    },
    /// The strategy cannot enforce this kind of capacity.
    #[error("the strategy does not support the capacity {0:?}")]
    UnsupportedCapacity(Capacity),
    /// Any other failure, with the strategy's own message.
    #[error("{0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_of_their_range_are_refused() {
        let options = |value: &str| Options(BTreeMap::from([("n".to_owned(), value.to_owned())]));
        assert_eq!(Options::default().in_range("n", 3_usize, 1..=8), Ok(3));
        assert_eq!(options("8").in_range("n", 3_usize, 1..=8), Ok(8));
        for wrong in ["0", "9", "-1", "x"] {
            let refused = options(wrong).in_range("n", 3_usize, 1..=8);
            assert!(matches!(refused, Err(OpenError::InvalidOption { .. })), "{wrong}");
        }
        assert!(options("NaN").in_range("n", 0.5, 0.0..=1.0).is_err());
    }
}
