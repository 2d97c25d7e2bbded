//! Global allocator that counts bytes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of all live allocations of the process, overhead included.
static LIVE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Bytes that this thread allocated minus bytes that it freed.
    static HELD: Cell<i64> = const { Cell::new(0) };
    /// Largest value of `HELD` since the last reset.
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// Allocator that passes every call to the system's allocator and counts the bytes.
pub struct CountingAllocator;

/// Returns the bytes of all live allocations of the process.
///
/// Each allocation counts as on a typical 64-bit system: its size plus a header of 8 bytes, rounded
/// up to a multiple of 16.
pub fn live_bytes() -> u64 {
    LIVE.load(Ordering::Relaxed)
}

/// Runs `work` and returns the peak growth of this thread's allocations, in requested bytes.
pub fn peak_growth(work: impl FnOnce()) -> u64 {
    let before = HELD.get();
    PEAK.set(before);
    work();
    (PEAK.get() - before).max(0) as u64
}

const fn block_bytes(size: usize) -> u64 {
    ((size + 8).next_multiple_of(16)) as u64
}

fn count(size: usize) {
    LIVE.fetch_add(block_bytes(size), Ordering::Relaxed);
    // Access fails only while the thread ends, when nothing is measured.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + size as i64);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

fn discount(size: usize) {
    LIVE.fetch_sub(block_bytes(size), Ordering::Relaxed);
    let _ = HELD.try_with(|held| held.set(held.get() - size as i64));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        discount(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        discount(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
