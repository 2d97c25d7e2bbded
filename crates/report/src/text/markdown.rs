//! Markdown tables and code blocks, with escaped user text.

/// Escapes a text so that neither Markdown nor HTML in it takes effect.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(letter);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\n' | '\r' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// Formats a text as a block of code.
#[must_use]
pub fn block(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}\n")
}

/// Formats a table; `numbers` is true for columns that are aligned to the right.
#[must_use]
pub fn table(head: &[&str], numbers: &[bool], rows: &[Vec<String>]) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut text = line(&mut head.iter().map(|cell| escaped(cell)));
    text.push_str(&line(
        &mut numbers.iter().map(|&number| String::from(if number { "---:" } else { "---" })),
    ));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(|cell| escaped(cell))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_user_text_has_no_effect() {
        assert_eq!(escaped("a|b <script>\n`$x`"), "a\\|b &lt;script&gt; \\`\\$x\\`");
        assert_eq!(block("```"), "````\n```\n````\n");
        assert_eq!(
            table(&["a", "b"], &[false, true], &[vec!["x|y".into(), "1".into()]]),
            "| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n"
        );
    }
}
