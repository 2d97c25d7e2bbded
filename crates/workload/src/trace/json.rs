//! Picking a few fields out of a JSON object, without building the rest of it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Fields to look for, and what was found, in buffers that are used again for the next object.
#[derive(Debug)]
pub(super) struct Picker {
    names: Vec<String>,
    found: Vec<Option<usize>>,
    texts: Vec<Vec<u8>>,
}

impl Picker {
    /// Looks for these names, whatever their case.
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_ascii_lowercase).collect();
        let (found, texts) = (vec![None; names.len()], vec![Vec::new(); names.len()]);
        Self { names, found, texts }
    }

    /// Reads one object.
    ///
    /// # Errors
    /// What the parser says of a text that is no object.
    pub(super) fn pick(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        self.found.fill(None);
        let mut parser = serde_json::Deserializer::from_slice(line);
        (&mut *self).deserialize(&mut parser)?;
        parser.end()
    }

    /// The text of the first of these names (by place) that has one.
    pub(super) fn first(&self, places: std::ops::Range<usize>) -> Option<&[u8]> {
        let place = places.into_iter().find(|&place| self.found[place].is_some())?;
        Some(&self.texts[place])
    }
}

impl<'de> DeserializeSeed<'de> for &mut Picker {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Picker {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Name(&self.names))? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.texts[place].clear();
            let has_text = map.next_value_seed(Text(&mut self.texts[place]))?;
            self.found[place] = has_text.then_some(place);
        }
        Ok(())
    }
}

/// Which of the names a key is.
struct Name<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| name.eq_ignore_ascii_case(text)))
    }
}

/// A plain value as a text; false for null, lists and objects.
struct Text<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Text<'_> {
    fn written(self, text: impl fmt::Display) -> bool {
        self.0.extend_from_slice(text.to_string().as_bytes());
        true
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        self.0.extend_from_slice(text.as_bytes());
        Ok(true)
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
}
