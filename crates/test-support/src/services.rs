//! Private servers.

use bakeoff_services::{Error, PostgresServer, RedisServer};

use crate::{Missing, Requirement};

/// Private Redis server, limited to a number of bytes (0: no limit).
pub struct PrivateRedis {
    /// Value of `maxmemory`, in bytes.
    pub maxmemory: u64,
}

impl Requirement for PrivateRedis {
    type Provided = RedisServer;

    fn provide(self) -> Result<RedisServer, Missing> {
        started(RedisServer::start(self.maxmemory))
    }
}

/// Private PostgreSQL server.
pub struct PrivatePostgres;

impl Requirement for PrivatePostgres {
    type Provided = PostgresServer;

    fn provide(self) -> Result<PostgresServer, Missing> {
        started(PostgresServer::start())
    }
}

/// Reports a server that is not installed as missing; panics if one does not start.
fn started<S>(result: Result<S, Error>) -> Result<S, Missing> {
    match result {
        Ok(server) => Ok(server),
        Err(error @ Error::Missing { .. }) => Err(Missing(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}
