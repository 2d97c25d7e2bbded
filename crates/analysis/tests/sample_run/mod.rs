//! Loads the records of a real run.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use bakeoff_analysis::{Input, analyze};
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::Results;
use flate2::read::GzDecoder;

pub fn input() -> Input {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/run");
    let json = |path: &Path| fs::read(path).unwrap();
    let exploration: Exploration =
        serde_json::from_slice(&json(&kept.join("exploration.json"))).unwrap();
    let mut progress = BTreeMap::new();
    for variant in &exploration.variants {
        let path = kept.join(format!("results/{}_progress.json", variant.name));
        progress.insert(variant.name.clone(), serde_json::from_slice(&json(&path)).unwrap());
    }
    let mut samples = String::new();
    let packed = fs::File::open(kept.join("samples.jsonl.gz")).unwrap();
    GzDecoder::new(packed).read_to_string(&mut samples).unwrap();
    let records = samples.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Input { exploration, records, incomplete_last_line: false, progress }
}

pub fn results() -> Results {
    analyze(&input(), None)
}
