//! Watches how much memory a runner holds.

use std::fs;

use bakeoff_services::process::usage;

/// Looks between two that take in the descendants too, which means reading all of `/proc`.
const LOOKS_PER_TREE: u32 = 25;

/// A watch on one process.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    pid: u32,
    budget_bytes: Option<u64>,
    looks: u32,
}

/// What a process may ask for before the system refuses it, for a budget: room for what is asked for
/// and never touched, as by a table that doubles, and for the process itself.
const fn limit(budget_bytes: u64) -> u64 {
    budget_bytes.saturating_mul(2).saturating_add(256 << 20)
}

/// Lets the system refuse memory far beyond a budget, so that a process which takes it faster than
/// we look cannot drive the machine into swapping. Where that cannot be had (no Linux, a process
/// that has ended) the watch keeps the budget alone.
pub(super) fn confine(pid: u32, budget_bytes: u64) {
    #[cfg(target_os = "linux")]
    if let Some(process) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        let bytes = Some(limit(budget_bytes));
        let limit = rustix::process::Rlimit { current: bytes, maximum: bytes };
        let _ = rustix::process::prlimit(Some(process), rustix::process::Resource::Data, limit);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pid, limit(budget_bytes));
}

/// Whether a process that has ended said last that it was refused memory.
pub(super) fn was_refused(said: &str) -> bool {
    said.contains("memory allocation of") || said.contains("MemoryError")
}

impl MemoryWatch {
    pub(super) fn new(pid: u32, budget_bytes: Option<u64>) -> Self {
        Self { pid, budget_bytes, looks: 0 }
    }

    /// Bytes held, if they are more than the budget. Anonymous memory alone counts: the mapped
    /// workload is the system's to drop.
    pub(super) fn exceeded(&mut self) -> Option<u64> {
        let budget = self.budget_bytes?;
        self.looks = self.looks.wrapping_add(1);
        let held = if self.looks.is_multiple_of(LOOKS_PER_TREE) {
            usage(self.pid).ok()?.anonymous_bytes
        } else {
            anonymous_bytes(self.pid)?
        };
        (held > budget).then_some(held)
    }
}

fn anonymous_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_is_more_than_nothing_and_less_than_everything() {
        let own = std::process::id();
        assert!(MemoryWatch::new(own, Some(1)).exceeded() > Some(1));
        assert_eq!(MemoryWatch::new(own, Some(u64::MAX)).exceeded(), None);
        assert_eq!(MemoryWatch::new(own, None).exceeded(), None);
    }
}
