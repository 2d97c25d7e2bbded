//! Faults of a private server: crash and network failure.

use std::fs;
use std::sync::PoisonError;

use super::RedisServer;
use crate::Error;

impl RedisServer {
    /// Kills a private server like a crash: connections end, and its data is lost.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it cannot be killed.
    pub fn kill(&self) -> Result<(), Error> {
        let own = self.private("kill")?;
        own.server().kill().map(drop).map_err(|error| own.not_ready(error.to_string()))
    }

    /// Starts a killed private server again, empty, at the same address.
    ///
    /// `maxmemory_bytes` is its memory limit; 0 for none.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it does not start.
    pub fn restart(&self, maxmemory_bytes: u64) -> Result<(), Error> {
        let own = self.private("restart")?;
        let connection = own.restart(maxmemory_bytes, &self.address)?;
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
        self.call_commands_once()
    }

    /// Makes a private server unreachable like a network failure: all connections but ours end, and
    /// new ones fail. The server keeps its data.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if the socket cannot be moved;
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn disconnect(&self) -> Result<(), Error> {
        let own = self.private("disconnect")?;
        fs::rename(own.socket(), own.unreachable_socket())
            .map_err(|error| own.not_ready(error.to_string()))?;
        // Connections that subscribe have their own type.
        for kind in ["normal", "pubsub"] {
            self.call(&["CLIENT", "KILL", "TYPE", kind])?;
        }
        Ok(())
    }

    /// Makes a disconnected server reachable again.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it was not disconnected.
    pub fn reconnect(&self) -> Result<(), Error> {
        let own = self.private("reconnect")?;
        fs::rename(own.unreachable_socket(), own.socket())
            .map_err(|error| own.not_ready(error.to_string()))
    }
}
