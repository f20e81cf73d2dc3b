//! A service as its crate defines it, what it is given, and what it gives back.
//!
//! ```text
//! pub fn service() -> Service {
//!     Service::new("tickets", kefu_api_tickets::FILE_DESCRIPTOR_SET, MIGRATIONS, build)
//!         .options::<TicketsOptions>()
//! }
//!
//! async fn build(context: Context) -> anyhow::Result<Parts> {
//!     let tickets = Tickets::new(&context)?;
//!     let mount = Mount::new().add(server!(TicketsServiceServer::new(tickets.clone())), DESCRIPTORS)?;
//!     Ok(Parts::new(mount).project(ViewCounts).timer("response", tickets))
//! }
//! ```
//!
//! A service knows nothing of where it runs: the same parts are put together in one process or many.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use futures::FutureExt;
use futures::future::BoxFuture;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Ambient, Call};
use kefu_outbox::{ChangeSource, EventsApi, Projection, RemoteLog, TimerHandler};
use kefu_rpc::{Authentication, Endpoint, Guarded, Mount, Roles};
use kefu_store::seal::Keys;
use kefu_store::{Migration, Runner, Store};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, OptionsType};
use crate::data::DataFolder;
use crate::directory::Directory;
use crate::endpoints::Endpoints;
use crate::error::Result;
use crate::firing::Firing;
use crate::tasks::{BoxError, Ending};

/// The definition of one service.
#[derive(Clone)]
pub struct Service {
    /// Its name, `tickets`: of its package, its schema, its stream.
    pub name: &'static str,
    /// The encoded descriptor set of its package.
    pub descriptors: &'static [u8],
    /// Its tables, after those that every service has.
    pub migrations: &'static [Migration],
    pub(crate) options: Option<OptionsType>,
    pub(crate) speaks_for_others: bool,
    pub(crate) build: Build,
}

pub(crate) type Build =
    Arc<dyn Fn(Context) -> BoxFuture<'static, anyhow::Result<Parts>> + Send + Sync>;

impl Service {
    /// A service that `build` puts together.
    pub fn new<F>(
        name: &'static str,
        descriptors: &'static [u8],
        migrations: &'static [Migration],
        build: fn(Context) -> F,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<Parts>> + Send + 'static,
    {
        let build: Build = Arc::new(move |context| build(context).boxed());
        Self { name, descriptors, migrations, options: None, speaks_for_others: false, build }
    }

    /// It has options of the type `T`, in the section `service.<name>.options`.
    pub fn options<T>(mut self) -> Self
    where
        T: Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    {
        self.options = Some(OptionsType::of::<T>());
        self
    }

    /// It authenticates callers and presents them to the others: the gateway, and nobody else.
    pub fn speaks_for_others(mut self) -> Self {
        self.speaks_for_others = true;
        self
    }
}

/// What a service is given when it is put together. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The service's name.
    pub service: &'static str,
    /// Clocks, ids and randomness.
    pub ambient: Ambient,
    /// Its database, migrated.
    pub store: Store,
    /// Where its commands are run.
    pub runner: Runner,
    /// Its keys.
    pub keys: Keys,
    /// The roles that its calls are checked with; it replaces them as it learns of others.
    pub roles: Roles,
    /// Its event log as `EventsService` shows it; see [`kefu_outbox::events_service`].
    pub events: EventsApi,
    /// The other services, and itself.
    pub endpoints: Endpoints,
    /// All services of the installation with their descriptor sets, by name.
    pub installed: Arc<[(&'static str, &'static [u8])]>,
    /// The process's configuration.
    pub config: Arc<Config>,
    /// The process's data folder.
    pub data: Arc<DataFolder>,
    /// This process's name in leases; another one at each start.
    pub holder: Arc<str>,
    /// Cancelled when the process begins to stop.
    pub draining: CancellationToken,
}

impl Context {
    /// The service's own options.
    pub fn options<T: Clone + Default + Any + Send + Sync>(&self) -> T {
        self.config.options.get(self.service)
    }

    /// The way to the service `name`.
    pub fn endpoint(&self, name: &str) -> anyhow::Result<Endpoint> {
        self.endpoints.to(name)
    }

    /// The event log of the service `name`: what a projection of its events is rebuilt from.
    pub fn log_of(&self, name: &str) -> anyhow::Result<Arc<dyn ChangeSource>> {
        if name == self.service {
            return Ok(Arc::new(self.store.clone()));
        }
        Ok(Arc::new(RemoteLog::new(self.endpoint(name)?, name)))
    }
}

/// What a service consists of, beside its store.
pub struct Parts {
    pub(crate) mount: Mount,
    pub(crate) face: Option<Face>,
    pub(crate) background: Background,
}

/// What a service does beside answering calls.
#[derive(Default)]
pub(crate) struct Background {
    pub(crate) projections: Vec<Arc<dyn Projection>>,
    pub(crate) timers: HashMap<&'static str, Arc<dyn TimerHandler>>,
    pub(crate) tasks: Vec<Task>,
}

/// Work of a service's own, named, made anew when it fails.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) make: TaskMaker,
}

pub(crate) type TaskMaker =
    Box<dyn FnMut(CancellationToken) -> BoxFuture<'static, Result<(), BoxError>> + Send>;

impl Parts {
    /// A service that serves what is mounted.
    pub fn new(mount: Mount) -> Self {
        Self { mount, face: None, background: Background::default() }
    }

    /// Keeps `projection` up to date with the events of its source: the service's own log, or another
    /// service's by the bus.
    pub fn project(mut self, projection: impl Projection) -> Self {
        self.background.projections.push(Arc::new(projection));
        self
    }

    /// Fires timers of `kind` by `handler`.
    pub fn timer(mut self, kind: &'static str, handler: impl TimerHandler) -> Self {
        self.background.timers.insert(kind, Arc::new(handler));
        self
    }

    /// Fires timers of `kind` by the command that `fire` makes: `timer(…)`'s short form where a timer stands
    /// for a verb of its aggregate, whose id it hands over with the call to make it with. An aggregate that
    /// is gone is left alone.
    pub fn fire<F, D>(self, context: &Context, kind: &'static str, fire: F) -> Self
    where
        F: Fn(Call, Uuid) -> D + Send + Sync + 'static,
        D: Future<Output = Result<()>> + Send + 'static,
    {
        self.timer(kind, Firing { service: context.service, fire })
    }

    /// Keeps the service's directory as the gateway tells.
    pub fn directory(self, directory: &Directory) -> Self {
        let directory = directory.clone();
        self.project(directory.projection())
            .task("directory", move |cancel| directory.clone().run(cancel))
    }

    /// Runs work of the service's own until the process stops pulling; see
    /// [`crate::tasks::Group::keep`].
    pub fn task<M, F>(mut self, name: &'static str, mut make: M) -> Self
    where
        M: FnMut(CancellationToken) -> F + Send + 'static,
        F: Future<Output: Ending> + Send + 'static,
    {
        let make = move |cancel| {
            let work = make(cancel);
            async move { work.await.error().map_or(Ok(()), Err) }.boxed()
        };
        self.background.tasks.push(Task { name, make: Box::new(make) });
        self
    }

    /// It is what callers from outside meet: the gateway, and nobody else.
    pub fn face(mut self, face: Face) -> Self {
        self.face = Some(face);
        self
    }
}

/// What the public port serves.
pub struct Face {
    /// All services, forwarded.
    pub mount: Mount,
    /// How callers from outside are established.
    pub authentication: Authentication,
    /// Makes what is served beside gRPC, over the finished gRPC side.
    pub rest: Rest,
}

/// See [`Face::rest`].
pub type Rest = Box<dyn FnOnce(Guarded) -> anyhow::Result<Router> + Send>;
