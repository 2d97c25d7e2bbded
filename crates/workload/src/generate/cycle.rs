//! Keys in order, round after round: scans and loops.

/// Walks over 0 to `keys` − 1, then from 0 again.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    keys: u64,
    next: u64,
}

impl Cycle {
    /// A walk over `keys` keys, at least 1.
    #[must_use]
    pub const fn new(keys: u64) -> Self {
        Self { keys, next: 0 }
    }

    /// Begins again at 0.
    pub const fn restart(&mut self) {
        self.next = 0;
    }

    /// The next key.
    #[inline]
    pub const fn draw(&mut self) -> u64 {
        let key = self.next;
        self.next = if key + 1 >= self.keys { 0 } else { key + 1 };
        key
    }
}
