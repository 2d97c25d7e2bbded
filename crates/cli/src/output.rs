//! Output: data to stdout, notes to stderr.

use std::io::{Write, stdout};

use bakeoff_workload::trace::ReadSummary;
use serde::Serialize;

/// Returns the terminal's width from `COLUMNS`, or 100.
pub fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100)
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Prints on stderr how a trace was read.
pub fn print_trace_notes(summary: &ReadSummary) {
    for line in summary.lines() {
        eprintln!("bakeoff: {line}");
    }
}

/// Prints text, with a newline at its end.
pub fn text(text: &str) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
