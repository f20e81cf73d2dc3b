//! A whole suite in one process, for tests of what callers see: SQLite files and the embedded log in a
//! folder of its own, both clocks in the test's hand, clients over the public port.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

use kefu_kernel::{TimeSource, Timestamp};
use kefu_runtime::config::Config;
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Running, Suite, Surroundings};

use crate::callers::Callers;
use crate::clock::Moved;
use crate::guard::Folder;
use crate::settle;

/// Where a world's time begins: 9 o'clock UTC on Monday the 2nd of March 2026.
const BEGINNING: Timestamp = Timestamp::from_millis(1_772_442_000_000);
/// Ids and randomness are the same in each run.
const SEED: u64 = 20_260_302;

/// A running suite. It must be closed: dropped otherwise, it fails the test.
pub struct World {
    running: Option<Running>,
    clock: Moved,
    callers: Callers,
    folder: Folder,
}

impl World {
    /// Starts every service of `suite` over empty databases.
    pub async fn start(suite: &Suite) -> Self {
        let folder = Folder::new("world");
        let data = folder.join("data");
        let mut config = Config { data_dir: data.clone(), ..Config::default() };
        config.listen.public = SocketAddr::from(([127, 0, 0, 1], 0));
        let clock = Moved::at(BEGINNING, SEED);
        let ambient = Some(clock.ambient.clone());
        let around = Surroundings { ambient, ..Surroundings::default() };
        let running = suite.start_in(config, around).await.expect("the suite starts");
        let address = running.address().expect("the suite has a public port");
        let callers = Callers::new(address, &data);
        let world = Self { running: Some(running), clock, callers, folder };
        world.settle().await;
        world
    }

    /// The record clock.
    pub fn now(&self) -> Timestamp {
        self.clock.record.now()
    }

    /// Moves the record clock on, and waits until what became due has been done.
    pub async fn advance(&self, by: Duration) {
        self.clock.record.advance(by);
        self.settle().await;
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What runs.
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs until it is closed")
    }

    /// Waits until everything that was set in motion has come to rest.
    pub async fn settle(&self) {
        settle::settled(&settle::all(self.running()), || self.now()).await;
    }

    /// Stops the suite. Fails where an event was not published or could not be folded.
    pub async fn close(mut self) {
        self.settle().await;
        let letters =
            settle::set_aside(&settle::all(self.running())).await.expect("the databases answer");
        let running = self.running.take().expect("it runs until it is closed");
        running.shutdown(StopSignal::Interrupt).await;
        assert!(letters.is_empty(), "events were set aside: {letters:#?}");
    }
}

impl Deref for World {
    type Target = Callers;

    fn deref(&self) -> &Callers {
        &self.callers
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let closed = self.running.is_none() || std::thread::panicking();
        assert!(closed, "a World must be closed: close().await");
    }
}
