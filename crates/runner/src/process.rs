//! What the system says of this process: memory, processor time, context switches.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of all threads so far.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Anonymous resident memory in bytes; 0 where the system does not tell (no Linux).
pub(crate) fn rss_anon_bytes() -> u64 {
    field("/proc/self/status", "RssAnon:").unwrap_or(0) * 1024
}

/// The highest resident size so far in bytes; 0 where the system does not tell.
pub(crate) fn peak_rss_bytes() -> u64 {
    field("/proc/self/status", "VmHWM:").unwrap_or(0) * 1024
}

/// Involuntary context switches of the calling thread; 0 where the system does not tell.
pub(crate) fn involuntary_switches() -> u64 {
    field("/proc/thread-self/status", "nonvoluntary_ctxt_switches:").unwrap_or(0)
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_touched_allocation_shows() {
        let before = rss_anon_bytes();
        let touched = vec![1_u8; 32 << 20];
        let after = rss_anon_bytes();
        assert!(after >= before + (30 << 20), "{before} → {after}");
        assert!(peak_rss_bytes() >= after && touched.len() == 32 << 20);
    }

    #[test]
    fn work_costs_processor_time() {
        let before = cpu_time();
        let mut sum = 0_u64;
        while cpu_time() - before < Duration::from_micros(100) {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(sum > 0);
    }
}
