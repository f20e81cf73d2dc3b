//! The gateway as the runtime knows it: the directory's service, and the face that callers meet.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use kefu_api_gateway::FILE_DESCRIPTOR_SET;
use kefu_api_gateway::v1::calendars_service_server::CalendarsServiceServer;
use kefu_api_gateway::v1::directory_service_server::DirectoryServiceServer;
use kefu_api_gateway::v1::events_service_server::EventsServiceServer;
use kefu_api_gateway::v1::identity_service_server::IdentityServiceServer;
use kefu_api_gateway::v1::issuers_service_server::IssuersServiceServer;
use kefu_api_gateway::v1::keys_service_server::KeysServiceServer;
use kefu_rpc::jwks::FetchConfig;
use kefu_rpc::{Authentication, Guarded, Mount, server};
use kefu_runtime::{Context, Face, Parts, Service};
use kefu_store::{Runner, RunnerOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::access::{Access, ApiKeys, Tokens};
use crate::bootstrap::{Company, bootstrap};
use crate::gateway::Gateway;
use crate::migrations::MIGRATIONS;
use crate::rest::{self, Api, Limits};
use crate::rpc::Events;
use crate::{openapi, shipped};

/// The gateway's own options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GatewayOptions {
    /// The authority that signed the certificates of identity providers, PEM; unset for the system's
    /// roots.
    pub issuer_ca: Option<PathBuf>,
    /// Fetches the keys of identity providers without TLS also from other machines. Only for closed
    /// networks.
    pub issuer_plaintext: bool,
}

/// The gateway: REST, gRPC-Web, the directory, and the way to all other services.
pub fn service() -> Service {
    Service::new("gateway", FILE_DESCRIPTOR_SET, MIGRATIONS, build)
        .options::<GatewayOptions>()
        .speaks_for_others()
}

async fn build(context: Context) -> anyhow::Result<Parts> {
    let options: GatewayOptions = context.options();
    let fetch = FetchConfig { authority: options.issuer_ca, allow_plain: options.issuer_plaintext };
    let (store, keys) = (context.store.clone(), context.keys.clone());
    let access = Access::new(store.clone(), keys.clone(), context.roles.clone(), &fetch)?;
    let permissions = shipped::permissions(context.installed.iter().map(|(_, set)| *set))?;
    let gateway = Gateway::new(store, context.runner.clone(), keys, access.clone(), permissions);
    first_start(&context, &gateway).await?;
    access.refresh().await?;
    let (following, noting) = (access.clone(), access.clone());
    Ok(Parts::new(mount(&gateway, &context)?)
        .face(face(&context, access)?)
        .task("access", move |stop| following.clone().follow(stop))
        .task("use of keys", move |stop| noting.clone().note_use(stop)))
}

/// The directory's own services.
fn mount(gateway: &Gateway, context: &Context) -> anyhow::Result<Mount> {
    let events = Events(context.events.clone());
    let set = FILE_DESCRIPTOR_SET;
    Ok(Mount::new()
        .add(server!(DirectoryServiceServer::new(gateway.clone())), set)?
        .add(server!(CalendarsServiceServer::new(gateway.clone())), set)?
        .add(server!(KeysServiceServer::new(gateway.clone())), set)?
        .add(server!(IssuersServiceServer::new(gateway.clone())), set)?
        .add(server!(IdentityServiceServer::new(gateway.clone())), set)?
        .add(server!(EventsServiceServer::new(events)), set)?)
}

/// What callers meet: every service of the installation, over gRPC and REST.
fn face(context: &Context, access: Access) -> anyhow::Result<Face> {
    let mut mount = Mount::new();
    for (name, descriptors) in context.installed.iter() {
        mount = mount.forward(&context.endpoint(name)?.as_caller(), descriptors)?;
    }
    let shared = [kefu_api_common::FILE_DESCRIPTOR_SET, kefu_api_events::FILE_DESCRIPTOR_SET];
    let installed = context.installed.iter().map(|(_, set)| *set);
    let api = Arc::new(Api::compile(shared.into_iter().chain(installed))?);
    let authentication =
        Authentication::or_public().with(ApiKeys(access.clone())).with(Tokens(access));
    let rest = move |guarded: Guarded| {
        let document = openapi::router(&api);
        let serve = rest::router(api, Limits::default(), |_| Some(guarded.clone()))?;
        Ok(serve.merge(document))
    };
    Ok(Face { mount, authentication, rest: Box::new(rest) })
}

/// Makes what the first start makes, with a runner of its own: the service's begins to work later.
async fn first_start(context: &Context, gateway: &Gateway) -> anyhow::Result<()> {
    let config = &context.config.company;
    let calendar = config.calendar().map_err(anyhow::Error::msg).context("the company's hours")?;
    let company = Company { name: config.name.clone(), calendar: calendar.spec().clone() };
    let (runner, task) = Runner::new(context.store.clone(), RunnerOptions::default());
    let gateway = Gateway { runner, ..gateway.clone() };
    let stop = CancellationToken::new();
    let made = async {
        let made = bootstrap(&gateway, company, &context.data.admin_key()).await;
        stop.cancel();
        made
    };
    let (made, _) = tokio::join!(made, task.run(stop.clone()));
    made
}
