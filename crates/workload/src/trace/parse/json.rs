//! Extracts selected fields from a JSON object without storing its other fields.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Fields to extract, and their values in the current object, in reusable buffers.
#[derive(Debug)]
pub(in crate::trace) struct JsonFields {
    /// Dotted paths in lower case.
    names: Vec<String>,
    /// By index of `names`: true if the current object has a value.
    present: Vec<bool>,
    values: Vec<Vec<u8>>,
}

impl JsonFields {
    /// Selects fields by name, ignoring case; `request.uri` is `uri` in the object `request`.
    pub(in crate::trace) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_ascii_lowercase).collect();
        let (present, values) = (vec![false; names.len()], vec![Vec::new(); names.len()]);
        Self { names, present, values }
    }

    /// Reads one object.
    ///
    /// Bytes that are not valid UTF-8, which nginx copies from requests, become text like `\xE9`.
    ///
    /// # Errors
    /// Error of the JSON parser if the text is not an object.
    pub(in crate::trace) fn read_object(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        self.present.fill(false);
        match std::str::from_utf8(line) {
            Ok(text) => self.parse(text),
            Err(_) => self.parse(&escape_invalid_utf8(line)),
        }
    }

    fn parse(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let mut parser = serde_json::Deserializer::from_str(text);
        ObjectVisitor { fields: self, path: "" }.deserialize(&mut parser)?;
        parser.end()
    }

    /// Returns the value of the first field, among the given indexes, that has one.
    pub(in crate::trace) fn first(&self, indexes: std::ops::Range<usize>) -> Option<&[u8]> {
        let index = indexes.into_iter().find(|&index| self.present[index])?;
        Some(&self.values[index])
    }
}

fn escape_invalid_utf8(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        // JSON strings need a doubled backslash.
        text.extend(chunk.invalid().iter().map(|byte| format!("\\\\x{byte:02X}")));
    }
    text
}

/// Returns the part of a dotted name after `path`; the whole name for an empty path.
fn strip_path<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    if path.is_empty() {
        return Some(name);
    }
    // Compares bytes only after `get` has checked the character boundary.
    let rest = name.get(path.len()..)?.strip_prefix('.')?;
    name[..path.len()].eq_ignore_ascii_case(path).then_some(rest)
}

/// Visitor of the object at a path.
struct ObjectVisitor<'a> {
    fields: &'a mut JsonFields,
    path: &'a str,
}

impl<'de> DeserializeSeed<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(FieldMatch { index, path }) =
            map.next_key_seed(NameVisitor { names: &self.fields.names, path: self.path })?
        {
            if index.is_none() && path.is_none() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let mut text = index.map(|index| std::mem::take(&mut self.fields.values[index]));
            if let Some(text) = &mut text {
                text.clear();
            }
            let visitor =
                ValueVisitor { fields: self.fields, text: text.as_mut(), path: path.as_deref() };
            let has_value = map.next_value_seed(visitor)?;
            if let (Some(index), Some(text)) = (index, text) {
                self.fields.values[index] = text;
                self.fields.present[index] = has_value;
            }
        }
        Ok(())
    }
}

/// Relation of a field to the selected names.
struct FieldMatch {
    /// Index of the name, if the field itself is selected.
    index: Option<usize>,
    /// Path of the field, if fields of its object are selected.
    path: Option<String>,
}

/// Visitor of a field name.
struct NameVisitor<'a> {
    names: &'a [String],
    path: &'a str,
}

impl<'de> DeserializeSeed<'de> for NameVisitor<'_> {
    type Value = FieldMatch;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FieldMatch, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameVisitor<'_> {
    type Value = FieldMatch;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E>(self, text: &str) -> Result<FieldMatch, E> {
        let mut names = self.names.iter().map(|name| strip_path(name, self.path));
        let equals = |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(text));
        let index = names.clone().position(equals);
        let is_inside =
            |name: Option<&str>| name.is_some_and(|name| strip_path(name, text).is_some());
        let path = (!text.is_empty() && names.any(is_inside)).then(|| match self.path {
            "" => text.to_owned(),
            path => format!("{path}.{text}"),
        });
        Ok(FieldMatch { index, path })
    }
}

/// Visitor of a value; returns true if it stored the value in `text`.
///
/// Null, lists and objects are not stored. With a `path`, an object is searched for fields.
struct ValueVisitor<'a> {
    fields: &'a mut JsonFields,
    text: Option<&'a mut Vec<u8>>,
    path: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl ValueVisitor<'_> {
    fn store_display(self, value: impl fmt::Display) -> bool {
        self.store(value.to_string().as_bytes())
    }

    fn store(self, bytes: &[u8]) -> bool {
        self.text.map(|text| text.extend_from_slice(bytes)).is_some()
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.store(text.as_bytes()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<bool, E> {
        Ok(self.store_display(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<bool, E> {
        Ok(self.store_display(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<bool, E> {
        Ok(self.store_display(number))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<bool, E> {
        Ok(self.store_display(truth))
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        if let Some(path) = self.path {
            ObjectVisitor { fields: self.fields, path }.visit_map(map)?;
            return Ok(false);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selected_fields_are_extracted() {
        let mut fields = JsonFields::new(["key", "url", "size"]);
        fields
            .read_object(br#"{"x":{"key":1},"URL":"/a\u00e9","size":12,"key":null,"l":[1]}"#)
            .unwrap();
        assert_eq!(fields.first(0..2), Some("/aé".as_bytes()));
        assert_eq!(fields.first(2..3), Some(&b"12"[..]));
        fields.read_object(b"{}").unwrap();
        assert_eq!(fields.first(0..3), None);
        for wrong in [&b"[]"[..], b"{", b"{} {}", b"12"] {
            assert!(fields.read_object(wrong).is_err());
        }
    }

    #[test]
    fn fields_of_nested_objects_have_dotted_names() {
        let mut fields = JsonFields::new(["a.b", "a.c.d", "a", "b"]);
        fields.read_object(br#"{"A":{"b":1,"x":{"b":2},"c":{"d":"3"},"":4}}"#).unwrap();
        assert_eq!(fields.first(0..1), Some(&b"1"[..]));
        assert_eq!(fields.first(1..2), Some(&b"3"[..]));
        assert_eq!((fields.first(2..3), fields.first(3..4)), (None, None));
        fields.read_object(br#"{"a":5,"a.b":6,"b":{"b":7},"\u00e9.b":8}"#).unwrap();
        assert_eq!(fields.first(0..1), Some(&b"6"[..]));
        assert_eq!((fields.first(2..3), fields.first(3..4)), (Some(&b"5"[..]), None));
    }

    #[test]
    fn invalid_utf8_is_escaped() {
        let mut fields = JsonFields::new(["key"]);
        fields.read_object(b"{\"key\":\"caf\xe9\xc3\xa9\"}").unwrap();
        assert_eq!(fields.first(0..1), Some("caf\\xE9é".as_bytes()));
        assert!(fields.read_object(b"{\"key\":\xe9}").is_err());
    }
}
