//! The orders of the department: what customers want carried or done, the shipments that do it, what
//! carriers tell of them, and what is asked and found where something went wrong.
//!
//! Split by concern, then by layer: `<concern>/domain` holds its rules, pure and without I/O.
//!
//! - `domain`: the words, ids and refusals that the concerns share.
//! - `carrier`, `code_map`: data that scans are read by.
//! - `scan`: what came, word for word, and how it is read; files of scans.
//! - `order`: what customers want, and what became of it.
//! - `shipment`: the fold of its scans, and its verbs.
//! - `trace`, `follow_up`: what is asked and found, and who keeps an eye on it, each on a clock.

pub mod carrier;
mod clocks;
pub mod code_map;
pub mod domain;
mod error;
pub mod follow_up;
pub mod order;
pub mod scan;
mod service;
pub mod shipment;
pub mod trace;

use std::sync::Arc;

use kefu_api_orders::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_orders::v1::carriers_service_server::CarriersServiceServer;
use kefu_api_orders::v1::events_service_server::EventsServiceServer;
use kefu_api_orders::v1::follow_ups_service_server::FollowUpsServiceServer;
use kefu_api_orders::v1::orders_service_server::OrdersServiceServer;
use kefu_outbox::Feed;
use kefu_rpc::{Methods, Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::Migration;
use kefu_store::page::Pages;

pub(crate) use error::{Error, Result};

use domain::clocks::Policy;
use order::domain::OrderTypes;
use service::Orders;

kefu_outbox::events_service!(kefu_api_orders, Events);

/// What makes the tables.
const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "orders_001_order", up: order::store::create },
    Migration { name: "orders_002_carrier", up: carrier::store::create },
    Migration { name: "orders_003_follow_up", up: follow_up::store::create },
    Migration { name: "orders_004_shipment", up: shipment::store::create },
];

/// The definition of the service.
pub fn service() -> Service {
    Service::new("orders", DESCRIPTORS, MIGRATIONS, build)
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let types = OrderTypes::shipped().map_err(anyhow::Error::msg)?;
    check_permissions(&types)?;
    let orders = Orders {
        store: context.store.clone(),
        runner: context.runner.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        roles: context.roles.clone(),
        keys: context.keys.clone(),
        directory: Directory::of(&context).await?,
        customers: context.endpoint("customers").ok(),
        types: Arc::new(types),
        policies: Policy::shipped().map_err(anyhow::Error::msg)?.into(),
        feed: Feed::new(context.store.clone()),
    };
    let mount = Mount::new()
        .add(server!(OrdersServiceServer::new(orders.clone())), DESCRIPTORS)?
        .add(server!(CarriersServiceServer::new(orders.clone())), DESCRIPTORS)?
        .add(server!(FollowUpsServiceServer::new(orders.clone())), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    let (follow_ups, feed) = (orders.clone(), orders.feed.clone());
    Ok(Parts::new(mount)
        .directory(&orders.directory)
        .fire(&context, service::FOLLOW_UP_TIMER, move |call, id| {
            follow_ups.clone().fire_follow_up(call, id)
        })
        .task("order changes", move |cancel| feed.clone().run(cancel)))
}

/// A rule of a type may ask for a permission only if some method declares it: roles can hold no other.
fn check_permissions(types: &OrderTypes) -> anyhow::Result<()> {
    let mut methods = Methods::default();
    methods.add(DESCRIPTORS)?;
    let declared = methods.permissions();
    let rules = types.iter().flat_map(|kind| &kind.rules);
    let mut asked = rules.map(|rule| rule.permission.as_str()).filter(|name| !name.is_empty());
    match asked.find(|name| !declared.contains(*name)) {
        Some(unknown) => {
            anyhow::bail!("a type of orders asks for `{unknown}`, which no method declares")
        }
        None => Ok(()),
    }
}
