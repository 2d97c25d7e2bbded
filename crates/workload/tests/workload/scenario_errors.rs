//! Errors in scenario files: line, cause and remedy.

use std::path::{Path, PathBuf};

use bakeoff_protocol::exploration::RatePlan;
use bakeoff_workload::scenario::{
    CapacitySpec, GeneratedPlan, Generator, OperationMix, ScenarioDefinition, SizeDistribution,
    TtlDistribution, WorkloadPlan, find_scenario, list_scenarios,
};

const GOOD: &str = r#"schema = 1
summary = "A test"

[workload]
generator = "zipf"
keys = 1_000
exponent = 1
requests = 5_000

[mix]
writes = 0.1

[values]
bytes = 100

[capacity]
sizes = ["1%", 50, "4KiB"]
timed = "1%"

[load]
in_flight = 16

[services]
window = 5
sizes = ["10%"]

[measure]
window = 10
"#;

fn parse(text: &str) -> Result<ScenarioDefinition, String> {
    ScenarioDefinition::parse(text, Path::new("x/test.toml")).map_err(|error| error.to_string())
}

#[test]
fn request_rates_are_a_grid_or_a_list() {
    let rates = |value: &str| {
        let text = GOOD.replace("[load]", &format!("[load]\nrates = {value}"));
        parse(&text).map(|scenario| scenario.load.rates)
    };
    assert_eq!(rates("\"all\""), Ok(RatePlan::All));
    assert_eq!(rates("[5_000, 10, 5_000]"), Ok(RatePlan::Fixed(vec![10, 5_000])));
    assert_eq!(rates("[]"), Ok(RatePlan::Fixed(Vec::new())));
    for invalid in ["\"some\"", "[0]", "[2_000_000]", "0.5"] {
        let message = rates(invalid).unwrap_err();
        assert!(message.contains("`rates`"), "{message}");
    }
}

#[test]
fn a_valid_file_is_parsed_completely() {
    let scenario = parse(GOOD).unwrap();
    assert_eq!(scenario.name, "test");
    assert_eq!(
        scenario.capacity.sizes,
        [CapacitySpec::Share(0.01), CapacitySpec::Entries(50), CapacitySpec::Bytes(4_096)]
    );
    assert_eq!(scenario.value_sizes, SizeDistribution::Fixed { bytes: 100 });
    assert_eq!((scenario.load.workers, scenario.load.in_flight), (1, 16));
    assert_eq!(scenario.services.window, Some(5));
    assert_eq!((scenario.measure.window, scenario.measure.equivalence_margin), (10, 0.01));
    assert_eq!((scenario.load.rates, scenario.measure.p99_limit_ms), (RatePlan::Services, 1.0));
    let WorkloadPlan::Generated(GeneratedPlan { phases, repeat: 1, .. }) = &scenario.workload
    else {
        panic!()
    };
    let zipf = Generator::Zipf { keys: 1_000, exponent: 1.0, first_key: 0 };
    let stream = &phases[0].streams[0];
    assert_eq!(stream.generator, zipf);
    assert_eq!(stream.mix, OperationMix { reads: 0.9, writes: 0.1, ..OperationMix::READS });
    assert_eq!(scenario.ttls, TtlDistribution::None);
    assert_ne!(scenario.digest, parse(&GOOD.replace("5_000", "5_001")).unwrap().digest);
}

#[test]
fn each_mistake_is_reported_with_its_line_and_a_remedy() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("keys = 1_000", "kyes = 1_000", &["test.toml:6:", "unknown key `kyes`", "mean `keys`"]),
        ("[mix]", "[mixture]", &["test.toml:10:", "unknown key `mixture`"]),
        ("[load]", "[laod]", &["test.toml:20:", "did you mean `load`"]),
        (
            "[measure]",
            "[origin]\nkind = \"oracle\"\n[instances]\ncount = 1\n[measure]",
            &["test.toml:28:", "sqlite"],
        ),
        ("[measure]", "[origin]\nkind = \"sqlite\"\n[measure]", &["test.toml:28:", "`kind`"]),
        ("[measure]", "[decide]\nby = [\"stale-reads\"]\n[measure]", &["needs a paced replay"]),
        ("[measure]", "[decide]\nby = [\"luck\"]\n[measure]", &["unknown quantity", "lost-writes"]),
        ("[measure]", "[[event]]\nkind = \"redis-down\"\nat_ms = 5\n[measure]", &["duration_ms"]),
        (
            "[measure]",
            "[time]\nclock = \"virtual\"\n[instances]\ncount = 2\n[measure]",
            &["test.toml:27:", "one instance"],
        ),
        (
            "requests = 5_000\n",
            "requests = 5_000\narrivals = { rate = 9 }\n[time]\nrequests_per_second = 9\n",
            &["test.toml:4:", "exclude each other"],
        ),
        ("[measure]", "[time]\nrequests_per_second = 0\n[measure]", &["test.toml:28:", "0.001"]),
        ("schema = 1", "schema = 2", &["test.toml:1:", "from 1 to 1", "`2`"]),
        ("schema = 1\n", "", &["`schema` is missing", "schema = 1"]),
        ("\"zipf\"", "\"zip\"", &["test.toml:5:", "unknown generator", "\"scan\""]),
        (
            "\"zipf\"",
            "\"loop\"",
            &["test.toml:7:", "only by \"zipf\"", "not used by generator \"loop\""],
        ),
        ("exponent = 1", "exponent = -1", &["test.toml:7:", "a number from 0"]),
        ("exponent = 1", "exponent = nan", &["test.toml:7:", "a number from 0"]),
        ("exponent = 1\n", "", &["test.toml:4:", "`exponent` is missing"]),
        ("requests = 5_000", "requests = \"many\"", &["test.toml:8:", "whole number", "string"]),
        ("requests = 5_000", "requests = 0", &["test.toml:8:", "from 1 to"]),
        ("requests = 5_000\n", "", &["test.toml:4:", "`requests` is missing"]),
        ("writes = 0.1", "writes = 0.1\nreads = 0.5", &["test.toml:10:", "add up to 1", "0.6"]),
        ("writes = 0.1", "writes = 0.7\ndeletes = 0.6", &["test.toml:10:", "add up to 1"]),
        ("requests = 5_000", "requests = 5_000\ndrift = 2", &["test.toml:9:", "from 0 to 1"]),
        ("requests = 5_000", "requests = 9\nbursts = { every = 5 }", &["`length` is missing"]),
        ("writes = 0.1", "insert = 0.1", &["test.toml:11:", "did you mean `inserts`"]),
        (
            "bytes = 100",
            "bytes = 100\nttl_seconds = [9, 1]",
            &["test.toml:15:", "minimum must come first"],
        ),
        ("bytes = 100", "distribution = \"pareto\"\nmin = 1", &["`shape` is missing"]),
        (
            "bytes = 100",
            "distribution = \"histogram\"\nbins = [[9, 1], [9, 1]]",
            &["test.toml:15:", "from 10"],
        ),
        ("bytes = 100", "distribution = \"flat\"", &["test.toml:14:", "log-normal"]),
        ("\"1%\", 50", "\"1%\", 0", &["test.toml:17:", "item 2", "at least 1"]),
        ("\"4KiB\"", "\"4XB\"", &["test.toml:17:", "item 3", "\"4XB\"", "500KiB"]),
        ("timed = \"1%\"", "timed = \"2%\"", &["test.toml:18:", "not one of `sizes`"]),
        ("timed = \"1%\"\n", "", &["test.toml:16:", "`timed` is missing"]),
        ("in_flight = 16", "in_flight = 0", &["test.toml:21:", "from 1"]),
        ("window = 10", "window = ", &["test.toml:28:", "invalid TOML"]),
        (
            "generator = \"zipf\"",
            "trace = \"a\"",
            &["unknown key `exponent` in [workload] with `trace`"],
        ),
        ("schema = 1", "schema = 1\nschema = 1", &["test.toml:2:", "duplicate key"]),
    ];
    for (from, to, expected) in cases {
        assert!(GOOD.contains(from), "{from}");
        let message = parse(&GOOD.replacen(from, to, 1)).expect_err(to);
        for part in *expected {
            assert!(message.contains(part), "{to}: {message}: lacks {part:?}");
        }
    }
}

#[test]
fn tenants_have_separate_keys_and_weights() {
    let text = r#"schema = 1
summary = "t"
[workload]
requests = 100
arrivals = { rate = 10, amplitude = 0.5 }
[[workload.tenant]]
name = "shop"
weight = 3
generator = "hotspot"
keys = 10
hot_keys = 0.2
hot_requests = 0.8
[[workload.tenant]]
generator = "scan"
keys = 5
mix = { scans = 1, scan_length = 4 }
[capacity]
sizes = [1]
timed = 1
"#;
    let WorkloadPlan::Generated(plan) = parse(text).unwrap().workload else { panic!() };
    let [shop, scan] = plan.phases[0].streams.as_slice() else { panic!() };
    assert_eq!((shop.name.as_deref(), shop.weight), (Some("shop"), 3.0));
    assert_eq!((scan.generator.first_key(), scan.mix.scan_length, scan.weight), (10, 4, 1.0));
    assert_eq!(plan.arrivals.unwrap().period_seconds, 86_400.0);
    let message = parse(&text.replace("hot_keys", "hot_kys")).unwrap_err();
    assert!(message.contains("did you mean `hot_keys`"), "{message}");
}

#[test]
fn a_trace_has_its_own_options_and_refuses_a_mix() {
    let text = |rest: &str| {
        format!(
            "schema = 1\nsummary = \"t\"\n[workload]\ntrace = \"a.log\"\n{rest}\n\
             [capacity]\nsizes = [\"1%\"]\ntimed = \"1%\"\n"
        )
    };
    let scenario = parse(&text("format = \"lirs\"\nkeep_ops = true\nlimit = 10")).unwrap();
    let WorkloadPlan::Trace(source) = scenario.workload else { panic!() };
    assert_eq!((source.paths, source.keep_ops), (vec![PathBuf::from("a.log")], true));
    assert_eq!((source.format.as_deref(), source.limit), (Some("lirs"), Some(10)));
    let columns = "columns = { key = \"url\", size = 3, header = true }";
    let WorkloadPlan::Trace(source) = parse(&text(columns)).unwrap().workload else { panic!() };
    assert_eq!(source.options.columns, "key=url,size=3,header=yes".parse().unwrap());
    assert!(parse(&text("columns = { kye = 1 }")).unwrap_err().contains("did you mean `key`"));
    assert!(parse(&text("format = \"lirz\"")).unwrap_err().contains("unknown trace format `lirz`"));
    assert!(parse(&text("[mix]\nwrites = 1.0")).unwrap_err().contains("remove [mix]"));
}

#[test]
fn a_directory_is_listed_with_invalid_files_and_searched_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.toml"), GOOD).unwrap();
    std::fs::write(folder.path().join("bad.toml"), "schema = 1").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a scenario").unwrap();
    let listed = list_scenarios(folder.path()).unwrap();
    let names: Vec<&str> = listed.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["bad", "good"]);
    assert!(listed[0].scenario.is_err() && listed[1].scenario.is_ok());
    let error = find_scenario(folder.path(), "goood").unwrap_err().to_string();
    assert!(error.contains("did you mean `good`") && error.contains("bad, good"), "{error}");
    assert_eq!(find_scenario(folder.path(), "good").unwrap().name, "good");
    assert!(list_scenarios(&folder.path().join("nowhere")).is_err());
}
