//! Parsers of decimal numbers.

/// Parses a decimal number below 2^64 that consists of digits only.
#[inline]
pub(in crate::trace) fn parse_decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    // 19 digits always fit; only the 20th can overflow.
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

/// Converts a number to `u32`, the type of sizes and times to live; large numbers saturate.
pub(in crate::trace) fn saturating_u32(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Parses a decimal number with an optional fraction and returns it in millionths.
///
/// Digits after the sixth of the fraction are ignored; large numbers saturate.
pub(in crate::trace) fn parse_millionths(text: &[u8]) -> Option<u64> {
    let point = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = (0..6).map(|place| fraction.get(place).map_or(0, |digit| digit - b'0'));
    let millionths = digits.fold(0, |sum, digit| sum * 10 + u64::from(digit));
    Some(parse_decimal(whole)?.saturating_mul(1_000_000).saturating_add(millionths))
}

#[cfg(test)]
mod tests {
    use super::{parse_decimal, parse_millionths};

    #[test]
    fn decimals_consist_of_digits_and_are_below_two_to_the_64() {
        assert_eq!(parse_decimal(b"0"), Some(0));
        assert_eq!(parse_decimal(b"18446744073709551615"), Some(u64::MAX));
        let refused: [&[u8]; 6] =
            [b"", b"-1", b"+1", b"1 ", b"18446744073709551616", b"000000000000000000000"];
        for text in refused {
            assert_eq!(parse_decimal(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn fractions_are_parsed_as_millionths() {
        assert_eq!(parse_millionths(b"1.5"), Some(1_500_000));
        assert_eq!(parse_millionths(b"1339518083.1074129"), Some(1_339_518_083_107_412));
        assert_eq!(parse_millionths(b"7"), Some(7_000_000));
        assert_eq!(parse_millionths(b"7."), Some(7_000_000));
        assert_eq!(parse_millionths(b"99999999999999999"), Some(u64::MAX));
        assert_eq!(parse_millionths(b".5"), None);
        assert_eq!(parse_millionths(b"1.x"), None);
    }
}
