//! Compiled workloads kept by content, found again by what they were made from.
//!
//! `<digest>.bkw` is a workload; `recipes/<digest of its making>.json` says which workload a
//! scenario came to. Both appear whole or not at all, and two processes that make the same one
//! write the same bytes, so none waits for the other.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::compile::{self, CompileError, Compiled, Done};
use crate::compiled::{self, VERSION, Workload, WorkloadError, WriteError, Writer};
use crate::generate;
use crate::scenario::{Scenario, WorkloadPlan};
use crate::trace::{self, Understood};

/// Why a workload could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// What was compiled cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
    /// The folder of the cache cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl CacheError {
    /// Whether what was to be compiled is at fault, and not the disk that it was to lie on.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Compile(CompileError::Write { error, .. }) => {
                !matches!(error, WriteError::Io { .. })
            }
            Self::Compile(
                CompileError::Trace(_) | CompileError::AlreadyCompiled(_) | CompileError::Output(_),
            ) => true,
            Self::Open(_) | Self::Io { .. } => false,
        }
    }
}

/// A folder of compiled workloads.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// A compiled workload, open, and where it came from.
#[derive(Debug)]
pub struct Cached {
    /// The workload, mapped.
    pub workload: Workload,
    /// Where it lies, its digest, and the format that was guessed.
    pub compiled: Compiled,
    /// Whether it was there already.
    pub reused: bool,
}

/// Everything that decides what a workload is.
#[derive(Serialize)]
struct Recipe<'a> {
    layout: u32,
    generator: u32,
    seed: u64,
    workload: &'a WorkloadPlan,
    values: &'a crate::scenario::Values,
    lifetime: crate::scenario::Lifetime,
    traces: Vec<TraceFile>,
}

/// A trace as it lies on disk.
#[derive(Serialize)]
struct TraceFile {
    readers: u32,
    path: PathBuf,
    bytes: u64,
    modified_ns: Option<u128>,
}

/// What a recipe came to.
#[derive(Default, Serialize, Deserialize)]
struct Outcome {
    digest: String,
    #[serde(flatten)]
    understood: Understood,
}

impl Cache {
    /// A cache in a folder, which is made when it is first needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The compiled workload of a scenario, compiled now if it never was, or if its trace has
    /// changed since. Relative trace paths count from `root`.
    ///
    /// # Errors
    /// [`CacheError`] if it cannot be compiled, kept or opened.
    pub fn workload(&self, scenario: &Scenario, root: &Path) -> Result<Cached, CacheError> {
        let recipe = self.recipe_path(scenario, root)?;
        let found = recipe.as_deref().and_then(|recipe| self.find(recipe));
        if let Some(found) = found {
            return Ok(found);
        }
        let unwritable = |source| CacheError::Io { path: self.folder.clone(), source };
        std::fs::create_dir_all(self.folder.join("recipes")).map_err(unwritable)?;
        if let Some(path) = compile::compiled_already(scenario, root)? {
            let cached = self.adopt(&path)?;
            if let Some(recipe) = recipe {
                let outcome =
                    Outcome { digest: cached.compiled.digest.clone(), ..Outcome::default() };
                self.remember(&recipe, &outcome).map_err(unwritable)?;
            }
            return Ok(cached);
        }
        // The writer takes the folder from the name; the true name is the digest, known at last.
        let provisional = self.folder.join("workload.bkw");
        let bytes = compile::default_bytes(&scenario.values);
        let writer = Writer::create(&provisional, bytes).map_err(|error| self.write(error))?;
        let (done, file) = compile::fill(scenario, root, writer)?;
        let path = self.path_of(&done.digest());
        compiled::persist(file, &path).map_err(unwritable)?;
        if let Some(recipe) = recipe {
            let outcome = Outcome { digest: done.digest(), understood: done.understood.clone() };
            self.remember(&recipe, &outcome).map_err(unwritable)?;
        }
        let workload = Workload::open(&path)?;
        Ok(Cached { workload, compiled: done.at(&path), reused: false })
    }

    /// Where a workload of that digest lies, if it is kept.
    #[must_use]
    pub fn path_of(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.bkw"))
    }

    fn write(&self, error: WriteError) -> CacheError {
        CompileError::Write { source_name: self.folder.display().to_string(), error }.into()
    }

    /// Where it is noted what a scenario came to; `None` for what can be read once only.
    fn recipe_path(&self, scenario: &Scenario, root: &Path) -> Result<Option<PathBuf>, CacheError> {
        let paths = match &scenario.workload {
            WorkloadPlan::Generated(_) => Vec::new(),
            WorkloadPlan::Trace(source) => {
                compile::paths(source, root).map_err(CompileError::from)?
            }
        };
        if paths.iter().any(|path| trace::is_stream(path)) {
            return Ok(None);
        }
        let traces = paths.iter().map(|path| trace_file(path)).collect::<Result<_, _>>()?;
        let recipe = Recipe {
            layout: VERSION,
            generator: generate::VERSION,
            seed: scenario.seed,
            workload: &scenario.workload,
            values: &scenario.values,
            lifetime: scenario.lifetime,
            traces,
        };
        let text = serde_json::to_vec(&recipe).map_err(|error| CacheError::Io {
            path: self.folder.clone(),
            source: std::io::Error::other(error),
        })?;
        let digest = blake3::hash(&text).to_hex();
        Ok(Some(self.folder.join("recipes").join(format!("{digest}.json"))))
    }

    /// What a recipe came to, if it is known and the workload still lies there whole.
    fn find(&self, recipe: &Path) -> Option<Cached> {
        let outcome: Outcome = serde_json::from_slice(&std::fs::read(recipe).ok()?).ok()?;
        let path = self.path_of(&outcome.digest);
        let workload = Workload::open(&path).ok()?;
        if workload.digest() != outcome.digest {
            return None;
        }
        let done = Done { header: *workload.header(), understood: outcome.understood };
        Some(Cached { workload, compiled: done.at(&path), reused: true })
    }

    fn remember(&self, recipe: &Path, outcome: &Outcome) -> std::io::Result<()> {
        let mut file = compiled::temporary_beside(&self.folder)?;
        file.write_all(&serde_json::to_vec(outcome)?)?;
        compiled::persist(file, recipe)
    }

    /// Takes a workload that somebody compiled: a second name for the same file where the file
    /// system can, else a copy. Its content is held against its digest once.
    fn adopt(&self, path: &Path) -> Result<Cached, CacheError> {
        let workload = Workload::open(path)?;
        workload.verify()?;
        let place = self.path_of(&workload.digest());
        let io = |source| CacheError::Io { path: place.clone(), source };
        if !place.exists() && std::fs::hard_link(path, &place).is_err() {
            let mut copy = compiled::temporary_beside(&self.folder).map_err(io)?;
            let mut original = std::fs::File::open(path).map_err(io)?;
            std::io::copy(&mut original, copy.as_file_mut()).map_err(io)?;
            compiled::persist(copy, &place).map_err(io)?;
        }
        let done = Done::found(*workload.header());
        Ok(Cached { workload, compiled: done.at(&place), reused: false })
    }
}

fn trace_file(path: &Path) -> Result<TraceFile, CacheError> {
    let io = |source| trace::TraceError::Io { path: path.to_owned(), source };
    let path = path.canonicalize().map_err(io).map_err(CompileError::from)?;
    let metadata = path.metadata().map_err(io).map_err(CompileError::from)?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(TraceFile {
        readers: trace::VERSION,
        bytes: metadata.len(),
        modified_ns: modified.map(|modified| modified.as_nanos()),
        path,
    })
}
