//! Versions and tags: what is invalidated is never answered again, and nothing else is touched.

use std::collections::BTreeMap;

use bakeoff_patterns::{Tagged, VersionKeys};
use bakeoff_strategy::{Key, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;

use crate::world::{World, value};

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    /// The rows change, and one key or one group is invalidated.
    Invalidate(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..12_u64).prop_map(Step::Read),
        1 => (0..12_u64).prop_map(Step::Invalidate),
    ];
    proptest::collection::vec(step, 1..80)
}

/// A read finds what was loaded last, and loads if that was invalidated.
fn replay<S: bakeoff_strategy::Strategy>(
    world: &World<S>,
    steps: &[Step],
    invalidate: impl Fn(&World<S>, u64) -> Vec<u64>,
) {
    let mut held = BTreeMap::new();
    for id in 0..12 {
        world.origin.change(id);
    }
    for step in steps {
        match *step {
            Step::Read(id) => {
                let read = world.run(world.layer.read(Key::from_id(id), &world.origin));
                let read = read.expect("the origin is well");
                let source = match held.get(&id) {
                    Some(_) => Source::Hit { tier: 0 },
                    None => Source::Loaded,
                };
                let newest = world.origin.rows().versions[&id];
                let version = *held.entry(id).or_insert(newest);
                assert_eq!((read.value, read.source), (Some(value(id, version)), source));
            }
            Step::Invalidate(id) => {
                for gone in invalidate(world, id) {
                    world.origin.change(gone);
                    held.remove(&gone);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_version_counted_on_hides_one_key(steps in steps()) {
        let world = World::<VersionKeys<Dict>>::open(&[]);
        replay(&world, &steps, |world, id| {
            world.run(world.layer.remove(Key::from_id(id))).expect("removes");
            vec![id]
        });
    }

    #[test]
    fn a_tag_counted_on_hides_its_group(steps in steps()) {
        let world = World::<Tagged<Dict>>::open(&[("tags", "4")]);
        replay(&world, &steps, |world, id| {
            let tag = world.layer.tag_of(Key::from_id(id));
            world.layer.invalidate(tag);
            (0..12).filter(|id| world.layer.tag_of(Key::from_id(*id)) == tag).collect()
        });
    }
}
