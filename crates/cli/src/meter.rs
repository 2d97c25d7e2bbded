//! Names of meters on the command line.

use bakeoff_protocol::Meter;

/// Those that a user may ask for by name.
const NAMED: [(&str, Meter); 5] = [
    ("hit-ratio", Meter::HitRatio),
    ("throughput", Meter::Throughput),
    ("latency", Meter::Latency),
    ("memory", Meter::Memory),
    ("instructions", Meter::Instructions),
];

/// A meter by its name.
///
/// # Errors
/// What may be written in its place.
pub fn parse(text: &str) -> Result<Meter, String> {
    let found = NAMED.iter().find(|(name, _)| *name == text);
    found.map(|(_, meter)| *meter).ok_or_else(|| {
        let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
        format!("no meter is called {text:?}; there are: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_is_found_by_its_name_and_others_are_named() {
        assert_eq!(parse("instructions"), Ok(Meter::Instructions));
        assert!(parse("speed").unwrap_err().ends_with("latency, memory, instructions"));
    }
}
