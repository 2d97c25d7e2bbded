//! New strategies, made from the bundled ones and from a made-up one.

use super::*;

fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join("variants/lru").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"bakeoff-variant-lru\"\ndescription = \"Cache strategy: lru\"\n\
         [dependencies]\nlru.workspace = true\nbakeoff-variant-lru-next = \"1\"\n",
    );
    write(
        "variant.toml",
        "title = \"LRU\"\nsummary = \"Old\"\ndefault = true\n# Since 2016.\n\
         years_in_production = 10\noperating_cost = \"none\"\n",
    );
    write(
        "src/lib.rs",
        "use lru::LruCache;\nuse other::Lru as Theirs;\npub struct Lru { entries: LruCache }\n\
         impl Lru { const SERVICE: &str = \"lru\"; }\n",
    );
    write("src/main.rs", "fn main() { run::<bakeoff_variant_lru::Lru>(\"lru\") }\n");
    write("target/built", "");
    root
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join("variants").join(path)).unwrap()
}

#[test]
fn every_name_is_replaced_and_nothing_else() {
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
            "variants/my-cache/variant.toml",
        ]
    );
    assert_eq!(
        read(root.path(), "my-cache/Cargo.toml"),
        "[package]\nname = \"bakeoff-variant-my-cache\"\n\
         description = \"Cache strategy: my-cache\"\n\
         [dependencies]\nlru.workspace = true\nbakeoff-variant-lru-next = \"1\"\n"
    );
    assert_eq!(
        read(root.path(), "my-cache/src/lib.rs"),
        "use lru::LruCache;\nuse other::Lru as Theirs;\n\
         pub struct MyCache { entries: LruCache }\n\
         impl MyCache { const SERVICE: &str = \"lru\"; }\n"
    );
    assert_eq!(
        read(root.path(), "my-cache/src/main.rs"),
        "fn main() { run::<bakeoff_variant_my_cache::MyCache>(\"my-cache\") }\n"
    );
    let description = read(root.path(), "my-cache/variant.toml");
    let table: toml::Table = description.parse().unwrap();
    assert_eq!(table["title"].as_str(), Some("my-cache"));
    assert_eq!(table["default"].as_bool(), Some(false));
    assert!(!description.contains("years") && !description.contains("2016"), "{description}");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "something was left beside");
}

#[test]
fn a_type_that_would_clash_gets_another_name() {
    for (name, expected) in [("other", "Other"), ("lru-cache", "LruCacheCache"), ("2q", "Cache2q")]
    {
        let root = workspace();
        new_variant(root.path(), name, "lru").unwrap();
        let code = read(root.path(), &format!("{name}/src/lib.rs"));
        assert!(code.contains(&format!("pub struct {expected} ")), "{code}");
    }
    let root = workspace();
    new_variant(root.path(), "self", "lru").unwrap();
    assert!(read(root.path(), "self/src/lib.rs").contains("pub struct SelfCache "));
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let root = workspace();
    let refused = |name: &str, from: &str| {
        let error = new_variant(root.path(), name, from).unwrap_err();
        assert_eq!(fs::read_dir(root.path().join("variants")).unwrap().count(), 1);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        error.to_string()
    };
    assert!(refused("../x", "lru").contains("not a valid name"));
    assert!(refused("My", "lru").contains("\"my\""));
    assert!(refused("lru", "lru").contains("exists already"));
    assert!(refused("mine", "fifo").contains("these exist: lru"));
    assert!(refused("mine", "../variants/lru").contains("these exist: lru"));
}

#[test]
fn every_bundled_strategy_can_be_copied() {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../variants");
    for from in existing(&bundled) {
        let root = tempfile::tempdir().unwrap();
        let copy = root.path().join("variants").join(&from);
        for below in files(&bundled.join(&from), Path::new("")).unwrap() {
            fs::create_dir_all(copy.join(&below).parent().unwrap()).unwrap();
            fs::copy(bundled.join(&from).join(&below), copy.join(&below)).unwrap();
        }
        new_variant(root.path(), "brand-new", &from).unwrap();
        let manifest = read(root.path(), "brand-new/variant.toml");
        toml::from_str::<bakeoff_protocol::variant::Manifest>(&manifest).unwrap();
        let package: toml::Table = read(root.path(), "brand-new/Cargo.toml").parse().unwrap();
        assert_eq!(package["package"]["name"].as_str(), Some("bakeoff-variant-brand-new"));
        let main = read(root.path(), "brand-new/src/main.rs");
        assert!(main.contains("bakeoff_variant_brand_new::"), "{main}");
        assert!(main.contains("\"brand-new\""), "{main}");
        let code = |variant: &str, file: &str| read(root.path(), &format!("{variant}/src/{file}"));
        assert!(main.contains("bakeoff_variant_brand_new::BrandNew>"), "{main}");
        let (old, new) = (code(&from, "lib.rs"), code("brand-new", "lib.rs"));
        assert!(new.contains(" BrandNew"), "{from}: {new}");
        let others = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("use ")).map(str::to_owned).collect()
        };
        assert_eq!(others(&new), others(&old), "{from}");
    }
}
