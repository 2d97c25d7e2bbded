//! JSON errors with line, column, and an excerpt with a caret.

use std::fmt;

/// JSON error with its position in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct JsonError {
    /// Origin of the text: a flag, a variable or a file.
    pub origin: String,
    /// Message without the position.
    pub what: String,
    /// Line number, starting at 1.
    pub line: usize,
    /// Column in characters, starting at 1.
    pub column: usize,
    /// Part of the line around the error, and a second line with a caret below the error.
    pub excerpt: String,
    /// Description of valid input.
    pub expected: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, what, line, column, excerpt, expected } = self;
        write!(f, "{origin}, line {line}, column {column}: {what}\n{excerpt}\n{expected}")
    }
}

impl JsonError {
    /// Adds the position and an excerpt to a serde error.
    #[must_use]
    pub fn new(origin: &str, text: &str, error: &serde_json::Error, expected: &str) -> Self {
        let position = format!(" at line {} column {}", error.line(), error.column());
        let message = error.to_string();
        let what = message.strip_suffix(&position).unwrap_or(&message).to_owned();
        let line_number = error.line().max(1);
        let line = text.split('\n').nth(line_number - 1).unwrap_or("");
        // serde's column counts bytes up to and including the wrong one.
        let mut before = error.column().saturating_sub(1).min(line.len());
        while !line.is_char_boundary(before) {
            before -= 1;
        }
        let column = line[..before].chars().count() + 1;
        Self {
            origin: origin.to_owned(),
            what,
            line: line_number,
            column,
            excerpt: excerpt(line_number, line, column),
            expected: expected.to_owned(),
        }
    }
}

/// Number of characters shown on each side of the error.
const CONTEXT_CHARS: usize = 32;

fn excerpt(number: usize, line: &str, column: usize) -> String {
    let characters: Vec<char> =
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let from = column.saturating_sub(1 + CONTEXT_CHARS).min(characters.len());
    let to = (column + CONTEXT_CHARS).min(characters.len());
    let head = if from > 0 { "…" } else { "" };
    let tail = if to < characters.len() { "…" } else { "" };
    let shown: String = characters[from..to].iter().collect();
    let margin = format!("  {number} | ");
    let indent = margin.chars().count() + head.chars().count() + column.saturating_sub(1 + from);
    format!("{margin}{head}{shown}{tail}\n{}^", " ".repeat(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str) -> JsonError {
        let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
        JsonError::new("VARIANTS", text, &error, "expected an object")
    }

    #[test]
    fn the_caret_is_below_the_position() {
        let error = fails("{\"a\": \"b\",\n \"cé\": oops}");
        assert_eq!((error.line, error.column), (2, 8));
        assert!(
            error.excerpt.ends_with("  2 |  \"cé\": oops}\n             ^"),
            "{}",
            error.excerpt
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_position() {
        let text = format!("{{\"a\": \"{}\" x \"{}\"}}", "y".repeat(500), "z".repeat(500));
        let error = fails(&text);
        let lines: Vec<&str> = error.excerpt.lines().collect();
        assert!(lines[0].chars().count() < 80);
        let caret = lines[1].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[0].chars().nth(caret), Some('x'), "{}", error.excerpt);
    }

    #[test]
    fn an_empty_text_has_a_position() {
        let error = fails("");
        assert_eq!((error.line, error.column), (1, 1));
    }
}
