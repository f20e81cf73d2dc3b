//! Links between tickets, kept with the one on which they were made.

use kefu_kernel::Id;
use kefu_store::migrate::columns::*;
use kefu_store::{Reader, Schema};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::domain::ids::TicketId;
use crate::domain::words::LinkKind;

/// One link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_link")]
pub struct Model {
    /// The ticket on which it was made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// What the other is to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The other ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: Uuid,
    /// Its place among the ticket's links.
    pub place: i32,
    /// When it was made.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket_link")
            .col(uuid("ticket_id"))
            .col(text("kind"))
            .col(uuid("other_id"))
            .col(integer("place"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("ticket_id").col("kind").col("other_id")),
    );
    schema.index("ticket_link", &["other_id"]);
}

/// The parents above a ticket, nearest first, at most so many: one statement.
pub async fn above(
    reader: &Reader,
    of: TicketId,
    at_most: usize,
) -> Result<Vec<TicketId>, sea_orm::DbErr> {
    let backend = reader.get_database_backend();
    let sign = if backend == DbBackend::Postgres { '$' } else { '?' };
    let sql = format!(
        "WITH RECURSIVE above (id, distance) AS ( \
           SELECT other_id, CAST(1 AS bigint) FROM ticket_link \
           WHERE ticket_id = {sign}1 AND kind = {sign}2 \
           UNION ALL \
           SELECT l.other_id, a.distance + 1 FROM above AS a \
           JOIN ticket_link AS l ON l.ticket_id = a.id AND l.kind = {sign}2 \
           WHERE a.distance < {sign}3 \
         ) SELECT id FROM above ORDER BY distance"
    );
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let values = [of.uuid().into(), LinkKind::Parent.name().into(), at_most.into()];
    let rows = reader.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(TicketId::from)).collect()
}
