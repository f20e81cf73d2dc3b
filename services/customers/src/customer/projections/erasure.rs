//! The end of what an erased customer left beside its rows: findings about its credit, values kept beside the
//! log, and stored replies.

use kefu_api_events::v1::SubjectErased;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Recorded};
use kefu_outbox::{FoldError, Projection};
use kefu_store::runner::ids_in;
use kefu_store::tables::idempotency;
use kefu_store::{StoreError, WriteTx};
use prost::Name;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryFilter};

use crate::credit::store::credit;
use crate::domain::ids::{CreditId, CustomerId};

/// The projection.
pub struct Erasure;

#[async_trait::async_trait]
impl Projection for Erasure {
    fn name(&self) -> &'static str {
        "customer_erasure"
    }

    fn source(&self) -> &'static str {
        "customers"
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        let erased: Vec<Uuid> = events
            .iter()
            .filter(|event| event.type_name == SubjectErased::full_name())
            .map(|event| event.aggregate_id)
            .collect();
        if erased.is_empty() {
            return Ok(());
        }
        let credits: Vec<Uuid> =
            erased.iter().map(|id| CreditId::of(CustomerId::from(*id)).uuid()).collect();
        tx.erase_personal_values(&erased).await?;
        tx.erase_personal_values(&credits).await?;
        credit::Entity::update_many()
            .col_expr(credit::Column::Findings, Expr::value(""))
            .filter(ids_in(credit::Column::Id, &credits))
            .exec(tx)
            .await?;
        for id in erased.into_iter().chain(credits) {
            erase_replies(tx, id).await?;
        }
        Ok(())
    }

    /// It keeps no rows.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// Overwrites the stored replies of calls that loaded or changed a customer. The rows stay: a repeat must not
/// be a new command.
async fn erase_replies(tx: &WriteTx, id: Uuid) -> Result<(), FoldError> {
    let bytes = id.as_bytes().to_vec();
    let names_it = match tx.get_database_backend() {
        DbBackend::Postgres => Expr::cust_with_values("position($1 in aggregates) > 0", [bytes]),
        _ => Expr::cust_with_values("instr(aggregates, ?) > 0", [bytes]),
    };
    idempotency::Entity::update_many()
        .col_expr(idempotency::Column::Reply, Expr::value(Vec::<u8>::new()))
        .filter(names_it)
        .exec(tx)
        .await?;
    Ok(())
}
