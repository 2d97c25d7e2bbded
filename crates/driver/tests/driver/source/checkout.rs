//! Checks how worktrees and branches are created, updated and protected.

use std::fs;
use std::thread;
use std::time::Duration;

use bakeoff_driver::source::SourceError;

use super::fixture::{Fixture, commit, git, text, write};

#[test]
fn a_worktree_is_complete_according_to_git() {
    let fixture = Fixture::new();
    let before = fixture.user_state();
    let head = fixture.head();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    assert_eq!(checkout.branch, "explore/one/lru");
    assert_eq!(checkout.path, fixture.worktree("one", "lru"));
    assert_eq!((&checkout.commit, &checkout.tree), (&head.commit, &head.tree));
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    assert_eq!(git(&checkout.path, &["branch", "--show-current"]).trim(), "explore/one/lru");
    assert_eq!(git(&checkout.path, &["rev-parse", "HEAD"]).trim(), head.commit);
    let listed = fixture.git(&["worktree", "list", "--porcelain"]);
    assert!(listed.contains(checkout.path.to_str().unwrap()), "{listed}");
    assert!(!listed.contains("prunable"), "{listed}");
    assert_eq!(fixture.git(&["fsck", "--strict"]), "");
    assert_eq!(fixture.user_state(), before);
}

#[test]
fn a_second_checkout_changes_no_file() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let first = fixture.checkout("one", "lru", &head).unwrap();
    let file = first.path.join("variants/lru/src/lib.rs");
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    write(&first.path.join("target/built.ignored"), "built");
    assert_eq!(fixture.checkout("one", "lru", &head).unwrap(), first);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);
    assert!(first.path.join("target/built.ignored").exists());
}

#[test]
fn a_branch_without_work_follows_the_base() {
    let fixture = Fixture::new();
    let old = fixture.head();
    fixture.checkout("one", "lru", &old).unwrap();
    fixture.write("variants/lru/src/lib.rs", "// two\n");
    fixture.write("variants/lru/src/new.rs", "// new\n");
    fixture.commit("second");
    let new = fixture.head();
    let checkout = fixture.checkout("one", "lru", &new).unwrap();
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// two\n");
    assert_eq!(git(&checkout.path, &["rev-parse", "HEAD"]).trim(), new.commit);
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    let checkout = fixture.checkout("one", "lru", &old).unwrap();
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// one\n");
    assert!(!checkout.path.join("variants/lru/src/new.rs").exists());
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    assert_eq!(fixture.git(&["for-each-ref", "refs/bakeoff/leaving"]), "");
}

#[test]
fn a_branch_with_new_commits_is_not_moved() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    write(&checkout.path.join("variants/lru/src/lib.rs"), "// my own\n");
    let mine = commit(&checkout.path, "my own");
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(matches!(error, SourceError::BranchHasCommits { .. }), "{error}");
    assert!(error.to_string().contains("explore/one/lru"), "{error}");
    assert_eq!(fixture.git(&["rev-parse", "explore/one/lru"]).trim(), mine);

    // The advice in the error message works.
    let theirs = fixture.source().resolve(Some("explore/one/lru")).unwrap();
    let again = fixture.checkout("one", "lru", &theirs).unwrap();
    assert_eq!(again.commit, mine);
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(
        matches!(error, SourceError::BranchHasCommits { .. }),
        "a measured branch is still not moved: {error}"
    );
}

#[test]
fn uncommitted_work_in_a_worktree_is_never_overwritten() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    fixture.write("variants/dict/src/lib.rs", "// two\n");
    fixture.commit("second");
    let next = fixture.head();
    for path in ["variants/lru/src/lib.rs", "variants/lru/src/untracked.rs"] {
        write(&checkout.path.join(path), "// work\n");
        for at in [&head, &next] {
            let error = fixture.checkout("one", "lru", at).unwrap_err();
            assert!(matches!(error, SourceError::UncommittedWork { .. }), "{error}");
            assert_eq!(text(checkout.path.join(path)).unwrap(), "// work\n");
        }
        git(&checkout.path, &["checkout", "-q", "."]);
    }
}

#[test]
fn a_worktree_on_another_branch_is_not_changed() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    git(&checkout.path, &["switch", "-q", "-c", "my-own"]);
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(matches!(error, SourceError::UnexpectedHead { .. }), "{error}");
    assert!(error.to_string().contains("my-own"), "{error}");
}

#[test]
fn a_branch_checked_out_elsewhere_is_not_moved() {
    let fixture = Fixture::new();
    let head = fixture.head();
    fixture.git(&["switch", "-q", "-c", "explore/one/lru"]);
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(matches!(error, SourceError::CheckedOutElsewhere { .. }), "{error}");
    assert!(error.to_string().contains(fixture.root.to_str().unwrap()), "{error}");
}

#[test]
fn conflicting_branch_names_are_reported() {
    let fixture = Fixture::new();
    let head = fixture.head();
    for (existing, variant) in
        [("explore", "lru"), ("explore/one", "lru"), ("explore/one/lru/more", "lru")]
    {
        fixture.git(&["branch", existing]);
        let error = fixture.checkout("one", variant, &head).unwrap_err();
        assert!(matches!(error, SourceError::BranchNameConflict { .. }), "{error}");
        assert!(error.to_string().contains(&format!("`{existing}`")), "{error}");
        assert!(!fixture.worktree("one", variant).exists());
        fixture.git(&["branch", "-D", existing]);
    }
    fixture.checkout("one", "lru", &head).unwrap();
}

#[test]
fn incomplete_worktrees_are_created_again_on_the_same_branch() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let folder = fixture.worktree("one", "lru");
    let record = fixture.root.join(".git/worktrees/explore_one_lru");
    let laid_out = || {
        let checkout = fixture.checkout("one", "lru", &head).unwrap();
        assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
        assert_eq!(git(&checkout.path, &["rev-parse", "HEAD"]).trim(), head.commit);
        assert!(record.join("bakeoff-ready").is_file());
    };
    laid_out();
    // States after a kill during each step of adding a worktree, from the last step to the first.
    fs::remove_file(record.join("bakeoff-ready")).unwrap();
    fs::remove_file(folder.join("variants/lru/src/lib.rs")).unwrap();
    laid_out();
    fs::remove_file(record.join("index")).unwrap();
    laid_out();
    fs::remove_file(record.join("bakeoff-ready")).unwrap();
    for file in ["index", "HEAD", "gitdir", "commondir"] {
        fs::remove_file(record.join(file)).unwrap();
    }
    laid_out();
    fs::remove_dir_all(&record).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir_all(&record).unwrap();
    laid_out();
    fs::remove_dir_all(&record).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir_all(&record).unwrap();
    fs::create_dir_all(&folder).unwrap();
    laid_out();
}

#[test]
fn a_manually_deleted_worktree_is_created_again() {
    let fixture = Fixture::new();
    let head = fixture.head();
    fixture.checkout("one", "lru", &head).unwrap();
    fs::remove_dir_all(fixture.root.join("results")).unwrap();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
    assert!(!fixture.git(&["worktree", "list", "--porcelain"]).contains("prunable"));
}

#[test]
fn a_directory_that_is_not_a_worktree_is_not_changed() {
    let fixture = Fixture::new();
    write(&fixture.worktree("one", "lru").join("notes.txt"), "mine");
    let error = fixture.checkout("one", "lru", &fixture.head()).unwrap_err();
    assert!(matches!(error, SourceError::PathOccupied { .. }), "{error}");
    assert_eq!(text(fixture.worktree("one", "lru").join("notes.txt")).unwrap(), "mine");

    // A worktree without a record may contain work.
    let checkout = fixture.checkout("one", "dict", &fixture.head()).unwrap();
    fs::remove_dir_all(fixture.root.join(".git/worktrees/explore_one_dict")).unwrap();
    let error = fixture.checkout("one", "dict", &fixture.head()).unwrap_err();
    assert!(matches!(error, SourceError::PathOccupied { .. }), "{error}");
    assert!(checkout.path.join("variants").is_dir());
}

#[test]
fn worktrees_that_moved_with_their_repository_keep_their_work() {
    let mut fixture = Fixture::new();
    let head = fixture.head();
    fixture.checkout("one", "lru", &head).unwrap();
    let moved = fixture.root.parent().unwrap().join("elsewhere");
    fs::rename(&fixture.root, &moved).unwrap();
    fixture.root = moved;
    write(&fixture.worktree("one", "lru").join("work.txt"), "mine");
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(matches!(error, SourceError::UncommittedWork { .. }), "{error}");
    fs::remove_file(fixture.worktree("one", "lru").join("work.txt")).unwrap();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    assert_eq!(git(&checkout.path, &["status", "--porcelain"]), "");
}

#[test]
fn a_lock_file_changed_by_a_killed_build_is_restored() {
    let fixture = Fixture::new();
    fixture.write("Cargo.lock", "committed\n");
    fixture.commit("with a lock file");
    let head = fixture.head();
    let checkout = fixture.checkout("one", "lru", &head).unwrap();
    let record = fixture.root.join(".git/worktrees/explore_one_lru");
    write(&record.join("bakeoff-building"), "");
    write(&checkout.path.join("Cargo.lock"), "rewritten\n");
    fixture.checkout("one", "lru", &head).unwrap();
    assert_eq!(text(checkout.path.join("Cargo.lock")).unwrap(), "committed\n");
    write(&checkout.path.join("Cargo.lock"), "rewritten by the user\n");
    let error = fixture.checkout("one", "lru", &head).unwrap_err();
    assert!(matches!(error, SourceError::UncommittedWork { .. }), "{error}");
}

#[test]
fn a_ref_locked_by_another_git_process_is_awaited() {
    let fixture = Fixture::new();
    let head = fixture.head();
    let lock = fixture.root.join(".git/refs/heads/explore/one/lru.lock");
    write(&lock, "");
    let releasing = lock.clone();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(120));
        fs::remove_file(releasing).unwrap();
    });
    fixture.checkout("one", "lru", &head).unwrap();
    other.join().unwrap();
}
