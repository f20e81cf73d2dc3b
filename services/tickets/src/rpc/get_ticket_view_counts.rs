//! GetTicketViewCounts: read from the folded counts, whatever the number of tickets.

use std::collections::BTreeMap;
use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_tickets::v1::{GetTicketViewCountsRequest, TicketViewCount, TicketViewCounts};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Id, Timestamp};
use kefu_outbox::live_generation;
use kefu_outbox::tables::checkpoint;
use kefu_rpc::CallContext;
use kefu_store::counts_in_sight;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use crate::domain::ids::BranchId;
use crate::service::Tickets;
use crate::store::view_count::{Column, Entity};
use crate::views::{self, Days, VIEWS};
use crate::{Result, domain};

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: GetTicketViewCountsRequest,
) -> Result<TicketViewCounts> {
    for code in &request.views {
        views::find(code).ok_or_else(|| domain::Error::unknown("views", code))?;
    }
    let branch: Option<BranchId> = id::read_optional("branch_id", request.branch_id.as_deref())?;
    let live = live_generation(&tickets.store, "view_counts").await?;
    let me = views::person(&call).unwrap_or(Uuid::max());
    let days = Days::of(&tickets.zone, tickets.store.ambient().now());
    let (today, week) = (days.today.number(), days.monday.number()..=days.monday.number() + 6);
    let mut query = Entity::find()
        .filter(Column::Generation.eq(live))
        .filter(Column::PersonId.is_in([Uuid::nil(), me]))
        .filter(
            Condition::any()
                .add(Column::Day.eq(0))
                .add(Column::View.eq("due_today").and(Column::Day.eq(today)))
                .add(Column::View.eq("solved_this_week").and(Column::Day.is_in(week))),
        )
        .filter(counts_in_sight(&call.principal().scope, Column::BranchId));
    if let Some(branch) = branch {
        query = query.filter(Column::BranchId.eq(branch.uuid()));
    }
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for row in query.all(tickets.store.reader()).await? {
        *counts.entry(row.view).or_default() += row.count;
    }
    let asked = |code: &str| request.views.is_empty() || request.views.iter().any(|v| v == code);
    let counts = VIEWS.iter().filter(|view| asked(view.code)).map(|view| TicketViewCount {
        view: view.code.to_owned(),
        count: counts.get(view.code).copied().unwrap_or(0),
    });
    Ok(TicketViewCounts {
        counts: counts.collect(),
        folded_at: folded_at(tickets, live).await?.map(wire::timestamp),
    })
}

async fn folded_at(tickets: &Tickets, live: i32) -> Result<Option<Timestamp>> {
    let last: Option<Option<i64>> = checkpoint::Entity::find()
        .select_only()
        .column_as(checkpoint::Column::FoldedAt.max(), "last")
        .filter(checkpoint::Column::Consumer.eq(format!("view_counts@{live}")))
        .into_tuple()
        .one(tickets.store.reader())
        .await?;
    Ok(last.flatten().filter(|at| *at > 0).map(Timestamp::from_millis))
}
