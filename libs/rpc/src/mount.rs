//! Which services a server has: each is mounted with its descriptors, at one line, so that its methods,
//! their permissions and reflection never tell another story than the routes.

use tonic::service::Routes;
use tonic_health::pb::health_server::{Health, HealthServer};

use crate::endpoint::Endpoint;
use crate::error::{BoxError, RpcError};
use crate::forward::Forward;
use crate::method::{Methods, service_names};
use crate::stack::{Guarded, StackConfig};

/// Sets a generated server's limits (1 MiB in, 8 MiB out): `server!(TicketsServiceServer::new(it))`.
#[macro_export]
macro_rules! server {
    ($server:expr) => {
        $server
            .max_decoding_message_size($crate::MAX_REQUEST_BYTES)
            .max_encoding_message_size($crate::MAX_REPLY_BYTES)
    };
}

/// A generated client with the same limits: `client!(TicketsServiceClient, endpoint)`.
#[macro_export]
macro_rules! client {
    ($client:ident, $endpoint:expr) => {
        $client::new($endpoint)
            .max_encoding_message_size($crate::MAX_REQUEST_BYTES)
            .max_decoding_message_size($crate::MAX_REPLY_BYTES)
    };
}

/// Services on their way into a server.
#[derive(Default)]
pub struct Mount {
    routes: Routes,
    methods: Methods,
    descriptors: Vec<&'static [u8]>,
}

impl Mount {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a generated server, with the encoded descriptor set that defines it.
    pub fn add<S>(mut self, server: S, descriptors: &'static [u8]) -> Result<Self, RpcError>
    where
        S: tower::Service<
                http::Request<tonic::body::Body>,
                Error = std::convert::Infallible,
                Response: axum::response::IntoResponse,
                Future: Send + 'static,
            > + tonic::server::NamedService
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.describe(descriptors)?;
        self.routes = self.routes.add_service(server);
        Ok(self)
    }

    /// Passes every call of the services in `descriptors` on to `endpoint`, unread.
    pub fn forward(
        mut self,
        endpoint: &Endpoint,
        descriptors: &'static [u8],
    ) -> Result<Self, RpcError> {
        self.describe(descriptors)?;
        let mut router = self.routes.into_axum_router();
        for name in service_names(descriptors)? {
            let path = format!("/{name}/{{*method}}");
            router = router.route_service(&path, Forward::new(endpoint.clone()));
        }
        self.routes = Routes::from(router);
        Ok(self)
    }

    /// Adds the health service; its reporter says what it answers.
    pub fn health(mut self, server: HealthServer<impl Health>) -> Result<Self, RpcError> {
        self.methods.add_open(tonic_health::pb::FILE_DESCRIPTOR_SET)?;
        self.descriptors.push(tonic_health::pb::FILE_DESCRIPTOR_SET);
        self.routes = self.routes.add_service(server);
        Ok(self)
    }

    /// Adds reflection over everything that was added so far, in both versions: some clients know only
    /// `v1alpha`.
    pub fn reflection(mut self) -> Result<Self, RpcError> {
        use tonic_reflection::pb;
        let builder = || {
            let mut builder = tonic_reflection::server::Builder::configure();
            for set in &self.descriptors {
                builder = builder.register_encoded_file_descriptor_set(set);
            }
            builder
        };
        let failed =
            |cause| RpcError::set_up_by("reflection cannot be built", BoxError::from(cause));
        let v1 = builder().build_v1().map_err(failed)?;
        let v1alpha = builder().build_v1alpha().map_err(failed)?;
        self.methods.add_open(pb::v1::FILE_DESCRIPTOR_SET)?;
        self.methods.add_open(pb::v1alpha::FILE_DESCRIPTOR_SET)?;
        self.routes = self.routes.add_service(v1).add_service(v1alpha);
        Ok(self)
    }

    /// All methods added so far.
    pub fn methods(&self) -> &Methods {
        &self.methods
    }

    /// Puts the stack around them.
    pub fn guard(self, config: StackConfig) -> Guarded {
        Guarded::new(self.routes, self.methods, config)
    }

    fn describe(&mut self, descriptors: &'static [u8]) -> Result<(), RpcError> {
        self.methods.add(descriptors)?;
        // Several servers of one package share a set.
        if !self.descriptors.iter().any(|known| std::ptr::eq(*known, descriptors)) {
            self.descriptors.push(descriptors);
        }
        Ok(())
    }
}
