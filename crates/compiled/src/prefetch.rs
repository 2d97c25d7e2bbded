//! Cache-line prefetching.

/// Prefetches an element into the processor's cache; an index out of range is allowed.
///
/// Does nothing on processors other than x86-64.
#[inline]
pub fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let line = slice.as_ptr().wrapping_add(index);
        // SAFETY: a prefetch is a hint and never faults, whatever the address.
        unsafe { _mm_prefetch(line.cast(), _MM_HINT_T0) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}
