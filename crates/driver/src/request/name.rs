//! Names of explorations and variants, safe in paths, branches and arguments.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// Maximum length of a name, in characters.
pub const MAX_LENGTH: usize = 40;

/// Name of an exploration or a variant: `[a-z0-9][a-z0-9-]{0,39}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// Invalid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} is not a valid name: {why}; a name is 1 to {MAX_LENGTH} characters of a-z, 0-9 \
     and -, and begins with a letter or a digit, such as {suggestion:?}"
)]
pub struct InvalidName {
    /// Text as given.
    pub given: String,
    /// Reason why the text is not a valid name.
    pub why: String,
    /// Similar valid name.
    pub suggestion: String,
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let why = if given.is_empty() {
            String::from("it is empty")
        } else if given.chars().count() > MAX_LENGTH {
            format!("it has {} characters", given.chars().count())
        } else if let Some(bad) = given.chars().find(|&c| !allowed(c)) {
            format!("it contains {bad:?}")
        } else if given.starts_with('-') {
            String::from("it begins with a hyphen")
        } else {
            return Ok(Self(given.to_owned()));
        };
        Err(InvalidName { given: given.to_owned(), why, suggestion: suggest(given) })
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns a similar valid name.
fn suggest(given: &str) -> String {
    let mut near = String::new();
    for c in given.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => near.push(c),
            _ if near.is_empty() || near.ends_with('-') => {}
            _ => near.push('-'),
        }
        if near.len() == MAX_LENGTH {
            break;
        }
    }
    let near = near.trim_end_matches('-');
    if near.is_empty() { String::from("cache-strategy") } else { near.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_valid_names_are_accepted() {
        for good in ["a", "0", "cache-strategy", "a-", &"x".repeat(40)] {
            assert_eq!(good.parse::<Name>().unwrap().as_ref(), good);
        }
        let long = "x".repeat(41);
        for bad in
            ["", "-a", "A", "a_b", "../x", "a/b", ".", "a b", "é", "$(touch x)", "a\n", &long]
        {
            assert!(bad.parse::<Name>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn an_invalid_name_suggests_a_valid_one() {
        let error = "../My Cache".parse::<Name>().unwrap_err();
        assert_eq!(error.suggestion, "my-cache");
        assert!(error.to_string().contains("it contains '.'"), "{error}");
    }

    proptest! {
        #[test]
        fn suggestions_are_valid(given in ".*") {
            prop_assert!(suggest(&given).parse::<Name>().is_ok());
        }
    }
}
