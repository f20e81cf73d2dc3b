//! Migrations: once, in order, by one at a time, and never over a newer schema.

use kefu_store::migrate::columns::{Table, text, text_null, uuid};
use kefu_store::{Migration, Schema, StoreError};
use sea_orm::ConnectionTrait;

use crate::backends::Fresh;

crate::on_both!(
    migrating_twice_changes_nothing,
    a_newer_schema_is_refused,
    a_missing_migration_is_named,
    a_failed_migration_leaves_nothing,
    processes_that_start_together_take_turns,
);

const FIRST: Migration = Migration { name: "fixture_0001_thing", up: first };
const SECOND: Migration = Migration { name: "fixture_0002_colour", up: second };
const BROKEN: Migration = Migration { name: "fixture_0003_broken", up: broken };

fn first(schema: &mut Schema) {
    schema
        .create_table(
            Table::create().table("thing").col(uuid("id").primary_key()).col(text("name")),
        )
        .index("thing", &["name"]);
}

fn second(schema: &mut Schema) {
    schema.alter_table(Table::alter().table("thing").add_column(text_null("colour")));
}

fn broken(schema: &mut Schema) {
    schema.sql("CREATE TABLE half (id integer PRIMARY KEY)").sql("CREATE TABLE nonsense (");
}

async fn migrating_twice_changes_nothing(fresh: Fresh) {
    let store = fresh.migrated(&[FIRST]).await;
    store.migrate(&[FIRST]).await.unwrap();
    store.migrate(&[FIRST, SECOND]).await.unwrap();
    store.check_migrated(&[FIRST, SECOND]).await.unwrap();
    store.reader().execute_unprepared("SELECT id, name, colour FROM thing").await.unwrap();
}

async fn a_newer_schema_is_refused(fresh: Fresh) {
    let store = fresh.migrated(&[FIRST, SECOND]).await;
    for refused in [store.migrate(&[FIRST]).await, store.check_migrated(&[FIRST]).await] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, StoreError::SchemaNewer(names) if names == &[SECOND.name]));
        assert!(error.to_string().contains("newer version"), "{error}");
    }
}

async fn a_missing_migration_is_named(fresh: Fresh) {
    let store = fresh.migrated(&[FIRST]).await;
    let error = store.check_migrated(&[FIRST, SECOND]).await.unwrap_err();
    assert!(matches!(&error, StoreError::SchemaOlder(names) if names == &[SECOND.name]), "{error}");
}

async fn a_failed_migration_leaves_nothing(fresh: Fresh) {
    let store = fresh.migrated(&[FIRST]).await;
    store.migrate(&[FIRST, BROKEN]).await.unwrap_err();
    store.check_migrated(&[FIRST]).await.unwrap();
    store.reader().execute_unprepared("SELECT id FROM half").await.unwrap_err();
}

async fn processes_that_start_together_take_turns(fresh: Fresh) {
    let (one, two, three) = tokio::join!(fresh.open(), fresh.open(), fresh.open());
    if one.backend() == sea_orm::DbBackend::Sqlite {
        // A data folder belongs to one process: its lock, not the store, keeps others out.
        return one.migrate(&[FIRST, SECOND]).await.unwrap();
    }
    let all = [FIRST, SECOND];
    let done = tokio::join!(one.migrate(&all), two.migrate(&all), three.migrate(&all));
    assert!(matches!(done, (Ok(()), Ok(()), Ok(()))), "{done:?}");
    one.check_migrated(&all).await.unwrap();
}
