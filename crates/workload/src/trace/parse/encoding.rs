//! Detection of text and its encoding.

use std::borrow::Cow;

/// UTF-8 byte order mark.
pub(in crate::trace) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";
/// Minimum number of UTF-16 code units for detection without a byte order mark.
const MIN_UNITS: usize = 64;

/// Returns true if at least 90 % of the bytes are printable UTF-8 or white space.
///
/// Tolerates some damaged bytes or another encoding, and an incomplete last character.
pub(in crate::trace) fn is_text(bytes: &[u8]) -> bool {
    let printable = |chunk: std::str::Utf8Chunk<'_>| {
        chunk.valid().bytes().filter(|&byte| !is_control(byte)).count()
    };
    let printable: usize = bytes.utf8_chunks().map(printable).sum();
    printable * 10 >= bytes.len() * 9
}

/// Removes runs of NULs at the starts of lines, as left in a log that was truncated while in use.
pub(in crate::trace) fn without_nul_runs(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&0) {
        return Cow::Borrowed(bytes);
    }
    let start = |line: &[u8]| line.iter().take_while(|&&byte| byte == 0).count();
    let lines: Vec<&[u8]> =
        bytes.split(|&byte| byte == b'\n').map(|line| &line[start(line)..]).collect();
    Cow::Owned(lines.join(&b'\n'))
}

/// Returns true if there are no control characters, as in text of any 8-bit encoding.
pub(in crate::trace) fn has_no_controls(bytes: &[u8]) -> bool {
    !bytes.iter().copied().any(is_control)
}

/// Returns true for control characters except white space and ESC, which starts color codes.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace() && byte != 0x1b
}

pub(in crate::trace) fn has_utf16_bom(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// Returns true if at least 75 % of the byte pairs are an ASCII character in UTF-16.
pub(in crate::trace) fn is_utf16(bytes: &[u8]) -> bool {
    let (units, _) = bytes.as_chunks::<2>();
    let is_ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let ascii = |[zero, other]: [u8; 2]| zero == 0 && is_ascii(other);
    let big = units.iter().filter(|&&unit| ascii(unit)).count();
    let little = units.iter().filter(|&&[low, high]| ascii([high, low])).count();
    let enough = units.len() >= MIN_UNITS || has_utf16_bom(bytes);
    enough && big.max(little) * 4 >= units.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_detected_in_any_encoding() {
        let latin1 = b"GET /caf\xe9 and more of it\n";
        for text in ["key,größe\nü,1\n".as_bytes(), "ключ,1\n".as_bytes(), latin1, b""] {
            assert!(is_text(text) && has_no_controls(text), "{}", text.escape_ascii());
        }
        let cut = "ключ ü".as_bytes();
        assert!(is_text(&cut[..cut.len() - 1]), "the last character may be incomplete");
        // KOI8-R: neither UTF-8 nor control characters.
        let koi8_r = b"\xcb\xcc\xc0\xde \xda\xce\xc1\xde\n";
        assert!(!is_text(koi8_r) && has_no_controls(koi8_r));
        let numbers: Vec<u8> = (0..100_u64).flat_map(u64::to_be_bytes).collect();
        assert!(!is_text(&numbers) && !has_no_controls(&numbers) && !is_utf16(&numbers));
    }

    #[test]
    fn utf16_is_detected_with_and_without_byte_order_mark() {
        let text = "1700000000.000000 [0 127.0.0.1:6] \"GET\" \"ü\"\n".repeat(2);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(is_utf16(&little) && is_utf16(&big) && !is_utf16(text.as_bytes()));
        assert!(is_utf16(b"\xff\xfe1\x002\x00\n\x00") && !is_utf16(b"1\x002\x00\n\x00"));
    }
}
