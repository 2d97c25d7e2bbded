//! How a trace was understood, told on stderr.

/// What there is to say of reading a trace.
#[derive(Default)]
pub struct Understood<'a> {
    /// Its format, if it was one.
    pub format: Option<&'a str>,
    /// Why this format was taken.
    pub reason: Option<&'a str>,
    /// Lines that hold no request.
    pub skipped_lines: u64,
    /// Whatever else, a sentence each.
    pub notes: &'a [String],
}

/// Tells it.
pub fn tell(understood: &Understood<'_>) {
    for line in lines(understood) {
        eprintln!("bakeoff: {line}");
    }
}

fn lines(understood: &Understood<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(format), Some(reason)) = (understood.format, understood.reason) {
        lines.push(format!("read as {format}: {reason}"));
    }
    if understood.skipped_lines > 0 {
        lines.push(format!("{} lines hold no request and were left out", understood.skipped_lines));
    }
    lines.extend_from_slice(understood.notes);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_noticed_is_told() {
        assert!(lines(&Understood::default()).is_empty());
        let notes = [String::from("left out: PING 2")];
        let understood = Understood {
            format: Some("redis-monitor"),
            reason: Some("it was named"),
            skipped_lines: 1,
            notes: &notes,
        };
        let told = lines(&understood);
        assert_eq!(told[0], "read as redis-monitor: it was named");
        assert!(told[1].starts_with("1 lines") && told[2] == notes[0], "{told:?}");
    }
}
