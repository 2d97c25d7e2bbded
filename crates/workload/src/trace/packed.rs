//! What files are packed with, told by their first bytes.

use std::io::{self, BufReader, Read};

/// What decompressing xz may take: `xz -9` needs 65 MiB, and a damaged or malicious header could
/// ask for gigabytes.
const XZ_MEMORY_BYTES: u64 = 256 * 1024 * 1024;

/// The content behind the compression that the first bytes tell.
pub(super) fn decompressed(
    magic: Option<Vec<u8>>,
    raw: BufReader<Box<dyn Read>>,
) -> io::Result<Box<dyn Read>> {
    let magic = magic.unwrap_or_default();
    Ok(if magic.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(raw))
    } else if magic.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        let stream = liblzma::stream::Stream::new_stream_decoder(
            XZ_MEMORY_BYTES,
            liblzma::stream::CONCATENATED,
        )?;
        Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream))
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable_frame(&magic) {
        Box::new(zstd::stream::read::Decoder::with_buffer(raw)?)
    } else if magic.starts_with(b"BZh") && matches!(magic.get(3), Some(b'1'..=b'9')) {
        Box::new(bzip2::bufread::MultiBzDecoder::new(raw))
    } else {
        Box::new(raw)
    })
}

/// Whether these bytes begin a frame that a reader of zstd skips, as pzstd puts one before each
/// frame of content. The same frames may stand in a file of lz4, which is then refused as damaged.
fn is_skippable_frame(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}
