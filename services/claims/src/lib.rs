//! The service of claims: what somebody wants made good, from the first word to the last coin.
//!
//! It is divided by concern: `claim` (the life cycle), `offer` (the negotiation), `decision` (authority) and
//! `ledger` (money). All of them change one aggregate, the claim, so that one version guards everything that its
//! money depends on.

pub mod claim;
pub mod decision;
pub mod domain;
mod error;
pub mod ledger;
pub mod offer;
mod service;
mod store;

use std::sync::Arc;

use kefu_api_claims::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use kefu_api_claims::v1::claims_service_server::ClaimsServiceServer;
use kefu_api_claims::v1::decisions_service_server::DecisionsServiceServer;
use kefu_api_claims::v1::events_service_server::EventsServiceServer;
use kefu_api_claims::v1::ledger_service_server::LedgerServiceServer;
use kefu_api_claims::v1::offers_service_server::OffersServiceServer;
use kefu_outbox::Feed;
use kefu_rpc::{Mount, server};
use kefu_runtime::directory::Directory;
use kefu_runtime::{Context, Parts, Service};
use kefu_store::page::Pages;

use claim::store::aggregate::TIMER;
use decision::domain::authority::Authorities;
use domain::rules::Rules;
use error::{Error, Result};
use service::Claims;

kefu_outbox::events_service!(kefu_api_claims, Events);

/// The definition of the service.
pub fn service() -> Service {
    Service::new("claims", DESCRIPTORS, store::MIGRATIONS, build)
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let claims = Claims {
        store: context.store.clone(),
        runner: context.runner.clone(),
        keys: context.keys.clone(),
        roles: context.roles.clone(),
        pages: Pages::new(context.keys.clone(), context.ambient.clone()),
        directory: Directory::of(&context).await?,
        rules: Arc::new(Rules::shipped().map_err(anyhow::Error::msg)?),
        shipped: Arc::new(Authorities::shipped().map_err(anyhow::Error::msg)?),
        feed: Feed::new(context.store.clone()),
    };
    let mount = Mount::new()
        .add(server!(ClaimsServiceServer::new(claims.clone())), DESCRIPTORS)?
        .add(server!(OffersServiceServer::new(claims.clone())), DESCRIPTORS)?
        .add(server!(DecisionsServiceServer::new(claims.clone())), DESCRIPTORS)?
        .add(server!(LedgerServiceServer::new(claims.clone())), DESCRIPTORS)?
        .add(server!(EventsServiceServer::new(Events(context.events.clone()))), DESCRIPTORS)?;
    let (of_claims, feed) = (claims.clone(), claims.feed.clone());
    Ok(Parts::new(mount)
        .directory(&claims.directory)
        .fire(&context, TIMER, move |call, id| of_claims.clone().wake(call, id))
        .task("claim changes", move |cancel| feed.clone().run(cancel)))
}
