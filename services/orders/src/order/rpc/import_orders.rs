//! ImportOrders: takes orders from elsewhere, each judged by itself. A row whose source and id are known is a
//! duplicate and changes nothing.

use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, field, wire};
use kefu_api_orders::v1::{
    ImportOrderResult, ImportOrderRow, ImportOrdersRequest, ImportOrdersResponse,
};
use kefu_kernel::{Call, InvalidFields, id};
use kefu_runtime::directory::References;
use kefu_runtime::intake;
use kefu_store::runner::{Command, ExternalKey, Needs, Work};

use super::create_order::{EXTERNAL_KEY, NUMBER};
use super::decode;
use crate::domain::Context;
use crate::domain::ids::{OrderId, OrderPaymentId};
use crate::domain::words::Channel;
use crate::error::CustomersSilent;
use crate::order::credit;
use crate::order::domain::words::{OrderState, PaymentTerms};
use crate::order::domain::{CreditAnswer, Imported, New, Order};
use crate::service::Orders;
use crate::{Error, Result};

pub async fn run(
    orders: &Orders,
    call: Call,
    request: ImportOrdersRequest,
) -> Result<ImportOrdersResponse> {
    intake::answer_once(&orders.runner, call, |call| take(orders, call, request)).await
}

async fn take(
    orders: &Orders,
    call: Call,
    request: ImportOrdersRequest,
) -> Result<ImportOrdersResponse> {
    let (validate_only, live) = (request.validate_only, request.live);
    let rows = request.rows.into_iter();
    let known = orders.directory.references(&call.principal.scope);
    let rows = rows.map(|row| prepare(orders, &known, row, validate_only, live));
    let results = intake::take(&orders.runner, &call, rows, rejected).await?;
    let results = (0..).zip(results).map(|(row, result)| ImportOrderResult { row, ..result });
    Ok(ImportOrdersResponse { results: results.collect() })
}

async fn prepare(
    orders: &Orders,
    known: &References<'_>,
    row: ImportOrderRow,
    validate_only: bool,
    live: bool,
) -> Result<Import> {
    row.validate().map_err(InvalidFields)?;
    let key = ExternalKey::of(EXTERNAL_KEY, &row.source, Some(&row.external_id))?;
    let mut imported = imported(row, live)?;
    known.branch("branch_id", imported.new.branch).await?;
    known.department("department_id", imported.department).await?;
    known.person("salesperson_id", imported.salesperson).await?;
    imported.credit = asked(orders, &imported).await?;
    Ok(Import { orders: orders.clone(), key, imported, validate_only })
}

/// What customers answers to a row that is no history and has not ended. A draft is taken without an answer.
async fn asked(orders: &Orders, imported: &Imported) -> Result<Option<CreditAnswer>> {
    let now = orders.store.ambient().now();
    let context = Context { now, actor: "" };
    let question = Order::blank(&context, imported.new.clone()).credit_question();
    let Some(question) = question.filter(|_| imported.live && imported.ended_at.is_none()) else {
        return Ok(None);
    };
    match credit::ask(orders, question, None, now).await {
        Err(error) if imported.state == OrderState::Draft => {
            error.find::<CustomersSilent>().map(|_| None).ok_or(error)
        }
        answer => answer.map(Some),
    }
}

fn rejected(reason: &str, violations: Vec<ItemViolation>) -> ImportOrderResult {
    let (outcome, reason) = (ItemOutcome::Rejected.into(), reason.to_owned());
    ImportOrderResult { outcome, reason, violations, ..ImportOrderResult::default() }
}

fn imported(row: ImportOrderRow, live: bool) -> Result<Imported> {
    Ok(Imported {
        created_at: row.created_at.as_ref().map(wire::instant).unwrap_or_default(),
        state: OrderState::from_wire(row.state).unwrap_or(OrderState::Draft),
        confirmed_at: row.confirmed_at.as_ref().map(wire::instant),
        handed_over_at: row.handed_over_at.as_ref().map(wire::instant),
        ended_at: row.ended_at.as_ref().map(wire::instant),
        cancel_reason: row.cancel_reason,
        salesperson: id::read_optional("salesperson_id", row.salesperson_id.as_deref())?,
        department: id::read_optional("department_id", row.department_id.as_deref())?,
        paid: decode::money(row.paid.as_ref())?,
        // It is asked for before it is decided.
        credit: None,
        // It is issued when it is decided.
        payment: OrderPaymentId::from(id::Uuid::nil()),
        live,
        new: New {
            // Both are issued when it is decided.
            id: OrderId::from(id::Uuid::nil()),
            number: 0,
            kind: row.r#type,
            channel: Channel::from_wire(row.channel).unwrap_or(Channel::Other),
            source: row.source,
            external_id: Some(row.external_id),
            ticket: None,
            call: None,
            customer: id::read_optional("customer_id", row.customer_id.as_deref())?,
            parties: decode::parties(row.parties)?,
            goods: decode::goods(row.goods)?,
            declared_value: decode::money(row.declared_value.as_ref())?,
            cod: decode::money(row.cod_amount.as_ref())?,
            price: decode::money(row.price.as_ref())?,
            terms: PaymentTerms::from_wire(row.payment_terms),
            pickup_window: decode::window(row.pickup_window),
            instructions: row.instructions,
            language: row.language,
            branch: id::read_optional("branch_id", row.branch_id.as_deref())?,
            fields: field::read_all(row.fields),
        },
    })
}

struct Import {
    orders: Orders,
    key: ExternalKey,
    imported: Imported,
    validate_only: bool,
}

impl Command for Import {
    type Reply = ImportOrderResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        self.key.need::<Order>(needs);
        if !self.validate_only {
            needs.numbers(NUMBER, 1);
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ImportOrderResult> {
        if let Some(known) = self.key.bearer::<Order>(work) {
            // Of another branch's order no more is told than that the name is taken.
            return Ok(ImportOrderResult {
                outcome: ItemOutcome::Duplicate.into(),
                order_id: known.map(|order| order.id().to_string()),
                ..ImportOrderResult::default()
            });
        }
        let context = self.orders.context(work);
        let mut imported = self.imported.clone();
        imported.new.id = OrderId::from(work.new_id());
        imported.payment = OrderPaymentId::from(work.new_id());
        if !self.validate_only {
            imported.new.number = work.number(NUMBER);
        }
        let live = imported.live;
        let (order, events) = Order::import(&context, &self.orders.types, imported)?;
        let accepted = |order_id| ImportOrderResult {
            outcome: ItemOutcome::Accepted.into(),
            order_id,
            ..ImportOrderResult::default()
        };
        if self.validate_only {
            return Ok(accepted(None));
        }
        if !live {
            work.historic();
        }
        let order = work.save(self.orders.fingerprinted(order), events);
        self.key.claim(work, order.head.id)?;
        Ok(accepted(Some(order.id().to_string())))
    }
}
