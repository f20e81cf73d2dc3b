//! Commands for other services, recorded in the transaction that decided on them.

use sea_orm::entity::prelude::*;

/// One call to another service, made until it has a final answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing")]
pub struct Model {
    /// The outgoing command.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The service called, `orders`.
    pub target: String,
    /// The RPC, `kefu.orders.v1.OrdersService/PlaceHold`.
    pub rpc: String,
    /// The request, protobuf bytes. Personal where the request is.
    pub body: Vec<u8>,
    /// Idempotency key: the deciding event's id and the step. Unique.
    pub request_id: String,
    /// The aggregate that decided on it.
    pub aggregate_type: String,
    /// Its id.
    pub aggregate_id: Uuid,
    /// In whose name: the deciding call's principal.
    pub on_behalf_of: String,
    /// W3C trace context of the deciding call.
    pub traceparent: String,
    /// 0 waiting, 1 answered, 2 refused for good.
    pub state: i16,
    /// How often it was sent.
    pub attempts: i32,
    /// Not before this instant, machine clock.
    pub next_at: i64,
    /// gRPC code of the last answer; 0 is OK, -1: none yet.
    pub code: i32,
    /// The answer, protobuf bytes, or the encoded status. Personal where the answer is.
    pub answer: Option<Vec<u8>>,
    /// When it was decided, record clock.
    pub created_at: i64,
    /// When it was finally answered, record clock.
    pub finished_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
