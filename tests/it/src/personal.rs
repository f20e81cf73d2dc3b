//! Which columns hold personal data: the register that an erase works from.
//!
//! An entity says it of a column in its comment ("Personal."). The table below is made of the schema, so a
//! new text or bytes column fails this test until somebody has decided what it is and accepted the table:
//! `INSTA_UPDATE=always cargo test --profile ci -p kefu-it every_column`.
//! Without an entity is only the search index: made of personal texts, it follows the rows that hold them.

use std::collections::BTreeMap;

use kefu_testkit::World;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use syn::visit::Visit;

use crate::source::rust_files;
use crate::suite::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_that_can_hold_personal_data_says_whether_it_does() {
    let mut comments = Comments::default();
    for file in rust_files() {
        comments.visit_file(&file.parse());
    }
    let world = World::start(&suite()).await;
    let mut register: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (service, hosted) in world.running().services() {
        // Ids, numbers and instants alone tell of nobody.
        let sql = "SELECT t.name AS table_name, c.name AS column_name \
                   FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                   WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' \
                   AND (c.type = '' OR c.type LIKE '%text%' OR c.type LIKE '%char%' OR c.type LIKE '%blob%') \
                   AND c.type NOT LIKE 'uuid%' ORDER BY t.name, c.cid";
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        for row in hosted.store.reader().query_all_raw(statement).await.unwrap() {
            let table: String = row.try_get("", "table_name").unwrap();
            let column: String = row.try_get("", "column_name").unwrap();
            let place = format!("{service} {table}.{column}");
            let what = match comments.0.get(&(table, column)) {
                Some(comment) if comment.contains("Personal") => "personal",
                Some(_) => "not personal",
                None => "no entity",
            };
            register.entry(what.to_owned()).or_default().push(place);
        }
    }
    world.close().await;
    assert!(
        register["personal"].contains(&"tickets ticket.subject".to_owned()),
        "it reads comments"
    );
    let listed =
        register.iter().map(|(what, places)| format!("{what}:\n  {}\n", places.join("\n  ")));
    insta::assert_snapshot!("columns", listed.collect::<String>());
}

/// The comments of the columns of all entities, by table and column.
#[derive(Default)]
struct Comments(BTreeMap<(String, String), String>);

impl<'ast> Visit<'ast> for Comments {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let mut table = None;
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("sea_orm"))
        {
            let named = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("table_name") {
                    table = Some(meta.value()?.parse::<syn::LitStr>()?.value());
                }
                Ok(())
            });
            named.expect("an entity's attribute names its table and no more");
        }
        let Some(table) = table else { return };
        for field in &item.fields {
            let Some(name) = &field.ident else { continue };
            self.0.insert((table.clone(), name.to_string()), comment(&field.attrs));
        }
    }
}

fn comment(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
