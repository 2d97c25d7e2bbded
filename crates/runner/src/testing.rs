//! The conformance kit as a one-line `#[test]` of a variant.

use std::collections::BTreeMap;

use bakeoff_strategy::Strategy;

use crate::check::Check;

/// Seed of the kit's random rules in tests: any would do, one that stays lets a failure repeat.
const SEED: u64 = 7;

/// Holds a strategy against the kit.
///
/// # Panics
/// If a rule does not hold; the message lists each such rule and what was seen.
pub fn conforms<S: Strategy>() {
    conforms_with::<S>(&BTreeMap::new(), &BTreeMap::new());
}

/// Holds a strategy against the kit, with services (name → address) and options.
///
/// # Panics
/// If a rule does not hold; the message lists each such rule and what was seen.
pub fn conforms_with<S: Strategy>(
    services: &BTreeMap<String, String>,
    options: &BTreeMap<String, String>,
) {
    let check = Check {
        services: services.clone(),
        // Tests of several processes may share a server.
        namespace: format!("bakeoff-test-{}", std::process::id()),
        options: options.clone(),
        seed: SEED,
    };
    let cases = match check.run::<S>() {
        Ok(cases) => cases,
        Err(failure) => panic!("the kit could not begin: {failure}"),
    };
    let failed: Vec<_> = cases
        .iter()
        .filter(|case| !case.passed)
        .map(|case| format!("\n  {}: {}", case.name, case.detail))
        .collect();
    assert!(failed.is_empty(), "rules that do not hold:{}", failed.concat());
}
