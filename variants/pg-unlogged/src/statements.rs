//! What is said to the server.

use crate::place::Place;

/// A statement that every connection has prepared; its number among them. Each of them may be sent
/// twice: of a sweep that was, the evictions of the first go uncounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Get,
    GetMany,
    Put,
    Remove,
    Clear,
    Len,
    Bytes,
    Sweep,
}

/// Makes the table where it is not there; several processes may come at once.
///
/// No index but that of the key: one of the times would be written with every put, and is read by
/// sweeps alone, which count the whole table in any case.
pub(crate) fn make(place: &Place) -> String {
    let (table, sweep, lock) = (place.table(), place.sweep(), place.lock());
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
        CREATE OR REPLACE FUNCTION {sweep}(capacity bigint, patient boolean) RETURNS bigint
        LANGUAGE plpgsql AS $$
        DECLARE
            excess bigint;
            evicted bigint := 0;
        BEGIN
            -- Two at once would both count what is too much, and remove twice as many.
            IF patient THEN
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

/// All commands, in the order of [`Command`].
pub(crate) fn commands(place: &Place) -> Vec<String> {
    let (table, sweep) = (place.table(), place.sweep());
    [
        Command::Get,
        Command::GetMany,
        Command::Put,
        Command::Remove,
        Command::Clear,
        Command::Len,
        Command::Bytes,
        Command::Sweep,
    ]
    .map(|command| match command {
        Command::Get => format!("SELECT value FROM {table} WHERE key = $1 AND expires > now()"),
        Command::GetMany => {
            format!("SELECT value FROM {table} WHERE key = ANY($1) AND expires > now()")
        }
        Command::Put => format!(
            "INSERT INTO {table} (key, value, expires, written)
             VALUES ($1, $2, now() + make_interval(secs => $3), clock_timestamp())
             ON CONFLICT (key) DO UPDATE SET value = excluded.value,
                 expires = excluded.expires, written = excluded.written"
        ),
        Command::Remove => format!("DELETE FROM {table} WHERE key = $1"),
        Command::Clear => format!("TRUNCATE {table}"),
        Command::Len => format!("SELECT count(*) FROM {table} WHERE expires > now()"),
        Command::Bytes => format!("SELECT pg_total_relation_size('{table}'::regclass)"),
        Command::Sweep => format!("SELECT {sweep}($1, $2)"),
    })
    .into()
}
