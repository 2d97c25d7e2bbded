//! Telling text from binary records.

/// What some programs put before a text in UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Fewer pairs of bytes than this do not show UTF-16 without its mark.
const FEWEST_UNITS: usize = 64;

/// Whether nine bytes of ten belong to characters that print, or to space: a text in UTF-8, or one
/// with a few bytes of another encoding or a few that were damaged. A last character may be cut.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let shown = |chunk: std::str::Utf8Chunk<'_>| {
        chunk.valid().bytes().filter(|&byte| !is_control(byte)).count()
    };
    let shown: usize = bytes.utf8_chunks().map(shown).sum();
    shown * 10 >= bytes.len() * 9
}

/// Whether no byte is a control character: an old encoding of eight bits is a text, too.
pub(super) fn has_no_controls(bytes: &[u8]) -> bool {
    !bytes.iter().copied().any(is_control)
}

/// Control characters, but for space and the escape that begins a colour.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace() && byte != 0x1b
}

/// Whether bytes begin with the mark that UTF-16 begins with.
pub(super) fn has_utf16_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// Whether most pairs of bytes are a character of ASCII and a NUL, as UTF-16 writes it.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    let (units, _) = bytes.as_chunks::<2>();
    let is_ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let ascii = |[zero, other]: [u8; 2]| zero == 0 && is_ascii(other);
    let big = units.iter().filter(|&&unit| ascii(unit)).count();
    let little = units.iter().filter(|&&[low, high]| ascii([high, low])).count();
    let enough = units.len() >= FEWEST_UNITS || has_utf16_mark(bytes);
    enough && big.max(little) * 4 >= units.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_in_any_encoding() {
        let latin1 = b"GET /caf\xe9 and more of it\n";
        for text in ["key,größe\nü,1\n".as_bytes(), "ключ,1\n".as_bytes(), latin1, b""] {
            assert!(is_text(text) && has_no_controls(text), "{}", text.escape_ascii());
        }
        let cut = "ключ ü".as_bytes();
        assert!(is_text(&cut[..cut.len() - 1]), "the last character may be cut");
        // KOI8-R: no UTF-8, and no control characters either.
        let old = b"\xcb\xcc\xc0\xde \xda\xce\xc1\xde\n";
        assert!(!is_text(old) && has_no_controls(old));
        let numbers: Vec<u8> = (0..100_u64).flat_map(u64::to_be_bytes).collect();
        assert!(!is_text(&numbers) && !has_no_controls(&numbers) && !is_utf16(&numbers));
    }

    #[test]
    fn utf16_is_told_with_its_mark_and_without() {
        let text = "1700000000.000000 [0 127.0.0.1:6] \"GET\" \"ü\"\n".repeat(2);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(is_utf16(&little) && is_utf16(&big) && !is_utf16(text.as_bytes()));
        assert!(is_utf16(b"\xff\xfe1\x002\x00\n\x00") && !is_utf16(b"1\x002\x00\n\x00"));
    }
}
