//! Where a consumer lists events from: the own log, or the owner's `ListChanges`.

use std::collections::BTreeMap;

use kefu_api_common::v1::list_changes_request::From;
use kefu_api_common::v1::{
    ListChangesRequest, ListChangesResponse, ListConsumersRequest, ListConsumersResponse,
    PartitionPosition,
};
use kefu_kernel::Recorded;
use kefu_rpc::Endpoint;
use kefu_store::Store;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use crate::OutboxError;
use crate::changes::{self, Positions};

/// The largest answer of `ListChanges`: what a service sends at most.
const MOST_BYTES: usize = 8 << 20;

/// A log that can be read by position.
#[async_trait::async_trait]
pub trait ChangeSource: Send + Sync + 'static {
    /// Events after the given positions, of the partitions named, at most about `limit`; in order of
    /// position within each partition. None: nothing more at this time.
    async fn list(&self, after: &Positions, limit: usize) -> Result<Vec<Recorded>, OutboxError>;

    /// The last position of each partition.
    async fn heads(&self) -> Result<Positions, OutboxError>;

    /// The last position of each partition that is no longer kept; 0, or absent, where all is.
    async fn dropped(&self) -> Result<Positions, OutboxError>;
}

#[async_trait::async_trait]
impl ChangeSource for Store {
    async fn list(&self, after: &Positions, limit: usize) -> Result<Vec<Recorded>, OutboxError> {
        changes::list(self, after, limit).await
    }

    async fn heads(&self) -> Result<Positions, OutboxError> {
        Ok(changes::heads(self).await?.numbered)
    }

    async fn dropped(&self) -> Result<Positions, OutboxError> {
        changes::dropped(self).await
    }
}

/// Another service's log, by its `EventsService/ListChanges`.
pub struct RemoteLog {
    endpoint: Endpoint,
    service: String,
}

impl RemoteLog {
    /// The log of `service`, which `endpoint` reaches.
    pub fn new(endpoint: Endpoint, service: impl Into<String>) -> Self {
        Self { endpoint, service: service.into() }
    }

    async fn after(
        &self,
        partition: u8,
        position: i64,
        limit: usize,
    ) -> Result<ListChangesResponse, OutboxError> {
        let place = PartitionPosition { partition: i32::from(partition), position };
        let limit = i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000);
        self.ask(Some(From::After(place)), limit).await
    }

    async fn ask(
        &self,
        from: Option<From>,
        page_size: i32,
    ) -> Result<ListChangesResponse, OutboxError> {
        self.call("ListChanges", ListChangesRequest { from, page_size, types: Vec::new() }).await
    }

    /// How far the consumers of that service have folded the partitions of `source`.
    pub async fn folded_of(&self, source: &str) -> Result<Vec<(u8, i64)>, OutboxError> {
        let answer: ListConsumersResponse =
            self.call("ListConsumers", ListConsumersRequest::default()).await?;
        let own = answer.positions.into_iter().filter(|place| place.source == source);
        Ok(own.filter_map(|own| Some((u8::try_from(own.partition).ok()?, own.position))).collect())
    }

    async fn call<M, R>(&self, rpc: &str, request: M) -> Result<R, OutboxError>
    where
        M: prost::Message + 'static,
        R: prost::Message + Default + 'static,
    {
        let path = format!("/kefu.{}.v1.EventsService/{rpc}", self.service);
        let path = PathAndQuery::try_from(path).map_err(|error| {
            OutboxError::Broken(format!("a service named {}: {error}", self.service))
        })?;
        let owner = |status: Status| OutboxError::Owner(format!("{:?}", status.code()));
        let mut client = Grpc::new(self.endpoint.clone()).max_decoding_message_size(MOST_BYTES);
        client.ready().await.map_err(owner)?;
        let codec = ProstCodec::<M, R>::default();
        let answer = client.unary(Request::new(request), path, codec).await.map_err(owner)?;
        Ok(answer.into_inner())
    }
}

#[async_trait::async_trait]
impl ChangeSource for RemoteLog {
    async fn list(&self, after: &Positions, limit: usize) -> Result<Vec<Recorded>, OutboxError> {
        let mut events = Vec::new();
        let mut heads: BTreeMap<u8, i64> = BTreeMap::new();
        for (partition, position) in after {
            if heads.get(partition).is_some_and(|head| head <= position) {
                continue;
            }
            let answer = self.after(*partition, *position, limit).await?;
            for head in answer.heads {
                heads.insert(u8::try_from(head.partition).unwrap_or_default(), head.position);
            }
            for change in answer.changes {
                let event = Recorded::try_from(change);
                events.push(event.map_err(|error| OutboxError::Broken(error.to_string()))?);
            }
        }
        Ok(events)
    }

    async fn heads(&self) -> Result<Positions, OutboxError> {
        Ok(places(self.ask(None, 1).await?.heads))
    }

    async fn dropped(&self) -> Result<Positions, OutboxError> {
        Ok(places(self.ask(None, 1).await?.dropped))
    }
}

fn places(told: Vec<PartitionPosition>) -> Positions {
    let place = |told: PartitionPosition| Some((u8::try_from(told.partition).ok()?, told.position));
    told.into_iter().filter_map(place).collect()
}
