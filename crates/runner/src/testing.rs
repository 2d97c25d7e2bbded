//! Conformance check of a strategy, as a one-line `#[test]` of its crate.

use std::collections::BTreeMap;

use bakeoff_strategy::Strategy;

use crate::session::check::ConformanceCheck;

/// Fixed seed of the kit's random requests, so that a failure can be repeated.
const SEED: u64 = 7;

/// Checks that a strategy passes every rule of the conformance kit.
///
/// # Panics
/// If a rule is broken; the message lists the broken rules and their details.
pub fn conforms<S: Strategy>() {
    conforms_with::<S>(&BTreeMap::new(), &BTreeMap::new());
}

/// Checks a strategy like [`conforms`], with services (address by name) and options.
///
/// # Panics
/// If a rule is broken; the message lists the broken rules and their details.
pub fn conforms_with<S: Strategy>(
    services: &BTreeMap<String, String>,
    options: &BTreeMap<String, String>,
) {
    let check = ConformanceCheck {
        services: services.clone(),
        // Several test processes may share a server.
        namespace: format!("bakeoff-test-{}", std::process::id()),
        options: options.clone(),
        seed: SEED,
    };
    let cases = match check.run::<S>() {
        Ok(cases) => cases,
        Err(failure) => panic!("cannot start the kit: {failure}"),
    };
    let failed: Vec<_> = cases
        .iter()
        .filter(|case| !case.passed)
        .map(|case| format!("\n  {}: {}", case.name, case.detail))
        .collect();
    assert!(failed.is_empty(), "broken rules:{}", failed.concat());
}
