//! Header, columns and operations of a compiled workload, as stored in the file.

use bytemuck::{Pod, Zeroable};

/// First eight bytes of the file; the line ends reveal a transfer in text mode.
pub const MAGIC: [u8; 8] = *b"BKW\r\n\x1a\n\0";
/// Version of the layout.
pub const VERSION: u32 = 1;
/// Size of the header, in bytes.
pub const HEADER_BYTES: usize = 4096;
/// Offset of the digest in the header.
pub(crate) const DIGEST_OFFSET: usize = std::mem::offset_of!(Header, digest);
/// Maximum number of columns.
pub const MAX_COLUMNS: usize = 16;

/// Operation of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Reads through the cache.
    Read = 0,
    /// Writes through the cache.
    Write = 1,
    /// Changes the row at the origin and removes the cache entry.
    Delete = 2,
}

impl Op {
    /// Decodes an element of the `ops` column; a valid file holds no other bytes.
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

/// Kind of a column, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ColumnKind {
    /// One u32 per request: dense id of its key, numbered by first appearance.
    Ids = 1,
    /// One u8 per request: an [`Op`]. Absent if all are reads.
    Ops = 2,
    /// One u32 per request: size of the value. Absent if each is [`Header::value_bytes`].
    Sizes = 3,
    /// One u32 per request: time to live in milliseconds, 0 for none.
    TtlsMs = 4,
    /// One u64 per request: microseconds since the first request. Absent without timestamps.
    TimesUs = 5,
    /// One u16 per request: number of its tenant. Absent for a single tenant.
    Tenants = 6,
    /// One u32 per request: number of its multi-get, 0 for none. Absent without multi-gets.
    Groups = 7,
    /// One u64 per key id: the original numeric key. Absent, like `KeyText`, if ids are the keys.
    KeyNumbers = 8,
    /// One u64 per key id, and one more: offsets into `KeyText`.
    KeyOffsets = 9,
    /// Bytes of the original textual keys, concatenated.
    KeyText = 10,
}

/// Columns with one element per request, and the size of an element in bytes.
pub(crate) const PER_REQUEST: [(ColumnKind, u32); 7] = [
    (ColumnKind::Ids, 4),
    (ColumnKind::Ops, 1),
    (ColumnKind::Sizes, 4),
    (ColumnKind::TtlsMs, 4),
    (ColumnKind::TimesUs, 8),
    (ColumnKind::Tenants, 2),
    (ColumnKind::Groups, 4),
];

/// Position of a column in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ColumnEntry {
    /// [`ColumnKind`] as a number; 0 ends the list.
    pub kind: u32,
    /// Size of one element, in bytes.
    pub width: u32,
    /// Offset in the file.
    pub offset: u64,
    /// Number of elements.
    pub count: u64,
}

/// Header of the file, padded with zeros to [`HEADER_BYTES`].
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: u32,
    /// Size of every value, in a file without a `sizes` column.
    pub value_bytes: u32,
    /// BLAKE3 digest of the file.
    pub digest: [u8; 32],
    /// Number of requests.
    pub requests: u64,
    /// Number of distinct keys.
    pub unique_keys: u64,
    /// Number of reads.
    pub reads: u64,
    /// Number of writes.
    pub writes: u64,
    /// Number of deletes.
    pub deletes: u64,
    /// Sum of the value sizes over all requests.
    pub request_bytes: u64,
    /// Sum of the value sizes over distinct keys, each with its last size.
    pub unique_bytes: u64,
    /// Columns of the file.
    pub columns: [ColumnEntry; MAX_COLUMNS],
    /// Requests whose value size is not in the source; they count as `assumed_bytes`.
    pub unsized_requests: u64,
    /// Distinct keys without any known size.
    pub unsized_keys: u64,
    /// Assumed value size; 0 if all sizes are known.
    pub assumed_bytes: u64,
}
