//! Parsers of timestamps: `10/Oct/2000:13:55:36 -0700`, RFC 3339, seconds since 1970.

use jiff::fmt::strtime;

use super::number::{parse_decimal, parse_millionths};

/// Parser of Common Log Format times; caches the last time, which adjacent lines often share.
#[derive(Default)]
pub(in crate::trace) struct ClfTimeParser {
    last_text: Vec<u8>,
    last_us: u64,
}

impl ClfTimeParser {
    /// Returns microseconds since 1970; `None` if the text is not a Common Log Format time.
    pub(in crate::trace) fn parse(&mut self, text: &[u8]) -> Option<u64> {
        if self.last_text != text {
            self.last_us = parse_clf_time(text)?;
            self.last_text.clear();
            self.last_text.extend_from_slice(text);
        }
        Some(self.last_us)
    }
}

/// Parses a number or an RFC 3339 time and returns microseconds since 1970.
///
/// The unit of a number follows from its magnitude: seconds below 10^11 (the year 5138),
/// milliseconds below 10^14, microseconds below 10^17, otherwise nanoseconds.
pub(in crate::trace) fn parse_timestamp(text: &[u8]) -> Option<u64> {
    if let Some(micros) = parse_millionths(text) {
        let whole = text.split(|&byte| byte == b'.').next().and_then(parse_decimal)?;
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

fn parse_clf_time(text: &[u8]) -> Option<u64> {
    let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
    u64::try_from(time.to_timestamp().ok()?.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clf_times_are_converted_to_utc() {
        let mut parser = ClfTimeParser::default();
        assert_eq!(parser.parse(b"10/Oct/2000:13:55:36 -0700"), Some(971_211_336_000_000));
        assert_eq!(parser.parse(b"01/Jan/1970:00:00:01 +0000"), Some(1_000_000));
        assert_eq!(parser.parse(b"31/Feb/2000:00:00:01 +0000"), None);
        assert_eq!(parser.parse(b"01/Foo/2000:00:00:01 +0000"), None);
        assert_eq!(parser.parse(b"yesterday"), None);
        // A leap second is read as the last second of its minute.
        let leap = parser.parse(b"31/Dec/2016:23:59:60 +0000");
        assert_eq!(leap, parser.parse(b"31/Dec/2016:23:59:59 +0000"));
        assert!(leap.is_some());
    }

    #[test]
    fn units_of_numeric_timestamps_follow_from_their_magnitude() {
        let expected = Some(1_339_518_083_107_000);
        for text in
            ["1339518083.107", "1339518083107", "1339518083107000", "2012-06-12T16:21:23.107Z"]
        {
            assert_eq!(parse_timestamp(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse_timestamp(b"1339518083107000999"), expected);
        assert_eq!(parse_timestamp(b"7"), Some(7_000_000));
        assert_eq!(parse_timestamp(b"soon"), None);
    }
}
