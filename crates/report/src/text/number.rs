//! Formats of numbers with units and intervals, with three significant digits.

/// Rounding tolerance for values near 0 and 1.
const ROUNDING_TOLERANCE: f64 = 1e-12;

/// Formats a value with at least three significant digits and thousands separators: `0.0461`,
/// `41.2`, `1,424`.
#[must_use]
pub fn figures(value: f64) -> String {
    fixed(value, decimals(value))
}

/// Returns the decimals that give `value` three significant digits: 0 from 100 on, at most 6.
#[must_use]
pub fn decimals(value: f64) -> usize {
    let magnitude = value.abs();
    if magnitude == 0.0 || !magnitude.is_finite() {
        return 0;
    }
    // Rounding first, so that 9.996 is "10.0" and not "10.00".
    let rounded: f64 = format!("{magnitude:.2e}").parse().unwrap_or(magnitude);
    (2 - rounded.log10().floor() as i32).clamp(0, 6) as usize
}

/// Formats a value with `decimals` decimals, thousands separators and the minus sign U+2212.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let negative = value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let sign = if negative { "−" } else { "" };
    let whole = with_thousands_separators(whole);
    fraction.map_or_else(|| format!("{sign}{whole}"), |rest| format!("{sign}{whole}.{rest}"))
}

/// Formats a whole number with thousands separators.
#[must_use]
pub fn count(value: u64) -> String {
    with_thousands_separators(&value.to_string())
}

/// Formats a count with its noun, in the plural if needed: `1 round`, `12 rounds`.
#[must_use]
pub fn counted(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(value), if value == 1 { "" } else { "s" })
}

fn with_thousands_separators(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a share as a percentage with three significant digits, at most two decimals: `71.3 %`.
///
/// A share that is not exactly 1 or 0 never looks like it: `over 99.9 %`, `under 0.01 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let below_one = share < 1.0 - ROUNDING_TOLERANCE && share * 100.0 >= 99.5;
    percent_with(share, if below_one { 1 } else { decimals(share * 100.0).min(2) })
}

/// Formats a share like [`percent`], with `decimals` decimals.
#[must_use]
pub fn percent_with(share: f64, decimals: usize) -> String {
    let written = tick_percent(share, decimals);
    let step = 10f64.powf(-(decimals as f64));
    if share > ROUNDING_TOLERANCE && written == tick_percent(0.0, decimals) {
        format!("under {} %", fixed(step, decimals))
    } else if share < 1.0 - ROUNDING_TOLERANCE && written == tick_percent(1.0, decimals) {
        format!("over {} %", fixed(100.0 - step, decimals))
    } else {
        written
    }
}

/// Formats a share for a tick label: rounded, without `over` and `under`.
#[must_use]
pub fn tick_percent(share: f64, decimals: usize) -> String {
    format!("{} %", fixed(share * 100.0, decimals))
}

/// Formats a difference of shares in percentage points, signed: `+0.29 points`.
#[must_use]
pub fn points(difference: f64) -> String {
    let value = fixed(difference * 100.0, 2);
    if value.starts_with('−') { format!("{value} points") } else { format!("+{value} points") }
}

/// Formats an interval with `decimals` decimals: `[40.6, 41.9]`.
#[must_use]
pub fn interval(low: f64, high: f64, decimals: usize) -> String {
    format!("[{}, {}]", fixed(low, decimals), fixed(high, decimals))
}

/// Formats a ratio: from 0.5 to 2 as a signed percentage (`+3.1 %`), above as a factor (`21.7×`),
/// below as an inverse factor (`13.1× less`).
#[must_use]
pub fn ratio(ratio: f64) -> String {
    if is_near(ratio) {
        let change = fixed((ratio - 1.0) * 100.0, 1);
        let plus = if change.starts_with('−') || change == "0.0" { "" } else { "+" };
        format!("{plus}{change} %")
    } else if is_small(ratio) {
        format!("{}× less", figures(ratio.recip()))
    } else {
        format!("{}×", figures(ratio))
    }
}

/// Formats a ratio with its interval in the same unit: `21.7× [21.0, 22.4]`.
#[must_use]
pub fn ratio_with_interval(estimate: f64, low: f64, high: f64) -> String {
    if is_near(estimate) {
        let signed = |ratio: f64| {
            let change = fixed((ratio - 1.0) * 100.0, 1);
            if change.starts_with('−') || change == "0.0" { change } else { format!("+{change}") }
        };
        format!("{} [{}, {}]", self::ratio(estimate), signed(low), signed(high))
    } else if is_small(estimate) {
        let decimals = decimals(estimate.recip());
        let range = interval(high.recip(), low.recip(), decimals);
        format!("{} {range}", self::ratio(estimate))
    } else {
        format!("{} {}", self::ratio(estimate), interval(low, high, decimals(estimate)))
    }
}

fn is_near(ratio: f64) -> bool {
    (0.5..=2.0).contains(&ratio)
}

fn is_small(ratio: f64) -> bool {
    ratio > 0.0 && ratio < 0.5
}

/// Unit in which a column of rates is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateUnit {
    /// Rate in requests per second that is shown as 1.
    pub divisor: f64,
    /// SI prefix: `G`, `M`, `k` or empty.
    pub prefix: &'static str,
}

impl RateUnit {
    /// Returns the largest unit in which `largest` is at least 1, or no prefix.
    #[must_use]
    pub fn of(largest: f64) -> Self {
        let (divisor, prefix) = match largest {
            value if value >= 1e9 => (1e9, "G"),
            value if value >= 1e6 => (1e6, "M"),
            value if value >= 1e3 => (1e3, "k"),
            _ => (1.0, ""),
        };
        Self { divisor, prefix }
    }

    /// Returns the column head for rates in this unit: `M requests/s`.
    #[must_use]
    pub fn head(self) -> String {
        format!("{} requests/s", self.prefix).trim_start().to_owned()
    }
}

/// Formats a rate with its unit: `41.2 M`.
#[must_use]
pub fn rate(value: f64) -> String {
    let unit = RateUnit::of(value);
    format!("{} {}", figures(value / unit.divisor), unit.prefix).trim_end().to_owned()
}

/// Formats a rate for a tick label, without trailing zeros: `500 k`, `1.5 M`.
#[must_use]
pub fn tick_rate(value: f64) -> String {
    let unit = RateUnit::of(value * 1.000_001);
    let text = format!("{:.3}", value / unit.divisor);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {}", unit.prefix).trim_end().to_owned()
}

/// Formats a size per entry, below 10,000 bytes without a larger unit: `1,424 B`.
#[must_use]
pub fn entry_bytes(value: f64) -> String {
    if value < 10_000.0 { format!("{} B", fixed(value, 0)) } else { bytes(value) }
}

/// Formats bytes in the largest binary unit in which they are at least 1: `712 B`, `512 MiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    let mut value = value;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value.abs() < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" {
        format!("{} B", fixed(value, 0))
    } else {
        format!("{} {unit}", figures(value))
    }
}

/// Formats a cost with its interval in one unit: `170 µs [160, 190]`. A single sample has no
/// interval.
#[must_use]
pub fn cost(ns: f64, low: f64, high: f64) -> String {
    if low == high {
        return cost_alone(ns);
    }
    let (divisor, _) = cost_unit(ns);
    let digits = decimals(ns / divisor);
    let range = interval(low / divisor, high / divisor, digits);
    format!("{} {range}", cost_alone(ns))
}

/// Formats a cost in the unit that [`cost`] uses: `170 µs`.
#[must_use]
pub fn cost_alone(ns: f64) -> String {
    let (divisor, unit) = cost_unit(ns);
    format!("{} {unit}", figures(ns / divisor))
}

/// Formats a range of costs, with one unit if both ends have the same: `2.02 to 2.36 ms`.
#[must_use]
pub fn cost_range(low_ns: f64, high_ns: f64) -> String {
    let (low, high) = (cost_alone(low_ns), cost_alone(high_ns));
    let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
    if low == high {
        low
    } else if unit(&low) == unit(&high) {
        format!("{} to {high}", low.split(' ').next().unwrap_or_default())
    } else {
        format!("{low} to {high}")
    }
}

fn cost_unit(ns: f64) -> (f64, &'static str) {
    match ns {
        ns if ns < 1e3 => (1.0, "ns"),
        ns if ns < 1e6 => (1e3, "µs"),
        ns if ns < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    }
}

/// Formats a duration: `61 ns`, `1.20 µs`, `2.50 s`, `4 min 41 s`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{} ns", figures(s * 1e9)),
        s if s < 1e-3 => format!("{} µs", figures(s * 1e6)),
        s if s < 1.0 => format!("{} ms", figures(s * 1e3)),
        s if s < 59.95 => format!("{} s", figures(s)),
        s => {
            let whole = s.round() as u64;
            let (minutes, seconds) = (whole / 60, whole % 60);
            if minutes < 60 {
                format!("{minutes} min {seconds} s")
            } else {
                format!("{} h {} min", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Formats a duration for a tick label, without trailing zeros: `10 µs`, `1 s`.
#[must_use]
pub fn tick_duration(seconds: f64) -> String {
    let (divisor, unit) = match seconds * 1.000_001 {
        s if s < 1e-6 => (1e-9, "ns"),
        s if s < 1e-3 => (1e-6, "µs"),
        s if s < 1.0 => (1e-3, "ms"),
        _ => (1.0, "s"),
    };
    let text = format!("{:.3}", seconds / divisor);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_significant_digits() {
        let written = [0.0461, 0.91, 1.9, 9.996, 41.23, 99.96, 712.4, 1424.0, 0.0, 123_456.7, -3.0];
        let expected = [
            "0.0461", "0.910", "1.90", "10.0", "41.2", "100", "712", "1,424", "0", "123,457",
            "−3.00",
        ];
        assert_eq!(written.map(figures), expected);
    }

    #[test]
    fn a_rounded_zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 1), "0.0");
        assert_eq!(ratio(0.9999), "0.0 %");
        assert_eq!(ratio(1.0), "0.0 %");
    }

    #[test]
    fn ratios_are_percentages_near_one_and_factors_far_from_it() {
        assert_eq!(ratio(1.031), "+3.1 %");
        assert_eq!(ratio(0.97), "−3.0 %");
        assert_eq!(ratio(21.7), "21.7×");
        assert_eq!(ratio(0.0461), "21.7× less");
        assert_eq!(ratio_with_interval(1.001, 0.994, 1.008), "+0.1 % [−0.6, +0.8]");
        assert_eq!(ratio_with_interval(21.7, 21.0, 22.4), "21.7× [21.0, 22.4]");
        assert_eq!(ratio_with_interval(0.05, 0.04, 0.1), "20.0× less [10.0, 25.0]");
    }

    #[test]
    fn shares_near_zero_and_one_are_not_rounded_to_them() {
        assert_eq!([0.0, 1.0, 1.0 - 1e-15].map(percent), ["0 %", "100 %", "100 %"]);
        assert_eq!(percent(0.000_03), "under 0.01 %");
        assert_eq!([0.999_6, 0.994].map(percent), ["over 99.9 %", "99.4 %"]);
        assert_eq!([0.000_06, 0.034_567].map(percent), ["0.01 %", "3.46 %"]);
        assert_eq!([0.004, 0.996].map(|share| percent_with(share, 0)), ["under 1 %", "over 99 %"]);
        assert_eq!(tick_percent(1e-17, 0), "0 %");
    }

    #[test]
    fn unit_depends_on_the_size_of_the_value() {
        assert_eq!(rate(41.23e6), "41.2 M");
        assert_eq!(rate(398_000.0), "398 k");
        assert_eq!(rate(12.0), "12.0");
        assert_eq!([5e5, 1e6, 1.5e6, 30.0].map(tick_rate), ["500 k", "1 M", "1.5 M", "30"]);
        assert_eq!(entry_bytes(1424.4), "1,424 B");
        assert_eq!(bytes(712.0), "712 B");
        assert_eq!(bytes(512.0 * 1024.0 * 1024.0), "512 MiB");
        assert_eq!([1e-6, 5e-3, 1.0].map(tick_duration), ["1 µs", "5 ms", "1 s"]);
        assert_eq!(cost(170_000.0, 160_000.0, 190_000.0), "170 µs [160, 190]");
        assert_eq!(cost_range(2.02e6, 2.36e6), "2.02 to 2.36 ms");
        assert_eq!(cost_range(9.5e5, 1.2e6), "950 µs to 1.20 ms");
        assert_eq!(cost_range(2.02e6, 2.021e6), "2.02 ms");
        assert_eq!(duration(61e-9), "61.0 ns");
        assert_eq!(duration(1.2e-6), "1.20 µs");
        assert_eq!(duration(281.0), "4 min 41 s");
        assert_eq!(duration(59.97), "1 min 0 s");
        assert_eq!(duration(7_260.0), "2 h 1 min");
        assert_eq!(percent(0.7132), "71.3 %");
        assert_eq!(points(0.0029), "+0.29 points");
        assert_eq!(points(-0.0029), "−0.29 points");
        assert_eq!(counted(1, "round"), "1 round");
        assert_eq!(RateUnit::of(5e5).head(), "k requests/s");
    }
}
