//! State that the files of one trace share.

mod bad_lines;
pub(super) mod left_out;
pub(super) mod multi_file;
mod tenant_numbers;
