//! stdout is data: one place that writes it. What is said beside it goes to stderr.

use std::io::{Write, stdout};

use bakeoff_workload::trace::Understood;
use serde::Serialize;

/// Columns to write for: those of the terminal, as `COLUMNS` tells, or 100.
pub fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100)
}

/// Prints a value as JSON, one line.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Says on stderr how a trace was read.
pub fn tell_understood(understood: &Understood) {
    for line in understood.lines() {
        eprintln!("bakeoff: {line}");
    }
}

/// Prints text as it is, with a line's end where it has none.
pub fn text(text: &str) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
