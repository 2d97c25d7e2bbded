//! SQL statements.

use crate::names::Names;

/// Prepared statement; the discriminant is its index.
///
/// Every statement is idempotent, because it may be sent twice. If a sweep is sent twice, the
/// evictions of the first one are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatementId {
    Get,
    GetMany,
    Put,
    Remove,
    Clear,
    Len,
    Bytes,
    Sweep,
}

/// Returns the SQL that creates the table unless it exists; several processes may run it
/// concurrently.
///
/// There is no index on `expires` and `written`: every put would have to update it, and only sweeps
/// would use it, which count the whole table anyway.
pub(crate) fn create(names: &Names) -> String {
    let (table, sweep, lock) = (names.table(), names.sweep_function(), names.lock_id());
    format!(
        "BEGIN;
        SELECT pg_advisory_xact_lock({lock});
        SET LOCAL client_min_messages = warning;
        CREATE UNLOGGED TABLE IF NOT EXISTS {table} (
            key bigint PRIMARY KEY,
            value bytea NOT NULL,
            expires timestamptz NOT NULL,
            written timestamptz NOT NULL
        );
        CREATE OR REPLACE FUNCTION {sweep}(capacity bigint, wait boolean) RETURNS bigint
        LANGUAGE plpgsql AS $$
        DECLARE
            excess bigint;
            evicted bigint := 0;
        BEGIN
            -- Concurrent sweeps would both count the excess and remove twice as many entries.
            IF wait THEN
                PERFORM pg_advisory_xact_lock({lock});
            ELSIF NOT pg_try_advisory_xact_lock({lock}) THEN
                RETURN 0;
            END IF;
            DELETE FROM {table} WHERE expires <= now();
            SELECT count(*) - capacity INTO excess FROM {table};
            IF excess > 0 THEN
                DELETE FROM {table} WHERE key IN
                    (SELECT key FROM {table} ORDER BY written, key LIMIT excess);
                GET DIAGNOSTICS evicted = ROW_COUNT;
            END IF;
            RETURN evicted;
        END $$;
        COMMIT"
    )
}

/// Returns the SQL of all prepared statements, in the order of [`StatementId`].
pub(crate) fn prepared(names: &Names) -> Vec<String> {
    let (table, sweep) = (names.table(), names.sweep_function());
    [
        StatementId::Get,
        StatementId::GetMany,
        StatementId::Put,
        StatementId::Remove,
        StatementId::Clear,
        StatementId::Len,
        StatementId::Bytes,
        StatementId::Sweep,
    ]
    .map(|statement| match statement {
        StatementId::Get => format!("SELECT value FROM {table} WHERE key = $1 AND expires > now()"),
        StatementId::GetMany => {
            format!("SELECT value FROM {table} WHERE key = ANY($1) AND expires > now()")
        }
        StatementId::Put => format!(
            "INSERT INTO {table} (key, value, expires, written)
             VALUES ($1, $2, now() + make_interval(secs => $3), clock_timestamp())
             ON CONFLICT (key) DO UPDATE SET value = excluded.value,
                 expires = excluded.expires, written = excluded.written"
        ),
        StatementId::Remove => format!("DELETE FROM {table} WHERE key = $1"),
        StatementId::Clear => format!("TRUNCATE {table}"),
        StatementId::Len => format!("SELECT count(*) FROM {table} WHERE expires > now()"),
        StatementId::Bytes => format!("SELECT pg_total_relation_size('{table}'::regclass)"),
        StatementId::Sweep => format!("SELECT {sweep}($1, $2)"),
    })
    .into()
}
