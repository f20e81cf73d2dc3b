//! What customers allow: what holds now, and everything that was ever said.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;

/// What holds now of a channel and purpose.
pub mod now {
    use sea_orm::entity::prelude::*;

    /// What holds.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_consent")]
    pub struct Model {
        /// The customer.
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer_id: Uuid,
        /// By which way.
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel: String,
        /// For what.
        #[sea_orm(primary_key, auto_increment = false)]
        pub purpose: String,
        /// Whether it is allowed.
        pub granted: bool,
        /// When the customer said so.
        pub said_at: i64,
        /// How it was given.
        pub evidence: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Something that was said; rows are added and never changed.
pub mod entry {
    use sea_orm::entity::prelude::*;

    /// What was said.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_consent_entry")]
    pub struct Model {
        /// The entry.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The customer.
        pub customer_id: Uuid,
        /// By which way.
        pub channel: String,
        /// For what.
        pub purpose: String,
        /// Whether it was allowed.
        pub granted: bool,
        /// When the customer said so.
        pub said_at: i64,
        /// How it was given.
        pub evidence: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer_consent")
            .col(uuid("customer_id"))
            .col(text("channel"))
            .col(text("purpose"))
            .col(boolean("granted"))
            .col(big_integer("said_at"))
            .col(text("evidence"))
            .primary_key(Index::create().col("customer_id").col("channel").col("purpose")),
    );
    schema.create_table(
        Table::create()
            .table("customer_consent_entry")
            .col(uuid("id"))
            .col(uuid("customer_id"))
            .col(text("channel"))
            .col(text("purpose"))
            .col(boolean("granted"))
            .col(big_integer("said_at"))
            .col(text("evidence"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("customer_consent_entry", &["customer_id", "said_at", "id"]);
}
