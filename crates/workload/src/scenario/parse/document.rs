//! TOML document with typed access and line numbers in errors.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::error::ScenarioError;

/// Text and path of a scenario file.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl Document<'_> {
    /// Creates an error with the line number of a position in the text.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Into<String>) -> ScenarioError {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        ScenarioError { path: self.path.to_owned(), line: Some(line), message: message.into() }
    }
}

/// Returns the known name with the smallest edit distance, if it is similar enough to be a typo.
pub(in crate::scenario) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 3 + 1)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Table of the document whose keys are all known.
pub(super) struct Section<'a> {
    document: Document<'a>,
    title: String,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

/// Value in a section or list, with its position for errors.
pub(super) struct TomlValue<'a> {
    pub(super) document: Document<'a>,
    /// Section and key for messages, for example ``[workload] `keys` ``.
    pub(super) title: String,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
}

impl<'a> Section<'a> {
    /// Creates a section.
    ///
    /// # Errors
    /// [`ScenarioError`] if the table has a key that is not `known`.
    pub(super) fn new(
        document: Document<'a>,
        title: &str,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        known: &[&str],
    ) -> Result<Self, ScenarioError> {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let suggestion = nearest(name, known)
                    .map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
                let message = format!(
                    "unknown key `{name}` in {title}{suggestion} (known: {})",
                    known.join(", ")
                );
                return Err(document.error(&key.span(), message));
            }
        }
        Ok(Self { document, title: title.to_owned(), table, span })
    }

    /// Returns the value of a key, if there is one.
    pub(super) fn get(&self, key: &str) -> Option<TomlValue<'a>> {
        let value: &'a Spanned<DeValue<'a>> = self.table.get(key)?;
        Some(TomlValue {
            document: self.document,
            title: format!("{} `{key}`", self.title),
            value: value.get_ref(),
            span: value.span(),
        })
    }

    /// Returns the value of a required key; `remedy` is the advice in the error if it is missing.
    pub(super) fn require(&self, key: &str, remedy: &str) -> Result<TomlValue<'a>, ScenarioError> {
        self.get(key).ok_or_else(|| self.error(format!("`{key}` is missing; {remedy}")))
    }

    /// Creates an error about the section as a whole.
    pub(super) fn error(&self, message: impl std::fmt::Display) -> ScenarioError {
        self.document.error(&self.span, format!("{}: {message}", self.title))
    }

    /// Returns an integer within a range, or `default` if the key is missing.
    pub(super) fn integer_or(
        &self,
        key: &str,
        range: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, ScenarioError> {
        self.get(key).map_or(Ok(default), |item| item.integer(range))
    }
}

impl<'a> TomlValue<'a> {
    /// Creates an error about this value.
    pub(super) fn error(&self, message: impl std::fmt::Display) -> ScenarioError {
        self.document.error(&self.span, format!("{}: {message}", self.title))
    }

    fn expected(&self, expected: &str) -> ScenarioError {
        let source = self.document.text.get(self.span.clone()).unwrap_or_default();
        let first_line = source.lines().next().unwrap_or_default();
        self.error(format!("expected {expected}, found {} `{first_line}`", self.value.type_str()))
    }

    pub(super) fn text(&self) -> Result<&'a str, ScenarioError> {
        self.value.as_str().ok_or_else(|| self.expected("a string in quotes"))
    }

    /// Returns true if the value is a string.
    pub(super) fn is_text(&self) -> bool {
        self.value.as_str().is_some()
    }

    pub(super) fn boolean(&self) -> Result<bool, ScenarioError> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// Returns an integer within a range.
    pub(super) fn integer(&self, range: RangeInclusive<u64>) -> Result<u64, ScenarioError> {
        let expected = || match (range.start(), range.end()) {
            (low, &u64::MAX) => format!("a whole number of at least {low}"),
            (low, high) => format!("a whole number from {low} to {high}"),
        };
        let integer = self.value.as_integer().ok_or_else(|| self.expected(&expected()))?;
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.expected(&expected()))
    }

    /// Returns a number from `low` to `high`; integers are accepted.
    pub(super) fn number(&self, low: f64, high: f64) -> Result<f64, ScenarioError> {
        let text = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => "",
        };
        text.parse::<f64>()
            .ok()
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| self.expected(&format!("a number from {low} to {high}")))
    }

    /// Returns the values of a list.
    pub(super) fn items(&self) -> Result<Vec<TomlValue<'a>>, ScenarioError> {
        let array = self.value.as_array().ok_or_else(|| self.expected("a list in brackets"))?;
        let item = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| TomlValue {
            document: self.document,
            title: format!("{}, item {}", self.title, index + 1),
            value: value.get_ref(),
            span: value.span(),
        };
        Ok(array.iter().enumerate().map(item).collect())
    }

    /// Returns the value as a table with only `known` keys; `title` is used in errors.
    pub(super) fn section(
        &self,
        title: &str,
        known: &[&str],
    ) -> Result<Section<'a>, ScenarioError> {
        let table = self.value.as_table().ok_or_else(|| self.expected("a table"))?;
        Section::new(self.document, title, table, self.span.clone(), known)
    }
}
