//! Giving the files of a strategy another name, word by word.
//!
//! A strategy is often called like the crate that it uses, so a name is replaced only where it
//! can mean nothing else: `bakeoff-variant-lru`, `bakeoff_variant_lru`, the type that `main.rs`
//! runs where it is not another crate's, and the name that `main.rs` hands to the runner.

use std::path::{Path, PathBuf};

use super::names::names;

/// What is called what.
pub(super) struct Renaming {
    from: String,
    to: String,
    from_type: String,
    to_type: String,
}

impl Renaming {
    /// Looks at the files to find a type name that none of them uses yet.
    pub(super) fn new(from: &str, to: &str, contents: &[(PathBuf, Vec<u8>)]) -> Self {
        let plain = type_name(to);
        let code = |(path, bytes): &(PathBuf, Vec<u8>)| {
            is_rust(path).then(|| String::from_utf8_lossy(bytes).into_owned())
        };
        let is_taken = |candidate: &str| {
            let mut texts = contents.iter().filter_map(code);
            texts.any(|text| names(&text).iter().any(|(_, name)| *name == candidate))
        };
        let main = contents.iter().find(|(path, _)| path.ends_with("src/main.rs"));
        let from_type = main.and_then(code).and_then(|text| type_in(&text, from));
        let to_type = [plain.clone(), format!("{plain}Cache"), format!("{plain}Strategy")]
            .into_iter()
            .find(|candidate| candidate != "Self" && !is_taken(candidate))
            .unwrap_or_else(|| format!("New{plain}"));
        let from_type = from_type.unwrap_or_else(|| type_name(from));
        Self { from: from.to_owned(), to: to.to_owned(), from_type, to_type }
    }

    /// Renames in every file that is text.
    pub(super) fn apply(&self, contents: &mut [(PathBuf, Vec<u8>)]) {
        for (path, bytes) in contents {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            let mut text = self.packages(text);
            if is_rust(path) {
                text = self.types(&text);
            }
            if path.ends_with("src/main.rs") {
                text = text.replace(&format!("\"{}\"", self.from), &format!("\"{}\"", self.to));
            }
            if path == Path::new("Cargo.toml") {
                text = self.manifest(&text);
            }
            if path == Path::new("variant.toml") {
                text = self.description(&text);
            }
            *bytes = text.into_bytes();
        }
    }

    /// `bakeoff-variant-lru` and `bakeoff_variant_lru`, but not `bakeoff-variant-lru-next`.
    fn packages(&self, text: &str) -> String {
        let from = format!("bakeoff-variant-{}", self.from);
        let to = format!("bakeoff-variant-{}", self.to);
        let library = |package: &str| package.replace('-', "_");
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let text = replace_whole(text, &from, &to, is_part);
        replace_whole(&text, &library(&from), &library(&to), is_part)
    }

    /// The type, unless its path begins with another crate.
    fn types(&self, text: &str) -> String {
        let library = format!("bakeoff_variant_{}::", self.to.replace('-', "_"));
        let ours = [library.as_str(), "crate::", "self::", "super::"];
        let mut renamed = String::with_capacity(text.len());
        let mut copied = 0;
        for (start, name) in names(text) {
            let before = &text[..start];
            let is_ours = !before.ends_with("::") || ours.iter().any(|path| before.ends_with(path));
            if name == self.from_type && is_ours {
                renamed.push_str(&text[copied..start]);
                renamed.push_str(&self.to_type);
                copied = start + name.len();
            }
        }
        renamed + &text[copied..]
    }

    fn manifest(&self, text: &str) -> String {
        let old = format!("description = \"Cache strategy: {}\"", self.from);
        text.replace(&old, &format!("description = \"Cache strategy: {}\"", self.to))
    }

    /// The title is the new name; what was said of the old one is marked, and no longer counts as
    /// years in production or as one of the bundled strategies.
    fn description(&self, text: &str) -> String {
        let mut lines: Vec<String> = vec![format!(
            "# Began as a copy of `{}`: summary, pros and cons are still to be written.",
            self.from
        )];
        for line in text.lines() {
            let key = line.split('=').next().unwrap_or_default().trim_end();
            match key {
                "title" => lines.push(format!("title = \"{}\"", self.to)),
                "summary" => lines.push(format!("summary = \"A variation on {}\"", self.from)),
                "default" => lines.push("default = false".to_owned()),
                "years_in_production" => {
                    if lines.last().is_some_and(|line| line.starts_with('#')) {
                        lines.pop();
                    }
                }
                _ => lines.push(line.to_owned()),
            }
        }
        lines.join("\n") + "\n"
    }
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// `two-q` is `TwoQ`; a type cannot begin with a digit.
fn type_name(name: &str) -> String {
    let mut camel = String::new();
    for part in name.split('-') {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    if camel.starts_with(|c: char| c.is_ascii_digit()) { format!("Cache{camel}") } else { camel }
}

/// The type that `main.rs` hands to the runner.
fn type_in(main: &str, strategy: &str) -> Option<String> {
    let library = format!("bakeoff_variant_{}::", strategy.replace('-', "_"));
    let mut ours = names(main).into_iter().filter(|(start, _)| main[..*start].ends_with(&library));
    ours.next().map(|(_, name)| name.to_owned())
}

fn replace_whole(text: &str, from: &str, to: &str, is_part: impl Fn(char) -> bool) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let inside = before.ends_with(&is_part) || after.starts_with(&is_part);
        replaced.push_str(before);
        replaced.push_str(if inside { from } else { to });
        rest = after;
    }
    replaced + rest
}
