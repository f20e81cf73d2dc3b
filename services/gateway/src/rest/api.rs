//! The whole HTTP interface, compiled from descriptors: every `google.api.http` rule of every service
//! as a [`Route`], and the matcher over all of them. The transcoder serves it and the OpenAPI document
//! describes it, so that the two cannot differ.

use std::sync::Arc;

use http::Method;
use prost_reflect::{DescriptorError, DescriptorPool, MethodDescriptor};

use super::matcher::{Found, Matcher};
use super::route::Route;
use super::rule::{HttpRule, rules};
use super::template::Segment;

/// The compiled interface.
#[derive(Debug)]
pub struct Api {
    pool: DescriptorPool,
    routes: Vec<Arc<Route>>,
    matcher: Matcher,
}

/// Why descriptors make no interface. Told at start, to whoever wrote the protos.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The descriptor sets do not decode, or do not fit each other.
    #[error("the descriptors cannot be read: {0}")]
    Descriptors(#[from] DescriptorError),
    /// A rule is wrong in itself.
    #[error("the HTTP rule {rule} of {rpc} {problem}")]
    Rule {
        /// The RPC's full name.
        rpc: String,
        /// The rule, as method and path.
        rule: String,
        /// A sentence that goes on after the rule.
        problem: String,
    },
    /// Two rules take the same requests.
    #[error("{first} and {second} both have the HTTP rule {rule}")]
    Conflict {
        /// The RPC that has it first.
        first: String,
        /// The other.
        second: String,
        /// The rule, as method and path.
        rule: String,
    },
    /// A service of the descriptors has nothing that serves it.
    #[error("nothing serves {service}")]
    Unserved {
        /// The service's full name.
        service: String,
    },
}

impl Api {
    /// Compiles encoded `FileDescriptorSet`s. Files that several sets hold are taken once.
    pub fn compile<'a>(sets: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ApiError> {
        let mut pool = DescriptorPool::new();
        for set in sets {
            pool.decode_file_descriptor_set(set)?;
        }
        let mut api = Self { pool, routes: Vec::new(), matcher: Matcher::default() };
        let services: Vec<_> = api.pool.services().collect();
        for rpc in services.iter().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            for (binding, rule) in rules(&rpc).into_iter().enumerate() {
                api.add(&rpc, binding, &rule)?;
            }
        }
        Ok(api)
    }

    fn add(
        &mut self,
        rpc: &MethodDescriptor,
        binding: usize,
        rule: &HttpRule,
    ) -> Result<(), ApiError> {
        let wrong = |problem| ApiError::Rule {
            rpc: rpc.full_name().into(),
            rule: rule.to_string(),
            problem,
        };
        let route = Route::compile(rpc, binding, rule).map_err(wrong)?;
        let index = self.routes.len();
        if let Err(taken) = self.matcher.insert(&route.template, route.method.clone(), index) {
            return Err(ApiError::Conflict {
                first: self.routes[taken].rpc.full_name().into(),
                second: rpc.full_name().into(),
                rule: rule.to_string(),
            });
        }
        self.routes.push(Arc::new(route));
        Ok(())
    }

    /// The descriptors.
    pub fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The routes, in the order of services, RPCs and bindings in the descriptors.
    pub(crate) fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// RPCs that no rule reaches.
    pub fn unrouted(&self) -> Vec<MethodDescriptor> {
        let services: Vec<_> = self.pool.services().collect();
        let all = services.iter().flat_map(|service| service.methods().collect::<Vec<_>>());
        all.filter(|rpc| !self.routes.iter().any(|route| route.rpc == *rpc)).collect()
    }

    /// The first segments that paths begin with, such as `v1`, each once.
    pub(super) fn roots(&self) -> Vec<&str> {
        let mut roots: Vec<&str> = self
            .routes
            .iter()
            .filter_map(|route| match route.template.segments.first() {
                Some(Segment::Literal(text)) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    pub(super) fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'p> {
        self.matcher.find(method, path)
    }
}
