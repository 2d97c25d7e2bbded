//! Checks repositories that libgit2 does not support, and repositories with unusual features.

use std::fs;
use std::process::Command;

use bakeoff_driver::source::{SourceCode, SourceError};
use bakeoff_test_support::report_skip;

use super::fixture::{Fixture, git, text, write};

fn refusal(fixture: &Fixture) -> String {
    match SourceCode::discover(&fixture.root, false) {
        Err(error @ SourceError::Unsupported { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn large_untracked_files_and_nested_repositories_are_left_out_with_a_note() {
    let fixture = Fixture::new();
    let large = fs::File::create(fixture.root.join("variants/lru/keys.bin")).unwrap();
    large.set_len(9 << 20).unwrap();
    write(&fixture.root.join("variants/theirs/file.txt"), "theirs");
    git(&fixture.root.join("variants/theirs"), &["init", "-q"]);
    let source = fixture.source();
    let resolved = source.resolve(None).unwrap();
    assert!(!resolved.dirty, "{resolved:?}");
    assert!(resolved.notes.iter().any(|note| note.contains("keys.bin")), "{resolved:?}");
    fixture.write("variants/lru/small.txt", "small");
    let resolved = source.resolve(None).unwrap();
    assert!(resolved.dirty);
    assert_eq!(source.read(&resolved, "variants/lru/keys.bin").unwrap(), None);
    assert_eq!(source.read(&resolved, "variants/theirs/file.txt").unwrap(), None);
    assert!(source.read(&resolved, "variants/lru/small.txt").unwrap().is_some());
}

#[test]
fn files_left_out_by_a_sparse_checkout_are_not_recorded_as_deleted() {
    let fixture = Fixture::new();
    fixture.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/variants/dict/"]);
    assert!(!fixture.root.join("variants/dict").exists());
    let source = fixture.source();
    assert!(!source.resolve(None).unwrap().dirty);
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let before = fixture.user_state();
    let resolved = source.resolve(None).unwrap();
    assert!(resolved.dirty);
    assert_eq!(source.strategies(&resolved).unwrap(), ["dict", "lru"]);
    let checkout = fixture.checkout("one", "lru", &resolved).unwrap();
    assert!(checkout.path.join("variants/dict/src/lib.rs").is_file());
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// edited\n");
    assert_eq!(fixture.user_state(), before);
}

#[test]
fn files_with_a_filter_keep_their_committed_content() {
    let fixture = Fixture::new();
    fixture.write("data.bin", "version https://git-lfs.github.com/spec/v1\n");
    fixture.commit("a pointer");
    fixture.write(".gitattributes", "*.bin filter=lfs\n");
    fixture.write("data.bin", "the real content, which only the filter may turn into a pointer");
    let source = fixture.source();
    let resolved = source.resolve(None).unwrap();
    let recorded = source.read(&resolved, "data.bin").unwrap().unwrap();
    assert!(recorded.starts_with(b"version https://git-lfs"));
    assert!(resolved.notes.iter().any(|note| note.contains("data.bin")), "{resolved:?}");
}

#[test]
fn a_reftable_repository_is_refused_with_a_reason() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.root.join(".git")).unwrap();
    fixture.git(&["init", "-q", "--ref-format=reftable"]);
    let message = refusal(&fixture);
    assert!(message.contains("reftable") && message.contains("--in-place"), "{message}");
}

#[test]
fn a_sha256_repository_is_refused_with_a_reason() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.root.join(".git")).unwrap();
    fixture.git(&["init", "-q", "--object-format=sha256"]);
    let message = refusal(&fixture);
    assert!(message.contains("SHA-256") && message.contains("--in-place"), "{message}");
}

#[test]
fn a_repository_of_another_user_is_refused_with_a_reason() {
    let fixture = Fixture::new();
    if !rustix::process::geteuid().is_root() {
        report_skip("only root can give a repository away");
        return;
    }
    let given = Command::new("chown").args(["-R", "12345"]).arg(&fixture.root).status().unwrap();
    assert!(given.success());
    let message = refusal(&fixture);
    assert!(message.contains("another user") && message.contains("safe.directory"), "{message}");
}

#[test]
fn a_partial_clone_is_refused_with_a_reason() {
    let fixture = Fixture::new();
    fixture.write("variants/lru/src/lib.rs", "// only in the first\n");
    fixture.commit("first that counts");
    fixture.write("variants/lru/src/lib.rs", "// two\n");
    fixture.commit("second");
    fixture.git(&["config", "uploadpack.allowFilter", "true"]);
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    let from = format!("file://{}", fixture.root.display());
    git(folder.path(), &["clone", "-q", "--filter=blob:none", &from, "clone"]);
    let source = SourceCode::discover(&clone, false).unwrap();
    let old = source.resolve(Some("HEAD~1")).unwrap();
    let error = source.checkout("one", "lru", &old, &clone.join("results/lru")).unwrap_err();
    assert!(matches!(error, SourceError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("--refetch"), "{error}");
    let new = source.resolve(Some("HEAD")).unwrap();
    source.checkout("one", "lru", &new, &clone.join("results/lru")).unwrap();
}

#[test]
fn a_linked_worktree_can_be_explored() {
    let fixture = Fixture::new();
    let linked = fixture.root.parent().unwrap().join("linked wörktree");
    fixture.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    write(&linked.join("variants/lru/src/lib.rs"), "// in the linked one\n");
    let before = fixture.user_state();
    let source = SourceCode::discover(&linked, false).unwrap();
    let resolved = source.resolve(None).unwrap();
    assert_eq!((resolved.git_ref.as_str(), resolved.dirty), ("side", true));
    let worktree = linked.join("results/one/worktrees/lru");
    let checkout = source.checkout("one", "lru", &resolved, &worktree).unwrap();
    let laid_out = text(checkout.path.join("variants/lru/src/lib.rs")).unwrap();
    assert_eq!(laid_out, "// in the linked one\n");
    assert_eq!(source.checkout("one", "lru", &resolved, &worktree).unwrap(), checkout);
    assert_eq!(fixture.user_state(), before);

    // An exploration of the same NAME in the main working tree needs the same branch.
    let error = fixture.checkout("one", "lru", &fixture.head()).unwrap_err();
    assert!(matches!(error, SourceError::CheckedOutElsewhere { .. }), "{error}");
    source.cleanup("one", &linked.join("results/one/worktrees"), true).unwrap();
    assert_eq!(fixture.git(&["for-each-ref", "refs/bakeoff", "refs/heads/explore"]), "");
    assert!(linked.join("variants/lru/src/lib.rs").is_file());
}

#[test]
fn a_shallow_clone_can_be_checked_out() {
    let fixture = Fixture::new();
    fixture.write("variants/lru/src/lib.rs", "// two\n");
    fixture.commit("second");
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", fixture.root.display());
    git(folder.path(), &["clone", "-q", "--depth=1", &from, "clone"]);
    let clone = folder.path().join("clone");
    write(&clone.join("variants/lru/src/lib.rs"), "// three\n");
    let source = SourceCode::discover(&clone, false).unwrap();
    let resolved = source.resolve(None).unwrap();
    let checkout = source.checkout("one", "lru", &resolved, &clone.join("results/lru")).unwrap();
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// three\n");
}
