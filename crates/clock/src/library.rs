//! Bytes of the preloaded library.

/// Preloaded library as a file; `None` where preloading is not supported, and in runners.
#[cfg(has_library)]
pub const LIBRARY: Option<&[u8]> =
    Some(include_bytes!(concat!(env!("OUT_DIR"), "/libbakeoff_clock.so")));

/// Preloaded library as a file; `None` where preloading is not supported, and in runners.
#[cfg(not(has_library))]
pub const LIBRARY: Option<&[u8]> = None;
