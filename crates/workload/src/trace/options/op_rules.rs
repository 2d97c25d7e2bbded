//! Rules that give the names of operations a meaning.

use std::fmt;
use std::str::FromStr;

use bakeoff_compiled::Op;
use serde::{Serialize, Serializer};

/// Meaning of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpAction {
    /// Read, write or delete.
    Op(Op),
    /// The request is left out.
    Ignore,
}

const ACTIONS: [(&str, OpAction); 4] = [
    ("read", OpAction::Op(Op::Read)),
    ("write", OpAction::Op(Op::Write)),
    ("delete", OpAction::Op(Op::Delete)),
    ("ignore", OpAction::Ignore),
];

/// Rules such as `read=GET,0;write=PUT,1;ignore=*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpRules {
    names: Vec<(String, OpAction)>,
    /// Action for names that no rule lists.
    others: Option<OpAction>,
}

/// Invalid rules for operations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read the operations {text:?}: {cause}; write for example read=GET,HEAD;write=PUT;delete=DEL;ignore=*"
)]
pub struct OpRulesError {
    text: String,
    cause: String,
}

impl OpRules {
    /// Returns the action that the rules give to a name; `None` if they do not mention it.
    #[inline]
    #[must_use]
    pub fn action(&self, name: &[u8]) -> Option<OpAction> {
        let listed =
            self.names.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
        listed.map(|&(_, action)| action).or(self.others)
    }

    /// Returns the action of a name by the rules, or else by the usual meaning.
    #[inline]
    #[must_use]
    pub fn resolve(
        &self,
        name: &[u8],
        usual: impl FnOnce(&[u8]) -> Option<OpAction>,
    ) -> Option<OpAction> {
        self.action(name).or_else(|| usual(name))
    }
}

impl fmt::Display for OpRules {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (word, action) in ACTIONS {
            let listed = self.names.iter().filter(|(_, of)| *of == action).map(|(name, _)| name);
            let star = (self.others == Some(action)).then(|| String::from("*"));
            let names: Vec<String> = listed.cloned().chain(star).collect();
            if !names.is_empty() {
                write!(to, "{separator}{word}={}", names.join(","))?;
                separator = ";";
            }
        }
        Ok(())
    }
}

impl FromStr for OpRules {
    type Err = OpRulesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |cause: String| OpRulesError { text: text.to_owned(), cause };
        let mut rules = Self::default();
        for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
            let (word, names) =
                rule.split_once('=').ok_or_else(|| invalid(format!("= is missing in {rule:?}")))?;
            let (_, action) = ACTIONS
                .into_iter()
                .find(|(known, _)| *known == word.trim())
                .ok_or_else(|| invalid(format!("unknown action {word:?}")))?;
            for name in names.split(',').map(str::trim) {
                match name {
                    "" => return Err(invalid(format!("a name is empty in {rule:?}"))),
                    "*" => rules.others = Some(action),
                    _ => rules.names.push((name.to_owned(), action)),
                }
            }
        }
        Ok(rules)
    }
}

impl Serialize for OpRules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_map_names_to_actions() {
        let text = "read=GET,0;write=PUT;ignore=*";
        let rules: OpRules = text.parse().unwrap();
        assert_eq!(rules.action(b"get"), Some(OpAction::Op(Op::Read)));
        assert_eq!(rules.action(b"0"), Some(OpAction::Op(Op::Read)));
        assert_eq!(rules.action(b"PUT"), Some(OpAction::Op(Op::Write)));
        assert_eq!(rules.action(b"PING"), Some(OpAction::Ignore));
        assert_eq!(rules.to_string(), text);
        assert_eq!(OpRules::default().action(b"GET"), None);
        for wrong in ["GET", "fetch=GET", "read="] {
            assert!(wrong.parse::<OpRules>().is_err(), "{wrong}");
        }
    }
}
