//! What cargo says of a build, message by message.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;

use serde::Deserialize;

use super::members::Member;
use super::run::end_of;

/// What cargo did.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Executables, by the path of their package's manifest and their own name.
    executables: BTreeMap<PathBuf, BTreeMap<String, PathBuf>>,
    /// What the compiler complained about, by the path of the package's manifest.
    complaints: BTreeMap<PathBuf, Vec<String>>,
    /// Features with which each package was compiled, by name and version.
    features: BTreeMap<(String, String), BTreeSet<Vec<String>>>,
    /// Packages that cargo compiled, or took for compiled.
    pub(super) compiled: BTreeSet<String>,
    /// Packages of this disk that cargo took for compiled.
    pub(super) fresh: BTreeSet<String>,
    /// Whether cargo was content.
    pub(super) success: bool,
    /// `Cargo.lock` as cargo left it.
    pub(super) lock_text: String,
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact {
        package_id: String,
        manifest_path: PathBuf,
        target: TargetName,
        features: Vec<String>,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    #[serde(rename = "compiler-message")]
    Complaint { manifest_path: PathBuf, message: Diagnostic },
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

pub(super) fn read_messages(output: ChildStdout, mut log: File) -> Outcome {
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
    /// Whether cargo came to compiling at all.
    pub(super) fn is_empty(&self) -> bool {
        self.executables.is_empty() && self.complaints.is_empty()
    }

    fn take(&mut self, message: Message, log: &mut File) {
        match message {
            Message::Artifact {
                package_id,
                manifest_path,
                target,
                mut features,
                executable,
                fresh,
            } => {
                if let Some((name, version)) = name_and_version(&package_id) {
                    features.sort();
                    self.compiled.insert(name.clone());
                    if fresh && package_id.starts_with("path+") {
                        self.fresh.insert(name.clone());
                    }
                    self.features.entry((name, version)).or_default().insert(features);
                }
                if let Some(executable) = executable {
                    let of_package = self.executables.entry(manifest_path).or_default();
                    of_package.insert(target.name, executable);
                }
            }
            Message::Complaint { manifest_path, message } => {
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
