//! Parser of timestamps: numbers of any unit, RFC 3339, date and time, Common Log Format.

use jiff::fmt::strtime;

use super::calendar::parse_common_form;
use super::number::{parse_decimal, parse_millionths};
use crate::trace::options::TimeUnit;

/// Longest plausible span of relative times, in microseconds; a longer one needs a stated unit.
const MAX_ASSUMED_SPAN_US: u64 = 31 * 86_400 * 1_000_000;
/// Numbers below this limit count as relative times. In seconds since 1970, the limit is in 2001.
const FIRST_EPOCH: u64 = 1_000_000_000;

/// Parser of times that keeps the unit of the first number; caches the last text.
#[derive(Debug, Default)]
pub(in crate::trace) struct TimeParser {
    unit: Option<TimeUnit>,
    /// True if the unit is a guess for relative times.
    is_assumed: bool,
    /// True if any time was a fraction, which only seconds commonly have.
    has_fraction: bool,
    first_us: Option<u64>,
    last_us: u64,
    cached_text: Vec<u8>,
    cached_us: u64,
}

impl TimeParser {
    /// Sets the unit of numbers, unless the user chose one before.
    pub(in crate::trace) fn set_unit(&mut self, unit: Option<TimeUnit>) {
        self.unit = self.unit.or(unit);
    }

    /// Returns microseconds since 1970, or since a start; `None` if the text is not a time.
    #[inline]
    pub(in crate::trace) fn parse(&mut self, text: &[u8]) -> Option<u64> {
        if !self.cached_text.is_empty() && self.cached_text == text {
            return Some(self.cached_us);
        }
        let time_us = match self.parse_number(text) {
            Some(time_us) => time_us,
            None => parse_common_form(text).or_else(|| parse_date(text))?,
        };
        self.cached_text.clear();
        self.cached_text.extend_from_slice(text);
        self.cached_us = time_us;
        Some(time_us)
    }

    #[inline]
    fn parse_number(&mut self, text: &[u8]) -> Option<u64> {
        let time_us = match parse_decimal(text) {
            Some(whole) => self.unit_for(whole).to_us(whole),
            None => {
                let millionths = parse_millionths(text)?;
                self.has_fraction = true;
                millionths / self.unit_for(millionths / 1_000_000).millionths_per_us()
            }
        };
        if self.is_assumed {
            self.first_us.get_or_insert(time_us);
            self.last_us = self.last_us.max(time_us);
        }
        Some(time_us)
    }

    /// Returns the unit; the first number decides by its magnitude.
    #[inline]
    fn unit_for(&mut self, number: u64) -> TimeUnit {
        if let Some(unit) = self.unit {
            return unit;
        }
        self.is_assumed = number < FIRST_EPOCH;
        let unit = match number {
            0..100_000_000_000 => TimeUnit::Seconds,
            100_000_000_000..100_000_000_000_000 => TimeUnit::Milliseconds,
            100_000_000_000_000..100_000_000_000_000_000 => TimeUnit::Microseconds,
            // Ticks of 1918 to 2234; nanoseconds are above from 2001 on.
            100_000_000_000_000_000..1_000_000_000_000_000_000 => TimeUnit::WindowsTicks,
            _ => TimeUnit::Nanoseconds,
        };
        self.unit = Some(unit);
        unit
    }

    /// Describes the unit of numeric times; `None` if there are none.
    pub(in crate::trace) fn describe(&self) -> Option<String> {
        let unit = self.unit?;
        Some(match self.is_assumed {
            true => format!("{unit} since a start (assumed; --time-unit sets another unit)"),
            false => unit.to_string(),
        })
    }

    /// Returns the span in days if it is implausibly long for the assumed unit.
    pub(in crate::trace) fn implausible_days(&self) -> Option<u64> {
        let span_us = self.last_us.saturating_sub(self.first_us?);
        let is_long = self.is_assumed && !self.has_fraction && span_us > MAX_ASSUMED_SPAN_US;
        is_long.then_some(span_us / 86_400_000_000)
    }
}

/// Parses RFC 3339, a date and time without an offset (UTC), or a Common Log Format time.
fn parse_date(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let instant = text.parse::<jiff::Timestamp>().ok();
    let civil = || {
        let civil = text.parse::<jiff::civil::DateTime>().ok().filter(|_| text.len() >= 19)?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let clf = || {
        strtime::parse("%d/%b/%Y:%H:%M:%S%.f %z", text)
            .ok()
            .and_then(|time| time.to_timestamp().ok())
    };
    let haproxy = || {
        let time = strtime::parse("%d/%b/%Y:%H:%M:%S%.f", text).ok()?.to_datetime().ok()?;
        time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let time = instant.or_else(clf).or_else(civil).or_else(haproxy)?;
    u64::try_from(time.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clf_times_are_converted_to_utc() {
        let mut parser = TimeParser::default();
        assert_eq!(parser.parse(b"10/Oct/2000:13:55:36 -0700"), Some(971_211_336_000_000));
        assert_eq!(parser.parse(b"01/Jan/1970:00:00:01 +0000"), Some(1_000_000));
        for wrong in ["31/Feb/2000:00:00:01 +0000", "01/Foo/2000:00:00:01 +0000", "yesterday", ""] {
            assert_eq!(parser.parse(wrong.as_bytes()), None, "{wrong}");
        }
        // A leap second is read as the last second of its minute.
        let leap = parser.parse(b"31/Dec/2016:23:59:60 +0000");
        assert_eq!(leap, parser.parse(b"31/Dec/2016:23:59:59 +0000"));
        assert!(leap.is_some());
    }

    #[test]
    fn common_forms_are_read_as_the_library_reads_them() {
        let mut texts: Vec<String> = Vec::new();
        for day in ["1970-01-02", "1999-12-31", "2000-02-29", "2023-03-01", "2024-12-31"] {
            for rest in
                ["T23:59:59Z", " 00:00:00", "T12:30:00.5Z", "T01:02:03.123456789+05:30", " 7:00:00"]
            {
                texts.push(format!("{day}{rest}"));
            }
        }
        for day in ["02/Jan/1970", "29/Feb/1996", "28/Feb/2100", "01/Mar/2100", "31/Dec/9998"] {
            for rest in [":23:59:59 -0700", ":00:00:00 +1400", ":13:55:36.25 +0000", ":13:55:36.7"]
            {
                texts.push(format!("{day}{rest}"));
            }
        }
        let mut common = 0;
        for text in &texts {
            let time_us = parse_common_form(text.as_bytes());
            common += usize::from(time_us.is_some());
            assert!(time_us.is_none() || time_us == parse_date(text.as_bytes()), "{text}");
        }
        assert_eq!(common, texts.len() - 5, "all but those with an hour of one digit");
        for other in [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "2023-02-29T00:00:00Z",
            "2023-04-31T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-01-00T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2023-01-01T24:00:00Z",
            "2023-01-01T00:00:00.Z",
            "2023-01-01T00:00:00.1234567890Z",
            "29/Feb/2100:00:00:00 +0000",
            "01/Foo/2000:00:00:01 +0000",
            "01/Jan/2000:00:00:01 0000",
            "01/Jan/2000:00:00:0",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(parse_common_form(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn the_unit_of_numbers_follows_from_the_magnitude_of_the_first() {
        let expected = Some(1_339_518_083_107_000);
        for text in [
            "1339518083.107",
            "1339518083107",
            "1339518083107000",
            "1339518083107000999",
            "129839916831070000",
            "2012-06-12T16:21:23.107Z",
            "2012-06-12 16:21:23.107",
            "12/Jun/2012:16:21:23.107",
        ] {
            assert_eq!(TimeParser::default().parse(text.as_bytes()), expected, "{text}");
        }
        let mut steady = TimeParser::default();
        assert_eq!(steady.parse(b"7"), Some(7_000_000));
        assert_eq!(steady.parse(b"100000000000"), Some(100_000_000_000_000_000));
    }

    #[test]
    fn a_long_span_of_relative_times_needs_a_unit() {
        let days = |unit: Option<TimeUnit>, last: &str| {
            let mut parser = TimeParser::default();
            parser.set_unit(unit);
            parser.parse(b"0");
            parser.parse(last.as_bytes());
            parser.implausible_days()
        };
        assert_eq!(days(None, "86399999"), Some(999));
        assert_eq!(days(None, "86399"), None);
        assert_eq!(days(None, "86399999.5"), None);
        assert_eq!(days(Some(TimeUnit::Milliseconds), "86399999"), None);
    }
}
