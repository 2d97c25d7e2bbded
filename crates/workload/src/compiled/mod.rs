//! Writer of compiled workloads; the file layout and its reader are in `bakeoff-compiled`.

mod file_layout;
mod monotonic_times;
mod optional_column;
mod unknown_sizes;
mod writer;

pub use crate::source::WriteError;
pub use bakeoff_compiled::{
    ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION, Workload,
    WorkloadError, WorkloadRequest,
};
pub use writer::WorkloadWriter;

/// Prefix of workloads that are still being written.
pub(crate) const TEMPORARY_PREFIX: &str = ".compiling-";
