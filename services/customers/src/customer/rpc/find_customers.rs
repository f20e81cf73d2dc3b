//! FindCustomers: who it is, by a caller's number, an address, a handle, an order's number or a name. The surest
//! comes first; what was merged is found as the one that stays.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use kefu_api_customers::v1::find_customers_request::By;
use kefu_api_customers::v1::{CustomerMatch, FindCustomersRequest, FindCustomersResponse};
use kefu_api_orders::v1::orders_service_client::OrdersServiceClient;
use kefu_api_orders::v1::shipments_service_client::ShipmentsServiceClient;
use kefu_api_orders::v1::{FindShipmentsRequest, ListOrdersRequest};
use kefu_kernel::{Fault, FaultKind, Id};
use kefu_rpc::{CallContext, client};
use kefu_store::search::{Find, Query as Words};
use sea_orm::sea_query::{IntoColumnRef, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use tonic::Code;
use uuid::Uuid;

use super::{decode, encode, get_customer};
use crate::Result;
use crate::customer::domain::words::{ContactKind, MatchReason};
use crate::customer::domain::{Contact, Country, Error, phone_ending};
use crate::customer::projections::hashes;
use crate::customer::store::customer::{Column, Entity};
use crate::customer::store::resource::{SEARCH, in_sight};
use crate::customer::store::{matching, tree};
use crate::domain::ids::CustomerId;
use crate::service::Customers;

/// How many rows are looked at for one match that the caller may see.
const MARGIN: u64 = 4;

/// A customer that fits, by its id as it was found.
#[derive(Clone, Copy)]
struct Hit {
    id: Uuid,
    reason: MatchReason,
    verified: bool,
}

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: FindCustomersRequest,
) -> Result<FindCustomersResponse> {
    let limit = match request.limit {
        0 => 10,
        limit => u64::try_from(limit).unwrap_or(10),
    };
    let country = decode::country("country", &request.country, customers.country)?;
    let hits = match request.by {
        None => Vec::new(),
        Some(By::Phone(text)) => by_phone(customers, &text, country, limit).await?,
        Some(By::Email(text)) => {
            let invalid = |why| Error::ContactInvalid { field: "email".to_owned(), why };
            let email = Contact::read(ContactKind::Email, &text, country).map_err(invalid)?;
            by_tokens(customers, &[(MatchReason::Email, email.key().1)], limit).await?
        }
        Some(By::Identifier(text)) => by_identifier(customers, &text, country, limit).await?,
        Some(By::Number(number)) => by_number(customers, number).await?,
        Some(By::OrderNumber(number)) => by_order(customers, &number).await?,
        Some(By::Name(text)) => by_name(customers, &call, &text, limit).await?,
    };
    Ok(FindCustomersResponse { matches: shown(customers, &call, hits, limit).await? })
}

/// A whole phone, and whatever ends so.
async fn by_phone(
    customers: &Customers,
    text: &str,
    country: Country,
    limit: u64,
) -> Result<Vec<Hit>> {
    let whole = Contact::read(ContactKind::Phone, text, country);
    let ending = phone_ending(text);
    let tokens: Vec<_> = match (&whole, ending) {
        (Err(why), None) => {
            let (field, why) = ("phone".to_owned(), *why);
            return Err(Error::ContactInvalid { field, why }.into());
        }
        (whole, ending) => {
            let whole = whole.as_ref().ok().map(|phone| (MatchReason::Phone, phone.key().1));
            let ending = ending.map(|ending| (MatchReason::PhoneEnding, ending));
            whole.into_iter().chain(ending).collect()
        }
    };
    by_tokens(customers, &tokens, limit).await
}

/// A handle or number of whatever kind: each writes its normal form in its own way.
async fn by_identifier(
    customers: &Customers,
    text: &str,
    country: Country,
    limit: u64,
) -> Result<Vec<Hit>> {
    let kinds = [ContactKind::Wechat, ContactKind::Handle, ContactKind::MemberNumber];
    let read = |kind| Contact::read(kind, text, country).ok();
    let keys: HashSet<String> = kinds.into_iter().filter_map(read).map(|c| c.key().1).collect();
    let tokens: Vec<_> = keys.into_iter().map(|key| (MatchReason::Identifier, key)).collect();
    by_tokens(customers, &tokens, limit).await
}

async fn by_tokens(
    customers: &Customers,
    tokens: &[(MatchReason, String)],
    limit: u64,
) -> Result<Vec<Hit>> {
    let mut any = Condition::any();
    for (reason, key) in tokens {
        let of_it = Condition::all()
            .add(matching::Column::Reason.eq(reason.name()))
            .add(matching::Column::Hash.is_in(hashes(&customers.keys, *reason, key)));
        any = any.add(of_it);
    }
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let rows = matching::Entity::find().filter(any).limit(limit * MARGIN);
    let rows = rows.all(customers.store.reader()).await?;
    let hit = |row: matching::Model| {
        let reason = MatchReason::from_name(&row.reason)?;
        Some(Hit { id: row.customer_id, reason, verified: row.verified })
    };
    Ok(rows.into_iter().filter_map(hit).collect())
}

async fn by_number(customers: &Customers, number: i64) -> Result<Vec<Hit>> {
    let row = Entity::find().filter(Column::Number.eq(number));
    let row = row.one(customers.store.reader()).await?;
    let hit = |id| Hit { id, reason: MatchReason::Number, verified: false };
    Ok(row.into_iter().map(|row| hit(row.id)).collect())
}

async fn by_name(
    customers: &Customers,
    call: &CallContext,
    text: &str,
    limit: u64,
) -> Result<Vec<Hit>> {
    let Ok(words) = Words::parse(text) else { return Ok(Vec::new()) };
    let rows = Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(in_sight(&call.principal().scope))
        .to_owned();
    let find = Find::new(Arc::new(words), usize::try_from(limit).unwrap_or(10));
    let find = find.within(rows, Column::Id.into_column_ref());
    let hits = SEARCH.find(customers.store.reader(), &find).await?;
    let hit = |id| Hit { id, reason: MatchReason::Name, verified: false };
    Ok(hits.ids.into_iter().map(hit).collect())
}

/// Whose an order or shipment is, as orders tells.
async fn by_order(customers: &Customers, number: &str) -> Result<Vec<Hit>> {
    let orders = customers.orders.clone().ok_or(OrdersUnavailable)?;
    let mut found: Vec<String> = Vec::new();
    if let Ok(number) = number.parse::<i64>() {
        let filter = format!("number == {number}");
        let request = ListOrdersRequest { filter, page_size: 1, ..ListOrdersRequest::default() };
        let answer = client!(OrdersServiceClient, orders.clone()).list_orders(request).await;
        let answer = answer.map_err(|_| OrdersUnavailable)?.into_inner();
        found.extend(answer.orders.into_iter().filter_map(|order| order.customer_id));
    }
    if found.is_empty() {
        let waybill = number.to_owned();
        let request = FindShipmentsRequest { waybill, ..FindShipmentsRequest::default() };
        match client!(ShipmentsServiceClient, orders).find_shipments(request).await {
            Ok(answer) => {
                let shipments = answer.into_inner().shipments.into_iter();
                found.extend(shipments.filter_map(|shipment| shipment.customer_id));
            }
            Err(status) if status.code() == Code::InvalidArgument => {}
            Err(_) => return Err(OrdersUnavailable.into()),
        }
    }
    let hit = |id: &String| {
        let id = id.parse::<CustomerId>().ok()?.uuid();
        Some(Hit { id, reason: MatchReason::Order, verified: false })
    };
    Ok(found.iter().filter_map(hit).collect())
}

/// The customers that stay for those found, the surest first, each once, within the caller's sight.
async fn shown(
    customers: &Customers,
    call: &CallContext,
    mut hits: Vec<Hit>,
    limit: u64,
) -> Result<Vec<CustomerMatch>> {
    hits.sort_by_key(|hit| (!hit.verified, hit.reason));
    let found = tree::roots(customers.store.reader(), hits.iter().map(|hit| hit.id)).await?;
    let scope = &call.principal().scope;
    let (mut seen, mut rows, mut told) = (HashSet::new(), Vec::new(), Vec::new());
    for hit in hits {
        let Some(row) = found.get(&hit.id) else { continue };
        if !row.erased && scope.admits(row.branch_id) && seen.insert(row.id) {
            rows.push(row.clone());
            told.push(hit);
        }
    }
    rows.truncate(usize::try_from(limit).unwrap_or(10));
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let basic = rows.iter().map(encode::basic).collect();
    let shown = get_customer::with_tags(customers, basic, &ids).await?;
    Customers::note_read(call, shown.first().map(|one| one.id.as_str()), shown.len());
    let matched = |(customer, hit): (_, Hit)| CustomerMatch {
        customer: Some(customer),
        reason: hit.reason.to_wire(),
        verified: hit.verified,
    };
    Ok(shown.into_iter().zip(told).map(matched).collect())
}

/// Orders is not installed, or does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the service `orders`, which knows the number, does not answer")]
struct OrdersUnavailable;

impl Fault for OrdersUnavailable {
    fn kind(&self) -> FaultKind {
        FaultKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "DEPENDENCY_UNAVAILABLE"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("service", "orders".to_owned())]
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

impl kefu_runtime::Refusal for OrdersUnavailable {}
