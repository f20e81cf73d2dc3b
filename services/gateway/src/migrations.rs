//! The directory's tables.

use kefu_store::migrate::columns::{
    Index, Table, big_integer, big_integer_null, blob, boolean, integer, text, uuid, uuid_null,
};
use kefu_store::{Migration, Schema};
use sea_orm_migration::sea_query::TableCreateStatement;

/// In order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "gateway_0001_organisation", up: organisation },
    Migration { name: "gateway_0002_people", up: people },
    Migration { name: "gateway_0003_access", up: access },
];

fn organisation(schema: &mut Schema) {
    let mut branch = aggregate("branch");
    branch.col(text("code")).col(text("name")).col(text("time_zone")).col(uuid_null("calendar_id"));
    schema.create_table(&mut branch).unique_index("branch", &["code", "id"]);
    let mut department = aggregate("department");
    department
        .col(uuid_null("branch"))
        .col(text("code"))
        .col(text("name"))
        .col(uuid_null("head_id"));
    schema.create_table(&mut department).unique_index("department", &["code", "id"]);
    let mut calendar = aggregate("calendar");
    calendar.col(text("code")).col(text("name")).col(text("spec")).col(boolean("is_default"));
    schema.create_table(&mut calendar).unique_index("calendar", &["code", "id"]);
    let mut role = aggregate("role");
    role.col(text("code")).col(text("name")).col(text("permissions")).col(boolean("built_in"));
    schema.create_table(&mut role).unique_index("role", &["code", "id"]);
}

fn people(schema: &mut Schema) {
    let mut person = aggregate("person");
    person
        .col(text("name"))
        .col(text("email"))
        .col(text("roles"))
        .col(text("branches"))
        .col(boolean("all_branches"))
        .col(text("languages"))
        .col(boolean("administrator"))
        .col(big_integer_null("deleted_at"));
    schema.create_table(&mut person).index("person", &["administrator"]);
    let mut subject = Table::create();
    subject
        .table("person_subject")
        .col(uuid("person_id"))
        .col(uuid("issuer_id"))
        .col(text("subject"))
        .primary_key(Index::create().col("person_id").col("issuer_id").col("subject"));
    schema.create_table(&mut subject);
    let mut department = Table::create();
    department
        .table("person_department")
        .col(uuid("person_id"))
        .col(uuid("department_id"))
        .primary_key(Index::create().col("person_id").col("department_id"));
    schema.create_table(&mut department);
    schema.index("person_department", &["department_id", "person_id"]);
}

fn access(schema: &mut Schema) {
    let mut key = aggregate("api_key");
    key.col(text("name"))
        .col(text("roles"))
        .col(text("branches"))
        .col(boolean("all_branches"))
        .col(text("scopes"))
        .col(boolean("administrator"))
        .col(big_integer_null("expires_at"))
        .col(big_integer_null("revoked_at"));
    schema.create_table(&mut key).index("api_key", &["administrator"]);
    let mut secret = Table::create();
    secret
        .table("api_key_secret")
        .col(uuid("key_id"))
        .col(integer("serial"))
        .col(blob("hash"))
        .col(big_integer("created_at"))
        .col(big_integer_null("ends_at"))
        .primary_key(Index::create().col("key_id").col("serial"));
    schema.create_table(&mut secret);
    let mut used = Table::create();
    used.table("api_key_use").col(uuid("key_id").primary_key()).col(big_integer("used_at"));
    schema.create_table(&mut used);
    let mut issuer = aggregate("issuer");
    issuer
        .col(text("issuer"))
        .col(text("name"))
        .col(text("jwks_url"))
        .col(text("audiences"))
        .col(text("algorithms"))
        .col(text("roles_claim"))
        .col(text("branches_claim"))
        .col(big_integer_null("deleted_at"));
    schema.create_table(&mut issuer);
}

/// What every root has.
fn aggregate(table: &'static str) -> TableCreateStatement {
    let mut root = Table::create();
    root.table(table)
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"));
    root
}
