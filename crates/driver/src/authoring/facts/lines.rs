//! Lines of code: what is left when blank lines, comments and tests are left out.

use std::path::Path;

/// Lines of a source file that hold code. Rust loses whatever stands under `#[cfg(test)]`; of
/// other languages the usual line comments are known.
pub(super) fn of(path: &Path, text: &str) -> u64 {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("rs") => count(&code(text)),
        Some("py" | "rb" | "sh" | "pl") => not_starting_with(text, "#"),
        Some("go" | "js" | "mjs" | "ts" | "c" | "h" | "cc" | "cpp" | "java" | "zig") => {
            not_starting_with(text, "//")
        }
        _ => 0,
    }
}

/// Rust without comments and tests, the content of its strings blotted out.
pub(super) fn code(text: &str) -> String {
    without_tests(&without_comments(text))
}

fn count(text: &str) -> u64 {
    text.lines().filter(|line| !line.trim().is_empty()).count() as u64
}

fn not_starting_with(text: &str, comment: &str) -> u64 {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with(comment)).count() as u64
}

/// Rust without comments; the content of strings and characters is blotted out, so that what
/// looks like code or a comment in them is neither. Lines stay lines.
fn without_comments(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let taken = match rest {
            ['/', '/', ..] => rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => {
                let length = block_comment(rest);
                code.extend(rest[..length].iter().filter(|&&c| c == '\n'));
                length
            }
            _ => {
                let length = literal(rest, code.chars().next_back());
                let blot = |&c: &char| if c == '\n' { c } else { 's' };
                if length > 1 {
                    code.extend(rest[..length].iter().map(blot));
                } else {
                    code.push(rest[0]);
                }
                length
            }
        };
        at += taken;
    }
    code
}

/// Length of a block comment; they nest.
fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of the string or character that begins here; 1 if none does.
fn literal(rest: &[char], before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match rest {
        ['r', '"' | '#', ..] if !in_word => raw_string(rest),
        ['"', ..] => 1 + quoted(&rest[1..], '"'),
        ['\'', '\\', ..] => 1 + quoted(&rest[1..], '\''),
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

fn quoted(rest: &[char], end: char) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == end => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 1;
    }
    let begin = 2 + hashes;
    let ends = |at: &usize| {
        rest[*at] == '"'
            && rest[at + 1..].len() >= hashes
            && rest[at + 1..at + 1 + hashes].iter().all(|&c| c == '#')
    };
    (begin..rest.len()).find(ends).map_or(rest.len(), |at| at + 1 + hashes)
}

/// Rust without the items that only tests see; comments and strings are gone already.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut left = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        left.push_str(&rest[..at]);
        let after = &rest[at + MARK.len()..];
        rest = &after[item_length(after)..];
    }
    left + rest
}

/// Up to the end of the item that begins here: its body in braces, or a semicolon outside of all.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    // `use x::{y, z};` has both.
                    let after = &code[at + 1..];
                    return at + 1 + usize::from(after.starts_with(';'));
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> u64 {
        of(Path::new("lib.rs"), text)
    }

    #[test]
    fn blank_lines_and_comments_do_not_count() {
        assert_eq!(rust("//! Doc.\n\n/// Doc.\nfn f() {} // why\n   \n"), 1);
        assert_eq!(rust("/* a\n /* nested\n */ b */ fn f() {\n}\n"), 2);
        assert_eq!(rust("let url = \"http://x\"; /* c */\n"), 1);
    }

    #[test]
    fn strings_are_code_whatever_is_in_them() {
        assert_eq!(rust("let s = \"\n// text\n/* text\n\";\nf();\n"), 5);
        assert_eq!(rust("let s = r#\"// \" text\n{\"#;\nlet c = '\"'; // a\nlet d = '\\'';\n"), 4);
        assert_eq!(rust("fn f<'a>(x: &'a str) {}\n// no\n"), 1);
    }

    #[test]
    fn what_only_tests_see_does_not_count() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { let s = \"}\"; }\n}\n\
                    #[cfg(test)]\nuse x::{y, z};\n#[cfg(test)]\nmod more;\nfn c() {}\n";
        assert_eq!(rust(code), 2);
    }

    #[test]
    fn other_languages_lose_their_line_comments() {
        assert_eq!(of(Path::new("cache.py"), "# a\n\nimport x\nx() # b\n"), 2);
        assert_eq!(of(Path::new("cache.go"), "// a\npackage x\n"), 1);
        assert_eq!(of(Path::new("README.md"), "text\n"), 0);
    }
}
