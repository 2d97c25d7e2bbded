//! Protects the keys of other applications on a server that the user named by URL.

use bakeoff_services::redis::Occupancy;

use super::{ServerError, ServerProvider};

/// State of the user's own servers before Bakeoff first writes to them.
pub(crate) struct ExternalServerGuard {
    before: Vec<(String, Occupancy)>,
    own_prefix: String,
}

impl ExternalServerGuard {
    /// Records the state of each server; fails if a server could lose keys of other applications.
    ///
    /// Skips servers that do not answer: the check of available services reports them.
    ///
    /// # Errors
    /// [`ServerError`]; its message names the flag that accepts the loss.
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
    /// Passes to `note` each loss that the user accepted in advance, and each server that no longer
    /// answers.
    ///
    /// # Errors
    /// [`ServerError`] if keys of other applications were lost without the user's permission.
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
                Err(error) => {
                    note(&format!("cannot check for lost keys of other applications: {error}"))
                }
            }
        }
        Ok(())
    }
}
