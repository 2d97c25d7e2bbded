//! Memory and processor time of a process tree.

use std::io;
use std::time::Duration;

/// Memory of a process and all its descendants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Number of processes.
    pub processes: u32,
    /// Sum of anonymous resident memory (`RssAnon`), in bytes. Memory-mapped workload files do not
    /// count, because the system can drop their pages.
    pub anonymous_bytes: u64,
    /// Sum of resident memory (`VmRSS`), in bytes; shared pages count once per process.
    pub resident_bytes: u64,
    /// Peak resident size (`VmHWM`) of the root process, in bytes.
    pub peak_bytes: u64,
}

/// Reads the memory of a process and its descendants from `/proc`.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if the process has ended; [`io::ErrorKind::Unsupported`] on a system
/// without `/proc`.
#[cfg(target_os = "linux")]
pub fn usage(pid: u32) -> io::Result<Usage> {
    let mut usage = Usage { processes: 1, ..usage_of_one(pid)? };
    for child in super::tree::descendants(pid)? {
        let Ok(held) = usage_of_one(child) else { continue };
        usage.processes += 1;
        usage.anonymous_bytes += held.anonymous_bytes;
        usage.resident_bytes += held.resident_bytes;
    }
    Ok(usage)
}

/// Reads the processor time of a process and its living descendants from `/proc`.
///
/// # Errors
/// The same as [`usage`].
#[cfg(target_os = "linux")]
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let children = super::tree::descendants(pid)?;
    Ok(children.into_iter().filter_map(|child| cpu_time_of_one(child).ok()).sum::<Duration>()
        + cpu_time_of_one(pid)?)
}

/// Reads the first field of `/proc/<pid>/task/<tid>/schedstat`, in nanoseconds, over all threads.
#[cfg(target_os = "linux")]
fn cpu_time_of_one(pid: u32) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        let first = text.split_ascii_whitespace().next().and_then(|field| field.parse().ok());
        nanoseconds += first.unwrap_or(0_u64);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Not supported on this system.
///
/// # Errors
/// Always [`io::ErrorKind::Unsupported`].
#[cfg(not(target_os = "linux"))]
pub fn cpu_time(_pid: u32) -> io::Result<Duration> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not supported on this system.
///
/// # Errors
/// Always [`io::ErrorKind::Unsupported`].
#[cfg(not(target_os = "linux"))]
pub fn usage(_pid: u32) -> io::Result<Usage> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn usage_of_one(pid: u32) -> io::Result<Usage> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let bytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
    };
    Ok(Usage {
        processes: 1,
        anonymous_bytes: bytes("RssAnon:").unwrap_or(0),
        resident_bytes: bytes("VmRSS:").unwrap_or(0),
        peak_bytes: bytes("VmHWM:").unwrap_or(0),
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Attempts to see memory grow while other tests of this process release theirs.
    const ATTEMPTS: u32 = 20;

    #[test]
    fn memory_in_use_is_counted() {
        let grows = || {
            let before = usage(std::process::id()).unwrap();
            let written = std::hint::black_box(vec![1_u8; 64 << 20]);
            let after = usage(std::process::id()).unwrap();
            assert!(after.peak_bytes >= written.len() as u64);
            after.anonymous_bytes >= before.anonymous_bytes + (60 << 20)
        };
        assert!((0..ATTEMPTS).any(|_| grows()));
    }

    #[test]
    fn processor_time_grows_with_work() {
        let before = cpu_time(std::process::id()).unwrap();
        let begun = std::time::Instant::now();
        while cpu_time(std::process::id()).unwrap() < before + Duration::from_millis(50) {
            assert!(begun.elapsed() < Duration::from_secs(60), "no processor time is counted");
        }
    }

    #[test]
    fn a_missing_process_is_an_error() {
        assert!(cpu_time(u32::MAX).is_err());
        assert_eq!(usage(u32::MAX).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
