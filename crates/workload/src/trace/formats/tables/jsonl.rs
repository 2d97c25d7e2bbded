//! `jsonl`: one JSON object per line (JSON Lines, NDJSON), with fields found by name.
//!
//! The usual names are those of the columns of `csv`. The user can choose others; a field of a
//! nested object has a dotted name (`request.uri`).

use std::ops::Range;

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::options::{ColumnChoice, ROLES, Role};
use crate::trace::parse::json::JsonFields;
use crate::trace::parse::key::KeyBuffer;
use crate::trace::parse::record::{Record, RecordRequest, RecordRules};

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "jsonl",
    aliases: &["ndjson", "json-lines"],
    summary: "text, a JSON object per line with `key` and optionally op, size, ttl, time, tenant",
    kind: TraceKind::KeyValue,
    fields: &[],
    read,
    detect,
};

const EXPECTED: &str =
    "a JSON object with a plain value in `key` (choose another field with key=NAME)";

/// Extracts the fields of a [`Record`] from JSON objects.
struct RecordFields {
    fields: JsonFields,
    names: Vec<String>,
    /// By role, the names to try, or all names of a key that is composed.
    ranges: [Range<usize>; ROLES.len()],
    has_composed_key: bool,
    key: KeyBuffer,
}

impl RecordFields {
    fn new(choice: &ColumnChoice) -> Self {
        let mut names: Vec<String> = Vec::new();
        let ranges = ROLES.map(|role| {
            let start = names.len();
            match choice.of(role) {
                [] => names.extend(role.usual_names().iter().map(|name| (*name).to_owned())),
                // Objects have no column numbers, so a number is a name.
                chosen => names.extend(chosen.iter().map(ToString::to_string)),
            }
            start..names.len()
        });
        let fields = JsonFields::new(names.iter().map(String::as_str));
        let has_composed_key = choice.of(Role::Key).len() > 1;
        Self { fields, names, ranges, has_composed_key, key: KeyBuffer::default() }
    }

    /// Reads an object; returns false if the line is not an object with a key.
    fn read(&mut self, line: &[u8]) -> bool {
        self.fields.read_object(line).is_ok() && self.first(Role::Key).is_some()
    }

    fn first(&self, role: Role) -> Option<&[u8]> {
        self.fields.first(self.ranges[role as usize].clone())
    }

    /// Returns the names of the fields that the current object has.
    fn describe(&self) -> impl Iterator<Item = (Role, String)> {
        ROLES.into_iter().filter_map(|role| {
            let range = self.ranges[role as usize].clone();
            let is_composed = role == Role::Key && self.has_composed_key;
            let mut present = range.filter(|&index| self.fields.first(index..index + 1).is_some());
            let names: Vec<&str> = match is_composed {
                true => present.map(|index| self.names[index].as_str()).collect(),
                false => vec![self.names[present.next()?].as_str()],
            };
            Some((role, format!("field {}", names.join(" + "))))
        })
    }

    /// Converts the current object to a request.
    fn request(
        &mut self,
        rules: &RecordRules<'_>,
        state: &mut MultiFileState,
    ) -> Result<RecordRequest<'_>, &'static str> {
        let Self { fields, ranges, key, has_composed_key, .. } = self;
        let first = |role: Role| fields.first(ranges[role as usize].clone());
        let parts = if *has_composed_key { ranges[Role::Key as usize].clone() } else { 0..0 };
        let tenant = first(Role::Tenant);
        let single = if *has_composed_key { None } else { first(Role::Key) };
        let composed = parts.map(|index| fields.first(index..index + 1).unwrap_or_default());
        let has_key = first(Role::Key).is_some_and(|key| !key.is_empty());
        let key = key.join(tenant.into_iter().chain(single).chain(composed));
        Record {
            key: key.filter(|_| has_key),
            op: first(Role::Op),
            size: first(Role::Size),
            ttl: first(Role::Ttl),
            time: first(Role::Time),
            tenant,
            count: first(Role::Count),
        }
        .request(rules, state)
    }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let options = input.options().clone();
    let mut fields = RecordFields::new(&options.columns);
    let rules = RecordRules::usual(&options.ops);
    let mut is_described = false;
    while input.read_line()? {
        if input.line().trim_ascii().is_empty() {
            continue;
        }
        if !fields.read(input.line()) {
            state.reject(input, EXPECTED)?;
            continue;
        }
        if !is_described {
            fields.describe().for_each(|(role, source)| state.describe(role, source));
            is_described = true;
        }
        match fields.request(&rules, state) {
            Ok(RecordRequest::Request(request, count)) => {
                for _ in 0..count {
                    sink.accept(&request)?;
                }
            }
            Ok(RecordRequest::Ignored) => {
                let name = fields.first(Role::Op).unwrap_or_default();
                state.leave_out_named(input, "operation", name);
            }
            Err(expected) => state.reject(input, expected)?,
        }
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let choice = &sample.options.columns;
    let mut fields = RecordFields::new(choice);
    let lines = sample.lines();
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).collect();
    let mut state = MultiFileState::default();
    state.times.set_unit(sample.options.time_unit);
    let rules = RecordRules::usual(&sample.options.ops);
    let mut is_valid =
        |line: &&[u8]| fields.read(line) && fields.request(&rules, &mut state).is_ok();
    if !is_valid(lines.first()?) {
        return None;
    }
    let valid = lines.iter().filter(|line| is_valid(line)).count();
    if (lines.len() - valid) * 100 > lines.len().max(100) {
        return FormatMatch::new(1, "the file starts with a JSON object that has a key");
    }
    if !choice.is_default() {
        return FormatMatch::new(9, "every line is a JSON object with the chosen fields");
    }
    FormatMatch::new(6, "every line is a JSON object with a key")
}
