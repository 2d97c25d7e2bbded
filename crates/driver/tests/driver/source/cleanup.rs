//! Checks what the cleanup of an exploration deletes and keeps.

use std::fs;

use super::fixture::{Fixture, commit, text, write};

fn all_refs(fixture: &Fixture) -> String {
    fixture.git(&["for-each-ref", "--format=%(refname) %(objectname)"])
}

#[test]
fn deleting_branches_restores_the_repository() {
    let fixture = Fixture::new();
    let (refs, state) = (all_refs(&fixture), fixture.user_state());
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let dirty = fixture.user_state();
    let source = fixture.source();
    let at = source.resolve(None).unwrap();
    for variant in ["lru", "dict"] {
        fixture.checkout("one", variant, &at).unwrap();
    }
    let done = source.cleanup("one", &fixture.worktrees("one"), true).unwrap();
    assert_eq!(done.worktrees.len(), 2);
    assert_eq!(done.branches, ["explore/one/dict", "explore/one/lru"]);
    assert_eq!(done.snapshots, 1);
    assert!(done.kept.is_empty(), "{done:?}");
    assert!(!fixture.worktrees("one").exists());
    assert_eq!(all_refs(&fixture), refs);
    assert_eq!(fixture.user_state(), dirty);
    fixture.write("variants/lru/src/lib.rs", "// one\n");
    fixture.git(&["status"]);
    assert_eq!(fixture.git(&["status", "--porcelain"]), "");
    assert_eq!(fixture.git(&["worktree", "list"]).lines().count(), 1);
    assert!(!fixture.root.join(".git/refs/heads/explore").exists() || refs == all_refs(&fixture));
    drop(state);
}

#[test]
fn commits_and_snapshots_are_kept_without_deleting_branches() {
    let fixture = Fixture::new();
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let source = fixture.source();
    let at = source.resolve(None).unwrap();
    let checkout = fixture.checkout("one", "lru", &at).unwrap();
    write(&checkout.path.join("mine.txt"), "mine");
    let mine = commit(&checkout.path, "mine");
    let done = source.cleanup("one", &fixture.worktrees("one"), false).unwrap();
    assert_eq!((done.worktrees.len(), done.branches.len(), done.snapshots), (1, 0, 0));
    assert!(!checkout.path.exists());
    assert_eq!(fixture.git(&["rev-parse", "explore/one/lru"]).trim(), mine);
    let again = source.resolve(Some("explore/one/lru")).unwrap();
    let checkout = fixture.checkout("one", "lru", &again).unwrap();
    assert_eq!(text(checkout.path.join("mine.txt")).unwrap(), "mine");
}

#[test]
fn uncommitted_work_is_kept_unless_branches_are_deleted() {
    let fixture = Fixture::new();
    let source = fixture.source();
    let checkout = fixture.checkout("one", "lru", &fixture.head()).unwrap();
    fixture.checkout("one", "dict", &fixture.head()).unwrap();
    write(&checkout.path.join("untracked.txt"), "mine");
    let done = source.cleanup("one", &fixture.worktrees("one"), false).unwrap();
    assert_eq!(done.worktrees.len(), 1);
    assert!(done.kept[0].reason.contains("untracked.txt"), "{done:?}");
    assert_eq!(text(checkout.path.join("untracked.txt")).unwrap(), "mine");
    let done = source.cleanup("one", &fixture.worktrees("one"), true).unwrap();
    assert_eq!(done.worktrees, std::slice::from_ref(&checkout.path));
    assert!(!checkout.path.exists());
    assert_eq!(fixture.git(&["for-each-ref", "refs/bakeoff", "refs/heads/explore"]), "");
}

#[test]
fn a_worktree_away_from_its_branch_is_kept() {
    let fixture = Fixture::new();
    let source = fixture.source();
    let checkout = fixture.checkout("one", "lru", &fixture.head()).unwrap();
    super::fixture::git(&checkout.path, &["checkout", "-q", "--detach"]);
    write(&checkout.path.join("mine.txt"), "mine");
    commit(&checkout.path, "on no branch");
    let done = source.cleanup("one", &fixture.worktrees("one"), false).unwrap();
    assert_eq!(done.kept.len(), 1, "{done:?}");
    assert!(checkout.path.join("mine.txt").exists());
}

#[test]
fn a_locked_worktree_is_always_kept() {
    let fixture = Fixture::new();
    let checkout = fixture.checkout("one", "lru", &fixture.head()).unwrap();
    fixture.git(&["worktree", "lock", checkout.path.to_str().unwrap()]);
    let done = fixture.source().cleanup("one", &fixture.worktrees("one"), true).unwrap();
    assert!(checkout.path.exists());
    assert_eq!(done.kept.len(), 2, "worktree and branch are kept: {done:?}");
    assert!(fixture.git(&["branch", "--list", "explore/*"]).contains("explore/one/lru"));
}

#[test]
fn snapshots_of_other_explorations_are_kept() {
    let fixture = Fixture::new();
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let source = fixture.source();
    let at = source.resolve(None).unwrap();
    fixture.checkout("one", "lru", &at).unwrap();
    let other = fixture.checkout("one-more", "lru", &at).unwrap();
    let done = source.cleanup("one", &fixture.worktrees("one"), true).unwrap();
    assert_eq!((done.worktrees.len(), done.snapshots), (1, 0));
    assert!(other.path.join("variants/lru/src/lib.rs").exists());
    assert!(fixture.git(&["branch", "--list", "explore/*"]).contains("explore/one-more/lru"));
    let pinned = format!("refs/bakeoff/snap/{}", at.commit);
    assert_eq!(fixture.git(&["rev-parse", &pinned]).trim(), at.commit);
    let done = source.cleanup("one-more", &fixture.worktrees("one-more"), true).unwrap();
    assert_eq!(done.snapshots, 1);
}

#[test]
fn the_record_of_a_worktree_without_files_is_removed() {
    let fixture = Fixture::new();
    fixture.checkout("one", "lru", &fixture.head()).unwrap();
    fs::remove_dir_all(fixture.root.join("results")).unwrap();
    let done = fixture.source().cleanup("one", &fixture.worktrees("one"), true).unwrap();
    assert!(done.kept.is_empty(), "{done:?}");
    assert_eq!(fixture.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(fixture.git(&["for-each-ref", "refs/bakeoff", "refs/heads/explore"]), "");
}

#[test]
fn cleaning_up_nothing_is_not_an_error() {
    let fixture = Fixture::new();
    let done = fixture.source().cleanup("never", &fixture.worktrees("never"), true).unwrap();
    assert_eq!(done, bakeoff_driver::source::SourceCleanup::default());
}
