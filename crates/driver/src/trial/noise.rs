//! Noise of the machine during a trial, compared with earlier trials.

use std::fs;

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::sample::{Disturbance, TrialRecord};
use bakeoff_stats::median;

use crate::trial::machine::{self, CpuTicks};

/// Share of stolen processor time above which a trial counts as disturbed.
const MIN_STEAL: f64 = 0.03;
/// Share of processor time of other processes above which a trial counts as disturbed.
///
/// Smaller shares are inaccurate: a short trial lasts only about a hundred clock ticks.
const MIN_OTHER_PROCESSES: f64 = 0.1;
/// Involuntary context switches per second above which a trial counts as disturbed.
///
/// A thread alone on its processor has almost none; a thread that shares its processor has several
/// hundred.
const MIN_SWITCHES: f64 = 100.0;
/// Finish skew of the workers above which a trial counts as disturbed.
const MAX_FINISH_SKEW: f64 = 1.25;
/// Number of standard deviations above the median beyond which a value is unusual.
const MAX_DEVIATIONS: f64 = 6.0;
/// Minimum number of earlier trials for a comparison.
const MIN_TRIALS: usize = 5;

/// Noise of the machine during a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MachineNoise {
    /// Load average at the start.
    pub load_average: f64,
    /// Share of processor time that the hypervisor gave to other machines.
    pub steal_share: f64,
    /// Share of processor time that other processes used, if it can be determined.
    pub other_process_cpu_share: Option<f64>,
    /// Mean frequency of the processors at the end in MHz, if it can be read.
    pub frequency_mhz: Option<f64>,
}

/// State of the machine at the start of a trial.
#[derive(Clone, Copy, Debug)]
pub struct MachineState {
    load_average: f64,
    ticks: CpuTicks,
    own: Option<u64>,
}

impl MachineState {
    /// Reads the current state.
    #[must_use]
    pub fn read() -> Self {
        Self { load_average: machine::load_average(), ticks: CpuTicks::now(), own: own_ticks() }
    }

    /// Returns the noise since this state was read; call it after the trial's processes have ended.
    #[must_use]
    pub fn noise_since(self) -> MachineNoise {
        let ticks = CpuTicks::now();
        let own = own_ticks().zip(self.own).map(|(now, then)| now.saturating_sub(then));
        MachineNoise {
            load_average: self.load_average,
            steal_share: ticks.steal_share_since(self.ticks),
            other_process_cpu_share: own.and_then(|own| ticks.others_share_since(self.ticks, own)),
            frequency_mhz: machine::frequency_mhz(),
        }
    }
}

/// Returns the processor time of this process and its ended children, in ticks.
fn own_ticks() -> Option<u64> {
    parse_ticks(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Sums the fields 14 to 17 of `/proc/<pid>/stat`: user and system time, own and of children.
fn parse_ticks(stat: &str) -> Option<u64> {
    // The fields follow the program's name, which is in parentheses and may contain any character.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Option<Vec<u64>> =
        fields.split_whitespace().skip(11).take(4).map(|field| field.parse().ok()).collect();
    ticks.filter(|ticks| ticks.len() == 4).map(|ticks| ticks.iter().sum())
}

/// Disturbances of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoiseJudgement {
    /// Kinds of noise above their thresholds.
    pub disturbances: Vec<Disturbance>,
    /// True if earlier trials were disturbed less, so that a repetition may help.
    pub is_unusual: bool,
}

/// Judges the noise of a trial by thresholds and by earlier trials on the same machine.
///
/// Involuntary context switches are compared only within a cell. Threads interrupt each other, as
/// do a server and its client; how often is not known in advance.
#[must_use]
pub fn judge<'a>(
    trial: &TrialRecord,
    earlier: impl Iterator<Item = &'a TrialRecord>,
) -> NoiseJudgement {
    let same = |other: &&TrialRecord| {
        other.observed.machine == trial.observed.machine && other.spec.meter == trial.spec.meter
    };
    let earlier: Vec<&TrialRecord> = earlier.filter(same).collect();
    let own: Vec<&TrialRecord> =
        earlier.iter().copied().filter(|other| other.key == trial.key).collect();
    let steal = |trial: &TrialRecord| Some(trial.observed.steal_share);
    let others = |trial: &TrialRecord| trial.observed.other_process_cpu_share;
    let is_one_thread = trial.spec.load.workers == 1 && trial.spec.load.in_flight == 1;
    let is_known = is_one_thread || own.len() >= MIN_TRIALS;
    let switches = |trial: &TrialRecord| switches_per_second(trial).filter(|_| is_known);
    let skew = |trial: &TrialRecord| trial.report().and_then(TrialReport::finish_skew);
    let unusual = [
        (Disturbance::Steal, exceeds(trial, &earlier, MIN_STEAL, steal)),
        (Disturbance::OtherProcesses, exceeds(trial, &earlier, MIN_OTHER_PROCESSES, others)),
        (Disturbance::Switches, exceeds(trial, &own, MIN_SWITCHES, switches)),
        (Disturbance::FinishSkew, exceeds(trial, &own, MAX_FINISH_SKEW, skew)),
    ];
    let marked = [
        (Disturbance::Steal, exceeds(trial, &[], MIN_STEAL, steal)),
        (Disturbance::OtherProcesses, exceeds(trial, &[], MIN_OTHER_PROCESSES, others)),
        unusual[2],
        (Disturbance::FinishSkew, exceeds(trial, &[], MAX_FINISH_SKEW, skew)),
    ];
    let holding = marked.iter().filter(|(_, holds)| *holds);
    NoiseJudgement {
        disturbances: holding.map(|(by, _)| *by).collect(),
        is_unusual: unusual.iter().any(|(_, holds)| *holds),
    }
}

/// Returns true if a value of a trial exceeds the usual values of earlier trials.
fn exceeds(
    trial: &TrialRecord,
    earlier: &[&TrialRecord],
    floor: f64,
    figure: impl Fn(&TrialRecord) -> Option<f64>,
) -> bool {
    let usual: Vec<f64> = earlier.iter().filter_map(|other| figure(other)).collect();
    figure(trial).is_some_and(|figure| figure > threshold(&usual, floor))
}

/// Returns the limit of usual values: `floor`, or the median plus several deviations if higher.
fn threshold(earlier: &[f64], floor: f64) -> f64 {
    if earlier.len() < MIN_TRIALS {
        return floor;
    }
    let Some(middle) = median(earlier) else { return floor };
    let distances: Vec<f64> = earlier.iter().map(|figure| (figure - middle).abs()).collect();
    let deviation = median(&distances).unwrap_or(0.0) / 0.6745;
    floor.max(middle + MAX_DEVIATIONS * deviation)
}

/// Returns the involuntary context switches per measured second.
fn switches_per_second(trial: &TrialRecord) -> Option<f64> {
    let report = trial.report().filter(|report| report.elapsed_ns > 0)?;
    Some(report.involuntary_switches as f64 * 1e9 / report.elapsed_ns as f64)
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::sample::{Observations, TrialOutcome};
    use bakeoff_protocol::{Capacity, Load, Meter, SCHEMA_VERSION, TrialSpec};

    use super::*;

    fn trial(key: &str, steal_share: f64, others: f64, switches: u64) -> TrialRecord {
        let names = ("lru", "s", "w");
        let report = TrialReport {
            elapsed_ns: 1_000_000_000,
            involuntary_switches: switches,
            ..TrialReport::default()
        };
        TrialRecord {
            schema: SCHEMA_VERSION,
            key: key.to_owned(),
            runner: String::new(),
            spec: TrialSpec::new(names, Meter::Throughput, Capacity::Unbounded, Load::ONE, 1),
            observed: Observations {
                machine: String::from("m"),
                steal_share,
                other_process_cpu_share: Some(others),
                ..Observations::default()
            },
            outcome: TrialOutcome::Completed { report: Box::new(report) },
        }
    }

    fn found(trial: &TrialRecord, earlier: &[TrialRecord]) -> Vec<Disturbance> {
        judge(trial, earlier.iter()).disturbances
    }

    #[test]
    fn a_first_trial_is_compared_with_the_thresholds() {
        assert!(found(&trial("a", 0.02, 0.05, 20), &[]).is_empty());
        assert_eq!(found(&trial("a", 0.05, 0.05, 20), &[]), [Disturbance::Steal]);
        assert_eq!(found(&trial("a", 0.0, 0.3, 20), &[]), [Disturbance::OtherProcesses]);
        assert_eq!(found(&trial("a", 0.0, 0.0, 500), &[]), [Disturbance::Switches]);
    }

    #[test]
    fn usual_noise_is_recorded_but_does_not_make_a_trial_unusual() {
        let stolen: Vec<TrialRecord> =
            (0..9).map(|i| trial("a", 0.1 + 0.002 * f64::from(i % 3), 0.0, 0)).collect();
        let judged = |share| judge(&trial("a", share, 0.0, 0), stolen.iter());
        let steal = vec![Disturbance::Steal];
        let usual = NoiseJudgement { disturbances: steal.clone(), is_unusual: false };
        assert_eq!(judged(0.105), usual);
        assert_eq!(judged(0.2), NoiseJudgement { disturbances: steal, is_unusual: true });
        assert_eq!(judged(0.0), NoiseJudgement::default());
    }

    #[test]
    fn switches_are_compared_within_a_cell() {
        let redis: Vec<TrialRecord> =
            (0..9).map(|i| trial("redis", 0.0, 0.0, 2_000 + i * 10)).collect();
        assert!(found(&trial("redis", 0.0, 0.0, 2_050), &redis).is_empty());
        assert_eq!(found(&trial("lru", 0.0, 0.0, 2_050), &redis), [Disturbance::Switches]);
    }

    #[test]
    fn switches_between_own_threads_are_not_a_disturbance() {
        let pair = |switches| {
            let mut pair = trial("pair", 0.0, 0.0, switches);
            pair.spec.load.workers = 2;
            pair
        };
        assert!(found(&pair(900), &[]).is_empty(), "the usual number is not known yet");
        let usual: Vec<TrialRecord> = (0..9).map(|i| pair(900 + i * 10)).collect();
        assert!(found(&pair(950), &usual).is_empty());
        assert_eq!(found(&pair(9_000), &usual), [Disturbance::Switches]);
    }

    #[test]
    fn uneven_workers_are_a_disturbance_unless_they_are_usual() {
        let pair = |first_finish_ns| {
            let mut pair = trial("pair", 0.0, 0.0, 0);
            pair.spec.load.workers = 2;
            pair.report_mut().unwrap().first_finish_ns = Some(first_finish_ns);
            pair
        };
        let skewed = vec![Disturbance::FinishSkew];
        assert!(found(&pair(900_000_000), &[]).is_empty());
        assert_eq!(found(&pair(700_000_000), &[]), skewed);
        let usual: Vec<TrialRecord> = (0..9).map(|i| pair(700_000_000 + i * 1_000_000)).collect();
        let judged = judge(&pair(703_000_000), usual.iter());
        assert_eq!(judged, NoiseJudgement { disturbances: skewed, is_unusual: false });
    }

    #[test]
    fn ticks_are_parsed_after_the_program_name() {
        let stat = "12 (a) b (c)) S 1 12 12 0 -1 4194560 100 200 0 0 7 5 11 13 20 0 1 0";
        assert_eq!(parse_ticks(stat), Some(36));
        assert_eq!(parse_ticks("12 (cut"), None);
        assert_eq!(parse_ticks("12 (cut) S 1"), None);
    }
}
