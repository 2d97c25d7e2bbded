//! Checks commits of uncommitted changes, and trees combined from two refs.

use std::fs;

use bakeoff_driver::source::{Revision, SourceError};

use super::fixture::{Fixture, git, text, write};

fn keep(fixture: &Fixture) -> Result<Option<Revision>, SourceError> {
    fixture.source().commit_uncommitted(
        "one",
        "lru",
        &fixture.worktree("one", "lru"),
        "what was left\n",
    )
}

#[test]
fn uncommitted_changes_are_committed_to_the_branch() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let before = fixture.user_state();
    assert_eq!(keep(&fixture).unwrap(), None, "there is no branch");
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    assert_eq!(keep(&fixture).unwrap(), None, "there is no work");
    write(&checkout.path.join("variants/new/src/lib.rs"), "// new\n");
    write(&checkout.path.join("variants/lru/src/lib.rs"), "// changed\n");
    write(&checkout.path.join("target/built.ignored"), "built");
    let kept = keep(&fixture).unwrap().unwrap();
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    assert_eq!(git(&checkout.path, &["log", "-1", "--format=%B"]).trim(), "what was left");
    let files = git(&checkout.path, &["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(files.trim(), "variants/lru/src/lib.rs\nvariants/new/src/lib.rs");
    assert_eq!(kept.commit, fixture.git(&["rev-parse", "explore/one/lru"]).trim());
    assert_eq!(keep(&fixture).unwrap(), Some(kept.clone()), "a second call changes nothing");
    // The worktree is measured at this commit from now on.
    let again = fixture.checkout("one", "lru", &kept).unwrap();
    assert_eq!(again.commit, kept.commit);
    assert_eq!(text(again.path.join("variants/new/src/lib.rs")).unwrap(), "// new\n");
    assert!(matches!(
        fixture.checkout("one", "lru", &head),
        Err(SourceError::BranchHasCommits { .. })
    ));
    assert_eq!(fixture.user_state(), before);
}

#[test]
fn work_on_a_branch_survives_a_cleanup() {
    let fixture = Fixture::new();
    let checkout = fixture.checkout("one", "lru", &fixture.head()).unwrap();
    write(&checkout.path.join("variants/lru/src/lib.rs"), "// changed\n");
    let kept = keep(&fixture).unwrap().unwrap();
    let worktrees = fixture.worktrees("one");
    let cleaned = fixture.source().cleanup("one", &worktrees, false).unwrap();
    assert!(cleaned.branches.is_empty() && !checkout.path.exists());
    assert_eq!(fixture.git(&["rev-parse", "explore/one/lru"]).trim(), kept.commit);
    let cleaned = fixture.source().cleanup("one", &worktrees, true).unwrap();
    assert_eq!(cleaned.branches, ["explore/one/lru"]);
}

#[test]
fn a_worktree_on_another_branch_is_not_changed() {
    let fixture = Fixture::new();
    let checkout = fixture.checkout("one", "lru", &fixture.head()).unwrap();
    git(&checkout.path, &["switch", "--quiet", "--create", "elsewhere"]);
    write(&checkout.path.join("variants/lru/src/lib.rs"), "// changed\n");
    assert!(matches!(keep(&fixture), Err(SourceError::UnexpectedHead { .. })));
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// changed\n");
}

#[test]
fn a_strategy_is_combined_with_another_harness() {
    let fixture = Fixture::new();
    fixture.write("crates/runner/src/lib.rs", "// old harness\n");
    fixture.commit("a harness");
    let old = fixture.head();
    fixture.write("crates/runner/src/lib.rs", "// new harness\n");
    fixture.write("variants/lru/src/lib.rs", "// new strategy\n");
    fixture.commit("both");
    let new = fixture.head();
    assert_ne!(old.harness, new.harness);
    let before = fixture.user_state();
    let source = fixture.source();
    let grafted = source.combine(&old, &new, "lru").unwrap();
    assert_eq!(grafted.harness, old.harness);
    let read =
        |path: &str| String::from_utf8(source.read(&grafted, path).unwrap().unwrap()).unwrap();
    assert_eq!(read("crates/runner/src/lib.rs"), "// old harness\n");
    assert_eq!(read("variants/lru/src/lib.rs"), "// new strategy\n");
    assert_eq!(
        source.combine(&old, &new, "lru").unwrap(),
        grafted,
        "a second call returns the same revision"
    );
    assert_eq!(source.combine(&old, &old, "lru").unwrap(), old, "there is nothing to combine");
    let checkout = fixture.checkout("one", "new", &grafted).unwrap();
    assert!(fs::exists(checkout.path.join("variants/lru/src/lib.rs")).unwrap());
    assert_eq!(fixture.user_state(), before);
}
