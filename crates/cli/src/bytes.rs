//! Sizes in bytes as a user types them.

use bakeoff_workload::scenario::Size;

/// Reads `512MiB`, `4096b` or a plain number of bytes.
///
/// # Errors
/// A sentence for the user, where it is none of these.
pub fn parse(text: &str) -> Result<u64, String> {
    match text.parse::<Size>() {
        Ok(Size::Bytes(bytes) | Size::Entries(bytes)) => Ok(bytes),
        Ok(Size::Share(_)) => Err(format!("{text:?} is a share; expected bytes, such as 512MiB")),
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
