//! How much measuring an exploration gets.

use std::fmt;
use std::str::FromStr;

/// A profile; `--rounds` overrides its number of rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// A first look: enough rounds for large differences among a handful of variants.
    Quick,
    /// The default.
    #[default]
    Standard,
    /// For figures that are to be shown to others.
    Publish,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Publish];

    /// Rounds of timed trials. Five variants need 9 before anybody can be named, since all their
    /// pairs share one error rate; 12 find large differences; 30 find a 5 % difference nine times
    /// in ten.
    #[must_use]
    pub const fn rounds(self) -> u32 {
        match self {
            Self::Quick => 10,
            Self::Standard => 12,
            Self::Publish => 30,
        }
    }

    /// Nanoseconds that each timed trial measures at least.
    #[must_use]
    pub const fn minimum_ns(self) -> u64 {
        match self {
            Self::Quick => 100_000_000,
            Self::Standard => 200_000_000,
            Self::Publish => 500_000_000,
        }
    }

    /// The word that a user types.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Publish => "publish",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {0:?}; there are: quick, standard, publish")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(word: &str) -> Result<Self, UnknownProfile> {
        let found = Self::ALL.into_iter().find(|profile| profile.word() == word);
        found.ok_or_else(|| UnknownProfile(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for profile in Profile::ALL {
            assert_eq!(profile.word().parse(), Ok(profile));
        }
        assert!("fast".parse::<Profile>().is_err());
    }
}
