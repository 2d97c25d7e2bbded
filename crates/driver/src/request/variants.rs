//! Parses `VARIANTS`, a JSON object from variant names to descriptions or objects.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::json_error::JsonError;
use crate::record::atomic_file::FileError;
use crate::request::name::Name;

/// Variant as the user requested it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantRequest {
    /// Name of the strategy; default: the name of the variant.
    pub strategy: Option<String>,
    /// Git ref; default: the base ref.
    pub git_ref: Option<String>,
    /// Git ref of all code outside of the strategy's directory; default: the same as `git_ref`.
    pub harness: Option<String>,
    /// Description; default: the strategy's summary.
    pub description: Option<String>,
    /// Options of the strategy, by name.
    pub options: BTreeMap<String, String>,
}

/// Reason why `VARIANTS` cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VariantsError {
    /// The text is not a valid JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The file after `@` cannot be read.
    #[error("cannot read the file in VARIANTS: {0}")]
    File(#[from] FileError),
    /// The object is empty.
    #[error("{origin} contains no variant\n{EXPECTED}")]
    Empty {
        /// `VARIANTS`, or the path of its file.
        origin: String,
    },
}

/// Explanation that follows each error.
const EXPECTED: &str = "\
expected an object from variant names to descriptions or objects, such as
  {\"lru\": \"LRU cache with size limits\",
   \"lru-next\": {\"strategy\": \"lru\", \"ref\": \"my-branch\", \"options\": {\"shards\": 8}}}";

/// Parses `VARIANTS`, given as JSON or as `@FILE`; keeps the order.
///
/// # Errors
/// [`VariantsError`], with the position if the JSON is invalid.
pub fn parse(given: &str) -> Result<Vec<(Name, VariantRequest)>, VariantsError> {
    let (origin, text) = match given.strip_prefix('@') {
        Some(path) => {
            let path = std::path::Path::new(path);
            (path.display().to_string(), fs::read_to_string(path).map_err(FileError::at(path))?)
        }
        None => (String::from("VARIANTS"), given.to_owned()),
    };
    let OrderedVariants(entries) = serde_json::from_str(&text)
        .map_err(|error| JsonError::new(&origin, &text, &error, EXPECTED))?;
    if entries.is_empty() { Err(VariantsError::Empty { origin }) } else { Ok(entries) }
}

/// Variants in the order of the JSON object, without duplicate names.
struct OrderedVariants(Vec<(Name, VariantRequest)>);

impl<'de> Deserialize<'de> for OrderedVariants {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct VariantsVisitor;

        impl<'de> Visitor<'de> for VariantsVisitor {
            type Value = OrderedVariants;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from variant names to descriptions")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrderedVariants, A::Error> {
                let mut entries: Vec<(Name, VariantRequest)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let name: Name = key.parse().map_err(A::Error::custom)?;
                    if entries.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format!("duplicate variant {key:?}")));
                    }
                    entries.push((name, map.next_value::<VariantValue>()?.0));
                }
                Ok(OrderedVariants(entries))
            }
        }

        from.deserialize_map(VariantsVisitor)
    }
}

/// Value of a variant in the JSON object: a description or an object.
struct VariantValue(VariantRequest);

impl<'de> Deserialize<'de> for VariantValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct VariantValueVisitor;

        impl<'de> Visitor<'de> for VariantValueVisitor {
            type Value = VariantValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a description in quotes, or an object")
            }

            fn visit_str<E: Error>(self, description: &str) -> Result<VariantValue, E> {
                let description = Some(description.to_owned());
                Ok(VariantValue(VariantRequest { description, ..VariantRequest::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<VariantValue, A::Error> {
                let fields = VariantFields::deserialize(MapAccessDeserializer::new(map))?;
                Ok(VariantValue(VariantRequest {
                    strategy: fields.strategy,
                    git_ref: fields.git_ref,
                    harness: fields.harness,
                    description: fields.description,
                    options: fields.options.0,
                }))
            }
        }

        from.deserialize_any(VariantValueVisitor)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantFields {
    #[serde(default)]
    strategy: Option<String>,
    #[serde(default, rename = "ref")]
    git_ref: Option<String>,
    #[serde(default)]
    harness: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    options: OptionValues,
}

#[derive(Default)]
struct OptionValues(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for OptionValues {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OptionsVisitor;

        impl<'de> Visitor<'de> for OptionsVisitor {
            type Value = OptionValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of options")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OptionValues, A::Error> {
                let mut options = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    let OptionValue(value) = map.next_value()?;
                    if options.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate option {name:?}")));
                    }
                    options.insert(name, value);
                }
                Ok(OptionValues(options))
            }
        }

        from.deserialize_map(OptionsVisitor)
    }
}

/// Text of an option whose JSON value is a string, a number or a Boolean.
struct OptionValue(String);

impl<'de> Deserialize<'de> for OptionValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        match value {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            serde_json::Value::Bool(truth) => Ok(Self(truth.to_string())),
            _ => Err(D::Error::custom(
                "the value of an option must be a string, a number, true or false",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(given: &str) -> String {
        parse(given).unwrap_err().to_string()
    }

    /// Removes the explanation at the end of every message.
    fn message(given: &str) -> String {
        let shown = error(given);
        shown.strip_suffix(EXPECTED).map(str::to_owned).unwrap_or(shown)
    }

    #[test]
    fn descriptions_and_objects_are_parsed_in_order() {
        let requested = parse(
            r#"{"redis": "Distributed \"Redis\" $HOME `x`\ncache", "lru-next":
                {"strategy": "lru", "ref": "b", "options": {"shards": 8, "on": true, "s": "x"}}}"#,
        )
        .unwrap();
        assert_eq!(requested[0].0.as_ref(), "redis");
        assert_eq!(
            requested[0].1.description.as_deref(),
            Some("Distributed \"Redis\" $HOME `x`\ncache")
        );
        let next = &requested[1].1;
        assert_eq!(next.strategy.as_deref(), Some("lru"));
        assert_eq!(next.git_ref.as_deref(), Some("b"));
        let options: Vec<(&str, &str)> =
            next.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(options, [("on", "true"), ("s", "x"), ("shards", "8")]);
    }

    #[test]
    fn errors_show_their_position() {
        insta::assert_snapshot!(message(r#"{"dict": "Simple "lru": "x"}"#), @r#"
        VARIANTS, line 1, column 19: expected `,` or `}`
          1 | {"dict": "Simple "lru": "x"}
                                ^
        "#);
        insta::assert_snapshot!(message(r#"{"dict": "a", "dict": "b"}"#), @r#"
        VARIANTS, line 1, column 20: duplicate variant "dict"
          1 | {"dict": "a", "dict": "b"}
                                 ^
        "#);
        insta::assert_snapshot!(message(r#"{"../x": "a"}"#), @r#"
        VARIANTS, line 1, column 7: "../x" is not a valid name: it contains '.'; a name is 1 to 40 characters of a-z, 0-9 and -, and begins with a letter or a digit, such as "x"
          1 | {"../x": "a"}
                    ^
        "#);
        insta::assert_snapshot!(message(r#"{"lru": {"strategy": "lru", "reff": "x"}}"#), @r#"
        VARIANTS, line 1, column 34: unknown field `reff`, expected one of `strategy`, `ref`, `harness`, `description`, `options`
          1 | …"lru": {"strategy": "lru", "reff": "x"}}
                                               ^
        "#);
        insta::assert_snapshot!(message(r#"{"lru": {"ref": "x", "ref": "y"}}"#), @r#"
        VARIANTS, line 1, column 26: duplicate field `ref`
          1 | {"lru": {"ref": "x", "ref": "y"}}
                                       ^
        "#);
        insta::assert_snapshot!(message(r#"{"lru": {"options": {"a": [1]}}}"#), @r#"
        VARIANTS, line 1, column 30: the value of an option must be a string, a number, true or false
          1 | {"lru": {"options": {"a": [1]}}}
                                           ^
        "#);
        insta::assert_snapshot!(message(r#"{"lru": 3}"#), @r#"
        VARIANTS, line 1, column 9: invalid type: integer `3`, expected a description in quotes, or an object
          1 | {"lru": 3}
                      ^
        "#);
        insta::assert_snapshot!(message("dict,lru"), @r#"
        VARIANTS, line 1, column 1: expected value
          1 | dict,lru
              ^
        "#);
        insta::assert_snapshot!(message("{}"), @"VARIANTS contains no variant");
    }

    #[test]
    fn errors_in_a_file_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.json");
        std::fs::write(&path, "{\"lru\": \"x\"}").unwrap();
        assert_eq!(parse(&format!("@{}", path.display())).unwrap().len(), 1);
        std::fs::write(&path, "{").unwrap();
        assert!(error(&format!("@{}", path.display())).contains("v.json, line 1"));
        assert!(error("@/no/such/file").contains("/no/such/file"));
    }
}
