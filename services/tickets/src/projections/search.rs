//! The search index: after each event, the ticket's texts as they are now are indexed anew.
//!
//! Events hold no text, so it is read from the tables; the newest state is indexed whichever event
//! brought it, and a version guards that an older one never takes its place.

use std::collections::{BTreeSet, HashMap};

use kefu_kernel::id::Uuid;
use kefu_kernel::{Recorded, Timestamp};
use kefu_outbox::{FoldError, Projection};
use kefu_store::search::{Document, Language};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::store::resource::SEARCH;
use crate::store::{message, ticket};

/// Tickets whose texts are read by one statement.
const CHUNK: usize = 100;

/// The projection.
pub struct Search;

#[async_trait::async_trait]
impl Projection for Search {
    fn name(&self) -> &'static str {
        "ticket_search"
    }

    fn source(&self) -> &'static str {
        "tickets"
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        let touched: BTreeSet<Uuid> = events
            .iter()
            .filter(|event| event.aggregate_type == "ticket")
            .map(|event| event.aggregate_id)
            .collect();
        let touched: Vec<Uuid> = touched.into_iter().collect();
        for ids in touched.chunks(CHUNK) {
            SEARCH.put(tx, &documents(tx, ids).await?).await?;
        }
        Ok(())
    }

    /// There is one index: building it anew replaces its documents one by one.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

async fn documents(tx: &WriteTx, ids: &[Uuid]) -> Result<Vec<Document>, FoldError> {
    let tickets =
        ticket::Entity::find().filter(ticket::Column::Id.is_in(ids.to_vec())).all(tx).await?;
    let mut said: HashMap<Uuid, Vec<String>> = HashMap::new();
    let messages = message::Entity::find()
        .filter(message::Column::TicketId.is_in(ids.to_vec()))
        .order_by_desc(message::Column::SentAt);
    for row in messages.all(tx).await? {
        said.entry(row.ticket_id).or_default().push(row.body);
    }
    Ok(tickets
        .into_iter()
        .map(|row| {
            let mut texts = vec![
                row.number.to_string(),
                row.external_id.unwrap_or_default(),
                row.subject,
                row.description,
                row.requester_name,
                row.requester_phone,
                row.requester_email,
            ];
            texts.extend(said.remove(&row.id).unwrap_or_default());
            Document {
                id: row.id,
                at: Timestamp::from_millis(row.created_at),
                version: row.version,
                language: language(&row.language),
                texts,
                facets: Vec::new(),
            }
        })
        .collect())
}

fn language(tag: &str) -> Option<Language> {
    match tag.split('-').next().unwrap_or_default() {
        "" => None,
        "en" => Some(Language::English),
        "es" => Some(Language::Spanish),
        _ => Some(Language::Other),
    }
}
