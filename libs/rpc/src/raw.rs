//! Calls whose messages are bytes already: outgoing commands, and whoever has no generated types.

use bytes::{Buf, BufMut, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use crate::endpoint::Endpoint;
use crate::{MAX_REPLY_BYTES, MAX_REQUEST_BYTES};

/// Calls the unary method `rpc`, `kefu.orders.v1.OrdersService/PlaceHold`, with an encoded message;
/// gives the encoded reply.
pub async fn call_raw(endpoint: &Endpoint, rpc: &str, message: Bytes) -> Result<Bytes, Status> {
    let path = PathAndQuery::try_from(format!("/{rpc}"))
        .map_err(|error| Status::internal(format!("a method named {rpc}: {error}")))?;
    let mut client = Grpc::new(endpoint.clone())
        .max_encoding_message_size(MAX_REQUEST_BYTES)
        .max_decoding_message_size(MAX_REPLY_BYTES);
    client.ready().await?;
    let reply = client.unary(Request::new(message), path, RawCodec).await?;
    Ok(reply.into_inner())
}

/// Messages as the bytes they are on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
