//! The compiled workload (`.bkw`) that every variant replays.
//!
//! Layout, all little-endian, every column aligned to 64 bytes:
//! - a header of [`HEADER_BYTES`], see [`Header`];
//! - the columns that the source has, in the order of [`ColumnKind`]; `ids` is always present;
//! - the table of original keys, which is omitted if every key equals its id.
//!
//! The digest is BLAKE3 over the whole file, with zeros in the digest field.
//!
//! Runners need only this crate; only the driver needs scenarios, generators and trace readers.

mod columns;
mod layout;
mod prefetch;

use std::fs::File;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use memmap2::Mmap;

pub use columns::{RequestColumns, WorkloadRequest};
pub use layout::{ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION};
use layout::{DIGEST_OFFSET, REQUEST_COLUMNS};
pub use prefetch::prefetch;

#[cfg(target_endian = "big")]
compile_error!("compiled workloads are little-endian and mapped without conversion");

/// Reason that a compiled workload cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is not a compiled workload, or is damaged.
    #[error(
        "cannot use workload {}: {cause}; compile it again with `bakeoff workload compile`",
        path.display()
    )]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        cause: String,
    },
}

/// Compiled workload, memory-mapped read-only.
#[derive(Debug)]
pub struct Workload {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

impl Workload {
    /// Opens a compiled workload by mapping its file; pages are read on first access.
    ///
    /// # Errors
    /// [`WorkloadError`] if the file cannot be read, or if its header or columns are invalid.
    pub fn open(path: &Path) -> Result<Self, WorkloadError> {
        let io = |source| WorkloadError::Io { path: path.to_owned(), source };
        let malformed = |cause: String| WorkloadError::Malformed { path: path.to_owned(), cause };
        let file = File::open(path).map_err(io)?;
        // SAFETY: compiled workloads are written to a temporary file and renamed, never changed.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        if map.len() < HEADER_BYTES || map[..8] != MAGIC {
            return Err(malformed(String::from("the file is not a compiled workload")));
        }
        let header: Header = bytemuck::pod_read_unaligned(&map[..size_of::<Header>()]);
        if header.version != VERSION {
            return Err(malformed(format!(
                "the file has format version {}, this program reads version {VERSION}",
                header.version
            )));
        }
        let workload = Self { path: path.to_owned(), map, header };
        for column in workload.header.columns.iter().take_while(|column| column.kind != 0) {
            let bytes = u64::from(column.width).checked_mul(column.count);
            let end = bytes.and_then(|bytes| bytes.checked_add(column.offset));
            if end.is_none_or(|end| end > workload.map.len() as u64)
                || !column.offset.is_multiple_of(64)
            {
                return Err(malformed(format!(
                    "column {} is misaligned or exceeds the file",
                    column.kind
                )));
            }
        }
        if workload.ids().len() as u64 != header.requests || header.requests == 0 {
            return Err(malformed(String::from(
                "the number of key ids differs from the number of requests",
            )));
        }
        for (kind, width) in REQUEST_COLUMNS {
            let found = header.columns.iter().find(|column| column.kind == kind as u32);
            if found.is_some_and(|column| (column.width, column.count) != (width, header.requests))
            {
                return Err(malformed(format!(
                    "column {kind:?} does not have one element per request"
                )));
            }
        }
        Ok(workload)
    }

    /// Verifies the digest and the ranges of ids and operations, which [`Workload::open`] does not.
    ///
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`WorkloadError::Malformed`] if the file was damaged or changed.
    pub fn verify(&self) -> Result<(), WorkloadError> {
        let malformed = |cause: &str| {
            let path = self.path.clone();
            Err(WorkloadError::Malformed { path, cause: String::from(cause) })
        };
        let mut head = self.map[..HEADER_BYTES].to_vec();
        head[DIGEST_OFFSET..DIGEST_OFFSET + 32].fill(0);
        let digest =
            blake3::Hasher::new().update(&head).update(&self.map[HEADER_BYTES..]).finalize();
        if *digest.as_bytes() != self.header.digest {
            return malformed("the content does not match the digest");
        }
        if self.ids().iter().any(|&id| u64::from(id) >= self.header.unique_keys) {
            return malformed("a key id is not below the number of keys");
        }
        if self.ops().is_some_and(|ops| ops.iter().any(|&op| op > Op::Delete as u8)) {
            return malformed("a request has an unknown operation");
        }
        Ok(())
    }

    /// Returns the header of the file.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the path of the mapped file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the digest in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        blake3::Hash::from_bytes(self.header.digest).to_hex().to_string()
    }

    /// Returns the number of requests; at least 1.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.ids().len()
    }

    /// Returns the dense key ids, one per request.
    #[inline]
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        self.column(ColumnKind::Ids).unwrap_or_default()
    }

    /// Returns the operations, one [`Op`] per request; `None` if all are reads.
    #[must_use]
    pub fn ops(&self) -> Option<&[u8]> {
        self.column(ColumnKind::Ops)
    }

    /// Returns the value size of each request; `None` if all sizes equal [`Header::value_bytes`].
    #[must_use]
    pub fn sizes(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Sizes)
    }

    /// Returns the time to live of each request in milliseconds; `None` if no value expires.
    #[must_use]
    pub fn ttls_ms(&self) -> Option<&[u32]> {
        self.column(ColumnKind::TtlsMs)
    }

    /// Returns the time of each request in microseconds since the first; `None` without timestamps.
    #[must_use]
    pub fn times_us(&self) -> Option<&[u64]> {
        self.column(ColumnKind::TimesUs)
    }

    /// Returns the tenant numbers, from 0, one per request; `None` for a single tenant.
    #[must_use]
    pub fn tenants(&self) -> Option<&[u16]> {
        self.column(ColumnKind::Tenants)
    }

    /// Returns the id of the multi-get that each request belongs to, 0 for none.
    ///
    /// Requests of one multi-get are adjacent. `None` for a workload without multi-gets.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Groups)
    }

    /// Decodes one request. A loop over many requests should look up [`RequestColumns`] once.
    ///
    /// # Panics
    /// If the index is not below the number of requests.
    #[inline]
    #[must_use]
    pub fn request(&self, index: usize) -> WorkloadRequest {
        self.columns().request::<true, true>(index)
    }

    /// Looks up the columns from which requests are decoded.
    #[must_use]
    pub fn columns(&self) -> RequestColumns<'_> {
        RequestColumns {
            ids: self.ids(),
            ops: self.ops().unwrap_or_default(),
            sizes: self.sizes().unwrap_or_default(),
            ttls_ms: self.ttls_ms().unwrap_or_default(),
            groups: self.groups().unwrap_or_default(),
            value_bytes: self.header.value_bytes,
        }
    }

    /// Returns the elements of a column; `None` if the file does not have it.
    #[must_use]
    pub fn column<T: Pod>(&self, kind: ColumnKind) -> Option<&[T]> {
        let column = self.header.columns.iter().find(|column| column.kind == kind as u32)?;
        let start = usize::try_from(column.offset).ok()?;
        let bytes = usize::try_from(column.count).ok()?.checked_mul(size_of::<T>())?;
        bytemuck::try_cast_slice(self.map.get(start..start.checked_add(bytes)?)?).ok()
    }
}
