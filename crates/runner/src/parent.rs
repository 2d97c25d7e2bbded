//! Dying with the driver.

/// Asks the system to kill this process when the thread that started it ends. Elsewhere than on
/// Linux only the end of stdin tells.
pub(crate) fn die_with_parent() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        let parent = getppid();
        // A refusal leaves the end of stdin, which every driver's death brings too.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
        if getppid() != parent {
            // It died in between, and its signal will not come.
            std::process::exit(0);
        }
    }
}
