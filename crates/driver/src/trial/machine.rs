//! Description and load of the machine, read from `/proc` and `/sys` if they exist.

use std::fs;
use std::path::Path;

use bakeoff_protocol::exploration::Machine;

/// Describes this machine; values that cannot be read are empty or 0.
#[must_use]
pub fn describe() -> Machine {
    let name = rustix::system::uname();
    let kernel = format!(
        "{} {} {}",
        name.sysname().to_string_lossy(),
        name.release().to_string_lossy(),
        name.machine().to_string_lossy()
    );
    let mut machine = Machine {
        digest: String::new(),
        cpu: cpu_model(&read("/proc/cpuinfo")).unwrap_or_else(|| String::from("unknown")),
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        memory_bytes: total_memory(&read("/proc/meminfo")).unwrap_or(0),
        kernel,
        governor: governor(),
        load_average: load_average(),
    };
    machine.digest = digest(&machine);
    machine
}

/// Returns the load average of the last minute; 0 if it cannot be read.
#[must_use]
pub fn load_average() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// Number of elapsed ticks below which a share would be off by more than a few percent.
const MIN_TICKS: u64 = 40;

/// Processor time of the whole machine since boot, in clock ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTicks {
    stolen: u64,
    idle: u64,
    total: u64,
}

impl CpuTicks {
    /// Reads the counters; they are 0 if they cannot be read.
    #[must_use]
    pub fn now() -> Self {
        Self::parse(&read("/proc/stat")).unwrap_or_default()
    }

    /// Parses `cpu user nice system idle iowait irq softirq steal guest …`; user includes guest.
    fn parse(stat: &str) -> Option<Self> {
        let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
        let idle = ticks.get(3)? + ticks.get(4)?;
        Some(Self { stolen: *ticks.get(7)?, idle, total: ticks.iter().sum() })
    }

    /// Returns the share of processor time that the hypervisor gave to other machines, 0 to 1.
    #[must_use]
    pub fn steal_share_since(self, earlier: Self) -> f64 {
        match self.total.saturating_sub(earlier.total) {
            0 => 0.0,
            total => self.stolen.saturating_sub(earlier.stolen) as f64 / total as f64,
        }
    }

    /// Returns the share of processor time that other processes used since `earlier`, 0 to 1.
    ///
    /// `own` is the time of this process in ticks. `None` if too few ticks have passed.
    #[must_use]
    pub fn others_share_since(self, earlier: Self, own: u64) -> Option<f64> {
        let total = self.total.saturating_sub(earlier.total);
        let unused =
            self.idle.saturating_sub(earlier.idle) + self.stolen.saturating_sub(earlier.stolen);
        let others = total.saturating_sub(unused).saturating_sub(own);
        (total >= MIN_TICKS).then(|| others as f64 / total as f64)
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(path)).unwrap_or_default()
}

fn cpu_model(cpuinfo: &str) -> Option<String> {
    let value = |key: &str| {
        cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        })
    };
    value("model name").or_else(|| value("CPU implementer").map(|id| format!("ARM {id}")))
}

fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Returns the mean frequency of the processors in MHz, if it can be read.
#[must_use]
pub fn frequency_mhz() -> Option<f64> {
    mean_frequency(&read("/proc/cpuinfo"))
}

fn mean_frequency(cpuinfo: &str) -> Option<f64> {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "cpu MHz").then(|| value.trim().parse::<f64>().ok())?
    };
    let all: Vec<f64> = cpuinfo.lines().filter_map(value).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

fn governor() -> Option<String> {
    let text = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// Returns the digest of everything but the load.
///
/// Results are compared only if their machines have the same digest.
fn digest(machine: &Machine) -> String {
    let mut hasher = blake3::Hasher::new();
    let cores = machine.cores.to_string();
    let memory = machine.memory_bytes.to_string();
    let governor = machine.governor.as_deref().unwrap_or("");
    for part in [&machine.cpu, &cores, &memory, &machine.kernel, governor] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_and_a_digest() {
        let machine = describe();
        assert!(machine.cores >= 1);
        assert_eq!(machine.digest.len(), 16);
        assert_eq!(machine.digest, describe().digest);
    }

    #[test]
    fn files_of_proc_are_parsed() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\n";
        assert_eq!(cpu_model(cpuinfo).as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(mean_frequency("cpu MHz\t: 2000.0\ncpu MHz\t\t: 3000.5\n"), Some(2500.25));
        assert_eq!(mean_frequency(cpuinfo), None);
        assert_eq!(total_memory("MemTotal:        1000 kB\nMemFree: 1 kB\n"), Some(1_024_000));
        let before = CpuTicks::parse("cpu  10 0 10 70 0 0 0 10 5 0\ncpu0 …").unwrap();
        let after = CpuTicks::parse("cpu  20 0 20 140 0 0 0 20 5 0\n").unwrap();
        assert_eq!(before, CpuTicks { stolen: 10, idle: 70, total: 100 });
        // 100 ticks: 70 idle, 10 stolen, 15 of this process.
        assert_eq!(after.others_share_since(before, 15), Some(0.05));
        assert_eq!(after.others_share_since(before, 50), Some(0.0));
        assert_eq!(before.others_share_since(before, 0), None);
        assert!((after.steal_share_since(before) - 0.1).abs() < 1e-9);
        assert!(before.steal_share_since(before).abs() < 1e-9);
    }
}
