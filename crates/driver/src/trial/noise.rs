//! What else the machine did while a trial ran, and whether that was more than it usually does.

use std::fs;

use bakeoff_protocol::sample::{Disturbance, TrialRecord};
use bakeoff_stats::median;

use crate::trial::machine::{self, Ticks};

/// Least share of stolen processor time that disturbs a trial.
const STEAL: f64 = 0.03;
/// Least share of processor time of other processes that does: of the coarse ticks in which the
/// system counts, a short trial has about a hundred.
const OTHERS: f64 = 0.1;
/// Least involuntary context switches a second that do: a thread that has its processor for itself
/// is hardly ever interrupted, one that shares it a few hundred times.
const SWITCHES: f64 = 100.0;
/// Beyond so many standard deviations over the usual, a trial is disturbed.
const DEVIATIONS: f64 = 6.0;
/// Earlier trials that it takes to know what is usual.
const EXPERIENCE: usize = 5;

/// What was seen of the machine during a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Noise {
    /// Load average when it began.
    pub load_average: f64,
    /// Share of processor time that the hypervisor gave to others.
    pub steal_share: f64,
    /// Share that processes other than ours used, where it can be told.
    pub other_process_cpu_share: Option<f64>,
    /// Mean frequency of the processors when it ended, where it can be read.
    pub frequency_mhz: Option<f64>,
}

/// A look at the machine when a trial begins.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    load_average: f64,
    ticks: Ticks,
    own: Option<u64>,
}

impl Before {
    /// Looks.
    #[must_use]
    pub fn look() -> Self {
        Self { load_average: machine::load_average(), ticks: Ticks::now(), own: own_ticks() }
    }

    /// Looks again when the trial is over, its processes reaped.
    #[must_use]
    pub fn noise(self) -> Noise {
        let ticks = Ticks::now();
        let own = own_ticks().zip(self.own).map(|(now, then)| now.saturating_sub(then));
        Noise {
            load_average: self.load_average,
            steal_share: ticks.steal_share_since(self.ticks),
            other_process_cpu_share: own.and_then(|own| ticks.others_share_since(self.ticks, own)),
            frequency_mhz: machine::frequency_mhz(),
        }
    }
}

/// Ticks that this process and all children that it has reaped have used.
fn own_ticks() -> Option<u64> {
    ticks_of(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// The fields 14 to 17 of `/proc/<pid>/stat`: user and system time, own and of children.
fn ticks_of(stat: &str) -> Option<u64> {
    // The program's name, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Option<Vec<u64>> =
        fields.split_whitespace().skip(11).take(4).map(|field| field.parse().ok()).collect();
    ticks.filter(|ticks| ticks.len() == 4).map(|ticks| ticks.iter().sum())
}

/// What is to be said of a trial's surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What disturbed it.
    pub disturbances: Vec<Disturbance>,
    /// Whether that was more than earlier trials saw too, so that another try may be spared it.
    pub is_unusual: bool,
}

/// Judges a trial: by floors, and by what earlier trials on the same machine saw. Involuntary
/// context switches are held against those of the same cell alone: several threads, or a server and
/// its client, are switched by each other, and how often is not known before they were seen.
#[must_use]
pub fn judge<'a>(trial: &TrialRecord, earlier: impl Iterator<Item = &'a TrialRecord>) -> Judgement {
    let same = |other: &&TrialRecord| {
        other.observed.machine == trial.observed.machine && other.spec.meter == trial.spec.meter
    };
    let earlier: Vec<&TrialRecord> = earlier.filter(same).collect();
    let own: Vec<&TrialRecord> =
        earlier.iter().copied().filter(|other| other.key == trial.key).collect();
    let steal = |trial: &TrialRecord| Some(trial.observed.steal_share);
    let others = |trial: &TrialRecord| trial.observed.other_process_cpu_share;
    let is_one_thread = trial.spec.load.workers == 1 && trial.spec.load.in_flight == 1;
    let is_known = is_one_thread || own.len() >= EXPERIENCE;
    let switches = |trial: &TrialRecord| switches_per_second(trial).filter(|_| is_known);
    let unusual = [
        (Disturbance::Steal, exceeds(trial, &earlier, STEAL, steal)),
        (Disturbance::OtherProcesses, exceeds(trial, &earlier, OTHERS, others)),
        (Disturbance::Switches, exceeds(trial, &own, SWITCHES, switches)),
    ];
    let marked = [
        (Disturbance::Steal, exceeds(trial, &[], STEAL, steal)),
        (Disturbance::OtherProcesses, exceeds(trial, &[], OTHERS, others)),
        unusual[2],
    ];
    let told = marked.iter().filter(|(_, holds)| *holds);
    Judgement {
        disturbances: told.map(|(by, _)| *by).collect(),
        is_unusual: unusual.iter().any(|(_, holds)| *holds),
    }
}

/// Whether a figure of a trial is beyond what is usual among the earlier ones.
fn exceeds(
    trial: &TrialRecord,
    earlier: &[&TrialRecord],
    floor: f64,
    figure: impl Fn(&TrialRecord) -> Option<f64>,
) -> bool {
    let usual: Vec<f64> = earlier.iter().filter_map(|other| figure(other)).collect();
    figure(trial).is_some_and(|figure| figure > threshold(&usual, floor))
}

/// What is still usual: the floor, or so many deviations over the median of earlier figures.
fn threshold(earlier: &[f64], floor: f64) -> f64 {
    if earlier.len() < EXPERIENCE {
        return floor;
    }
    let Some(middle) = median(earlier) else { return floor };
    let distances: Vec<f64> = earlier.iter().map(|figure| (figure - middle).abs()).collect();
    let deviation = median(&distances).unwrap_or(0.0) / 0.6745;
    floor.max(middle + DEVIATIONS * deviation)
}

/// Involuntary context switches for each second that a trial measured.
fn switches_per_second(trial: &TrialRecord) -> Option<f64> {
    let report = trial.report().filter(|report| report.elapsed_ns > 0)?;
    Some(report.involuntary_switches as f64 * 1e9 / report.elapsed_ns as f64)
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::sample::{Observations, TrialOutcome};
    use bakeoff_protocol::{Capacity, Load, Meter, SCHEMA_VERSION, TrialReport, TrialSpec};

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
    fn a_first_trial_is_held_against_the_floors() {
        assert!(found(&trial("a", 0.02, 0.05, 20), &[]).is_empty());
        assert_eq!(found(&trial("a", 0.05, 0.05, 20), &[]), [Disturbance::Steal]);
        assert_eq!(found(&trial("a", 0.0, 0.3, 20), &[]), [Disturbance::OtherProcesses]);
        assert_eq!(found(&trial("a", 0.0, 0.0, 500), &[]), [Disturbance::Switches]);
    }

    #[test]
    fn what_is_always_so_is_marked_and_not_waited_out() {
        let stolen: Vec<TrialRecord> =
            (0..9).map(|i| trial("a", 0.1 + 0.002 * f64::from(i % 3), 0.0, 0)).collect();
        let judged = |share| judge(&trial("a", share, 0.0, 0), stolen.iter());
        let steal = vec![Disturbance::Steal];
        let as_ever = Judgement { disturbances: steal.clone(), is_unusual: false };
        assert_eq!(judged(0.105), as_ever);
        assert_eq!(judged(0.2), Judgement { disturbances: steal, is_unusual: true });
        assert_eq!(judged(0.0), Judgement::default());
    }

    #[test]
    fn switches_are_those_of_the_same_cell() {
        let redis: Vec<TrialRecord> =
            (0..9).map(|i| trial("redis", 0.0, 0.0, 2_000 + i * 10)).collect();
        assert!(found(&trial("redis", 0.0, 0.0, 2_050), &redis).is_empty());
        assert_eq!(found(&trial("lru", 0.0, 0.0, 2_050), &redis), [Disturbance::Switches]);
    }

    #[test]
    fn threads_that_switch_each_other_are_disturbed_by_what_they_do_not_do_themselves() {
        let pair = |switches| {
            let mut pair = trial("pair", 0.0, 0.0, switches);
            pair.spec.load.workers = 2;
            pair
        };
        assert!(found(&pair(900), &[]).is_empty(), "nobody knows yet what is usual");
        let usual: Vec<TrialRecord> = (0..9).map(|i| pair(900 + i * 10)).collect();
        assert!(found(&pair(950), &usual).is_empty());
        assert_eq!(found(&pair(9_000), &usual), [Disturbance::Switches]);
    }

    #[test]
    fn times_of_a_process_are_found_behind_its_name() {
        let stat = "12 (a) b (c)) S 1 12 12 0 -1 4194560 100 200 0 0 7 5 11 13 20 0 1 0";
        assert_eq!(ticks_of(stat), Some(36));
        assert_eq!(ticks_of("12 (cut"), None);
        assert_eq!(ticks_of("12 (cut) S 1"), None);
    }
}
