//! Versioned keys and tags: exactly the invalidated entries are reloaded.

use std::collections::BTreeMap;

use bakeoff_patterns::{Tagged, VersionedKeys};
use bakeoff_strategy::{Key, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;

use crate::fixture::{Fixture, value};

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    /// Changes rows and invalidates one key or one group.
    Invalidate(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..12_u64).prop_map(Step::Read),
        1 => (0..12_u64).prop_map(Step::Invalidate),
    ];
    proptest::collection::vec(step, 1..80)
}

/// Checks that a read is a hit unless its key was invalidated since its last load.
fn replay<S: bakeoff_strategy::Strategy>(
    fixture: &Fixture<S>,
    steps: &[Step],
    invalidate: impl Fn(&Fixture<S>, u64) -> Vec<u64>,
) {
    let mut held = BTreeMap::new();
    for id in 0..12 {
        fixture.origin.change(id);
    }
    for step in steps {
        match *step {
            Step::Read(id) => {
                let read = fixture.run(fixture.layer.read(Key::from_id(id), &fixture.origin));
                let read = read.expect("the origin does not fail");
                let source = match held.get(&id) {
                    Some(_) => Source::Hit { tier: 0 },
                    None => Source::Loaded,
                };
                let latest = fixture.origin.rows().versions[&id];
                let version = *held.entry(id).or_insert(latest);
                assert_eq!((read.value, read.source), (Some(value(id, version)), source));
            }
            Step::Invalidate(id) => {
                for invalidated in invalidate(fixture, id) {
                    fixture.origin.change(invalidated);
                    held.remove(&invalidated);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn incrementing_a_version_invalidates_one_key(steps in steps()) {
        let fixture = Fixture::<VersionedKeys<Dict>>::open(&[]);
        replay(&fixture, &steps, |fixture, id| {
            fixture.run(fixture.layer.remove(Key::from_id(id))).expect("removes");
            vec![id]
        });
    }

    #[test]
    fn invalidating_a_tag_invalidates_its_group(steps in steps()) {
        let fixture = Fixture::<Tagged<Dict>>::open(&[("tags", "4")]);
        replay(&fixture, &steps, |fixture, id| {
            let tag = fixture.layer.tag_of(Key::from_id(id));
            fixture.layer.invalidate(tag);
            (0..12).filter(|id| fixture.layer.tag_of(Key::from_id(*id)) == tag).collect()
        });
    }
}
