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

/// Columns chosen by the user; the others are found by their usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ColumnChoice {
    /// Column of the key.
    pub key: Option<ColumnRef>,
    /// Column of the operation.
    pub op: Option<ColumnRef>,
    /// Column of the value size in bytes.
    pub size: Option<ColumnRef>,
    /// Column of the time to live in seconds.
    pub ttl: Option<ColumnRef>,
    /// Column of the time: RFC 3339, or seconds (or a finer unit, by magnitude) since 1970.
    pub time: Option<ColumnRef>,
    /// Column of the tenant.
    pub tenant: Option<ColumnRef>,
    /// True if the first line is a header; by default, true unless the key column is a number.
    pub header: Option<bool>,
    /// Separator of the columns; by default a comma for `csv` and a tab for `tsv`.
    pub separator: Option<u8>,
}

/// Names of the options of a [`ColumnChoice`]; the first six are columns.
pub const COLUMN_OPTIONS: [&str; 8] =
    ["key", "op", "size", "ttl", "time", "tenant", "header", "separator"];

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

    /// Sets one of [`COLUMN_OPTIONS`].
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
        let Ok(column) = value.parse::<ColumnRef>();
        match option {
            "key" => self.key = Some(column),
            "op" => self.op = Some(column),
            "size" => self.size = Some(column),
            "ttl" => self.ttl = Some(column),
            "time" => self.time = Some(column),
            "tenant" => self.tenant = Some(column),
            "header" => match value {
                "yes" | "true" => self.header = Some(true),
                "no" | "false" => self.header = Some(false),
                _ => return Err(invalid("header must be yes or no")),
            },
            "separator" => match (value, value.as_bytes()) {
                ("tab" | "\\t", _) => self.separator = Some(b'\t'),
                ("space", _) => self.separator = Some(b' '),
                (_, [byte]) => self.separator = Some(*byte),
                _ => return Err(invalid("separator must be one character, tab or space")),
            },
            _ => return Err(invalid("unknown option")),
        }
        Ok(())
    }

    /// Returns the chosen columns in the order of [`COLUMN_OPTIONS`].
    pub(super) fn by_role(&self) -> [Option<&ColumnRef>; 6] {
        [&self.key, &self.op, &self.size, &self.ttl, &self.time, &self.tenant].map(Option::as_ref)
    }

    /// Returns true if the first line of a table is a header.
    pub(super) fn has_header(&self) -> bool {
        self.header.unwrap_or(!matches!(self.key, Some(ColumnRef::Number(_))))
    }
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
        let choice: ColumnChoice = "key=url, size=3,separator=tab,header=yes".parse().unwrap();
        assert_eq!(choice.key, Some(ColumnRef::Name(String::from("url"))));
        assert_eq!(choice.size, Some(ColumnRef::Number(3)));
        assert_eq!((choice.separator, choice.header), (Some(b'\t'), Some(true)));
        assert!("key=2".parse::<ColumnChoice>().is_ok_and(|choice| !choice.has_header()));
        for wrong in ["key", "key=", "kye=1", "header=maybe", "separator=ab"] {
            let message = wrong.parse::<ColumnChoice>().unwrap_err().to_string();
            assert!(message.contains("key=url"), "{message}");
        }
    }
}
