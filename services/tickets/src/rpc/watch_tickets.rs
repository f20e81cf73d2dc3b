//! WatchTickets: a snapshot, then changes; resumable from any cursor that was sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kefu_api_common::wire;
use kefu_api_tickets::v1::watch_tickets_response::Item;
use kefu_api_tickets::v1::{
    Heartbeat, SnapshotEnd, TicketChange, TicketGone, WatchTicketsRequest, WatchTicketsResponse,
};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Scope, id};
use kefu_outbox::{Positions, changes, cursor};
use kefu_rpc::CallContext;
use kefu_store::Store;
use kefu_store::filter::Filter;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::encode;
use crate::service::Tickets;
use crate::store::resource::{in_sight, resource};
use crate::store::ticket;
use crate::watch::{Batch, read};
use crate::{Error, views};

/// How often a sign of life is sent where nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Tickets of a snapshot where the caller does not say.
const SNAPSHOT: i32 = 100;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: WatchTicketsRequest,
) -> Result<impl Stream<Item = Result<WatchTicketsResponse, Error>> + Send + 'static, Error> {
    let resource = resource(tickets.rules.load().types());
    let constants = views::constants(tickets, &call);
    let mut filter =
        resource.compile(&request.filter, &constants).map_err(kefu_store::page::ListError::from)?;
    if let Some(view) = views::filter(&resource, &request.saved_view, &constants)? {
        filter = filter.and(view);
    }
    // First followed, then read: what happens in between comes as a change.
    let live = tickets.changes.follow();
    let mut watcher = Watcher {
        store: tickets.store.clone(),
        scope: call.principal().scope.clone(),
        filter,
        live,
        after: Positions::new(),
        behind: !request.cursor.is_empty(),
        ready: VecDeque::new(),
    };
    if request.cursor.is_empty() {
        watcher.after = changes::beginning();
        watcher.after.extend(changes::heads(&tickets.store).await?.numbered);
        snapshot(tickets, &call, &request, &constants, &mut watcher).await?;
    } else {
        watcher.after = cursor::decode(&request.cursor).ok_or(Error::CursorInvalid)?;
    }
    Ok(futures::stream::try_unfold(watcher, |mut watcher| async move {
        let response = watcher.next().await?;
        Ok(Some((response, watcher)))
    }))
}

async fn snapshot(
    tickets: &Tickets,
    call: &CallContext,
    request: &WatchTicketsRequest,
    constants: &[(&str, kefu_store::filter::Value)],
    watcher: &mut Watcher,
) -> Result<(), Error> {
    let resource = resource(tickets.rules.load().types());
    let limit = if request.snapshot_limit == 0 { SNAPSHOT } else { request.snapshot_limit };
    let list = tickets.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            constants,
            page_size: limit,
            beside: views::filter(&resource, &request.saved_view, constants)?,
            ..ListRequest::default()
        },
    )?;
    let mut query = ticket::Entity::find().filter(in_sight(&call.principal().scope));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(tickets.store.reader()).await?);
    let count = i32::try_from(page.rows.len()).unwrap_or(i32::MAX);
    for row in &page.rows {
        let item = Some(Item::Snapshot(encode::basic_row(row)));
        watcher.ready.push_back(WatchTicketsResponse { cursor: String::new(), item });
    }
    let truncated = !page.next_page_token.is_empty();
    let end = Item::SnapshotEnd(SnapshotEnd { tickets: count, truncated });
    let cursor = cursor::encode(&watcher.after);
    watcher.ready.push_back(WatchTicketsResponse { cursor, item: Some(end) });
    Ok(())
}

struct Watcher {
    store: Store,
    scope: Scope,
    filter: Filter,
    live: Receiver<Arc<Batch>>,
    after: Positions,
    /// Whether the log is still read from the caller's cursor.
    behind: bool,
    ready: VecDeque<WatchTicketsResponse>,
}

impl Watcher {
    async fn next(&mut self) -> Result<WatchTicketsResponse, Error> {
        loop {
            if let Some(response) = self.ready.pop_front() {
                return Ok(response);
            }
            if self.behind {
                let batch = read(&self.store, &mut self.after).await?;
                self.behind = !batch.events.is_empty();
                let types = batch.events.iter().map(|event| (event.aggregate_id, event.name()));
                let types = types.map(|(id, name)| (id, name.to_owned())).collect();
                self.tell(&batch, types);
                continue;
            }
            match tokio::time::timeout(HEARTBEAT, self.live.recv()).await {
                Ok(Ok(batch)) => {
                    let types = self.take(&batch);
                    self.tell(&batch, types);
                }
                Ok(Err(RecvError::Lagged(_))) => return Err(Error::WatcherTooSlow),
                // The follower is being made anew: go on from the log.
                Ok(Err(RecvError::Closed)) => self.behind = true,
                Err(_) => {
                    let now = wire::timestamp(self.store.ambient().now());
                    let item = Some(Item::Heartbeat(Heartbeat { sent_at: Some(now) }));
                    return Ok(WatchTicketsResponse { cursor: cursor::encode(&self.after), item });
                }
            }
        }
    }

    /// The batch's events that this watcher has not seen yet.
    fn take(&mut self, batch: &Batch) -> Vec<(Uuid, String)> {
        let mut new = Vec::new();
        for event in &batch.events {
            let seen = self.after.entry(event.partition).or_default();
            if event.position > *seen {
                // Positions are gapless; one further on means that the log has more than was fanned out.
                self.behind |= event.position > *seen + 1;
                if self.behind {
                    return Vec::new();
                }
                *seen = event.position;
                new.push((event.aggregate_id, event.name().to_owned()));
            }
        }
        new
    }

    /// Whether the ticket was in sight before the batch's events took it elsewhere.
    fn saw(&self, batch: &Batch, ticket: Uuid) -> bool {
        let left = batch.left.get(&ticket);
        left.is_some_and(|left| left.iter().any(|branch| self.scope.admits(*branch)))
    }

    /// Tells of each ticket once, whatever happened to it.
    fn tell(&mut self, batch: &Batch, events: Vec<(Uuid, String)>) {
        let mut told: Vec<(Uuid, Vec<String>)> = Vec::new();
        for (ticket, name) in events {
            match told.iter_mut().find(|(known, _)| *known == ticket) {
                Some((_, names)) => names.push(name),
                None => told.push((ticket, vec![name])),
            }
        }
        let cursor = cursor::encode(&self.after);
        for (ticket, types) in told {
            let Some(row) = batch.tickets.get(&ticket) else { continue };
            let seen = self.scope.admits(row.branch_id);
            let item = if seen && self.filter.matches(row) {
                Item::Change(TicketChange { ticket: Some(encode::basic_row(row)), types })
            } else if seen || self.saw(batch, ticket) {
                Item::Gone(TicketGone { ticket_id: id::encode("ticket", ticket) })
            } else {
                continue;
            };
            self.ready.push_back(WatchTicketsResponse { cursor: cursor.clone(), item: Some(item) });
        }
    }
}
