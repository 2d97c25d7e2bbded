//! `jsonl`: one JSON object per line (JSON Lines, NDJSON), with fields found by name.
//!
//! The usual names are those of the columns of `csv`. The user can choose others; a field of a
//! nested object has a dotted name (`request.uri`).

use crate::source::Sink;
use crate::trace::columns::{ColumnChoice, ColumnRef};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::delimited::{
    KEY_NAMES, OP_NAMES, SIZE_NAMES, TENANT_NAMES, TIME_NAMES, TTL_NAMES,
};
use crate::trace::parse::json::JsonFields;
use crate::trace::parse::record::Record;
use crate::trace::tenant_numbers::TenantNumbers;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "jsonl",
    aliases: &["ndjson", "json-lines"],
    summary: "text, a JSON object per line with `key` and optionally op, size, ttl, time, tenant",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

const EXPECTED: &str =
    "a JSON object with a plain value in `key` (choose another field with key=NAME)";

/// Extracts the fields of a [`Record`] from JSON objects.
struct RecordFields {
    fields: JsonFields,
    /// Range of the names to try for each field of a record.
    ranges: [std::ops::Range<usize>; 6],
}

impl RecordFields {
    fn new(choice: &ColumnChoice) -> Self {
        let roles: [(&Option<ColumnRef>, &[&'static str]); 6] = [
            (&choice.key, &KEY_NAMES),
            (&choice.op, &OP_NAMES),
            (&choice.size, &SIZE_NAMES),
            (&choice.ttl, &TTL_NAMES),
            (&choice.time, &TIME_NAMES),
            (&choice.tenant, &TENANT_NAMES),
        ];
        let mut names: Vec<String> = Vec::new();
        let ranges = roles.map(|(choice, usual)| {
            let start = names.len();
            match choice {
                // Objects have no column numbers, so a number is a name.
                Some(ColumnRef::Number(number)) => names.push(number.to_string()),
                Some(ColumnRef::Name(name)) => names.push(name.clone()),
                None => names.extend(usual.iter().map(|name| (*name).to_owned())),
            }
            start..names.len()
        });
        Self { fields: JsonFields::new(names.iter().map(String::as_str)), ranges }
    }

    fn record(&mut self, line: &[u8]) -> Option<Record<'_>> {
        self.fields.read_object(line).ok()?;
        let [key, op, size, ttl, time, tenant] = &self.ranges;
        let text = |range: &std::ops::Range<usize>| self.fields.first(range.clone());
        Some(Record {
            key: text(key),
            op: text(op),
            size: text(size),
            ttl: text(ttl),
            time: text(time),
            tenant: text(tenant),
        })
    }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut fields = RecordFields::new(input.columns());
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let record = fields.record(line).filter(|record| record.key.is_some());
        match record.ok_or(EXPECTED).and_then(|record| state.request(record)) {
            Ok(request) => sink.accept(&request)?,
            Err(expected) => input.skip_cut_line(expected)?,
        }
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut fields = RecordFields::new(sample.columns);
    let lines = sample.lines();
    let mut lines = lines.into_iter().filter(|line| !line.trim_ascii().is_empty());
    let mut is_valid = |line| {
        let record = fields.record(line);
        record.is_some_and(|record| record.request(&mut TenantNumbers::default()).is_ok())
    };
    if !is_valid(lines.next()?) {
        return None;
    }
    if !lines.all(is_valid) {
        return FormatMatch::new(1, "the file starts with a JSON object that has a key");
    }
    if !sample.columns.is_default() {
        return FormatMatch::new(9, "every line is a JSON object with the chosen fields");
    }
    FormatMatch::new(6, "every line is a JSON object with a key")
}
