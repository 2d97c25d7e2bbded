//! Handles Ctrl-C: the first signal asks the run to stop, the second one ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Flag that asks a run to stop; clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    stop: Arc<AtomicBool>,
}

impl Interrupt {
    /// Returns a flag that SIGINT, SIGTERM and SIGHUP set.
    ///
    /// A second signal ends the process at once, with exit code 130. Servers and runners end with
    /// the process, and every file on disk is consistent at any time.
    ///
    /// # Errors
    /// If the handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Order matters: at the first signal, the exit handler runs while the flag is still
            // unset.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupt.stop))?;
            flag::register(signal, Arc::clone(&interrupt.stop))?;
        }
        Ok(interrupt)
    }

    /// Returns true if the user asked to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Asks the run to stop, as Ctrl-C does.
    pub fn set(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
