//! Callers of a running Kefu, whatever its shape: generated clients and REST over the public port, with
//! the keys of the roles that a test needs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kefu_api_gateway::v1::CreateKeyRequest;
use kefu_api_gateway::v1::keys_service_client::KeysServiceClient;
use kefu_runtime::data;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// What generated clients are made over.
pub type Transport = InterceptedService<Channel, Bearer>;

/// The ways into one running Kefu.
pub struct Callers {
    channel: Channel,
    address: SocketAddr,
    admin_key: PathBuf,
}

impl Callers {
    /// Those of the gateway at `address`, whose first start wrote the administrator's key into the
    /// folder `data`. Nothing is connected before the first call.
    pub fn new(address: SocketAddr, data: &Path) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}"));
        let channel = endpoint.expect("an address makes a URL").connect_lazy();
        Self { channel, address, admin_key: data::admin_key(data) }
    }

    /// A transport for calls with the API key `key`; empty: without credentials.
    pub fn with_key(&self, key: &str) -> Transport {
        InterceptedService::new(self.channel.clone(), Bearer::new(key))
    }

    /// The text of the first administrator's key.
    pub fn admin_key(&self) -> String {
        let text = std::fs::read_to_string(&self.admin_key);
        text.expect("the first start wrote it").trim().to_owned()
    }

    /// A transport for the administrator.
    pub fn admin(&self) -> Transport {
        self.with_key(&self.admin_key())
    }

    /// The text of a new API key with one role; no `branches`: it acts in all.
    pub async fn key(&self, role: &str, branches: &[&str]) -> String {
        let request = CreateKeyRequest {
            name: format!("{role} of a test"),
            roles: vec![role.to_owned()],
            branch_ids: branches.iter().map(ToString::to_string).collect(),
            all_branches: branches.is_empty(),
            ..CreateKeyRequest::default()
        };
        let made = KeysServiceClient::new(self.admin()).create_key(request).await;
        made.expect("the administrator may make keys").into_inner().secret
    }

    /// A transport with a new key of one role; see [`Callers::key`].
    pub async fn as_role(&self, role: &str, branches: &[&str]) -> Transport {
        self.with_key(&self.key(role, branches).await)
    }

    /// Calls REST, with a JSON body where there is one; gives status and body.
    pub async fn rest(
        &self,
        key: &str,
        method: http::Method,
        path: &str,
        json: Option<&str>,
    ) -> anyhow::Result<(http::StatusCode, String)> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(http::header::AUTHORIZATION, format!("Bearer {key}"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(json.unwrap_or_default().to_owned())))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.context("REST answers")?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok((head.status, String::from_utf8(body.to_vec())?))
    }
}

/// Sends an API key, where there is one.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// Sends `key`; empty: nothing.
    pub fn new(key: &str) -> Self {
        let value = format!("Bearer {key}").parse().expect("keys are ASCII");
        Self((!key.is_empty()).then_some(value))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert("authorization", key.clone());
        }
        Ok(request)
    }
}
