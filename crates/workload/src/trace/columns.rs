//! Which columns or fields of a log hold what, as its user says.

use serde::{Serialize, Serializer};

/// A column by its name, or by its number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// As the header or the object calls it.
    Name(String),
    /// Counted from 1.
    Number(usize),
}

impl std::fmt::Display for Column {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => to.write_str(name),
            Self::Number(number) => write!(to, "{number}"),
        }
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Number(number) => serializer.serialize_u64(*number as u64),
        }
    }
}

impl std::str::FromStr for Column {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(number @ 1..) => Ok(Self::Number(number)),
            _ => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// What the user said of columns; what is left out is looked for under its usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ColumnChoice {
    /// The key.
    pub key: Option<Column>,
    /// The operation.
    pub op: Option<Column>,
    /// Bytes of the value.
    pub size: Option<Column>,
    /// Time to live, in seconds.
    pub ttl: Option<Column>,
    /// Time: seconds since 1970 (or milliseconds and finer, told by their size), or RFC 3339.
    pub time: Option<Column>,
    /// Whose request it is.
    pub tenant: Option<Column>,
    /// Whether the first line is a header; `None`: unless columns are numbered.
    pub header: Option<bool>,
    /// What parts columns; `None`: what the format says, a comma or a tab.
    pub separator: Option<u8>,
}

/// What columns can be called in a choice.
pub const ROLES: [&str; 8] = ["key", "op", "size", "ttl", "time", "tenant", "header", "separator"];

/// A choice of columns that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?}: {what}; write for example key=url,size=bytes,time=ts, or numbers from 1: key=2,size=3 (known: {})",
    ROLES.join(", ")
)]
pub struct ColumnError {
    text: String,
    what: String,
}

impl ColumnChoice {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Sets one of [`ROLES`].
    ///
    /// # Errors
    /// [`ColumnError`] if there is no such role, or its value makes no sense.
    pub fn set(&mut self, role: &str, value: &str) -> Result<(), ColumnError> {
        let wrong =
            |what: &str| ColumnError { text: format!("{role}={value}"), what: what.to_owned() };
        if value.is_empty() {
            return Err(wrong("nothing stands behind the ="));
        }
        let Ok(column) = value.parse::<Column>();
        match role {
            "key" => self.key = Some(column),
            "op" => self.op = Some(column),
            "size" => self.size = Some(column),
            "ttl" => self.ttl = Some(column),
            "time" => self.time = Some(column),
            "tenant" => self.tenant = Some(column),
            "header" => match value {
                "yes" | "true" => self.header = Some(true),
                "no" | "false" => self.header = Some(false),
                _ => return Err(wrong("a header is there (yes) or not (no)")),
            },
            "separator" => match (value, value.as_bytes()) {
                ("tab" | "\\t", _) => self.separator = Some(b'\t'),
                ("space", _) => self.separator = Some(b' '),
                (_, [byte]) => self.separator = Some(*byte),
                _ => return Err(wrong("a separator is one character, tab or space")),
            },
            _ => return Err(wrong("no such column")),
        }
        Ok(())
    }

    /// The columns that hold something of a request, in the order of [`ROLES`].
    pub(super) fn by_role(&self) -> [Option<&Column>; 6] {
        [&self.key, &self.op, &self.size, &self.ttl, &self.time, &self.tenant].map(Option::as_ref)
    }

    /// Whether the first line of a table is its header.
    pub(super) fn has_header(&self) -> bool {
        let numbered = |column: &Option<Column>| matches!(column, Some(Column::Number(_)));
        self.header.unwrap_or(!numbered(&self.key))
    }
}

impl std::str::FromStr for ColumnChoice {
    type Err = ColumnError;

    fn from_str(text: &str) -> Result<Self, ColumnError> {
        let mut choice = Self::default();
        for part in text.split(',') {
            let (role, value) = part.split_once('=').ok_or_else(|| ColumnError {
                text: part.to_owned(),
                what: String::from("it has no ="),
            })?;
            choice.set(role.trim(), value.trim())?;
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_people_write_it() {
        let choice: ColumnChoice = "key=url, size=3,separator=tab,header=yes".parse().unwrap();
        assert_eq!(choice.key, Some(Column::Name(String::from("url"))));
        assert_eq!(choice.size, Some(Column::Number(3)));
        assert_eq!((choice.separator, choice.header), (Some(b'\t'), Some(true)));
        assert!("key=2".parse::<ColumnChoice>().is_ok_and(|choice| !choice.has_header()));
        for wrong in ["key", "key=", "kye=1", "header=maybe", "separator=ab"] {
            let message = wrong.parse::<ColumnChoice>().unwrap_err().to_string();
            assert!(message.contains("key=url"), "{message}");
        }
    }
}
