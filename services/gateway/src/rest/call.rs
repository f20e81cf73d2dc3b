//! Calls over gRPC with messages as raw bytes: the transcoder has no generated types.

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::uri::PathAndQuery;
use kefu_rpc::RawCodec;
use tonic::client::Grpc;
use tonic::{Request, Response, Status, Streaming};
use tower::util::BoxCloneSyncService;

/// What carries calls to one service.
pub type Transport = BoxCloneSyncService<
    http::Request<tonic::body::Body>,
    http::Response<tonic::body::Body>,
    Status,
>;

/// The messages of one call, already encoded. Never ends where the caller's body went wrong, so that
/// no service takes half a stream for a whole one.
pub type Messages = BoxStream<'static, Bytes>;

/// Calls an RPC that answers once.
pub fn once(
    transport: Transport,
    rpc: PathAndQuery,
    request: Request<Messages>,
    largest: usize,
) -> BoxFuture<'static, Result<Response<Bytes>, Status>> {
    let call = async move {
        let mut client = ready(transport, largest).await?;
        client.client_streaming(request, rpc, RawCodec).await
    };
    call.boxed()
}

/// Calls an RPC that answers many times.
pub fn stream(
    transport: Transport,
    rpc: PathAndQuery,
    request: Request<Messages>,
    largest: usize,
) -> BoxFuture<'static, Result<Response<Streaming<Bytes>>, Status>> {
    let call = async move {
        let mut client = ready(transport, largest).await?;
        client.streaming(request, rpc, RawCodec).await
    };
    call.boxed()
}

async fn ready(transport: Transport, largest: usize) -> Result<Grpc<Transport>, Status> {
    let mut client = Grpc::new(transport).max_decoding_message_size(largest);
    client.ready().await?;
    Ok(client)
}
