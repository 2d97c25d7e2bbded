//! Builds tiny workspaces without dependencies, with real cargo.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use bakeoff_driver::build::{
    BuildError, BuildFailure, BuildKind, BuildRequest, BuiltRunner, RunnerBuilder, TreeBuild,
};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::source::{Checkout, SourceCode};

use super::fixture::{Fixture, git, text, write};

/// Code that replaces `bakeoff_runner`: prints a `hello` message and ends.
const RUNNER: &str = r#"
pub fn run(answer: &str) {
    let tree = option_env!("BAKEOFF_TREE").unwrap_or_default();
    let leaf = tiny_leaf::leaf();
    println!("{{\"type\":\"hello\",\"tree\":\"{tree}\",\"answer\":\"{answer}\",\"leaf\":\"{leaf}\"}}");
}
"#;

struct Workshop {
    fixture: Fixture,
    interrupt: Interrupt,
}

impl Workshop {
    fn new() -> Self {
        let fixture = Fixture::unborn();
        fs::remove_dir_all(fixture.root.join("variants")).unwrap();
        fixture.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"variants/*\"]\n",
        );
        // The runner has a strategy as a dev-dependency. Other strategies must not depend on it.
        let tests = "[dev-dependencies]\nbakeoff-variant-b = { path = \"../../variants/b\" }\n";
        let leaf = format!("tiny-leaf = {{ path = \"../leaf\" }}\n{tests}");
        fixture.write("crates/runner/Cargo.toml", &package("tiny-runner", &leaf));
        fixture.write("crates/leaf/Cargo.toml", &package("tiny-leaf", ""));
        fixture.write("crates/leaf/src/lib.rs", &leaf_code("l1"));
        fixture.write("crates/runner/src/lib.rs", RUNNER);
        let workshop = Self { fixture, interrupt: Interrupt::default() };
        workshop.strategy("a", "a1");
        workshop.strategy("b", "b1");
        workshop.lock_and_commit("first");
        workshop
    }

    fn strategy(&self, name: &str, answer: &str) {
        let folder = format!("variants/{name}");
        let runner = "tiny-runner = { path = \"../../crates/runner\" }\n";
        let manifest = package(&format!("bakeoff-variant-{name}"), runner);
        self.fixture.write(&format!("{folder}/Cargo.toml"), &manifest);
        let variant = format!("title = \"{name}\"\nsummary = \"one line\"\n");
        self.fixture.write(&format!("{folder}/variant.toml"), &variant);
        self.answer(name, answer);
        let main = format!("fn main() {{ tiny_runner::run(bakeoff_variant_{name}::answer()) }}\n");
        self.fixture.write(&format!("{folder}/src/main.rs"), &main);
    }

    fn answer(&self, name: &str, answer: &str) {
        let code = format!("pub fn answer() -> &'static str {{ \"{answer}\" }}\n");
        self.fixture.write(&format!("variants/{name}/src/lib.rs"), &code);
    }

    fn lock_and_commit(&self, message: &str) {
        let locked = Command::new("cargo")
            .args(["generate-lockfile", "--offline"])
            .current_dir(&self.fixture.root)
            .output()
            .unwrap();
        assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
        self.fixture.commit(message);
    }

    fn builder(&self) -> RunnerBuilder<'static> {
        RunnerBuilder::new(self.fixture.root.join("results/.cache"), self.interrupt.clone())
    }

    /// Checks out the current state of the working tree for a variant.
    fn checkout(&self, variant: &str) -> Checkout {
        let at = self.fixture.source().resolve(None).unwrap();
        self.fixture.checkout("one", variant, &at).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.fixture.root.join("results/one/logs/build.log")
    }

    fn build(&self, checkout: &Checkout) -> Result<TreeBuild, BuildError> {
        self.builder().build(checkout, &BuildRequest::default(), &self.log())
    }

    fn build_here(&self, variant: &str) -> TreeBuild {
        self.build(&self.checkout(variant)).unwrap()
    }
}

fn package(name: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}"
    )
}

/// Code of the package that the harness depends on.
fn leaf_code(answer: &str) -> String {
    format!("pub fn leaf() -> &'static str {{ \"{answer}\" }}\n")
}

fn built<'a>(tree: &'a TreeBuild, strategy: &str) -> &'a BuiltRunner {
    tree.runners[strategy].as_ref().unwrap()
}

fn failure<'a>(tree: &'a TreeBuild, strategy: &str) -> &'a BuildFailure {
    tree.runners[strategy].as_ref().unwrap_err()
}

/// Runs a runner and returns its `hello`.
fn hello(built: &BuiltRunner) -> BTreeMap<String, String> {
    let mut command = Command::new(&built.command[0]);
    command.args(&built.command[1..]).current_dir(&built.folder).stdin(Stdio::null());
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn set_all_times(folder: &Path, time: SystemTime) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_all_times(&path, time);
        } else {
            fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        }
    }
}

#[test]
fn trees_with_equal_file_times_and_different_code_give_different_runners() {
    let workshop = Workshop::new();
    let first = workshop.checkout("old");
    workshop.answer("a", "a2");
    let second = workshop.checkout("new");
    let long_ago = SystemTime::now() - Duration::from_secs(86_400);
    set_all_times(&first.path, long_ago);
    set_all_times(&second.path, long_ago);

    let old = workshop.build(&first).unwrap();
    let new = workshop.build(&second).unwrap();
    assert_eq!((old.kind, new.kind), (BuildKind::Cold, BuildKind::Seeded));
    for (tree, checkout, answer) in [(&old, &first, "a1"), (&new, &second, "a2")] {
        let runner = built(tree, "a");
        let hello = hello(runner);
        assert_eq!(hello["tree"], checkout.tree);
        assert_eq!(runner.tree.as_ref(), Some(&checkout.tree));
        assert_eq!(hello["answer"], answer);
    }
    assert_ne!(built(&old, "a").digest, built(&new, "a").digest);
    assert_eq!(git(&second.path, &["status", "--porcelain"]), "");

    // Changes a dependency of the runner, then changes it back to the first version.
    for leaf in ["l2", "l1"] {
        workshop.fixture.write("crates/leaf/src/lib.rs", &leaf_code(leaf));
        workshop.answer("a", &format!("a with {leaf}"));
        let third = workshop.checkout(leaf);
        set_all_times(&third.path, long_ago);
        let tree = workshop.build(&third).unwrap();
        let hello = hello(built(&tree, "a"));
        assert_eq!((hello["leaf"].as_str(), &hello["tree"]), (leaf, &third.tree));
        assert_eq!(hello["answer"], format!("a with {leaf}"));
    }
}

#[test]
fn a_second_tree_compiles_the_workspace_and_reuses_other_packages() {
    let workshop = Workshop::new();
    // Cargo treats a package outside the workspace like a package from a registry.
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("Cargo.toml"), &package("tiny-outside", ""));
    write(&outside.path().join("src/lib.rs"), "pub fn outside() {}\n");
    let path = outside.path().canonicalize().unwrap();
    let dependency = format!("tiny-outside = {{ path = {path:?} }}\n");
    workshop.fixture.write("crates/leaf/Cargo.toml", &package("tiny-leaf", &dependency));
    workshop.lock_and_commit("a package outside");
    let first = workshop.build_here("a");
    workshop.answer("a", "a2");
    let log = workshop.fixture.root.join("results/one/logs/second.log");
    let request = BuildRequest::default();
    let second = workshop.builder().build(&workshop.checkout("new"), &request, &log).unwrap();
    assert_eq!((first.kind, second.kind), (BuildKind::Cold, BuildKind::Seeded));
    let output = text(&log).unwrap();
    let compiled = |package: &str| output.contains(&format!("Compiling {package} "));
    for package in ["tiny-leaf", "tiny-runner", "bakeoff-variant-a"] {
        assert!(compiled(package), "{package}: {output}");
    }
    assert!(!compiled("tiny-outside"), "{output}");
    assert!(!compiled("bakeoff-variant-b"), "its runner is cached: {output}");
    assert_eq!(hello(built(&second, "a"))["answer"], "a2");
    let is_known = |tree: &TreeBuild| built(tree, "a").cpu_seconds.is_some();
    assert!(is_known(&first) && is_known(&second), "{second:?}");
}

#[test]
fn an_unchanged_tree_is_not_built_again() {
    let workshop = Workshop::new();
    let first = workshop.build_here("a");
    assert_eq!(first.kind, BuildKind::Cold);
    let log = text(workshop.log()).unwrap();
    // Another variant of the same tree, in another worktree.
    let second = workshop.build_here("b");
    assert_eq!(second.kind, BuildKind::Reused);
    assert_eq!(text(workshop.log()).unwrap(), log);
    assert_eq!(built(&second, "a").digest, built(&first, "a").digest);
    // A commit of files outside the packages changes no runner either.
    workshop.fixture.write("README.md", "about\n");
    workshop.fixture.commit("a readme");
    let third = workshop.build(&workshop.checkout("a")).unwrap();
    assert_eq!((third.kind, text(workshop.log()).unwrap()), (BuildKind::Reused, log));
}

#[test]
fn a_strategy_keeps_its_runner_while_another_changes_or_is_added() {
    let workshop = Workshop::new();
    let first = workshop.build_here("a");
    workshop.answer("b", "b2");
    let second = workshop.build_here("a");
    assert_eq!(second.kind, BuildKind::Seeded);
    assert_eq!(built(&second, "a"), built(&first, "a"));
    assert_eq!(hello(built(&second, "b"))["answer"], "b2");

    // The lock file lacks the new strategy. Cargo adds it, but the worktree stays as committed.
    workshop.strategy("c", "c1");
    let checkout = workshop.checkout("a");
    let third = workshop.build(&checkout).unwrap();
    assert_eq!(built(&third, "a").digest, built(&first, "a").digest);
    assert_eq!(built(&third, "b").digest, built(&second, "b").digest);
    assert_eq!(hello(built(&third, "c"))["answer"], "c1");
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    assert_eq!(workshop.build(&checkout).unwrap().kind, BuildKind::Reused);

    // A change of the package that all strategies depend on changes all runners.
    workshop.fixture.write("crates/runner/src/more.rs", "// more\n");
    let fourth = workshop.build_here("a");
    assert_eq!(fourth.kind, BuildKind::Seeded);
    assert_ne!(built(&fourth, "a").tree, built(&first, "a").tree);
}

#[test]
fn a_strategy_that_does_not_compile_fails_alone_with_the_compiler_errors() {
    let workshop = Workshop::new();
    workshop.answer("a", "\" + broken + \"");
    let tree = workshop.build_here("a");
    let failure = failure(&tree, "a");
    assert!(failure.message.contains("cannot find value `broken`"), "{failure}");
    assert!(failure.to_string().contains("build.log"), "{failure}");
    assert!(text(&failure.log).unwrap().contains("cannot find value `broken`"));
    assert_eq!(hello(built(&tree, "b"))["answer"], "b1");
}

#[test]
fn a_broken_harness_fails_every_strategy_with_its_errors() {
    let workshop = Workshop::new();
    workshop.fixture.write("crates/runner/src/lib.rs", "pub fn run(_: &str) { nonsense }\n");
    let tree = workshop.build_here("a");
    for strategy in ["a", "b"] {
        assert!(failure(&tree, strategy).message.contains("nonsense"), "{tree:?}");
    }
}

#[test]
fn a_workspace_that_cargo_cannot_read_is_an_error() {
    let workshop = Workshop::new();
    let manifest = package("bakeoff-variant-a", "missing = { path = \"../nowhere\" }\n");
    workshop.fixture.write("variants/a/Cargo.toml", &manifest);
    let error = workshop.build(&workshop.checkout("a")).unwrap_err();
    assert!(matches!(error, BuildError::Cargo { .. }), "{error}");
    assert!(error.to_string().contains("nowhere"), "{error}");
    workshop.fixture.write("variants/a/Cargo.toml", "[package\n");
    let error = workshop.build(&workshop.checkout("a")).unwrap_err();
    assert!(error.to_string().contains("variants/a/Cargo.toml"), "{error}");
}

#[test]
fn a_runner_that_reports_another_tree_is_refused() {
    let workshop = Workshop::new();
    workshop.fixture.write(
        "variants/a/src/main.rs",
        "fn main() { println!(\"{{\\\"type\\\":\\\"hello\\\",\\\"tree\\\":\\\"another\\\"}}\") }\n",
    );
    workshop.fixture.write("variants/b/src/main.rs", "fn main() { std::process::exit(3) }\n");
    let tree = workshop.build_here("a");
    assert!(failure(&tree, "a").message.contains("`another`"), "{tree:?}");
    assert!(failure(&tree, "b").message.contains("hello"), "{tree:?}");
}

#[test]
fn a_changed_file_outside_the_packages_rebuilds_the_strategy_that_includes_the_file() {
    let workshop = Workshop::new();
    let code = "pub fn answer() -> &'static str { include_str!(\"../../../words.txt\") }\n";
    workshop.fixture.write("variants/a/src/lib.rs", code);
    workshop.fixture.write("words.txt", "one");
    workshop.fixture.git(&["add", "words.txt"]);
    assert_eq!(hello(built(&workshop.build_here("a"), "a"))["answer"], "one");
    workshop.fixture.write("words.txt", "two");
    let tree = workshop.build_here("a");
    assert_eq!(tree.kind, BuildKind::Seeded);
    assert_eq!(hello(built(&tree, "a"))["answer"], "two");
    assert_eq!(workshop.build_here("b").kind, BuildKind::Reused);
}

#[test]
fn a_runner_that_was_deleted_is_built_again() {
    let workshop = Workshop::new();
    let first = workshop.build_here("a");
    fs::remove_file(&built(&first, "b").runner).unwrap();
    let second = workshop.build_here("a");
    assert_eq!(second.kind, BuildKind::Seeded);
    assert_eq!(hello(built(&second, "b"))["answer"], "b1");
}

#[test]
fn concurrent_builds_run_one_after_the_other() {
    let workshop = Workshop::new();
    let first = workshop.checkout("old");
    workshop.answer("a", "a2");
    let second = workshop.checkout("new");
    thread::scope(|scope| {
        for (checkout, answer) in [(&first, "a1"), (&second, "a2"), (&first, "a1")] {
            let workshop = &workshop;
            scope.spawn(move || {
                let tree = workshop.build(checkout).unwrap();
                assert_eq!(hello(built(&tree, "a"))["answer"], answer);
            });
        }
    });
}

#[test]
fn an_interrupt_ends_cargo_and_its_children() {
    let workshop = Workshop::new();
    let started = workshop.fixture.root.join("results/started");
    workshop.fixture.write(
        "variants/a/build.rs",
        &format!(
            "fn main() {{ std::fs::write({started:?}, std::process::id().to_string()).unwrap(); \
             std::thread::sleep(std::time::Duration::from_secs(600)); }}\n"
        ),
    );
    let checkout = workshop.checkout("a");
    thread::scope(|scope| {
        let build = scope.spawn(|| workshop.build(&checkout));
        while text(&started).is_none_or(|pid| pid.is_empty()) {
            assert!(!build.is_finished(), "{:?}", build.join());
            thread::sleep(Duration::from_millis(10));
        }
        workshop.interrupt.set();
        assert!(matches!(build.join().unwrap(), Err(BuildError::Interrupted)));
    });
    let pid = text(&started).unwrap();
    let is_alive = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    // On a busy machine, a signal takes a while. Without a signal, the process sleeps ten minutes.
    for _ in 0..500 {
        if !is_alive() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(!is_alive(), "process {pid} still runs");
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
}

#[test]
fn a_build_ends_at_the_time_limit() {
    let workshop = Workshop::new();
    let sleeps = "fn main() { std::thread::sleep(std::time::Duration::from_secs(600)) }\n";
    workshop.fixture.write("variants/a/build.rs", sleeps);
    let builder = workshop.builder().time_limit(Duration::from_secs(2)).jobs(1);
    let error = builder
        .build(&workshop.checkout("a"), &BuildRequest::default(), &workshop.log())
        .unwrap_err();
    assert!(matches!(error, BuildError::TimeLimit { seconds: 2, .. }), "{error}");
}

#[test]
fn a_reused_build_keeps_its_compile_time() {
    let workshop = Workshop::new();
    let first = workshop.build_here("a");
    assert!(built(&first, "a").cpu_seconds.is_some_and(|seconds| seconds > 0.0), "{first:?}");
    let again = workshop.build_here("a");
    assert_eq!(built(&again, "a").cpu_seconds, built(&first, "a").cpu_seconds);
}

#[test]
fn a_strategy_that_is_not_in_rust_is_built_once_and_run_from_its_folder() {
    let workshop = Workshop::new();
    workshop.strategy("script", "unused");
    let folder = "variants/script";
    workshop.fixture.write(&format!("{folder}/.gitignore"), "made.sh\nbuilds\n");
    workshop.fixture.write(
        &format!("{folder}/variant.toml"),
        "title = \"x\"\nsummary = \"x\"\n[command]\n\
         build = [\"sh\", \"-c\", \"echo x >> builds; cp source.sh made.sh\"]\n\
         run = [\"sh\", \"made.sh\", \"an argument\"]\n",
    );
    let script = r#"here=$(basename "$PWD"); echo "{\"answer\": \"$1 in $here\"}""#;
    workshop.fixture.write(&format!("{folder}/source.sh"), script);
    let checkout = workshop.checkout("a");
    for _ in 0..2 {
        let tree = workshop.build(&checkout).unwrap();
        let runner = built(&tree, "script");
        assert_eq!(runner.tree, None);
        assert_eq!(hello(runner)["answer"], "an argument in script");
    }
    assert_eq!(text(checkout.path.join(folder).join("builds")).unwrap(), "x\n");
    let digest = built(&workshop.build(&checkout).unwrap(), "script").digest.clone();

    workshop.fixture.write(&format!("{folder}/source.sh"), &script.replace(" in ", " inside "));
    let tree = workshop.build(&workshop.checkout("a")).unwrap();
    assert_eq!(hello(built(&tree, "script"))["answer"], "an argument inside script");
    assert_ne!(built(&tree, "script").digest, digest);

    let broken = "title = \"x\"\nsummary = \"x\"\n[command]\nbuild = [\"sh\", \"-c\", \
                  \"echo no luck >&2; exit 7\"]\nrun = [\"no-such-program\"]\n";
    workshop.fixture.write(&format!("{folder}/variant.toml"), broken);
    let tree = workshop.build_here("a");
    assert!(failure(&tree, "script").message.contains("no-such-program"), "{tree:?}");
    let broken = broken.replace("no-such-program", "sh");
    workshop.fixture.write(&format!("{folder}/variant.toml"), &broken);
    let tree = workshop.build_here("a");
    assert!(failure(&tree, "script").message.contains("no luck"), "{tree:?}");
    assert!(tree.runners["a"].is_ok());
}

#[test]
fn a_build_in_place_leaves_the_folder_unchanged() {
    let workshop = Workshop::new();
    let before = workshop.fixture.user_state();
    let source = SourceCode::discover(&workshop.fixture.root, true).unwrap();
    let at = source.resolve(None).unwrap();
    let checkout = source.checkout("one", "a", &at, Path::new("unused")).unwrap();
    let tree = workshop.build(&checkout).unwrap();
    assert_eq!(hello(built(&tree, "a"))["tree"], at.tree);
    assert_eq!(workshop.build(&checkout).unwrap().kind, BuildKind::Reused);
    assert_eq!(workshop.fixture.user_state(), before);
    assert!(!workshop.fixture.root.join("target").exists());
}
