//! Where a fact is tried: one carrier with what it needs, and the events that go over it.

use std::time::Duration;

use kefu_bus::{
    Backoff, Bus, BusConfig, BusError, Carrier, ConsumerSpec, Delivery, JetStreamConfig,
    Subscription,
};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Recorded, partition_of};
use kefu_testkit::Folder;
use kefu_testkit::clock::Moved;
use kefu_testkit::nats::Nats;

/// A carrier of this test's own.
pub struct Place {
    pub clock: Moved,
    pub config: BusConfig,
    carrier: Ground,
}

enum Ground {
    Embedded(Folder),
    JetStream(Box<Nats>),
}

impl Place {
    pub fn embedded() -> Self {
        println!("runs on the embedded log");
        let folder = Folder::new("bus");
        let config = BusConfig::embedded(folder.join("events.db"));
        Self::new(config, Ground::Embedded(folder))
    }

    pub fn jetstream() -> Option<Self> {
        let nats = Nats::start()?;
        println!("runs on JetStream");
        let config = BusConfig::jetstream(quick(&nats));
        Some(Self::new(config, Ground::JetStream(Box::new(nats))))
    }

    fn new(mut config: BusConfig, carrier: Ground) -> Self {
        config.redelivery =
            Backoff { first: Duration::from_millis(5), most: Duration::from_millis(50) };
        Self { clock: Moved::here(), config, carrier }
    }

    pub async fn open(&self) -> Bus {
        let (bus, _task) =
            Bus::open(self.config.clone(), self.clock.ambient.clone()).await.unwrap();
        within("the carrier answers", async {
            while bus.ensure("tickets").await.is_err() {
                polled().await;
            }
        })
        .await;
        bus
    }

    /// After how long the broker gives an unacknowledged event to the next holder.
    pub fn set_ack_wait(&mut self, wait: Duration) {
        if let Carrier::JetStream(config) = &mut self.config.carrier {
            config.ack_wait = wait;
        }
    }

    /// The carrier dies without a word and comes back: the process that has the file, or the broker.
    pub async fn crash(&mut self, bus: Bus) -> Bus {
        match &mut self.carrier {
            Ground::Embedded(_) => {
                drop(bus);
                self.open().await
            }
            Ground::JetStream(nats) => {
                nats.restart();
                bus
            }
        }
    }

    /// Everything that the carrier kept is lost.
    pub async fn lose(&mut self, bus: Bus) -> Bus {
        match &mut self.carrier {
            Ground::Embedded(folder) => {
                bus.close().await;
                for file in ["events.db", "events.db-wal", "events.db-shm"] {
                    let _ = std::fs::remove_file(folder.join(file));
                }
                self.open().await
            }
            Ground::JetStream(nats) => {
                nats.wipe_store();
                bus
            }
        }
    }

    pub fn nats(&mut self) -> &mut Nats {
        match &mut self.carrier {
            Ground::JetStream(nats) => nats,
            Ground::Embedded(_) => panic!("only a place with JetStream has a nats-server"),
        }
    }

    /// `count` events of one aggregate of `tickets` in `partition`, from `position` on.
    pub fn events(&self, partition: u8, position: i64, count: usize) -> Vec<Recorded> {
        let aggregate_id = self.aggregate_in(partition);
        (0..count).map(|n| self.event(aggregate_id, position + i64::try_from(n).unwrap())).collect()
    }

    pub fn aggregate_in(&self, partition: u8) -> Uuid {
        std::iter::repeat_with(|| self.clock.ambient.new_uuid())
            .find(|id| partition_of(*id) == partition)
            .unwrap()
    }

    pub fn event(&self, aggregate_id: Uuid, position: i64) -> Recorded {
        Recorded {
            event_id: self.clock.ambient.new_uuid(),
            service: "tickets".into(),
            aggregate_type: "ticket".into(),
            aggregate_id,
            version: position,
            type_name: "kefu.events.v1.TicketAssigned".into(),
            payload: position.to_be_bytes().to_vec(),
            changed: vec!["assignee".into()],
            branch: Some(aggregate_id),
            actor: "key_1".into(),
            on_behalf_of: Some("person_1".into()),
            cause: "kefu.tickets.v1.TicketsService/AssignTicket".into(),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
            recorded_at: self.clock.ambient.now(),
            historic: false,
            partition: partition_of(aggregate_id),
            position,
        }
    }
}

/// A configuration whose waits are short.
pub fn quick(nats: &Nats) -> JetStreamConfig {
    let mut config = JetStreamConfig::new(vec![nats.url()]);
    config.timeout = Duration::from_secs(2);
    config.heartbeat = Duration::from_millis(500);
    config.reconnect =
        Backoff { first: Duration::from_millis(10), most: Duration::from_millis(200) };
    config
}

pub fn spec(name: &str, partition: u8) -> ConsumerSpec {
    ConsumerSpec { name: name.into(), service: "tickets".into(), partition }
}

/// A reader of `tickets` under `name`.
pub fn reader(bus: &Bus, name: &str, partition: u8) -> Subscription {
    bus.subscribe(spec(name, partition)).unwrap()
}

/// Publishes everything, however often it takes.
pub async fn publish(bus: &Bus, events: &[Recorded]) {
    within("everything is published", async {
        let mut left = events;
        while !left.is_empty() {
            let published = bus.publish(left).await;
            left = &left[published.stored..];
            if let Some(error) = published.failure {
                assert!(error.can_pass(), "{error}");
                polled().await;
            }
        }
    })
    .await;
}

/// Takes deliveries until `enough` says so. Passing troubles are what the loop is for.
pub async fn take_until(
    reader: &mut Subscription,
    mut enough: impl FnMut(&[Delivery]) -> bool,
) -> Vec<Delivery> {
    let mut taken = Vec::new();
    within("the events arrive", async {
        while !enough(&taken) {
            match reader.next_batch(100, Duration::from_secs(1)).await {
                Ok(batch) => taken.extend(batch),
                Err(error) => assert!(error.can_pass(), "{error}"),
            }
        }
    })
    .await;
    taken
}

/// Takes `count` deliveries and acknowledges none.
pub async fn take(reader: &mut Subscription, count: usize) -> Vec<Delivery> {
    take_until(reader, |taken| taken.len() >= count).await
}

/// Takes `count` deliveries and acknowledges each batch.
pub async fn consume(reader: &mut Subscription, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let batch = take(reader, 1).await;
        acknowledge(reader, &batch).await;
        taken.extend(batch);
    }
    taken
}

pub async fn acknowledge(reader: &mut Subscription, deliveries: &[Delivery]) {
    if let Some(last) = deliveries.last() {
        reader.ack(last.receipt).await.unwrap();
    }
}

pub fn positions(deliveries: &[Delivery]) -> Vec<i64> {
    deliveries.iter().map(|delivery| delivery.event.position).collect()
}

/// Fails, instead of hanging, where something never happens.
pub async fn within<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let bound = Duration::from_secs(60);
    tokio::time::timeout(bound, happens).await.unwrap_or_else(|_| panic!("not so: {what}"))
}

/// Between two looks at a condition that nobody announces.
pub async fn polled() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// What a publication that must fail says.
pub async fn refusal(bus: &Bus, events: &[Recorded]) -> (usize, BusError) {
    let published = bus.publish(events).await;
    (published.stored, published.failure.expect("a publication that fails"))
}
