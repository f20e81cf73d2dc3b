//! The row of a scan: what came, column by column, and how it was read.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::TableCreateStatement;

/// One scan.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan")]
pub struct Model {
    /// The scan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The shipment it belongs to; unset: none has that number.
    pub shipment_id: Option<Uuid>,
    /// Who told.
    pub source: String,
    /// The carrier's code.
    pub carrier: String,
    /// The shipment's number at the carrier.
    pub waybill: String,
    /// What stands on the piece's label.
    pub piece_label: String,
    /// Its id at the source, as it came first.
    pub source_event_id: String,
    /// Every id that the source gave it, parted by line feeds.
    pub source_event_ids: String,
    /// In what form it came.
    pub format: String,
    /// The code as the source has it.
    pub raw_code: String,
    /// The reason as the source has it.
    pub raw_reason: String,
    /// What the source says in words. Personal.
    pub raw_text: String,
    /// When it happened, where an instant was told.
    pub told_at: Option<i64>,
    /// When it happened, where a local time was told.
    pub local_text: String,
    /// Minutes east of UTC, where they were told with it.
    pub local_offset: Option<i32>,
    /// The zone, where one was told with it.
    pub local_zone: String,
    /// How exact the source says it is.
    pub told_precision: String,
    /// When the source recorded it.
    pub recorded_at: Option<i64>,
    /// Of what sort the source says it is.
    pub told_class: String,
    /// Whether a place was told.
    pub has_place: bool,
    /// The place as the source has it. Personal.
    pub place_raw: String,
    /// Its code.
    pub place_code: String,
    /// From which list that is.
    pub place_code_list: String,
    /// Its country.
    pub place_country: String,
    /// Its latitude. Personal.
    pub latitude_e7: Option<i32>,
    /// Its longitude. Personal.
    pub longitude_e7: Option<i32>,
    /// Whose place it is.
    pub place_role: String,
    /// Who signed. Personal.
    pub signed_by: String,
    /// Where the proof of delivery is kept. Personal.
    pub proof_reference: String,
    /// Cash that was collected.
    pub cash_minor: Option<i64>,
    /// The currency of that.
    pub cash_currency: Option<String>,
    /// When delivery is expected.
    pub estimate_from: Option<i64>,
    /// The end of that.
    pub estimate_until: Option<i64>,
    /// Whether only the day is meant.
    pub estimate_date_only: bool,
    /// How many pieces were scanned.
    pub scanned_pieces: i32,
    /// What was weighed.
    pub weight_grams: i64,
    /// Which other scan it declares not to hold; empty: none.
    pub declares_event_id: String,
    /// Why.
    pub declares_reason: String,
    /// The keyed hash that it is known by; unique.
    pub identity: Vec<u8>,
    /// The file it came in.
    pub scan_file_id: Option<Uuid>,
    /// Where in that file.
    pub file_position: String,
    /// When it happened; unset where its zone is not known.
    pub occurred_at: Option<i64>,
    /// What it is ordered by.
    pub ordered_at: i64,
    /// How its zone is known.
    pub zone_basis: String,
    /// How exact its time is.
    pub precision: String,
    /// The version of the code map that read it.
    pub code_map_version: i32,
    /// Of what sort it is; empty: its code is not known.
    pub class: String,
    /// The status that it tells; 0: none.
    pub status: i32,
    /// The status in detail.
    pub substatus: String,
    /// Why.
    pub reason: String,
    /// Whether its reason is not known.
    pub reason_unknown: bool,
    /// The flags that it sets, parted by commas.
    pub sets_flags: String,
    /// The flags that it clears, parted by commas.
    pub clears_flags: String,
    /// What it asks to be done.
    pub next_step: String,
    /// How much its source counts at one instant.
    pub priority: i32,
    /// When it came first.
    pub received_at: i64,
    /// How often it came again.
    pub repeats: i32,
    /// Whether it came after one that happened later.
    pub late: bool,
    /// The scan that it takes the place of.
    pub replaces_id: Option<Uuid>,
    /// When it was taken back.
    pub taken_at: Option<i64>,
    /// Why.
    pub taken_reason: String,
    /// Who took it back.
    pub taken_by: String,
    /// The scan that took its place.
    pub replaced_by_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    let mut table = Table::create();
    table.table("scan");
    told(&mut table);
    known(&mut table);
    schema.create_table(table.primary_key(Index::create().col("id")));
    schema.unique_index("scan", &["identity"]);
    for columns in [["shipment_id", "ordered_at"], ["waybill", "ordered_at"]] {
        schema.index("scan", &[columns[0], columns[1], "id"]);
    }
    schema.index("scan", &["received_at", "id"]);
}

/// What the source told.
fn told(table: &mut TableCreateStatement) {
    table
        .col(uuid("id"))
        .col(uuid_null("shipment_id"))
        .col(text("source"))
        .col(text("carrier"))
        .col(text("waybill"))
        .col(text("piece_label"))
        .col(text("source_event_id"))
        .col(text("source_event_ids"))
        .col(text("format"))
        .col(text("raw_code"))
        .col(text("raw_reason"))
        .col(text("raw_text"))
        .col(big_integer_null("told_at"))
        .col(text("local_text"))
        .col(integer_null("local_offset"))
        .col(text("local_zone"))
        .col(text("told_precision"))
        .col(big_integer_null("recorded_at"))
        .col(text("told_class"))
        .col(boolean("has_place"))
        .col(text("place_raw"))
        .col(text("place_code"))
        .col(text("place_code_list"))
        .col(text("place_country"))
        .col(integer_null("latitude_e7"))
        .col(integer_null("longitude_e7"))
        .col(text("place_role"))
        .col(text("signed_by"))
        .col(text("proof_reference"))
        .col(big_integer_null("cash_minor"))
        .col(text_null("cash_currency"))
        .col(big_integer_null("estimate_from"))
        .col(big_integer_null("estimate_until"))
        .col(boolean("estimate_date_only"))
        .col(integer("scanned_pieces"))
        .col(big_integer("weight_grams"))
        .col(text("declares_event_id"))
        .col(text("declares_reason"));
}

/// What we know of it beside.
fn known(table: &mut TableCreateStatement) {
    table
        .col(blob("identity"))
        .col(uuid_null("scan_file_id"))
        .col(text("file_position"))
        .col(big_integer_null("occurred_at"))
        .col(big_integer("ordered_at"))
        .col(text("zone_basis"))
        .col(text("precision"))
        .col(integer("code_map_version"))
        .col(text("class"))
        .col(integer("status"))
        .col(text("substatus"))
        .col(text("reason"))
        .col(boolean("reason_unknown"))
        .col(text("sets_flags"))
        .col(text("clears_flags"))
        .col(text("next_step"))
        .col(integer("priority"))
        .col(big_integer("received_at"))
        .col(integer("repeats"))
        .col(boolean("late"))
        .col(uuid_null("replaces_id"))
        .col(big_integer_null("taken_at"))
        .col(text("taken_reason"))
        .col(text("taken_by"))
        .col(uuid_null("replaced_by_id"));
}
