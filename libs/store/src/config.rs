//! How a service's database is opened: where it is, how many connections, what is refused.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::fault_point::Faults;

/// Settings of one service's store. [`StoreConfig::new`] gives the defaults.
#[derive(Clone)]
pub struct StoreConfig {
    /// The owning service, `tickets`; also the PostgreSQL schema's default name.
    pub service: String,
    /// `sqlite:///path/tickets.db` or `postgres://user:password@host:port/database?sslmode=…`.
    pub url: String,
    /// PostgreSQL: the schema that is searched; none: named as the service.
    pub schema: Option<String>,
    /// Connections for reading, at most.
    pub read_connections: u32,
    /// PostgreSQL: connections for writing, at most. SQLite always has one.
    pub write_connections: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long a statement waits for another transaction's lock.
    pub lock_timeout: Duration,
    /// PostgreSQL: certificates; set, the server's certificate and name are always verified.
    pub tls: Option<Tls>,
    /// Accept a PostgreSQL that may lose acknowledged writes (fsync, full_page_writes or
    /// synchronous_commit off). For throw-away data only.
    pub allow_unsafe_durability: bool,
    /// How often followers look by themselves where no wake-up reached them.
    pub poll: Duration,
    /// Points at which tests make transactions fail, stop or die.
    pub faults: Option<Arc<dyn Faults>>,
}

/// Certificates for a verified connection to PostgreSQL, PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The authority that signed the server's certificate.
    pub root_cert: PathBuf,
    /// The client's own certificate and key, where the server asks for them.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl StoreConfig {
    /// The defaults for `service` on the database at `url`.
    pub fn new(service: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            url: url.into(),
            schema: None,
            read_connections: 8,
            write_connections: 6,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            tls: None,
            allow_unsafe_durability: false,
            poll: Duration::from_millis(500),
            faults: None,
        }
    }

    /// The PostgreSQL schema.
    pub fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or(&self.service)
    }
}

impl fmt::Debug for StoreConfig {
    /// Without the password that a URL may carry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match (self.url.find("://"), self.url.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}://…{}", &self.url[..scheme], &self.url[at..])
            }
            _ => self.url.clone(),
        };
        f.debug_struct("StoreConfig")
            .field("service", &self.service)
            .field("url", &url)
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let config = StoreConfig::new("tickets", "postgres://kefu:s3cret@db:5432/kefu");
        let shown = format!("{config:?}");
        assert!(!shown.contains("s3cret") && shown.contains("db:5432"), "{shown}");
    }
}
