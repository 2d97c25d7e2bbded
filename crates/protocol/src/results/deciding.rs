//! Values of the deciding quantities of a scenario.

use serde::{Deserialize, Serialize};

use crate::deciding::DecidingQuantity;

/// Values of one deciding quantity, for every variant that has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuantityResults {
    /// Quantity to compare; the lowest value is the best.
    pub quantity: DecidingQuantity,
    /// Largest difference from the best variant that counts as equal.
    pub tolerance: f64,
    /// Values by variant, in the user's order.
    pub values: Vec<QuantityValue>,
}

/// Value of a deciding quantity for one variant, in the unit of the quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuantityValue {
    /// Index of the variant in the user's order.
    pub index: usize,
    /// Name of the variant.
    pub variant: String,
    /// Estimate of a mean access time; otherwise the value in the replay with the median of the
    /// first paced deciding quantity.
    pub value: f64,
    /// Lower end of the interval of a mean access time; otherwise the lowest sample.
    pub low: f64,
    /// Upper end of the interval of a mean access time; otherwise the highest sample.
    pub high: f64,
    /// Number of samples: rounds or paced replays.
    pub samples: u32,
    /// True if the value does not depend on the machine, as in a replay on a virtual clock.
    pub exact: bool,
    /// True if the variant may be recommended.
    pub eligible: bool,
}

impl QuantityResults {
    /// Returns the value of a variant.
    #[must_use]
    pub fn value(&self, variant: &str) -> Option<&QuantityValue> {
        self.values.iter().find(|value| value.variant == variant)
    }
}
