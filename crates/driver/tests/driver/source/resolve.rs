//! Checks how refs and working trees are resolved to revisions.

use std::fs;

use bakeoff_driver::source::{Revision, SourceCode, SourceError};

use super::fixture::{Fixture, text};

fn read(fixture: &Fixture, at: &Revision, path: &str) -> Option<String> {
    let bytes = fixture.source().read(at, path).unwrap()?;
    Some(String::from_utf8(bytes).unwrap())
}

#[test]
fn a_clean_working_tree_is_resolved_to_head() {
    let fixture = Fixture::new();
    let before = fixture.user_state();
    let resolved = fixture.source().resolve(None).unwrap();
    assert!(!resolved.dirty, "{resolved:?}");
    assert_eq!(resolved.commit, fixture.git(&["rev-parse", "HEAD"]).trim());
    assert_eq!(resolved.tree, fixture.git(&["rev-parse", "HEAD^{tree}"]).trim());
    assert_eq!(resolved.git_ref, fixture.git(&["branch", "--show-current"]).trim());
    assert_eq!(fixture.git(&["for-each-ref", "refs/bakeoff"]), "");
    assert_eq!(fixture.user_state(), before);
}

#[test]
fn a_dirty_tree_is_recorded_without_changing_the_users_files() {
    let fixture = Fixture::new();
    fixture.write("kept staged.txt", "staged\n");
    fixture.git(&["add", "kept staged.txt"]);
    fixture.write("kept staged.txt", "and changed again\n");
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    fixture.write("variants/näu/variant.toml", "title = \"new\"\n");
    fixture.write("secret.ignored", "ignored\n");
    fixture.write("results/old/samples.jsonl", "data\n");
    fs::remove_file(fixture.root.join("variants/no-strategy/notes.md")).unwrap();
    let before = fixture.user_state();

    let source = fixture.source();
    let resolved = source.resolve(None).unwrap();
    assert!(resolved.dirty);
    assert_eq!(read(&fixture, &resolved, "kept staged.txt").unwrap(), "and changed again\n");
    assert_eq!(read(&fixture, &resolved, "variants/lru/src/lib.rs").unwrap(), "// edited\n");
    assert_eq!(read(&fixture, &resolved, "secret.ignored"), None);
    assert_eq!(read(&fixture, &resolved, "results/old/samples.jsonl"), None);
    assert_eq!(read(&fixture, &resolved, "variants/no-strategy/notes.md"), None);
    assert_eq!(source.strategies(&resolved).unwrap(), ["dict", "lru", "näu"]);
    assert_eq!(source.strategies(&fixture.head()).unwrap(), ["dict", "lru"]);

    assert_eq!(fixture.user_state(), before);
    assert_eq!(
        fixture.git(&["for-each-ref", "refs/bakeoff"]),
        "",
        "a snapshot gets a ref only when it is checked out"
    );
    assert_eq!(source.resolve(None).unwrap(), resolved, "the same tree has the same id");

    fixture.checkout("one", "lru", &resolved).unwrap();
    let pinned = format!("refs/bakeoff/snap/{}", resolved.commit);
    assert_eq!(fixture.git(&["rev-parse", &pinned]).trim(), resolved.commit);
    assert_eq!(fixture.git(&["fsck", "--strict"]), "");
    fixture.git(&["gc", "-q", "--prune=now"]);
    assert!(
        read(&fixture, &resolved, "variants/lru/src/lib.rs").is_some(),
        "git gc deleted the snapshot"
    );
}

#[test]
fn an_unborn_branch_becomes_a_snapshot_without_parent() {
    let fixture = Fixture::unborn();
    let resolved = fixture.source().resolve(None).unwrap();
    assert!(resolved.dirty);
    let checkout = fixture.checkout("one", "lru", &resolved).unwrap();
    assert_eq!(text(checkout.path.join("variants/lru/src/lib.rs")).unwrap(), "// one\n");
    assert_eq!(fixture.git(&["rev-list", "--count", &resolved.commit]).trim(), "1");
    let error = fixture.source().resolve(Some("HEAD")).unwrap_err();
    assert!(matches!(error, SourceError::UnknownRef { .. }), "{error}");
}

#[test]
fn a_detached_head_is_resolved() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "--detach"]);
    let resolved = fixture.source().resolve(None).unwrap();
    assert_eq!((resolved.git_ref.as_str(), resolved.dirty), ("HEAD", false));
    fixture.write("variants/lru/new.rs", "x");
    assert!(fixture.source().resolve(None).unwrap().dirty);
}

#[test]
fn an_untracked_log_is_not_recorded() {
    let fixture = Fixture::new();
    fixture.write("access.log", "192.0.2.7 - - secret\n");
    fixture.write("logs/more.log", "192.0.2.8 - - secret\n");
    let resolved = fixture.source().resolve(None).unwrap();
    assert!(!resolved.dirty, "the code is unchanged: {resolved:?}");
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let resolved = fixture.source().resolve(None).unwrap();
    assert!(resolved.dirty);
    for log in ["access.log", "logs/more.log"] {
        assert_eq!(read(&fixture, &resolved, log), None);
        assert!(resolved.notes.iter().any(|note| note.starts_with(log)), "{:?}", resolved.notes);
    }
}

#[test]
fn refs_of_every_kind_are_resolved_and_unknown_refs_are_reported() {
    let fixture = Fixture::new();
    let first = fixture.git(&["rev-parse", "HEAD"]);
    let first = first.trim();
    fixture.git(&["tag", "-a", "-m", "a tag", "v1"]);
    fixture.git(&["branch", "old/name"]);
    fixture.write("variants/lru/src/lib.rs", "// two\n");
    fixture.commit("second");
    let source = fixture.source();
    for git_ref in ["v1", "old/name", "HEAD~1", &first[..9], first] {
        let resolved = source.resolve(Some(git_ref)).unwrap();
        assert_eq!((resolved.commit.as_str(), resolved.git_ref.as_str()), (first, git_ref));
    }
    let error = source.resolve(Some("nowhere")).unwrap_err().to_string();
    assert!(error.contains("`nowhere`"), "{error}");
}

#[test]
fn a_workspace_inside_a_repository_is_found_from_any_subdirectory() {
    let fixture = Fixture::new();
    fixture.git(&["mv", "Cargo.toml", "variants", "-k", "-v", "."]);
    let inner = fixture.root.join("tools/cache");
    fs::create_dir_all(&inner).unwrap();
    for name in ["Cargo.toml", "variants"] {
        fs::rename(fixture.root.join(name), inner.join(name)).unwrap();
    }
    fixture.commit("move the workspace");
    let source = SourceCode::discover(&inner.join("variants/lru/src"), false).unwrap();
    assert_eq!(source.root(), inner);
    let resolved = source.resolve(None).unwrap();
    assert_eq!(source.strategies(&resolved).unwrap(), ["dict", "lru"]);
    assert_eq!(source.read(&resolved, "variants/lru/src/lib.rs").unwrap().unwrap(), b"// one\n");
    let worktree = inner.join("results/one/worktrees/lru");
    let checkout = source.checkout("one", "lru", &resolved, &worktree).unwrap();
    assert_eq!(checkout.path, worktree.join("tools/cache"));
    assert!(checkout.path.join("variants/lru/src/lib.rs").is_file());
}

#[test]
fn a_directory_without_workspace_or_repository_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let error = SourceCode::discover(folder.path(), false).unwrap_err();
    assert!(matches!(error, SourceError::NoWorkspace { .. }), "{error}");
    super::fixture::write(&folder.path().join("Cargo.toml"), "[workspace]\n");
    fs::create_dir(folder.path().join("variants")).unwrap();
    let error = SourceCode::discover(folder.path(), false).unwrap_err();
    assert!(matches!(error, SourceError::NoRepository { .. }), "{error}");
    assert!(error.to_string().contains("--in-place"));
    assert!(SourceCode::discover(folder.path(), true).is_ok());
}

#[test]
fn in_place_the_tree_is_a_digest_of_the_files() {
    let fixture = Fixture::new();
    let source = SourceCode::discover(&fixture.root.join("variants"), true).unwrap();
    let first = source.resolve(None).unwrap();
    assert_eq!((first.commit.as_str(), first.dirty), ("", true));
    fixture.write("target/release/x", "built");
    fixture.write("results/one/samples.jsonl", "data");
    assert_eq!(source.resolve(None).unwrap(), first);
    fixture.write("variants/lru/src/lib.rs", "// edited\n");
    let second = source.resolve(None).unwrap();
    assert_ne!(second.tree, first.tree);
    assert_eq!(source.strategies(&second).unwrap(), ["dict", "lru"]);
    assert_eq!(source.read(&second, "variants/lru/src/lib.rs").unwrap().unwrap(), b"// edited\n");
    assert_eq!(source.read(&second, "missing").unwrap(), None);
    let checkout = source.checkout("one", "lru", &second, &fixture.worktree("one", "lru")).unwrap();
    assert_eq!(checkout.path, fixture.root);
    assert!(!fixture.worktree("one", "lru").exists());
    assert!(source.resolve(Some("main")).is_err());
}
