//! A test's hold of the real binary in one of its shapes, in the words of a [`World`](crate::World): a
//! clock that is moved, callers, rest, and an end at which nothing may be left over.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kefu_kernel::ambient::SystemClock;
use kefu_kernel::{Ambient, TimeSource, Timestamp};
use kefu_store::Store;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

use crate::callers::Callers;
use crate::otlp::Collector;
use crate::settle::{self, Looked};
use crate::site::{SERVICES, Site};

/// A week, and how far 9 o'clock UTC on a Monday lies into it when counted from the epoch.
const WEEK: i64 = 7 * 86_400_000;
const MONDAY: i64 = 4 * 86_400_000 + 9 * 3_600_000;

/// The binary at work. It must be closed: dropped otherwise, it fails the test.
pub struct Deployment {
    site: Arc<Site>,
    callers: Callers,
    /// Held by the one test that has a shared site.
    alone: Option<OwnedMutexGuard<()>>,
    closed: bool,
}

/// The site that stories share.
struct Shared {
    site: Arc<Site>,
    turn: Arc<Mutex<()>>,
}

impl Deployment {
    /// One process on SQLite of this test's own; none, with the reason printed, where it cannot be.
    pub async fn one_process() -> Option<Self> {
        Some(Self::of(Arc::new(Site::whole().await?), None))
    }

    /// Four processes on PostgreSQL and NATS of this test's own; none, with the reason printed, where
    /// they cannot be.
    pub async fn four_processes() -> Option<Self> {
        Some(Self::of(Arc::new(Site::split(None).await?), None))
    }

    /// The four processes that tests share, one test at a time; its clock shows the next Monday's 9
    /// o'clock, UTC. What earlier tests left is still there.
    pub async fn shared() -> Option<Self> {
        static SHARED: OnceCell<Option<Shared>> = OnceCell::const_new();
        let make = async || {
            // The collector must outlive the test that happens to come first.
            let site = background().spawn(async {
                let collector = Collector::start().await;
                Site::split(Some(collector)).await
            });
            let site = Arc::new(site.await.expect("the site starts")?);
            Some(Shared { site, turn: Arc::default() })
        };
        let shared = SHARED.get_or_init(make).await.as_ref()?;
        let turn = Arc::clone(&shared.turn).lock_owned().await;
        let deployment = Self::of(Arc::clone(&shared.site), Some(turn));
        let into_week = (deployment.now().as_millis() - MONDAY).rem_euclid(WEEK);
        let until = u64::try_from(WEEK - into_week).expect("a week is longer than a part of it");
        deployment.advance(Duration::from_millis(until)).await;
        Some(deployment)
    }

    fn of(site: Arc<Site>, alone: Option<OwnedMutexGuard<()>>) -> Self {
        let callers = Callers::new(site.public(), &site.data());
        Self { site, callers, alone, closed: false }
    }

    /// Servers and processes.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The record clock. It goes on by itself.
    pub fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.site.ahead())
    }

    /// Moves the record clock on, and waits until what became due has been done.
    pub async fn advance(&self, by: Duration) {
        self.site.advance(by).await;
        self.settle().await;
    }

    /// Waits until everything that was set in motion has come to rest.
    pub async fn settle(&self) {
        let services = self.services().await;
        settle::settled(&services, || self.now()).await;
        close(services).await;
    }

    /// Fails where an event was not published or could not be folded. Stops the processes that are
    /// this test's own.
    pub async fn close(mut self) {
        self.settle().await;
        let services = self.services().await;
        let letters = settle::set_aside(&services).await.expect("the databases answer");
        close(services).await;
        assert!(letters.is_empty(), "events were set aside: {letters:#?}");
        if self.alone.is_none() {
            self.site.stop().await;
        }
        self.closed = true;
    }

    /// The services to look at. They are looked at and left, so that a database has no other user
    /// while processes are killed.
    async fn services(&self) -> Vec<Looked> {
        let mut services = Vec::new();
        for service in SERVICES {
            let store = Store::open(self.site.store(service), Ambient::system()).await;
            let store = store.expect("the database answers");
            services.push(Looked { service: service.to_owned(), store, projections: None });
        }
        services
    }
}

async fn close(services: Vec<Looked>) {
    for Looked { store, .. } in services {
        store.close().await;
    }
}

impl Deref for Deployment {
    type Target = Callers;

    fn deref(&self) -> &Callers {
        &self.callers
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        let closed = self.closed || std::thread::panicking();
        assert!(closed, "a Deployment must be closed: close().await");
    }
}

/// What runs beside all tests of this process.
fn background() -> &'static Runtime {
    static BACKGROUND: OnceLock<Runtime> = OnceLock::new();
    BACKGROUND.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("threads can be started")
    })
}
