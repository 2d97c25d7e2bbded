//! How much measuring an exploration gets.

use std::fmt;
use std::str::FromStr;

use bakeoff_protocol::exploration::Stopping;

/// A profile; `--rounds`, `--precision` and `--measure-minutes` override its parts.
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

    /// When measuring stops.
    ///
    /// With all ten pairs of five variants, no verdict is possible below 9 rounds; 30 rounds find
    /// a difference of 3 % nine times in ten, 60 one of 2 % (`docs/METHODOLOGY.md`).
    #[must_use]
    pub const fn stopping(self) -> Stopping {
        let (precision, minimum_rounds, maximum_rounds, budget_seconds) = match self {
            Self::Quick => (0.03, 10, 30, Some(60.0)),
            // A first run, compiling included, is to take less than ten minutes on two cores.
            Self::Standard => (0.01, 30, 100, Some(210.0)),
            Self::Publish => (0.005, 60, 300, None),
        };
        Stopping { precision, minimum_rounds, maximum_rounds, budget_seconds }
    }

    /// Nanoseconds that each timed trial measures at least. The same in every profile: rounds of
    /// a first look count towards a longer one, and of a given time most is seen in many short
    /// trials.
    #[must_use]
    pub const fn minimum_ns(self) -> u64 {
        100_000_000
    }

    /// What it cannot see, in words for its user, where that needs saying.
    #[must_use]
    pub const fn blind_to(self) -> Option<&'static str> {
        match self {
            Self::Quick => Some(
                "a quick look: differences of less than some 10 % will mostly stay inconclusive; \
                 PROFILE=standard goes on from its rounds",
            ),
            Self::Standard | Self::Publish => None,
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
