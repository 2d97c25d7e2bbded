//! The names in a Rust file, as far as renaming one needs to know them: those in code, and those
//! that a comment quotes. Prose and the text of literals say what they say.

/// Identifiers with the place where each begins.
pub(super) fn names(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(first) = text[place..].chars().next() {
        let rest = &text[place..];
        let length = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            found.extend(quoted(text, place, length));
            length
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            found.extend(quoted(text, place, length));
            length
        } else if let Some(length) = literal(rest) {
            length
        } else if is_part(first) {
            let length = word(rest);
            found.push((place, &text[place..place + length]));
            length
        } else {
            first.len_utf8()
        };
        place += length;
    }
    found
}

/// Names in a comment that stand behind a backtick or in a path: what it links to.
fn quoted(text: &str, start: usize, length: usize) -> impl Iterator<Item = (usize, &str)> {
    let end = start + length;
    let mut place = start;
    let words = std::iter::from_fn(move || {
        let begin = place + text[place..end].find(is_part)?;
        place = begin + word(&text[begin..end]);
        Some((begin, &text[begin..place]))
    });
    words.filter(|(begin, _)| text[..*begin].ends_with(['`', ':']))
}

/// How long the string or character is that begins here, if one does.
fn literal(rest: &str) -> Option<usize> {
    let raw = rest.trim_start_matches(['b', 'c']);
    if let Some(hashes) = raw.strip_prefix('r') {
        let content = hashes.trim_start_matches('#');
        let closing = format!("\"{}", "#".repeat(hashes.len() - content.len()));
        if let Some(content) = content.strip_prefix('"') {
            let begun = rest.len() - content.len();
            return Some(
                content.find(&closing).map_or(rest.len(), |end| begun + end + closing.len()),
            );
        }
    }
    let mut letters = rest.char_indices();
    match letters.next()?.1 {
        '"' => {
            let mut escaped = false;
            let end = letters.find(|(_, letter)| {
                let ends = *letter == '"' && !escaped;
                escaped = *letter == '\\' && !escaped;
                ends
            });
            Some(end.map_or(rest.len(), |(at, _)| at + 1))
        }
        '\'' => {
            let (_, first) = letters.next()?;
            let (at, second) = letters.next()?;
            if first == '\\' {
                // What is escaped may be a quote itself.
                return rest[at + second.len_utf8()..]
                    .find('\'')
                    .map(|end| at + second.len_utf8() + end + 1);
            }
            // Else a lifetime.
            (second == '\'').then_some(at + 1)
        }
        _ => None,
    }
}

fn word(text: &str) -> usize {
    text.find(|letter| !is_part(letter)).unwrap_or(text.len())
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        names(text).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn code_and_quoted_names_count_and_prose_does_not() {
        assert_eq!(found("let x: Lru<'a> = 'b';"), ["let", "x", "Lru", "a"]);
        assert_eq!(found("// An Lru, or `Lru`, or [crate::Lru].\nLru"), ["Lru", "Lru", "Lru"]);
        assert_eq!(found("/* Lru */ Lru /* `x` */"), ["Lru", "x"]);
    }

    #[test]
    fn literals_are_passed_over_whole() {
        assert_eq!(
            found(r#"f("the Lru \" Lru", '"', '\'', '\u{41}', b"Lru") Lru"#),
            ["f", "b", "Lru"]
        );
        assert_eq!(found("r#\"an \"Lru\" \"# br\"Lru\" Lru"), ["Lru"]);
        assert_eq!(found("\"open Lru"), [""; 0]);
    }
}
