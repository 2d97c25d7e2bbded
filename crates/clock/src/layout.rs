//! Layout of a clock page, shared by this crate and the preloaded library.

use core::sync::atomic::AtomicU64;

/// First bytes of every page, with the version of the layout.
pub const MAGIC: [u8; 8] = *b"bkclock1";

/// Content of a clock page. All times are in nanoseconds.
#[repr(C)]
pub struct Layout {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// Time of day at which the clock starts, since 1970.
    pub realtime_start_ns: u64,
    /// Time of the monotonic clock at which the clock starts.
    pub monotonic_start_ns: u64,
    /// Virtual time since the start.
    pub elapsed_ns: AtomicU64,
    /// Number of processes that have loaded the library and found this page.
    pub followers: AtomicU64,
}
