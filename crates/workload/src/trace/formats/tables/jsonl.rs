//! `jsonl`: one JSON object per line (JSON Lines, NDJSON), with fields found by name.
//!
//! The usual names are those of the columns of `csv`. The user can choose others; a field of a
//! nested object has a dotted name (`request.uri`). Empty values count as missing.

use std::ops::Range;

use super::rows::deliver_repeated;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{ColumnChoice, ROLES, Role};
use crate::trace::parse::json::JsonFields;
use crate::trace::parse::key::KeyBuffer;
use crate::trace::parse::record::{Record, RecordRequest, RecordRules};
use crate::trace::state::multi_file::MultiFileState;

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

/// Fields of JSON objects, by role.
struct RoleFields {
    fields: JsonFields,
    names: Vec<String>,
    /// By role, the range in `names` of the fields to try, or to combine.
    ranges: [Range<usize>; ROLES.len()],
    /// By role, true if the user chose several fields, which are combined.
    is_composed: [bool; ROLES.len()],
}

impl RoleFields {
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
        Self { fields, names, ranges, is_composed: ROLES.map(|role| choice.of(role).len() > 1) }
    }

    fn range(&self, role: Role) -> Range<usize> {
        self.ranges[role as usize].clone()
    }

    /// Returns the value of a field; `None` if it is missing or empty.
    fn value(&self, index: usize) -> Option<&[u8]> {
        self.fields.first(index..index + 1).filter(|text| !text.is_empty())
    }

    /// Returns the first value of a role.
    fn first(&self, role: Role) -> Option<&[u8]> {
        self.range(role).find_map(|index| self.value(index))
    }

    /// Returns the parts of a role: its first value, or the values of all fields that compose it.
    ///
    /// A composed value always has the same number of parts; missing ones are empty.
    fn parts(&self, role: Role) -> impl Iterator<Item = &[u8]> {
        let (single, all) = match self.is_composed[role as usize] {
            true => (None, self.range(role)),
            false => (self.first(role), 0..0),
        };
        single.into_iter().chain(all.map(move |index| self.value(index).unwrap_or_default()))
    }

    /// Returns the names of the fields that the current object has.
    fn describe(&self) -> impl Iterator<Item = (Role, String)> {
        ROLES.into_iter().filter_map(move |role| {
            let mut present = self.range(role).filter(|&index| self.value(index).is_some());
            let names: Vec<&str> = match self.is_composed[role as usize] {
                true => present.map(|index| self.names[index].as_str()).collect(),
                false => vec![self.names[present.next()?].as_str()],
            };
            (!names.is_empty()).then(|| (role, format!("field {}", names.join(" + "))))
        })
    }
}

/// Converts JSON objects to requests, with reusable buffers.
struct ObjectReader {
    fields: RoleFields,
    key: KeyBuffer,
    time: Vec<u8>,
}

impl ObjectReader {
    fn new(choice: &ColumnChoice) -> Self {
        Self { fields: RoleFields::new(choice), key: KeyBuffer::default(), time: Vec::new() }
    }

    /// Reads an object; returns false if the line is not an object with a key field.
    fn read(&mut self, line: &[u8]) -> bool {
        self.fields.fields.read_object(line).is_ok() && self.fields.first(Role::Key).is_some()
    }

    /// Converts the current object to a request.
    fn request(
        &mut self,
        rules: &RecordRules<'_>,
        state: &mut MultiFileState,
    ) -> Result<RecordRequest<'_>, &'static str> {
        let Self { fields, key, time } = self;
        let fields: &RoleFields = fields;
        time.clear();
        for part in fields.parts(Role::Time).filter(|part| !part.is_empty()) {
            if !time.is_empty() {
                time.push(b' ');
            }
            time.extend_from_slice(part);
        }
        Record {
            key: key.join(fields.parts(Role::Tenant).chain(fields.parts(Role::Key))),
            op: fields.first(Role::Op),
            size: fields.first(Role::Size),
            ttl: fields.first(Role::Ttl),
            time: (!time.is_empty()).then_some(time.as_slice()),
            // Several fields that name a tenant share the number of the first one's value.
            tenant: fields.parts(Role::Tenant).next().filter(|tenant| !tenant.is_empty()),
            count: fields.first(Role::Count),
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
    let mut reader = ObjectReader::new(&options.columns);
    let rules = RecordRules::usual(&options.ops);
    let mut is_described = false;
    while input.read_line()? {
        if input.line().trim_ascii().is_empty() {
            continue;
        }
        if !reader.read(input.line()) {
            state.reject(input, EXPECTED)?;
            continue;
        }
        if !is_described {
            reader.fields.describe().for_each(|(role, source)| state.describe(role, source));
            is_described = true;
        }
        match reader.request(&rules, state) {
            Ok(RecordRequest::Request(request, count)) => {
                deliver_repeated(&request, count, input, state, sink)?;
            }
            Ok(RecordRequest::Ignored) => {
                let name = reader.fields.first(Role::Op).unwrap_or_default();
                state.leave_out_named(input, "operation", name);
            }
            Err(expected) => state.reject(input, expected)?,
        }
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let choice = &sample.options.columns;
    let mut reader = ObjectReader::new(choice);
    let lines = sample.lines();
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).collect();
    let mut state = MultiFileState::default();
    state.times.set_unit(sample.options.time_unit);
    let rules = RecordRules::usual(&sample.options.ops);
    let mut is_valid =
        |line: &&[u8]| reader.read(line) && reader.request(&rules, &mut state).is_ok();
    if !is_valid(lines.first()?) {
        return None;
    }
    let valid = lines.iter().filter(|line| is_valid(line)).count();
    if (lines.len() - valid) * 100 > lines.len().max(100) {
        return FormatMatch::new(1, "the file starts with a JSON object that has a key field");
    }
    if !choice.is_default() {
        return FormatMatch::new(9, "every line is a JSON object with the chosen fields");
    }
    FormatMatch::new(6, "every line is a JSON object with a key field")
}
