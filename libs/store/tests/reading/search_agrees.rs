//! The index on each backend finds exactly what the query matches in memory, page by page, for
//! generated texts and queries of mixed scripts.

use std::sync::Arc;

use kefu_kernel::Timestamp;
use kefu_store::search::{Document, Find, Index, Query};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use crate::backends::{cases_of, on_each, run};

const INDEX: Index = Index::new("thing");

/// Pieces from which texts and queries are made, so that they meet.
const PIECES: [&str; 30] = [
    "refund",
    "refunds",
    "Refunding",
    "reembolso",
    "reembolsos",
    "camión",
    "camiones",
    "caja",
    "a",
    "año",
    "ano",
    "手机",
    "手",
    "机",
    "退款",
    "退款申请",
    "了",
    "iPhone手机",
    "T-2026-17",
    "t202617",
    "2026",
    "17",
    "+34 600 123 456",
    "600123456",
    "ana@example.com",
    "ana",
    "l'été",
    "Straße",
    "スマホ",
    "🙂",
];

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
    ];
    (prop::collection::vec(piece, 0..6), prop::sample::select(&[" ", "", ", ", "-"][..]))
        .prop_map(|(pieces, between)| pieces.join(between))
}

#[test]
fn the_index_finds_what_matches_in_memory() {
    on_each(|db| async move {
        run(&db, &INDEX.create(db.get_database_backend())).await;
        let mut runner = TestRunner::new(cases_of(40));
        let cases = (
            prop::collection::vec((any_text(), 0..200_i64), 1..30),
            prop::collection::vec(any_text(), 12),
            1..6_usize,
        );
        let handle = tokio::runtime::Handle::current();
        let outcome = tokio::task::block_in_place(|| {
            runner.run(&cases, |(texts, queries, limit)| {
                handle.block_on(agree(&db, &texts, &queries, limit))
            })
        });
        if let Err(failure) = outcome {
            panic!("{failure}");
        }
    });
}

async fn agree(
    db: &DatabaseConnection,
    texts: &[(String, i64)],
    queries: &[String],
    limit: usize,
) -> Result<(), TestCaseError> {
    run(db, &["DELETE FROM thing_search", "DELETE FROM thing_search_segment"]).await;
    let documents: Vec<Document> = (1..)
        .zip(texts)
        .map(|(number, (text, day))| Document {
            id: Uuid::from_u128(number),
            at: Timestamp::from_millis(day * 24 * 3600 * 1000),
            version: 1,
            language: None,
            texts: vec![text.clone()],
            facets: Vec::new(),
        })
        .collect();
    INDEX.put(db, &documents).await.unwrap();
    for text in queries {
        let Ok(query) = Query::parse(text) else { continue };
        let mut expected: Vec<&Document> =
            documents.iter().filter(|document| query.matches(&document.texts[0])).collect();
        expected.sort_by_key(|document| std::cmp::Reverse((document.at, document.id)));
        let expected: Vec<Uuid> = expected.iter().map(|document| document.id).collect();
        let found = all(db, Arc::new(query), limit).await;
        prop_assert_eq!(found, expected, "{:?} on {:?}", text, db.get_database_backend());
    }
    Ok(())
}

async fn all(db: &DatabaseConnection, query: Arc<Query>, limit: usize) -> Vec<Uuid> {
    let mut found = Vec::new();
    let mut find = Find::new(query, limit);
    loop {
        let hits = INDEX.find(db, &find).await.unwrap();
        found.extend(hits.ids);
        match hits.next {
            Some(next) => find = find.after(Some(next)),
            None => return found,
        }
    }
}

proptest! {
    #[test]
    fn any_text_finds_itself(text: String) {
        // A text that can be searched for at all matches itself, complete or begun.
        if let Ok(query) = Query::parse(&text) {
            prop_assert!(query.matches(&text));
        }
    }

    #[test]
    fn any_bytes_are_analysed(bytes: Vec<u8>, other: String) {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(query) = Query::parse(&text) {
            let _ = query.matches(&other);
        }
    }
}
