//! Times as logs write them: `10/Oct/2000:13:55:36 -0700`, RFC 3339, seconds since 1970.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::number::{decimal, millionths};

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

/// Reads times, and remembers the last: neighbouring lines mostly share theirs.
#[derive(Default)]
pub(super) struct LogClock {
    text: Vec<u8>,
    micros: u64,
}

impl LogClock {
    /// Microseconds since 1970; `None` for what is no time.
    pub(super) fn micros(&mut self, text: &[u8]) -> Option<u64> {
        if self.text != text {
            self.micros = parse(text)?;
            self.text.clear();
            self.text.extend_from_slice(text);
        }
        Some(self.micros)
    }
}

/// Microseconds since 1970 of a number or of a date and time as in RFC 3339. A number of at least
/// 10^11 (the year 5138 in seconds) counts milliseconds, of 10^14 microseconds, of 10^17
/// nanoseconds.
pub(super) fn moment(text: &[u8]) -> Option<u64> {
    if let Some(micros) = millionths(text) {
        let whole = text.split(|&byte| byte == b'.').next().and_then(decimal)?;
        return Some(match whole {
            0..100_000_000_000 => micros,
            100_000_000_000..100_000_000_000_000 => whole * 1_000,
            100_000_000_000_000..100_000_000_000_000_000 => whole,
            _ => whole / 1_000,
        });
    }
    let timestamp: jiff::Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
    u64::try_from(timestamp.as_microsecond()).ok()
}

fn parse(text: &[u8]) -> Option<u64> {
    let shape = b"dd/mmm/yyyy:hh:mm:ss sHHMM";
    if text.len() != shape.len() || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, to: usize| decimal(&text[from..to]);
    let month = MONTHS.chunks_exact(3).position(|name| name == &text[3..6])? + 1;
    let civil = DateTime::new(
        i16::try_from(number(7, 11)?).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(number(0, 2)?).ok()?,
        i8::try_from(number(12, 14)?).ok()?,
        i8::try_from(number(15, 17)?).ok()?,
        // A leap second is the last of its minute.
        i8::try_from(number(18, 20)?.min(59)).ok()?,
        0,
    )
    .ok()?;
    let seconds = i32::try_from(number(22, 24)? * 3_600 + number(24, 26)? * 60).ok()?;
    let offset = match text[21] {
        b'-' => Offset::from_seconds(-seconds).ok()?,
        b'+' => Offset::from_seconds(seconds).ok()?,
        _ => return None,
    };
    u64::try_from(offset.to_timestamp(civil).ok()?.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_from_1970_in_universal_time() {
        let mut clock = LogClock::default();
        assert_eq!(clock.micros(b"10/Oct/2000:13:55:36 -0700"), Some(971_211_336_000_000));
        assert_eq!(clock.micros(b"01/Jan/1970:00:00:01 +0000"), Some(1_000_000));
        assert_eq!(clock.micros(b"31/Feb/2000:00:00:01 +0000"), None);
        assert_eq!(clock.micros(b"01/Foo/2000:00:00:01 +0000"), None);
        assert_eq!(clock.micros(b"yesterday"), None);
    }

    #[test]
    fn numbers_and_dates_are_moments() {
        let expected = Some(1_339_518_083_107_000);
        for text in
            ["1339518083.107", "1339518083107", "1339518083107000", "2012-06-12T16:21:23.107Z"]
        {
            assert_eq!(moment(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(moment(b"1339518083107000999"), expected);
        assert_eq!(moment(b"7"), Some(7_000_000));
        assert_eq!(moment(b"soon"), None);
    }
}
