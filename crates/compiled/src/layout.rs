//! Header, columns and operations of a compiled workload, as stored in the file.

use bytemuck::{Pod, Zeroable};

/// First eight bytes of the file; a transfer in text mode damages the line ends among them.
pub const MAGIC: [u8; 8] = *b"BKW\r\n\x1a\n\0";
/// Version of the file layout; a reader accepts only this version.
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
    /// Reads the key through the cache.
    Read = 0,
    /// Writes the key through the cache.
    Write = 1,
    /// Changes the row at the origin and removes the cache entry.
    Delete = 2,
}

impl Op {
    /// Decodes an element of the `ops` column; an unknown byte becomes a read.
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

/// Kind of a column; a file contains its columns in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ColumnKind {
    /// One u32 per request: dense id of its key, numbered by first appearance.
    Ids = 1,
    /// One u8 per request: an [`Op`]. Absent if all requests are reads.
    Ops = 2,
    /// One u32 per request: value size in bytes. Absent if all sizes equal [`Header::value_bytes`].
    Sizes = 3,
    /// One u32 per request: time to live in milliseconds, 0 for none.
    TtlsMs = 4,
    /// One u64 per request: microseconds since the first request. Absent without timestamps.
    TimesUs = 5,
    /// One u16 per request: tenant number, from 0. Absent for a single tenant.
    Tenants = 6,
    /// One u32 per request: id of its multi-get, 0 for none. Absent without multi-gets.
    Groups = 7,
    /// One u64 per key id: the original numeric key. Absent if every key equals its id.
    KeyNumbers = 8,
    /// Start of each textual key in `KeyText`, as u64, followed by the length of `KeyText`.
    KeyOffsets = 9,
    /// Bytes of the original textual keys, concatenated.
    KeyText = 10,
}

/// Columns with one element per request, each with the size of an element in bytes.
pub(crate) const REQUEST_COLUMNS: [(ColumnKind, u32); 7] = [
    (ColumnKind::Ids, 4),
    (ColumnKind::Ops, 1),
    (ColumnKind::Sizes, 4),
    (ColumnKind::TtlsMs, 4),
    (ColumnKind::TimesUs, 8),
    (ColumnKind::Tenants, 2),
    (ColumnKind::Groups, 4),
];

/// Kind, element size and position of a column in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ColumnEntry {
    /// [`ColumnKind`] as a number; 0 ends the list.
    pub kind: u32,
    /// Size of one element, in bytes.
    pub width: u32,
    /// Offset from the start of the file, in bytes.
    pub offset: u64,
    /// Number of elements.
    pub count: u64,
}

/// Header of the file, padded with zeros to [`HEADER_BYTES`].
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    /// Always [`MAGIC`].
    pub magic: [u8; 8],
    /// Layout version of the file, see [`VERSION`].
    pub version: u32,
    /// Size of every value in bytes; 0 if the file has a `sizes` column.
    pub value_bytes: u32,
    /// BLAKE3 digest of the file, computed with zeros in this field.
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
    /// Sum of the value sizes of all requests, in bytes.
    pub request_bytes: u64,
    /// Sum of the last value size of each distinct key, in bytes.
    pub unique_bytes: u64,
    /// Positions of the columns; unused entries are zero.
    pub columns: [ColumnEntry; MAX_COLUMNS],
    /// Number of requests of unknown value size, which count as `assumed_bytes` each.
    pub unsized_requests: u64,
    /// Number of distinct keys whose value size is unknown.
    pub unsized_keys: u64,
    /// Size assumed for unknown values, in bytes; 0 if all sizes are known.
    pub assumed_bytes: u64,
}
