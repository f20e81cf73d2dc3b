//! The store of one service: its connections, and what all parts of it share.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicI32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kefu_kernel::Ambient;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::connect::{self, Pools};
use crate::fault_point::FaultPoint;
use crate::reader::Reader;
use crate::statements::{StatementCount, Statements};
use crate::wake::{Committed, Topic, Wake, WakeTask};
use crate::{StoreConfig, StoreError};

/// One service's database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub config: StoreConfig,
    pub ambient: Ambient,
    pub pools: Pools,
    pub reader: Reader,
    pub statements: Arc<Statements>,
    pub wake: Wake,
    /// The process id of the connection that sends our NOTIFYs.
    pub notifier: AtomicI32,
    /// Months whose event partition is known to be there.
    pub months: Mutex<BTreeSet<i32>>,
}

impl Store {
    /// Opens the database and checks that it keeps what it acknowledges. Migrations are separate.
    pub async fn open(config: StoreConfig, ambient: Ambient) -> Result<Self, StoreError> {
        let pools = connect::open(&config).await?;
        let statements = Arc::new(Statements::default());
        let reader = Reader::new(pools.for_reading(), Arc::clone(&statements));
        let wake = Wake::new(config.poll);
        let shared = Shared {
            config,
            ambient,
            pools,
            reader,
            statements,
            wake,
            notifier: AtomicI32::new(0),
            months: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The owning service's name.
    pub fn service(&self) -> &str {
        &self.shared.config.service
    }

    /// Clocks, ids and randomness of this store.
    pub fn ambient(&self) -> &Ambient {
        &self.shared.ambient
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.shared.pools.backend()
    }

    /// For queries outside a write transaction; each sees what was committed before it.
    pub fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    /// For several queries that must see one state. Short: it holds a connection.
    pub async fn snapshot(&self) -> Result<Reader, StoreError> {
        self.shared.reader.snapshot().await
    }

    /// A follower of `topic`; see [`Committed::wait`].
    pub fn committed(&self, topic: Topic) -> Committed {
        self.shared.wake.follow(topic)
    }

    /// What carries wake-ups between processes, for the runtime to spawn.
    pub fn wake_task(&self) -> WakeTask {
        WakeTask::new(Arc::clone(&self.shared))
    }

    /// Whether the database answers: an error where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // Past the reader: this is no statement of anybody's.
        self.shared.pools.for_reading().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// How many statements this store has sent.
    pub fn statements(&self) -> StatementCount {
        self.shared.statements.count()
    }

    /// How long to wait for a connection, and so for a database that went away.
    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.shared.config.acquire_timeout
    }

    /// Closes all connections, when those in use are given back.
    pub async fn close(&self) {
        self.shared.pools.close().await;
    }
}

impl Shared {
    /// Lets a test interfere; see [`crate::fault_point`].
    pub async fn reached(&self, point: FaultPoint) -> Result<(), StoreError> {
        match &self.config.faults {
            None => Ok(()),
            Some(faults) => faults.reached(point).await,
        }
    }
}
