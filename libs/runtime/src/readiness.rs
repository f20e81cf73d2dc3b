//! When a process is ready for calls, and when it is not any more: what its health tells.
//!
//! A process becomes ready once all of this holds: its schemas are this version's and its ports are bound
//! (neither would have let it come this far), its databases answer, somebody holds every lease of its
//! services' relays (this process or another), and the directory is folded as far as the gateway's log
//! reached when it was first asked. From then on only the databases decide: events wait while the bus is
//! away, and an old directory is better than none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kefu_outbox::{ChangeSource, OutboxError, Positions, folded, relayed};
use kefu_store::Store;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::directory;
use crate::service::Context;

/// How often the databases are asked whether they answer, and how long they may take.
const CHECK_EVERY: Duration = Duration::from_secs(1);
const CHECK_LIMIT: Duration = Duration::from_secs(5);
/// Checks in a row that must fail before callers are sent elsewhere: one may meet a full pool.
const CHECKS_FAILED: u32 = 3;
/// The pause between two looks at the start; grows up to the other.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// How often it is told what a start waits for.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What the services of a process need to be ready. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Readiness {
    services: Vec<Needs>,
}

#[derive(Clone)]
struct Needs {
    service: &'static str,
    store: Store,
    /// The log that the directory is folded from, and how far it must be; none: not known yet.
    directory: Option<(Arc<dyn ChangeSource>, Option<Positions>)>,
}

impl Readiness {
    /// Adds a service that keeps these projections of these sources.
    pub fn add(
        &mut self,
        context: &Context,
        projections: &[(&'static str, &'static str)],
    ) -> anyhow::Result<()> {
        let directory = match projections.contains(&(directory::NAME, directory::SOURCE)) {
            true => Some((context.log_of(directory::SOURCE)?, None)),
            false => None,
        };
        let (service, store) = (context.service, context.store.clone());
        self.services.push(Needs { service, store, directory });
        Ok(())
    }

    /// Waits until everything is there.
    pub async fn reached(&mut self) {
        let mut told = Instant::now();
        let mut pause = FIRST_PAUSE;
        while let Some((service, what)) = self.missing().await {
            if told.elapsed() >= TELL_EVERY {
                tracing::warn!(service, what, "not ready yet");
                told = Instant::now();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(CHECK_EVERY);
        }
    }

    /// A service that lacks something, and what that is.
    async fn missing(&mut self) -> Option<(&'static str, String)> {
        for needs in &mut self.services {
            match needs.missing().await {
                Ok(None) => {}
                Ok(Some(what)) => return Some((needs.service, what.to_owned())),
                Err(error) => return Some((needs.service, error.to_string())),
            }
        }
        None
    }

    /// Says SERVING once the process is ready (`ready`: it is already), and then while every database
    /// answers.
    pub async fn tell(
        mut self,
        ready: bool,
        health: HealthReporter,
        draining: CancellationToken,
        stop: CancellationToken,
    ) {
        if !ready && draining.run_until_cancelled(self.reached()).await.is_some() {
            tracing::info!("ready");
            health.set_service_status("", ServingStatus::Serving).await;
        }
        let mut tick = tokio::time::interval(CHECK_EVERY);
        let mut failed = 0;
        while stop.run_until_cancelled(tick.tick()).await.is_some() && !draining.is_cancelled() {
            let stores = self.services.iter().map(|needs| answers(&needs.store));
            let answers = futures::future::join_all(stores).await;
            let before = failed;
            failed = if answers.contains(&false) { failed + 1 } else { 0 };
            if failed == CHECKS_FAILED {
                tracing::warn!("a database does not answer: not serving");
                health.set_service_status("", ServingStatus::NotServing).await;
            } else if failed == 0 && before >= CHECKS_FAILED {
                tracing::warn!("the databases answer again: serving");
                health.set_service_status("", ServingStatus::Serving).await;
            }
        }
        stop.cancelled().await;
    }
}

impl Needs {
    async fn missing(&mut self) -> Result<Option<&'static str>, OutboxError> {
        self.store.ping().await?;
        if !relayed(&self.store).await? {
            return Ok(Some("nobody relays its events"));
        }
        let Some((log, goal)) = &mut self.directory else { return Ok(None) };
        let goal = match goal {
            Some(goal) => goal,
            None => goal.insert(log.heads().await?),
        };
        let folded = folded(&self.store, directory::NAME, directory::SOURCE).await?;
        let behind = |(own, at): (&u8, &i64)| *at > folded.get(own).copied().unwrap_or(0);
        Ok(goal.iter().any(behind).then_some("the directory is not folded yet"))
    }
}

async fn answers(store: &Store) -> bool {
    matches!(tokio::time::timeout(CHECK_LIMIT, store.ping()).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use kefu_kernel::Ambient;
    use kefu_outbox::Leases;
    use kefu_outbox::tables::MIGRATIONS;
    use kefu_outbox::tables::checkpoint;
    use kefu_store::StoreConfig;

    use super::*;

    /// Whether a service is ready whose gateway's log is `store`'s own, too.
    async fn lacks(readiness: &mut Readiness) -> Option<String> {
        readiness.missing().await.map(|(_, what)| what)
    }

    async fn fold(store: &Store, position: i64) {
        let row = checkpoint::Model {
            consumer: "directory@1".to_owned(),
            source: directory::SOURCE.to_owned(),
            partition: 3,
            position,
            folded_at: 0,
            fencing: 0,
        };
        store.write(async |tx| tx.put(&[row]).await).await.unwrap();
    }

    #[tokio::test]
    async fn a_process_waits_for_its_relay_and_its_directory() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/tickets.db", folder.path().display());
        let store = Store::open(StoreConfig::new("tickets", url), Ambient::system()).await.unwrap();
        store.migrate(MIGRATIONS).await.unwrap();
        let directory: Arc<dyn ChangeSource> = Arc::new(store.clone());
        let needs =
            Needs { service: "tickets", store: store.clone(), directory: Some((directory, None)) };
        let mut readiness = Readiness { services: vec![needs] };
        assert_eq!(lacks(&mut readiness).await.unwrap(), "nobody relays its events");

        let all: Vec<u8> = (0..16).collect();
        let other = Leases::new(store.clone(), "relay", "other", Duration::from_secs(600));
        other.prepare(&all).await.unwrap();
        other.hold(&all[1..]).await.unwrap();
        assert_eq!(lacks(&mut readiness).await.unwrap(), "nobody relays its events");
        other.hold(&all).await.unwrap();
        kefu_outbox::prepare_numbering(&store).await.unwrap();
        let head = kefu_store::tables::partition_head::Model {
            partition: 3,
            position: 5,
            chain: Vec::new(),
            published: 0,
            fencing: 0,
        };
        store.write(async |tx| tx.put(&[head]).await).await.unwrap();
        assert_eq!(lacks(&mut readiness).await.unwrap(), "the directory is not folded yet");
        fold(&store, 4).await;
        assert_eq!(lacks(&mut readiness).await.unwrap(), "the directory is not folded yet");
        fold(&store, 5).await;
        assert_eq!(lacks(&mut readiness).await, None);
        store.close().await;
    }
}
