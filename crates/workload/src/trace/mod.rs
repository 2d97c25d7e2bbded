//! Readers of recorded traces and logs.
//!
//! Each format is one file under `formats/`. It is chosen by name or guessed from the content.

mod columns;
mod error;
mod file_order;
mod format;
mod formats;
mod guess;
mod input;
mod multi_file;
mod non_traces;
mod parse;
mod paths;
mod read_summary;
mod sample;
mod tenants;

pub use columns::{COLUMN_OPTIONS, ColumnChoice, ColumnChoiceError, ColumnRef};
pub use error::{SourceLocation, TraceError, UnknownTraceFormat};
pub use file_order::{FileOrder, sort_by_first_request};
pub use format::{OpMeaning, TraceFormat};
pub use formats::{FORMATS, find_format, split_format};
pub use guess::{FormatGuess, choose_format};
pub use input::TraceInput;
pub use input::line::BoundedLine;
pub use multi_file::MultiFileState;
pub use paths::{STANDARD_INPUT, expand_path, is_stream};
pub use read_summary::ReadSummary;

/// Version of the readers, raised when the same bytes yield different requests.
pub const VERSION: u32 = 3;
