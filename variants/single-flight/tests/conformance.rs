//! Runs the conformance kit.

#[test]
fn conforms() {
    bakeoff_runner::testing::conforms::<bakeoff_variant_single_flight::SingleFlightLru>();
}
