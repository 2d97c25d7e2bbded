//! Instances that tell each other what they write, by `NOTIFY` and `LISTEN`.

use std::sync::Arc;

use bakeoff_patterns::{Change, Instance, Invalidation, Listener, Nearby};
use bakeoff_strategy::{OpenConfig, OpenError};
use tokio_postgres::Config;

use crate::PgError;
use crate::connections::Connections;
use crate::listener::{Heard, listen};
use crate::place::Place;

/// A channel of PostgreSQL beside any cache, with connections of its own.
///
/// A notification is delivered when its transaction commits, to whoever listens then, and to nobody
/// later. An instance that lost its connection keeps nothing near until it has one again.
pub struct Notify {
    connections: Connections,
    channel: String,
    instance: Instance,
    _listener: Listener,
}

impl<F: Send + Sync> Invalidation<F> for Notify {
    type Error = PgError;

    // Messages say who sent them.
    const ECHOES: bool = false;

    async fn listen(config: &OpenConfig, near: Arc<dyn Nearby>) -> Result<Self, OpenError> {
        let cannot =
            |error: PgError| OpenError::Failed(format!("no channel on PostgreSQL: {error}"));
        let address: Config =
            config.service("postgres")?.parse().map_err(|error| cannot(PgError::from(error)))?;
        let channel = Place::of(&config.namespace).channel();
        let instance = Instance::new();
        let hear = move |heard| match heard {
            Heard::Connected => near.hear(),
            Heard::Lost => near.cut_off(),
            Heard::Notified(text) => match instance.change_in(&text) {
                Some(Change::Key(key)) => near.forget(key),
                Some(Change::All) => near.forget_all(),
                None => {}
            },
        };
        let _listener = listen(address.clone(), channel.clone(), hear).await?;
        let commands = vec![String::from("SELECT pg_notify($1, $2)")];
        let connections =
            Connections::open(address, commands, config.connections).await.map_err(cannot)?;
        Ok(Self { connections, channel, instance, _listener })
    }

    async fn tell(&self, _: &F, change: Change) -> Result<(), PgError> {
        let text = self.instance.text(change);
        // Told twice, it is forgotten twice.
        self.connections.query(0, &[&self.channel, &text]).await.map(drop)
    }
}
