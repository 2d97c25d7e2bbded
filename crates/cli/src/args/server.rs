//! Flags that name servers to use instead of private ones.

use bakeoff_driver::resources::servers::ExternalServers;

/// Servers to use, and permissions for them.
#[derive(clap::Args, Clone, Debug)]
pub struct ServerArgs {
    /// URL of a Redis server to use instead of a private one.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    redis_url: Option<String>,
    /// URL of a PostgreSQL server to use instead of a private one. Tables are in a separate schema.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Accept servers on other machines.
    #[arg(long)]
    allow_remote: bool,
    /// Use a Redis server even if its memory limit could make it evict keys of other owners.
    #[arg(long)]
    allow_eviction: bool,
}

impl ServerArgs {
    /// Returns the servers that the driver uses instead of private ones.
    pub fn external(&self) -> ExternalServers {
        ExternalServers {
            redis_url: named(self.redis_url.as_deref()),
            database_url: named(self.database_url.as_deref()),
            allow_remote: self.allow_remote,
            allow_eviction: self.allow_eviction,
        }
    }
}

/// Returns the URL unless it is empty: scripts often set an empty variable for "no server".
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
