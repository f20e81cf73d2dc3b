//! Pairs of customers that may be one, and those that somebody said are not.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::prelude::Uuid;

/// A pair that may be one. A projection of customers' own events.
pub mod candidate {
    use sea_orm::entity::prelude::*;

    /// The pair; the lower id first.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duplicate_candidate")]
    pub struct Model {
        /// The pair.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// One of them.
        pub customer_id: Uuid,
        /// The other.
        pub other_id: Uuid,
        /// How sure it is, 1 to 100.
        pub score: i32,
        /// Names of the reasons, the strongest first, separated by commas.
        pub reasons: String,
        /// When it was noticed.
        pub found_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Two that are not one; rows are added and never changed.
pub mod dismissed {
    use sea_orm::entity::prelude::*;

    /// The pair; the lower id first.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duplicate_dismissed")]
    pub struct Model {
        /// The dismissal.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The pair.
        pub pair_id: Uuid,
        /// One of them.
        pub customer_id: Uuid,
        /// The other.
        pub other_id: Uuid,
        /// Who said so.
        pub dismissed_by: String,
        /// When.
        pub dismissed_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("duplicate_candidate")
            .col(uuid("id"))
            .col(uuid("customer_id"))
            .col(uuid("other_id"))
            .col(integer("score"))
            .col(text("reasons"))
            .col(big_integer("found_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("duplicate_candidate", &["customer_id"]);
    schema.index("duplicate_candidate", &["other_id"]);
    schema.index("duplicate_candidate", &["score", "id"]);
    schema.create_table(
        Table::create()
            .table("duplicate_dismissed")
            .col(uuid("id"))
            .col(uuid("pair_id"))
            .col(uuid("customer_id"))
            .col(uuid("other_id"))
            .col(text("dismissed_by"))
            .col(big_integer("dismissed_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("duplicate_dismissed", &["pair_id"]);
}

/// Two customers in the order in which a pair has them.
pub fn pair(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    (one.min(other), one.max(other))
}

/// The id of a pair: what tells it from all others, whichever of the two comes first.
pub fn pair_id(one: Uuid, other: Uuid) -> Uuid {
    Uuid::from_u128(one.as_u128() ^ other.as_u128())
}
