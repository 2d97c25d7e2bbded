//! Choice of the columns or fields of a log that contain the parts of a request.

use serde::{Serialize, Serializer};

/// Reference to a column of a table or a field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRef {
    /// Name in the header or object.
    Name(String),
    /// Number of the column, from 1.
    Number(usize),
}

impl std::fmt::Display for ColumnRef {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => to.write_str(name),
            Self::Number(number) => write!(to, "{number}"),
        }
    }
}

impl Serialize for ColumnRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Number(number) => serializer.serialize_u64(*number as u64),
        }
    }
}

impl std::str::FromStr for ColumnRef {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(number @ 1..) => Ok(Self::Number(number)),
            _ => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// Part of a request, read from one or more columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Role {
    Key,
    Op,
    Size,
    Ttl,
    Time,
    Tenant,
    /// Number of times that the request occurs.
    Count,
}

/// All roles, in the order of [`COLUMN_OPTIONS`].
pub(in crate::trace) const ROLES: [Role; 7] =
    [Role::Key, Role::Op, Role::Size, Role::Ttl, Role::Time, Role::Tenant, Role::Count];

impl Role {
    /// Returns the name of the option.
    pub(in crate::trace) fn name(self) -> &'static str {
        COLUMN_OPTIONS[self as usize]
    }

    /// Returns the usual column names of this role, the most specific first.
    pub(in crate::trace) fn usual_names(self) -> &'static [&'static str] {
        match self {
            Self::Key => &[
                "key",
                "cache_key",
                "cachekey",
                "object_key",
                "url",
                "uri",
                "path",
                "object",
                "obj_id",
                "object_id",
                "lbn",
                "id",
            ],
            Self::Op => &["op", "operation", "command", "cmd", "method", "optype"],
            Self::Size => {
                &["size", "bytes", "value_size", "obj_size", "object_size", "objectsize", "length"]
            }
            Self::Ttl => &["ttl"],
            Self::Time => &["time", "timestamp", "ts", "op_time"],
            Self::Tenant => &["tenant", "namespace"],
            Self::Count => &["op_count"],
        }
    }
}

/// Columns chosen by the user; the others are found by their usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ColumnChoice {
    /// Columns of each role, in the order of [`COLUMN_OPTIONS`]; several are combined.
    columns: [Vec<ColumnRef>; ROLES.len()],
    /// True if the first line is a header; by default, true unless the key column is a number.
    pub header: Option<bool>,
    /// Separator of the columns; by default a comma for `csv` and a tab for `tsv`. A run of spaces
    /// is one separator.
    pub separator: Option<u8>,
}

/// Names of the options of a [`ColumnChoice`]; the first seven are columns.
pub const COLUMN_OPTIONS: [&str; 9] =
    ["key", "op", "size", "ttl", "time", "tenant", "count", "header", "separator"];

/// Invalid choice of columns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read column choice {text:?}: {cause}; write names, as in key=url,size=bytes,time=ts, or numbers from 1, as in key=2,size=3 (options: {})",
    COLUMN_OPTIONS.join(", ")
)]
pub struct ColumnChoiceError {
    text: String,
    cause: String,
}

impl ColumnChoice {
    /// Returns true if nothing was chosen.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Sets one of [`COLUMN_OPTIONS`]; the columns of one role are joined with `+`.
    ///
    /// # Errors
    /// [`ColumnChoiceError`] if the option is unknown or the value is invalid.
    pub fn set(&mut self, option: &str, value: &str) -> Result<(), ColumnChoiceError> {
        let invalid = |cause: &str| ColumnChoiceError {
            text: format!("{option}={value}"),
            cause: cause.to_owned(),
        };
        if value.is_empty() {
            return Err(invalid("the value after = is missing"));
        }
        match option {
            "header" => match value {
                "yes" | "true" => self.header = Some(true),
                "no" | "false" => self.header = Some(false),
                _ => return Err(invalid("header must be yes or no")),
            },
            "separator" => match (value, value.as_bytes()) {
                ("tab" | "\\t", _) => self.separator = Some(b'\t'),
                ("space", _) => self.separator = Some(b' '),
                ("comma", _) => self.separator = Some(b','),
                (_, [byte]) => self.separator = Some(*byte),
                _ => return Err(invalid("separator must be one character, tab, space or comma")),
            },
            _ => {
                let role = ROLES.into_iter().find(|role| role.name() == option);
                let role = role.ok_or_else(|| invalid("unknown option"))?;
                let columns = parse_columns(value)
                    .ok_or_else(|| invalid("a name or number is missing before or after +"))?;
                self.columns[role as usize] = columns;
            }
        }
        Ok(())
    }

    /// Returns the chosen columns of a role; empty if none was chosen.
    pub(in crate::trace) fn of(&self, role: Role) -> &[ColumnRef] {
        &self.columns[role as usize]
    }

    /// Returns true if the first line of a table is a header.
    pub(in crate::trace) fn has_header(&self) -> bool {
        let has_number = self.of(Role::Key).iter().any(|key| matches!(key, ColumnRef::Number(_)));
        self.header.unwrap_or(!has_number)
    }
}

/// Splits a list of columns, joined with `+`; `None` if one is empty.
fn parse_columns(text: &str) -> Option<Vec<ColumnRef>> {
    let parse = |part: &str| part.parse::<ColumnRef>().unwrap_or_else(|never| match never {});
    let parts = text.split('+').map(str::trim);
    parts.map(|part| (!part.is_empty()).then(|| parse(part))).collect()
}

impl std::str::FromStr for ColumnChoice {
    type Err = ColumnChoiceError;

    fn from_str(text: &str) -> Result<Self, ColumnChoiceError> {
        let mut choice = Self::default();
        for part in text.split(',') {
            let (option, value) = part.split_once('=').ok_or_else(|| ColumnChoiceError {
                text: part.to_owned(),
                cause: String::from("= is missing"),
            })?;
            choice.set(option.trim(), value.trim())?;
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_parsed_and_invalid_ones_refused() {
        let choice: ColumnChoice = "key=host+url, size=3,separator=tab,header=yes".parse().unwrap();
        let name = |name: &str| ColumnRef::Name(String::from(name));
        assert_eq!(choice.of(Role::Key), [name("host"), name("url")]);
        assert_eq!(choice.of(Role::Size), [ColumnRef::Number(3)]);
        assert_eq!((choice.separator, choice.header), (Some(b'\t'), Some(true)));
        assert!("key=2".parse::<ColumnChoice>().is_ok_and(|choice| !choice.has_header()));
        for wrong in ["key", "key=", "key=+", "key=a+", "kye=1", "header=maybe", "separator=ab"] {
            let message = wrong.parse::<ColumnChoice>().unwrap_err().to_string();
            assert!(message.contains("key=url"), "{message}");
        }
    }
}
