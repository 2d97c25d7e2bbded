//! Compares the memory of a runner with its budget.

use std::fs;

use bakeoff_services::process::usage;

/// Interval of the checks that include descendant processes; such a check reads all of `/proc`.
const CHECKS_PER_TREE: u32 = 25;

/// Memory budget of one process, and the number of checks so far.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    pid: u32,
    budget_bytes: Option<u64>,
    checks: u32,
}

/// Returns the allocation limit for a budget.
///
/// The limit leaves room for allocated but unused memory, as in a hash table that doubles its size,
/// and for the process itself.
const fn allocation_limit(budget_bytes: u64) -> u64 {
    budget_bytes.saturating_mul(2).saturating_add(256 << 20)
}

/// Sets a limit of the operating system, far above the budget.
///
/// Without this limit, a process that allocates faster than its memory is checked could make the
/// machine swap. Systems other than Linux have only the checks.
pub(super) fn limit_allocations(pid: u32, budget_bytes: u64) {
    #[cfg(target_os = "linux")]
    if let Some(process) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        let bytes = Some(allocation_limit(budget_bytes));
        let limit = rustix::process::Rlimit { current: bytes, maximum: bytes };
        let _ = rustix::process::prlimit(Some(process), rustix::process::Resource::Data, limit);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pid, allocation_limit(budget_bytes));
}

/// Returns true if the stderr of a process reports a failed allocation.
pub(super) fn allocation_failed(stderr: &str) -> bool {
    stderr.contains("memory allocation of") || stderr.contains("MemoryError")
}

impl MemoryWatch {
    pub(super) fn new(pid: u32, budget_bytes: Option<u64>) -> Self {
        Self { pid, budget_bytes, checks: 0 }
    }

    /// Returns the memory in bytes if it exceeds the budget, otherwise `None`.
    ///
    /// Only anonymous memory counts: the system can drop the mapped workload at any time.
    pub(super) fn exceeded(&mut self) -> Option<u64> {
        let budget = self.budget_bytes?;
        self.checks = self.checks.wrapping_add(1);
        let held = if self.checks.is_multiple_of(CHECKS_PER_TREE) {
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
    fn the_budget_is_compared_with_the_memory_of_this_process() {
        let own = std::process::id();
        assert!(MemoryWatch::new(own, Some(1)).exceeded() > Some(1));
        assert_eq!(MemoryWatch::new(own, Some(u64::MAX)).exceeded(), None);
        assert_eq!(MemoryWatch::new(own, None).exceeded(), None);
    }
}
