//! Text for terminal columns: aligned at the decimal point, padded, wrapped or cut.

/// Pads a text with blanks to a width.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

/// Aligns the decimal points of cells that begin with a number; other cells stay as they are.
pub fn aligned(cells: &[String]) -> Vec<String> {
    let whole = |cell: &str| {
        let signless = cell.trim_start_matches(['+', '−']);
        signless.starts_with(|letter: char| letter.is_ascii_digit()).then(|| {
            let sign = cell.chars().count() - signless.chars().count();
            sign + signless
                .chars()
                .take_while(|letter| letter.is_ascii_digit() || *letter == ',')
                .count()
        })
    };
    let widest = cells.iter().filter_map(|cell| whole(cell)).max().unwrap_or(0);
    let shifted: Vec<String> = cells
        .iter()
        .map(|cell| {
            whole(cell).map_or_else(
                || cell.clone(),
                |before| format!("{}{cell}", " ".repeat(widest - before)),
            )
        })
        .collect();
    aligned_rest(shifted)
}

/// Aligns the interval or word that follows the number.
fn aligned_rest(cells: Vec<String>) -> Vec<String> {
    let split = |cell: &str| {
        cell.find(" [")
            .or_else(|| cell.find(" %").map(|at| at + 2))
            .or_else(|| cell.find('×').map(|at| at + '×'.len_utf8()))
            .filter(|&at| at < cell.len())
    };
    let start = cells
        .iter()
        .filter_map(|cell| Some(cell[..split(cell)?].chars().count()))
        .max()
        .unwrap_or(0);
    cells
        .into_iter()
        .map(|cell| match split(&cell) {
            Some(at) => format!("{}{}", padded(&cell[..at], start), &cell[at..]),
            None => cell,
        })
        .collect()
}

/// Cuts a text to a width, with an ellipsis if it is too long.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Wraps a text at `width` columns; the first line starts with `first`, the others with `rest`.
pub fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_points_are_aligned() {
        let cells =
            ["41.2 [40.6, 41.9]", "1.90 [1.84, 1.97]", "0.398 [0.31, 0.44]", "–"].map(String::from);
        assert_eq!(
            aligned(&cells),
            ["41.2   [40.6, 41.9]", " 1.90  [1.84, 1.97]", " 0.398 [0.31, 0.44]", "–"]
        );
    }

    #[test]
    fn lines_are_wrapped_and_cut() {
        assert_eq!(wrapped("one two three", 9, "  ", "   "), ["  one two", "   three"]);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
