//! Answers to the scripts of revisits.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// The answer to one question.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisit_answer")]
pub struct Model {
    /// The revisit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revisit_id: Uuid,
    /// The question's code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub question: String,
    /// The answer. Personal.
    pub answer: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit_answer")
            .col(uuid("revisit_id"))
            .col(text("question"))
            .col(text("answer"))
            .primary_key(Index::create().col("revisit_id").col("question")),
    );
}
