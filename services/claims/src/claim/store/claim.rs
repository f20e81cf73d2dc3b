//! The root row of a claim: all that lists show and filter by, with what follows from its parts.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::TableCreateStatement;

/// One claim.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch it belongs to.
    pub branch_id: Option<Uuid>,
    /// When it was begun.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The number that people read out; unique.
    pub number: i64,
    /// What it is for: the type's number in `kefu.events.v1.ClaimType`.
    pub kind: i32,
    /// How it stands: its number in `kefu.events.v1.ClaimState`.
    pub state: i32,
    /// How it came about: its number in `kefu.events.v1.ClaimOrigin`.
    pub origin: i32,
    /// The channel's number in `kefu.events.v1.Channel`.
    pub channel: i32,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Whose it is.
    pub customer_id: Option<Uuid>,
    /// The order.
    pub order_id: Option<Uuid>,
    /// The shipment.
    pub shipment_id: Option<Uuid>,
    /// The ticket that asked for it.
    pub ticket_id: Option<Uuid>,
    /// The trace that it was prepared from.
    pub trace_id: Option<Uuid>,
    /// The outlet or department that it is about.
    pub department_id: Option<Uuid>,
    /// The carrier's code.
    pub carrier: String,
    /// The shipment's number at the carrier.
    pub waybill: String,
    /// The place the goods came from.
    pub origin_code: String,
    /// The place they went to.
    pub destination_code: String,
    /// Who works on it.
    pub handler_id: Option<Uuid>,
    /// The customer's contact.
    pub contact_id: Option<Uuid>,
    /// What brought the loss about.
    pub cause: String,
    /// Who has to answer for most of it: the party's number; 0: not assessed.
    pub responsible: i32,
    /// ISO 4217 letters of its amounts.
    pub currency: String,
    /// What is claimed, in minor units; as all amounts.
    pub claimed: i64,
    /// What is granted.
    pub approved: i64,
    /// What is granted because it is owed.
    pub settlement: Option<i64>,
    /// What is granted without being owed.
    pub ex_gratia: Option<i64>,
    /// What waits for a signature.
    pub pending: i64,
    /// What is set aside or ordered.
    pub reserved: i64,
    /// What was paid.
    pub paid: i64,
    /// What came in from others.
    pub recovered: i64,
    /// The claimant's language.
    pub language: String,
    /// Whether it is known who claims.
    pub claimant_known: bool,
    /// Their name. Personal.
    pub claimant_name: String,
    /// Their company. Personal.
    pub claimant_company: String,
    /// Their phone. Personal.
    pub claimant_phone: String,
    /// Their e-mail address. Personal.
    pub claimant_email: String,
    /// What they are to the goods.
    pub claimant_role: String,
    /// What happened. Personal.
    pub description: String,
    /// What the claimant was told or said last. Personal.
    pub remark: String,
    /// What it is worth; none: it was not assessed.
    pub assessed: Option<i64>,
    /// The regime whose cap holds.
    pub regime: String,
    /// The cap.
    pub cap: Option<i64>,
    /// How it was reckoned. Personal.
    pub cap_basis: String,
    /// Whether it is lifted.
    pub cap_lifted: bool,
    /// Why it is worth that. Personal.
    pub grounds: String,
    /// Who assessed.
    pub assessed_by: String,
    /// When.
    pub assessed_at: Option<i64>,
    /// Who gets the settlement.
    pub settlement_payee_id: Option<Uuid>,
    /// The release that was signed.
    pub release_id: Option<Uuid>,
    /// How it ended: its number; 0: it has not.
    pub resolution: i32,
    /// The present episode.
    pub episode: i32,
    /// How often it was appealed.
    pub appeals: i32,
    /// Whether it came too late.
    pub out_of_time: bool,
    /// Whether a clock of the present episode was breached.
    pub breached: bool,
    /// Whether it was taken over as history.
    pub historic: bool,
    /// Who began it.
    pub created_by: String,
    /// When it was filed.
    pub submitted_at: Option<i64>,
    /// When its last decision was signed.
    pub decided_at: Option<i64>,
    /// When all was paid.
    pub paid_at: Option<i64>,
    /// When it ended.
    pub closed_at: Option<i64>,
    /// The earliest deadline of a running clock.
    pub due_at: Option<i64>,
    /// When the loss happened.
    pub occurred_at: Option<i64>,
    /// When it was noticed.
    pub discovered_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    let mut table = Table::create();
    table.table("claim").primary_key(Index::create().col("id"));
    about(&mut table);
    worth(&mut table);
    schema.create_table(&mut table);
    schema.unique_index("claim", &["number"]);
    schema.index("claim", &["created_at", "id"]);
    schema.index("claim", &["updated_at", "id"]);
    schema.index("claim", &["submitted_at", "id"]);
    schema.index("claim", &["due_at", "id"]);
    schema.index("claim", &["source", "external_id", "created_at", "id"]);
    for column in WALKED {
        schema.index("claim", &[column, "created_at", "id"]);
    }
}

/// Columns of what it is and is about.
fn about(table: &mut TableCreateStatement) {
    table
        .col(uuid("id"))
        .col(big_integer("version"))
        .col(uuid_null("branch_id"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer("number"))
        .col(integer("kind"))
        .col(integer("state"))
        .col(integer("origin"))
        .col(integer("channel"))
        .col(text("source"))
        .col(text_null("external_id"))
        .col(uuid_null("customer_id"))
        .col(uuid_null("order_id"))
        .col(uuid_null("shipment_id"))
        .col(uuid_null("ticket_id"))
        .col(uuid_null("trace_id"))
        .col(uuid_null("department_id"))
        .col(text("carrier"))
        .col(text("waybill"))
        .col(text("origin_code"))
        .col(text("destination_code"))
        .col(uuid_null("handler_id"))
        .col(uuid_null("contact_id"))
        .col(text("cause"))
        .col(integer("responsible"));
}

/// Columns of what it is worth, who claims, and how it came to be so.
fn worth(table: &mut TableCreateStatement) {
    table
        .col(text("currency"))
        .col(big_integer("claimed"))
        .col(big_integer("approved"))
        .col(big_integer_null("settlement"))
        .col(big_integer_null("ex_gratia"))
        .col(big_integer("pending"))
        .col(big_integer("reserved"))
        .col(big_integer("paid"))
        .col(big_integer("recovered"))
        .col(text("language"))
        .col(boolean("claimant_known"))
        .col(text("claimant_name"))
        .col(text("claimant_company"))
        .col(text("claimant_phone"))
        .col(text("claimant_email"))
        .col(text("claimant_role"))
        .col(text("description"))
        .col(text("remark"))
        .col(big_integer_null("assessed"))
        .col(text("regime"))
        .col(big_integer_null("cap"))
        .col(text("cap_basis"))
        .col(boolean("cap_lifted"))
        .col(text("grounds"))
        .col(text("assessed_by"))
        .col(big_integer_null("assessed_at"))
        .col(uuid_null("settlement_payee_id"))
        .col(uuid_null("release_id"))
        .col(integer("resolution"))
        .col(integer("episode"))
        .col(integer("appeals"))
        .col(boolean("out_of_time"))
        .col(boolean("breached"))
        .col(boolean("historic"))
        .col(text("created_by"))
        .col(big_integer_null("submitted_at"))
        .col(big_integer_null("decided_at"))
        .col(big_integer_null("paid_at"))
        .col(big_integer_null("closed_at"))
        .col(big_integer_null("due_at"))
        .col(big_integer_null("occurred_at"))
        .col(big_integer_null("discovered_at"));
}

/// Columns by which lists walk, each followed by the time of creation and the id.
pub const WALKED: [&str; 12] = [
    "customer_id",
    "order_id",
    "shipment_id",
    "ticket_id",
    "trace_id",
    "waybill",
    "handler_id",
    "contact_id",
    "department_id",
    "branch_id",
    "state",
    "cause",
];
