//! Encodes data for the page: gzip in base64 for scripts and downloads, percent-encoding for URLs.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses data as gzip in base64; `None` if compression fails.
pub fn gzip_base64(data: &[u8]) -> Option<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).ok()?;
    Some(BASE64_STANDARD.encode(encoder.finish().ok()?))
}

/// Percent-encodes text for a `data:` URL.
pub fn percent_encoded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            ',' | '.' | '-' | '_' => safe.push(letter),
            letter if letter.is_ascii_alphanumeric() => safe.push(letter),
            letter => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    safe.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_percent_encoded() {
        assert_eq!(percent_encoded("a,b-1.5\n50 % #\"µ"), "a,b-1.5%0A50%20%25%20%23%22%C2%B5");
    }
}
