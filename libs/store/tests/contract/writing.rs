//! The write transaction and its generic statements.

use kefu_store::migrate::columns::{
    Index, Table, big_integer, blob_null, boolean, double_null, integer, small_integer, text,
    text_null, uuid, uuid_null,
};
use kefu_store::{Migration, Schema, Store, StoreError, WriteTx, in_transaction};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::backends::Fresh;

crate::on_both!(
    rows_of_every_kind_come_back_as_they_were,
    a_guarded_update_misses_where_the_version_differs,
    a_put_replaces_and_inserts,
    counts_are_added_to_those_that_are_there,
    only_free_keys_are_inserted,
    rows_are_deleted_by_compound_keys,
    a_failed_body_rolls_back,
    a_body_knows_that_it_is_in_a_transaction,
    a_taken_key_is_named,
    the_reader_cannot_write,
    a_snapshot_sees_one_state,
    a_write_can_be_spawned,
    statements_do_not_grow_with_rows,
);

mod sample {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sample")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub version: i64,
        pub flag: bool,
        pub small: i16,
        pub count: i32,
        pub ratio: Option<f64>,
        pub note: Option<String>,
        pub bytes: Option<Vec<u8>>,
        pub other: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod tally {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tally")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub open: i64,
        pub late: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const TALLY: Migration = Migration { name: "fixture_0002_tally", up: tally_table };

fn tally_table(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("tally")
            .col(uuid("owner"))
            .col(text("name"))
            .col(big_integer("open"))
            .col(big_integer("late"))
            .primary_key(Index::create().col("owner").col("name")),
    );
}

const SAMPLE: Migration = Migration { name: "fixture_0001_sample", up: sample_table };

fn sample_table(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("sample")
            .col(uuid("owner"))
            .col(text("name"))
            .col(big_integer("version"))
            .col(boolean("flag"))
            .col(small_integer("small"))
            .col(integer("count"))
            .col(double_null("ratio"))
            .col(text_null("note"))
            .col(blob_null("bytes"))
            .col(uuid_null("other"))
            .primary_key(Index::create().col("owner").col("name")),
    );
}

fn sample(number: u128) -> sample::Model {
    let odd = number % 2 == 1;
    let small = i16::try_from(number).unwrap();
    sample::Model {
        owner: Uuid::from_u128(number / 2),
        name: format!("name '{number}' \"客服\" {{,}}"),
        version: 1,
        flag: odd,
        small: -small,
        count: i32::from(small) * 65_536,
        ratio: odd.then_some(0.5 + f64::from(small)),
        note: (!odd).then(|| "NULL".to_owned()),
        bytes: odd.then(|| vec![0, 255, b'\\', b'"', number.to_be_bytes()[15]]),
        other: number.is_multiple_of(3).then(|| Uuid::from_u128(u128::MAX - number)),
    }
}

async fn all(store: &Store) -> Vec<sample::Model> {
    sample::Entity::find()
        .order_by_asc(sample::Column::Small)
        .all(store.reader())
        .await
        .expect("samples are read")
}

fn expected(models: impl IntoIterator<Item = sample::Model>) -> Vec<sample::Model> {
    let mut models: Vec<_> = models.into_iter().collect();
    models.sort_by_key(|model| model.small);
    models
}

async fn insert(store: &Store, models: &[sample::Model]) {
    store.write(async |tx: &WriteTx| tx.insert(models).await).await.expect("samples are inserted");
}

async fn counts_are_added_to_those_that_are_there(fresh: Fresh) {
    let store = fresh.migrated(&[TALLY]).await;
    let row = |number: u128, open, late| tally::Model {
        owner: Uuid::from_u128(number % 7),
        name: number.to_string(),
        open,
        late,
    };
    let rows = |open: i64| (0..600).map(|number| row(number, open, -1)).collect::<Vec<_>>();
    for some in [rows(5), vec![row(3, 10, 1)], vec![row(600, 4, 0)], rows(-2)] {
        store.write(async |tx: &WriteTx| tx.add(&some).await).await.expect("counts are added");
    }
    let found = tally::Entity::find().all(store.reader()).await.expect("tallies are read");
    assert_eq!(found.len(), 601);
    for tally in found {
        let expected = match tally.name.as_str() {
            "3" => (13, -1),
            "600" => (4, 0),
            _ => (3, -2),
        };
        assert_eq!((tally.open, tally.late), expected, "{}", tally.name);
    }
}

async fn rows_of_every_kind_come_back_as_they_were(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &[sample(0)]).await;
    insert(&store, &(1..=1_000).map(sample).collect::<Vec<_>>()).await;
    assert_eq!(all(&store).await, expected((0..=1_000).map(sample)));
}

async fn a_guarded_update_misses_where_the_version_differs(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    let rows: Vec<_> = (0..50).map(sample).collect();
    insert(&store, &rows).await;
    let changed = |number: u128, guard: i64| {
        let row = sample::Model { version: 2, note: None, count: 7, ..sample(number) };
        (row, guard)
    };
    let hits = store
        .write(async |tx: &WriteTx| {
            let one = tx.update_guarded(&[changed(0, 1)]).await?;
            let none = tx.update_guarded(&[changed(1, 9)]).await?;
            let many: Vec<_> = (2..50).map(|n| changed(n, if n == 5 { 4 } else { 1 })).collect();
            Ok::<_, StoreError>((one, none, tx.update_guarded(&many).await?))
        })
        .await
        .unwrap();
    assert_eq!(hits, (1, 0, 47));
    let kept = [1, 5];
    let want = (0..50).map(|n| if kept.contains(&n) { sample(n) } else { changed(n, 1).0 });
    assert_eq!(all(&store).await, expected(want));
}

async fn a_put_replaces_and_inserts(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &(0..10).map(sample).collect::<Vec<_>>()).await;
    let replaced = |n| sample::Model { bytes: Some(vec![1]), ratio: None, ..sample(n) };
    let rows: Vec<_> = (5..15).map(replaced).collect();
    store.write(async |tx: &WriteTx| tx.put(&rows).await).await.unwrap();
    store.write(async |tx: &WriteTx| tx.put(&[replaced(0)]).await).await.unwrap();
    let want = (0..15).map(|n| if n == 0 || n >= 5 { replaced(n) } else { sample(n) });
    assert_eq!(all(&store).await, expected(want));
}

async fn only_free_keys_are_inserted(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &(0..3).map(sample).collect::<Vec<_>>()).await;
    let rows: Vec<_> =
        (0..10).map(|n| sample::Model { note: Some("second".into()), ..sample(n) }).collect();
    let new = store.write(async |tx: &WriteTx| tx.insert_new(&rows).await).await.unwrap();
    assert_eq!(new, 7);
    assert_eq!(
        all(&store).await.iter().filter(|row| row.note.as_deref() == Some("second")).count(),
        7
    );
}

async fn rows_are_deleted_by_compound_keys(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &(0..40).map(sample).collect::<Vec<_>>()).await;
    let key = |n: u128| (sample(n).owner, sample(n).name);
    let gone = store
        .write(async |tx: &WriteTx| {
            let one = tx.delete::<sample::Entity>(&[key(0)]).await?;
            let keys: Vec<_> = (1..20).map(key).chain([(Uuid::nil(), "none".into())]).collect();
            Ok::<_, StoreError>((one, tx.delete::<sample::Entity>(&keys).await?))
        })
        .await
        .unwrap();
    assert_eq!(gone, (1, 19));
    assert_eq!(all(&store).await, expected((20..40).map(sample)));
}

async fn a_failed_body_rolls_back(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    let failed: Result<(), StoreError> = store
        .write(async |tx: &WriteTx| {
            tx.insert(&[sample(1)]).await?;
            let seen = sample::Entity::find().filter(sample::Column::Flag.eq(true)).all(tx).await?;
            assert_eq!(seen, [sample(1)]);
            Err(StoreError::Defect("on purpose".into()))
        })
        .await;
    failed.unwrap_err();
    assert!(all(&store).await.is_empty());
    insert(&store, &[sample(1)]).await;
}

async fn a_body_knows_that_it_is_in_a_transaction(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    assert!(!in_transaction());
    let inside = store.write(async |_: &WriteTx| Ok::<_, StoreError>(in_transaction())).await;
    assert!(inside.unwrap() && !in_transaction());
}

async fn a_taken_key_is_named(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &[sample(1)]).await;
    let taken = store.write(async |tx: &WriteTx| tx.insert(&[sample(1)]).await).await;
    assert!(
        matches!(&taken, Err(StoreError::Unique { table, .. }) if table == "sample"),
        "{taken:?}"
    );
}

async fn the_reader_cannot_write(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &[sample(1)]).await;
    store.reader().execute_unprepared("DELETE FROM sample").await.unwrap_err();
    assert_eq!(all(&store).await.len(), 1);
}

async fn a_snapshot_sees_one_state(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    insert(&store, &[sample(1)]).await;
    let snapshot = store.snapshot().await.unwrap();
    let seen = async || sample::Entity::find().all(&snapshot).await.unwrap().len();
    assert_eq!(seen().await, 1);
    insert(&store, &[sample(2)]).await;
    assert_eq!((seen().await, all(&store).await.len()), (1, 2));
}

async fn a_write_can_be_spawned(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let rows = [sample(number)];
            store.write(async |tx: &WriteTx| tx.insert(&rows).await).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(all(&store).await.len(), 20);
}

async fn statements_do_not_grow_with_rows(fresh: Fresh) {
    let store = fresh.migrated(&[SAMPLE]).await;
    for count in [1, 2, 64, 256] {
        let before = store.statements();
        let rows: Vec<_> = (0..count).map(sample).collect();
        store.write(async |tx: &WriteTx| tx.put(&rows).await).await.unwrap();
        let used = store.statements() - before;
        assert_eq!((used.writes, used.transactions, used.reads), (1, 1, 0), "{count} rows");
    }
}
