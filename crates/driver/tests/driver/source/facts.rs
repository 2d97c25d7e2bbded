//! Checks the counts of lines of code and dependencies in a real cargo workspace.

use bakeoff_driver::build::facts::{StrategyFacts, facts_of};

use super::fixture::Fixture;

fn package(fixture: &Fixture, folder: &str, name: &str, dependencies: &str) {
    fixture.write(
        &format!("{folder}/Cargo.toml"),
        &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{dependencies}"),
    );
    fixture.write(&format!("{folder}/src/lib.rs"), "//! Doc.\n\npub fn code() {}\n");
}

#[test]
fn dependencies_of_the_harness_do_not_count_for_a_strategy() {
    let fixture = Fixture::unborn();
    std::fs::remove_dir_all(fixture.root.join("variants")).unwrap();
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"variants/*\"]\n";
    fixture.write("Cargo.toml", members);
    for name in ["runner", "extra", "below", "only-tests"] {
        package(&fixture, &format!("crates/{name}"), name, "");
    }
    let below = "[dependencies]\nbelow = { path = \"../below\" }\n";
    package(&fixture, "crates/extra", "extra", below);
    let runner = "[dependencies]\nrunner = { path = \"../../crates/runner\" }\n";
    let lru = format!(
        "{runner}extra = {{ path = \"../../crates/extra\" }}\n\
         [dev-dependencies]\nonly-tests = {{ path = \"../../crates/only-tests\" }}\n"
    );
    for (name, dependencies) in [("null", runner), ("lru", lru.as_str())] {
        let folder = format!("variants/{name}");
        package(&fixture, &folder, &format!("bakeoff-variant-{name}"), dependencies);
        fixture.write(&format!("{folder}/variant.toml"), "title = \"x\"\n");
        fixture.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
        fixture.write(&format!("{folder}/tests/long.rs"), "// a\nfn f() {}\n");
    }
    fixture.write("variants/lru/src/part.rs", "fn more() {\n    // why\n}\n");
    fixture.commit("first");
    let facts = facts_of(&fixture.root, &["lru"].into()).unwrap();
    let facts_of = |lines_of_code, dependencies, own_dependencies| StrategyFacts {
        lines_of_code,
        dependencies,
        own_dependencies,
        libraries: Vec::new(),
    };
    let null = facts_of(1, 1, 0);
    // `extra` and `below` count as dependencies, but their lines do not count.
    let lru = facts_of(3, 3, 2);
    assert_eq!((&facts["null"], &facts["lru"]), (&null, &lru));
    assert_eq!(fixture.git(&["status", "--porcelain"]), "", "no lock file is left");
}
