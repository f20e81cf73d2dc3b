//! The root row of a customer: all that lists show and filter by, with what follows from its parts.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// The customer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch it belongs to.
    pub branch_id: Option<Uuid>,
    /// When it was registered.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The number that people read out; unique.
    pub number: i64,
    /// Its number in `kefu.events.v1.CustomerKind`.
    pub kind: i32,
    /// Its number in `kefu.events.v1.LifecycleStage`.
    pub stage: i32,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Who looks after it.
    pub specialist_id: Option<Uuid>,
    /// Its name. Personal.
    pub name: String,
    /// Its language; empty where unknown.
    pub language: String,
    /// Its time zone; empty: its branch's.
    pub time_zone: String,
    /// Day of birth; empty where unknown. Personal.
    pub birthday: String,
    /// The channel's number in `kefu.events.v1.Channel`; 0: it did not say.
    pub preferred_channel: i32,
    /// The minute of the day at which its quiet hours begin.
    pub quiet_from: Option<i32>,
    /// The minute of the day at which they end.
    pub quiet_to: Option<i32>,
    /// What it needs. Personal.
    pub needs: String,
    /// What it prefers. Personal.
    pub preferences: String,
    /// The day by which it expects to decide, as its number.
    pub expected_on: Option<i32>,
    /// What it means to spend.
    pub budget_minor_units: Option<i64>,
    /// In which currency.
    pub budget_currency: Option<String>,
    /// Whether it is on the VIP list.
    pub vip: bool,
    /// Whether it is on the block list.
    pub blocked: bool,
    /// The customer that it was merged into.
    pub merged_into_id: Option<Uuid>,
    /// Whether its identity was erased.
    pub erased: bool,
    /// How much of what is wanted is known.
    pub completeness_percent: i32,
    /// Who registered it.
    pub created_by: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Columns by which lists walk, each followed by the time of creation and the id.
pub const WALKED: [&str; 7] =
    ["specialist_id", "branch_id", "stage", "vip", "blocked", "completeness_percent", "source"];

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("customer")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(big_integer("number"))
            .col(integer("kind"))
            .col(integer("stage"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(uuid_null("specialist_id"))
            .col(text("name"))
            .col(text("language"))
            .col(text("time_zone"))
            .col(text("birthday"))
            .col(integer("preferred_channel"))
            .col(integer_null("quiet_from"))
            .col(integer_null("quiet_to"))
            .col(text("needs"))
            .col(text("preferences"))
            .col(integer_null("expected_on"))
            .col(big_integer_null("budget_minor_units"))
            .col(text_null("budget_currency"))
            .col(boolean("vip"))
            .col(boolean("blocked"))
            .col(uuid_null("merged_into_id"))
            .col(boolean("erased"))
            .col(integer("completeness_percent"))
            .col(text("created_by"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("customer", &["number"]);
    schema.index("customer", &["merged_into_id"]);
    for column in ["created_at", "updated_at", "completeness_percent"] {
        schema.index("customer", &[column, "id"]);
    }
    schema.index("customer", &["source", "external_id", "created_at", "id"]);
    for column in WALKED {
        schema.index("customer", &[column, "created_at", "id"]);
    }
}
