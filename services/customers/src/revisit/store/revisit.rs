//! The root row of a revisit: all that lists show and filter by.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One revisit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisit")]
pub struct Model {
    /// The revisit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch it belongs to.
    pub branch_id: Option<Uuid>,
    /// When it became owed.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The customer.
    pub customer_id: Uuid,
    /// The code of the policy that owes it.
    pub policy: String,
    /// The version of that policy.
    pub policy_version: i32,
    /// Whose script is asked.
    pub script_policy: Option<String>,
    /// In which version; 0: none.
    pub script_version: i32,
    /// After how many attempts that bring nothing it is given up.
    pub max_attempts: i32,
    /// The number of the occasion in `kefu.events.v1.RevisitOccasion`.
    pub occasion: i32,
    /// When that happened.
    pub occasion_at: i64,
    /// By which calendar its days were counted.
    pub calendar: String,
    /// In which state of it.
    pub calendar_revision: i32,
    /// The id of what it follows on.
    pub subject_id: Option<String>,
    /// The episode of that.
    pub episode: i32,
    /// The department whose work it asks about.
    pub department_id: Option<Uuid>,
    /// Who worked on the matter last.
    pub handler_id: Option<Uuid>,
    /// Who answered for the matter.
    pub owner_id: Option<Uuid>,
    /// The number of the state in `kefu.events.v1.RevisitState`.
    pub state: i32,
    /// Who makes it.
    pub assignee_id: Option<Uuid>,
    /// From when on it may be made.
    pub opens_at: i64,
    /// When it is due.
    pub due_at: i64,
    /// When it was due at first.
    pub first_due_at: i64,
    /// The hour that the customer chose.
    pub next_attempt_at: Option<i64>,
    /// When it ran out.
    pub breached_at: Option<i64>,
    /// When the customer answered.
    pub reached_at: Option<i64>,
    /// The number of the verdict in `kefu.events.v1.Verdict`; 0: none.
    pub verdict: i32,
    /// The department head's answer. Personal.
    pub answer: Option<String>,
    /// Who gave it; empty where nobody.
    pub answered_by: String,
    /// When.
    pub answered_at: Option<i64>,
    /// The ticket that a dissatisfied verdict led to.
    pub ticket_id: Option<String>,
    /// When it was over.
    pub ended_at: Option<i64>,
    /// Who closed it; empty while it is not.
    pub closed_by: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(uuid("customer_id"))
            .col(text("policy"))
            .col(integer("policy_version"))
            .col(text_null("script_policy"))
            .col(integer("script_version"))
            .col(integer("max_attempts"))
            .col(integer("occasion"))
            .col(big_integer("occasion_at"))
            .col(text("calendar"))
            .col(integer("calendar_revision"))
            .col(text_null("subject_id"))
            .col(integer("episode"))
            .col(uuid_null("department_id"))
            .col(uuid_null("handler_id"))
            .col(uuid_null("owner_id"))
            .col(integer("state"))
            .col(uuid_null("assignee_id"))
            .col(big_integer("opens_at"))
            .col(big_integer("due_at"))
            .col(big_integer("first_due_at"))
            .col(big_integer_null("next_attempt_at"))
            .col(big_integer_null("breached_at"))
            .col(big_integer_null("reached_at"))
            .col(integer("verdict"))
            .col(text_null("answer"))
            .col(text("answered_by"))
            .col(big_integer_null("answered_at"))
            .col(text_null("ticket_id"))
            .col(big_integer_null("ended_at"))
            .col(text("closed_by"))
            .primary_key(Index::create().col("id")),
    );
    for column in [
        "customer_id",
        "subject_id",
        "assignee_id",
        "branch_id",
        "department_id",
        "state",
        "policy",
    ] {
        schema.index("revisit", &[column, "due_at", "id"]);
    }
    for column in ["due_at", "next_attempt_at", "created_at"] {
        schema.index("revisit", &[column, "id"]);
    }
}
