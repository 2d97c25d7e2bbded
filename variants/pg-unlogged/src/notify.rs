//! Invalidation channel over `NOTIFY` and `LISTEN`.

use std::sync::Arc;

use bakeoff_patterns::{ChangedKeys, InstanceId, Invalidation, InvalidationTarget, Listener};
use bakeoff_strategy::{OpenConfig, OpenError};
use tokio_postgres::Config;

use crate::PgError;
use crate::connections::Connections;
use crate::listener::PgSubscriber;
use crate::names::Names;

/// Invalidation channel of PostgreSQL for any second tier, with its own connections.
///
/// A notification is delivered to current subscribers when its transaction commits, and never
/// later. An instance that loses its connection stores nothing in the first tier until it is
/// connected again.
pub struct Notify {
    connections: Connections,
    channel: String,
    instance: InstanceId,
    _listener: Listener,
}

impl<L2: Send + Sync> Invalidation<L2> for Notify {
    type Error = PgError;

    // Messages contain the sender.
    const DELIVERS_OWN_WRITES: bool = false;

    async fn subscribe(
        config: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> Result<Self, OpenError> {
        let failed = |error: PgError| {
            OpenError::Failed(format!("cannot open a channel on the PostgreSQL server: {error}"))
        };
        let address: Config =
            config.service("postgres")?.parse().map_err(|error| failed(PgError::from(error)))?;
        let channel = Names::for_namespace(&config.namespace).channel();
        let instance = InstanceId::new();
        let subscriber =
            PgSubscriber { config: address.clone(), channel: channel.clone(), instance, target };
        let _listener = Listener::start(subscriber).await?;
        let statements = vec![String::from("SELECT pg_notify($1, $2)")];
        let connections =
            Connections::open(address, statements, config.connections).await.map_err(failed)?;
        Ok(Self { connections, channel, instance, _listener })
    }

    async fn publish(&self, _: &L2, change: ChangedKeys) -> Result<(), PgError> {
        let payload = self.instance.encode_hex(change);
        // Idempotent: a second notification removes the key again.
        self.connections.query(0, &[&self.channel, &payload]).await.map(drop)
    }
}
