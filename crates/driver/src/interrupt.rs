//! Ctrl-C: the first asks everything to stop where it is consistent, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether the user asked to stop; clones share the answer.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// One that SIGINT, SIGTERM and SIGHUP set; a second signal ends the process with 130 at
    /// once. Servers and runners die with us, and every file on disk is consistent at any moment.
    ///
    /// # Errors
    /// If the handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Order matters: the handler that ends us runs first, and is armed by the one after.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupt.asked))?;
            flag::register(signal, Arc::clone(&interrupt.asked))?;
        }
        Ok(interrupt)
    }

    /// Whether to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Asks to stop, as ctrl-C does.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}
