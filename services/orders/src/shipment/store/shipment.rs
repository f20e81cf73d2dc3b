//! The root row of a shipment: all that lists show and filter by, with what its scans come to.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One shipment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment")]
pub struct Model {
    /// The shipment.
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
    /// The order it fulfils.
    pub order_id: Option<Uuid>,
    /// Whose it is.
    pub customer_id: Option<Uuid>,
    /// The carrier's code.
    pub carrier: String,
    /// Its number at the carrier.
    pub waybill: String,
    /// From when on the number means it.
    pub valid_from: i64,
    /// Until when.
    pub valid_until: i64,
    /// The system that registered it.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// The code of the carrier's service.
    pub service: String,
    /// Where it begins.
    pub origin_code: String,
    /// Where it goes.
    pub destination_code: String,
    /// What the receiver has to pay.
    pub cod_minor: Option<i64>,
    /// The currency of that.
    pub cod_currency: Option<String>,
    /// By when its delivery was promised.
    pub promised_until: Option<i64>,
    /// Whether a trace of it is open.
    pub under_trace: bool,
    /// Whether a trace found it damaged.
    pub traced_damaged: bool,
    /// Whether a trace found part of it missing.
    pub traced_short: bool,
    /// Whether whose it is was erased.
    pub erased: bool,
    /// Registered as history.
    pub historic: bool,
    /// Who registered it.
    pub created_by: String,
    /// Its status. Follows from the scans, as all that follows.
    pub status: i32,
    /// The status in detail.
    pub substatus: String,
    /// Why.
    pub reason: String,
    /// What is true beside it, parted by commas.
    pub flags: String,
    /// The scan that decides.
    pub deciding_scan_id: Option<Uuid>,
    /// How many count.
    pub scans: i32,
    /// How often it was not handed over.
    pub attempts: i32,
    /// When delivery is expected.
    pub estimated_from: Option<i64>,
    /// The end of that.
    pub estimated_until: Option<i64>,
    /// When the carrier took it.
    pub picked_up_at: Option<i64>,
    /// When the last scan that counts happened.
    pub last_scan_at: Option<i64>,
    /// When it was delivered.
    pub delivered_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("shipment")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(uuid_null("order_id"))
            .col(uuid_null("customer_id"))
            .col(text("carrier"))
            .col(text("waybill"))
            .col(big_integer("valid_from"))
            .col(big_integer("valid_until"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(text("service"))
            .col(text("origin_code"))
            .col(text("destination_code"))
            .col(big_integer_null("cod_minor"))
            .col(text_null("cod_currency"))
            .col(big_integer_null("promised_until"))
            .col(boolean("under_trace"))
            .col(boolean("traced_damaged"))
            .col(boolean("traced_short"))
            .col(boolean("erased"))
            .col(boolean("historic"))
            .col(text("created_by"))
            .col(integer("status"))
            .col(text("substatus"))
            .col(text("reason"))
            .col(text("flags"))
            .col(uuid_null("deciding_scan_id"))
            .col(integer("scans"))
            .col(integer("attempts"))
            .col(big_integer_null("estimated_from"))
            .col(big_integer_null("estimated_until"))
            .col(big_integer_null("picked_up_at"))
            .col(big_integer_null("last_scan_at"))
            .col(big_integer_null("delivered_at"))
            .col(big_integer_null("ended_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("shipment", &["waybill", "carrier", "valid_from"]);
    schema.index("shipment", &["source", "external_id", "created_at", "id"]);
    for column in ["order_id", "customer_id", "branch_id", "status"] {
        schema.index("shipment", &[column, "created_at", "id"]);
    }
    schema.index("shipment", &["created_at", "id"]);
}
