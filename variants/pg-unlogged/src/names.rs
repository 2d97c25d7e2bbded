//! Names of database objects that belong to a namespace.

/// Names of the table, function and channel of a namespace.
///
/// They contain a hash of the namespace, because PostgreSQL truncates names to 63 bytes without an
/// error and requires quotes for most characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    hash: u64,
}

impl Names {
    pub(crate) fn for_namespace(namespace: &str) -> Self {
        // FNV-1a, which is the same in every process.
        let hash = namespace.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self { hash }
    }

    /// Returns the name of the table with the entries.
    pub(crate) fn table(&self) -> String {
        format!("cache_{:016x}", self.hash)
    }

    /// Returns the name of the function that evicts entries.
    pub(crate) fn sweep_function(&self) -> String {
        format!("cache_{:016x}_sweep", self.hash)
    }

    /// Returns the name of the notification channel. Channels belong to the database, not to a
    /// schema.
    pub(crate) fn channel(&self) -> String {
        format!("cache_{:016x}", self.hash)
    }

    /// Returns the id of the advisory lock for creating and sweeping the table.
    pub(crate) fn lock_id(&self) -> i64 {
        self.hash.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_quotes_and_differ_by_namespace() {
        let one = Names::for_namespace("Bake\"off:1:");
        let other = Names::for_namespace("Bake\"off:10:");
        assert_ne!(one.table(), other.table());
        for name in [one.table(), one.sweep_function(), one.channel()] {
            assert!(name.len() < 63, "{name}");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
                "{name}"
            );
        }
    }
}
