//! Content-addressed store of compiled workloads.
//!
//! `<digest>.bkw` is a workload. `index/<digest of the inputs>.json` contains the digest of the
//! workload that was compiled from these inputs. Files are written atomically. Two processes that
//! compile the same workload write the same bytes, so they need no lock.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::atomic_file::{self, USER_FILE};
use crate::compile::{self, CompileError, CompileReport, UnnamedWorkload};
use crate::compiled::{
    TEMPORARY_PREFIX, VERSION, Workload, WorkloadError, WorkloadWriter, WriteError,
};
use crate::generate;
use crate::scenario::{ScenarioDefinition, SizeDistribution, TtlDistribution, WorkloadPlan};
use crate::trace::{self, ReadSummary};

/// Reason that a workload is not available.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The workload cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The compiled file cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
    /// A file of the store cannot be read or written.
    #[error("cannot access the workload store at {}: {source}", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Returns true if the cause is the scenario or the trace, and false if it is the disk.
    #[must_use]
    pub fn is_input_error(&self) -> bool {
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

/// Directory of compiled workloads.
#[derive(Clone, Debug)]
pub struct WorkloadStore {
    folder: PathBuf,
}

/// Opened workload and notes on its compilation.
#[derive(Debug)]
pub struct CompiledWorkload {
    /// Memory-mapped workload.
    pub workload: Workload,
    /// Path, digest, counts, and notes on the trace.
    pub report: CompileReport,
    /// True if the workload was already in the store.
    pub reused: bool,
}

/// Everything that determines the content of a workload; its hash is the key of the index.
#[derive(Serialize)]
struct IndexKey<'a> {
    layout: u32,
    generator: u32,
    seed: u64,
    workload: &'a WorkloadPlan,
    value_sizes: &'a SizeDistribution,
    ttls: TtlDistribution,
    traces: Vec<TraceFileIdentity>,
}

/// Identity of a trace file on disk.
#[derive(Serialize)]
struct TraceFileIdentity {
    readers: u32,
    path: PathBuf,
    bytes: u64,
    modified_ns: Option<u128>,
}

/// Entry of the index.
#[derive(Default, Serialize, Deserialize)]
struct IndexEntry {
    digest: String,
    #[serde(flatten)]
    read_summary: ReadSummary,
}

impl WorkloadStore {
    /// Creates a store in `folder`; the directory is created on first use.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Returns the compiled workload of a scenario; relative trace paths are resolved against
    /// `root`.
    ///
    /// Compiles the workload, unless the store has one for this scenario and these trace files.
    ///
    /// # Errors
    /// [`StoreError`] if the workload cannot be compiled, stored or opened.
    pub fn workload(
        &self,
        scenario: &ScenarioDefinition,
        root: &Path,
    ) -> Result<CompiledWorkload, StoreError> {
        let index_path = self.index_path(scenario, root)?;
        let stored = index_path.as_deref().and_then(|path| self.find(path));
        if let Some(stored) = stored {
            return Ok(stored);
        }
        let unwritable = |source| StoreError::Io { path: self.folder.clone(), source };
        std::fs::create_dir_all(self.folder.join("index")).map_err(unwritable)?;
        if let Some(path) = compile::find_compiled_input(scenario, root)? {
            let added = self.add(&path)?;
            if let Some(index_path) = index_path {
                let entry =
                    IndexEntry { digest: added.report.digest.clone(), ..IndexEntry::default() };
                self.write_index(&index_path, &entry).map_err(unwritable)?;
            }
            return Ok(added);
        }
        // The final name is the digest, which is known only at the end.
        let provisional = self.folder.join("workload.bkw");
        let bytes = compile::assumed_bytes(&scenario.value_sizes);
        let writer =
            WorkloadWriter::create(&provisional, bytes).map_err(|error| self.write_error(error))?;
        let (unnamed, file) = compile::compile_temporary(scenario, root, writer)?;
        let path = self.path(&unnamed.digest());
        atomic_file::persist(file, &path).map_err(unwritable)?;
        if let Some(index_path) = index_path {
            let entry =
                IndexEntry { digest: unnamed.digest(), read_summary: unnamed.read_summary.clone() };
            self.write_index(&index_path, &entry).map_err(unwritable)?;
        }
        let workload = Workload::open(&path)?;
        Ok(CompiledWorkload { workload, report: unnamed.into_report(&path), reused: false })
    }

    /// Returns the path of the workload with this digest, which need not exist.
    #[must_use]
    pub fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.bkw"))
    }

    fn write_error(&self, error: WriteError) -> StoreError {
        CompileError::Write { source_name: self.folder.display().to_string(), error }.into()
    }

    /// Returns the path of the index entry; `None` for a trace that can be read only once.
    fn index_path(
        &self,
        scenario: &ScenarioDefinition,
        root: &Path,
    ) -> Result<Option<PathBuf>, StoreError> {
        let paths = match &scenario.workload {
            WorkloadPlan::Generated(_) => Vec::new(),
            WorkloadPlan::Trace(source) => {
                compile::input_paths(source, root).map_err(CompileError::from)?
            }
        };
        if paths.iter().any(|path| trace::is_stream(path)) {
            return Ok(None);
        }
        let traces =
            paths.iter().map(|path| trace_file_identity(path)).collect::<Result<_, _>>()?;
        let key = IndexKey {
            layout: VERSION,
            generator: generate::VERSION,
            seed: scenario.seed,
            workload: &scenario.workload,
            value_sizes: &scenario.value_sizes,
            ttls: scenario.ttls,
            traces,
        };
        let json = serde_json::to_vec(&key).map_err(|error| StoreError::Io {
            path: self.folder.clone(),
            source: std::io::Error::other(error),
        })?;
        let digest = blake3::hash(&json).to_hex();
        Ok(Some(self.folder.join("index").join(format!("{digest}.json"))))
    }

    /// Opens the workload of an index entry; `None` if one is missing or the digests differ.
    fn find(&self, index_path: &Path) -> Option<CompiledWorkload> {
        let entry: IndexEntry = serde_json::from_slice(&std::fs::read(index_path).ok()?).ok()?;
        let path = self.path(&entry.digest);
        let workload = Workload::open(&path).ok()?;
        if workload.digest() != entry.digest {
            return None;
        }
        let unnamed =
            UnnamedWorkload { header: *workload.header(), read_summary: entry.read_summary };
        Some(CompiledWorkload { workload, report: unnamed.into_report(&path), reused: true })
    }

    fn write_index(&self, path: &Path, entry: &IndexEntry) -> std::io::Result<()> {
        let mut file = atomic_file::create_temporary(&self.folder, TEMPORARY_PREFIX, USER_FILE)?;
        file.write_all(&serde_json::to_vec(entry)?)?;
        atomic_file::persist(file, path)
    }

    /// Adds an existing compiled workload, as a hard link if possible, after verifying its digest.
    fn add(&self, path: &Path) -> Result<CompiledWorkload, StoreError> {
        let workload = Workload::open(path)?;
        workload.verify()?;
        let target = self.path(&workload.digest());
        let io = |source| StoreError::Io { path: target.clone(), source };
        if !target.exists() && std::fs::hard_link(path, &target).is_err() {
            let mut copy = atomic_file::create_temporary(&self.folder, TEMPORARY_PREFIX, USER_FILE)
                .map_err(io)?;
            let mut original = std::fs::File::open(path).map_err(io)?;
            std::io::copy(&mut original, copy.as_file_mut()).map_err(io)?;
            atomic_file::persist(copy, &target).map_err(io)?;
        }
        let unnamed =
            UnnamedWorkload { header: *workload.header(), read_summary: ReadSummary::default() };
        Ok(CompiledWorkload { workload, report: unnamed.into_report(&target), reused: false })
    }
}

fn trace_file_identity(path: &Path) -> Result<TraceFileIdentity, StoreError> {
    let io = |source| trace::TraceError::Io { path: path.to_owned(), source };
    let path = path.canonicalize().map_err(io).map_err(CompileError::from)?;
    let metadata = path.metadata().map_err(io).map_err(CompileError::from)?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(TraceFileIdentity {
        readers: trace::VERSION,
        bytes: metadata.len(),
        modified_ns: modified.map(|modified| modified.as_nanos()),
        path,
    })
}
