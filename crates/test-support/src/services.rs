//! Private servers that tests can require.

use bakeoff_services::{Error, PostgresServer, RedisServer};

use crate::{MissingResource, Requirement};

/// Private Redis server, limited to a number of bytes (0: no limit).
pub struct PrivateRedis {
    /// Value of `maxmemory`, in bytes.
    pub maxmemory: u64,
}

impl Requirement for PrivateRedis {
    type Provided = RedisServer;

    fn provide(self) -> Result<RedisServer, MissingResource> {
        started(RedisServer::start(self.maxmemory))
    }
}

/// Private PostgreSQL server.
pub struct PrivatePostgres;

impl Requirement for PrivatePostgres {
    type Provided = PostgresServer;

    fn provide(self) -> Result<PostgresServer, MissingResource> {
        started(PostgresServer::start())
    }
}

/// Returns a started server; panics if the server is installed but does not start.
fn started<S>(result: Result<S, Error>) -> Result<S, MissingResource> {
    match result {
        Ok(server) => Ok(server),
        Err(error @ Error::Missing { .. }) => Err(MissingResource(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}
