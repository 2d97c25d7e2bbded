//! Fitted scenarios reproduce the LRU curve of the original; profiles report the right figures.

use std::path::Path;

use bakeoff_test_support::{TraceFolder, require};
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::profile::profile;
use bakeoff_workload::scenario::ScenarioDefinition;
use bakeoff_workload::synth::{FitQuality, evaluate_fit, fit_scenario, unfitted_properties};

fn fitted(scenario: &ScenarioDefinition, folder: &Path) -> FitQuality {
    let workload = WorkloadStore::new(folder).workload(scenario, Path::new("/")).unwrap().workload;
    let text = fit_scenario(&workload, "the original", None, 1);
    evaluate_fit(&workload, &text, folder).unwrap()
}

#[test]
fn a_bundled_scenario_is_fitted_within_two_points() {
    let temp = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let scenario = ScenarioDefinition::load(&scenarios.join("smoke.toml")).unwrap();
    let close = fitted(&scenario, temp.path());
    assert!(close.max_difference_points < 2.0, "{close:?}");
    assert!(
        close.original_unique_keys.abs_diff(close.fitted_unique_keys)
            < close.original_unique_keys / 20
    );
}

#[test]
fn the_shared_traces_are_fitted_within_two_points() {
    let Some(folder) = require(TraceFolder) else { return };
    let temp = tempfile::tempdir().unwrap();
    for name in ["twitter_cluster52.csv.xz", "arc-OLTP.lis.zst", "cloudphysics-w106.trace.xz"] {
        let close = fitted(&ScenarioDefinition::for_trace(folder.join(name), None), temp.path());
        assert!(
            close.max_difference_points < 2.0,
            "{name}: {} points",
            close.max_difference_points
        );
        let FitQuality { original_one_hit_share, fitted_one_hit_share, .. } = close;
        println!(
            "{name}: {original_one_hit_share:.3} one-hit keys, {fitted_one_hit_share:.3} of the fit"
        );
        assert!((original_one_hit_share - fitted_one_hit_share).abs() < 0.06, "{name}");
    }
}

#[test]
fn a_profile_finds_the_exponent_that_a_generator_was_given() {
    let temp = tempfile::tempdir().unwrap();
    let text = |exponent: f64| {
        format!(
            "schema = 1\nsummary = \"t\"\n[workload]\ngenerator = \"zipf\"\nkeys = 5_000\n\
             exponent = {exponent}\nrequests = 1_000_000\n[mix]\nwrites = 0.25\n\
             [values]\nttl_seconds = 60\n[capacity]\nsizes = [1]\ntimed = 1\n"
        )
    };
    for exponent in [0.6, 0.9, 1.1] {
        let scenario = ScenarioDefinition::parse(&text(exponent), Path::new("t.toml")).unwrap();
        let workload =
            WorkloadStore::new(temp.path()).workload(&scenario, Path::new("/")).unwrap().workload;
        let drawn = profile(&workload);
        let skew = drawn.skew.unwrap();
        assert!((skew.exponent - exponent).abs() < 0.05, "{exponent}: {}", skew.exponent);
        assert!(skew.r_squared > 0.98, "{}", skew.r_squared);
        assert!((drawn.read_share - 0.75).abs() < 0.01);
        assert_eq!(drawn.ttl_seconds.unwrap().p50, 60.0);
        assert_eq!(drawn.working_set.last().unwrap().unique_keys_so_far, drawn.info.unique_keys);
        assert!(drawn.lru_curve.windows(2).all(|pair| pair[0].hit_ratio <= pair[1].hit_ratio));
    }
}

#[test]
fn a_fit_is_a_valid_scenario_for_odd_logs() {
    let temp = tempfile::tempdir().unwrap();
    let log = temp.path().join("odd.csv");
    for text in ["key,size,ttl\na,4294967296,60\nb,1,0\n", "key,size,ttl\na,9999999999,60\n"] {
        std::fs::write(&log, text).unwrap();
        let scenario = ScenarioDefinition::for_trace(log.clone(), Some(String::from("csv")));
        let store = WorkloadStore::new(temp.path().join("cache"));
        let workload = store.workload(&scenario, Path::new("/")).unwrap().workload;
        let text = fit_scenario(&workload, "two\nlines \"of\" a\\path", None, 1);
        ScenarioDefinition::parse(&text, Path::new("fit.toml")).unwrap();
        assert_eq!(unfitted_properties(&workload), ["times to live"]);
    }
}

#[test]
fn assumed_sizes_are_not_reported_as_measured() {
    let temp = tempfile::tempdir().unwrap();
    let trace = temp.path().join("t.csv");
    let imported = |name: &str, size: &dyn Fn(u32) -> &'static str| {
        let row = |index: u32| format!("{},{}\n", index % 40, size(index % 40));
        let text = String::from("key,size\n") + &(0..400).map(row).collect::<String>();
        std::fs::write(&trace, text).unwrap();
        let scenario = ScenarioDefinition::for_trace(trace.clone(), Some(String::from("csv")));
        let store = WorkloadStore::new(temp.path().join(name));
        let workload = store.workload(&scenario, Path::new("/")).unwrap().workload;
        (profile(&workload), fit_scenario(&workload, "the original", None, 1))
    };
    let (drawn, text) = imported("none", &|_| "");
    assert_eq!((drawn.sizes, drawn.info.unsized_requests), (None, 400));
    assert_eq!(drawn.size_coverage(), "unknown (512 bytes assumed)");
    assert!(
        text.contains("no value sizes: 512 bytes are assumed") && text.contains("\nbytes = 512")
    );
    // One key in four has a size; for half of those it equals the assumed size.
    let size = |key: u32| match key % 8 {
        0 => "512",
        4 => "100",
        _ => "",
    };
    let (drawn, text) = imported("some", &size);
    let sizes = drawn.sizes.as_ref().unwrap();
    assert_eq!((sizes.min, sizes.max, sizes.mean), (100.0, 512.0, 306.0));
    assert!(drawn.size_coverage().starts_with("known for 25.0 % of the requests"));
    assert!(text.contains("the 25.0 % of its keys"), "{text}");
    let bins = text.lines().find(|line| line.starts_with("bins")).unwrap();
    assert!(bins.contains("[100, 5]") && bins.contains("[512, 5]"), "{bins}");
    let (drawn, text) = imported("all", &|_| "7");
    assert_eq!((drawn.sizes.unwrap().mean, drawn.info.assumed_bytes), (7.0, None));
    assert!(
        text.contains("Value sizes are taken from it, too.") && text.contains("\nbytes = 7"),
        "{text}"
    );
}
