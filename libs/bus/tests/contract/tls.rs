//! The connection to NATS: verified on both sides.

use std::path::PathBuf;

use kefu_bus::{Bus, BusConfig, BusError, TlsFiles};
use kefu_testkit::Folder;
use kefu_testkit::certs::{Authority, Identity};
use kefu_testkit::clock::Moved;
use kefu_testkit::nats::Nats;

use crate::place::{Place, consume, polled, publish, quick, reader, within};

fn config(nats: &Nats, authority: PathBuf, identity: Option<&Identity>) -> BusConfig {
    let mut config = quick(nats);
    config.tls = Some(TlsFiles {
        authority: Some(authority),
        identity: identity.map(|files| (files.certificate.clone(), files.key.clone())),
    });
    BusConfig::jetstream(config)
}

#[tokio::test]
async fn both_sides_are_verified() {
    let Some(nats) = Nats::start_with_tls() else { return };
    let identity = nats.identity("tickets");
    let ambient = Moved::here().ambient;
    let config = config(&nats, identity.authority.clone(), Some(&identity));
    let (bus, _task) = Bus::open(config, ambient).await.unwrap();
    let events = Place::embedded().events(3, 1, 3);
    publish(&bus, &events).await;
    assert_eq!(consume(&mut reader(&bus, "fold", 3), 3).await.len(), 3);
}

#[tokio::test]
async fn a_side_that_is_not_verified_is_refused() {
    let Some(nats) = Nats::start_with_tls() else { return };
    let identity = nats.identity("tickets");
    let folder = Folder::new("other");
    let stranger = Authority::new(folder.path()).issue("tickets");
    let refused = [
        ("no client certificate", config(&nats, identity.authority.clone(), None)),
        ("a foreign server", config(&nats, stranger.authority.clone(), Some(&identity))),
        ("a foreign client", config(&nats, identity.authority.clone(), Some(&stranger))),
    ];
    for (what, config) in refused {
        let before = nats.log().matches("TLS handshake error").count();
        let (bus, _task) = Bus::open(config, Moved::here().ambient).await.unwrap();
        within(what, async {
            while nats.log().matches("TLS handshake error").count() < before + 2 {
                polled().await;
            }
        })
        .await;
        assert!(!bus.is_connected(), "{what}");
        assert!(bus.ensure("tickets").await.is_err(), "{what}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_at_the_start() {
    let Some(nats) = Nats::start_with_tls() else { return };
    let config = config(&nats, "/nonexistent-folder-of-kefu/ca.pem".into(), None);
    let refused = Bus::open(config, Moved::here().ambient).await.err();
    assert!(matches!(refused, Some(BusError::Misconfigured(_))), "{refused:?}");
}
