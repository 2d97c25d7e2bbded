//! Telling apart files that are nothing but binary keys.
//!
//! Read as 64-bit keys, a file of such keys shows one lower half for every upper half (hashes), or
//! next to no variety in the upper halves (small numbers); in a file of 32-bit keys neighbours
//! have little to do with each other. Some keys must come back: what never repeats anything may
//! be any file. So may be what repeats as much when it is read two bytes further on, where no key
//! begins: compiled code, archives and compressed data do.

use std::collections::{HashMap, HashSet};

use super::guess::{Likeness, Sample};
use super::text;

/// Bytes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// 32 bits.
    Four,
    /// 64 bits.
    Eight,
}

/// Fewer keys than this tell nothing.
const FEWEST_KEYS: usize = 16;

/// How well the bytes fit as keys of a width.
pub(super) fn recognise(sample: &Sample<'_>, width: Width) -> Option<Likeness> {
    if sample.is_text() || text::has_no_controls(sample.bytes) {
        return None;
    }
    match (width, width_of(sample)?) {
        (Width::Four, Width::Four) => {
            Likeness::new(4, "binary, and its 32-bit words come back independently")
        }
        (Width::Eight, Width::Eight) => {
            Likeness::new(4, "binary, and its 32-bit words come back in pairs only")
        }
        _ => None,
    }
}

fn width_of(sample: &Sample<'_>) -> Option<Width> {
    let whole = |bytes: usize| !sample.complete || sample.bytes.len().is_multiple_of(bytes);
    let words: Vec<u32> = sample
        .bytes
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    if words.len() < 2 * FEWEST_KEYS || !whole(4) {
        return None;
    }
    if whole(8) && pairs_belong_together(&words) {
        return Some(Width::Eight);
    }
    let distinct = words.iter().collect::<HashSet<_>>().len();
    let repeats = words.len() - distinct;
    (repeats * 100 >= words.len() && halves_belong_together(&words, distinct))
        .then_some(Width::Four)
}

/// Whether keys begin where words do: small numbers show it by their upper halves, others by more
/// variety where the lower half of one word meets the upper half of the next.
fn halves_belong_together(words: &[u32], distinct: usize) -> bool {
    let count = |halves: &mut dyn Iterator<Item = u32>| halves.collect::<HashSet<_>>().len();
    let uppers = count(&mut words.iter().map(|word| word >> 16));
    let lowers = count(&mut words.iter().map(|word| word & 0xffff));
    let across = count(&mut words.windows(2).map(|pair| pair[0] << 16 | pair[1] >> 16));
    uppers * 8 <= lowers || across * 10 >= distinct * 12
}

/// Whether words at even places are the upper halves of 64-bit keys.
fn pairs_belong_together(words: &[u32]) -> bool {
    let mut lower_of: HashMap<u32, u32> = HashMap::new();
    let (mut repeats, mut kept) = (0_usize, 0_usize);
    let mut lowers = HashSet::new();
    for pair in words.chunks_exact(2) {
        lowers.insert(pair[1]);
        match lower_of.insert(pair[0], pair[1]) {
            None => {}
            Some(lower) => {
                repeats += 1;
                kept += usize::from(lower == pair[1]);
            }
        }
    }
    let few_uppers = lower_of.len() * 8 <= lowers.len();
    let pairs = words.len() / 2;
    few_uppers || (repeats * 100 >= pairs && kept * 10 >= repeats * 9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::ColumnChoice;

    fn width(bytes: &[u8]) -> Option<Width> {
        let columns = ColumnChoice::default();
        let sample = Sample { bytes, complete: false, name: "file", columns: &columns };
        let fits = |width: &Width| recognise(&sample, *width).is_some();
        [Width::Four, Width::Eight].into_iter().find(fits)
    }

    /// Numbers below `limit` without an order.
    fn numbers(count: u64, limit: u64) -> impl Iterator<Item = u64> {
        (0..count).map(move |index| ((index * index * 0x9e37_79b9) >> 7) % limit)
    }

    #[test]
    fn keys_are_told_from_other_binary_files() {
        let hash = |key: u64| (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let small: Vec<u8> = numbers(999, 300).flat_map(|key| (key as u32).to_be_bytes()).collect();
        let hashed: Vec<u8> =
            numbers(999, 300).flat_map(|key| (hash(key) as u32).to_be_bytes()).collect();
        let wide: Vec<u8> = numbers(999, 300).flat_map(|key| hash(key).to_be_bytes()).collect();
        assert_eq!(width(&small), Some(Width::Four));
        assert_eq!(width(&hashed), Some(Width::Four));
        assert_eq!(width(&wide), Some(Width::Eight));
        // Instructions of one to five bytes: the same ones come back, and begin anywhere.
        let code: Vec<u8> = numbers(4_000, 200)
            .flat_map(|key| hash(key).to_be_bytes().into_iter().take(1 + key as usize % 5))
            .collect();
        assert_eq!(width(&code), None);
    }
}
