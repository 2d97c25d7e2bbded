//! Outputs of an existing exploration: report, decision, results, list, watch.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use flate2::read::GzDecoder;
use predicates::str::contains;
use tempfile::TempDir;

/// Creates a workspace with the sample exploration of the analysis tests, under one or more names.
pub fn workspace(names: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::create_dir_all(root.path().join("variants/lru")).unwrap();
    fs::create_dir_all(root.path().join("scenarios")).unwrap();
    let manifest = "title = \"LRU\"\nsummary = \"one\"\n";
    fs::write(root.path().join("variants/lru/variant.toml"), manifest).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/run");
    for name in names {
        let folder = root.path().join("results").join(name);
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
    root
}

fn bakeoff(root: &TempDir, words: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("bakeoff").unwrap();
    command.current_dir(root.path()).args(words);
    for (name, _) in std::env::vars() {
        if name.starts_with("BAKEOFF_") || matches!(name.as_ref(), "REDIS_URL" | "DATABASE_URL") {
            command.env_remove(name);
        }
    }
    command.assert()
}

fn printed(root: &TempDir, words: &[&str]) -> String {
    String::from_utf8(bakeoff(root, words).code(0).get_output().stdout.clone()).unwrap()
}

#[test]
fn every_form_of_the_results_is_on_stdout() {
    let root = workspace(&["mine"]);
    assert!(printed(&root, &["results", "mine"]).contains("user-profiles\n"));
    let csv = printed(&root, &["results", "mine", "--format", "csv"]);
    assert!(csv.starts_with("scenario,confirmed,variant,meter"), "{csv}");
    let json = printed(&root, &["results", "mine", "--format", "json"]);
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let markdown = printed(&root, &["results", "mine", "--format", "markdown"]);
    assert!(markdown.contains("Use moka"), "{markdown}");
    bakeoff(&root, &["results", "mine", "--format", "xml"]).code(2);
    bakeoff(&root, &["results", "none"]).code(2).stderr(contains("bakeoff list"));
}

#[test]
fn results_replace_only_the_section_between_the_markers() {
    let root = workspace(&["mine"]);
    let page = root.path().join("page.md");
    let into = ["results", "mine", "--format", "paced", "--splice", "page.md"];
    fs::write(&page, "before\n").unwrap();
    bakeoff(&root, &into).code(2).stderr(contains("<!-- results: begin -->"));
    let marked = "before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter\n";
    fs::write(&page, marked).unwrap();
    printed(&root, &into);
    let written = fs::read_to_string(&page).unwrap();
    assert!(written.starts_with("before\n<!-- results: begin -->\n\nProfile "), "{written}");
    assert!(written.ends_with("\n\n<!-- results: end -->\nafter\n"), "{written}");
    assert!(!written.contains("old"), "{written}");
    printed(&root, &into);
    assert_eq!(fs::read_to_string(&page).unwrap(), written, "a second update changes nothing");
}

#[test]
fn a_decision_record_follows_the_decision_file() {
    let root = workspace(&["mine"]);
    let wish: PathBuf = root.path().join("decision.toml");
    fs::write(&wish, "[constraints]\nshared = true\nbounded = false\n").unwrap();
    let record = printed(&root, &["report", "mine", "--decide", "decision.toml"]);
    assert!(record.contains("- moka: processes do not share its entries"), "{record}");
    assert!(root.path().join("results/mine/decision.toml").exists());
    assert!(root.path().join("results/mine/report.html").exists());
    fs::write(&wish, "[constraints]\nsharded = true\n").unwrap();
    let refused = bakeoff(&root, &["report", "mine", "--decide", "decision.toml"]).code(2);
    refused.stderr(contains("decision.toml")).stderr(contains("sharded"));
}

#[test]
fn report_is_byte_identical_without_samples() {
    let root = workspace(&["mine"]);
    let folder = root.path().join("results/mine");
    printed(&root, &["report", "mine"]);
    let before = files(&folder);
    assert!(before.keys().any(|path| path.ends_with("report.html")), "{:?}", before.keys());
    assert!(before.keys().any(|path| path.ends_with("results.json")), "{:?}", before.keys());
    fs::remove_file(folder.join("samples.jsonl")).unwrap();
    fs::remove_file(folder.join("report.html")).unwrap();
    printed(&root, &["report", "mine"]);
    let mut after = files(&folder);
    for (path, content) in before.iter().filter(|(path, _)| !path.ends_with("samples.jsonl")) {
        let again = after.remove(path);
        assert!(again.as_ref() == Some(content), "{} differs", path.display());
    }
    assert!(after.is_empty(), "new files: {:?}", after.keys());
}

#[test]
fn outdated_charts_are_removed_and_other_files_are_kept() {
    let root = workspace(&["mine"]);
    let folder = root.path().join("results/mine");
    printed(&root, &["report", "mine"]);
    let charts = folder.join("charts");
    fs::write(charts.join("throughput-of-old.svg"), "old").unwrap();
    fs::write(charts.join("notes.txt"), "mine").unwrap();
    printed(&root, &["report", "mine"]);
    assert!(!charts.join("throughput-of-old.svg").exists());
    assert!(charts.join("notes.txt").exists());
    let temporary: Vec<PathBuf> = files(&folder)
        .into_keys()
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(temporary, Vec::<PathBuf>::new(), "temporary files remain");
}

/// Returns the content of every file in a directory, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

#[test]
fn two_explorations_are_compared() {
    let root = workspace(&["mine", "yours"]);
    let text = printed(&root, &["report", "mine", "yours"]);
    assert!(text.starts_with("# mine vs yours"), "{text}");
    assert!(!root.path().join("results/mine/report.html").exists(), "nothing is written");
    let earlier = root.path().join("results/mine/history/20260101T000000Z");
    fs::create_dir_all(&earlier).unwrap();
    for file in ["exploration.json", "samples.jsonl"] {
        fs::copy(root.path().join("results/yours").join(file), earlier.join(file)).unwrap();
    }
    let text = printed(&root, &["report", "mine", "--history"]);
    assert!(text.starts_with("# 20260101T000000Z vs now"), "{text}");
}

#[test]
fn watch_shows_the_state_of_every_variant() {
    let root = workspace(&["mine"]);
    let text = printed(&root, &["watch", "mine", "--once"]);
    for variant in ["dict", "lru", "moka", "redis", "tiered"] {
        assert!(text.contains(&format!("{variant}: completed")), "{text}");
    }
    // All variants are completed, so `watch` exits.
    assert_eq!(printed(&root, &["watch", "mine"]), text);
    let list = printed(&root, &["list"]);
    assert!(list.starts_with("name") && list.contains("mine  completed"), "{list}");
}
