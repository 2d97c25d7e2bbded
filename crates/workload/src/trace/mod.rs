//! Readers of recorded traces and logs.
//!
//! Each format is one file under `formats/`. The format of a trace is given by name, or guessed
//! from the content.

mod error;
mod file_order;
mod file_sample;
mod format;
mod formats;
mod guess;
mod input;
mod non_traces;
mod options;
mod parse;
mod path_patterns;
mod preview;
mod read_summary;
mod state;
mod understanding;

pub use error::{TraceError, TracePosition, UnknownTraceFormat};
pub use file_order::{FileOrder, sort_by_first_request};
pub use format::{TraceFormat, TraceKind};
pub use formats::{FORMATS, find_format, split_format};
pub use guess::format_guess::{FormatGuess, choose_format};
pub use input::TraceInput;
pub use input::line::BoundedLine;
pub use options::{
    BadLineLimit, BadLineLimitError, COLUMN_OPTIONS, ColumnChoice, ColumnChoiceError, ColumnRef,
    OpAction, OpRules, OpRulesError, ReadOptions, TimeUnit, TimeUnitError,
};
pub use path_patterns::{STANDARD_INPUT, expand_path, is_stream};
pub use preview::read_preview;
pub use read_summary::ReadSummary;
pub use state::left_out::LeftOut;
pub use state::multi_file::{INCOMPLETE_LAST_LINE, MultiFileState};
pub use understanding::{FieldSource, RequestPreview, Understanding};

/// Version of the readers, raised when a change makes the same file yield other requests.
pub const VERSION: u32 = 5;
