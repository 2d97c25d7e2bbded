//! Dense ids for keys, numbered by first appearance.

mod numbers;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

use numbers::Numbers;

/// Largest key for which a plain table is kept instead of a hash table (4 bytes a key).
const DIRECT_LIMIT: u64 = 1 << 26;

/// The ids given so far, and the keys behind them.
#[derive(Debug)]
pub(crate) enum Interner {
    /// Keys below a known limit, as generators draw them: one look into a table.
    Direct { ids: Vec<u32>, numbers: Vec<u64> },
    /// Any numbers.
    Numbers(Numbers),
    /// Any bytes, laid one after the other.
    Texts { ids: HashTable<u32>, ends: Vec<u64>, text: Vec<u8>, hasher: RandomState },
}

/// What an interner can be asked wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternError {
    /// Numbers and texts came from one source.
    MixedKeys,
    /// More keys than a 32-bit id can tell apart.
    TooManyKeys,
}

const VACANT: u32 = u32::MAX;

impl Interner {
    /// An interner for keys that are numbers below `limit`.
    pub(crate) fn below(limit: u64) -> Self {
        if limit > DIRECT_LIMIT {
            return Self::numbers();
        }
        Self::Direct { ids: vec![VACANT; limit as usize], numbers: Vec::new() }
    }

    /// An interner for any numbers.
    pub(crate) fn numbers() -> Self {
        Self::Numbers(Numbers::new())
    }

    /// An interner for texts.
    pub(crate) fn texts() -> Self {
        Self::Texts {
            ids: HashTable::new(),
            ends: Vec::new(),
            text: Vec::new(),
            hasher: RandomState::default(),
        }
    }

    /// Number of distinct keys so far.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Direct { numbers, .. } => numbers.len(),
            Self::Numbers(numbers) => numbers.numbers().len(),
            Self::Texts { ends, .. } => ends.len(),
        }
    }

    /// The keys by id, where they are numbers.
    pub(crate) fn by_id(&self) -> &[u64] {
        match self {
            Self::Direct { numbers, .. } => numbers,
            Self::Numbers(numbers) => numbers.numbers(),
            Self::Texts { .. } => &[],
        }
    }

    /// Says that a number will be asked for soon, so that what its id takes from memory is on its
    /// way meanwhile; the hash to ask with.
    ///
    /// # Errors
    /// [`InternError::MixedKeys`] where keys are texts.
    #[inline]
    pub(crate) fn announce(&self, number: u64) -> Result<u64, InternError> {
        match self {
            Self::Direct { ids, .. } => {
                bakeoff_compiled::prefetch(ids, number as usize);
                Ok(0)
            }
            Self::Numbers(numbers) => Ok(numbers.announce(number)),
            Self::Texts { .. } => Err(InternError::MixedKeys),
        }
    }

    /// Follows an announced number one step further into memory.
    #[inline]
    pub(crate) fn approach(&self, hash: u64) {
        if let Self::Numbers(numbers) = self {
            numbers.approach(hash);
        }
    }

    /// The id of a number that was announced, a new one at its first appearance.
    ///
    /// # Errors
    /// [`InternError`].
    #[inline]
    pub(crate) fn number_id(&mut self, number: u64, hash: u64) -> Result<u32, InternError> {
        let next = self.next_id()?;
        match self {
            Self::Direct { ids, numbers } => {
                let slot = usize::try_from(number).ok().and_then(|number| ids.get_mut(number));
                // A generator never draws a key beyond its own limit.
                let slot = slot.ok_or(InternError::MixedKeys)?;
                if *slot == VACANT {
                    *slot = next;
                    numbers.push(number);
                }
                Ok(*slot)
            }
            Self::Numbers(numbers) => Ok(numbers.id(number, hash)),
            Self::Texts { .. } => Err(InternError::MixedKeys),
        }
    }

    /// The id of a text, a new one at its first appearance.
    ///
    /// # Errors
    /// [`InternError`].
    #[inline]
    pub(crate) fn text_id(&mut self, bytes: &[u8]) -> Result<u32, InternError> {
        let next = self.next_id()?;
        let Self::Texts { ids, ends, text, hasher } = self else {
            return Err(InternError::MixedKeys);
        };
        let entry = ids.entry(
            hasher.hash_one(bytes),
            |&id| slice(ends, text, id) == bytes,
            |&id| hasher.hash_one(slice(ends, text, id)),
        );
        match entry {
            Entry::Occupied(found) => Ok(*found.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(next);
                text.extend_from_slice(bytes);
                ends.push(text.len() as u64);
                Ok(next)
            }
        }
    }

    #[inline]
    fn next_id(&self) -> Result<u32, InternError> {
        let next = u32::try_from(self.len()).map_err(|_| InternError::TooManyKeys)?;
        if next == VACANT { Err(InternError::TooManyKeys) } else { Ok(next) }
    }
}

/// The bytes of one textual key.
fn slice<'a>(ends: &[u64], text: &'a [u8], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start as usize..ends[id] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_first_appearance_in_every_kind() {
        for mut interner in [Interner::below(100), Interner::numbers()] {
            let ids: Vec<u32> = [7, 3, 7, 99, 0, 3]
                .map(|number| {
                    let hash = interner.announce(number).unwrap();
                    interner.approach(hash);
                    interner.number_id(number, hash).unwrap()
                })
                .to_vec();
            assert_eq!(ids, [0, 1, 0, 2, 3, 1]);
            assert_eq!(interner.len(), 4);
        }
        let mut texts = Interner::texts();
        let ids: Vec<u32> =
            ["/a", "", "/a", "/b", ""].map(|text| texts.text_id(text.as_bytes()).unwrap()).to_vec();
        assert_eq!(ids, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn numbers_and_texts_do_not_mix() {
        assert_eq!(Interner::numbers().text_id(b"x"), Err(InternError::MixedKeys));
        assert_eq!(Interner::texts().announce(1), Err(InternError::MixedKeys));
    }
}
