//! Tables with one request per row: CSV, TSV, JSON Lines.

pub(super) mod csv;
pub(super) mod jsonl;
pub(super) mod rows;
pub(super) mod tsv;
