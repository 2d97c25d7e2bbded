//! Names of PostgreSQL schemas for namespaces.

/// Longest identifier of PostgreSQL, in bytes; it silently truncates longer ones.
const MAX_IDENTIFIER: usize = 63;
/// Hexadecimal digits of the hash.
const HASH_DIGITS: usize = 16;

/// Returns the schema of a namespace: `bakeoff_` and lower-case letters, digits and underscores.
///
/// The name needs no quotes. If the name is too long, a hash replaces its end.
#[must_use]
pub fn schema_name(namespace: &str) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '_',
    };
    let namespace = namespace.trim_end_matches(':');
    let mut name: String = "bakeoff_".chars().chain(namespace.chars().map(plain)).collect();
    if name.len() > MAX_IDENTIFIER {
        name.truncate(MAX_IDENTIFIER - HASH_DIGITS - 1);
        name.push_str(&format!("_{:0HASH_DIGITS$x}", hash(namespace)));
    }
    name
}

/// Returns the FNV-1a hash, which is the same in every program.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_quotes_and_fit() {
        assert_eq!(schema_name("Smoke:pg-unlogged:12:3:"), "bakeoff_smoke_pg_unlogged_12_3");
        let long = "x".repeat(80);
        let (one, other) = (schema_name(&format!("{long}:1:")), schema_name(&format!("{long}:2:")));
        assert_eq!((one.len(), other.len()), (MAX_IDENTIFIER, MAX_IDENTIFIER));
        assert_ne!(one, other);
    }
}
