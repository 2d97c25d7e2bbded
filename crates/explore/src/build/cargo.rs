//! The one cargo call that builds all runners of a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child, SpawnOptions};
use serde::Deserialize;

use super::members::Member;
use super::target::Target;
use super::{BuildError, Builder};
use crate::source::{Checkout, mark_building};

/// The variable that a runner's build embeds, so that the runner can name its tree.
const TREE: &str = "BAKEOFF_TREE";
/// A job server of the make that called us, whose file descriptors we do not pass on.
const JOB_SERVER: [&str; 3] = ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"];
/// How often the interrupt is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// What cargo did.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Executables, by the path of their package's manifest and their own name.
    executables: BTreeMap<PathBuf, BTreeMap<String, PathBuf>>,
    /// What the compiler complained about, by the path of the package's manifest.
    complaints: BTreeMap<PathBuf, Vec<String>>,
    /// Features with which each package was compiled, by name and version.
    features: BTreeMap<(String, String), BTreeSet<Vec<String>>>,
    /// A package of this disk that cargo took for compiled.
    stale: Option<String>,
    /// Whether cargo was content.
    pub(super) success: bool,
    /// `Cargo.lock` as cargo left it.
    pub(super) lock_text: String,
}

/// Builds the packages of `selection`, whatever becomes of each. The target folder is prepared.
pub(super) fn build(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &[&Member],
    log: &Path,
) -> Result<Outcome, BuildError> {
    let outcome = call(builder, checkout, target, selection, log)?;
    if let Some(package) = outcome.stale {
        // Cargo keeps its books in another way than we think: nothing there can be trusted.
        target.empty()?;
        return Err(BuildError::Stale { package, target: target.folder().to_path_buf() });
    }
    let nothing = outcome.executables.is_empty() && outcome.complaints.is_empty();
    if !outcome.success && nothing {
        return Err(BuildError::Cargo {
            workspace: checkout.path.clone(),
            message: end_of(log),
            log: log.to_path_buf(),
        });
    }
    Ok(outcome)
}

fn call(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &[&Member],
    log: &Path,
) -> Result<Outcome, BuildError> {
    let mut lock_text = String::new();
    let called = keeping_lock_file(&checkout.path, || {
        let command = command(builder, checkout, target, selection);
        let called = run(builder, command, log, read_messages);
        lock_text = fs::read_to_string(checkout.path.join("Cargo.lock")).unwrap_or_default();
        called
    })?;
    let (status, mut outcome) = called?;
    outcome.success = status.success();
    outcome.lock_text = lock_text;
    Ok(outcome)
}

/// Calls something that may rewrite the lock file of a workspace, and undoes that: a worktree
/// that differs from its commit looks like one that someone works in.
pub(crate) fn keeping_lock_file<T>(
    workspace: &Path,
    call: impl FnOnce() -> T,
) -> Result<T, BuildError> {
    let path = workspace.join("Cargo.lock");
    let before = fs::read(&path).ok();
    let mark = mark_building(workspace).map_err(BuildError::io("marking", workspace))?;
    let answer = call();
    let after = fs::read(&path).ok();
    match before {
        Some(before) if after.as_ref() != Some(&before) => crate::atomic::write(&path, &before)?,
        None if after.is_some() => {
            fs::remove_file(&path).map_err(BuildError::io("removing", &path))?;
        }
        _ => {}
    }
    drop(mark);
    Ok(answer)
}

fn command(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &[&Member],
) -> Command {
    let mut command = builder.program("cargo");
    command.args(["build", "--release", "--keep-going", "--timings", "--message-format=json"]);
    if let Some(jobs) = builder.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    for member in selection {
        command.arg("--package").arg(&member.package);
    }
    command.current_dir(&checkout.path).env(TREE, &checkout.tree);
    // Both, and both here: a worktree lies inside the repository, and cargo would find the
    // settings of the outer folder for either.
    command.env("CARGO_TARGET_DIR", target.folder());
    command.env("CARGO_BUILD_BUILD_DIR", target.folder());
    command
}

impl Builder {
    /// A command that dies with us, together with its children.
    pub(super) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = match &self.supervisor {
            Some(supervisor) => process::supervised_by(supervisor, program),
            None => Command::new(program),
        };
        for variable in JOB_SERVER {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).env("CARGO_TERM_COLOR", "never");
        command
    }

    const fn spawn_options(&self) -> SpawnOptions {
        SpawnOptions::supervised()
    }
}

/// Runs a command to its end, its standard error in the log, its standard output to `read`.
pub(super) fn run<T: Send>(
    builder: &Builder,
    mut command: Command,
    log: &Path,
    read: impl FnOnce(ChildStdout, File) -> T + Send,
) -> Result<(ExitStatus, T), BuildError>
where
    T: Default,
{
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(BuildError::io("creating", folder))?;
    }
    let open = || {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(BuildError::io("opening", log))
    };
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdout(Stdio::piped()).stderr(open()?);
    let mut child = process::spawn(command, builder.spawn_options())
        .map_err(|source| BuildError::NoToolchain { program: program.clone(), source })?;
    let output = child.take_stdout();
    let own_log = open()?;
    std::thread::scope(|scope| {
        let reader = output.map(|output| scope.spawn(move || read(output, own_log)));
        let status = watch(builder, &mut child, &program, log);
        let answer = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        status.map(|status| (status, answer))
    })
}

fn watch(
    builder: &Builder,
    child: &mut Child,
    program: &str,
    log: &Path,
) -> Result<ExitStatus, BuildError> {
    let begun = Instant::now();
    loop {
        let failed = BuildError::io("waiting for", Path::new(program));
        if let Some(status) = child.wait_timeout(GLANCE).map_err(failed)? {
            return Ok(status);
        }
        let late = builder.time_limit.is_some_and(|limit| begun.elapsed() > limit);
        if !late && !builder.interrupt.asked() {
            continue;
        }
        let _ = child.kill();
        return Err(match builder.time_limit {
            Some(limit) if late => BuildError::TimeLimit {
                command: program.to_owned(),
                seconds: limit.as_secs(),
                log: log.to_path_buf(),
            },
            _ => BuildError::Interrupted,
        });
    }
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        manifest_path: PathBuf,
        target: TargetName,
        features: Vec<String>,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    CompilerMessage {
        manifest_path: PathBuf,
        message: Diagnostic,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct TargetName {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

fn read_messages(output: ChildStdout, mut log: File) -> Outcome {
    let mut outcome = Outcome::default();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(message) => outcome.take(message, &mut log),
            // A build script or a wrapper may print whatever it likes.
            Err(_) => drop(writeln!(log, "{line}")),
        }
    }
    outcome
}

impl Outcome {
    fn take(&mut self, message: Message, log: &mut File) {
        match message {
            Message::CompilerArtifact {
                package_id,
                manifest_path,
                target,
                mut features,
                executable,
                fresh,
            } => {
                if let Some((name, version)) = name_and_version(&package_id) {
                    features.sort();
                    self.features.entry((name, version)).or_default().insert(features);
                }
                if fresh && package_id.starts_with("path+") {
                    self.stale = Some(package_id);
                }
                if let Some(executable) = executable {
                    let of_package = self.executables.entry(manifest_path).or_default();
                    of_package.insert(target.name, executable);
                }
            }
            Message::CompilerMessage { manifest_path, message } => {
                let text = message.rendered.unwrap_or_default();
                // The log is for people; a full disk shows elsewhere.
                let _ = log.write_all(text.as_bytes());
                if message.level == "error" {
                    self.complaints.entry(manifest_path).or_default().push(text);
                }
            }
            Message::Other => {}
        }
    }

    /// The runner of a package: the executable named like it, else its only one.
    pub(super) fn executable(&self, member: &Member) -> Option<&Path> {
        let of_package = self.executables.get(&member.manifest_path())?;
        let path = of_package.get(&member.package).or_else(|| of_package.values().next())?;
        Some(path)
    }

    /// Feature sets with which a package was compiled (one for each platform it runs on); none if
    /// it was not.
    pub(super) fn features_of(
        &self,
        name: &str,
        version: &str,
    ) -> impl Iterator<Item = &Vec<String>> {
        self.features.get(&(name.to_owned(), version.to_owned())).into_iter().flatten()
    }

    /// Why a package has no executable: its own errors, else those of what it depends on.
    pub(super) fn complaint(&self, member: &Member, log: &Path) -> String {
        let own = self.complaints.get(&member.manifest_path());
        let texts: Vec<&str> = match own {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => self.complaints.values().flatten().map(String::as_str).collect(),
        };
        if texts.is_empty() { end_of(log) } else { texts.join("\n").trim_end().to_owned() }
    }
}

/// Out of `registry+https://…#name@1.2.3`, `path+file:///…/name#1.2.3` or `…#name@1.2.3`.
fn name_and_version(package_id: &str) -> Option<(String, String)> {
    let (place, rest) = package_id.rsplit_once('#')?;
    match rest.split_once('@') {
        Some((name, version)) => Some((name.to_owned(), version.to_owned())),
        None => Some((place.rsplit('/').next()?.to_owned(), rest.to_owned())),
    }
}

/// The last lines of a log.
pub(super) fn end_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
