//! Telling apart files that are nothing but binary keys.
//!
//! Read as 64-bit keys, a file of such keys shows one lower half for every upper half (hashes), or
//! next to no variety in the upper halves (small numbers); in a file of 32-bit keys neighbours
//! have little to do with each other. Some keys must come back: what never repeats anything may
//! be any file.

use std::collections::{HashMap, HashSet};

use super::guess::{Likeness, Sample};

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
    if sample.is_text() {
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
    let distinct: HashSet<u32> = words.iter().copied().collect();
    let repeats = words.len() - distinct.len();
    (repeats * 100 >= words.len()).then_some(Width::Four)
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
