//! Numbers in the text of traces.

/// A decimal number below 2^64, digits only.
#[inline]
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    // Nineteen digits always fit; only the twentieth can be too much.
    let mut number = 0_u64;
    for &byte in text.iter().take(19) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    match text.get(19) {
        None => Some(number),
        Some(byte @ b'0'..=b'9') => number.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_are_digits_below_two_to_the_sixty_four() {
        assert_eq!(decimal(b"0"), Some(0));
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        let refused: [&[u8]; 6] =
            [b"", b"-1", b"+1", b"1 ", b"18446744073709551616", b"000000000000000000000"];
        for text in refused {
            assert_eq!(decimal(text), None, "{}", text.escape_ascii());
        }
    }
}
