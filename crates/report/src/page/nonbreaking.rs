//! Puts non-breaking spaces between numbers and units, so that no line ends between them.

/// Units that must stay on the line of their number.
const UNITS: [&str; 16] =
    ["%", "×", "ns", "µs", "ms", "s", "min", "h", "B", "KiB", "MiB", "GiB", "TiB", "k", "M", "G"];

/// Replaces the space between a number and its unit with a non-breaking space.
pub fn nonbreaking(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in text.split(' ') {
        let unit = word.trim_end_matches([',', '.', ';', ':', ')']);
        if !joined.is_empty() {
            let belongs =
                UNITS.contains(&unit) && joined.ends_with(|end: char| end.is_ascii_digit());
            joined.push(if belongs { '\u{a0}' } else { ' ' });
        }
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spaces_before_units_become_non_breaking() {
        assert_eq!(
            nonbreaking("lru needs 10.3 µs [7.3, 19.0], 5 % of 94.6 k; in 9 of 10"),
            "lru needs 10.3\u{a0}µs [7.3, 19.0], 5\u{a0}% of 94.6\u{a0}k; in 9 of 10"
        );
        assert_eq!(nonbreaking("at 100 ms, the least"), "at 100\u{a0}ms, the least");
        assert_eq!(nonbreaking(""), "");
    }
}
