//! The files of a real run, laid out as an exploration leaves them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Writes them into a folder.
pub fn write(folder: &Path) {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sample");
    fs::create_dir_all(folder.join("results")).unwrap();
    fs::copy(kept.join("exploration.json"), folder.join("exploration.json")).unwrap();
    for entry in fs::read_dir(kept.join("results")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join("results").join(entry.file_name())).unwrap();
    }
    let mut samples = Vec::new();
    let packed = fs::File::open(kept.join("samples.jsonl.gz")).unwrap();
    GzDecoder::new(packed).read_to_end(&mut samples).unwrap();
    fs::write(folder.join("samples.jsonl"), samples).unwrap();
}
