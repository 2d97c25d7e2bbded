//! `jsonl`: a JSON object a line (JSON Lines, NDJSON); fields are known by their names.
//!
//! The usual names are those of the columns of `csv`; the user may name others, those of objects
//! within the object with a dot (`request.uri`).

use super::carried::Carried;
use super::columns::{Column, ColumnChoice};
use super::delimited::{KEY_NAMES, OP_NAMES, SIZE_NAMES, TENANT_NAMES, TIME_NAMES, TTL_NAMES};
use super::guess::{Likeness, Sample};
use super::json::Picker;
use super::record::Record;
use super::tenants::Tenants;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::Sink;

pub(super) const FORMAT: Format = Format {
    name: "jsonl",
    aliases: &["ndjson", "json-lines"],
    summary: "text, a JSON object a line with `key` and perhaps op, size, ttl, time, tenant",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

const EXPECTED: &str =
    "a JSON object with a field `key` (another one is chosen with key=NAME) that is no list";

/// Fields to pick, one range of names for each of a record's texts.
struct Fields {
    picker: Picker,
    ranges: [std::ops::Range<usize>; 6],
}

impl Fields {
    fn new(choice: &ColumnChoice) -> Self {
        let roles: [(&Option<Column>, &[&'static str]); 6] = [
            (&choice.key, &KEY_NAMES),
            (&choice.op, &OP_NAMES),
            (&choice.size, &SIZE_NAMES),
            (&choice.ttl, &TTL_NAMES),
            (&choice.time, &TIME_NAMES),
            (&choice.tenant, &TENANT_NAMES),
        ];
        let mut names: Vec<String> = Vec::new();
        let ranges = roles.map(|(chosen, usual)| {
            let start = names.len();
            match chosen {
                // A number can be a name here, and nothing else.
                Some(Column::Number(number)) => names.push(number.to_string()),
                Some(Column::Name(name)) => names.push(name.clone()),
                None => names.extend(usual.iter().map(|name| (*name).to_owned())),
            }
            start..names.len()
        });
        Self { picker: Picker::new(names.iter().map(String::as_str)), ranges }
    }

    fn record(&mut self, line: &[u8]) -> Option<Record<'_>> {
        self.picker.pick(line).ok()?;
        let [key, op, size, ttl, time, tenant] = &self.ranges;
        let text = |range: &std::ops::Range<usize>| self.picker.first(range.clone());
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

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let mut fields = Fields::new(input.columns());
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let record = fields.record(line).filter(|record| record.key.is_some());
        match record.ok_or(EXPECTED).and_then(|record| carried.request(record)) {
            Ok(request) => sink.accept(&request)?,
            Err(_) if input.line_is_cut() => input.skip_line(),
            Err(expected) => return Err(input.bad_line(expected)),
        }
    }
    Ok(())
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let mut fields = Fields::new(sample.columns);
    let lines = sample.lines();
    let mut lines = lines.into_iter().filter(|line| !line.trim_ascii().is_empty());
    let mut fits = |line| {
        let record = fields.record(line);
        record.is_some_and(|record| record.request(&mut Tenants::default()).is_ok())
    };
    if !fits(lines.next()?) {
        return None;
    }
    if !lines.all(fits) {
        return Likeness::new(1, "it begins with a JSON object that has a key");
    }
    if !sample.columns.is_default() {
        return Likeness::new(9, "its lines are JSON objects with the fields that were named");
    }
    Likeness::new(6, "every line is a JSON object with a key")
}
