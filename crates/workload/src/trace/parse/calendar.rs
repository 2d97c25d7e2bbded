//! Parser of dates in their most common forms, without a general date library.

use super::number::parse_decimal;

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
/// Days of a common year before each month.
const DAYS_BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
/// Leap days before 1970.
const LEAP_DAYS_BEFORE_1970: u64 = 1969 / 4 - 1969 / 100 + 1969 / 400;
/// Largest offset from UTC, in hours.
const MAX_OFFSET_HOURS: u64 = 14;

/// Returns microseconds since 1970 of `2026-01-31T12:00:00.5Z` or `31/Jan/2026:12:00:00 +0000`.
///
/// The first form can have a space instead of the T, and an offset such as `+01:00`. A time without
/// an offset is UTC. `None` does not mean that the text is not a time: other forms exist.
pub(super) fn parse_common_form(text: &[u8]) -> Option<u64> {
    match *text.first_chunk::<19>()? {
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b' ', _, _, b':', _, _, b':', _, _] => {
            let day = days_since_1970(&text[..4], parse_decimal(&text[5..7])?, &text[8..10])?;
            let (us, rest) = parse_fraction(&text[19..])?;
            let (east, offset_s) = match rest {
                b"" | b"Z" => (true, 0),
                &[sign, _, _, b':', _, _] => parse_offset(sign, &rest[1..3], &rest[4..])?,
                _ => return None,
            };
            to_us(day, &text[11..19], us, east, offset_s)
        }
        [_, _, b'/', _, _, _, b'/', _, _, _, _, b':', _, _, b':', _, _, b':', _] => {
            let month = (1..).zip(MONTHS).find(|(_, name)| **name == text[3..6])?.0;
            let day = days_since_1970(&text[7..11], month, &text[..2])?;
            let (us, rest) = parse_fraction(text.get(20..)?)?;
            let (east, offset_s) = match rest {
                b"" => (true, 0),
                &[b' ', sign, _, _, _, _] => parse_offset(sign, &rest[2..4], &rest[4..])?,
                _ => return None,
            };
            to_us(day, &text[12..20], us, east, offset_s)
        }
        _ => None,
    }
}

/// Returns the day number of a valid date from 1970 to 9998; the library's last time is in 9999.
fn days_since_1970(year: &[u8], month: u64, day: &[u8]) -> Option<u64> {
    let (year, day) = (parse_decimal(year)?, parse_decimal(day)?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1970..=9998).contains(&year) || !(1..=days).contains(&day) {
        return None;
    }
    let before_month = DAYS_BEFORE_MONTH.get((month as usize).checked_sub(1)?)?;
    let last = year - 1;
    let leap_days = last / 4 - last / 100 + last / 400 - LEAP_DAYS_BEFORE_1970;
    let leap_day = u64::from(is_leap && month > 2);
    Some((year - 1970) * 365 + leap_days + before_month + leap_day + day - 1)
}

/// Splits an optional fraction of a second, in microseconds, from the rest of a time.
fn parse_fraction(text: &[u8]) -> Option<(u64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let nanoseconds = parse_decimal(&digits[..length])? * 10_u64.pow(9 - length as u32);
    Some((nanoseconds / 1_000, &digits[length..]))
}

/// Parses an offset from UTC; returns true if it is east of UTC, and its length in seconds.
fn parse_offset(sign: u8, hours: &[u8], minutes: &[u8]) -> Option<(bool, u64)> {
    let (hours, minutes) = (parse_decimal(hours)?, parse_decimal(minutes)?);
    if !matches!(sign, b'+' | b'-') || hours > MAX_OFFSET_HOURS || minutes > 59 {
        return None;
    }
    Some((sign == b'+', hours * 3_600 + minutes * 60))
}

/// Combines a day and a time such as `12:00:00`; `None` for a leap second.
fn to_us(day: u64, time: &[u8], us: u64, east: bool, offset_s: u64) -> Option<u64> {
    let part = |at: usize, limit: u64| {
        parse_decimal(time.get(at..at + 2)?).filter(|&number| number < limit)
    };
    let local_s = day * 86_400 + part(0, 24)? * 3_600 + part(3, 60)? * 60 + part(6, 60)?;
    let utc_s = if east { local_s.checked_sub(offset_s)? } else { local_s + offset_s };
    Some(utc_s * 1_000_000 + us)
}
