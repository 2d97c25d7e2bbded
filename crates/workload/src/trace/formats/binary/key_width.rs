//! Detects files of 32-bit or 64-bit binary keys.
//!
//! In a file of 64-bit keys, an upper half nearly always occurs with the same lower half (hashes),
//! or there are very few upper halves (small numbers). In a file of 32-bit keys, adjacent words are
//! independent.
//!
//! Some words must repeat, because a file without repetitions can be anything. A file with as many
//! repetitions at an offset of two bytes is rejected, too: it can be compiled code, an archive or
//! compressed data.

use std::collections::{HashMap, HashSet};

use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::parse::encoding;

/// Width of binary keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyWidth {
    Bits32,
    Bits64,
}

/// Minimum length of a file in 64-bit keys; shorter files are not recognized.
const MIN_KEYS: usize = 16;

/// Rates how well a file matches as binary keys of the given width.
pub(super) fn detect(sample: &FileSample<'_>, width: KeyWidth) -> Option<FormatMatch> {
    if sample.is_text() || encoding::has_no_controls(sample.bytes) {
        return None;
    }
    match (width, detect_width(sample)?) {
        (KeyWidth::Bits32, KeyWidth::Bits32) => {
            FormatMatch::new(4, "binary, and 32-bit words repeat independently of each other")
        }
        (KeyWidth::Bits64, KeyWidth::Bits64) => {
            FormatMatch::new(4, "binary, and 32-bit words repeat only in pairs")
        }
        _ => None,
    }
}

fn detect_width(sample: &FileSample<'_>) -> Option<KeyWidth> {
    let is_multiple =
        |bytes: usize| !sample.is_complete || sample.bytes.len().is_multiple_of(bytes);
    let words: Vec<u32> = sample
        .bytes
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    if words.len() < 2 * MIN_KEYS || !is_multiple(4) {
        return None;
    }
    if is_multiple(8) && words_form_pairs(&words) {
        return Some(KeyWidth::Bits64);
    }
    let distinct = words.iter().collect::<HashSet<_>>().len();
    let repeats = words.len() - distinct;
    (repeats * 100 >= words.len() && words_are_aligned(&words, distinct))
        .then_some(KeyWidth::Bits32)
}

/// Returns true if keys appear to start at word boundaries.
///
/// Either there are few distinct upper halves (small numbers), or there are clearly more distinct
/// words at an offset of two bytes.
fn words_are_aligned(words: &[u32], distinct: usize) -> bool {
    let count = |halves: &mut dyn Iterator<Item = u32>| halves.collect::<HashSet<_>>().len();
    let uppers = count(&mut words.iter().map(|word| word >> 16));
    let lowers = count(&mut words.iter().map(|word| word & 0xffff));
    let across = count(&mut words.windows(2).map(|pair| pair[0] << 16 | pair[1] >> 16));
    uppers * 8 <= lowers || across * 10 >= distinct * 12
}

/// Returns true if words at even indexes are the upper halves of 64-bit keys.
fn words_form_pairs(words: &[u32]) -> bool {
    let mut lower_of: HashMap<u32, u32> = HashMap::new();
    let (mut repeats, mut same_lower) = (0_usize, 0_usize);
    let mut lowers = HashSet::new();
    for pair in words.chunks_exact(2) {
        lowers.insert(pair[1]);
        match lower_of.insert(pair[0], pair[1]) {
            None => {}
            Some(lower) => {
                repeats += 1;
                same_lower += usize::from(lower == pair[1]);
            }
        }
    }
    let few_uppers = lower_of.len() * 8 <= lowers.len();
    let pairs = words.len() / 2;
    few_uppers || (repeats * 100 >= pairs && same_lower * 10 >= repeats * 9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::options::ReadOptions;

    fn width(bytes: &[u8]) -> Option<KeyWidth> {
        let options = ReadOptions::default();
        let sample = FileSample { bytes, is_complete: false, name: "file", options: &options };
        let matches = |width: &KeyWidth| detect(&sample, *width).is_some();
        [KeyWidth::Bits32, KeyWidth::Bits64].into_iter().find(matches)
    }

    /// Pseudo-random numbers below `limit`.
    fn numbers(count: u64, limit: u64) -> impl Iterator<Item = u64> {
        (0..count).map(move |index| ((index * index * 0x9e37_79b9) >> 7) % limit)
    }

    #[test]
    fn keys_are_distinguished_from_other_binary_files() {
        let hash = |key: u64| (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let small: Vec<u8> = numbers(999, 300).flat_map(|key| (key as u32).to_be_bytes()).collect();
        let hashed: Vec<u8> =
            numbers(999, 300).flat_map(|key| (hash(key) as u32).to_be_bytes()).collect();
        let wide: Vec<u8> = numbers(999, 300).flat_map(|key| hash(key).to_be_bytes()).collect();
        assert_eq!(width(&small), Some(KeyWidth::Bits32));
        assert_eq!(width(&hashed), Some(KeyWidth::Bits32));
        assert_eq!(width(&wide), Some(KeyWidth::Bits64));
        // Like machine code: repeated instructions of one to five bytes, not aligned.
        let code: Vec<u8> = numbers(4_000, 200)
            .flat_map(|key| hash(key).to_be_bytes().into_iter().take(1 + key as usize % 5))
            .collect();
        assert_eq!(width(&code), None);
    }
}
