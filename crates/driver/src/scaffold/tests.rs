use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff_protocol::variant::{Manifest, PLACEHOLDER};

use super::{existing, files, new_variant};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"bakeoff-variant-lru\"\ndescription = \"Cache strategy: lru\"\n\
             [dependencies]\nlru.workspace = true\nbakeoff-variant-lru-next = \"1\"\n",
        ),
        (
            "variant.toml",
            "title = \"LRU\"\nsummary = \"Old\"\npros = [\"old\"]\ncons = [\"old\"]\n\
             default = true\nyears_in_production = 10\nservices = [\"redis\"]\n\
             [options]\nshards = \"number of locks\"\n",
        ),
        ("src/lib.rs", "use lru::LruCache;\npub struct Lru { entries: LruCache }\n"),
        ("src/main.rs", "fn main() { run::<bakeoff_variant_lru::Lru>(\"lru\") }\n"),
        ("tests/strategy.rs", "use bakeoff_variant_lru::Lru;\n"),
        ("target/built", ""),
    ] {
        write(&root.path().join("variants/lru").join(path), text);
    }
    root
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join("variants").join(path)).unwrap()
}

#[test]
fn package_names_are_replaced() {
    let root = workspace();
    let written = new_variant(root.path(), "my-cache", "lru").unwrap();
    let names: Vec<_> = written
        .iter()
        .map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "variants/my-cache/Cargo.toml",
            "variants/my-cache/src/lib.rs",
            "variants/my-cache/src/main.rs",
            "variants/my-cache/tests/strategy.rs",
            "variants/my-cache/variant.toml",
        ]
    );
    assert_eq!(
        read(root.path(), "my-cache/Cargo.toml"),
        "[package]\nname = \"bakeoff-variant-my-cache\"\n\
         description = \"Cache strategy: my-cache\"\n\
         [dependencies]\nlru.workspace = true\nbakeoff-variant-lru-next = \"1\"\n"
    );
    assert_eq!(read(root.path(), "my-cache/src/lib.rs"), read(root.path(), "lru/src/lib.rs"));
    assert_eq!(
        read(root.path(), "my-cache/src/main.rs"),
        "fn main() { run::<bakeoff_variant_my_cache::Lru>(\"my-cache\") }\n"
    );
    assert_eq!(
        read(root.path(), "my-cache/tests/strategy.rs"),
        "use bakeoff_variant_my_cache::Lru;\n"
    );
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "a temporary directory remains");
}

#[test]
fn the_new_manifest_keeps_services_and_options_but_no_title_or_opinion() {
    let root = workspace();
    new_variant(root.path(), "mine", "lru").unwrap();
    let text = read(root.path(), "mine/variant.toml");
    let manifest: Manifest = toml::from_str(&text).unwrap();
    assert_eq!(manifest.title, "mine");
    assert_eq!(manifest.services, ["redis"]);
    assert_eq!(manifest.options["shards"], "number of locks");
    assert!(!manifest.default && manifest.years_in_production.is_none());
    let placeholders = [&manifest.summary].into_iter().chain(&manifest.pros).chain(&manifest.cons);
    for placeholder in placeholders {
        assert!(placeholder.starts_with(PLACEHOLDER), "{placeholder}");
    }
    assert_eq!(manifest.unwritten(), ["summary", "pros", "cons", "operating_cost"]);
}

#[test]
fn an_invalid_request_is_refused_before_anything_is_written() {
    let root = workspace();
    let refused = |name: &str, from: &str| {
        let error = new_variant(root.path(), name, from).unwrap_err();
        assert_eq!(fs::read_dir(root.path().join("variants")).unwrap().count(), 1);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        error.to_string()
    };
    assert!(refused("../x", "lru").contains("not a valid name"));
    assert!(refused("My", "lru").contains("\"my\""));
    assert!(refused("lru", "lru").contains("exists"));
    assert!(refused("mine", "fifo").contains("available: lru"));
    assert!(refused("mine", "../variants/lru").contains("available: lru"));
}

/// Copies every bundled strategy in a copy of this workspace and checks all copies with cargo.
#[test]
fn a_copy_of_every_bundled_strategy_compiles() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["crates", "variants"] {
        let source = Path::new(REPOSITORY).join(folder);
        for file in files(&source, Path::new("")).unwrap() {
            let target = root.path().join(folder).join(&file);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(source.join(&file), target).unwrap();
        }
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(Path::new(REPOSITORY).join(file), root.path().join(file)).unwrap();
    }
    let mut check = Command::new("cargo");
    check.args(["check", "--offline", "--quiet"]).current_dir(root.path());
    for from in existing(&root.path().join("variants")) {
        let copy = format!("copy-of-{from}");
        new_variant(root.path(), &copy, &from).unwrap();
        let main = read(root.path(), &format!("{copy}/src/main.rs"));
        assert!(main.contains(&format!("\"{copy}\"")), "{main}");
        check.args(["--package", &format!("bakeoff-variant-{copy}")]);
    }
    // Not the workspace's target directory, which is in use and was built with other features.
    let target = PathBuf::from(REPOSITORY).join("target/copied-strategies");
    let output = check.env("CARGO_TARGET_DIR", target).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
