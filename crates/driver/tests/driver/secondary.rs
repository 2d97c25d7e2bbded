//! Checks the secondary cells: latency, response times at fixed rates, other numbers of workers.

use std::collections::BTreeSet;
use std::fs;

use bakeoff_driver::dry_run::dry_run_with;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Load, Meter};

use crate::stage::Stage;

fn timed(stage: &Stage) -> Vec<TrialRecord> {
    let timed = |record| match record {
        Record::Trial(trial) if trial.timed_slot().is_some() => Some(*trial),
        _ => None,
    };
    stage.records().into_iter().filter_map(timed).collect()
}

fn scenario(stage: &Stage) -> Scenario {
    let text = fs::read(stage.results().join("exploration.json")).unwrap();
    let exploration: Exploration = serde_json::from_slice(&text).unwrap();
    exploration.scenarios[0].clone()
}

fn loads(trials: &[TrialRecord], meter: Meter) -> BTreeSet<Load> {
    trials.iter().filter(|trial| trial.spec.meter == meter).map(|trial| trial.spec.load).collect()
}

#[test]
fn processor_time_of_a_server_is_recorded() {
    let mut stage = Stage::new();
    stage.servers.is_available = true;
    stage.explore(&stage.request(&["good", "needs-redis"])).unwrap();
    for trial in timed(&stage) {
        let share = trial.observed.service_cpu_share.get("redis").copied();
        assert_eq!(share, (trial.spec.variant == "needs-redis").then_some(0.0));
        let report = trial.report().unwrap();
        assert_eq!(report.cpu_ns, report.elapsed_ns);
    }
}

#[test]
fn secondary_cells_are_measured_in_their_own_round_groups() {
    let stage = Stage::new();
    stage.append_to_scenario("[load]\nrates = [500, 1000, 2000, 4000]\nscaling = [1, 2]");
    let request = stage.request(&["good", "times-requests"]);
    stage.explore(&request).unwrap();

    let (trials, scenario) = (timed(&stage), scenario(&stage));
    assert_eq!(loads(&trials, Meter::Latency), [Load::ONE].into());
    assert_eq!(loads(&trials, Meter::ResponseTime), [Load::ONE].into());
    assert_eq!(
        loads(&trials, Meter::Throughput),
        [Load::ONE, Load { workers: 2, ..Load::ONE }].into()
    );
    assert_eq!(scenario.secondary_groups.len(), 3);
    for trial in &trials {
        let primary = (trial.spec.meter, trial.spec.load) == (Meter::Throughput, Load::ONE);
        let group = &trial.timed_slot().unwrap().round_group;
        assert_eq!(*group == scenario.round_group, primary);
        assert_eq!(scenario.secondary_groups.contains(group), !primary);
        assert!(primary || trial.spec.variant == "times-requests", "{trial:?}");
    }
    let whole = |record: &Record| match record {
        Record::Round { round_group, .. } => Some(round_group.clone()),
        _ => None,
    };
    let groups: BTreeSet<String> = stage.records().iter().filter_map(whole).collect();
    assert_eq!(groups.len(), 4, "every group has a complete round");

    let samples = fs::read(stage.samples()).unwrap();
    assert!(stage.explore(&request).unwrap().unchanged);
    assert_eq!(fs::read(stage.samples()).unwrap(), samples);
}

#[test]
fn a_saturated_variant_is_not_measured_at_higher_rates() {
    let stage = Stage::new();
    stage.append_to_scenario("[load]\nrates = [500, 1000, 2000, 4000]");
    stage.explore(&stage.request(&["good", "times-requests"])).unwrap();
    let trials = timed(&stage);
    let sweep = trials.iter().find(|trial| trial.spec.meter == Meter::ResponseTime).unwrap();
    let requested = sweep.spec.rate_steps.iter().map(|step| step.requests_per_second);
    assert_eq!(requested.collect::<Vec<_>>(), [500, 1000, 2000, 4000]);
    assert_eq!(sweep.spec.window.unwrap().length, 500 + 1_000 + 2_000 + 2_000);
    let measured = sweep.report().unwrap().meter.rate_steps();
    let saturated = measured.iter().map(|step| (step.requests_per_second, step.is_saturated()));
    assert_eq!(saturated.collect::<Vec<_>>(), [(500, false), (1000, false), (2000, true)]);
    assert_eq!(sweep.report().unwrap().counts.requests, 3_500);
}

#[test]
fn all_rounds_have_the_rates_up_to_the_throughput_of_the_first_round() {
    let stage = Stage::new();
    stage.append_to_scenario("[load]\nrates = \"all\"");
    let mut request = stage.request(&["times-requests", "good"]);
    request.meters = vec![Meter::ResponseTime];
    stage.explore(&request).unwrap();
    let trials = timed(&stage);
    let sweeps: Vec<_> = trials
        .iter()
        .filter(|trial| trial.spec.meter == Meter::ResponseTime)
        .filter(|trial| trial.timed_slot().unwrap().attempt == 0)
        .collect();
    assert_eq!(sweeps.len(), 3);
    let rates = sweeps[0].spec.rate_steps.iter().map(|step| step.requests_per_second);
    // 1,000 requests per second in the closed loop.
    assert_eq!(rates.collect::<Vec<_>>(), [100, 160, 250, 400, 630, 1000]);
    assert!(sweeps.iter().all(|sweep| sweep.spec.rate_steps == sweeps[0].spec.rate_steps));
}

#[test]
fn requested_latency_is_measured_in_every_round() {
    let stage = Stage::new();
    let mut request = stage.request(&["times-requests", "good"]);
    request.meters = vec![Meter::Latency];
    stage.explore(&request).unwrap();
    let rounds: Vec<u32> = timed(&stage)
        .iter()
        .filter(|trial| trial.spec.meter == Meter::Latency)
        .filter_map(TrialRecord::timed_slot)
        .filter(|slot| slot.attempt == 0)
        .map(|slot| slot.round)
        .collect();
    assert_eq!(rounds, [0, 1, 2]);
}

#[test]
fn cells_added_to_a_scenario_later_are_measured() {
    let stage = Stage::new();
    let request = stage.request(&["good", "times-requests"]);
    stage.explore(&request).unwrap();
    let before = timed(&stage).len();
    stage.append_to_scenario("[load]\nscaling = [2]");
    stage.explore(&request).unwrap();
    let trials = timed(&stage);
    let new = &trials[before..];
    assert!(new.iter().all(|trial| trial.spec.load.workers == 2), "{new:?}");
    assert_eq!(new.iter().filter(|trial| trial.timed_slot().unwrap().attempt == 0).count(), 1);
}

#[test]
fn the_dry_run_lists_secondary_cells() {
    let stage = Stage::new();
    stage.append_to_scenario("[load]\nrates = [500, 900]\nscaling = [2]");
    let bill = dry_run_with(&stage.request(&["good", "times-requests"]), &stage).unwrap();
    let text = bill.to_string();
    assert!(text.contains("at 500, 900 requests/s") && text.contains("throughput ×2"), "{text}");
    assert!(bill.cells.iter().all(|cell| cell.trials > 0));
}
