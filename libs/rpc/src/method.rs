//! Every method that a server serves, read from the descriptors: its permission and its shape.
//!
//! The proto is the only place where a permission is declared; a method of Kefu without one does not
//! even build, and is refused here too.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor, Value};

use crate::error::RpcError;

/// The method option that names the permission.
const PERMISSION: &str = "kefu.common.v1.permission";
/// The method option that names what it asks for in some cases only.
const FURTHER: &str = "kefu.common.v1.further_permissions";

/// One method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `kefu.tickets.v1.TicketsService/AssignTicket`.
    pub name: String,
    /// The permission that a caller must hold; none only for health and reflection, which are open.
    pub permission: Option<String>,
    /// What its handler asks for beside that in some cases.
    pub further_permissions: Vec<String>,
    /// Whether the request is a stream.
    pub client_streaming: bool,
    /// Whether the reply is a stream.
    pub server_streaming: bool,
}

impl Method {
    /// Whether request or reply is a stream.
    pub fn is_stream(&self) -> bool {
        self.client_streaming || self.server_streaming
    }
}

/// All methods of a server, by path.
#[derive(Clone, Debug, Default)]
pub struct Methods {
    by_path: HashMap<String, Arc<Method>>,
}

impl Methods {
    /// Adds the services of an encoded `FileDescriptorSet` (as protox wrote it: with its options, and
    /// with all that it imports). Each method must declare a permission.
    pub fn add(&mut self, descriptors: &[u8]) -> Result<(), RpcError> {
        for service in services(descriptors)? {
            for method in service.methods() {
                let permission = permission_of(&method)?;
                self.insert(&method, Some(permission));
            }
        }
        Ok(())
    }

    /// Adds services whose methods are open to all: health and reflection.
    pub fn add_open(&mut self, descriptors: &[u8]) -> Result<(), RpcError> {
        for service in services(descriptors)? {
            for method in service.methods() {
                self.insert(&method, None);
            }
        }
        Ok(())
    }

    /// The method at `path`, `/kefu.tickets.v1.TicketsService/AssignTicket`.
    pub fn find(&self, path: &str) -> Option<&Arc<Method>> {
        self.by_path.get(path)
    }

    /// All methods, by name.
    pub fn all(&self) -> Vec<&Method> {
        let mut all: Vec<&Method> = self.by_path.values().map(Arc::as_ref).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Every permission that a method asks for, always or in some cases.
    pub fn permissions(&self) -> BTreeSet<String> {
        let asked = |method: &Arc<Method>| {
            method.permission.iter().chain(&method.further_permissions).cloned().collect::<Vec<_>>()
        };
        self.by_path.values().flat_map(asked).collect()
    }

    fn insert(&mut self, method: &MethodDescriptor, permission: Option<String>) {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        let entry = Method {
            permission,
            further_permissions: further_of(method),
            client_streaming: method.is_client_streaming(),
            server_streaming: method.is_server_streaming(),
            name: name.clone(),
        };
        self.by_path.insert(format!("/{name}"), Arc::new(entry));
    }
}

/// The full names of the services that a descriptor set defines.
pub(crate) fn service_names(descriptors: &[u8]) -> Result<Vec<String>, RpcError> {
    Ok(services(descriptors)?.iter().map(|service| service.full_name().to_owned()).collect())
}

fn services(descriptors: &[u8]) -> Result<Vec<ServiceDescriptor>, RpcError> {
    let pool = DescriptorPool::decode(descriptors)
        .map_err(|cause| RpcError::set_up_by("a descriptor set cannot be read", cause))?;
    Ok(pool.services().collect())
}

fn permission_of(method: &MethodDescriptor) -> Result<String, RpcError> {
    let missing = || RpcError::set_up(format!("{} declares no permission", method.full_name()));
    let option = method.parent_pool().get_extension_by_name(PERMISSION).ok_or_else(missing)?;
    match method.options().get_extension(&option).as_ref() {
        Value::String(permission) if !permission.is_empty() => Ok(permission.clone()),
        _ => Err(missing()),
    }
}

fn further_of(method: &MethodDescriptor) -> Vec<String> {
    let Some(option) = method.parent_pool().get_extension_by_name(FURTHER) else {
        return Vec::new();
    };
    match method.options().get_extension(&option).as_ref() {
        Value::List(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
