//! The compiled workload (`.bkw`): what every variant replays, byte for byte.
//!
//! Layout, all little-endian, every column aligned to 64 bytes:
//! - a header of [`HEADER_BYTES`], see [`Header`];
//! - the columns in the order of [`ColumnKind`], each only where the source has it (`ids` always);
//! - last the table of original keys, where they are not the ids themselves.
//!
//! The digest is BLAKE3 over the whole file with the digest's own bytes as zeros.
//!
//! This is all that a runner needs of a workload. What makes one (scenarios, generators, readers of
//! traces and of what they are compressed with) is compiled into the driver alone.

mod layout;

use std::fs::File;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use memmap2::Mmap;

pub use layout::{Column, ColumnKind, HEADER_BYTES, Header, MAGIC, MAX_COLUMNS, Op, VERSION};
use layout::{DIGEST_OFFSET, PER_REQUEST};

#[cfg(target_endian = "big")]
compile_error!("compiled workloads are mapped as they lie, little-endian");

/// Why a compiled workload could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no compiled workload, or a damaged one.
    #[error("{}: {what}; compile it again with `bakeoff workload compile`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// One request of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Dense id of the key.
    pub id: u32,
    /// What it does.
    pub op: Op,
    /// Bytes of the value.
    pub bytes: u32,
    /// Time to live in milliseconds; 0 for none.
    pub ttl_ms: u32,
}

/// A compiled workload, mapped read-only.
#[derive(Debug)]
pub struct Workload {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

impl Workload {
    /// Maps a compiled workload; its pages are read when they are first touched.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be read, or its header or columns do not fit the file.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let malformed = |what: String| OpenError::Malformed { path: path.to_owned(), what };
        let file = File::open(path).map_err(io)?;
        // SAFETY: compiled workloads are written beside their place and renamed, never changed.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        if map.len() < HEADER_BYTES || map[..8] != MAGIC {
            return Err(malformed(String::from("not a compiled workload")));
        }
        let header: Header = bytemuck::pod_read_unaligned(&map[..size_of::<Header>()]);
        if header.version != VERSION {
            return Err(malformed(format!(
                "version {} of the format; this program reads version {VERSION}",
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
            return Err(malformed(String::from("no column of ids, one for each request")));
        }
        for (kind, width) in PER_REQUEST {
            let found = header.columns.iter().find(|column| column.kind == kind as u32);
            if found.is_some_and(|column| (column.width, column.count) != (width, header.requests))
            {
                return Err(malformed(format!("{kind:?}: not one element for each request")));
            }
        }
        Ok(workload)
    }

    /// Reads the whole file and checks what [`Workload::open`] takes on trust: the digest, and that
    /// ids and operations are within their ranges.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] if the file was damaged or tampered with.
    pub fn verify(&self) -> Result<(), OpenError> {
        let malformed = |what: &str| {
            let path = self.path.clone();
            Err(OpenError::Malformed { path, what: String::from(what) })
        };
        let mut head = self.map[..HEADER_BYTES].to_vec();
        head[DIGEST_OFFSET..DIGEST_OFFSET + 32].fill(0);
        let digest =
            blake3::Hasher::new().update(&head).update(&self.map[HEADER_BYTES..]).finalize();
        if *digest.as_bytes() != self.header.digest {
            return malformed("its content does not match its digest");
        }
        if self.ids().iter().any(|&id| u64::from(id) >= self.header.unique_keys) {
            return malformed("an id beyond its number of keys");
        }
        if self.ops().is_some_and(|ops| ops.iter().any(|&op| op > Op::Delete as u8)) {
            return malformed("an operation that does not exist");
        }
        Ok(())
    }

    /// The head of the file.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file that is mapped.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        blake3::Hash::from_bytes(self.header.digest).to_hex().to_string()
    }

    /// Number of requests; at least 1.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.ids().len()
    }

    /// Dense ids, one a request.
    #[inline]
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        self.column(ColumnKind::Ids).unwrap_or_default()
    }

    /// Operations, one a request; `None`: all reads.
    #[must_use]
    pub fn ops(&self) -> Option<&[u8]> {
        self.column(ColumnKind::Ops)
    }

    /// Value sizes, one a request; `None`: [`Header::value_bytes`] each.
    #[must_use]
    pub fn sizes(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Sizes)
    }

    /// Times to live in milliseconds; `None`: none.
    #[must_use]
    pub fn ttls_ms(&self) -> Option<&[u32]> {
        self.column(ColumnKind::TtlsMs)
    }

    /// Microseconds since the first request; `None`: the source has no times.
    #[must_use]
    pub fn times_us(&self) -> Option<&[u64]> {
        self.column(ColumnKind::TimesUs)
    }

    /// Whose request each is, numbered from 0; `None`: one tenant's.
    #[must_use]
    pub fn tenants(&self) -> Option<&[u16]> {
        self.column(ColumnKind::Tenants)
    }

    /// Number of the group of reads that each was asked for with, 0 for none; reads of one group
    /// stand side by side. `None`: each was asked for alone.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        self.column(ColumnKind::Groups)
    }

    /// One request.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline]
    #[must_use]
    pub fn request(&self, index: usize) -> Request {
        Request {
            id: self.ids()[index],
            op: self.ops().map_or(Op::Read, |ops| Op::from_byte(ops[index])),
            bytes: self.sizes().map_or(self.header.value_bytes, |sizes| sizes[index]),
            ttl_ms: self.ttls_ms().map_or(0, |ttls| ttls[index]),
        }
    }

    /// The elements of a column, if it is there.
    #[must_use]
    pub fn column<T: Pod>(&self, kind: ColumnKind) -> Option<&[T]> {
        let column = self.header.columns.iter().find(|column| column.kind == kind as u32)?;
        let start = usize::try_from(column.offset).ok()?;
        let bytes = usize::try_from(column.count).ok()?.checked_mul(size_of::<T>())?;
        bytemuck::try_cast_slice(self.map.get(start..start.checked_add(bytes)?)?).ok()
    }
}
