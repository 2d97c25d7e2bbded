//! Writes the seed corpus: one example per format, once with its name and once for guessing.

#[path = "../../crates/workload/tests/workload/corpus/mod.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod corpus;

use std::path::Path;

use bakeoff_workload::trace::FORMATS;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/readers");
    std::fs::create_dir_all(&folder)?;
    for (index, format) in FORMATS.iter().enumerate() {
        let example = corpus::example(format.name);
        for (selector, suffix) in [(index, "named"), (FORMATS.len(), "guessed")] {
            let input = [&[selector as u8], example.as_slice()].concat();
            std::fs::write(folder.join(format!("{}-{suffix}", format.name)), input)?;
        }
    }
    Ok(())
}
