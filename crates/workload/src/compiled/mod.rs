//! Writer of compiled workloads; the file layout and its reader are in `bakeoff-compiled`.

pub(crate) mod atomic_file;
mod file_layout;
mod lazy_column;
mod monotonic_times;
mod size_provenance;
mod writer;

pub use crate::source::WriteError;
pub use bakeoff_compiled::{
    ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION, Workload,
    WorkloadError, WorkloadRequest,
};
pub use writer::WorkloadWriter;
