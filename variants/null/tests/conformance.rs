//! Runs the conformance kit.

#[test]
fn conforms() {
    bakeoff_runner::testing::conforms::<bakeoff_variant_null::Null>();
}
