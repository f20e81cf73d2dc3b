//! Customers: whom the company serves, how far it trusts them, what it owes them, and what happened with
//! them.
//!
//! Divided by concern: `customer` (who they are), `credit`, `revisit` (return contacts that are owed) and
//! `timeline` (what happened, over every service). `domain` holds the words that they share.

pub mod credit;
pub mod customer;
pub mod domain;
mod error;
pub mod revisit;
mod service;
#[cfg(test)]
mod stored;
pub mod timeline;

use std::sync::Arc;

use anyhow::Context as _;
use kefu_api_customers::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_customers::v1::credit_service_server::CreditServiceServer;
use kefu_api_customers::v1::customers_service_server::CustomersServiceServer;
use kefu_api_customers::v1::events_service_server::EventsServiceServer;
use kefu_api_customers::v1::timelines_service_server::TimelinesServiceServer;
use kefu_rpc::{Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::Migration;
use kefu_store::page::Pages;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use credit::projection::CreditUse;
use customer::domain::{Country, ProfileRules};
use customer::projections::{Erasure, Matching, Search};
use service::Customers;
use timeline::projection::Timeline;

pub(crate) use error::{Error, Result};

kefu_outbox::events_service!(kefu_api_customers, Events);

/// What makes the tables.
const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "customers_001_customer", up: customer::store::create },
    Migration { name: "customers_002_search", up: customer::store::create_search },
    Migration { name: "customers_003_credit", up: credit::store::create },
    Migration { name: "customers_004_timeline", up: timeline::store::create },
    Migration { name: "customers_005_revisit", up: revisit::store::create },
];

/// The service's own options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CustomersOptions {
    /// The country by whose way of writing phones without `+` are read where a request names none, ISO
    /// 3166-1 alpha-2.
    pub country: String,
}

impl Default for CustomersOptions {
    fn default() -> Self {
        Self { country: "CN".to_owned() }
    }
}

/// The definition of the service.
pub fn service() -> Service {
    Service::new("customers", DESCRIPTORS, MIGRATIONS, build).options::<CustomersOptions>()
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let options: CustomersOptions = context.options();
    let country = Country::new(&options.country)
        .with_context(|| format!("`{}` is not a country's code", options.country))?;
    let installed = |service: &str| context.installed.iter().any(|(name, _)| *name == service);
    let has_orders = installed("orders");
    let customers = Customers {
        store: context.store.clone(),
        runner: context.runner.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        roles: context.roles.clone(),
        keys: context.keys.clone(),
        directory: Directory::of(&context).await?,
        orders: context.endpoint("orders").ok(),
        has_orders,
        rules: Arc::new(ProfileRules::shipped()?),
        country,
    };
    let mount = Mount::new()
        .add(server!(CustomersServiceServer::new(customers.clone())), DESCRIPTORS)?
        .add(server!(CreditServiceServer::new(customers.clone())), DESCRIPTORS)?
        .add(server!(TimelinesServiceServer::new(customers.clone())), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    let (of_listings, of_holds) = (customers.clone(), customers.clone());
    let parts = Parts::new(mount)
        .directory(&customers.directory)
        .project(Search)
        .project(Matching::new(context.keys.clone()))
        .project(Erasure)
        .fire(&context, service::LISTING_TIMER, move |call, id| {
            of_listings.clone().expire_listings(call, id)
        })
        .fire(&context, service::HOLD_TIMER, move |call, id| {
            of_holds.clone().expire_hold(call, id)
        });
    let parts = if has_orders { parts.project(CreditUse) } else { parts };
    Ok(Timeline::of(installed).fold(parts, Parts::project))
}
