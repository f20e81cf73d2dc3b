//! The root row of an order: all that lists show and filter by, with what follows from its parts.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch it belongs to.
    pub branch_id: Option<Uuid>,
    /// When the customer gave it.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The number that people read out; unique.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// The state's number in `kefu.events.v1.OrderState`.
    pub state: i32,
    /// The channel's number in `kefu.events.v1.Channel`.
    pub channel: i32,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Whose it is.
    pub customer_id: Option<Uuid>,
    /// The ticket that asked for it.
    pub ticket_id: Option<Uuid>,
    /// The call that it was taken in.
    pub call_id: Option<Uuid>,
    /// The distribution centre that has it.
    pub department_id: Option<Uuid>,
    /// The salesperson that has it.
    pub salesperson_id: Option<Uuid>,
    /// The terms' number in `kefu.events.v1.PaymentTerms`; 0: not told.
    pub payment_terms: i32,
    /// What it costs, in minor units.
    pub price_minor: Option<i64>,
    /// The currency of that.
    pub price_currency: Option<String>,
    /// What was paid of it. Follows from the payments.
    pub paid_minor: Option<i64>,
    /// The currency of that.
    pub paid_currency: Option<String>,
    /// What the goods are worth.
    pub declared_minor: Option<i64>,
    /// The currency of that.
    pub declared_currency: Option<String>,
    /// What is to be collected.
    pub cod_minor: Option<i64>,
    /// The currency of that.
    pub cod_currency: Option<String>,
    /// How many pieces. Follows from the goods.
    pub pieces: i32,
    /// How heavy all of it is. Follows from the goods.
    pub weight_grams: i64,
    /// The beginning of the pickup window.
    pub pickup_from: Option<i64>,
    /// Its end.
    pub pickup_until: Option<i64>,
    /// The zone that people say it in.
    pub pickup_zone: String,
    /// The customer's language.
    pub language: String,
    /// What whoever carries it has to mind. Personal.
    pub instructions: String,
    /// Whose credit was asked about; unset: nobody's.
    pub credit_customer_id: Option<Uuid>,
    /// The terms that were asked for.
    pub credit_terms: i32,
    /// The amount that was asked for.
    pub credit_minor: Option<i64>,
    /// The currency of that.
    pub credit_currency: Option<String>,
    /// Names of the refusals, parted by commas.
    pub credit_refusals: String,
    /// When it was asked.
    pub credit_asked_at: Option<i64>,
    /// Why it was confirmed all the same.
    pub override_reason: String,
    /// Who did that.
    pub override_by: String,
    /// Orders that it may be the same as, by id, parted by commas.
    pub possible_duplicate_ids: String,
    /// Its shipments by id, parted by commas. Follows from the shipments.
    pub shipment_ids: String,
    /// Imported as history.
    pub historic: bool,
    /// Who took it.
    pub created_by: String,
    /// When it was confirmed.
    pub confirmed_at: Option<i64>,
    /// When it was handed over.
    pub handed_over_at: Option<i64>,
    /// When its first shipment was picked up.
    pub picked_up_at: Option<i64>,
    /// When it was fulfilled, failed or was cancelled.
    pub ended_at: Option<i64>,
    /// The code of why it was cancelled.
    pub cancel_reason: String,
    /// What was said to that. Personal.
    pub cancel_note: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Columns by which lists walk, each followed by the time of creation and the id.
pub const WALKED: [&str; 7] =
    ["customer_id", "ticket_id", "salesperson_id", "department_id", "branch_id", "state", "source"];

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("orders")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(big_integer("number"))
            .col(text("kind"))
            .col(integer("state"))
            .col(integer("channel"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(uuid_null("customer_id"))
            .col(uuid_null("ticket_id"))
            .col(uuid_null("call_id"))
            .col(uuid_null("department_id"))
            .col(uuid_null("salesperson_id"))
            .col(integer("payment_terms"))
            .col(big_integer_null("price_minor"))
            .col(text_null("price_currency"))
            .col(big_integer_null("paid_minor"))
            .col(text_null("paid_currency"))
            .col(big_integer_null("declared_minor"))
            .col(text_null("declared_currency"))
            .col(big_integer_null("cod_minor"))
            .col(text_null("cod_currency"))
            .col(integer("pieces"))
            .col(big_integer("weight_grams"))
            .col(big_integer_null("pickup_from"))
            .col(big_integer_null("pickup_until"))
            .col(text("pickup_zone"))
            .col(text("language"))
            .col(text("instructions"))
            .col(uuid_null("credit_customer_id"))
            .col(integer("credit_terms"))
            .col(big_integer_null("credit_minor"))
            .col(text_null("credit_currency"))
            .col(text("credit_refusals"))
            .col(big_integer_null("credit_asked_at"))
            .col(text("override_reason"))
            .col(text("override_by"))
            .col(text("possible_duplicate_ids"))
            .col(text("shipment_ids"))
            .col(boolean("historic"))
            .col(text("created_by"))
            .col(big_integer_null("confirmed_at"))
            .col(big_integer_null("handed_over_at"))
            .col(big_integer_null("picked_up_at"))
            .col(big_integer_null("ended_at"))
            .col(text("cancel_reason"))
            .col(text("cancel_note"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("orders", &["number"]);
    schema.index("orders", &["source", "external_id", "created_at", "id"]);
    for column in WALKED {
        schema.index("orders", &[column, "created_at", "id"]);
    }
    for column in ["created_at", "updated_at", "pickup_until"] {
        schema.index("orders", &[column, "id"]);
    }
}
