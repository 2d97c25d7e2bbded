//! Writing compiled workloads; their layout, and how they are read, is `bakeoff-compiled`'s.

mod arrivals;
mod column;
mod parts;
mod told;
mod writer;

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

pub use bakeoff_compiled::{
    ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION, Workload,
    WorkloadError, WorkloadRequest,
};
pub use writer::{WriteError, Writer};

/// A temporary file in `folder`, readable like any file that the user makes.
pub(crate) fn temporary_beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".compiling-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder)
}

/// Makes a temporary file lasting, then gives it its name, so that the name never stands for
/// half a file.
pub(crate) fn persist(file: NamedTempFile, output: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(output).map_err(|error| error.error)?;
    let folder = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
