//! Parser of versioned records, with a separate error for records of another schema version.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::SCHEMA_VERSION;

/// Error of a record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The record has another schema version.
    #[error(
        "cannot read a record of schema {found}: this version of bakeoff reads schema {}; repeat \
         the exploration with --restart, or use the version of bakeoff that wrote it",
        SCHEMA_VERSION
    )]
    Schema {
        /// Schema version of the record.
        found: u32,
    },
    /// The text is not a valid record.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Header {
    schema: u32,
}

/// Parses a record and checks its schema version first.
///
/// # Errors
/// [`RecordError::Schema`] for a record of another version, even if it would parse;
/// [`RecordError::Json`] for any other text.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, RecordError> {
    let Header { schema } = serde_json::from_slice(json)?;
    if schema != SCHEMA_VERSION {
        return Err(RecordError::Schema { found: schema });
    }
    Ok(serde_json::from_slice(json)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Record;

    #[test]
    fn a_record_of_another_schema_version_has_its_own_error() {
        let old = r#"{"type":"round","schema":1,"scenario":"s","family":"f","round":0}"#;
        assert!(matches!(parse::<Record>(old.as_bytes()), Err(RecordError::Schema { found: 1 })));
        let broken = r#"{"type":"round","schema":2}"#;
        assert!(matches!(parse::<Record>(broken.as_bytes()), Err(RecordError::Json(_))));
        assert!(matches!(parse::<Record>(b"{}"), Err(RecordError::Json(_))));
    }
}
