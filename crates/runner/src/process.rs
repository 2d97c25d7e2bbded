//! Information about this process from the system: memory, processor time, context switches and
//! parent.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Returns the processor time that all threads of this process have used.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Returns the anonymous resident memory in bytes; 0 on systems other than Linux.
pub(crate) fn rss_anon_bytes() -> u64 {
    field("/proc/self/status", "RssAnon:").unwrap_or(0) * 1024
}

/// Returns the peak resident memory in bytes; 0 on systems other than Linux.
pub(crate) fn peak_rss_bytes() -> u64 {
    field("/proc/self/status", "VmHWM:").unwrap_or(0) * 1024
}

/// Returns the number of involuntary context switches of the calling thread; 0 on systems other
/// than Linux.
pub(crate) fn involuntary_switches() -> u64 {
    field("/proc/thread-self/status", "nonvoluntary_ctxt_switches:").unwrap_or(0)
}

/// Error of [`die_with_parent`]: the parent has already ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParentGone;

/// Asks the kernel to kill this process when the thread that started it ends.
///
/// On systems other than Linux it does nothing, and only the end of stdin shows that the driver has
/// ended.
///
/// # Errors
/// [`ParentGone`] if the parent ended before this call, because the kernel then never sends the
/// signal.
pub(crate) fn die_with_parent() -> Result<(), ParentGone> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        let parent = getppid();
        // If the kernel refuses, the end of stdin still ends this process.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
        if getppid() != parent {
            return Err(ParentGone);
        }
    }
    Ok(())
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Maximum number of attempts. Other tests of this process may release memory at the same time.
    const ATTEMPTS: u32 = 20;

    #[test]
    fn a_touched_allocation_is_counted() {
        let grows = || {
            let before = rss_anon_bytes();
            let written = std::hint::black_box(vec![1_u8; 32 << 20]);
            let after = rss_anon_bytes();
            assert!(peak_rss_bytes() >= written.len() as u64);
            after >= before + (30 << 20)
        };
        assert!((0..ATTEMPTS).any(|_| grows()));
    }

    #[test]
    fn processor_time_includes_that_of_this_thread() {
        let thread_time = || {
            let time = clock_gettime(ClockId::ThreadCPUTime);
            Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
        };
        let (process_before, thread_before) = (cpu_time(), thread_time());
        while thread_time() - thread_before < Duration::from_millis(2) {
            std::hint::spin_loop();
        }
        let thread = thread_time() - thread_before;
        assert!(cpu_time() - process_before >= thread);
    }
}
