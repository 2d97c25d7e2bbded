//! Private servers.

use bakeoff_services::{Error, Postgres, Redis};

use crate::{Missing, Requirement};

/// Private Redis server, limited to a number of bytes (0: no limit).
pub struct PrivateRedis {
    /// Value of `maxmemory`, in bytes.
    pub maxmemory: u64,
}

impl Requirement for PrivateRedis {
    type Provided = Redis;

    fn provide(self) -> Result<Redis, Missing> {
        started(Redis::start(self.maxmemory))
    }
}

/// Private PostgreSQL server.
pub struct PrivatePostgres;

impl Requirement for PrivatePostgres {
    type Provided = Postgres;

    fn provide(self) -> Result<Postgres, Missing> {
        started(Postgres::start())
    }
}

/// Tells a server that is not installed from one that does not start.
fn started<S>(result: Result<S, Error>) -> Result<S, Missing> {
    match result {
        Ok(server) => Ok(server),
        Err(error @ Error::Missing { .. }) => Err(Missing(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}
