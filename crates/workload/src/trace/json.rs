//! Picking a few fields out of a JSON object, without building the rest of it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Fields to look for, and what was found, in buffers that are used again for the next object.
#[derive(Debug)]
pub(super) struct Picker {
    names: Vec<String>,
    found: Vec<bool>,
    texts: Vec<Vec<u8>>,
}

impl Picker {
    /// Looks for these names, whatever their case; `request.uri` is `uri` in the object `request`.
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_ascii_lowercase).collect();
        let (found, texts) = (vec![false; names.len()], vec![Vec::new(); names.len()]);
        Self { names, found, texts }
    }

    /// Reads one object. A byte that is no UTF-8, which nginx passes on as it came, is taken as
    /// `\xE9`, as in logs of other forms.
    ///
    /// # Errors
    /// What the parser says of a text that is no object.
    pub(super) fn pick(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        self.found.fill(false);
        match std::str::from_utf8(line) {
            Ok(text) => self.parse(text),
            Err(_) => self.parse(&escaped(line)),
        }
    }

    fn parse(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let mut parser = serde_json::Deserializer::from_str(text);
        Object { picker: self, path: "" }.deserialize(&mut parser)?;
        parser.end()
    }

    /// The text of the first of these names (by place) that has one.
    pub(super) fn first(&self, places: std::ops::Range<usize>) -> Option<&[u8]> {
        let place = places.into_iter().find(|&place| self.found[place])?;
        Some(&self.texts[place])
    }
}

/// A line whose bytes that are no UTF-8 are escaped.
fn escaped(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        // A backslash in a JSON text is two.
        text.extend(chunk.invalid().iter().map(|byte| format!("\\\\x{byte:02X}")));
    }
    text
}

/// What of a name stands below a path; all of it below none.
fn below<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    if path.is_empty() {
        return Some(name);
    }
    let rest = name.get(path.len()..)?.strip_prefix('.')?;
    name[..path.len()].eq_ignore_ascii_case(path).then_some(rest)
}

/// An object at a path.
struct Object<'a> {
    picker: &'a mut Picker,
    path: &'a str,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Field { place, path }) =
            map.next_key_seed(Name { names: &self.picker.names, path: self.path })?
        {
            if place.is_none() && path.is_none() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let mut text = place.map(|place| std::mem::take(&mut self.picker.texts[place]));
            if let Some(text) = &mut text {
                text.clear();
            }
            let value = Value { picker: self.picker, text: text.as_mut(), path: path.as_deref() };
            let has_text = map.next_value_seed(value)?;
            if let (Some(place), Some(text)) = (place, text) {
                self.picker.texts[place] = text;
                self.picker.found[place] = has_text;
            }
        }
        Ok(())
    }
}

/// What is looked for in a field.
struct Field {
    /// Which of the names it is.
    place: Option<usize>,
    /// Its path, if names stand below it.
    path: Option<String>,
}

/// Which field of an object a key is.
struct Name<'a> {
    names: &'a [String],
    path: &'a str,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        let mut names = self.names.iter().map(|name| below(name, self.path));
        let is = |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(text));
        let place = names.clone().position(is);
        let holds = |name: Option<&str>| name.is_some_and(|name| below(name, text).is_some());
        let path = (!text.is_empty() && names.any(holds)).then(|| match self.path {
            "" => text.to_owned(),
            path => format!("{path}.{text}"),
        });
        Ok(Field { place, path })
    }
}

/// A plain value as a text, if it is looked for; false for null, lists and objects. In an object
/// at a path, more is looked for.
struct Value<'a> {
    picker: &'a mut Picker,
    text: Option<&'a mut Vec<u8>>,
    path: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value<'_> {
    fn written(self, written: impl fmt::Display) -> bool {
        self.kept(written.to_string().as_bytes())
    }

    fn kept(self, bytes: &[u8]) -> bool {
        self.text.map(|text| text.extend_from_slice(bytes)).is_some()
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.kept(text.as_bytes()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<bool, E> {
        Ok(self.written(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<bool, E> {
        Ok(self.written(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<bool, E> {
        Ok(self.written(number))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<bool, E> {
        Ok(self.written(truth))
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
            Object { picker: self.picker, path }.visit_map(map)?;
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
    fn a_few_fields_are_picked_out_of_many() {
        let mut picker = Picker::new(["key", "url", "size"]);
        picker.pick(br#"{"x":{"key":1},"URL":"/a\u00e9","size":12,"key":null,"l":[1]}"#).unwrap();
        assert_eq!(picker.first(0..2), Some("/aé".as_bytes()));
        assert_eq!(picker.first(2..3), Some(&b"12"[..]));
        picker.pick(b"{}").unwrap();
        assert_eq!(picker.first(0..3), None);
        for wrong in [&b"[]"[..], b"{", b"{} {}", b"12"] {
            assert!(picker.pick(wrong).is_err());
        }
    }

    #[test]
    fn fields_of_objects_within_are_named_with_dots() {
        let mut picker = Picker::new(["a.b", "a.c.d", "a", "b"]);
        picker.pick(br#"{"A":{"b":1,"x":{"b":2},"c":{"d":"3"},"":4}}"#).unwrap();
        assert_eq!(picker.first(0..1), Some(&b"1"[..]));
        assert_eq!(picker.first(1..2), Some(&b"3"[..]));
        assert_eq!((picker.first(2..3), picker.first(3..4)), (None, None));
        picker.pick(br#"{"a":5,"a.b":6,"b":{"b":7},"\u00e9.b":8}"#).unwrap();
        assert_eq!(picker.first(0..1), Some(&b"6"[..]));
        assert_eq!((picker.first(2..3), picker.first(3..4)), (Some(&b"5"[..]), None));
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_escaped() {
        let mut picker = Picker::new(["key"]);
        picker.pick(b"{\"key\":\"caf\xe9\xc3\xa9\"}").unwrap();
        assert_eq!(picker.first(0..1), Some("caf\\xE9é".as_bytes()));
        assert!(picker.pick(b"{\"key\":\xe9}").is_err());
    }
}
