//! Header, columns and operations of a compiled workload, as they lie in the file.

use bytemuck::{Pod, Zeroable};

/// The first eight bytes; the line ends show a transfer that changed them.
pub const MAGIC: [u8; 8] = *b"BKW\r\n\x1a\n\0";
/// Version of the layout.
pub const VERSION: u32 = 1;
/// Bytes before the first column.
pub const HEADER_BYTES: usize = 4096;
/// Where the digest lies in the header.
pub(crate) const DIGEST_OFFSET: usize = std::mem::offset_of!(Header, digest);
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
pub(crate) const PER_REQUEST: [(ColumnKind, u32); 7] = [
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
    /// Requests of whose value no size is known from the source: those count as `assumed_bytes`.
    pub unsized_requests: u64,
    /// Distinct keys of which no size is known at all.
    pub unsized_keys: u64,
    /// Bytes that stand where no size is known; 0 where all are.
    pub assumed_bytes: u64,
}
