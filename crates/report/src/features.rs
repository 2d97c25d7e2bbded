//! Table of features: declared and observed in tests.

use bakeoff_protocol::Bound;
use bakeoff_protocol::results::decision::ChecklistItem;
use bakeoff_protocol::results::{Results, TestedProperty, VariantResults};
use serde::Serialize;

use crate::tables::yes_or_no;

/// Heads of the columns that follow the column of variants, with their meaning.
pub const HEAD: [(&str, &str); 6] = [
    ("time to live", "entries expire after their time to live"),
    ("byte limit", "the capacity can be set in bytes"),
    ("single flight", "concurrent loads of one key are limited to one per instance"),
    ("shared", "other processes see the entries that one process puts"),
    ("persistent", "entries survive the end of the process"),
    ("async", "several requests can be in flight at a time"),
];

/// Feature of one variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// `yes`, `no` or `unknown`.
    pub value: &'static str,
    /// `tested`, `declared`, or `declared: yes` if a test observed the opposite; empty if unknown.
    pub basis: &'static str,
}

/// Features of one variant in the order of [`HEAD`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeatureRow<'a> {
    index: usize,
    variant: &'a str,
    cells: [Feature; 6],
}

/// Returns a row for every variant.
pub fn feature_rows(results: &Results) -> Vec<FeatureRow<'_>> {
    results.variants.iter().map(|variant| row(results, variant)).collect()
}

fn row<'a>(results: &Results, variant: &'a VariantResults) -> FeatureRow<'a> {
    let declared = variant.properties.as_ref();
    // The conformance kit tests declared properties.
    let conforms = variant.conformance.is_some_and(|found| found.passed == found.cases);
    let by_kit = |value: Option<bool>| feature(value, conforms && value == Some(true));
    let bytes = declared.map(|properties| {
        matches!(properties.bound, Bound::Bytes | Bound::EntriesOrBytes | Bound::ServerMemory)
    });
    FeatureRow {
        index: variant.index,
        variant: &variant.name,
        cells: [
            by_kit(declared.map(|properties| properties.ttl)),
            by_kit(bytes),
            single_flight(results, variant),
            tested(variant.shared.as_ref(), declared.map(|properties| properties.shared)),
            tested(
                variant.survives_restart.as_ref(),
                declared.map(|properties| properties.persistent),
            ),
            feature(variant.asynchronous, false),
        ],
    }
}

fn feature(value: Option<bool>, is_tested: bool) -> Feature {
    let basis = match (value, is_tested) {
        (None, _) => "",
        (Some(_), true) => "tested",
        (Some(_), false) => "declared",
    };
    Feature { value: value.map_or("unknown", yes_or_no), basis }
}

fn tested(found: Option<&TestedProperty>, declared: Option<bool>) -> Feature {
    let Some(found) = found else { return feature(declared, false) };
    let mut feature = feature(Some(found.observed), true);
    if found.observed != found.declared {
        feature.basis = if found.declared { "declared: yes" } else { "declared: no" };
    }
    feature
}

/// Single flight has no declaration; a paced replay with stampedes shows it.
fn single_flight(results: &Results, variant: &VariantResults) -> Feature {
    let lists = results.decision.checklists.iter();
    let findings =
        lists.filter(|list| list.variant == variant.name).flat_map(|list| &list.findings);
    let passed = findings
        .filter(|finding| finding.item == ChecklistItem::StampedeProtection)
        .find_map(|finding| finding.passed);
    feature(passed, passed.is_some())
}
