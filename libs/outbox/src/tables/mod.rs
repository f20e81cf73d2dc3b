//! The tables of those who fold: checkpoints, dead letters with what waits behind them, generations.

pub mod checkpoint;
pub mod dead_letter;
pub mod decision;
pub mod generation;
pub mod parked;

use kefu_store::Migration;
use kefu_store::migrate::columns::*;

/// What a service that folds events adds to its own migrations.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "outbox_001_consumers", up: |schema| create(schema) }];

fn create(schema: &mut kefu_store::Schema) {
    schema.create_table(
        Table::create()
            .table("consumer_checkpoint")
            .col(text("consumer"))
            .col(text("source"))
            .col(small_integer("partition"))
            .col(big_integer("position"))
            .col(big_integer("folded_at"))
            .col(big_integer("fencing"))
            .primary_key(Index::create().col("consumer").col("source").col("partition")),
    );
    schema.create_table(
        Table::create()
            .table("dead_letter")
            .col(uuid("id"))
            .col(text("consumer"))
            .col(text("source"))
            .col(small_integer("partition"))
            .col(big_integer("position"))
            .col(uuid("aggregate_id"))
            .col(blob("event"))
            .col(integer("attempts"))
            .col(text("error"))
            .col(big_integer("failed_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("dead_letter", &["consumer", "source", "partition", "position"]);
    schema.create_table(
        Table::create()
            .table("dead_letter_decision")
            .col(uuid("id"))
            .col(uuid("letter"))
            .col(small_integer("action"))
            .col(text("decided_by"))
            .col(big_integer("decided_at"))
            .col(text("reason"))
            .primary_key(Index::create().col("id")),
    );
    schema.create_table(
        Table::create()
            .table("parked_event")
            .col(text("consumer"))
            .col(text("source"))
            .col(small_integer("partition"))
            .col(big_integer("position"))
            .col(uuid("aggregate_id"))
            .col(blob("event"))
            .primary_key(
                Index::create().col("consumer").col("source").col("partition").col("position"),
            ),
    );
    schema.index("parked_event", &["consumer", "aggregate_id"]);
    schema.create_table(
        Table::create()
            .table("projection_generation")
            .col(text("projection"))
            .col(integer("live"))
            .col(integer("building"))
            .col(big_integer("changed_at"))
            .primary_key(Index::create().col("projection")),
    );
}
