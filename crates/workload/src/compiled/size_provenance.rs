//! Tracking of which value sizes are recorded in the source and which are assumed.

/// Counts requests and keys whose value size is unknown.
///
/// A request without a size refers to the current value of its key, so the size of a key is known
/// from the first request on that records it.
#[derive(Debug, Default)]
pub(super) struct SizeProvenance {
    /// Common to all requests so far: `Some(true)` if all record a size, `Some(false)` if none does.
    uniform: Option<bool>,
    /// By id: true if a size of the key was recorded. Empty while `uniform` describes all requests.
    sized_keys: Vec<bool>,
    unsized_requests: u64,
}

impl SizeProvenance {
    /// Records one request for the key `id`, made when `keys` distinct keys were known.
    #[inline]
    pub(super) fn record(&mut self, id: u32, keys: usize, has_size: bool) {
        if self.sized_keys.is_empty() && *self.uniform.get_or_insert(has_size) == has_size {
            self.unsized_requests += u64::from(!has_size);
        } else {
            self.record_mixed(id as usize, keys, has_size);
        }
    }

    #[cold]
    fn record_mixed(&mut self, id: usize, keys: usize, has_size: bool) {
        if self.sized_keys.is_empty() {
            self.sized_keys.resize(keys, self.uniform.unwrap_or_default());
        }
        if self.sized_keys.len() <= id {
            self.sized_keys.resize(id + 1, false);
        }
        self.sized_keys[id] |= has_size;
        self.unsized_requests += u64::from(!self.sized_keys[id]);
    }

    pub(super) fn unsized_requests(&self) -> u64 {
        self.unsized_requests
    }

    /// Returns how many of all `keys` distinct keys have no recorded size.
    pub(super) fn unsized_keys(&self, keys: usize) -> u64 {
        match self.uniform {
            Some(false) if self.sized_keys.is_empty() => keys as u64,
            _ => self.sized_keys.iter().filter(|&&is_sized| !is_sized).count() as u64,
        }
    }
}
