//! What a strategy is opened with.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::{Capacity, Clock};

/// Everything that a strategy may want to know when it is opened.
#[derive(Clone, Debug)]
pub struct OpenConfig {
    /// How much it may hold. A strategy that counts only bytes on a server (see
    /// [`Bound`](crate::Bound)) finds the server's limit already set.
    pub capacity: Capacity,
    /// The trial's seed, for hashers and for whatever else is random.
    pub seed: u64,
    /// Prefix of every key and channel on a shared server; other prefixes are other people's.
    pub namespace: String,
    /// Connections to open to a service, for each worker; at least 1.
    pub connections: usize,
    /// Addresses by service name, such as `redis` → `unix:///tmp/x/redis.sock`.
    pub services: BTreeMap<String, String>,
    /// The variant's own options.
    pub options: Options,
    /// The time to go by. A strategy that keeps times of its own and takes this one says so with
    /// [`Strategy::TAKES_CLOCK`](crate::Strategy::TAKES_CLOCK).
    pub clock: Clock,
}

impl OpenConfig {
    /// A configuration with a capacity and nothing else: what most tests want.
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

    /// The address of a service.
    ///
    /// # Errors
    /// [`OpenError::Service`] if the service is not there.
    pub fn service(&self, name: &'static str) -> Result<&str, OpenError> {
        self.services.get(name).map(String::as_str).ok_or(OpenError::Service { name })
    }
}

/// A variant's options: names and values, as its user gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(pub BTreeMap<String, String>);

impl Options {
    /// The value of an option, or `default` where it was not given.
    ///
    /// # Errors
    /// [`OpenError::Option`] if the value does not parse.
    pub fn get<T: FromStr>(&self, name: &str, default: T) -> Result<T, OpenError> {
        let Some(given) = self.0.get(name) else { return Ok(default) };
        given.parse().map_err(|_| OpenError::Option {
            name: name.to_owned(),
            given: given.clone(),
            expected: std::any::type_name::<T>().to_owned(),
        })
    }

    /// Refuses options that the strategy does not have, so that a typo is not measured in silence.
    ///
    /// # Errors
    /// [`OpenError::UnknownOption`] for the first one that is not among `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), OpenError> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(OpenError::UnknownOption {
                name: name.clone(),
                known: if known.is_empty() { String::from("none") } else { known.join(", ") },
            }),
        }
    }
}

/// Why a strategy could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// An option's value does not parse.
    #[error("option {name}={given:?} is not a valid {expected}")]
    Option {
        /// The option.
        name: String,
        /// What was given.
        given: String,
        /// What was expected.
        expected: String,
    },
    /// An option that the strategy does not have.
    #[error("unknown option {name:?}; this strategy has: {known}")]
    UnknownOption {
        /// The option.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// A service that the strategy needs was not given.
    #[error("the service {name:?} is needed, and no address was given for it")]
    Service {
        /// The service.
        name: &'static str,
    },
    /// The capacity is of a kind that the strategy cannot keep.
    #[error("capacity {0:?} is not one that this strategy can keep")]
    Capacity(Capacity),
    /// Whatever else went wrong, in the strategy's own words.
    #[error("{0}")]
    Failed(String),
}
