//! Profiles, which determine the amount of measuring.

use std::fmt;
use std::str::FromStr;

use bakeoff_protocol::exploration::StoppingRule;

/// Amount of measuring; `--rounds`, `--precision` and `--measure-minutes` override its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// First look: enough rounds for large differences between a few variants.
    Quick,
    /// Default profile.
    #[default]
    Standard,
    /// For published results.
    Publish,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Publish];

    /// Returns the conditions that end the timed rounds.
    ///
    /// With the ten pairs of five variants, a verdict needs at least 9 rounds. 30 rounds detect a
    /// difference of 3 % with 90 % probability, 60 rounds one of 2 % (`docs/METHODOLOGY.md`).
    #[must_use]
    pub const fn stopping(self) -> StoppingRule {
        let (precision, minimum_rounds, maximum_rounds, budget_seconds) = match self {
            Self::Quick => (0.03, 10, 30, Some(60.0)),
            // A first run with compilation should take less than ten minutes on two cores.
            Self::Standard => (0.01, 30, 100, Some(210.0)),
            Self::Publish => (0.005, 60, 300, None),
        };
        StoppingRule { precision, minimum_rounds, maximum_rounds, budget_seconds }
    }

    /// Returns the minimum measured time of a timed trial, in nanoseconds.
    ///
    /// The value is the same in every profile, so that a longer run can reuse the rounds of a quick
    /// run. Many short trials detect more than few long ones of the same total time.
    #[must_use]
    pub const fn min_measured_ns(self) -> u64 {
        100_000_000
    }

    /// Returns the number of paced replays of each variant on the machine's clock.
    ///
    /// A replay takes as long as the workload lasts. A replay on a virtual clock is exact, so it is
    /// not repeated.
    #[must_use]
    pub const fn paced_replays(self) -> u32 {
        match self {
            Self::Quick => 2,
            Self::Standard => 3,
            Self::Publish => 5,
        }
    }

    /// Returns a note about differences that the profile cannot detect.
    #[must_use]
    pub const fn limitation(self) -> Option<&'static str> {
        match self {
            Self::Quick => Some(
                "profile quick: most differences below about 10 % remain inconclusive; run again with \
                 PROFILE=standard to add rounds",
            ),
            Self::Standard | Self::Publish => None,
        }
    }

    /// Returns the name of the profile.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Publish => "publish",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Error for a name that is not a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {0:?}; available: quick, standard, publish")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == name);
        found.ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_names_are_parsed() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse(), Ok(profile));
        }
        assert!("fast".parse::<Profile>().is_err());
    }
}
