//! The search index: names in every script, numbers and the ids of other systems. Events hold no text, so it is
//! read from the tables; a version guards that an older state never takes the place of a newer one.

use kefu_kernel::{Recorded, Timestamp};
use kefu_outbox::{FoldError, Projection};
use kefu_store::runner::ids_in;
use kefu_store::search::{Document, Language};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{EntityTrait, QueryFilter};

use super::touched;
use crate::customer::store::customer::{Column, Entity, Model};
use crate::customer::store::resource::SEARCH;

/// Customers whose texts are read by one statement.
const CHUNK: usize = 100;

/// The projection.
pub struct Search;

#[async_trait::async_trait]
impl Projection for Search {
    fn name(&self) -> &'static str {
        "customer_search"
    }

    fn source(&self) -> &'static str {
        "customers"
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        for ids in touched(events, &["name", "language", "erased"]).chunks(CHUNK) {
            let rows = Entity::find().filter(ids_in(Column::Id, ids)).all(tx).await?;
            let (gone, here): (Vec<Model>, Vec<Model>) =
                rows.into_iter().partition(|row| row.erased);
            let gone: Vec<_> = gone.into_iter().map(|row| row.id).collect();
            SEARCH.erase(tx, &gone).await?;
            let documents: Vec<Document> = here.into_iter().map(document).collect();
            SEARCH.put(tx, &documents).await?;
        }
        Ok(())
    }

    /// There is one index: building it anew replaces its documents one by one.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

fn document(row: Model) -> Document {
    let language = match row.language.split('-').next().unwrap_or_default() {
        "" => None,
        "en" => Some(Language::English),
        "es" => Some(Language::Spanish),
        _ => Some(Language::Other),
    };
    Document {
        id: row.id,
        at: Timestamp::from_millis(row.created_at),
        version: row.version,
        language,
        texts: vec![row.number.to_string(), row.external_id.unwrap_or_default(), row.name],
        facets: Vec::new(),
    }
}
