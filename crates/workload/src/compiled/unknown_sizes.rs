//! Counts of requests and keys whose value size the source does not record.

/// Counts requests and keys whose value size is unknown.
///
/// A request without a size refers to the current value of its key. Once a request has recorded the
/// size of a key, later requests of the key are therefore not counted.
#[derive(Debug, Default)]
pub(super) struct UnknownSizes {
    /// `Some(true)` if all requests so far record a size, `Some(false)` if none does.
    uniform: Option<bool>,
    /// By key id: true if a request recorded a size. Empty while `uniform` holds for all requests.
    sized_keys: Vec<bool>,
    unsized_requests: u64,
}

impl UnknownSizes {
    /// Counts one request for the key `id`; `keys` is the number of distinct keys before it.
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

    /// Returns how many of the `keys` distinct keys have no recorded size.
    pub(super) fn unsized_keys(&self, keys: usize) -> u64 {
        match self.uniform {
            Some(false) if self.sized_keys.is_empty() => keys as u64,
            _ => self.sized_keys.iter().filter(|&&is_sized| !is_sized).count() as u64,
        }
    }
}
