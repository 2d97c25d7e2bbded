//! The compiled workload (`.bkw`): what every variant replays, byte for byte.
//!
//! Layout, all little-endian, every column aligned to 64 bytes:
//! - a header of [`HEADER_BYTES`], see [`Header`];
//! - the columns in the order of [`ColumnKind`], each only where the source has it (`ids` always);
//! - last the table of original keys, where they are not the ids themselves.
//!
//! The digest is BLAKE3 over the whole file with the digest's own bytes as zeros.

mod column;
mod writer;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bytemuck::{Pod, Zeroable};
use memmap2::Mmap;
use tempfile::NamedTempFile;

pub use writer::{WriteError, Writer};

#[cfg(target_endian = "big")]
compile_error!("compiled workloads are mapped as they lie, little-endian");

/// The first eight bytes; the line ends show a transfer that changed them.
pub const MAGIC: [u8; 8] = *b"BKW\r\n\x1a\n\0";
/// Version of the layout.
pub const VERSION: u32 = 1;
/// Bytes before the first column.
pub const HEADER_BYTES: usize = 4096;
/// Where the digest lies in the header.
const DIGEST_OFFSET: usize = std::mem::offset_of!(Header, digest);
/// Columns that a header has room for.
pub const MAX_COLUMNS: usize = 16;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Read through the cache.
    Read = 0,
    /// Write through the cache.
    Write = 1,
    /// Invalidate: the row changes behind the cache, and the entry is removed.
    Delete = 2,
}

impl Op {
    /// The operation of a byte of the `ops` column; a compiled file holds no other bytes.
    #[inline]
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::Write,
            2 => Self::Delete,
            _ => Self::Read,
        }
    }
}

/// Kinds of columns, in the order in which they lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ColumnKind {
    /// u32 a request: dense id of its key, numbered by first appearance.
    Ids = 1,
    /// u8 a request: see [`Op`]. Absent: all reads.
    Ops = 2,
    /// u32 a request: bytes of the value. Absent: [`Header::value_bytes`] each.
    Sizes = 3,
    /// u32 a request: time to live in milliseconds, 0 for none. Absent: none.
    TtlsMs = 4,
    /// u64 a request: microseconds since the first request. Absent: no times.
    TimesUs = 5,
    /// u16 a request: tenant. Absent: one tenant.
    Tenants = 6,
    /// u32 a request: group number of a scan's reads, 0 for none. Absent: no scans.
    Groups = 7,
    /// u64 an id: the original numeric key. Absent (with `KeyText`): ids are the keys.
    KeyNumbers = 8,
    /// u64 an id, and one more: offsets into `KeyText`.
    KeyOffsets = 9,
    /// Bytes: the original textual keys, one after the other.
    KeyText = 10,
}

/// Columns with one element for each request, and the bytes of an element.
const PER_REQUEST: [(ColumnKind, u32); 7] = [
    (ColumnKind::Ids, 4),
    (ColumnKind::Ops, 1),
    (ColumnKind::Sizes, 4),
    (ColumnKind::TtlsMs, 4),
    (ColumnKind::TimesUs, 8),
    (ColumnKind::Tenants, 2),
    (ColumnKind::Groups, 4),
];

/// Where a column lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Column {
    /// A [`ColumnKind`]; 0 ends the list.
    pub kind: u32,
    /// Bytes of one element.
    pub width: u32,
    /// Offset in the file.
    pub offset: u64,
    /// Number of elements.
    pub count: u64,
}

/// The head of the file, padded with zeros to [`HEADER_BYTES`].
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: u32,
    /// Bytes of every value, where there is no `sizes` column.
    pub value_bytes: u32,
    /// BLAKE3 of the file.
    pub digest: [u8; 32],
    /// Requests.
    pub requests: u64,
    /// Distinct keys.
    pub unique_keys: u64,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Deletes.
    pub deletes: u64,
    /// Sum of the value sizes over all requests.
    pub request_bytes: u64,
    /// Sum of the value sizes over distinct keys (each at its last size).
    pub unique_bytes: u64,
    /// The columns.
    pub columns: [Column; MAX_COLUMNS],
}

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
