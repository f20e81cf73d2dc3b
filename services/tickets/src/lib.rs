//! Tickets: one matter that a customer raised, from first contact to close, and the calls it came by.

mod domain;
mod error;
mod links;
mod projections;
mod rpc;
mod service;
mod store;
mod views;

use std::sync::Arc;

use kefu_api_tickets::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_tickets::v1::calls_service_server::CallsServiceServer;
use kefu_api_tickets::v1::events_service_server::EventsServiceServer;
use kefu_api_tickets::v1::tickets_service_server::TicketsServiceServer;
use kefu_kernel::Zone;
use kefu_outbox::Feed;
use kefu_rpc::{Methods, Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::page::Pages;

use error::{Error, Result};

use domain::Rules;
use service::Tickets;

kefu_outbox::events_service!(kefu_api_tickets, Events);

/// The definition of the service.
pub fn service() -> Service {
    Service::new("tickets", DESCRIPTORS, store::MIGRATIONS, build)
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let rules =
        Rules::new(domain::types::TicketTypes::shipped()?, domain::policies::Policies::shipped()?)?;
    check_permissions(&rules)?;
    let tickets = Tickets {
        store: context.store.clone(),
        runner: context.runner.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        roles: context.roles.clone(),
        directory: Directory::of(&context).await?,
        rules: Arc::new(rules),
        zone: Zone::named(&context.config.company.zone)?,
        feed: Feed::new(context.store.clone()),
    };
    let mount = Mount::new()
        .add(server!(TicketsServiceServer::new(tickets.clone())), DESCRIPTORS)?
        .add(server!(CallsServiceServer::new(tickets.clone())), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    let (of_tickets, of_calls, feed) = (tickets.clone(), tickets.clone(), tickets.feed.clone());
    Ok(Parts::new(mount)
        .directory(&tickets.directory)
        .project(projections::ViewCounts::new(tickets.zone))
        .project(projections::Search)
        .fire(&context, service::CLOCK_TIMER, move |call, id| of_tickets.clone().fire(call, id))
        .fire(&context, service::CALL_TIMER, move |call, id| of_calls.clone().fire_call(call, id))
        .task("ticket changes", move |cancel| feed.clone().run(cancel)))
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
