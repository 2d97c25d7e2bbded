//! Keys in ascending order, repeatedly: scans and loops.

/// Yields 0 to `keys` − 1, then starts again at 0.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    keys: u64,
    next: u64,
}

impl Cycle {
    /// Creates a cycle over `keys` keys (at least 1).
    #[must_use]
    pub const fn new(keys: u64) -> Self {
        Self { keys, next: 0 }
    }

    /// Starts again at key 0.
    pub const fn restart(&mut self) {
        self.next = 0;
    }

    /// Returns the next key.
    #[inline]
    pub const fn draw(&mut self) -> u64 {
        let key = self.next;
        self.next = if key + 1 >= self.keys { 0 } else { key + 1 };
        key
    }
}
