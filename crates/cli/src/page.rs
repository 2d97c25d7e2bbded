//! A page that somebody wrote, of which a part between two lines is ours.

use std::path::Path;

use bakeoff_driver::record::atomic_file;

use crate::exit::UsageError;
use crate::output;

/// The lines before and after our part.
#[derive(Clone, Copy)]
pub struct Marks {
    /// The line before it.
    pub begin: &'static str,
    /// The line after it.
    pub end: &'static str,
}

/// Puts `ours` between the marks of a page and says so. Where `check` is set nothing is written, and
/// a page that would change is an error.
///
/// # Errors
/// [`UsageError`] where the page cannot be read, lacks a mark or, checked, is out of date;
/// [`atomic_file::FileError`] where it cannot be written: it is as it was then.
pub fn update(path: &Path, marks: Marks, ours: &str, check: bool) -> anyhow::Result<()> {
    let usage = |why: &str| UsageError(format!("{}: {why}", path.display()));
    let page = std::fs::read_to_string(path).map_err(|error| usage(&error.to_string()))?;
    let spliced = splice(&page, marks, ours).map_err(|missing| {
        usage(&format!("it has no line {missing}; write it where our part belongs"))
    })?;
    if page == spliced {
        return output::text(&format!("{} is up to date", path.display()));
    }
    if check {
        return Err(usage("out of date; the same command without --check mends it").into());
    }
    atomic_file::write(path, spliced.as_bytes())?;
    output::text(&format!("{} written", path.display()))
}

/// A page with its part between the marks replaced, or the mark that is missing.
fn splice(page: &str, marks: Marks, ours: &str) -> Result<String, &'static str> {
    let Marks { begin, end } = marks;
    let (before, rest) = page.split_once(begin).ok_or(begin)?;
    let (_, after) = rest.split_once(end).ok_or(end)?;
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", ours.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks = Marks { begin: "<!-- from -->", end: "<!-- to -->" };

    #[test]
    fn a_page_is_spliced_between_its_marks() {
        let page = "a\n<!-- from -->\nold\n<!-- to -->\nz";
        let spliced = splice(page, MARKS, "new\n").unwrap();
        assert_eq!(spliced, "a\n<!-- from -->\n\nnew\n\n<!-- to -->\nz");
        assert_eq!(splice(&spliced, MARKS, "new").unwrap(), spliced);
    }

    #[test]
    fn a_mark_that_is_missing_is_named() {
        assert_eq!(splice("a", MARKS, "b"), Err("<!-- from -->"));
        assert_eq!(splice("<!-- to --> <!-- from -->", MARKS, "b"), Err("<!-- to -->"));
    }
}
