//! Sizes in bytes on the command line.

use bakeoff_workload::scenario::Size;

/// Parses `512MiB`, `4096b` or a number of bytes.
///
/// # Errors
/// A message for any other text.
pub fn parse(text: &str) -> Result<u64, String> {
    match text.parse::<Size>() {
        Ok(Size::Bytes(bytes) | Size::Entries(bytes)) => Ok(bytes),
        Ok(Size::Share(_)) => Err(format!("invalid size {text:?}; expected bytes, such as 512MiB")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_have_units_or_none() {
        assert_eq!(super::parse("512MiB"), Ok(512 << 20));
        assert_eq!(super::parse("4096"), Ok(4096));
        assert!(super::parse("10%").is_err());
    }
}
