//! Hash table from texts to ids.

use std::hash::BuildHasher;

use bakeoff_compiled::prefetch;
use foldhash::fast::RandomState;

use super::slots::Slots;

/// Texts in the order of their first appearance, concatenated, with a hash index.
#[derive(Debug)]
pub(crate) struct TextTable {
    text: Vec<u8>,
    /// End of each text.
    ends: Vec<u64>,
    slots: Slots,
    hasher: RandomState,
}

impl TextTable {
    pub(super) fn new() -> Self {
        Self {
            text: Vec::new(),
            ends: Vec::new(),
            slots: Slots::new(),
            hasher: RandomState::default(),
        }
    }

    /// Returns all texts, concatenated in the order of their ids.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns the ends of the texts in [`Self::text`], in the order of their ids.
    pub(crate) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// Hashes a text and prefetches its slot.
    #[inline]
    pub(super) fn prefetch_slot(&self, text: &[u8]) -> u64 {
        let hash = self.hasher.hash_one(text);
        self.slots.prefetch(hash);
        hash
    }

    /// Prefetches the position of the text that the slot of `hash` refers to.
    #[inline]
    pub(super) fn prefetch_position(&self, hash: u64) {
        prefetch(&self.ends, self.slots.first_id(hash).wrapping_sub(1) as usize);
    }

    /// Prefetches the text that the slot of `hash` refers to, for the comparison in [`Self::id`].
    #[inline]
    pub(super) fn prefetch_text(&self, hash: u64) {
        let previous = self.slots.first_id(hash).wrapping_sub(1) as usize;
        let start = self.ends.get(previous).copied().unwrap_or_default();
        prefetch(&self.text, start as usize);
    }

    /// Returns the id of a text; a new text gets the next id, up to 2^32 − 2.
    ///
    /// `hash` is the result of [`Self::prefetch_slot`] for this text.
    #[inline]
    pub(super) fn id(&mut self, text: &[u8], hash: u64) -> u32 {
        match self.slots.find(hash, |id| self.get(id as usize) == text) {
            Ok(id) => id,
            Err(slot) => self.add(text, hash, slot),
        }
    }

    #[cold]
    fn add(&mut self, text: &[u8], hash: u64, slot: usize) -> u32 {
        let id = self.ends.len() as u32;
        self.text.extend_from_slice(text);
        self.ends.push(self.text.len() as u64);
        self.slots.store(slot, hash, id);
        if self.slots.are_full(self.ends.len()) {
            let (ends, text, hasher) = (&self.ends, &self.text, &self.hasher);
            let hashes = (0..ends.len()).map(|id| hasher.hash_one(slice(ends, text, id)));
            self.slots.grow(hashes);
        }
        id
    }

    #[inline]
    fn get(&self, id: usize) -> &[u8] {
        slice(&self.ends, &self.text, id)
    }
}

/// Returns one of the concatenated texts.
#[inline]
fn slice<'a>(ends: &[u64], text: &'a [u8], id: usize) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start as usize..ends[id] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_many_rebuilds() {
        let mut texts = TextTable::new();
        let key = |index: u32| "/item/".repeat(index as usize % 3) + &(index / 2).to_string();
        let mut first = std::collections::HashMap::new();
        for index in (0..20_000).chain(0..20_000) {
            let next = first.len() as u32;
            let expected = *first.entry(key(index)).or_insert(next);
            let hash = texts.prefetch_slot(key(index).as_bytes());
            texts.prefetch_position(hash);
            texts.prefetch_text(hash);
            assert_eq!(texts.id(key(index).as_bytes(), hash), expected);
        }
        assert_eq!(texts.ends().len(), first.len());
        assert_eq!(texts.ends().last(), Some(&(texts.text().len() as u64)));
    }
}
