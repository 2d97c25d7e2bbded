//! Shared page with the time of a virtual clock.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use memmap2::MmapRaw;
use rustix::time::{ClockId, clock_gettime};

use crate::layout::{Layout, MAGIC};

/// Shared page with the time of a virtual clock, which starts at the real time.
#[derive(Debug)]
pub struct ClockPage {
    map: MmapRaw,
}

impl ClockPage {
    /// Creates the file of a page. The clock shows a fixed time until it is advanced.
    ///
    /// # Errors
    /// Errors of creating and mapping the file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut start = [0; size_of::<Layout>()];
        start[..8].copy_from_slice(&MAGIC);
        start[8..16].copy_from_slice(&now_ns(ClockId::Realtime).to_ne_bytes());
        start[16..24].copy_from_slice(&now_ns(ClockId::Monotonic).to_ne_bytes());
        std::fs::write(path, start)?;
        Self::open(path)
    }

    /// Opens the file of a page.
    ///
    /// # Errors
    /// Errors of opening and mapping the file; [`io::ErrorKind::InvalidData`] if it is not a page.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        let map = MmapRaw::map_raw(&file)?;
        let page = Self { map };
        if page.map.len() == size_of::<Layout>() && page.layout().magic == MAGIC {
            Ok(page)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "the file is not a clock page"))
        }
    }

    /// Advances the clock to a time since its start. The clock never goes back.
    pub fn advance_to(&self, elapsed: Duration) {
        let elapsed = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.layout().elapsed_ns.fetch_max(elapsed, Ordering::Relaxed);
    }

    /// Returns the time since the start of the clock.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.layout().elapsed_ns.load(Ordering::Relaxed))
    }

    /// Returns true if a process has loaded the library and follows this page.
    #[must_use]
    pub fn has_followers(&self) -> bool {
        self.layout().followers.load(Ordering::Relaxed) > 0
    }

    fn layout(&self) -> &Layout {
        // SAFETY: the mapping has the size of a layout (checked when it was opened), is aligned to
        // a page, and lives as long as `self`. Other processes change only the atomic fields.
        unsafe { &*self.map.as_ptr().cast::<Layout>() }
    }
}

fn now_ns(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    // The kernel never reports negative fields for these clocks.
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}
