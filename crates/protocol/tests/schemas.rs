//! Test that the schemas in `docs/formats` match the Rust types.
//!
//! `BLESS=1 cargo test -p bakeoff-protocol` writes the schemas.

use std::path::PathBuf;

use bakeoff_protocol::{exploration, message, progress, results, sample, variant};
use schemars::schema_for;

#[test]
fn documented_schemas_match_the_types() {
    let schemas = [
        ("driver-message", schema_for!(message::DriverMessage)),
        ("exploration", schema_for!(exploration::Exploration)),
        ("progress", schema_for!(progress::Progress)),
        ("results", schema_for!(results::Results)),
        ("runner-message", schema_for!(message::RunnerMessage)),
        ("sample", schema_for!(sample::Record)),
        ("variant", schema_for!(variant::Manifest)),
    ];
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    for (name, schema) in schemas {
        let path = directory.join(format!("{name}.schema.json"));
        let current = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &current).expect("docs/formats is writable");
        }
        let documented = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            documented == current,
            "{} does not match its type; run BLESS=1 cargo test -p bakeoff-protocol",
            path.display()
        );
    }
}
