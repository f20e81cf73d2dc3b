//! Searching in Chinese, Spanish and English, in one index.

use std::sync::Arc;

use kefu_kernel::Timestamp;
use kefu_store::search::{
    Addition, CANDIDATES, Document, Find, Index, Language, Query, QueryError,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoColumnRef, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use uuid::Uuid;

use crate::backends::{id_type, on_each, run};

const INDEX: Index = Index::new("ticket");
const WEEK: i64 = 7 * 24 * 3600 * 1000;

async fn create(db: &DatabaseConnection) {
    run(db, &INDEX.create(db.get_database_backend())).await;
}

fn document(number: u128, texts: &[&str]) -> Document {
    Document {
        id: Uuid::from_u128(number),
        at: Timestamp::from_millis(1_700_000_000_000 + i64::try_from(number).unwrap() * WEEK / 3),
        version: 1,
        language: None,
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        facets: Vec::new(),
    }
}

fn find(text: &str) -> Find {
    Find::new(Arc::new(Query::parse(text).unwrap()), 50)
}

/// The numbers of the documents found.
async fn hits(db: &DatabaseConnection, find: &Find) -> Vec<u128> {
    let hits = INDEX.find(db, find).await.unwrap();
    assert_eq!((hits.next, hits.incomplete), (None, false));
    hits.ids.iter().map(Uuid::as_u128).collect()
}

#[test]
fn texts_that_are_added_are_found_as_if_they_had_been_there_from_the_first() {
    on_each(|db| async move {
        create(&db).await;
        let (first, more) = ("Refund for a broken phone", ["手机坏了", "two camiones", "phones"]);
        INDEX.put(&db, &[document(1, &[first])]).await.unwrap();
        INDEX.put(&db, &[document(2, &[&[first][..], &more].concat())]).await.unwrap();
        let addition = |number: u128, version, text: &str| Addition {
            id: Uuid::from_u128(number),
            version,
            language: None,
            texts: vec![text.to_owned()],
        };
        let added: Vec<Addition> = (2..).zip(more).map(|(n, text)| addition(1, n, text)).collect();
        let unknown = addition(9, 1, "lost");
        let missing = INDEX.append(&db, &[&added[..2], &[unknown]].concat()).await.unwrap();
        assert_eq!(missing, [Uuid::from_u128(9)]);
        assert!(INDEX.append(&db, &added).await.unwrap().is_empty());
        for text in ["refund camion", "手机", "坏了", "phone", "phones", "camiones broken"] {
            assert_eq!(hits(&db, &find(text)).await, [2, 1], "{text}");
        }
        // An older state of the whole does not come back.
        INDEX.put(&db, &[document(1, &[first])]).await.unwrap();
        assert_eq!(hits(&db, &find("camion")).await, [2, 1]);
    });
}

#[test]
fn each_language_is_found_by_its_own_rules() {
    let documents = [
        document(1, &["Refund for a broken phone", "The screen was shattered on arrival."]),
        document(2, &["Reembolso del envío", "El camión llegó tarde y las cajas estaban rotas."]),
        document(3, &["申请退款", "手机屏幕坏了，请尽快退款。"]),
        document(4, &["iPhone手机 won't charge", "Nǐ hǎo, wǒ de shǒujī bù néng chōngdiàn"]),
        document(5, &["Order T-2026-000123", "Waybill RX123456785ES, call +34 600 123 456"]),
        document(6, &["Café Straße ＦＵＬＬ", "contact: ana.perez@example.com, it's l'été"]),
        document(7, &["電話 カメラ 배송이 늦어요", "ตู้เย็นเสีย"]),
    ];
    let expected: &[(&str, &[u128])] = &[
        ("refund", &[1]),
        ("REFUNDS", &[1]),
        ("shattering screens", &[1]),
        ("refund tarde", &[]),
        ("reembolsos", &[2]),
        ("camiones", &[2]),
        ("CAMION", &[2]),
        ("llegó caja rota", &[2]),
        ("envio", &[2]),
        ("退款", &[3]),
        ("屏幕坏了", &[3]),
        ("手机", &[4, 3]),
        ("手机 退款", &[3]),
        ("机", &[4, 3]),
        ("款", &[3]),
        ("了", &[3]),
        ("鬼", &[]),
        ("iphone 手机", &[4]),
        ("iphone手机", &[4]),
        ("ni hao", &[4]),
        ("nǐ hǎo", &[4]),
        ("ｎｉ　ｈａｏ", &[4]),
        ("wont", &[4]),
        ("won’t", &[4]),
        ("T-2026-000123", &[5]),
        ("t2026000123", &[5]),
        ("2026-000123", &[5]),
        ("2026-00012", &[]),
        ("RX123456785ES", &[5]),
        ("rx12345678", &[]),
        ("600123456", &[5]),
        ("+34600123456", &[5]),
        ("(600) 123-456", &[5]),
        ("0034 600 123 456", &[5]),
        ("600123457", &[]),
        ("cafe strasse full", &[6]),
        ("ana.perez@example.com", &[6]),
        ("ANA.PEREZ@EXAMPLE.COM", &[6]),
        ("perez", &[6]),
        ("ete", &[]),
        ("lété", &[6]),
        ("電話", &[7]),
        ("カメラ", &[7]),
        ("배송", &[7]),
        ("ตู้เย็น", &[7]),
    ];
    on_each(|db| {
        let documents = documents.to_vec();
        async move {
            create(&db).await;
            INDEX.put(&db, &documents).await.unwrap();
            for (text, expected) in expected {
                let backend = db.get_database_backend();
                assert_eq!(&hits(&db, &find(text)).await, expected, "{text} on {backend:?}");
            }
        }
    });
}

#[test]
fn the_last_word_may_be_begun_only() {
    on_each(|db| async move {
        create(&db).await;
        let texts = ["reembolso urgente", "reembolsado", "recibo 12345"];
        let documents: Vec<Document> =
            (1..).zip(texts).map(|(number, text)| document(number, &[text])).collect();
        INDEX.put(&db, &documents).await.unwrap();
        assert_eq!(hits(&db, &find("ree")).await, [2, 1]);
        assert_eq!(hits(&db, &find("re")).await, [3, 2, 1]);
        assert_eq!(hits(&db, &find("urgente ree")).await, [1]);
        let none: [u128; 0] = [];
        // A space says that the word is complete; one letter is a word; numbers are exact.
        assert_eq!(hits(&db, &find("ree ")).await, none);
        assert_eq!(hits(&db, &find("ree urgente")).await, none);
        assert_eq!(hits(&db, &find("r")).await, none);
        assert_eq!(hits(&db, &find("1234")).await, none);
        assert_eq!(hits(&db, &find("12345")).await, [3]);
    });
}

#[test]
fn a_known_language_has_its_own_stems_only() {
    on_each(|db| async move {
        create(&db).await;
        let with = |number, language| Document {
            language: Some(language),
            ..document(number, &["running llegaremos"])
        };
        let documents = [
            with(1, Language::English),
            with(2, Language::Spanish),
            with(3, Language::Other),
            document(4, &["running llegaremos"]),
        ];
        INDEX.put(&db, &documents).await.unwrap();
        assert_eq!(hits(&db, &find("runs ")).await, [4, 1]);
        assert_eq!(hits(&db, &find("llegar ")).await, [4, 2]);
        assert_eq!(hits(&db, &find("running llegaremos")).await, [4, 3, 2, 1]);
    });
}

#[test]
fn a_document_is_replaced_as_a_whole_and_never_by_an_older_one() {
    on_each(|db| async move {
        create(&db).await;
        let version = |version, text: &str| Document { version, ..document(1, &[text]) };
        INDEX.put(&db, &[version(2, "second words")]).await.unwrap();
        INDEX.put(&db, &[version(1, "first words")]).await.unwrap();
        let none: [u128; 0] = [];
        assert_eq!(hits(&db, &find("first")).await, none);
        assert_eq!(hits(&db, &find("second")).await, [1]);
        let twice = [version(4, "fourth"), version(3, "third")];
        INDEX.put(&db, &twice).await.unwrap();
        assert_eq!(hits(&db, &find("second")).await, none);
        assert_eq!(hits(&db, &find("third")).await, none);
        assert_eq!(hits(&db, &find("fourth")).await, [1]);
        INDEX.put(&db, &[version(4, "...")]).await.unwrap();
        assert_eq!(hits(&db, &find("fourth")).await, none);
    });
}

#[test]
fn an_erased_document_leaves_no_term_behind() {
    on_each(|db| async move {
        create(&db).await;
        let documents: Vec<Document> =
            (1..=600).map(|number| document(number, &["Quijote de la Mancha"])).collect();
        INDEX.put(&db, &documents).await.unwrap();
        let ids: Vec<Uuid> = (2..=600).map(Uuid::from_u128).collect();
        INDEX.erase(&db, &ids).await.unwrap();
        assert_eq!(hits(&db, &find("quijote")).await, [1]);
        INDEX.erase(&db, &[Uuid::from_u128(1)]).await.unwrap();
        let none: [u128; 0] = [];
        assert_eq!(hits(&db, &find("quijote")).await, none);
        if db.get_database_backend() == DbBackend::Sqlite {
            let rows = db
                .query_all_raw(sea_orm::Statement::from_string(
                    DbBackend::Sqlite,
                    "SELECT block FROM ticket_search_words_data",
                ))
                .await
                .unwrap();
            for row in rows {
                let block: Vec<u8> = row.try_get_by_index(0).unwrap();
                assert!(
                    !block.windows(5).any(|window| window == b"quijo"),
                    "a term is still there"
                );
            }
        }
        for statement in INDEX.drop(db.get_database_backend()) {
            db.execute_unprepared(&statement).await.unwrap();
        }
    });
}

#[test]
fn a_search_is_narrowed_by_facets_and_by_the_owners_rows() {
    on_each(|db| async move {
        create(&db).await;
        let id = id_type(&db);
        run(&db, &[format!("CREATE TABLE ticket (id {id} PRIMARY KEY, open boolean)")]).await;
        let north = Uuid::from_u128(0xa).to_string();
        let south = Uuid::from_u128(0xb).to_string();
        let documents: Vec<Document> = (1..=90)
            .map(|number| Document {
                facets: vec![if number % 3 == 0 { north.clone() } else { south.clone() }],
                ..document(number, &["a lost parcel"])
            })
            .collect();
        INDEX.put(&db, &documents).await.unwrap();
        let mut tickets = Sql::insert();
        tickets.into_table(Alias::new("ticket")).columns(["id", "open"].map(Alias::new));
        for number in 1..=90_u128 {
            tickets.values_panic([Uuid::from_u128(number).into(), (number % 2 == 0).into()]);
        }
        db.execute(&tickets).await.unwrap();

        let of =
            |keep: fn(u128) -> bool| (1..=90).rev().filter(|n| keep(*n)).collect::<Vec<u128>>();
        let northern = find("parcel").with_facets(vec![north.clone()]);
        assert_eq!(hits(&db, &northern).await, of(|number| number % 3 == 0));
        let both = Find::new(Arc::new(Query::parse("parcel").unwrap()), 100)
            .with_facets(vec![north.clone(), south.clone()]);
        assert_eq!(hits(&db, &both).await, of(|_| true));
        let none: [u128; 0] = [];
        assert_eq!(hits(&db, &find("parcel").with_facets(Vec::new())).await, none);

        let mut open = Sql::select();
        open.column(Alias::new("id"))
            .from(Alias::new("ticket"))
            .and_where(Expr::col(Alias::new("open")).eq(true));
        let id = Alias::new("id").into_column_ref();
        let narrowed = northern.within(open.clone(), id.clone());
        assert_eq!(hits(&db, &narrowed).await, of(|number| number % 6 == 0));

        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = Find::new(Arc::new(Query::parse("parcel").unwrap()), 7)
                .within(open.clone(), id.clone())
                .after(after);
            let hits = INDEX.find(&db, &page).await.unwrap();
            seen.extend(hits.ids.iter().map(Uuid::as_u128));
            assert!(hits.ids.len() == 7 || hits.next.is_none());
            after = hits.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, of(|number| number % 2 == 0));
    });
}

#[test]
fn a_search_that_looks_at_too_much_says_so_and_can_go_on() {
    on_each(|db| async move {
        create(&db).await;
        let id = id_type(&db);
        run(&db, &[format!("CREATE TABLE ticket (id {id} PRIMARY KEY)")]).await;
        let total = CANDIDATES + 10;
        let (ids, terms) = match db.get_database_backend() {
            DbBackend::Postgres => {
                ("lpad(to_hex(n), 32, '0')::uuid", "array_to_tsvector(ARRAY['100wparcel'])")
            }
            _ => ("unhex(printf('%032x', n))", "'100wparcel'"),
        };
        let filled = format!(
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {total}) \
             INSERT INTO ticket_search (id, at, version, terms) \
             SELECT {ids}, {WEEK} * CAST(100 AS bigint) + n, 1, {terms} FROM t"
        );
        run(&db, &[filled, "INSERT INTO ticket_search_segment VALUES (100)".into()]).await;
        let mut oldest = Sql::insert();
        oldest.into_table(Alias::new("ticket")).columns([Alias::new("id")]);
        oldest.values_panic([Uuid::from_u128(3).into()]);
        db.execute(&oldest).await.unwrap();

        let mut tickets = Sql::select();
        tickets.column(Alias::new("id")).from(Alias::new("ticket"));
        let search = find("parcel").within(tickets, Alias::new("id").into_column_ref());
        let first = INDEX.find(&db, &search).await.unwrap();
        assert!(first.incomplete && first.ids.is_empty());
        let place = first.next.expect("there is more");
        assert_eq!(place.id, Uuid::from_u128(11), "exactly {CANDIDATES} were looked at");
        let second = INDEX.find(&db, &search.after(Some(place))).await.unwrap();
        assert_eq!(second.ids, [Uuid::from_u128(3)]);
        assert_eq!((second.next, second.incomplete), (None, false));
    });
}

#[test]
fn a_text_without_words_or_with_too_many_is_refused() {
    assert_eq!(Query::parse(""), Err(QueryError::Empty));
    assert_eq!(Query::parse(" -- ¿? 😀 "), Err(QueryError::Empty));
    assert_eq!(Query::parse(&"word ".repeat(17)), Err(QueryError::TooLong));
    assert_eq!(Query::parse(&"x".repeat(257)), Err(QueryError::TooLong));
    assert!(Query::parse(&"word ".repeat(16)).is_ok());
}

#[test]
fn the_longest_query_over_years_of_segments_is_answered() {
    on_each(|db| async move {
        create(&db).await;
        let text = "+34 600 123 456 abcde fghij 手机屏幕坏了吗 T-2026-1 lost found parcel";
        let documents: Vec<Document> = (1..=400).map(|number| document(number, &[text])).collect();
        INDEX.put(&db, &documents).await.unwrap();
        let hits = INDEX.find(&db, &find(text)).await.unwrap();
        assert_eq!(hits.ids.len(), 50);
        let missing = format!("{text} zzzz ");
        let hits = INDEX.find(&db, &find(&missing)).await.unwrap();
        assert!(hits.ids.is_empty() && hits.next.is_none());
    });
}
