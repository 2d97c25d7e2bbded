//! Which sizes come from the source, and are not assumed.

/// Counts requests and keys of which no size is known. A source that says nothing of a size means
/// the value that is there, so a key has its size from the first request that tells one.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What all requests have in common so far: that they tell a size, or that they do not.
    alike: Option<bool>,
    /// Whether the size of a key was told, by id; empty while all requests are alike.
    keys: Vec<bool>,
    unsized_requests: u64,
}

impl Told {
    /// Notes a request for the key of that id, before which `known` keys came.
    #[inline]
    pub(super) fn note(&mut self, id: u32, known: usize, told: bool) {
        if self.keys.is_empty() && *self.alike.get_or_insert(told) == told {
            self.unsized_requests += u64::from(!told);
        } else {
            self.note_mixed(id as usize, known, told);
        }
    }

    #[cold]
    fn note_mixed(&mut self, id: usize, known: usize, told: bool) {
        if self.keys.is_empty() {
            self.keys.resize(known, self.alike.unwrap_or_default());
        }
        if self.keys.len() <= id {
            self.keys.resize(id + 1, false);
        }
        self.keys[id] |= told;
        self.unsized_requests += u64::from(!self.keys[id]);
    }

    /// Requests of which no size is known.
    pub(super) fn unsized_requests(&self) -> u64 {
        self.unsized_requests
    }

    /// Keys of which none is known, of so many.
    pub(super) fn unsized_keys(&self, keys: usize) -> u64 {
        match self.alike {
            Some(false) if self.keys.is_empty() => keys as u64,
            _ => self.keys.iter().filter(|&&told| !told).count() as u64,
        }
    }
}
