//! Holds the strategy against every rule of the conformance kit.

#[test]
fn it_keeps_its_promises() {
    bakeoff_runner::testing::conforms::<bakeoff_variant_write_behind::WriteBehindLru>();
}
