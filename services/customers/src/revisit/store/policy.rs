//! Policies of revisits and each of their versions. What a version says is kept as JSON, which nothing queries.

use kefu_kernel::{Head, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::broken;
use kefu_store::runner::{Aggregate, Rows, ids_in};
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::{EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::revisit::domain::{Policy, Rule};

/// The present version of a policy.
pub mod root {
    use sea_orm::entity::prelude::*;

    /// One policy.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisit_policy")]
    pub struct Model {
        /// The policy.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The record's version.
        pub version: i64,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
        /// Its code; unique.
        pub code: String,
        /// The policy's version.
        pub policy_version: i32,
        /// What it follows on.
        pub occasion: i32,
        /// Whether it makes revisits.
        pub active: bool,
        /// What it says, JSON.
        pub rule: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Every version that a policy had; rows are added and never changed.
pub mod version {
    use sea_orm::entity::prelude::*;

    /// One version.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisit_policy_version")]
    pub struct Model {
        /// The policy's code.
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        /// The version.
        #[sea_orm(primary_key, auto_increment = false)]
        pub policy_version: i32,
        /// What it said, JSON.
        pub rule: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Makes the tables.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit_policy")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(text("code"))
            .col(integer("policy_version"))
            .col(integer("occasion"))
            .col(boolean("active"))
            .col(text("rule"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("revisit_policy", &["code"]);
    schema.create_table(
        Table::create()
            .table("revisit_policy_version")
            .col(text("code"))
            .col(integer("policy_version"))
            .col(text("rule"))
            .primary_key(Index::create().col("code").col("policy_version")),
    );
}

impl Aggregate for Policy {
    const KIND: &'static str = "revisit_policy";
    type Root = root::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = root::Entity::find().filter(ids_in(root::Column::Id, ids)).all(reader).await?;
        rows.into_iter().map(policy).collect()
    }

    fn root(&self) -> root::Model {
        root::Model {
            id: self.head.id,
            version: self.head.version,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            code: self.code.clone(),
            policy_version: self.version,
            occasion: self.rule.occasion.to_wire(),
            active: self.rule.active,
            rule: json(&self.rule),
        }
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        if before.is_none_or(|before| before.version != after.version) {
            rows.insert(&version::Model {
                code: after.code.clone(),
                policy_version: after.version,
                rule: json(&after.rule),
            });
        }
    }
}

/// The policy that a row keeps.
///
/// # Errors
///
/// Where the row is none of ours.
pub fn policy(row: root::Model) -> Result<Policy, StoreError> {
    Ok(Policy {
        head: Head {
            id: row.id,
            version: row.version,
            branch: None,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        code: row.code,
        version: row.policy_version,
        rule: rule(&row.rule)?,
    })
}

/// What a version says.
///
/// # Errors
///
/// Where the text is none of ours.
pub fn rule(text: &str) -> Result<Rule, StoreError> {
    serde_json::from_str(text).map_err(|_| broken("policy's rule"))
}

fn json(rule: &Rule) -> String {
    serde_json::to_string(rule).expect("a rule is plain data")
}
