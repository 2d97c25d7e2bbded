//! Servers of the user's, in place of private ones.

/// Which servers, and whether they may be far away.
#[derive(clap::Args, Clone, Debug)]
pub struct Servers {
    /// A Redis to use in place of a private one.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    redis_url: Option<String>,
    /// A PostgreSQL to use in place of a private one, in a schema of our own.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Let those servers be on another machine.
    #[arg(long)]
    pub allow_remote: bool,
}

impl Servers {
    /// The Redis that was named.
    pub fn redis_url(&self) -> Option<String> {
        named(self.redis_url.as_deref())
    }

    /// The PostgreSQL that was named.
    pub fn database_url(&self) -> Option<String> {
        named(self.database_url.as_deref())
    }
}

/// An empty variable is how scripts say that there is none.
fn named(url: Option<&str>) -> Option<String> {
    url.filter(|url| !url.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_empty_address_is_none() {
        assert_eq!(named(Some("")), None);
        assert_eq!(named(Some(" ")), None);
        assert_eq!(named(Some("redis://localhost")).as_deref(), Some("redis://localhost"));
    }
}
