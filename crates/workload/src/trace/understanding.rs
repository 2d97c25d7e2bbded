//! Description of how a trace was understood, for the user to check.

use serde::{Deserialize, Serialize};

use super::state::left_out::LeftOut;

/// Number of requests shown as examples.
pub(super) const SHOWN_REQUESTS: usize = 3;
/// Number of reasons shown for lines that were left out.
const SHOWN_REASONS: usize = 8;

/// Source of one part of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSource {
    /// Part: key, op, size, ttl, time, tenant or count.
    pub part: String,
    /// Column, field or rule that this part comes from.
    pub source: String,
}

/// Request as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPreview {
    /// `read`, `write` or `delete`.
    pub op: String,
    /// Key in printable form.
    pub key: String,
    /// Size in bytes, if the trace states it.
    pub bytes: Option<u32>,
    /// Time to live in milliseconds; 0 for none.
    pub ttl_ms: u32,
    /// Microseconds since 1970 or since a start; 0 if the trace has no times.
    pub time_us: u64,
}

/// Description of how a trace was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understanding {
    /// Sources of the parts of a request; a missing part is unknown.
    pub fields: Vec<FieldSource>,
    /// Unit of numeric times; `None` if there are none.
    pub time_unit: Option<String>,
    /// Lines and requests that were left out, by reason.
    pub left_out: Vec<LeftOut>,
    /// First requests.
    pub first_requests: Vec<RequestPreview>,
}

impl Understanding {
    /// Returns the description as lines of text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let fields = self.fields.iter().map(|field| format!("{}: {}", field.part, field.source));
        let fields: Vec<String> = fields.collect();
        if !fields.is_empty() {
            lines.push(fields.join("; "));
        }
        if let Some(unit) = &self.time_unit {
            lines.push(format!("numeric times in {unit}"));
        }
        for LeftOut { reason, count, example } in self.left_out.iter().take(SHOWN_REASONS) {
            lines.push(format!("left out: {count} × {reason} (first: {example})"));
        }
        if let Some(others) = self.left_out.get(SHOWN_REASONS..).filter(|rest| !rest.is_empty()) {
            let count: u64 = others.iter().map(|left_out| left_out.count).sum();
            lines.push(format!("left out: {count} × other reasons"));
        }
        lines.extend(
            self.first_requests
                .iter()
                .enumerate()
                .map(|(index, request)| format!("request {}: {}", index + 1, describe(request))),
        );
        lines
    }
}

fn describe(request: &RequestPreview) -> String {
    let mut text = format!("{} {}", request.op, request.key);
    match request.bytes {
        Some(bytes) => text += &format!(", {bytes} bytes"),
        None => text += ", unknown size",
    }
    if request.ttl_ms > 0 {
        text += &format!(", expires after {} s", f64::from(request.ttl_ms) / 1e3);
    }
    if request.time_us > 0 {
        text += &format!(", at {} s", request.time_us as f64 / 1e6);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_names_fields_left_out_lines_and_requests() {
        let request = RequestPreview {
            op: String::from("read"),
            key: String::from("/a"),
            bytes: Some(7),
            ttl_ms: 1_500,
            time_us: 2_000_000,
        };
        let understanding = Understanding {
            fields: vec![FieldSource { part: String::from("key"), source: String::from("path") }],
            time_unit: Some(String::from("seconds")),
            left_out: vec![LeftOut {
                reason: String::from("method OPTIONS"),
                count: 2,
                example: String::from("a.log, line 3"),
            }],
            first_requests: vec![request],
        };
        assert_eq!(
            understanding.lines(),
            [
                "key: path",
                "numeric times in seconds",
                "left out: 2 × method OPTIONS (first: a.log, line 3)",
                "request 1: read /a, 7 bytes, expires after 1.5 s, at 2 s",
            ]
        );
    }
}
