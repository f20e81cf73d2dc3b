//! Reporting: numbers about the department's work, folded from the other services' events.
//!
//! Nothing here is counted when it is asked for. Each projection keeps narrow roll-ups, and can be
//! rebuilt from the owner's log beside the live one. Callers see the numbers of their branches.

mod domain;
mod error;
mod projections;
mod query;
mod rebuilding;
mod rpc;
mod store;
mod watch;

use std::sync::Arc;

use kefu_api_reporting::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_reporting::v1::events_service_server::EventsServiceServer;
use kefu_api_reporting::v1::metrics_service_server::MetricsServiceServer;
use kefu_api_reporting::v1::projections_service_server::ProjectionsServiceServer;
use kefu_api_reporting::v1::reporting_service_server::ReportingServiceServer;
use kefu_kernel::zone::Zone;
use kefu_outbox::{ChangeSource, Projection};
use kefu_rpc::{Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::page::Pages;
use kefu_store::{Runner, Store};

pub use error::Error;

use projections::metrics::MEASURES;
use projections::{DailyComplaints, LiveBoard, Measures};

kefu_outbox::events_service!(kefu_api_reporting, Events);

/// The definition of the service.
pub fn service() -> Service {
    Service::new("reporting", DESCRIPTORS, store::MIGRATIONS, build)
}

/// What the handlers share.
pub(crate) struct Reporting {
    pub store: Store,
    pub runner: Runner,
    pub pages: Pages,
    pub zone: Zone,
    pub boards: watch::Boards,
    pub metrics: domain::Metrics,
    pub reports: domain::Reports,
    /// Every projection with the log that it is folded from.
    pub projections: Vec<Projected>,
}

/// One projection and where its events can be listed.
#[derive(Clone)]
pub(crate) struct Projected {
    pub projection: Arc<dyn Projection>,
    pub source: Arc<dyn ChangeSource>,
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let zone = Zone::named(&context.config.company.zone)?;
    let directory = Directory::of(&context).await?;
    let tickets = context.log_of("tickets")?;
    let complaints = DailyComplaints::new(zone.clone());
    let of_tickets = Measures::of_tickets(zone.clone());
    let projections: Vec<Projected> = [
        Arc::new(LiveBoard) as Arc<dyn Projection>,
        Arc::new(complaints.clone()),
        Arc::new(of_tickets.clone()),
    ]
    .into_iter()
    .map(|projection| Projected { projection, source: Arc::clone(&tickets) })
    .collect();
    let metrics = domain::Metrics::shipped(MEASURES)?;
    let boards = watch::Boards::new(context.store.clone());
    let reporting = Arc::new(Reporting {
        store: context.store.clone(),
        runner: context.runner.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        zone,
        boards: boards.clone(),
        projections,
        reports: domain::Reports::shipped(&metrics)?,
        metrics,
    });
    let rebuilding = rebuilding::Rebuilding::new(Arc::clone(&reporting), &context.holder);
    let mount = Mount::new()
        .add(server!(ReportingServiceServer::from_arc(Arc::clone(&reporting))), DESCRIPTORS)?
        .add(server!(MetricsServiceServer::from_arc(Arc::clone(&reporting))), DESCRIPTORS)?
        .add(server!(ProjectionsServiceServer::from_arc(reporting)), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    Ok(Parts::new(mount)
        .directory(&directory)
        .project(LiveBoard)
        .project(complaints)
        .project(of_tickets)
        .task("live-board changes", move |cancel| boards.clone().run(cancel))
        .task("rebuilds", move |cancel| rebuilding.clone().run(cancel)))
}
