//! `lrb`: text format of the LRB simulator, `time id size [features…]`, separated by spaces.

use std::collections::HashMap;

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::FixedTable;
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "lrb",
    aliases: &["webcachesim", "tr"],
    summary: "text, `time id size` and features, separated by spaces (LRB, webcachesim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "column 2, object id"),
        (Role::Size, "column 3, in bytes"),
        (Role::Time, "column 1"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    separator: b' ',
    columns: &[(Role::Key, &[2]), (Role::Size, &[3]), (Role::Time, &[1])],
    width: (3, 32),
    ..FixedTable::COMMAS
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    TABLE.read(input, state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut last_time = 0;
    let mut sizes: HashMap<u64, u64> = HashMap::new();
    let (mut repeats, mut equal) = (0_u32, 0_u32);
    let matches = TABLE.matches(sample, |row| {
        let numbers = (0..row.len()).map(|column| row.field(column).and_then(parse_decimal));
        let Some(numbers) = numbers.collect::<Option<Vec<u64>>>() else { return false };
        let is_later = numbers[0] >= last_time;
        last_time = numbers[0];
        if let Some(size) = sizes.insert(numbers[1], numbers[2]) {
            repeats += 1;
            equal += u32::from(size == numbers[2]);
        }
        is_later && numbers[2] > 0
    });
    let has_name = sample.name.split('.').any(|part| part == "tr");
    let is_consistent = repeats > 0 && equal * 10 >= repeats * 9;
    if !matches || !is_consistent || last_time == 0 {
        return None;
    }
    let score = if has_name { 8 } else { 7 };
    FormatMatch::new(
        score,
        "times, ids and sizes separated by spaces; times ascend, and ids keep their size",
    )
}
