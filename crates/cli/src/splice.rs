//! Updates a generated section of a page between two marker lines.

use std::path::Path;

use bakeoff_driver::record::atomic_file;

use crate::exit::UsageError;
use crate::output;

/// Maximum width of the lines of a paragraph, in characters.
const MAX_WIDTH: usize = 100;

/// Lines before and after the generated section.
#[derive(Clone, Copy)]
pub struct Markers {
    /// Line before the section.
    pub begin: &'static str,
    /// Line after the section.
    pub end: &'static str,
}

/// Replaces the section between the markers. With `check`, returns an error if the page would
/// change.
///
/// # Errors
/// [`UsageError`] if the page cannot be read, lacks a marker, or is out of date;
/// [`atomic_file::FileError`] if it cannot be written; the page is unchanged then.
pub fn update(path: &Path, markers: Markers, section: &str, check: bool) -> anyhow::Result<()> {
    let usage = |reason: &str| UsageError(format!("{}: {reason}", path.display()));
    let page = std::fs::read_to_string(path).map_err(|error| usage(&error.to_string()))?;
    let spliced = splice(&page, markers, section).map_err(|missing| {
        usage(&format!(
            "cannot find the marker line {missing}; add it where the generated section belongs"
        ))
    })?;
    if page == spliced {
        return output::text(&format!("{} is up to date", path.display()));
    }
    if check {
        return Err(usage(
            "the generated section is out of date; run the same command without --check",
        )
        .into());
    }
    atomic_file::write(path, spliced.as_bytes())?;
    output::text(&format!("{} written", path.display()))
}

/// Returns the updated page, or the missing marker.
fn splice(page: &str, markers: Markers, section: &str) -> Result<String, &'static str> {
    let Markers { begin, end } = markers;
    let (before, rest) = page.split_once(begin).ok_or(begin)?;
    let (_, after) = rest.split_once(end).ok_or(end)?;
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", wrapped(section).trim_end()))
}

/// Wraps paragraphs at [`MAX_WIDTH`]; tables keep their lines.
fn wrapped(section: &str) -> String {
    let mut text = String::new();
    for line in section.lines() {
        let mut length = 0;
        for word in line.split(' ') {
            let characters = word.chars().count();
            if length > 0 && !line.starts_with('|') && length + 1 + characters > MAX_WIDTH {
                text.push('\n');
                length = 0;
            } else if length > 0 {
                text.push(' ');
                length += 1;
            }
            text.push_str(word);
            length += characters;
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKERS: Markers = Markers { begin: "<!-- from -->", end: "<!-- to -->" };

    #[test]
    fn the_section_between_the_markers_is_replaced() {
        let page = "a\n<!-- from -->\nold\n<!-- to -->\nz";
        let spliced = splice(page, MARKERS, "new\n").unwrap();
        assert_eq!(spliced, "a\n<!-- from -->\n\nnew\n\n<!-- to -->\nz");
        assert_eq!(splice(&spliced, MARKERS, "new").unwrap(), spliced);
    }

    #[test]
    fn paragraphs_are_wrapped_and_tables_are_not() {
        let (paragraph, row) = ("word ".repeat(21), format!("| {} |", "cell ".repeat(21)));
        let section = format!("{}\n\n{row}", paragraph.trim_end());
        let words = ["word"; 20].join(" ");
        assert_eq!(wrapped(&section), format!("{words}\nword\n\n{row}\n"));
    }

    #[test]
    fn a_missing_marker_is_reported() {
        assert_eq!(splice("a", MARKERS, "b"), Err("<!-- from -->"));
        assert_eq!(splice("<!-- to --> <!-- from -->", MARKERS, "b"), Err("<!-- to -->"));
    }
}
