//! Checks that concurrent and killed processes leave a repository intact.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use bakeoff_driver::source::SourceCode;

use super::fixture::{Fixture, git};

/// Environment variable with the path of the repository, for processes that a test starts.
const ROOT: &str = "BAKEOFF_TEST_ROOT";
const VARIANTS: usize = 6;

fn check_out_all(root: &Path) {
    let source = SourceCode::discover(root, false).unwrap();
    let at = source.resolve(None).unwrap();
    for number in 0..VARIANTS {
        let variant = format!("v{number}");
        let worktree = root.join("results/one/worktrees").join(&variant);
        source.checkout("one", &variant, &at, &worktree).unwrap();
    }
}

/// Starts this program again; the test that it runs calls [`check_out_all`].
fn start(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "source::killed::concurrent_processes_do_not_conflict", "--nocapture"])
        .env(ROOT, root)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn with_many_files() -> Fixture {
    let fixture = Fixture::unborn();
    for number in 0..150 {
        fixture.write(&format!("variants/lru/src/part{number}.rs"), &"// code\n".repeat(50));
    }
    fixture.commit("first");
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    fixture
}

fn assert_all_whole(fixture: &Fixture) {
    for number in 0..VARIANTS {
        let worktree = fixture.worktree("one", &format!("v{number}"));
        assert_eq!(git(&worktree, &["status", "--porcelain"]), "");
        assert!(worktree.join("variants/lru/src/part149.rs").is_file());
    }
    assert_eq!(fixture.git(&["fsck", "--strict"]), "");
}

#[test]
fn concurrent_processes_do_not_conflict() {
    if let Some(root) = std::env::var_os(ROOT) {
        return check_out_all(Path::new(&root));
    }
    let fixture = with_many_files();
    let processes: Vec<Child> = (0..4).map(|_| start(&fixture.root)).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_all_whole(&fixture);
}

#[test]
fn a_process_can_be_killed_at_any_time() {
    let fixture = with_many_files();
    let before = fixture.user_state();
    for moment in 0..40 {
        let mut process = start(&fixture.root);
        thread::sleep(Duration::from_millis(4 + moment * 3));
        process.kill().unwrap();
        process.wait().unwrap();
        if moment % 8 == 7 {
            check_out_all(&fixture.root);
            assert_all_whole(&fixture);
            let source = fixture.source();
            let done = source.cleanup("one", &fixture.worktrees("one"), moment % 16 == 7);
            assert!(done.unwrap().kept.is_empty());
        }
    }
    assert_eq!(fixture.user_state(), before);
}
