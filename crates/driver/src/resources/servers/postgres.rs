//! PostgreSQL servers; each lease has its own schema.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use bakeoff_services::postgres::{Template, schema_name};
use bakeoff_services::process::cpu_time;
use bakeoff_services::{PostgresServer, ServerTime};

use super::{RealServers, ServerError, ServerLease};

impl RealServers {
    pub(super) fn postgres(&self, time: ServerTime) -> Result<PostgresServer, ServerError> {
        if let Some(url) = &self.external.database_url {
            return Ok(PostgresServer::from_url(url, self.external.allow_remote)?);
        }
        let mut template = self.template.lock().unwrap_or_else(PoisonError::into_inner);
        let template = match &mut *template {
            Some(made) => made,
            none => none.insert(Template::make()?),
        };
        Ok(PostgresServer::start_from(template, time)?)
    }

    pub(super) fn lease_postgres(
        &self,
        namespace: &str,
        time: ServerTime,
    ) -> Result<Box<dyn ServerLease>, ServerError> {
        let server = self.postgres(time)?;
        let schema = schema_name(namespace);
        server.create_schema(&schema)?;
        Ok(Box::new(PostgresLease { server, schema }))
    }
}

struct PostgresLease {
    server: PostgresServer,
    schema: String,
}

impl ServerLease for PostgresLease {
    fn address(&self) -> String {
        self.server.address(&self.schema)
    }

    fn clock_page(&self) -> Option<PathBuf> {
        self.server.clock_page().map(Path::to_owned)
    }

    /// Returns the size of the schema's tables and indexes, in memory or on disk.
    fn used_bytes(&self) -> Result<u64, ServerError> {
        Ok(self.server.schema_bytes(&self.schema)?)
    }

    fn peak_bytes(&self) -> Result<Option<u64>, ServerError> {
        Ok(None)
    }

    fn cpu_time(&self) -> Option<Duration> {
        cpu_time(self.server.pid()?).ok()
    }

    /// Always false: PostgreSQL does not limit the amount of stored data.
    fn as_configured(&self) -> bool {
        false
    }

    fn takes_limit(&self) -> bool {
        false
    }

    fn kill(&self) -> Result<(), ServerError> {
        Ok(self.server.kill()?)
    }

    fn restart(&self) -> Result<(), ServerError> {
        Ok(self.server.restart()?)
    }

    fn disconnect(&self) -> Result<(), ServerError> {
        Ok(self.server.disconnect()?)
    }

    fn reconnect(&self) -> Result<(), ServerError> {
        Ok(self.server.reconnect()?)
    }
}

impl Drop for PostgresLease {
    fn drop(&mut self) {
        if !self.server.is_private() {
            // Errors are ignored: the server may have ended, and the next lease of this namespace
            // creates the schema again.
            let _ = self.server.drop_schema(&self.schema);
        }
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_test_support::{PrivatePostgres, require};

    use super::super::{ExternalServers, ServerProvider};
    use super::*;

    #[test]
    fn a_lease_on_an_external_server_removes_its_data() {
        let Some(server) = require(PrivatePostgres) else { return };
        let url = server.shown_address() + "&user=bakeoff";
        let servers = RealServers::new(ExternalServers {
            database_url: Some(url),
            ..ExternalServers::default()
        });
        assert!(servers.version("postgres").unwrap().starts_with("postgresql "));
        let lease = servers.lease("postgres", "x:1:", Some(1), ServerTime::Real).unwrap();
        assert!(lease.address().ends_with("search_path%3Dbakeoff_x_1"), "{}", lease.address());
        assert_eq!((lease.used_bytes(), lease.peak_bytes()), (Ok(0), Ok(None)));
        assert!(!lease.as_configured() && !lease.takes_limit());
        assert!(lease.kill().is_err(), "the server is not private");
        server.create_schema("theirs").unwrap();
        // Dropping a lease deletes its schema and no other.
        let other = servers.lease("postgres", "x:2:", None, ServerTime::Real).unwrap();
        let there = ["bakeoff_x_1", "bakeoff_x_2", "theirs"];
        let which = || there.map(|schema| server.has_schema(schema).unwrap());
        assert_eq!(which(), [true, true, true]);
        drop(other);
        assert_eq!(which(), [true, false, true]);
        drop(lease);
        assert_eq!(which(), [false, false, true]);
        // A new lease deletes what a killed driver left in its schema.
        server.create_schema("bakeoff_x_1").unwrap();
        let again = servers.lease("postgres", "x:1:", None, ServerTime::Real).unwrap();
        assert_eq!(again.used_bytes(), Ok(0));
    }
}
