//! Decompresses gzip, xz, zstd and bzip2 files, recognized by their signature.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

/// Memory limit for decompressing xz, in bytes; `xz -9` needs 65 MiB, and a damaged or malicious
/// header could request gigabytes.
const XZ_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// Length of the longest signature.
const SIGNATURE_BYTES: usize = 6;
const BUFFER_BYTES: usize = 256 * 1024;

type RawReader = BufReader<Box<dyn Read>>;

/// Decompressed content of a file.
pub(super) struct DecompressedContent {
    pub(super) reader: Box<dyn Read>,
    /// True once bytes after the compressed content were ignored.
    pub(super) has_trailing_garbage: Rc<Cell<bool>>,
}

impl DecompressedContent {
    /// Wraps content that is not compressed.
    pub(super) fn plain(reader: Box<dyn Read>) -> Self {
        Self { reader, has_trailing_garbage: Rc::default() }
    }
}

/// Wraps a reader in the decompressor for its signature; other content is returned unchanged.
pub(super) fn decompress(mut raw: Box<dyn Read>) -> io::Result<DecompressedContent> {
    // `read` on a pipe can return a single byte, so read until the signature is complete.
    let mut signature = Vec::new();
    raw.by_ref().take(SIGNATURE_BYTES as u64).read_to_end(&mut signature)?;
    let all_content: Box<dyn Read> = Box::new(Cursor::new(signature.clone()).chain(raw));
    let raw = BufReader::with_capacity(BUFFER_BYTES, all_content);
    let has_trailing_garbage = Rc::new(Cell::new(false));
    let (kind, reader): (_, Box<dyn Read>) = if signature.starts_with(&[0x1f, 0x8b]) {
        ("gzip", Box::new(GzipReader::new(raw, has_trailing_garbage.clone())))
    } else if signature.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        let stream = liblzma::stream::Stream::new_stream_decoder(
            XZ_MEMORY_BYTES,
            liblzma::stream::CONCATENATED,
        )?;
        ("xz", Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream)))
    } else if signature.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable_frame(&signature) {
        ("zstd", Box::new(zstd::stream::read::Decoder::with_buffer(raw)?))
    } else if signature.starts_with(b"BZh") && matches!(signature.get(3), Some(b'1'..=b'9')) {
        ("bzip2", Box::new(bzip2::bufread::MultiBzDecoder::new(raw)))
    } else {
        // Nothing was read from the buffer yet.
        return Ok(DecompressedContent::plain(raw.into_inner()));
    };
    let reader = Box::new(DecompressedReader { kind, reader, bytes: 0 });
    Ok(DecompressedContent { reader, has_trailing_garbage })
}

/// Returns true for a skippable zstd frame, which pzstd writes before each frame of content.
///
/// lz4 uses the same frames; such a file is refused later as damaged.
fn is_skippable_frame(signature: &[u8]) -> bool {
    matches!(signature, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Reader that adds the compression format and the position to errors.
struct DecompressedReader {
    kind: &'static str,
    reader: Box<dyn Read>,
    /// Number of decompressed bytes.
    bytes: u64,
}

impl Read for DecompressedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                return error;
            }
            let Self { kind, bytes, .. } = self;
            let cut = match error.kind() {
                io::ErrorKind::UnexpectedEof => "; the file is truncated",
                _ => "",
            };
            let cause = format!("{error} ({kind}, after {bytes} decompressed bytes){cut}");
            io::Error::new(error.kind(), cause)
        })?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Reader of all members of a gzip file.
///
/// Ignores other bytes after a member, as gzip(1) does; bytes other than zeros are noted.
struct GzipReader {
    member: Option<flate2::bufread::GzDecoder<RawReader>>,
    has_trailing_garbage: Rc<Cell<bool>>,
}

impl GzipReader {
    fn new(raw: RawReader, has_trailing_garbage: Rc<Cell<bool>>) -> Self {
        Self { member: Some(flate2::bufread::GzDecoder::new(raw)), has_trailing_garbage }
    }
}

impl Read for GzipReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(finished) = self.member.take() else { break };
            let mut raw = finished.into_inner();
            match next_byte_after_zeros(&mut raw)? {
                None => {}
                Some(0x1f) => self.member = Some(flate2::bufread::GzDecoder::new(raw)),
                Some(_) => self.has_trailing_garbage.set(true),
            }
        }
        Ok(0)
    }
}

/// Skips zero bytes and returns the next byte without consuming it; `None` at the end.
fn next_byte_after_zeros(raw: &mut RawReader) -> io::Result<Option<u8>> {
    loop {
        let ready = raw.fill_buf()?;
        if ready.is_empty() {
            return Ok(None);
        }
        let zeros = ready.iter().take_while(|&&byte| byte == 0).count();
        let next = ready.get(zeros).copied();
        raw.consume(zeros);
        if next.is_some() {
            return Ok(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Reader that returns one byte per call, as a pipe can.
    struct SlowReader(Cursor<Vec<u8>>);

    impl Read for SlowReader {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn a_signature_is_recognized_byte_by_byte() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"1\n2\n").unwrap();
        for bytes in [gzip.finish().unwrap(), b"1\n2\n".to_vec()] {
            let mut content = Vec::new();
            let reader = SlowReader(Cursor::new(bytes));
            decompress(Box::new(reader)).unwrap().reader.read_to_end(&mut content).unwrap();
            assert_eq!(content, b"1\n2\n");
        }
    }
}
