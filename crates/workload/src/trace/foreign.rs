//! Kinds of files that are no traces, whatever a reader of plain keys makes of them.

/// Where a kind has its mark, the mark, and what there is to say of it.
const KINDS: [(usize, &[u8], &str); 25] = [
    (0, &crate::compiled::MAGIC, "a workload that is compiled already, not a trace"),
    (0, b"\x7fELF", "an executable, not a trace"),
    (0, b"MZ\x90\0", "an executable, not a trace"),
    (0, b"\xca\xfe\xba\xbe", "an executable, not a trace"),
    (0, b"!<arch>\n", "an archive of ar, not a trace"),
    (0, b"\x89PNG", "a picture, not a trace"),
    (0, b"\xff\xd8\xff", "a picture, not a trace"),
    (0, b"GIF8", "a picture, not a trace"),
    (0, b"%PDF", "a PDF document, not a trace"),
    (0, b"SQLite format 3\0", "a database, not a trace: write what is in it as CSV"),
    (0, b"REDIS0", "a dump of Redis, not a trace: it holds no requests"),
    (0, b"PAR1", "a file of Parquet: write it as CSV first"),
    (0, b"ARROW1", "a file of Arrow: write it as CSV first"),
    (0, b"Obj\x01", "a file of Avro: write it as CSV first"),
    (0, b"\xd4\xc3\xb2\xa1", "a capture of packets: write its requests as CSV first"),
    (0, b"\x0a\x0d\x0d\x0a", "a capture of packets: write its requests as CSV first"),
    (0, b"PK\x03\x04", "a zip archive: take the file out of it first"),
    (0, b"PK\x05\x06", "a zip archive: take the file out of it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "an archive of 7z: take the file out of it first"),
    (257, b"ustar", "an archive of tar: take the file out of it first, as with tar -xOf"),
    (0, b"\x04\x22\x4d\x18", "packed with lz4: unpack it first, as with lz4 -dc"),
    (0, b"\x02\x21\x4c\x18", "packed with lz4: unpack it first, as with lz4 -dc"),
    (0, b"LZIP", "packed with lzip: unpack it first"),
    (0, b"\x1f\x9d", "packed with compress: unpack it first, as with gzip -dc"),
    (0, b"\xff\x06\0\0sNaPpY", "packed with snappy: unpack it first"),
];

/// What a file is, by its first bytes, if it is known to be no trace.
pub(super) fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let marked = |at: usize, mark: &[u8]| bytes.get(at..).is_some_and(|it| it.starts_with(mark));
    KINDS.iter().find(|&&(at, mark, _)| marked(at, mark)).map(|&(.., kind)| kind)
}
