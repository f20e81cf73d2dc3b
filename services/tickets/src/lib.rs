//! Tickets: one matter that a customer raised, from first contact to close, and the calls it came by.

mod domain;
mod error;
mod intake;
mod links;
mod projections;
mod references;
mod rpc;
mod service;
mod store;
mod timers;
mod views;
mod watch;

use std::sync::Arc;

use arc_swap::ArcSwap;
use kefu_api_tickets::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_tickets::v1::calls_service_server::CallsServiceServer;
use kefu_api_tickets::v1::events_service_server::EventsServiceServer;
use kefu_api_tickets::v1::tickets_service_server::TicketsServiceServer;
use kefu_kernel::Zone;
use kefu_rpc::{Methods, Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::page::Pages;

pub use error::Error;

use domain::{Calendars, Rules};
use service::Tickets;

kefu_outbox::events_service!(kefu_api_tickets, Events);

/// The definition of the service.
pub fn service() -> Service {
    Service::new("tickets", DESCRIPTORS, store::MIGRATIONS, build)
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let gateway = context.endpoint("gateway")?;
    let directory = Directory::new(context.store.clone(), gateway, context.roles.clone());
    directory.refresh().await?;
    let company = context.config.company.calendar().map_err(anyhow::Error::msg)?;
    let rules = Rules::new(
        domain::types::TicketTypes::shipped()?,
        domain::policies::Policies::shipped()?,
        Calendars::new(company),
    )?;
    check_permissions(&rules)?;
    let zone = Zone::named(&context.config.company.zone)?;
    let changes = watch::Changes::new(context.store.clone());
    let tickets = Tickets {
        store: context.store.clone(),
        runner: context.runner.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        roles: context.roles.clone(),
        directory: directory.clone(),
        rules: Arc::new(ArcSwap::from_pointee(rules)),
        zone: zone.clone(),
        changes: changes.clone(),
    };
    let mount = Mount::new()
        .add(server!(TicketsServiceServer::new(tickets.clone())), DESCRIPTORS)?
        .add(server!(CallsServiceServer::new(tickets.clone())), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    let (known, follower) = (directory.clone(), tickets.clone());
    Ok(Parts::new(mount)
        .project(directory.projection())
        .project(projections::ViewCounts::new(zone))
        .project(projections::Search)
        .timer(service::CLOCK_TIMER, timers::TicketClocks(tickets.clone()))
        .timer(service::CALL_TIMER, timers::CallClocks(tickets))
        .task("directory", move |cancel| known.clone().run(cancel))
        .task("calendars", move |cancel| follower.clone().follow_calendars(cancel))
        .task("ticket changes", move |cancel| changes.clone().run(cancel)))
}

/// A way between states may ask for a permission only if some method declares it: roles can hold no other.
fn check_permissions(rules: &Rules) -> anyhow::Result<()> {
    let mut methods = Methods::default();
    methods.add(DESCRIPTORS)?;
    let declared = methods.permissions();
    match rules.types().permissions().into_iter().find(|name| !declared.contains(*name)) {
        Some(unknown) => {
            anyhow::bail!("a type of tickets asks for `{unknown}`, which no method declares")
        }
        None => Ok(()),
    }
}
