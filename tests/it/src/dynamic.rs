//! Calls by a method's name with requests told as JSON: for tests that walk over every RPC.

use kefu_rpc::{Method, Methods, RawCodec};
use kefu_testkit::Transport;
use prost::Message;
use prost::bytes::Bytes;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// The contracts of all services.
pub struct Api {
    pub methods: Methods,
    pool: DescriptorPool,
}

impl Api {
    pub fn read() -> Self {
        let (mut methods, mut pool) = (Methods::default(), DescriptorPool::new());
        for descriptors in kefu_gateway::DESCRIPTORS {
            methods.add(descriptors).unwrap();
            pool.decode_file_descriptor_set(descriptors).unwrap();
        }
        Self { methods, pool }
    }

    /// A method's shape, by `kefu.tickets.v1.TicketsService/GetTicket`.
    pub fn shape(&self, method: &str) -> MethodDescriptor {
        let (service, name) = method.split_once('/').unwrap();
        let service = self.pool.get_service_by_name(service).unwrap();
        service.methods().find(|method| method.name() == name).unwrap()
    }

    /// The reply as it is on the wire; of a stream its first messages, to the end of a snapshot.
    pub async fn bytes(
        &self,
        caller: &Transport,
        method: &str,
        request: &str,
    ) -> Result<Vec<Bytes>, Status> {
        let shape = self.shape(method);
        let mut text = serde_json::Deserializer::from_str(request);
        let message = DynamicMessage::deserialize(shape.input(), &mut text);
        let message = message.unwrap_or_else(|error| panic!("{method}: {error}: {request}"));
        let snapshot = method.ends_with("/WatchTickets");
        let last = |bytes: &Bytes| !snapshot || json(&shape, bytes).contains("snapshotEnd");
        call(caller, method, message.encode_to_vec().into(), last).await
    }

    /// The same as JSON, a line for each message.
    pub async fn ask(
        &self,
        caller: &Transport,
        method: &str,
        request: &str,
    ) -> Result<String, Status> {
        let messages = self.bytes(caller, method, request).await?;
        let shape = self.shape(method);
        let lines: Vec<String> = messages.iter().map(|bytes| json(&shape, bytes)).collect();
        Ok(lines.join("\n"))
    }

    /// Every method of a package, by name.
    pub fn of_package(&self, package: &str) -> Vec<&Method> {
        let mut methods = self.methods.all();
        methods.retain(|method| method.name.starts_with(package));
        methods
    }
}

fn json(shape: &MethodDescriptor, bytes: &Bytes) -> String {
    let reply = DynamicMessage::decode(shape.output(), bytes.clone()).unwrap();
    serde_json::to_string(&reply).unwrap()
}

/// Calls a method; a stream is heard to the first message that `last` says to be the last.
pub async fn call(
    caller: &Transport,
    method: &str,
    message: Bytes,
    last: impl Fn(&Bytes) -> bool,
) -> Result<Vec<Bytes>, Status> {
    let mut client = Grpc::new(caller.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/{method}")).unwrap();
    // One reply or many look the same to a client.
    let reply = client.server_streaming(Request::new(message), path, RawCodec).await?;
    let (mut stream, mut messages) = (reply.into_inner(), Vec::new());
    while let Some(message) = stream.message().await? {
        let end = last(&message);
        messages.push(message);
        if end {
            break;
        }
    }
    Ok(messages)
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone()).unwrap_or_default()
}
