//! Numbers that a line break must not part from their units.

/// What belongs to the number before it.
const UNITS: [&str; 16] =
    ["%", "×", "ns", "µs", "ms", "s", "min", "h", "B", "KiB", "MiB", "GiB", "TiB", "k", "M", "G"];

/// The same text with spaces that do not break between each number and its unit.
#[must_use]
pub fn whole(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for word in text.split(' ') {
        let unit = word.trim_end_matches([',', '.', ';', ':', ')']);
        if !whole.is_empty() {
            let belongs =
                UNITS.contains(&unit) && whole.ends_with(|end: char| end.is_ascii_digit());
            whole.push(if belongs { '\u{a0}' } else { ' ' });
        }
        whole.push_str(word);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_units_stay_with_their_numbers() {
        assert_eq!(
            whole("lru takes 10.3 µs [7.3, 19.0], 5 % of 94.6 k; in 9 of 10"),
            "lru takes 10.3\u{a0}µs [7.3, 19.0], 5\u{a0}% of 94.6\u{a0}k; in 9 of 10"
        );
        assert_eq!(whole("at 100 ms, the least"), "at 100\u{a0}ms, the least");
        assert_eq!(whole(""), "");
    }
}
