//! Names of meters on the command line.

use bakeoff_protocol::Meter;

/// Parses the name of a meter that a user can choose. Only a scenario can ask for paced replays.
///
/// # Errors
/// A message with the valid names, if the name is unknown.
pub fn parse(text: &str) -> Result<Meter, String> {
    let meters = || Meter::ALL.into_iter().filter(|meter| *meter != Meter::Paced);
    meters().find(|meter| meter.name() == text).ok_or_else(|| {
        let names: Vec<&str> = meters().map(Meter::name).collect();
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
