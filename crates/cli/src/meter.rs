//! Names of meters on the command line.

use bakeoff_protocol::Meter;

/// Meters for `--meter`.
const METER_NAMES: [(&str, Meter); 6] = [
    ("hit-ratio", Meter::HitRatio),
    ("throughput", Meter::Throughput),
    ("latency", Meter::Latency),
    ("response-time", Meter::ResponseTime),
    ("memory", Meter::Memory),
    ("instructions", Meter::Instructions),
];

/// Parses the name of a meter.
///
/// # Errors
/// A message with the valid names, if the name is unknown.
pub fn parse(text: &str) -> Result<Meter, String> {
    let found = METER_NAMES.iter().find(|(name, _)| *name == text);
    found.map(|(_, meter)| *meter).ok_or_else(|| {
        let names: Vec<&str> = METER_NAMES.iter().map(|(name, _)| *name).collect();
        format!("unknown meter {text:?}; expected one of: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_meter_lists_the_valid_names() {
        assert_eq!(parse("instructions"), Ok(Meter::Instructions));
        assert!(parse("speed").unwrap_err().ends_with("response-time, memory, instructions"));
    }
}
