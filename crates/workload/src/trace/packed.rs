//! What files are packed with, told by their first bytes.

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// What decompressing xz may take: `xz -9` needs 65 MiB, and a damaged or malicious header could
/// ask for gigabytes.
const XZ_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// The longest of the marks.
const MARK_BYTES: usize = 6;
const BUFFER_BYTES: usize = 256 * 1024;

/// The bytes of a file from the first one on.
type Raw = BufReader<Box<dyn Read>>;

/// The content behind the compression that the first bytes tell.
pub(super) fn unpacked(mut raw: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    // A pipe may hand over one byte at a time.
    let mut mark = Vec::new();
    raw.by_ref().take(MARK_BYTES as u64).read_to_end(&mut mark)?;
    let whole: Box<dyn Read> = Box::new(Cursor::new(mark.clone()).chain(raw));
    let raw = BufReader::with_capacity(BUFFER_BYTES, whole);
    let (kind, reader): (_, Box<dyn Read>) = if mark.starts_with(&[0x1f, 0x8b]) {
        ("gzip", Box::new(Gzip::new(raw)))
    } else if mark.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        let stream = liblzma::stream::Stream::new_stream_decoder(
            XZ_MEMORY_BYTES,
            liblzma::stream::CONCATENATED,
        )?;
        ("xz", Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream)))
    } else if mark.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable_frame(&mark) {
        ("zstd", Box::new(zstd::stream::read::Decoder::with_buffer(raw)?))
    } else if mark.starts_with(b"BZh") && matches!(mark.get(3), Some(b'1'..=b'9')) {
        ("bzip2", Box::new(bzip2::bufread::MultiBzDecoder::new(raw)))
    } else {
        return Ok(Box::new(raw));
    };
    Ok(Box::new(Unpacked { kind, reader, bytes: 0 }))
}

/// Whether these bytes begin a frame that a reader of zstd skips, as pzstd puts one before each
/// frame of content. The same frames may stand in a file of lz4, which is then refused as damaged.
fn is_skippable_frame(mark: &[u8]) -> bool {
    matches!(mark, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Says in every error how much was unpacked before.
struct Unpacked {
    kind: &'static str,
    reader: Box<dyn Read>,
    bytes: u64,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                return error;
            }
            let Self { kind, bytes, .. } = self;
            let cut = match error.kind() {
                io::ErrorKind::UnexpectedEof => ": the file is cut",
                _ => "",
            };
            let what = format!("{error} ({kind}, after {bytes} bytes of content){cut}");
            io::Error::new(error.kind(), what)
        })?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The members of a gzip file one after the other. As with gzip(1), zeros behind one are padding.
struct Gzip(Option<flate2::bufread::GzDecoder<Raw>>);

impl Gzip {
    fn new(raw: Raw) -> Self {
        Self(Some(flate2::bufread::GzDecoder::new(raw)))
    }
}

impl Read for Gzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(ended) = self.0.take() else { break };
            let mut raw = ended.into_inner();
            if skip_zeros(&mut raw)? {
                self.0 = Some(flate2::bufread::GzDecoder::new(raw));
            }
        }
        Ok(0)
    }
}

/// Skips zeros; whether anything follows.
fn skip_zeros(raw: &mut Raw) -> io::Result<bool> {
    loop {
        let ready = raw.fill_buf()?;
        if ready.is_empty() {
            return Ok(false);
        }
        let zeros = ready.iter().take_while(|&&byte| byte == 0).count();
        let more = zeros < ready.len();
        raw.consume(zeros);
        if more {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Hands over one byte at a time, as a pipe may.
    struct Drops(Cursor<Vec<u8>>);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn a_mark_that_comes_in_drops_is_seen() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"1\n2\n").unwrap();
        for packed in [gzip.finish().unwrap(), b"1\n2\n".to_vec()] {
            let mut content = Vec::new();
            let drops = Drops(Cursor::new(packed));
            unpacked(Box::new(drops)).unwrap().read_to_end(&mut content).unwrap();
            assert_eq!(content, b"1\n2\n");
        }
    }
}
