//! The search index: what is said is added as it is said; where a ticket's own texts change, it is indexed
//! anew.
//!
//! Events hold no text, so it is read from the tables. A message costs itself, however long the
//! conversation is; only a change of subject, description, caller or language reads the conversation
//! again, newest first, up to what a document holds. A version guards that an older state never takes the
//! place of a newer one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kefu_api_events::v1::{TicketCustomerReplied, TicketNoted, TicketReplied};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Recorded, Timestamp};
use kefu_outbox::{FoldError, Projection};
use kefu_store::runner::ids_in;
use kefu_store::search::{Addition, Document, Language};
use kefu_store::{StoreError, WriteTx};
use prost::{Message, Name};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::store::resource::SEARCH;
use crate::store::{message, ticket};

/// Tickets whose texts are read by one statement.
const CHUNK: usize = 100;
/// Messages read by one statement.
const PAGE: u64 = 1_000;
/// Text of one ticket's messages that is read at most: more is not indexed.
const MOST_BYTES: usize = 1 << 20;
/// The fields that are searched, as events name those that changed.
const FIELDS: [&str; 4] = ["subject", "description", "requester", "language"];

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
        let mut anew: BTreeSet<Uuid> = BTreeSet::new();
        let mut said: BTreeMap<Uuid, (Uuid, i64)> = BTreeMap::new();
        for event in events.iter().filter(|event| event.aggregate_type == "ticket") {
            if event.version == 1
                || event.changed.iter().any(|name| FIELDS.contains(&name.as_str()))
            {
                anew.insert(event.aggregate_id);
            }
            if let Some(message) = message_of(event)? {
                said.insert(message, (event.aggregate_id, event.version));
            }
        }
        said.retain(|_, (ticket, _)| !anew.contains(ticket));
        let additions = additions(tx, &said).await?;
        anew.extend(SEARCH.append(tx, &additions).await?);
        let anew: Vec<Uuid> = anew.into_iter().collect();
        for ids in anew.chunks(CHUNK) {
            SEARCH.put(tx, &documents(tx, ids).await?).await?;
        }
        Ok(())
    }

    /// There is one index: building it anew replaces its documents one by one.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// The message that an event tells of.
fn message_of(event: &Recorded) -> Result<Option<Uuid>, FoldError> {
    let payload = event.payload.as_slice();
    let name = event.type_name.as_str();
    let read = if name == TicketReplied::full_name() {
        TicketReplied::decode(payload).map(|told| told.message_id)
    } else if name == TicketNoted::full_name() {
        TicketNoted::decode(payload).map(|told| told.message_id)
    } else if name == TicketCustomerReplied::full_name() {
        TicketCustomerReplied::decode(payload).map(|told| told.message_id)
    } else {
        return Ok(None);
    };
    let text = read.map_err(|error| FoldError::Poison(format!("the payload: {error}")))?;
    let id = id::decode("message", &text);
    id.map(Some).map_err(|_| FoldError::Poison("a message's id is not in form".to_owned()))
}

/// What these messages add, by their tickets and the versions that brought them.
async fn additions(
    tx: &WriteTx,
    said: &BTreeMap<Uuid, (Uuid, i64)>,
) -> Result<Vec<Addition>, FoldError> {
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = said.keys().copied().collect();
    let tickets: BTreeSet<Uuid> = said.values().map(|(ticket, _)| *ticket).collect();
    let tickets: Vec<Uuid> = tickets.into_iter().collect();
    let languages: Vec<(Uuid, String)> = ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::Id, ticket::Column::Language])
        .filter(ids_in(ticket::Column::Id, &tickets))
        .into_tuple()
        .all(tx)
        .await?;
    let languages: HashMap<Uuid, String> = languages.into_iter().collect();
    let found = message::Entity::find().filter(ids_in(message::Column::Id, &ids)).all(tx).await?;
    Ok(found
        .into_iter()
        .filter_map(|row| {
            let (ticket, version) = *said.get(&row.id)?;
            let language = language(languages.get(&ticket)?);
            Some(Addition { id: ticket, version, language, texts: vec![row.body] })
        })
        .collect())
}

async fn documents(tx: &WriteTx, ids: &[Uuid]) -> Result<Vec<Document>, FoldError> {
    let tickets = ticket::Entity::find().filter(ids_in(ticket::Column::Id, ids)).all(tx).await?;
    let mut said = conversations(tx, ids).await?;
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

/// What was said on each of the tickets, newest first: mostly one statement for all of them.
async fn conversations(
    tx: &WriteTx,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, FoldError> {
    let mut said: HashMap<Uuid, Vec<String>> = HashMap::new();
    let rows = message::Entity::find()
        .filter(ids_in(message::Column::TicketId, ids))
        .order_by_desc(message::Column::SentAt)
        .order_by_desc(message::Column::Id)
        .limit(PAGE)
        .all(tx)
        .await?;
    if (rows.len() as u64) < PAGE {
        for row in rows {
            said.entry(row.ticket_id).or_default().push(row.body);
        }
        return Ok(said);
    }
    for id in ids {
        said.insert(*id, conversation(tx, *id).await?);
    }
    Ok(said)
}

/// What was said on one ticket, newest first, page by page.
async fn conversation(tx: &WriteTx, ticket: Uuid) -> Result<Vec<String>, FoldError> {
    use message::Column::{Id, SentAt, TicketId};
    let (mut said, mut bytes) = (Vec::new(), 0);
    let mut after: Option<(i64, Uuid)> = None;
    loop {
        let mut page = message::Entity::find()
            .filter(TicketId.eq(ticket))
            .order_by_desc(SentAt)
            .order_by_desc(Id)
            .limit(PAGE);
        if let Some((sent_at, id)) = after {
            let place = Expr::tuple([Expr::col(SentAt), Expr::col(Id)]);
            page = page.filter(place.lt(Expr::tuple([Expr::val(sent_at), Expr::val(id)])));
        }
        let rows = page.all(tx).await?;
        let last = (rows.len() as u64) < PAGE;
        after = rows.last().map(|row| (row.sent_at, row.id));
        for row in rows {
            bytes += row.body.len();
            said.push(row.body);
        }
        if last || bytes >= MOST_BYTES {
            return Ok(said);
        }
    }
}

fn language(tag: &str) -> Option<Language> {
    match tag.split('-').next().unwrap_or_default() {
        "" => None,
        "en" => Some(Language::English),
        "es" => Some(Language::Spanish),
        _ => Some(Language::Other),
    }
}
