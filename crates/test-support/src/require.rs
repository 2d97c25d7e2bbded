//! Requirements of tests that a machine may lack.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Resource that a test needs and that a machine may lack, such as a program or a server.
pub trait Requirement {
    /// Value that the test receives, such as a path or a started server.
    type Provided;

    /// Provides the resource.
    ///
    /// # Errors
    /// [`MissingResource`] if the machine lacks the resource.
    fn provide(self) -> Result<Self::Provided, MissingResource>;
}

/// Reason why a test is skipped: the resource that is missing.
#[derive(Debug)]
pub struct MissingResource(pub String);

/// Returns what a test needs, or `None` after reporting that the test is skipped.
///
/// The report goes to standard error, past the test harness's capture, and is appended to the file
/// that `BAKEOFF_SKIPPED_TESTS` names (`make test` prints that file at its end).
///
/// # Panics
/// In CI, if the resource is missing.
#[track_caller]
pub fn require<R: Requirement>(requirement: R) -> Option<R::Provided> {
    match requirement.provide() {
        Ok(provided) => Some(provided),
        Err(MissingResource(reason)) => {
            assert!(!is_ci(), "{reason} (a test is never skipped when CI is set)");
            report_skip(&reason);
            None
        }
    }
}

/// Returns true in CI: if the variable `CI` is set, and neither empty nor `false`.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Reports that a test is skipped for a reason that is acceptable in CI too.
pub fn report_skip(reason: &str) {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(Path::file_stem).and_then(|stem| stem.to_str());
    // Cargo appends a hash to the name of a test binary.
    let binary = stem.and_then(|stem| stem.rsplit_once('-')).map_or("?", |(name, _)| name);
    let thread = std::thread::current();
    let line = format!("skipped: {binary}: {}: {reason}\n", thread.name().unwrap_or("?"));
    // A skip that cannot be reported is still not a failure of the test.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("BAKEOFF_SKIPPED_TESTS") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Program on `PATH`.
pub struct Program(pub &'static str);

impl Requirement for Program {
    type Provided = PathBuf;

    fn provide(self) -> Result<PathBuf, MissingResource> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join(self.0))
            .find(|file| file.is_file());
        found.ok_or_else(|| MissingResource(format!("{} is not installed", self.0)))
    }
}

/// Folder of real traces with their ground truth, named by `BAKEOFF_TRACES`.
pub struct TraceFolder;

impl Requirement for TraceFolder {
    type Provided = PathBuf;

    fn provide(self) -> Result<PathBuf, MissingResource> {
        folder("BAKEOFF_TRACES")
    }
}

/// Folder of small inputs in many formats, named by `BAKEOFF_CASES`.
pub struct CaseFolder;

impl Requirement for CaseFolder {
    type Provided = PathBuf;

    fn provide(self) -> Result<PathBuf, MissingResource> {
        folder("BAKEOFF_CASES")
    }
}

fn folder(variable: &str) -> Result<PathBuf, MissingResource> {
    let Some(folder) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Err(MissingResource(format!("{variable} is not set")));
    };
    let folder = PathBuf::from(folder);
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(MissingResource(format!("{variable}: {} is not a directory", folder.display())))
    }
}
