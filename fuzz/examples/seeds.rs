//! Writes the example of every format to where cargo-fuzz begins from, `corpus/<target>/example`.

#[path = "../../crates/workload/tests/workload/corpus/mod.rs"]
mod corpus;

use std::path::Path;

use bakeoff_workload::trace::FORMATS;

fn main() -> std::io::Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for format in FORMATS {
        let example = corpus::example(format.name);
        for (target, name) in [(format.name, "example"), ("guess", format.name)] {
            let folder = seeds.join(target);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(name), &example)?;
        }
    }
    Ok(())
}
