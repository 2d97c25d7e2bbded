//! Interner: assigns dense ids to keys in the order of their first appearance.

mod number_table;
mod slots;
mod text_table;

use bakeoff_compiled::prefetch;

use number_table::NumberTable;
use text_table::TextTable;

/// Largest key limit for which an array indexed by key is used (4 bytes per possible key).
const DIRECT_LIMIT: u64 = 1 << 26;

/// Table of keys and their assigned ids.
#[derive(Debug)]
pub(crate) enum Interner {
    /// Numbers below a known limit, as generators produce them; one array access per key.
    Direct { ids: Vec<u32>, numbers: Vec<u64> },
    /// Any numbers.
    Numbers(NumberTable),
    /// Any byte strings.
    Texts(TextTable),
}

/// Reason that a key cannot be interned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InternError {
    /// The source produced both numbers and texts.
    MixedKeys,
    /// There are more distinct keys than 32-bit ids.
    TooManyKeys,
}

const VACANT: u32 = u32::MAX;

impl Interner {
    /// Creates an interner for numbers below `limit`.
    pub(crate) fn with_limit(limit: u64) -> Self {
        if limit > DIRECT_LIMIT {
            return Self::for_numbers();
        }
        Self::Direct { ids: vec![VACANT; limit as usize], numbers: Vec::new() }
    }

    pub(crate) fn for_numbers() -> Self {
        Self::Numbers(NumberTable::new())
    }

    pub(crate) fn for_texts() -> Self {
        Self::Texts(TextTable::new())
    }

    /// Returns the number of distinct keys so far.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Direct { numbers, .. } => numbers.len(),
            Self::Numbers(numbers) => numbers.numbers().len(),
            Self::Texts(texts) => texts.ends().len(),
        }
    }

    /// Returns the numeric keys in the order of their ids; empty for texts.
    pub(crate) fn numeric_keys(&self) -> &[u64] {
        match self {
            Self::Direct { numbers, .. } => numbers,
            Self::Numbers(numbers) => numbers.numbers(),
            Self::Texts(_) => &[],
        }
    }

    /// Prefetches the table slot of a number and returns the hash for [`Self::number_id`].
    ///
    /// # Errors
    /// [`InternError::MixedKeys`] if this interner holds texts.
    #[inline]
    pub(crate) fn prefetch_slot(&self, number: u64) -> Result<u64, InternError> {
        match self {
            Self::Direct { ids, .. } => {
                prefetch(ids, number as usize);
                Ok(0)
            }
            Self::Numbers(numbers) => Ok(numbers.prefetch_slot(number)),
            Self::Texts(_) => Err(InternError::MixedKeys),
        }
    }

    /// Prefetches the key that the slot of `hash` refers to; call [`Self::prefetch_slot`] earlier.
    #[inline]
    pub(crate) fn prefetch_key(&self, hash: u64) {
        if let Self::Numbers(numbers) = self {
            numbers.prefetch_key(hash);
        }
    }

    /// Returns the id of a number; a new number gets the next id.
    ///
    /// `hash` is the result of [`Self::prefetch_slot`] for this number.
    ///
    /// # Errors
    /// [`InternError`] if this interner holds texts, or if there are too many keys.
    #[inline]
    pub(crate) fn number_id(&mut self, number: u64, hash: u64) -> Result<u32, InternError> {
        let next = self.next_id()?;
        match self {
            Self::Direct { ids, numbers } => {
                let slot = usize::try_from(number).ok().and_then(|number| ids.get_mut(number));
                // Unreachable for generators: they draw keys below their limit only.
                let slot = slot.ok_or(InternError::MixedKeys)?;
                if *slot == VACANT {
                    *slot = next;
                    numbers.push(number);
                }
                Ok(*slot)
            }
            Self::Numbers(numbers) => Ok(numbers.id(number, hash)),
            Self::Texts(_) => Err(InternError::MixedKeys),
        }
    }

    /// Prefetches the table slot of a text and returns the hash for [`Self::text_id`].
    ///
    /// # Errors
    /// [`InternError::MixedKeys`] if this interner holds numbers.
    #[inline]
    pub(crate) fn prefetch_text_slot(&self, text: &[u8]) -> Result<u64, InternError> {
        match self {
            Self::Texts(texts) => Ok(texts.prefetch_slot(text)),
            Self::Direct { .. } | Self::Numbers(_) => Err(InternError::MixedKeys),
        }
    }

    /// Prefetches the texts that the slots of several hashes refer to.
    pub(crate) fn prefetch_texts(&self, hashes: impl Iterator<Item = u64> + Clone) {
        if let Self::Texts(texts) = self {
            // A text is found through its position, so all positions are fetched first.
            hashes.clone().for_each(|hash| texts.prefetch_position(hash));
            hashes.for_each(|hash| texts.prefetch_text(hash));
        }
    }

    /// Returns the id of a text; a new text gets the next id.
    ///
    /// `hash` is the result of [`Self::prefetch_text_slot`] for this text.
    ///
    /// # Errors
    /// [`InternError`] if this interner holds numbers, or if there are too many keys.
    #[inline]
    pub(crate) fn text_id(&mut self, text: &[u8], hash: u64) -> Result<u32, InternError> {
        self.next_id()?;
        match self {
            Self::Texts(texts) => Ok(texts.id(text, hash)),
            Self::Direct { .. } | Self::Numbers(_) => Err(InternError::MixedKeys),
        }
    }

    #[inline]
    fn next_id(&self) -> Result<u32, InternError> {
        let next = u32::try_from(self.len()).map_err(|_| InternError::TooManyKeys)?;
        if next == VACANT { Err(InternError::TooManyKeys) } else { Ok(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_first_appearance_for_all_key_types() {
        for mut interner in [Interner::with_limit(100), Interner::for_numbers()] {
            let ids: Vec<u32> = [7, 3, 7, 99, 0, 3]
                .map(|number| {
                    let hash = interner.prefetch_slot(number).unwrap();
                    interner.prefetch_key(hash);
                    interner.number_id(number, hash).unwrap()
                })
                .to_vec();
            assert_eq!(ids, [0, 1, 0, 2, 3, 1]);
            assert_eq!(interner.len(), 4);
        }
        let mut texts = Interner::for_texts();
        let ids: Vec<u32> = ["/a", "", "/a", "/b", ""]
            .map(|text| {
                let hash = texts.prefetch_text_slot(text.as_bytes()).unwrap();
                texts.prefetch_texts([hash].into_iter());
                texts.text_id(text.as_bytes(), hash).unwrap()
            })
            .to_vec();
        assert_eq!(ids, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn mixing_numbers_and_texts_is_an_error() {
        let numbers = Interner::for_numbers();
        assert_eq!(numbers.prefetch_text_slot(b"x"), Err(InternError::MixedKeys));
        assert_eq!(Interner::for_texts().prefetch_slot(1), Err(InternError::MixedKeys));
    }
}
