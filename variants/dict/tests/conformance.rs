//! Runs the conformance kit.

#[test]
fn conforms() {
    bakeoff_runner::testing::conforms::<bakeoff_variant_dict::Dict>();
}
