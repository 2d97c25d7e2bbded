//! The compiled workload (`.bkw`) that every variant replays.
//!
//! Layout, all little-endian, every column aligned to 64 bytes:
//! - a header of [`HEADER_BYTES`], see [`Header`];
//! - the columns that the source has, in the order of [`ColumnKind`]; `ids` is always present;
//! - last the table of original keys, if they are not the ids.
//!
//! The digest is BLAKE3 over the whole file, with zeros in place of the digest.
//!
//! Runners need only this crate. Scenarios, generators and trace readers are compiled into the
//! driver alone.

mod columns;
mod layout;
mod prefetch;

use std::fs::File;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use memmap2::Mmap;

pub use columns::{Columns, WorkloadRequest};
pub use layout::{ColumnEntry, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION};
use layout::{DIGEST_OFFSET, PER_REQUEST};
pub use prefetch::prefetch;

#[cfg(target_endian = "big")]
compile_error!("compiled workloads are little-endian and mapped without conversion");

/// Error of opening a compiled workload.
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
        "cannot use workload {}: {what}; compile it again with `bakeoff workload compile`",
        path.display()
    )]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        what: String,
    },
}

/// Compiled workload, mapped read-only.
#[derive(Debug)]
pub struct Workload {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

impl Workload {
    /// Maps a compiled workload; pages are read on first access.
    ///
    /// # Errors
    /// [`WorkloadError`] if the file cannot be read, or its header or columns do not fit the file.
    pub fn open(path: &Path) -> Result<Self, WorkloadError> {
        let io = |source| WorkloadError::Io { path: path.to_owned(), source };
        let malformed = |what: String| WorkloadError::Malformed { path: path.to_owned(), what };
        let file = File::open(path).map_err(io)?;
        // SAFETY: compiled workloads are written to a temporary file and renamed, never changed.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        if map.len() < HEADER_BYTES || map[..8] != MAGIC {
            return Err(malformed(String::from("it is not a compiled workload")));
        }
        let header: Header = bytemuck::pod_read_unaligned(&map[..size_of::<Header>()]);
        if header.version != VERSION {
            return Err(malformed(format!(
                "it has format version {}, this program reads version {VERSION}",
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
                return Err(malformed(format!("column {} does not fit the file", column.kind)));
            }
        }
        if workload.ids().len() as u64 != header.requests || header.requests == 0 {
            return Err(malformed(String::from("its column of ids does not match its requests")));
        }
        for (kind, width) in PER_REQUEST {
            let found = header.columns.iter().find(|column| column.kind == kind as u32);
            if found.is_some_and(|column| (column.width, column.count) != (width, header.requests))
            {
                return Err(malformed(format!("column {kind:?} does not match its requests")));
            }
        }
        Ok(workload)
    }

    /// Reads the whole file and checks what [`Workload::open`] does not: the digest and the ranges
    /// of ids and operations.
    ///
    /// # Errors
    /// [`WorkloadError::Malformed`] if the file was damaged or changed.
    pub fn verify(&self) -> Result<(), WorkloadError> {
        let malformed = |what: &str| {
            let path = self.path.clone();
            Err(WorkloadError::Malformed { path, what: String::from(what) })
        };
        let mut head = self.map[..HEADER_BYTES].to_vec();
        head[DIGEST_OFFSET..DIGEST_OFFSET + 32].fill(0);
        let digest =
            blake3::Hasher::new().update(&head).update(&self.map[HEADER_BYTES..]).finalize();
        if *digest.as_bytes() != self.header.digest {
            return malformed("its content does not match its digest");
        }
        if self.ids().iter().any(|&id| u64::from(id) >= self.header.unique_keys) {
            return malformed("it has an id that is not below its number of keys");
        }
        if self.ops().is_some_and(|ops| ops.iter().any(|&op| op > Op::Delete as u8)) {
            return malformed("it has an unknown operation");
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

    /// Returns the value sizes, one per request; `None` if each is [`Header::value_bytes`].
    #[must_use]
    pub fn sizes(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Sizes)
    }

    /// Returns the times to live in milliseconds, one per request; `None` if there are none.
    #[must_use]
    pub fn ttls_ms(&self) -> Option<&[u32]> {
        self.column(ColumnKind::TtlsMs)
    }

    /// Returns the microseconds since the first request; `None` for a source without timestamps.
    #[must_use]
    pub fn times_us(&self) -> Option<&[u64]> {
        self.column(ColumnKind::TimesUs)
    }

    /// Returns the tenant numbers, from 0, one per request; `None` for a single tenant.
    #[must_use]
    pub fn tenants(&self) -> Option<&[u16]> {
        self.column(ColumnKind::Tenants)
    }

    /// Returns the number of the multi-get that each request belongs to, 0 for none.
    ///
    /// Requests of one multi-get are adjacent. `None` for a workload without multi-gets.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Groups)
    }

    /// Decodes one request. A loop over many requests should look up [`Columns`] once.
    ///
    /// # Panics
    /// If the index is not below the number of requests.
    #[inline]
    #[must_use]
    pub fn request(&self, index: usize) -> WorkloadRequest {
        self.columns().request::<true, true>(index)
    }

    /// Looks up the columns that describe a request.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        Columns {
            ids: self.ids(),
            ops: self.ops().unwrap_or_default(),
            sizes: self.sizes().unwrap_or_default(),
            ttls_ms: self.ttls_ms().unwrap_or_default(),
            groups: self.groups().unwrap_or_default(),
            value_bytes: self.header.value_bytes,
        }
    }

    /// Returns the elements of a column, if the file has it.
    #[must_use]
    pub fn column<T: Pod>(&self, kind: ColumnKind) -> Option<&[T]> {
        let column = self.header.columns.iter().find(|column| column.kind == kind as u32)?;
        let start = usize::try_from(column.offset).ok()?;
        let bytes = usize::try_from(column.count).ok()?.checked_mul(size_of::<T>())?;
        bytemuck::try_cast_slice(self.map.get(start..start.checked_add(bytes)?)?).ok()
    }
}
