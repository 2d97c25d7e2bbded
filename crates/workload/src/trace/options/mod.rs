//! Options for reading a trace.

mod bad_line_limit;
mod columns;
mod op_rules;
mod time_unit;

pub use bad_line_limit::{BadLineLimit, BadLineLimitError};
pub use columns::{COLUMN_OPTIONS, ColumnChoice, ColumnChoiceError, ColumnRef};
pub use op_rules::{OpAction, OpRules, OpRulesError};
pub use time_unit::{TimeUnit, TimeUnitError};

pub(super) use columns::{ROLES, Role};

use serde::Serialize;

/// Options for reading a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReadOptions {
    /// Columns or fields from which key, operation, size and other parts are read.
    pub columns: ColumnChoice,
    /// Meaning of the names of operations; empty for the usual meaning.
    pub ops: OpRules,
    /// Unit of numeric times; `None` for the unit of the format.
    pub time_unit: Option<TimeUnit>,
    /// Maximum number of lines that cannot be read.
    pub max_bad_lines: BadLineLimit,
}

impl ReadOptions {
    /// Returns true if all options have their default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
