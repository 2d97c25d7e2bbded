//! The schemas in `docs/formats` are those of the types. This test holds them to it, and writes
//! them when run as `BLESS=1 cargo test -p bakeoff-protocol`.

use std::path::PathBuf;

use bakeoff_protocol::{exploration, message, progress, results, sample, variant};
use schemars::schema_for;

#[test]
fn documented_schemas_are_those_of_the_types() {
    let schemas = [
        ("exploration", schema_for!(exploration::Exploration)),
        ("progress", schema_for!(progress::Progress)),
        ("reply", schema_for!(message::Reply)),
        ("request", schema_for!(message::Request)),
        ("results", schema_for!(results::Results)),
        ("sample", schema_for!(sample::Record)),
        ("variant", schema_for!(variant::Manifest)),
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    for (name, schema) in schemas {
        let path = folder.join(format!("{name}.schema.json"));
        let current = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &current).expect("docs/formats is writable");
        }
        let documented = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            documented == current,
            "{} is not the schema of the type; run BLESS=1 cargo test -p bakeoff-protocol",
            path.display()
        );
    }
}
