//! What can befall a private server: it is killed and comes back, or nobody reaches it.

use std::fs;
use std::sync::PoisonError;

use super::Redis;
use crate::Error;

impl Redis {
    /// Kills a private server, as a crash would: whoever is connected loses the connection, and
    /// what it held is gone.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it cannot be killed.
    pub fn kill(&self) -> Result<(), Error> {
        let own = self.own("killing")?;
        own.server().kill().map(drop).map_err(|error| own.not_ready(error.to_string()))
    }

    /// Starts a killed private server again, empty, where it was.
    ///
    /// `maxmemory_bytes` is its memory limit; 0 is none.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it does not come up.
    pub fn revive(&self, maxmemory_bytes: u64) -> Result<(), Error> {
        let own = self.own("starting again")?;
        let connection = own.start_again(maxmemory_bytes, &self.address)?;
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
        self.call_everything_once()
    }

    /// Cuts a private server off, as a broken cable would: every connection but ours ends, and
    /// nobody finds the server any more. It keeps what it holds.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if the socket cannot be moved; [`Error::Broken`],
    /// [`Error::Server`].
    pub fn cut_off(&self) -> Result<(), Error> {
        let own = self.own("cutting off")?;
        fs::rename(own.socket(), own.hidden_socket())
            .map_err(|error| own.not_ready(error.to_string()))?;
        // Those that publish and listen are of a type of their own.
        for kind in ["normal", "pubsub"] {
            self.ask(&["CLIENT", "KILL", "TYPE", kind])?;
        }
        Ok(())
    }

    /// Lets everybody reach a server again that was cut off.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it was not cut off.
    pub fn reconnect(&self) -> Result<(), Error> {
        let own = self.own("reconnecting")?;
        fs::rename(own.hidden_socket(), own.socket())
            .map_err(|error| own.not_ready(error.to_string()))
    }
}
