//! Guards the keys that others keep on a server that a URL names.

use bakeoff_services::redis::Occupancy;

use super::{ServerError, ServerProvider};

/// State of external servers before the first write.
pub(crate) struct ForeignKeys {
    before: Vec<(String, Occupancy)>,
    own_prefix: String,
}

impl ForeignKeys {
    /// Reads the state of each service's server and refuses one that could lose foreign keys.
    ///
    /// A server that does not answer is left to the check of available services.
    ///
    /// # Errors
    /// [`ServerError`] that names the flag to accept the loss.
    pub(crate) fn protect<'a>(
        servers: &dyn ServerProvider,
        services: impl IntoIterator<Item = &'a str>,
        own_prefix: String,
    ) -> Result<Self, ServerError> {
        let mut before = Vec::new();
        for service in services {
            let Ok(Some(occupancy)) = servers.occupancy(service, &own_prefix) else { continue };
            if !servers.allows_eviction() {
                occupancy.check_before_writing()?;
            }
            before.push((service.to_owned(), occupancy));
        }
        Ok(Self { before, own_prefix })
    }

    /// Compares the servers with their state before the first write.
    ///
    /// `note` receives a loss that the user accepts, and a server that no longer answers.
    ///
    /// # Errors
    /// [`ServerError`] if foreign keys are lost.
    pub(crate) fn check_after(
        &self,
        servers: &dyn ServerProvider,
        mut note: impl FnMut(&str),
    ) -> Result<(), ServerError> {
        for (service, before) in &self.before {
            match servers.occupancy(service, &self.own_prefix) {
                Ok(Some(after)) => match after.check_since(before) {
                    Err(lost) if servers.allows_eviction() => note(&lost.to_string()),
                    compared => compared?,
                },
                Ok(None) => {}
                Err(error) => note(&format!("cannot compare the keys of others: {error}")),
            }
        }
        Ok(())
    }
}
