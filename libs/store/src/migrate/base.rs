//! The tables that every service has; what they are for is told in [`crate::tables`].

use sea_orm::DbBackend;

use super::columns::{
    Index, Table, big_integer, big_integer_null, blob, blob_null, boolean, integer, small_integer,
    text, text_null, uuid, uuid_null,
};
use super::{Migration, Schema};

pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { name: "store_0001_event_log", up: event_log },
    Migration { name: "store_0002_positions", up: positions },
    Migration { name: "store_0003_commands", up: commands },
    Migration { name: "store_0004_later", up: later },
];

fn event_log(schema: &mut Schema) {
    let key: &[&str] = match schema.backend() {
        // A key of a table divided by month must hold what divides it.
        DbBackend::Postgres => &["event_id", "recorded_at"],
        _ => &["event_id"],
    };
    let mut table = Table::create();
    table
        .table("event")
        .col(uuid("event_id"))
        .col(text("aggregate_type"))
        .col(uuid("aggregate_id"))
        .col(big_integer("version"))
        .col(text("type_name"))
        .col(blob("payload"))
        .col(text("changed"))
        .col(uuid_null("branch"))
        .col(text("actor"))
        .col(text_null("on_behalf_of"))
        .col(text("cause"))
        .col(text("traceparent"))
        .col(big_integer("recorded_at"))
        .col(boolean("historic"))
        .col(small_integer("partition"))
        .col(blob("hash"));
    primary_key(&mut table, key);
    if schema.backend() == DbBackend::Postgres {
        table.extra("PARTITION BY RANGE (recorded_at)");
    }
    schema.create_table(&mut table).index("event", &["aggregate_id", "version"]);
    schema.sql_for("", "CREATE TABLE event_default PARTITION OF event DEFAULT");

    let mut pending = Table::create();
    pending
        .table("event_pending")
        .col(small_integer("partition"))
        .col(big_integer("recorded_at"))
        .col(big_integer("version"))
        .col(uuid("event_id"));
    primary_key(&mut pending, &["partition", "recorded_at", "version", "event_id"]);
    schema.create_table(&mut pending);

    let mut personal = Table::create();
    personal
        .table("event_personal")
        .col(uuid("event_id"))
        .col(text("field"))
        .col(uuid("aggregate_id"))
        .col(big_integer("recorded_at"))
        .col(text("before"))
        .col(text("after"))
        .col(boolean("erased"));
    primary_key(&mut personal, &["event_id", "field"]);
    schema
        .create_table(&mut personal)
        .index("event_personal", &["aggregate_id"])
        .index("event_personal", &["recorded_at"]);
}

fn positions(schema: &mut Schema) {
    let mut position = Table::create();
    position
        .table("event_position")
        .col(small_integer("partition"))
        .col(big_integer("position"))
        .col(uuid("event_id"))
        .col(big_integer("recorded_at"))
        .col(blob("chain"));
    primary_key(&mut position, &["partition", "position"]);
    schema.create_table(&mut position).unique_index("event_position", &["event_id"]);

    let mut head = Table::create();
    head.table("partition_head")
        .col(small_integer("partition").primary_key())
        .col(big_integer("position"))
        .col(blob("chain"))
        .col(big_integer("published"))
        .col(big_integer("fencing"));
    schema.create_table(&mut head);

    let mut dropped = Table::create();
    dropped
        .table("dropped_head")
        .col(small_integer("partition").primary_key())
        .col(big_integer("position"))
        .col(blob("chain"))
        .col(big_integer("recorded_before"))
        .col(big_integer("dropped_at"));
    schema.create_table(&mut dropped);

    let mut signed = Table::create();
    signed
        .table("audit_head")
        .col(small_integer("partition"))
        .col(big_integer("position"))
        .col(blob("chain"))
        .col(big_integer("signed_at"))
        .col(text("key_id"))
        .col(blob("signature"));
    primary_key(&mut signed, &["partition", "position"]);
    schema.create_table(&mut signed);

    let mut lease = Table::create();
    lease
        .table("lease")
        .col(text("name").primary_key())
        .col(text("holder"))
        .col(big_integer("fencing"))
        .col(big_integer("expires_at"));
    schema.create_table(&mut lease);
}

fn commands(schema: &mut Schema) {
    let mut idempotency = Table::create();
    idempotency
        .table("idempotency")
        .col(text("principal"))
        .col(text("rpc"))
        .col(text("request_id"))
        .col(blob("fingerprint"))
        .col(blob("reply"))
        .col(blob("aggregates"))
        .col(big_integer("created_at"));
    primary_key(&mut idempotency, &["principal", "rpc", "request_id"]);
    schema.create_table(&mut idempotency).index("idempotency", &["created_at"]);

    let mut natural_key = Table::create();
    natural_key.table("natural_key").col(text("kind")).col(text("key")).col(uuid("aggregate_id"));
    primary_key(&mut natural_key, &["kind", "key"]);
    schema.create_table(&mut natural_key).index("natural_key", &["aggregate_id"]);

    let mut number_block = Table::create();
    number_block.table("number_block").col(text("kind").primary_key()).col(big_integer("next"));
    schema.create_table(&mut number_block);
}

fn later(schema: &mut Schema) {
    let mut timer = Table::create();
    timer
        .table("timer")
        .col(text("kind"))
        .col(uuid("aggregate_id"))
        .col(text("name"))
        .col(big_integer("due_at"))
        .col(big_integer("claimed_until"))
        .col(integer("attempts"));
    primary_key(&mut timer, &["kind", "aggregate_id", "name"]);
    schema.create_table(&mut timer).index("timer", &["due_at"]);

    let mut outgoing = Table::create();
    outgoing
        .table("outgoing")
        .col(uuid("id").primary_key())
        .col(text("target"))
        .col(text("rpc"))
        .col(blob("body"))
        .col(text("request_id"))
        .col(text("aggregate_type"))
        .col(uuid("aggregate_id"))
        .col(text("on_behalf_of"))
        .col(text("traceparent"))
        .col(small_integer("state"))
        .col(integer("attempts"))
        .col(big_integer("next_at"))
        .col(integer("code"))
        .col(blob_null("answer"))
        .col(big_integer("created_at"))
        .col(big_integer_null("finished_at"));
    schema
        .create_table(&mut outgoing)
        .unique_index("outgoing", &["request_id"])
        .index("outgoing", &["state", "next_at"]);
}

fn primary_key(
    table: &mut sea_orm_migration::sea_query::TableCreateStatement,
    key: &[&'static str],
) {
    let mut index = Index::create();
    for column in key {
        index.col(*column);
    }
    table.primary_key(&mut index);
}
