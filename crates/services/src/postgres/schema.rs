//! The schema that a namespace has on a server.

/// The longest name of anything in PostgreSQL, in bytes; it cuts off what is longer, in silence.
const LONGEST: usize = 63;
/// Hexadecimal digits of a hash.
const HASH: usize = 16;

/// The schema of a namespace: `bakeoff_` and its letters and digits, which need no quotes. Where
/// that is too long, a hash takes the place of the end.
#[must_use]
pub fn schema_of(namespace: &str) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '_',
    };
    let namespace = namespace.trim_end_matches(':');
    let mut name: String = "bakeoff_".chars().chain(namespace.chars().map(plain)).collect();
    if name.len() > LONGEST {
        name.truncate(LONGEST - HASH - 1);
        name.push_str(&format!("_{:0HASH$x}", hash(namespace)));
    }
    name
}

/// FNV-1a: the same in every program.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_quotes_and_are_never_cut_off() {
        assert_eq!(schema_of("Smoke:pg-unlogged:12:3:"), "bakeoff_smoke_pg_unlogged_12_3");
        let long = "x".repeat(80);
        let (one, other) = (schema_of(&format!("{long}:1:")), schema_of(&format!("{long}:2:")));
        assert_eq!((one.len(), other.len()), (LONGEST, LONGEST));
        assert_ne!(one, other);
    }
}
