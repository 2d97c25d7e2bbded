//! A TOML document read by name, which can say of every value on which line it stands.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ScenarioError;

/// The text of a scenario and the file that it came from.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl Document<'_> {
    /// An error at a place of the text.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Into<String>) -> ScenarioError {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        ScenarioError { path: self.path.to_owned(), line: Some(line), message: message.into() }
    }
}

/// The known name that is nearest to one that was mistyped, if any is near.
pub(super) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 3 + 1)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A table of the document, all of whose keys are known.
pub(super) struct Section<'a> {
    document: Document<'a>,
    title: String,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

/// A value of a section.
pub(super) struct Item<'a> {
    pub(super) document: Document<'a>,
    /// Section and key, for messages: `[workload] keys`.
    pub(super) title: String,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
}

impl<'a> Section<'a> {
    /// Takes a table and refuses keys that are not `known`.
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
                let meant = nearest(name, known)
                    .map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
                let message = format!(
                    "{title} has no key `{name}`{meant} (known here: {})",
                    known.join(", ")
                );
                return Err(document.error(&key.span(), message));
            }
        }
        Ok(Self { document, title: title.to_owned(), table, span })
    }

    /// A value, if it is given.
    pub(super) fn get(&self, key: &str) -> Option<Item<'a>> {
        let value: &'a Spanned<DeValue<'a>> = self.table.get(key)?;
        Some(Item {
            document: self.document,
            title: format!("{} `{key}`", self.title),
            value: value.get_ref(),
            span: value.span(),
        })
    }

    /// A value that must be given.
    pub(super) fn require(&self, key: &str, expected: &str) -> Result<Item<'a>, ScenarioError> {
        self.get(key).ok_or_else(|| self.error(format!("`{key}` is missing: {expected}")))
    }

    /// An error about the section as a whole.
    pub(super) fn error(&self, message: impl std::fmt::Display) -> ScenarioError {
        self.document.error(&self.span, format!("{}: {message}", self.title))
    }

    /// A whole number within a range, or else the default.
    pub(super) fn whole_or(
        &self,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, ScenarioError> {
        self.get(key).map_or(Ok(default), |item| item.whole(range))
    }
}

impl<'a> Item<'a> {
    /// An error about this value.
    pub(super) fn error(&self, message: impl std::fmt::Display) -> ScenarioError {
        self.document.error(&self.span, format!("{}: {message}", self.title))
    }

    fn expected(&self, what: &str) -> ScenarioError {
        let written = self.document.text.get(self.span.clone()).unwrap_or_default();
        let first_line = written.lines().next().unwrap_or_default();
        self.error(format!("expected {what}, found {} `{first_line}`", self.value.type_str()))
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&'a str, ScenarioError> {
        self.value.as_str().ok_or_else(|| self.expected("a text in quotes"))
    }

    /// Yes or no.
    pub(super) fn boolean(&self) -> Result<bool, ScenarioError> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// A whole number within a range.
    pub(super) fn whole(&self, range: std::ops::RangeInclusive<u64>) -> Result<u64, ScenarioError> {
        let what = || match (range.start(), range.end()) {
            (low, &u64::MAX) => format!("a whole number of at least {low}"),
            (low, high) => format!("a whole number from {low} to {high}"),
        };
        let integer = self.value.as_integer().ok_or_else(|| self.expected(&what()))?;
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.expected(&what()))
    }

    /// A finite number of at least `low`; whole numbers are welcome.
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

    /// A list of values.
    pub(super) fn items(&self) -> Result<Vec<Item<'a>>, ScenarioError> {
        let array = self.value.as_array().ok_or_else(|| self.expected("a list in brackets"))?;
        let item = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| Item {
            document: self.document,
            title: format!("{}, place {}", self.title, index + 1),
            value: value.get_ref(),
            span: value.span(),
        };
        Ok(array.iter().enumerate().map(item).collect())
    }

    /// A table all of whose keys are known; `title` names it in messages.
    pub(super) fn section(
        &self,
        title: &str,
        known: &[&str],
    ) -> Result<Section<'a>, ScenarioError> {
        let table = self.value.as_table().ok_or_else(|| self.expected("a table"))?;
        Section::new(self.document, title, table, self.span.clone(), known)
    }
}
