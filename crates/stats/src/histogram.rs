//! Encodes, decodes and adds latency histograms.
//!
//! Percentiles of several rounds are never averaged: the histograms are added, and the percentile
//! is read from the sum. The text is HdrHistogram's V2 encoding, deflated, in base64.

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

/// Histogram of times in nanoseconds.
pub type Histogram = hdrhistogram::Histogram<u64>;

/// Reason why a histogram cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistogramError {
    /// The text is not base64.
    #[error("cannot decode the histogram as base64: {0}; the sample was truncated or changed")]
    Text(#[from] base64::DecodeError),
    /// The bytes are not a deflated V2 histogram, or the histogram cannot be encoded as one.
    #[error("cannot use HdrHistogram's deflated V2 encoding for the histogram: {0}")]
    Encoding(String),
}

/// Encodes a histogram for a sample.
///
/// # Errors
/// [`HistogramError::Encoding`] if it is too large for the encoding.
pub fn encode(histogram: &Histogram) -> Result<String, HistogramError> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .map_err(|error| HistogramError::Encoding(error.to_string()))?;
    Ok(STANDARD.encode(bytes))
}

/// Decodes the histogram of a sample.
///
/// # Errors
/// [`HistogramError`] if the text was not written by [`encode`].
pub fn decode(text: &str) -> Result<Histogram, HistogramError> {
    let bytes = STANDARD.decode(text)?;
    Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .map_err(|error| HistogramError::Encoding(error.to_string()))
}

/// Adds histograms; `None` if there are none.
// This function and those below have no generic parameters, so that their loops over 30,000 counts
// are compiled in this crate, at its optimization level.
#[must_use]
pub fn sum(rounds: &[&Histogram]) -> Option<Histogram> {
    let (first, others) = rounds.split_first()?;
    let mut sum = Histogram::clone(first);
    sum.auto(true);
    for round in others {
        // `auto` lets the sum resize, so no value is out of range.
        let _ = sum.add(*round);
    }
    Some(sum)
}

/// Returns the times of quantiles (0 to 1), in nanoseconds and in the order of `shares`.
#[must_use]
pub fn quantiles(histogram: &Histogram, shares: &[f64]) -> Vec<u64> {
    shares.iter().map(|&share| histogram.value_at_quantile(share)).collect()
}

/// Returns pairs of percentile (0 to 100) and nanoseconds, ascending.
///
/// There are `ticks` points from a percentile to the percentile half as far from 100.
#[must_use]
pub fn curve(histogram: &Histogram, ticks: u32) -> Vec<[f64; 2]> {
    histogram
        .iter_quantiles(ticks)
        .map(|step| [step.quantile_iterated_to() * 100.0, step.value_iterated_to() as f64])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3).unwrap();
        for value in values {
            histogram.record(value).unwrap();
        }
        histogram
    }

    #[test]
    fn encoded_histogram_decodes_to_itself() {
        let histogram = of((1..=10_000).map(|i| i * 37));
        assert_eq!(decode(&encode(&histogram).unwrap()).unwrap(), histogram);
        assert_eq!(decode(&encode(&of([])).unwrap()).unwrap().len(), 0);
    }

    #[test]
    fn sum_has_the_percentiles_of_all_values() {
        // Nine normal rounds and one with stalls: the mean of their p99 would be 1/10 of the stall.
        let normal = of(vec![100; 1000]);
        let stalled = of([vec![100; 500], vec![1_000_000; 500]].concat());
        let mut rounds = vec![&normal; 9];
        rounds.push(&stalled);
        let total = sum(&rounds).unwrap();
        assert_eq!(total.len(), 10_000);
        assert!(total.equivalent(total.value_at_quantile(0.94), 100));
        assert!(total.equivalent(total.value_at_quantile(0.99), 1_000_000));
        assert!(sum(&[]).is_none());
    }

    #[test]
    fn histograms_with_different_bounds_are_added() {
        let mut small = Histogram::new_with_bounds(1, 1000, 3).unwrap();
        small.record(7).unwrap();
        let total = sum(&[&small, &of([5_000_000_000])]).unwrap();
        assert!(total.len() == 2 && total.equivalent(total.max(), 5_000_000_000));
    }

    #[test]
    fn invalid_text_is_an_error() {
        assert!(matches!(decode("!"), Err(HistogramError::Text(_))));
        assert!(matches!(decode("AAAA"), Err(HistogramError::Encoding(_))));
        let text = encode(&of([1, 2, 3])).unwrap();
        assert!(matches!(decode(&text[..16]), Err(HistogramError::Encoding(_))));
    }
}
