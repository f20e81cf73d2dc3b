//! What the configuration says of databases and the bus, as those libraries take it.

use anyhow::Context as _;
use http::Uri;
use kefu_bus::{BusConfig, JetStreamConfig, TlsFiles};
use kefu_store::{StoreConfig, Tls};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::{Config, Database};
use crate::data::DataFolder;

/// The database of `service`: PostgreSQL where a URL is configured, else a SQLite file in the folder.
pub(crate) fn store(
    config: &Config,
    data: &DataFolder,
    service: &str,
) -> anyhow::Result<StoreConfig> {
    let database = config.service(service).database;
    let url = match &database.url {
        Some(url) => with_password(url, &database).context("database.password")?,
        None => data.database_url(service),
    };
    let mut store = StoreConfig::new(service, url);
    store.read_connections = database.connections;
    store.tls = database.ca.map(|root_cert| Tls { root_cert, client: None });
    Ok(store)
}

/// Whether this process may change the schema of `service` when it starts: its own file, yes; a server
/// that other replicas use is migrated by `kefu migrate` before they start.
pub(crate) fn migrates_at_start(config: &Config, service: &str) -> bool {
    config.service(service).database.url.is_none()
}

/// The bus: NATS where servers are configured, else the log in the folder.
pub(crate) fn bus(config: &Config, data: &DataFolder, services: &[&str]) -> BusConfig {
    let nats = &config.bus.nats;
    if nats.urls.0.is_empty() {
        return BusConfig::embedded(data.bus());
    }
    let mut jetstream = JetStreamConfig::new(nats.urls.0.clone());
    jetstream.name = format!("kefu-{}", services.join("-"));
    jetstream.credentials = nats.credentials.clone();
    jetstream.replicas = nats.replicas;
    let encrypted = nats.urls.0.iter().any(|url| url.starts_with("tls:"));
    jetstream.tls = encrypted.then(|| TlsFiles {
        authority: nats.ca.clone(),
        identity: nats.cert.clone().zip(nats.key.clone()),
    });
    BusConfig::jetstream(jetstream)
}

/// The URL with the password that the configuration names by its place.
fn with_password(url: &str, database: &Database) -> anyhow::Result<String> {
    let Some(place) = &database.password else { return Ok(url.to_owned()) };
    let secret = place.read()?;
    let uri: Uri = url.parse()?;
    let authority = uri.authority().context("the URL names no server")?.as_str();
    let (user, server) = authority.split_once('@').context("the URL names no role")?;
    let password = utf8_percent_encode(secret.reveal(), NON_ALPHANUMERIC);
    let scheme = uri.scheme_str().unwrap_or("postgres");
    let rest = uri.path_and_query().map_or("", |rest| rest.as_str());
    Ok(format!("{scheme}://{user}:{password}@{server}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecretRef;

    #[test]
    fn a_password_is_put_into_the_url_whatever_it_holds() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a/b@c:d\n").unwrap();
        let password = Some(SecretRef::File(file.path().to_owned()));
        let database = Database { password, ..Database::default() };
        let url = "postgres://kefu_tickets@db.example:5432/kefu?sslmode=verify-full";
        let with = with_password(url, &database).unwrap();
        let expected =
            "postgres://kefu_tickets:a%2Fb%40c%3Ad@db.example:5432/kefu?sslmode=verify-full";
        assert_eq!(with, expected);
        assert!(with_password("postgres://db.example/kefu", &database).is_err());
    }
}
