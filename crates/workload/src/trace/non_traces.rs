//! Recognizes files that are not traces but could be mistaken for binary keys.

use std::path::Path;

use super::error::TraceError;

/// Offset of a signature, the signature, and the kind of file, if possible with advice.
const SIGNATURES: [(usize, &[u8], &str); 24] = [
    (0, &bakeoff_compiled::MAGIC, "a compiled workload, not a trace"),
    (0, b"\x7fELF", "an executable, not a trace"),
    (0, b"MZ\x90\0", "an executable, not a trace"),
    (0, b"\xca\xfe\xba\xbe", "an executable, not a trace"),
    (0, b"!<arch>\n", "an ar archive, not a trace"),
    (0, b"\x89PNG", "an image, not a trace"),
    (0, b"\xff\xd8\xff", "an image, not a trace"),
    (0, b"GIF8", "an image, not a trace"),
    (0, b"%PDF", "a PDF document, not a trace"),
    (0, b"SQLite format 3\0", "a SQLite database; export the requests as CSV first"),
    (0, b"REDIS0", "a Redis dump, which contains no requests; record a log with MONITOR"),
    (0, b"ARROW1", "an Arrow file; convert it to CSV first"),
    (0, b"Obj\x01", "an Avro file; convert it to CSV first"),
    (0, b"\xd4\xc3\xb2\xa1", "a packet capture; export the requests as CSV first"),
    (0, b"\x0a\x0d\x0d\x0a", "a packet capture; export the requests as CSV first"),
    (0, b"PK\x03\x04", "a zip archive; extract the file first"),
    (0, b"PK\x05\x06", "a zip archive; extract the file first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; extract the file first"),
    (257, b"ustar", "a tar archive; extract the file first, for example with tar -xOf"),
    (0, b"\x04\x22\x4d\x18", "compressed with lz4; decompress it first with lz4 -dc"),
    (0, b"\x02\x21\x4c\x18", "compressed with lz4; decompress it first with lz4 -dc"),
    (0, b"LZIP", "compressed with lzip; decompress it first"),
    (0, b"\x1f\x9d", "compressed with compress; decompress it first with gzip -dc"),
    (0, b"\xff\x06\0\0sNaPpY", "compressed with snappy; decompress it first"),
];

/// Describes a file that is known not to be a trace, by its signature.
pub(super) fn identify_non_trace(bytes: &[u8]) -> Option<&'static str> {
    let matches = |offset: usize, signature: &[u8]| {
        bytes.get(offset..).is_some_and(|rest| rest.starts_with(signature))
    };
    SIGNATURES
        .iter()
        .find(|&&(offset, signature, _)| matches(offset, signature))
        .map(|&(.., kind)| kind)
}

/// Refuses a Parquet file with the command that converts it.
///
/// # Errors
/// [`TraceError::Parquet`] if the content starts with `PAR1` and a byte that text does not contain.
pub(super) fn refuse_parquet(path: &Path, bytes: &[u8]) -> Result<(), TraceError> {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if !bytes.starts_with(b"PAR1") || bytes.get(4).is_some_and(is_text) {
        return Ok(());
    }
    let command = format!(
        "duckdb -c \"COPY (SELECT * FROM '{}') TO '{}' (HEADER)\"",
        path.display(),
        path.with_extension("csv").display()
    );
    Err(TraceError::Parquet { path: path.to_owned(), command })
}
