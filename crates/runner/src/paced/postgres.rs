//! Rows on a Postgres server.

use bakeoff_strategy::{Key, OriginError};
use bytes::Bytes;
use tokio_postgres::{Client, NoTls, Statement};

use crate::body;

/// A connection with many requests in flight, and what is asked over it.
pub(crate) struct Postgres {
    client: Client,
    load: Statement,
    store: Statement,
}

/// Held while the table is made and filled: any number, as long as all instances take the same.
const LOCK: i64 = 0x6261_6B65_6F66_6601;
/// Rows that one statement inserts.
const AT_ONCE: usize = 500;

impl Postgres {
    /// Connects, and makes the table `bakeoff_rows` anew where it is not as it should be.
    pub(crate) async fn open(
        address: &str,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, OriginError> {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await.map_err(failed)?;
        // It ends with the client, and whoever waits for an answer then hears of it.
        tokio::spawn(connection);
        fill(&client, keys, body_bytes).await.map_err(failed)?;
        let load = "SELECT version, body FROM bakeoff_rows WHERE id = $1";
        let store =
            "UPDATE bakeoff_rows SET version = $2, body = $3 WHERE id = $1 AND version < $2";
        let load = client.prepare(load).await.map_err(failed)?;
        let store = client.prepare(store).await.map_err(failed)?;
        Ok(Self { client, load, store })
    }

    /// Version and body of a row.
    pub(crate) async fn load(&self, id: u64) -> Result<(u64, Bytes), OriginError> {
        let row = self.client.query_opt(&self.load, &[&id.cast_signed()]).await.map_err(failed)?;
        let row = row.ok_or_else(|| OriginError(format!("postgres: there is no row {id}")))?;
        let (version, body): (i64, Vec<u8>) = (row.get(0), row.get(1));
        Ok((version.unsigned_abs(), Bytes::from(body)))
    }

    /// Commits a row, unless a newer one is there.
    pub(crate) async fn store(
        &self,
        id: u64,
        version: u64,
        body: Bytes,
    ) -> Result<(), OriginError> {
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&id.cast_signed(), &version.cast_signed(), &&*body];
        self.client.execute(&self.store, &parameters).await.map(drop).map_err(failed)
    }
}

/// A row of version 0 for each key, by the first instance that comes.
async fn fill(
    client: &Client,
    keys: usize,
    body_bytes: usize,
) -> Result<(), tokio_postgres::Error> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS bakeoff_rows (
                id BIGINT PRIMARY KEY, version BIGINT NOT NULL, body BYTEA NOT NULL)",
        )
        .await?;
    let there: i64 = client.query_one("SELECT count(*) FROM bakeoff_rows", &[]).await?.get(0);
    if there == 0 {
        let insert = "INSERT INTO bakeoff_rows SELECT i, 0, b FROM unnest($1::bigint[], $2::bytea[]) AS r(i, b)";
        let insert = client.prepare(insert).await?;
        for begin in (0..keys).step_by(AT_ONCE) {
            let ids: Vec<i64> = (begin..keys.min(begin + AT_ONCE)).map(|id| id as i64).collect();
            let body = |id: &i64| {
                let key = Key::from_id(id.unsigned_abs());
                body::value(key, 0, body_bytes).body.to_vec()
            };
            let bodies: Vec<Vec<u8>> = ids.iter().map(body).collect();
            client.execute(&insert, &[&ids, &bodies]).await?;
        }
    }
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await.map(drop)
}

fn failed(error: tokio_postgres::Error) -> OriginError {
    // Its own words leave out the server's.
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    OriginError(format!("postgres: {error}{}", cause.unwrap_or_default()))
}
